"""Pages of kinds that say where their text is: read by what wrote them instead of by what looks like an article."""

from collections.abc import Callable

from lxml.html import HtmlElement

from processors.extracted import Extracted
from processors.sites.content import chars, prose_chars
from processors.sites.documentation import read_documentation
from processors.sites.forums import read_forum
from processors.sites.paging import is_later_page
from processors.sites.questions import read_questions
from processors.sites.selecting import Names, names_in
from processors.sites.wiki import read_wiki

# A page that shows this many times the text found is more than what it was taken for: it quotes a wiki, say. Summaries
# that documentation repeats, comments and signatures are far less.
_MOST_SHOWN = 4
_READERS: tuple[Callable[[HtmlElement, Names], Extracted | None], ...] = (
    read_wiki,
    read_questions,
    read_forum,
    read_documentation,
)


def read_site(tree: HtmlElement, url: str | None) -> Extracted | None:
    """Return what a page of a known kind says, or None of any other page, whose ``tree`` then is as it was.

    The kind is told by the page's own markup, never by its address alone; a page that says far more than what is found
    is of none. ``text`` is Markdown; title, author and date are only what the kind's markup states.
    """
    names = names_in(tree)
    for read in _READERS:
        found = read(tree, names)
        if found is None or not found.text or prose_chars(tree) > _MOST_SHOWN * chars(found.text):
            continue
        is_later = found.messages is not None and is_later_page(tree, url)
        return found._replace(messages=None) if is_later else found
    return None
