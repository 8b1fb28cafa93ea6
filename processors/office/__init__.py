"""From office packages (OOXML, OpenDocument, EPUB) to Markdown: parts, runs, numbers, blocks."""
