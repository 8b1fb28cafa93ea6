"""Pages of kinds that say where their text is: read by what wrote them instead of by what looks like an article."""

from collections.abc import Callable

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.sites.documentation import read_documentation
from processors.sites.forums import read_forum
from processors.sites.questions import read_questions
from processors.sites.selecting import Names, names_in
from processors.sites.wiki import read_wiki

_READERS: tuple[Callable[[HtmlElement, Names], Extracted | None], ...] = (
    read_wiki,
    read_questions,
    read_forum,
    read_documentation,
)


def read_site(tree: HtmlElement, url: str | None) -> Extracted | None:
    """Return what a page of a known kind says, or None of any other page, whose ``tree`` then is as it was.

    The kind is told by the page's own markup, never by its address alone. ``text`` is Markdown; title, author and
    date are only what the kind's markup states.
    """
    del url
    names = names_in(tree)
    return next((found for read in _READERS if (found := read(tree, names)) is not None), None)
