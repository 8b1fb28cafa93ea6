"""What a PDF or EPUB itself says of text and data mining, by the TDM Reservation Protocol.

Source: W3C TDMRep, final community group report of 10 May 2024, sections "TDM and EPUB" and "TDM and PDF": the
property ``tdm:reservation`` in the package document's metadata or in the XMP packet, 1 where rights are reserved.
"""

import io
import re
import zipfile
import zlib

from scrapers.page import Scraped, Signal

XMP = re.compile(rb"tdm:reservation(?:\s*=\s*[\"']|>)\s*(\d)")
OPF = re.compile(rb"property\s*=\s*[\"']tdm:reservation[\"'][^>]*>\s*(\d)")
PACKAGES = re.compile(r"[^/]+\.opf|.*/[^/]+\.opf", re.IGNORECASE)
MAX_PACKAGE_BYTES = 4 * 1024 * 1024
MAX_PACKAGES = 4


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
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            names = [name for name in book.namelist() if PACKAGES.fullmatch(name)][:MAX_PACKAGES]
            return [_head(book, name) for name in names]
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, ValueError, EOFError):
        return []  # the reader of its text says what is wrong with it


def _head(book: zipfile.ZipFile, name: str) -> bytes:
    with book.open(name) as package:
        return package.read(MAX_PACKAGE_BYTES)
