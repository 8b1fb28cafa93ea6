"""What other programs put into a Word document whole: pages and plain texts that ``w:altChunk`` names.

ECMA-376 part 1, section 17.17.2.1. Chunks of any other form (documents in the document, RTF, MHTML) are not read.
"""

from collections.abc import Iterator

from corpus.charset import decode_html, decode_text
from processors.office.blocks import Block
from processors.office.package import Package
from processors.office.xhtml import parse_xhtml, xhtml_blocks

_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def chunk_blocks(package: Package, part: str) -> Iterator[Block]:
    """Yield the blocks of the ``part`` that is a page or a plain text, none of another.

    Raises:
        PackageRefused: the part is damaged, or unpacks to more than the limits.
    """
    media_type = _media_type(package, part)
    if media_type in _PAGES:
        root = parse_xhtml(decode_html(package.read(part) or b"", media_type))
        yield from xhtml_blocks(root) if root is not None else ()
    elif media_type == "text/plain":
        text = decode_text(package.read(part) or b"", media_type)
        yield from (Block("paragraph", line) for line in text.splitlines())


def _media_type(package: Package, part: str) -> str:
    """Return the type of ``part``: its own, else that of its ending (ECMA-376 part 2, section 6.2.3.4)."""
    root = package.xml("[Content_Types].xml")
    found = ""
    for one in root if root is not None else ():
        if one.get("PartName", "").lstrip("/").lower() == part.lower():
            return _bare(one.get("ContentType", ""))
        if one.get("Extension", "").lower() == part.rpartition(".")[2].lower():
            found = _bare(one.get("ContentType", ""))
    return found


def _bare(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
