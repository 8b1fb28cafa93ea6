"""One quality suite a file: public sets in, metrics out."""
