"""Links of wikitext: internal ones, with those that show nothing, and external ones, with and without a label."""

import re
from html import unescape
from urllib.parse import quote, unquote

from processors.wikitext.held import Held, escaped
from processors.wikitext.names import CATEGORIES, FILES, LANGUAGES, MEDIA_SUFFIXES, NAMESPACES, THUMBNAILS
from processors.wikitext.quotes import emphasised

# Characters of titles: https://www.mediawiki.org/wiki/Manual:$wgLegalTitleChars, with "#" for the part of a page.
_TITLE = r"""[ %!"$&'()*,\-./0-9:;=?@A-Z\\^_`a-z~+#\x80-\U0010ffff]"""
_WHOLE = re.compile(rf"({_TITLE}+)(?:\|(.+?))?\]\]", re.DOTALL)
_OPEN = re.compile(rf"({_TITLE}+)\|", re.DOTALL)
_NOT_IN_TITLES = re.compile(r"[<>\[\]{}|\x00-\x1f\ufffd]|%[0-9A-Fa-f]{2}|&(?:#\d+|#x[0-9a-fA-F]+|[A-Za-z0-9]+);|~~~")
_DOTS = re.compile(r"\.{1,2}(?:/.*)?|(?:.*/)?\.{1,2}|.*/\.{1,2}/.*", re.DOTALL)
TITLE_BYTES = 255

