"""From the pages of a PDF to Markdown: glyphs, words, order, layout; pdfium runs in a child process."""
