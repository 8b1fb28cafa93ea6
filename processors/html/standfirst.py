"""The standfirst: the paragraph between title and text that says in bold what the article is about.

Extractors lose it, because it stands above what they choose as the article or is called a "teaser". That it is text
of this page, not of another's teaser, is told by the page's own description, which repeats it.
"""

import re
from collections.abc import Collection, Iterator
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from processors.html.meta_tags import letters, meta_tags

_DESCRIPTIONS = ("description", "og:description", "twitter:description", "dc.description")
# A shorter description is a slogan, a longer paragraph is not one standfirst. In letters, measured on the public sets.
_FEWEST_LETTERS, _MOST_LETTERS = 40, 900
_BEGINNING_LETTERS = 20
# So many of its letters in the text are the paragraph itself; its end may differ, as by the credit of a picture.
_KNOWN_LETTERS = 60
# Descriptions are cut, and end in a word or mark that the paragraph does not have.
_CUT_LETTERS = 8
_TAGS = ("p", "div", "h2", "h3", "h4", "span", "strong")
# A standfirst is a block of its own, with some marks and links within it, so that little has to be read of a page.
_IS_BLOCK = etree.XPath(
    f"count(*) < 7 and not(*/*/*/*) and string-length() >= {_FEWEST_LETTERS} and string-length() < 2000"
)
_MOST_PARTS = 20  # of a block, without text before its first
_ELSEWHERE = re.compile(r"caption|credit|footer|related|comment|promo|card|nav|menu", re.IGNORECASE)
_OUTSIDE = ("figure", "figcaption", "footer", "nav", "aside", "li")


def standfirst(tree: HtmlElement) -> str:
    """Return the standfirst of the page on one line; an empty text where there is none."""
    body, tags = tree.find(".//body"), meta_tags(tree)
    said = {letters(text) for name in _DESCRIPTIONS for text in tags.get(name, ())}
    said = {text for text in said if len(text) >= _FEWEST_LETTERS}
    found = next(_repeating(body, said), None) if body is not None and said else None
    if found is None or next(found.iterancestors(*_OUTSIDE), None) is not None:
        return ""
    return "" if _ELSEWHERE.search(found.get("class") or "") else " ".join(found.text_content().split())


def _repeating(body: HtmlElement, said: set[str]) -> Iterator[HtmlElement]:
    """Yield the innermost blocks whose text is one of the descriptions, or begins with it, or it with them."""
    beginnings = {one[:_BEGINNING_LETTERS] for one in said}
    for block in body.iter(*_TAGS):
        if not _may_begin(block, beginnings) or not _IS_BLOCK(block):
            continue
        content = block.text_content()
        if letters(content.lstrip()[: 4 * _BEGINNING_LETTERS])[:_BEGINNING_LETTERS] not in beginnings:
            continue
        text = letters(content)
        if not _FEWEST_LETTERS <= len(text) <= _MOST_LETTERS:
            continue
        is_told = any(text.startswith(one[:-_CUT_LETTERS]) or one.startswith(text) for one in said)
        if is_told and not any(letters(inner.text_content()) == text for inner in block.iterdescendants("*")):
            yield block


def _may_begin(block: HtmlElement, beginnings: Collection[str]) -> bool:
    """Return whether the first words of ``block`` are those of a beginning, as far as its first text goes."""
    text = (block.text or "").lstrip() or next(filter(None, map(str.strip, islice(block.itertext(), _MOST_PARTS))), "")
    if text[:1].isalnum() and not any(one.startswith(text[0].casefold()) for one in beginnings):
        return False
    start = letters(text[: 4 * _BEGINNING_LETTERS])[:_BEGINNING_LETTERS]
    return any(one.startswith(start) for one in beginnings)


def with_standfirst(markdown: str, paragraph: str) -> str:
    """Return ``markdown`` with ``paragraph`` below its title, or first where it has none; unless it is in there."""
    known = letters(paragraph)
    if not markdown or not known or known[:_KNOWN_LETTERS] in letters(markdown):
        return markdown
    title, _, rest = markdown.partition("\n")
    if title.startswith("# "):
        return f"{title}\n{paragraph}\n{rest.lstrip(chr(10))}"
    return f"{paragraph}\n{markdown}"
