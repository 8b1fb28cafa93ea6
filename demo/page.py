"""From an article to a page: each site has its own frame of menus, notices and footers round the text."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import escape

_NOT_IN_SLUGS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Article:
    """A title and HTML blocks, the text without the site round it."""

    title: str
    blocks: tuple[str, ...]
    author: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """How a site dresses its pages: ``around`` takes the HTML of an article and returns the body."""

    name: str
    around: Callable[[str], str]
    language: str = "en"


def slug(title: str) -> str:
    """Return ``title`` as a path segment."""
    return _NOT_IN_SLUGS.sub("-", title.lower()).strip("-")


def prose(paragraphs: Iterable[str]) -> tuple[str, ...]:
    """Return plain paragraphs as HTML blocks."""
    return tuple(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs)


def bullets(items: Iterable[str]) -> str:
    """Return a list block."""
    return "<ul>" + "".join(f"<li>{escape(item, quote=False)}</li>" for item in items) + "</ul>"


def table(rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table block; the first row is its head."""
    head, *body = rows
    lines = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in body]
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    bottom = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{bottom}</tbody></table>"


def code(text: str, language: str) -> str:
    """Return a code block."""
    return f'<pre><code class="language-{language}">{escape(text, quote=False)}</code></pre>'


def render(frame: Frame, article: Article, head: str = "") -> bytes:
    """Return the page of ``article`` in the frame of its site, UTF-8; ``head`` is HTML for its head."""
    author = f'<meta name="author" content="{escape(article.author)}">' if article.author else ""
    inner = f"<h1>{escape(article.title, quote=False)}</h1>\n" + "\n".join(article.blocks)
    return _document(frame, article.title, author + head, frame.around(inner))


def listing(frame: Frame, title: str, links: Iterable[tuple[str, str]], head: str = "") -> bytes:
    """Return a page that only leads on: numbered links of (address, title), the titles shown on hovering."""
    items = " ".join(
        f'<a href="{escape(path)}" title="{escape(text)}">{number}</a>' for number, (path, text) in enumerate(links, 1)
    )
    return _document(frame, title, head, f"<h1>{escape(title, quote=False)}</h1><nav>{items}</nav>")


def magazine(inner: str) -> str:
    """Return the body of a magazine page."""
    return (
        '<header><a href="/">The Mash Fork</a><nav><a href="/about">About</a></nav></header>\n'
        f"<main><article>{inner}</article></main>\n"
        '<aside class="sidebar"><h3>Most read</h3><p>Subscribe to our newsletter and never miss an issue.</p></aside>\n'
        '<footer><p>Since 1986. All rights to be wrong reserved. <a href="/about">Imprint</a></p></footer>'
    )


def wiki(inner: str) -> str:
    """Return the body of a wiki page."""
    return (
        '<div id="sidebar" class="navigation"><ul><li><a href="/">Main page</a></li></ul></div>\n'
        f'<main id="content" class="mw-body">{inner}</main>\n'
        '<div class="footer">This page was last edited by a member with clean hands.</div>'
    )


def forum(inner: str) -> str:
    """Return the body of a thread."""
    return (
        '<div class="topbar menu"><a href="/">All questions</a> <a href="/login">Log in</a></div>\n'
        f'<main><article class="post-content">{inner}</article></main>\n'
        '<div class="sidebar"><h4>Similar questions</h4><p>Sign in to vote.</p></div>\n'
        "<footer>Ask a Brewer runs on goodwill.</footer>"
    )


def shop(inner: str) -> str:
    """Return the body of a catalogue page, with much that is not its text."""
    departments = "".join(f'<li><a href="/">{name}</a></li>' for name in ("Malt", "Hops", "Yeast", "Vessels", "Books"))
    return (
        '<div class="cookie-banner">We use two cookies, both of them oatmeal. Accept all to continue shopping.</div>\n'
        f'<nav class="menu"><ul>{departments}</ul></nav><div class="breadcrumb">Home &gt; Shop &gt; Item</div>\n'
        f'<main><article class="product-description">{inner}</article></main>\n'
        '<div class="related"><h3>Customers also bought</h3><ul><li>Long spoon</li><li>Longer spoon</li></ul></div>\n'
        "<footer><p>Free delivery over fifty crowns. Terms and conditions apply.</p></footer>"
    )


def plain(inner: str) -> str:
    """Return the body of a page on a site that cares little for looks."""
    return f'<nav><a href="/">Home</a></nav><main><article>{inner}</article></main><footer>Made by hand.</footer>'


def _document(frame: Frame, title: str, head: str, body: str) -> bytes:
    return (
        f'<!doctype html>\n<html lang="{frame.language}"><head><meta charset="utf-8">'
        f"<title>{escape(title, quote=False)} | {frame.name}</title>{head}</head>\n<body>{body}</body></html>\n"
    ).encode()
