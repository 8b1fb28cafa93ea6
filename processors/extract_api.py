"""Text of what APIs send: an Atom entry of arXiv, MediaWiki's rendered pages, prose and code as they are.

Pure functions from body to text, chosen by media type. General web pages are not theirs.
"""

import codecs
import json
import re

from lxml import etree

from processors.mediawiki_markdown import mediawiki_text

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
AS_IT_IS = re.compile(r"text/(markdown|plain|x-[a-z0-9+-]+|javascript)")


def text_of(body: bytes, media_type: str) -> tuple[str | None, str | None]:
    """Return title and text of an API's payload; the text is None where ``media_type`` is not one of an API.

    What cannot be read gives an empty text; nothing is raised.
    """
    kind = media_type.replace(" ", "").lower()
    if kind.startswith("application/atom+xml;type=entry"):
        return atom_entry(body)
    if kind.startswith("application/json;profile=mediawiki-parse"):
        return mediawiki_parse(body)
    if AS_IT_IS.fullmatch(kind.partition(";")[0]):
        return None, plain_text(body)
    return None, None


def plain_text(body: bytes) -> str:
    """Return Markdown, other prose or code as it is: UTF-8 without its mark, line ends as line feeds."""
    text = body.removeprefix(codecs.BOM_UTF8).decode("utf-8", errors="replace")
    return re.sub(r"\r\n?", "\n", text).strip("\n")


def atom_entry(body: bytes) -> tuple[str | None, str]:
    """Return an arXiv entry's title, and its title as a heading over its abstract, each paragraph on one line.

    A line break that leading white space follows is a paragraph's; every other is only the form's
    (https://info.arxiv.org/help/prep.html, abstracts).
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True)
    entry = _parsed(body, parser)
    if entry is None:
        return None, ""
    title = " ".join(entry.findtext("atom:title", "", ATOM).split())
    abstract = entry.findtext("atom:summary", "", ATOM).strip()
    paragraphs = (" ".join(paragraph.split()) for paragraph in re.split(r"\n(?=[ \t])|\n\s*\n", abstract))
    text = "\n\n".join(part for part in (f"# {title}" if title else "", *paragraphs) if part)
    return title or None, text


def mediawiki_parse(body: bytes) -> tuple[str | None, str]:
    """Return title and Markdown of MediaWiki's answer to ``action=parse`` (JSON, format version 1 or 2)."""
    try:
        page = json.loads(body)["parse"]
        rendered = page["text"]
        source = rendered if isinstance(rendered, str) else rendered["*"]
        return str(page["title"]), mediawiki_text(source)
    except (ValueError, KeyError, TypeError):
        return None, ""


def _parsed(body: bytes, parser: etree.XMLParser | etree.HTMLParser) -> etree._Element | None:
    try:
        return etree.fromstring(body, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
