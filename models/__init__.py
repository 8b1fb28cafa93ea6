"""The models that score and write, their weights and vocabularies."""
