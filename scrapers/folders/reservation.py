"""What a PDF or EPUB itself says of text and data mining, by the TDM Reservation Protocol.

Source: W3C TDMRep, final community group report of 10 May 2024, sections "TDM and EPUB" and "TDM and PDF": the
property ``tdm:reservation`` in the package document's metadata or in the XMP packet, 1 where rights are reserved.
"""

import io
import re
import zipfile

from scrapers.page import Scraped, Signal

XMP = re.compile(rb"tdm:reservation(?:\s*=\s*[\"']|>)\s*(\d)")
OPF = re.compile(rb"property\s*=\s*[\"']tdm:reservation[\"'][^>]{0,1000}>\s*(\d)")
PACKAGES = re.compile(r"[^/]+\.opf|.*/[^/]+\.opf", re.IGNORECASE)
MAX_PACKAGE_BYTES = 4 * 1024 * 1024
MAX_PACKAGES = 4
MAX_ENTRIES = 10_000  # of a book; the reader of its text refuses one with more
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # EPUB 3.3, 4.2.2: no other may be used


def reservations(document: Scraped) -> tuple[Signal, ...]:
    """Return the reservation that ``document`` carries inside itself; none for what is neither PDF nor EPUB."""
    if document.media_type == "application/pdf":
        found = [("PDF tdm-reservation", value) for value in XMP.findall(document.body)]
    elif document.media_type == "application/epub+zip":
        found = [
            ("EPUB tdm-reservation", value) for package in _packages(document.body) for value in OPF.findall(package)
        ]
    else:
        found = []
    return tuple(Signal(carrier, value.decode(), "/", document.fetched_at) for carrier, value in dict.fromkeys(found))


def _packages(body: bytes) -> list[bytes]:
    if body.count(b"PK\x01\x02") > MAX_ENTRIES:
        return []
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            found = [
                one for one in book.infolist() if PACKAGES.fullmatch(one.filename) and one.compress_type in METHODS
            ]
            return [_head(book, one) for one in found[:MAX_PACKAGES]]
    except Exception:  # noqa: BLE001 - zipfile and what unpacks for it raise errors of a dozen kinds, and a book is anyone's
        return []  # the reader of its text says what is wrong with it


def _head(book: zipfile.ZipFile, package: zipfile.ZipInfo) -> bytes:
    with book.open(package) as opened:
        return opened.read(MAX_PACKAGE_BYTES)
