"""Parts of a page that lead to other pages: lists under "Related", rows of cards, lines that are one link.

Where they stand, inside the article or below it, differs from site to site; that they are links does not. Each rule
leaves a page alone of which it would take a large part, because that page is a list of links.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from processors.html.extents import Extents, leads_elsewhere, short_text
from processors.html.related_phrases import is_related_label

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

# The most of a page's text that may go in one section under a label, and in one row of cards; above, the links are
# what the page is for. Measured on the public sets: 0.6 gives the same, 0.2 leaves sections in.
_MOST_RELATED, _MOST_CARDS = 0.4, 0.4
_LABEL_CHARS = 60
_MOST_READ = 1000  # characters of what may be a label, with its spaces
_LABELS = ("h2", "h3", "h4", "h5", "h6", "p", "div", "span", "b", "strong")
_MOST_WITHIN = 3  # a label has a mark or a word of its own within it
_FEWEST_CARDS = 3
_MOST_LEVELS = 8  # between a heading and the row that its card stands in
_ROWS, _CARDS = ("ul", "ol", "div", "section"), ("li", "article", "div", "section", "a")
# "Read more: TITLE" and the like: a label, a colon, and a title of some words that is a link.
_LEAD_IN_CHARS, _TITLE_CHARS, _TITLE_SPACES = 30, 20, 2
_LINK_LINE_CHARS = 15  # a shorter line is a name or a word of an index
_ADDRESS = re.compile(r"https?://|www\.|\S+@\S")


def drop_promotions(tree: HtmlElement) -> None:
    """Take out of ``tree`` what leads to other pages of its site."""
    body = tree.find(".//body")
    if body is None:
        return
    extents = Extents()
    for text in list(filter(_is_label, body.iter(*_LABELS))):
        if text.getparent() is not None:
            _drop_all(_section_of(text, extents), extents, _MOST_RELATED * _shown_chars(body, extents))
    for row in _rows_of_cards(body, _own_addresses(tree)):
        _drop_all([row], extents, _MOST_CARDS * _shown_chars(body, extents))
    _drop_link_lines(tree, body, extents)


def _shown_chars(body: HtmlElement, extents: Extents) -> int:
    """Return the length of what ``body`` shows, as it was when first asked."""
    return extents.chars(body) - sum(map(extents.chars, body.iter("script", "style")))


def _is_label(element: HtmlElement) -> bool:
    within = len(element)
    if within == 0:
        text = element.text or ""
    elif within <= _MOST_WITHIN and not any(map(len, chain.from_iterable(element))):
        text = element.text_content()
    else:
        return False
    words = " ".join(text.split()) if len(text) <= _MOST_READ else ""
    return 0 < len(words) <= _LABEL_CHARS and is_related_label(words)


def _section_of(label: HtmlElement, extents: Extents) -> list[HtmlElement]:
    """Return what belongs to a label: it and the links after it, or all of a box of links that it stands in."""
    label, box = _with_its_wrappers(label)
    links = list(_links_after(label, extents))
    if any(extents.chars(element) for element in links):
        return [label, *links]
    return [box] if box is not None and box.tag != "body" and extents.linked_share(box) > 0.5 else []


def _with_its_wrappers(label: HtmlElement) -> tuple[HtmlElement, HtmlElement | None]:
    """Return the outermost element that holds ``label`` and no other text, and what that stands in."""
    words, box = short_text(label, _LABEL_CHARS), label.getparent()
    while box is not None and box.tag != "body" and short_text(box, _LABEL_CHARS) == words:
        label, box = box, box.getparent()
    return label, box


def _links_after(label: HtmlElement, extents: Extents) -> Iterator[HtmlElement]:
    for element in label.itersiblings():
        if not isinstance(element.tag, str):
            continue
        # A paragraph of prose may hold a long link; a list of links has dates and teasers between them.
        least = 0.8 if element.tag == "p" else 0.5
        if element.tag in HEADINGS or (extents.chars(element) and extents.linked_share(element) <= least):
            return
        yield element


def _rows_of_cards(body: HtmlElement, own: Collection[str]) -> list[HtmlElement]:
    """Return what holds three or more cards and little else; a card is a box with a heading that is a link."""
    cards: dict[HtmlElement, set[HtmlElement]] = {}
    for heading in body.iter(*HEADINGS):
        links = chain(heading.iter("a"), heading.iterancestors("a"))
        if not any(leads_elsewhere(link) and _document(link.get("href")) not in own for link in links):
            continue
        card = heading
        for row in islice(heading.iterancestors(), _MOST_LEVELS):
            cards.setdefault(row, set()).add(card)
            card = row
    return [row for row, within in cards.items() if row.tag in _ROWS and _is_row(row, within)]


def _is_row(row: HtmlElement, within: Iterable[HtmlElement]) -> bool:
    # A teaser and a line of names are what a card has in paragraphs; what has more is a section.
    cards = [card for card in within if card.tag in _CARDS and len(card.findall(".//p")) <= 2]
    return len(cards) >= _FEWEST_CARDS and len(cards) > len(row) / 2


def _drop_link_lines(tree: HtmlElement, body: HtmlElement, extents: Extents) -> None:
    """Drop paragraphs that are one link to the same site, or a label and one, where they stand in prose."""
    linked = [
        paragraph
        for paragraph in body.iter("p")
        if next(paragraph.iter("a"), None) is not None and extents.linked_share(paragraph) > 0.4
    ]
    site = _site_of(tree) if linked else ""
    lines: dict[HtmlElement, list[HtmlElement]] = {}
    for paragraph in linked:
        within = next(paragraph.iterancestors("li", "td", "th", "blockquote"), None)
        if within is None and _is_link_line(paragraph, site, extents):
            lines.setdefault(paragraph.getparent(), []).append(paragraph)
    for holder, found in lines.items():
        around = [child for child in holder if child.tag in ("p", "div", "ul", "ol", "blockquote")]
        if sum(map(extents.chars, around)) > 2 * sum(map(extents.chars, found)):
            _drop_all(found, extents, float("inf"))


def _is_link_line(paragraph: HtmlElement, site: str, extents: Extents) -> bool:
    links = [link for link in paragraph.iter("a") if link.get("href")]
    if not links:
        return False
    chars, linked = extents.chars(paragraph), extents.linked_chars(paragraph)
    title = " ".join(links[0].text_content().split())
    if _ADDRESS.match(title):
        return False
    if chars - linked <= 3:  # a mark before or after the link
        return chars >= _LINK_LINE_CHARS and all(_site(link.get("href")) in ("", site) for link in links)
    if linked < _TITLE_CHARS or title.count(" ") < _TITLE_SPACES or chars - linked > _LEAD_IN_CHARS + 3:
        return False
    lead_in, _, _ = " ".join(paragraph.text_content().split()).partition(title)
    return lead_in.rstrip().endswith(":") and len(lead_in) <= _LEAD_IN_CHARS and chars - linked <= len(lead_in) + 3


def _drop_all(elements: Iterable[HtmlElement], extents: Extents, most_chars: float) -> None:
    elements = list(elements)
    if sum(map(extents.chars, elements)) < most_chars:
        for element in elements:
            if element.getparent() is not None:
                element.drop_tree()


def _site_of(tree: HtmlElement) -> str:
    """Return the site a page says it is of, else the one it links to most."""
    for address in _stated_addresses(tree):
        if site := _site(address):
            return site
    linked = Counter(site for link in tree.iter("a") if (site := _site(link.get("href"))))
    return linked.most_common(1)[0][0] if linked else ""


def _stated_addresses(tree: HtmlElement) -> list[str]:
    stated = [link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() == "canonical"]
    stated += [meta.get("content") for meta in tree.iter("meta") if meta.get("property") == "og:url"]
    return [address for address in stated if address]


def _own_addresses(tree: HtmlElement) -> set[str]:
    """Return how a page may write the address of itself."""
    stated = {_document(address) for address in _stated_addresses(tree)}
    return stated | {re.sub(r"^(?:https?:)?//[^/]*", "", address) for address in stated}


def _document(address: str) -> str:
    """Return ``address`` without the place in its document."""
    return address.strip().partition("#")[0]


def _site(address: str | None) -> str:
    """Return the part of a host that the pages of one site share, empty for an address without one."""
    try:
        labels = (urlsplit((address or "").strip()).hostname or "").removeprefix("www.").split(".")
    except ValueError:
        return ""
    # Under "co.uk" or "com.br" a site has three labels.
    count = 3 if len(labels) > 2 and len(labels[-2]) <= 3 else 2
    return ".".join(labels[-count:])
