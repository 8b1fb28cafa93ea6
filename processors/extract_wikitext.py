"""Wikitext to Markdown, by way of the HTML that MediaWiki would render: for wikis whose source alone can be had.

The passes and their order are those of MediaWiki's parser (https://www.mediawiki.org/wiki/Manual:Parser.php): each
works on the whole text with regular expressions or line by line, none recurses, and each takes time in proportion to
the length of the text. Templates cannot be expanded: those of ``wikitext.templates`` show their text, others nothing.
"""

import codecs
import json
import re
from html import unescape

from processors.extracted import Extracted
from processors.mediawiki_markdown import mediawiki_text
from processors.wikitext.blocks import with_blocks
from processors.wikitext.expand import expanded
from processors.wikitext.held import CONTROL, Held
from processors.wikitext.links import with_external_links, with_internal_links
from processors.wikitext.names import ANY_CASE, SWITCHES
from processors.wikitext.quotes import emphasised
from processors.wikitext.tables import with_tables
from processors.wikitext.tags import cleaned

# ``#REDIRECT [[Page]]`` in any language: https://www.mediawiki.org/wiki/Help:Redirects
_REDIRECT = re.compile(r"\s*+#\s*+([^\W\d_]++)\s*+:?+\s*+\[\[[^\[\]\n]++\]\]")
_ESCAPED_TAG = re.compile(
    r"&lt;(?:!--|/?(?:ref|nowiki|br|math|gallery|div|span|small|sup|sub|blockquote)\b)", re.IGNORECASE
)
_RULE = re.compile(r"^-{4,}", re.MULTILINE)
_SWITCH = re.compile(r"__([A-Za-z]+)__")
_LOCAL_SWITCH = re.compile(r"^[ \t]*__(?:[^\W\d_]|_(?!_))+__[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"(={1,6})(.+)\1", re.DOTALL)


def read_wikitext(body: bytes, media_type: str) -> Extracted:
    """Return title and Markdown of a page's source.

    Args:
        body: JSON ``{"title": ..., "wikitext": ...}``, or the wikitext itself, in UTF-8.
        media_type: ``application/json; profile=mediawiki-wikitext`` or ``text/x-wiki``.

    What is not that gives the problem ``broken``; nothing is raised. A redirect has no text.
    """
    if media_type.partition(";")[0].strip().lower() != "application/json":
        return Extracted(wikitext_markdown(body.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")))
    try:
        page = json.loads(body)
        title, source = page["title"], page["wikitext"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return Extracted(problem="broken")
    if not isinstance(source, str):
        return Extracted(problem="broken")
    return Extracted(wikitext_markdown(source), str(title) if title else None)


def wikitext_markdown(source: str) -> str:
    """Return the prose of a page of wikitext as Markdown; a redirect has none.

    Source with no tag but escaped ones comes from a dump whose XML was not decoded, and is.
    """
    if "<" not in source and _ESCAPED_TAG.search(source):
        source = unescape(source)
    return "" if _is_redirect(source) else mediawiki_text(wikitext_html(source))


def wikitext_html(source: str) -> str:
    """Return the HTML that MediaWiki would render of ``source``, in the elements it uses, without its templates.

    The text of the HTML is what MediaWiki would show. No tag of the source but MediaWiki's allowed ones gets through,
    and of attributes only classes, languages and the shape of tables and lists.
    """
    held = Held()
    text = CONTROL.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    text = with_tables(cleaned(expanded(text, held)))
    text = _SWITCH.sub(lambda match: "" if match[1] in SWITCHES or match[1].upper() in ANY_CASE else match[0], text)
    text = _LOCAL_SWITCH.sub(lambda match: "" if match[0].isupper() else match[0], text)
    text = _with_headings(_RULE.sub("<hr />", text))
    text = emphasised(with_internal_links(text, held))
    return held.restored(with_blocks(with_external_links(text, held)))


def _is_redirect(source: str) -> bool:
    match = _REDIRECT.match(source)
    return match is not None and match[1] in {match[1].upper(), "redirect", "Redirect"}


def _with_headings(text: str) -> str:
    return "\n".join(_heading(line) if line.startswith("=") else line for line in text.split("\n"))


def _heading(line: str) -> str:
    match = _HEADING.fullmatch(line.rstrip())
    return f"<h{len(match[1])}>{match[2].strip()}</h{len(match[1])}>" if match else line
