"""Pages of documentation generators: the page itself, without the site round it."""

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.html.formulas import set_formulas_aside
from processors.html.inline import mark_inline
from processors.html.tokens import put_back
from processors.html.tree import copy_of
from processors.html.writer import markdown_of
from processors.sites.documentation_kinds import KINDS, Kind
from processors.sites.documentation_parts import APPARATUS, write_parts
from processors.sites.footnotes import mark_footnotes
from processors.sites.selecting import Names, every, first, may_have, remove, stated, words_of


def read_documentation(tree: HtmlElement, names: Names) -> Extracted | None:
    """Return text and title of a page that a generator of documentation wrote, None of any other; ``tree`` stays."""
    found = _root(tree, names)
    if found is None:
        return None
    kind, root = found
    page = copy_of(root)
    heading = first(page, ("h1", "h2.title", "h2"))
    kept = set_formulas_aside(page)  # before the scripts go, which hold some
    remove(page, f"{APPARATUS}, {kind.apparatus}")
    title = put_back(words_of(heading), kept).rstrip(" \u00b6#") or words_of(first(tree, ("title",)))
    mark_footnotes(page)
    write_parts(page)
    mark_inline(page)
    author = next((meta.get("content") for meta in every(tree, 'meta[name="author"]')), None)
    return Extracted(put_back(markdown_of(page), kept), title or None, (author or "").strip() or None)


def _root(tree: HtmlElement, names: Names) -> tuple[Kind, HtmlElement] | None:
    generator = stated(tree, "generator")
    for kind in KINDS:
        is_named = any(word.strip().startswith(kind.generator) for word in generator.split(","))
        is_kind = is_named or (may_have(names, kind.signs) and every(tree, kind.signs))
        if is_kind and (root := first(tree, kind.roots)) is not None:
            return kind, root
    return None
