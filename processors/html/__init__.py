"""What a page of HTML says: its main text as Markdown, and what it states about itself."""
