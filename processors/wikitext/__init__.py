"""From wikitext to the HTML that MediaWiki would render, in the order of its own passes."""
