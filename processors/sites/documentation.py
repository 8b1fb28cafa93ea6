"""Pages of documentation generators: the page itself, without the site round it."""

from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.html.inline import mark_inline
from processors.html.tokens import put_back
from processors.html.writer import markdown_of
from processors.sites.content import content_of, outermost
from processors.sites.documentation_kinds import KINDS, Kind
from processors.sites.documentation_parts import APPARATUS, PANELS, write_parts
from processors.sites.footnotes import mark_footnotes
from processors.sites.selecting import Names, every, first, named, stated, words_of


def read_documentation(tree: HtmlElement, names: Names) -> Extracted | None:
    """Return text and title of a page that a generator of documentation wrote, None of any other; ``tree`` stays."""
    author = next((meta.get("content") for meta in every(tree, 'meta[name="author"]')), None)
    for kind, selector in _places(tree, names):
        found = _read(outermost(every(tree, selector)), kind)
        if found is not None:
            title = found.title or words_of(first(tree, ("title",)))
            return found._replace(title=title or None, author=(author or "").strip() or None)
    return None


def _read(roots: Sequence[HtmlElement], kind: Kind) -> Extracted | None:
    """Return text and title of what is in ``roots``, None where they are empty, as a page's unused frame is."""
    if not roots:
        return None
    page, _, formulas, hidden_chars = content_of(roots, f"{APPARATUS}, {kind.apparatus}", PANELS)
    title = put_back(words_of(first(page, ("h1", "h2.title", "h2"))), formulas).rstrip(" \u00b6#")
    mark_footnotes(page)
    write_parts(page)
    mark_inline(page)
    text = put_back(markdown_of(page), formulas)
    return Extracted(text, title, hidden_chars=hidden_chars) if text else None


def _places(tree: HtmlElement, names: Names) -> Iterator[tuple[Kind, str]]:
    """Yield each kind the page may be of with the selectors of where its text may be, best first."""
    generator = stated(tree, "generator")
    for kind in KINDS:
        is_named = any(word.strip().startswith(kind.generator) for word in generator.split(","))
        is_kind = is_named or named(tree, names, kind.signs)
        if is_kind:
            yield from ((kind, selector) for selector in kind.roots)
