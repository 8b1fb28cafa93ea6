"""What sort of file one is, by its first bytes where those are unmistakable, else by its name."""

from pathlib import PurePosixPath

HEAD_BYTES = 4096
MAILBOX = "application/mbox"
RECORDS = "application/x-ndjson"
JSON = "application/json"
OFFICE = "application/vnd.openxmlformats-officedocument"
TYPES = {
    ".pdf": "application/pdf",
    ".docx": f"{OFFICE}.wordprocessingml.document",
    ".pptx": f"{OFFICE}.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".epub": "application/epub+zip",
    ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml",
    ".md": "text/markdown", ".markdown": "text/markdown", ".mdx": "text/markdown",
    ".txt": "text/plain", ".text": "text/plain", ".rst": "text/x-rst", "": "text/plain",
    ".eml": "message/rfc822", ".mbox": MAILBOX, ".mbx": MAILBOX,
    ".jsonl": RECORDS, ".ndjson": RECORDS, ".json": JSON,
    ".srt": "application/x-subrip", ".vtt": "text/vtt",
    ".tex": "application/x-tex", ".wiki": "text/x-wiki", ".mediawiki": "text/x-wiki",
}  # fmt: skip
PDF = b"%PDF-"  # ISO 32000-1, 7.5.2; readers look for it in the first 1,024 bytes (Annex H, note 13)
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # MS-CFB, 2.2: also what an encrypted DOCX or PPTX is


def media_type_of(path: str, head: bytes) -> str | None:
    """Return the media type of the file at ``path`` that begins with ``head``; None where no reader knows it.

    A ``.gz`` over mail or records is looked through by its name.
    """
    suffix = PurePosixPath(path.removesuffix(".gz")).suffix.lower()
    named = TYPES.get(suffix)
    if path.endswith(".gz"):
        return named if named and is_container(named) else None
    if PDF in head[:1024] and head.lstrip()[:1] == b"%":
        return TYPES[".pdf"]
    if head.startswith((ZIP, OLE)):
        return named if named and _is_package(named) else None
    if named == "text/plain" and head.startswith(b"From ") and b"\nFrom: " in head:
        return MAILBOX
    if named and b"\0" in head and named.startswith("text/") and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None  # a program or picture under a text's name
    return named


def is_container(media_type: str) -> bool:
    """Return whether a file of ``media_type`` holds documents rather than being one."""
    return media_type in {MAILBOX, RECORDS, JSON}


def _is_package(media_type: str) -> bool:
    return media_type.startswith((OFFICE, "application/vnd.oasis")) or media_type == TYPES[".epub"]