# https://www.mediawiki.org/wiki/Manual:$wgUrlProtocols
_SCHEMES = (
    "bitcoin:|ftps?://|geo:|git://|gopher://|https?://|ircs?://|magnet:|mailto:|matrix:|mms://|news:|nntp://|redis://|"
    "sftp://|sips?:|sms:|ssh://|svn://|tel:|telnet://|urn:|worldwind://|xmpp:"
)
_SPACES = "\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_IN_URL = rf"[^\[\]<>\"\x00-\x20\x7f\ufffd{_SPACES}]"
_ADDRESS = rf"(?:[0-9.]+|\[[0-9a-f:.]+\]|{_IN_URL})"
_LABEL = r"[^\[\]\n]"
_IS_URL = re.compile(rf"(?:{_SCHEMES}|//)", re.IGNORECASE)
_BRACKETED = re.compile(
    # A label ends where the next link starts, so that brackets that nothing closes are read once.
    rf"\[((?:{_SCHEMES}|//){_ADDRESS}{_IN_URL}*+)[{_SPACES}]*+({_LABEL}*+(?:\[(?!{_SCHEMES}|//){_LABEL}*+)*+)\]",
    re.IGNORECASE,
)
_FREE = re.compile(rf"(?<!\w)(?:{_SCHEMES}){_ADDRESS}{_IN_URL}*+", re.IGNORECASE)
_ANGLE = re.compile(r"&(?:lt|gt);")
# What ends a URL that stands free in the text, though a URL may hold it.
_ENDS_FREE = re.compile(r"&(?:lt|gt|nbsp|#0*(?:60|62|160)|#x0*(?:3c|3e|a0));", re.IGNORECASE)
_UNSAFE = re.compile(r"[\]\[<>\"\x00-\x20\x7f|]")


def with_internal_links(text: str, held: Held) -> str:
    """Return ``text`` with every ``[[link]]`` held as ``<a>``; links to files, categories and languages go.

    What a frame or thumbnail is captioned with is held as ``<figure>``.
    """
    pieces = text.split("[[")
    written = [pieces[0]]
    at = 1
    while at < len(pieces):
        at = _link(pieces, at, written, held)
    return "".join(written)


def with_external_links(text: str, held: Held) -> str:
    """Return ``text`` with every ``[URL label]`` and every URL that stands free held as ``<a>``."""
    number = 0

    def bracketed(match: re.Match[str]) -> str:
        nonlocal number
        url, label = match[1], match[2]
        if angle := _ANGLE.search(url):
            label = f"{url[angle.start() :]} {label}"
            url = url[: angle.start()]
        kind = "text"
        if not label.strip():
            number += 1
            kind, label = "autonumber", f"[{number}]"
        return held.inline(f'<a class="external {kind}" href="{_address(url)}">{label}</a>')

    return _FREE.sub(lambda match: _free(match[0], held), _BRACKETED.sub(bracketed, text))


def _link(pieces: list[str], at: int, written: list[str], held: Held) -> int:
    """Write the link that ``pieces[at]`` starts, or the brackets as text; return where to go on."""
    piece = pieces[at]
    if match := _WHOLE.match(piece):
        label, rest = match[2], piece[match.end() :]
        if label and rest.startswith("]") and "[" in label:
            label, rest = f"{label}]", rest[1:]
        shown = _spelt(_decoded(match[1]), label, held, written)
        written += f"[[{piece[: len(piece) - len(rest)]}" if shown is None else shown, rest
        return at + 1
    if match := _OPEN.match(piece):
        target = _decoded(match[1])
        if _is_file(target) and (after := _end_of_file(pieces, at)):
            parts, rest = pieces[at:after], pieces[after - 1].split("]]", 2)[2]
            parts[-1] = "]]".join(pieces[after - 1].split("]]", 2)[:2])
            caption = with_internal_links("[[".join(parts).partition("|")[2], held) if len(parts) < 50 else ""
            written += _figure(caption, held), rest
            return after
        written.append(f"[[{target}|{piece[match.end() :]}")
        return at + 1
    written.append(f"[[{piece}")
    return at + 1


def _decoded(target: str) -> str:
    return unquote(target).replace("<", "&lt;").replace(">", "&gt;") if "%" in target else target


def _end_of_file(pieces: list[str], at: int) -> int:
    """Return the index after the piece that ends the file link begun at ``at``; 0 where nothing does."""
    for index in range(at + 1, len(pieces)):
        ends = pieces[index].count("]]")
        if ends != 1:
            return index + 1 if ends else 0
    return 0


def _is_file(target: str) -> bool:
    space, _, name = target.partition(":")
    space, name = space.strip(" _").lower(), name.strip().lower()
    return space in FILES or (space not in {"", "media", "special"} and name.endswith(MEDIA_SUFFIXES))


def _namespace(target: str) -> str:
    return target.partition(":")[0].strip(" _").lower() if ":" in target else ""


def _spelt(target: str, label: str | None, held: Held, written: list[str]) -> str | None:
    """Return the link as text and marks, None where it is no link."""
    wanted = target.strip()
    title = unescape(wanted.removeprefix(":")).strip()
    if _IS_URL.match(wanted) or not _is_title(title):
        return None
    space = "" if wanted.startswith(":") else _namespace(title)
    if _is_file(wanted):
        return _figure(label or "", held)
    if space in CATEGORIES or space in LANGUAGES:
        _strip_end(written)
        return ""
    shown = emphasised(label) if label else target.strip().removeprefix(":")
    return held.inline(f'<a href="/wiki/{quote(title.replace(" ", "_"))}">{shown}</a>')


def _is_title(title: str) -> bool:
    page = title.partition("#")[0]
    if not page.strip(" _:") or _NOT_IN_TITLES.search(page) or _DOTS.fullmatch(page):
        return bool(title.startswith("#"))
    space, colon, name = page.partition(":")
    is_bare = bool(colon) and not name.strip(" _") and space.strip(" _").lower() in NAMESPACES
    return not is_bare and len(page.encode(errors="replace")) <= TITLE_BYTES


def _strip_end(written: list[str]) -> None:
    """Take the white space from the end of what is written: a line of links that show nothing is no line."""
    while written:
        written[-1] = written[-1].rstrip()
        if written[-1]:
            return
        written.pop()


def _figure(parameters: str, held: Held) -> str:
    *options, caption = parameters.split("|")
    if not caption or not any(option.strip().lower() in THUMBNAILS for option in options):
        return ""
    return held.block(f"<figure><figcaption>{emphasised(caption)}</figcaption></figure>")


def _free(url: str, held: Held) -> str:
    end = _ENDS_FREE.search(url)
    kept = url[: end.start()] if end else url
    marks = ",;.:!?\\" if "(" in kept else ",;.:!?\\)"
    shorter = kept.rstrip(marks)
    if kept[len(shorter) :].startswith(";") and re.search(r"&#?\w+$", shorter):
        shorter = kept[: len(shorter) + 1]
    if _IS_URL.fullmatch(shorter) or not shorter:
        return url
    address = _address(shorter)
    return held.inline(f'<a class="external free" href="{address}">{address}</a>') + url[len(shorter) :]


def _address(url: str) -> str:
    safe = _UNSAFE.sub(lambda match: quote(match[0]), unescape(url)) if "&" in url else url
    return escaped(safe.replace("&", "&amp;") if "&" in url else safe).replace('"', "&quot;")
