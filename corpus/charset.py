"""Bytes of a page to text: what it says of its encoding is believed while its bytes agree, then they are judged.

The order is that of the HTML Standard (13.2.3.2): byte-order mark, ``charset`` of the media type, ``<meta>`` or XML
declaration, detection. Two things differ, since nobody sits at the screen to see garbage: UTF-8 proves itself, and a
declared encoding that cannot be that of the bytes is passed over.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

import chardet
from w3lib.encoding import read_bom, resolve_encoding, to_unicode

PRESCAN_BYTES = 16 * 1024  # the standard's 1024 are a least; browsers also heed a <meta> that the parser meets later
DETECTION_BYTES = 64 * 1024  # more bytes seldom change the answer
MAX_BAD_SHARE = 0.2  # of the non-ASCII characters; read as UTF-8, 88 % of GBK are bad
UTF8_PROOF_CHARS = 4  # against a declaration: a GBK character looks like UTF-8 in 12 % of the cases, four in 0.02 %
FALLBACK = "cp1252"  # HTML Standard, 13.2.3.2: the default where nothing is known

# Python has codecs of these names that are no encodings of pages: some take quadratic time, some hide markup in ASCII.
REFUSED = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"))
# Labels of the Encoding Standard (4.2) that neither Python nor w3lib knows, after `_spelled`.
LABELS = {
    "cn-big5": "big5", "dos-874": "cp874", "gb_2312": "gb2312", "koi": "koi8-r", "koi8": "koi8-r", "koi8-ru": "koi8-u",
    "ks_c_5601-1989": "euc-kr", "ksc_5601": "euc-kr", "logical": "iso-8859-8", "mac": "macintosh",
    "mac-ukrainian": "mac-cyrillic", "ucs-2": "utf-16-le", "unicode": "utf-16-le", "unicode-1-1-utf-8": "utf-8",
    "user-defined": FALLBACK, "visual": "iso-8859-8", "windows-949": "cp949",
}  # fmt: skip
ISO_8859 = re.compile(r"iso-?8859-?(\d{1,2})(?:-[ei])?")

LABEL = re.compile(r"[A-Za-z0-9][\w.:-]*", re.ASCII)
HEADER_CHARSET = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)
XML_DECLARATION = re.compile(rb"\s*<\?xml\s([^>]*)")
XML_ENCODING = re.compile(rb"encoding\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
CONTENT_CHARSET = re.compile(r"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;\"'][^\s;]*))", re.IGNORECASE)
TAG = re.compile(rb"</?([a-z][^\t\n\f\r >]*)", re.IGNORECASE)
META = re.compile(rb"<meta(?=[\t\n\f\r /])", re.IGNORECASE)
ATTRIBUTE = re.compile(  # HTML Standard, 13.2.3.2, "get an attribute"; no match where the bytes end first
    rb"""[\t\n\f\r /]*+(?:(?P<end>>)
      |(?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*+)
       (?:[\t\n\f\r ]*+=[\t\n\f\r ]*+
          (?:"(?P<double>[^"]*+)"|'(?P<single>[^']*+)'|(?P<bare>[^\t\n\f\r >"'][^\t\n\f\r >]*+)(?=[\t\n\f\r >])|(?=>))
         |(?![\t\n\f\r ]*+=)(?=[\t\n\f\r />])))""",
    re.VERBOSE,
)
CONTROLS = re.compile("[\x80-\x84\x86-\x9f]")  # C1 controls but NEL: the mark of a superset read as its subset
ESCAPES = (b"\0", b"\x1b", b"\x0e", b"~{")  # seven-bit text that is not ASCII: UTF-16 and -32, ISO-2022, HZ


def decode_html(body: bytes, media_type: str) -> str:
    """Return ``body``, an HTML or XML document sent as ``media_type``, as text; bad bytes become U+FFFD."""
    return _decoded(body, chain(_header_labels(media_type), _document_labels(body[:PRESCAN_BYTES])))


def decode_text(body: bytes, media_type: str) -> str:
    """Return ``body``, sent as ``media_type`` and free of markup, as text; bad bytes become U+FFFD."""
    return _decoded(body, _header_labels(media_type))


def declared_encoding(body: bytes) -> str | None:
    """Return the codec that the start of an HTML or XML document asks for, by its mark or a declaration, if any."""
    return read_bom(body)[0] or next((codecs_of(label)[-1] for label in _document_labels(body[:PRESCAN_BYTES])), None)


def codecs_of(label: str) -> tuple[str, ...]:
    """Return Python's codecs for an encoding ``label``: the one of that name, then the superset that browsers read.

    ``shift_jis`` gives shift_jis and cp932: the narrow one keeps the characters its table names, the wide one reads
    what pages with that label also hold. An unknown label, and one of no encoding of pages, gives none.
    """
    label = _spelled(label.strip().lower())
    if not LABEL.fullmatch(label):
        return ()
    return tuple(dict.fromkeys(name for name in (_codec(label), resolve_encoding(label)) if name and _is_text(name)))


def _spelled(label: str) -> str:
    """Return a label as Python knows it: without the prefix of the unregistered or an ending of direction."""
    plain = label if label == "x-sjis" else label.removeprefix("x-").removeprefix("x-")
    return LABELS.get(plain, ISO_8859.sub(r"iso-8859-\1", plain))


def _codec(label: str) -> str | None:
    try:
        return codecs.lookup(label).name
    except LookupError:
        return None


def _is_text(name: str) -> bool:
    if name in REFUSED:
        return False
    try:
        b"a".decode(name)
    except LookupError:  # hex, zlib and their like
        return False
    except UnicodeError:  # half a character of UTF-16
        return True
    return True


def _decoded(body: bytes, labels: Iterable[str]) -> str:
    """Return ``body`` as text; ``labels`` are looked for only where its bytes do not tell without them."""
    encoding, mark = read_bom(body)
    if encoding and mark:
        return to_unicode(body[len(mark) :], encoding)
    if body.isascii() and not any(escape in body for escape in ESCAPES):
        return body.decode("ascii")
    text = _utf8(body, UTF8_PROOF_CHARS)
    if text is not None:
        return text
    known = tuple(labels)
    text = None if known else _utf8(body, 1)
    return text if text is not None else _judged(body, known)


def _judged(body: bytes, labels: Iterable[str]) -> str:
    names = [name for label in labels for name in codecs_of(label)]
    text = next((text for name in names if (text := _faithful(body, name)) is not None), None)
    return text if text is not None else to_unicode(body, _detected(body) or next(iter(names), FALLBACK))


def _utf8(body: bytes, proof_chars: int) -> str | None:
    """Return ``body`` as UTF-8 where at least ``proof_chars`` characters of it say so."""
    if body.isascii() or _is_wide(body):
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return _utf8_with_faults(body, proof_chars)
    proven_bytes = 3 * proof_chars  # a character has at most three beside its first
    return text if len(body) - len(text) >= proven_bytes or _non_ascii(text) >= proof_chars else None


def _utf8_with_faults(body: bytes, proof_chars: int) -> str | None:
    text = body.decode("utf-8", "replace")
    count = _non_ascii(text)
    bad = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")  # those that the page itself holds are not ours
    return text if count - bad >= proof_chars and bad <= MAX_BAD_SHARE * count else None


def _faithful(body: bytes, name: str) -> str | None:
    """Return ``body`` by the codec ``name``, or ``None`` if that cannot be its encoding."""
    if name.startswith(("utf-16", "utf-32")) and not _is_wide(body):  # nearly any bytes are Chinese in UTF-16
        return None
    text = to_unicode(body, name)
    bad = text.count("\ufffd") + (0 if name.startswith("utf") else len(CONTROLS.findall(text)))
    is_last_hope = name == codecs_of(name)[-1]  # a subset reads all or leaves it to its superset
    return text if bad <= (MAX_BAD_SHARE * _non_ascii(text) if is_last_hope else 0) else None


def _is_wide(body: bytes) -> bool:
    # Markup, spaces and line ends hold zeros in UTF-16 of any script.
    return b"\0" in body and body.count(b"\0") * 16 > len(body)


def _non_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _detected(body: bytes) -> str | None:
    return chardet.detect(_sample(body))["encoding"]


def _sample(body: bytes) -> bytes:
    """Return the start of ``body``, cut where no character is."""
    head = body[:DETECTION_BYTES]
    if len(head) == len(body) or _is_wide(head):
        return head
    return head[: max(head.rfind(b"\n"), head.rfind(b" ")) + 1] or head


def _header_labels(media_type: str) -> Iterator[str]:
    found = HEADER_CHARSET.search(media_type)
    if found and codecs_of(label := found[1] or found[2] or ""):
        yield label


def _document_labels(head: bytes) -> Iterator[str]:
    """Yield what ``head`` declares: HTML Standard, "prescan a byte stream to determine its encoding", then XML.

    The declaration was read as ASCII, so one of UTF-16 or UTF-32 cannot be meant and stands for UTF-8.
    """
    for label in chain(_meta_labels(head), _xml_labels(head)):
        names = codecs_of(label)
        if names:
            yield "utf-8" if names[0].startswith(("utf-16", "utf-32")) else label


def _meta_labels(head: bytes) -> Iterator[str]:
    at = 0 if b"charset" in head.lower() else len(head)
    while (at := head.find(b"<", at)) >= 0:
        tag = TAG.match(head, at)
        if tag:
            attributes, end = _attributes(head, tag.end())
            if META.match(head, at) and end is not None:
                yield from _meta_label(attributes)
        elif head.startswith(b"<!--", at):
            end = _after(head, b"-->", at + 2)
        else:
            end = _after(head, b">", at) if head[at + 1 : at + 2] in (b"!", b"/", b"?") else at + 1
        if end is None:
            return
        at = end


def _after(head: bytes, mark: bytes, at: int) -> int | None:
    found = head.find(mark, at)
    return found + len(mark) if found >= 0 else None


def _attributes(head: bytes, at: int) -> tuple[dict[str, str], int | None]:
    """Return the attributes from ``at``, the first of each name, and where their tag ends, if it does."""
    found: dict[str, str] = {}
    while match := ATTRIBUTE.match(head, at):
        at = match.end()
        if match["end"]:
            return found, at
        value = match["double"] or match["single"] or match["bare"] or b""
        found.setdefault(match["name"].decode("latin-1").lower(), value.decode("latin-1"))
    return found, None


def _meta_label(attributes: dict[str, str]) -> Iterator[str]:
    if "charset" in attributes:
        yield attributes["charset"]
    elif attributes.get("http-equiv", "").lower() == "content-type":
        found = CONTENT_CHARSET.search(attributes.get("content", ""))
        yield next(filter(None, found.groups()), "") if found else ""


def _xml_labels(head: bytes) -> Iterator[str]:
    declaration = XML_DECLARATION.match(head)
    found = XML_ENCODING.search(declaration[1]) if declaration else None
    if found:
        yield (found[1] or found[2] or b"").decode("latin-1")
