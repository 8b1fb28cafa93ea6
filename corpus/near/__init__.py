"""Near-duplicates: tokens, shingles and signatures of texts, and the index that remembers them across nights."""
