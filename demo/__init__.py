"""The demo world: a small internet on 127.0.0.1 with known answers."""
