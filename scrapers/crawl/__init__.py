"""The crawler: politeness, consent and durability, once for every source."""
