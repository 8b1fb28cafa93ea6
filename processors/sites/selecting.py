"""CSS selectors on a tree, compiled once, as the tables of the site kinds use them."""

import re
from collections.abc import Iterable
from functools import cache

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from processors.html.tree import become

_CLASSES = etree.XPath("//@class", smart_strings=False)
_IDS = etree.XPath("//@id", smart_strings=False)


@cache
def _compiled(selector: str) -> CSSSelector:
    return CSSSelector(selector, translator="html")


Names = frozenset[str]


def names_in(tree: HtmlElement) -> Names:
    """Return every class of ``tree`` with a dot before it, and every id with a hash, as selectors write them."""
    classes = {f".{name}" for name in " ".join(_CLASSES(tree)).split()}
    return frozenset(classes.union(f"#{name.strip()}" for name in _IDS(tree)))


def may_have(names: Names, selector: str) -> bool:
    """Tell whether a page of these names may hold what ``selector`` names: most pages hold none of a kind."""
    return any(needed <= names for _, needed in _needed(selector))


def named(tree: HtmlElement, names: Names, selector: str) -> list[HtmlElement]:
    """Return what ``selector`` names within ``tree``, a page of these names; only what it may hold is looked for."""
    return every(tree, ",".join(part for part, needed in _needed(selector) if needed <= names))


@cache
def _needed(selector: str) -> tuple[tuple[str, Names], ...]:
    parts = [part for part in selector.split(",") if part.strip()]
    return tuple((part, frozenset(re.findall(r"[.#][\w-]+", re.sub(r"\[[^\]]*\]", "", part)))) for part in parts)


def every(tree: HtmlElement, selector: str) -> list[HtmlElement]:
    """Return the elements within ``tree`` that ``selector`` names, in their order."""
    return list(_compiled(selector)(tree)) if selector else []


def first(tree: HtmlElement, selectors: Iterable[str]) -> HtmlElement | None:
    """Return the first element of the first of ``selectors`` that finds any."""
    return next((found[0] for selector in selectors if (found := every(tree, selector))), None)


def remove(tree: HtmlElement, selector: str) -> None:
    """Take the elements that ``selector`` names out of ``tree``; text after them stays, and so does an empty span."""
    tags, names, others = _parts(selector)
    named = [
        element for element in tree.iter(etree.Element) if element.tag in tags or not names.isdisjoint(_names(element))
    ]
    for element in (*named, *every(tree, others)):
        if element is not tree:
            become(element, "")


@cache
def _parts(selector: str) -> tuple[frozenset[str], frozenset[str], str]:
    """Return the tags, the classes and ids (with their sign), and what else a list of selectors asks for.

    Dozens of plain names are looked up in one walk; as XPath each would be a walk of its own.
    """
    alone = [part.strip() for part in selector.split(",") if part.strip()]
    tags = frozenset(part for part in alone if part.isalnum())
    names = frozenset(part for part in alone if re.fullmatch(r"[.#][\w-]+", part))
    return tags, names, ", ".join(part for part in alone if part not in tags | names)


def _names(element: HtmlElement) -> list[str]:
    found = [f".{name}" for name in (element.get("class") or "").split()]
    return [*found, f"#{element.get('id')}"] if element.get("id") else found


def words_of(element: HtmlElement | None) -> str:
    """Return the text of ``element`` on one line, of none an empty string."""
    return "" if element is None else " ".join(str(element.text_content()).split())


def stated(tree: HtmlElement, name: str) -> str:
    """Return what the page's ``<meta>`` of that name says, in lower case."""
    found = every(tree, f'meta[name="{name}"], meta[name="{name.capitalize()}"]')
    return " ".join((meta.get("content") or "").lower() for meta in found)
