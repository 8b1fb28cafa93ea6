"""What a PDF says of itself: title, author and date, from its information dictionary or its XMP packet."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from lxml import etree

# A longer packet is padding or an attack: real ones hold 3 to 30 kB.
MAX_XMP_BYTES = 1 << 20
MAX_FACT_CHARS = 500
FIRST_YEAR = 1985  # nothing was written as PDF before 1993; scans carry the year of their paper now and then

_JUNK_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)\b.*|powerpoint[- ]presentation|untitled.*|unknown|title|document ?\d*|"
    r"(?:slide|layout|page|doc|print) ?\d*|[\W\d_]*|\S*[\\/]\S*|"
    r".*\.(?:docx?|pptx?|xlsx?|pdf|tex|dvi|e?ps|indd|qx[dp]|rtf|odt|html?|txt|jpe?g|png|tiff?|fm|pmd?|cdr|wpd))",
    re.IGNORECASE | re.DOTALL,
)
_JUNK_AUTHOR = re.compile(
    r"(?:anonymous|admin(?:istrator)?|(?:default )?user(?: ?name)?|owner|unknown|unspecified|author|root|guest|"
    r"microsoft.*|windows.*|[\W\d_]*)",
    re.IGNORECASE | re.DOTALL,
)


class Facts(NamedTuple):
    """Title, author as written, and when the document was made (UTC); None where it does not say."""

    title: str | None
    author: str | None
    created_at: datetime | None


def facts(information: Mapping[str, str], body: bytes) -> Facts:
    """Return what ``information`` (ISO 32000-2, table 349) says, and for what it lacks the XMP packet in ``body``.

    Names that programs fill in of themselves, such as ``Microsoft Word - report.doc``, count as nothing said.
    """
    found = Facts(
        _sensible(information.get("Title"), _JUNK_TITLE),
        _sensible(information.get("Author"), _JUNK_AUTHOR),
        _pdf_date(information.get("CreationDate", "")),
    )
    if all(found):
        return found
    packet = _packet(body)
    return Facts(
        found.title or _sensible(_said(packet, "dc:title//rdf:li"), _JUNK_TITLE),
        found.author or _sensible(_said(packet, "dc:creator//rdf:li"), _JUNK_AUTHOR),
        found.created_at or _xmp_date(_said(packet, "xmp:CreateDate") or _said(packet, "@xmp:CreateDate") or ""),
    )


def _sensible(value: str | None, junk: re.Pattern[str]) -> str | None:
    text = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\ufffd]", " ", value or "")[:MAX_FACT_CHARS].split())
    return None if not text or junk.fullmatch(text) else text


# ISO 32000-2, 7.9.4; the apostrophes are left out by some.
_DATE = re.compile(r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:(Z)|([+-])(\d\d)'?(\d\d)?)?")


def _pdf_date(text: str) -> datetime | None:
    match = _DATE.match(text.strip())
    if not match:
        return None
    year, month, day, hour, minute, second = (int(part) if part else None for part in match.groups()[:6])
    try:
        offset = timedelta(hours=int(match[9] or 0), minutes=int(match[10] or 0))
        zone = timezone(-offset if match[8] == "-" else offset)
        made = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=zone)
        return made.astimezone(UTC) if made.year >= FIRST_YEAR else None
    except (ValueError, OverflowError):
        return None


def _xmp_date(text: str) -> datetime | None:
    try:
        made = datetime.fromisoformat(text)
        made = made if made.tzinfo else made.replace(tzinfo=UTC)
        return made.astimezone(UTC) if made.year >= FIRST_YEAR else None
    except (ValueError, OverflowError):
        return None


_NAMES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}


def _packet(body: bytes) -> etree._Element | None:
    """Return the first XMP packet that stands in ``body`` in the clear, as nearly all do (ISO 16684-1)."""
    start = body.find(b"<rdf:RDF")
    end = body.find(b"</rdf:RDF>", start, start + MAX_XMP_BYTES)
    if start < 0 or end < 0:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        return etree.fromstring(body[start : end + len(b"</rdf:RDF>")], parser)
    except etree.XMLSyntaxError:
        return None


def _said(packet: etree._Element | None, path: str) -> str | None:
    """Return the text of the first element or attribute that ``path`` leads to, wherever it stands."""
    found = packet.xpath(f"string((//{path})[1])", namespaces=_NAMES) if packet is not None else ""
    return str(found) or None
