"""From the source of a paper to Markdown: archive, macros, tokens, numbers, blocks."""
