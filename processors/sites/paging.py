"""Whether a page is a later one of a thread of several, which begins with an answer and not with the question."""

import re
from collections.abc import Iterable
from itertools import islice

from lxml.html import HtmlElement

from processors.sites.selecting import every, words_of

# How boards write a later page into an address: page=2, /page-2, /page/2 and page2; phpBB's start=15, SMF's
# topic=7.15, Discuz's thread-7-2-1.html.
_LATER = re.compile(
    r"(?:[?&;/-]page[=/-]?(?:[2-9]|[1-9]\d+)|[?&;]start=[1-9]\d*|[?&;/]topic[=,]\d+\.[1-9]\d*"
    r"|/thread-\d+-(?:[2-9]|[1-9]\d+)-\d+\.html)(?![\w-])",
    re.IGNORECASE,
)
# SMF calls the thread before this one "prev", and Invision links nowhere with it on a first page.
_BEFORE = 'link[rel~="prev"]:not([href*="prev_next"]), a[rel~="prev"]:not([href*="prev_next"])'
_NOWHERE = re.compile("inactive|disabled")
# Where boards number the posts of a thread, from 1; NodeBB does from 0.
_POSITIONS = (
    "[itemprop=position], a.postcounter, .message-attribution-opposite li:last-child a, a.hashPermalink,"
    " a[id^=postcount], .b-post__count, .post_head .float_right strong a, .pi strong a"
)
_POSITION = re.compile(r"#?\s*(\d{1,7})\s*#?")


def is_later_page(tree: HtmlElement, url: str | None) -> bool:
    """Return whether the address of the page, or the one it states for itself, is of a page after the first."""
    stated = (one.get("href") or one.get("content") for one in every(tree, _OWN_ADDRESSES))
    return any(_LATER.search(address) is not None for address in (url, *stated) if address)


_OWN_ADDRESSES = 'link[rel~="canonical"], meta[property="og:url"]'


def goes_on(tree: HtmlElement, posts: Iterable[HtmlElement]) -> bool:
    """Return whether a thread began on a page before: it links to one, or its first post is not numbered 1."""
    if any(not _is_inactive(link) for link in every(tree, _BEFORE)):
        return True
    return any(_position(post) > 1 for post in islice(posts, 1))


def _is_inactive(link: HtmlElement) -> bool:
    around = (link, *islice(link.iterancestors(), 1))
    return any(_NOWHERE.search(element.get("class") or "") for element in around)


def _position(post: HtmlElement) -> int:
    if re.fullmatch(r"\d{1,7}", index := post.get("data-index") or ""):
        return int(index) + 1
    stated = (found.get("content") or words_of(found) for found in every(post, _POSITIONS))
    numbers = (_POSITION.fullmatch(text.strip()) for text in stated)
    return next((int(number[1]) for number in numbers if number), 1)
