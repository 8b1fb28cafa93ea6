"""Kinds of sites whose pages say by their markup what is text: read by it, better than any generic extractor does."""
