"""Parts of a zipped document, unpacked within bounds: Office Open XML, OpenDocument and EPUB are all such packages.

No part is larger, no package has more entries and no read unpacks more than the limits below: sizes are counted on
the bytes that come out, never believed from the directory. XML is parsed without network, without expanding any
entity, and no deeper than libxml2 goes by itself (256 levels).
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from processors.extracted import Problem

MAX_ENTRIES = 10_000
MAX_PART_BYTES = 32 * 1024 * 1024  # unpacked; a part this long holds some thousand pages
MAX_UNPACKED_BYTES = 128 * 1024 * 1024  # of all parts that are read
# Deflate reaches 1,032:1 on zeros; table markup that repeats itself was seen at 60:1. Small parts may be any.
MAX_RATIO = 200
RATIO_FREE_BYTES = 4 * 1024 * 1024
MAX_MARKS = 2_000_000  # of "<" in one part: an element takes some 250 bytes of memory, however short it is written

# ECMA-376 part 2, annex B: a package is stored or deflated; OpenDocument 1.3 part 2, section 3.2, and EPUB OCF 3.3 too.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB] section 2.2
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")  # [MS-OFFCRYPTO] section 2.3.4.4


class PackageRefused(Exception):
    """There is no text to be had; ``problem`` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem: Problem = problem


class Relationship(NamedTuple):
    """Where a part points: ``target`` is a part's name, or an address when ``external``."""

    kind: str
    target: str
    external: bool


class Package:
    """The parts of one document by name; names are compared without case (ECMA-376 part 2, section 6.2.2.3)."""

    def __init__(self, body: bytes) -> None:
        """Open the package in ``body``.

        Raises:
            PackageRefused: it is encrypted, no zip file, or has too many entries.
        """
        if body.startswith(_COMPOUND_FILE):
            raise PackageRefused("encrypted" if _ENCRYPTED_STREAM in body else "broken")
        if body.count(b"PK\x01\x02") > MAX_ENTRIES:
            raise PackageRefused("bomb")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except _DAMAGE as error:
            raise PackageRefused("broken") from error
        self._parts = {info.filename.lstrip("/").lower(): info for info in self._zip.infolist()}
        if any(info.flag_bits & 0x1 for info in self._parts.values()):
            raise PackageRefused("encrypted")
        self._unpacked_bytes = 0

    def __contains__(self, name: str) -> bool:
        return name.lstrip("/").lower() in self._parts

    def read(self, name: str) -> bytes | None:
        """Return the bytes of the part ``name``, None when there is no such part.

        Raises:
            PackageRefused: the part is damaged, or unpacks to more than the limits.
        """
        info = self._parts.get(name.lstrip("/").lower())
        if info is None:
            return None
        if info.compress_type not in _METHODS:
            raise PackageRefused("broken")
        try:
            with self._zip.open(info) as stream:
                content = stream.read(MAX_PART_BYTES + 1)
        except _DAMAGE as error:
            raise PackageRefused("broken") from error
        self._unpacked_bytes += len(content)
        too_dense = len(content) > max(RATIO_FREE_BYTES, MAX_RATIO * info.compress_size)
        if too_dense or len(content) > MAX_PART_BYTES or self._unpacked_bytes > MAX_UNPACKED_BYTES:
            raise PackageRefused("bomb")
        return content

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of the XML part ``name``, None when it is absent, malformed or declares entities.

        Raises:
            PackageRefused: the part is damaged as a file, or too large.
        """
        content = self.read(name)
        return None if content is None else parse_xml(content)

    def relationships(self, name: str) -> dict[str, Relationship]:
        """Return the relationships of the part ``name`` by id; of the package itself for an empty name."""
        folder, _, file = name.rpartition("/")
        root = self.xml(f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels")
        if root is None:
            return {}
        return {one.get("Id", ""): _relationship(one, folder) for one in root.iterchildren("{*}Relationship")}


def parse_xml(content: bytes) -> etree._Element | None:
    """Return the root of ``content``, None when it is malformed, too deep or declares entities of its own.

    Raises:
        PackageRefused: it has more elements than may be held in memory.
    """
    if content.count(b"<") > MAX_MARKS:
        raise PackageRefused("bomb")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    declared = root.getroottree().docinfo.internalDTD
    return None if declared is not None and next(declared.iterentities(), None) is not None else root


def _relationship(element: etree._Element, folder: str) -> Relationship:
    target, external = element.get("Target", ""), element.get("TargetMode") == "External"
    if not external:
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return Relationship(element.get("Type", "").rpartition("/")[2], target, external)


def related(relationships: dict[str, Relationship], kind: str) -> list[str]:
    """Return the names of the parts that ``relationships`` lead to by ``kind``, the last word of the type."""
    return [one.target for one in relationships.values() if one.kind == kind and not one.external]


# A namespace is told by its last words: they are the same in Strict (purl.oclc.org) and in Transitional documents.
_PREFIXES = {
    "wordprocessingml/main": "w",
    "drawingml/main": "a",
    "drawingml/chart": "c",
    "drawingml/diagram": "dgm",
    "presentationml/main": "p",
    "officeDocument/math": "m",
    "officeDocument/relationships": "r",
    "markup-compatibility": "mc",
    "word/wordprocessingShape": "wps",
    "schemas-microsoft-com:vml": "v",
    "drawing/main": "a14",
}


@lru_cache(maxsize=4096)
def _short(tag: str) -> str:
    namespace, _, local = tag.rpartition("}")
    words = [word for word in namespace.strip("{}").split("/") if not word.isdigit()]
    prefix = _PREFIXES.get("/".join(words[-2:])) or _PREFIXES.get(words[-1] if words else "", "")
    return f"{prefix}:{local}" if prefix else local


def name_of(element: etree._Element) -> str:
    """Return the name of ``element`` as the specifications write it, like ``w:p``; empty for an entity."""
    return _short(element.tag) if isinstance(element.tag, str) else ""


def children(element: etree._Element | None, name: str) -> Iterator[etree._Element]:
    """Yield the children of ``element`` called ``name``, none for None."""
    if element is not None:
        yield from (one for one in element if name_of(one) == name)


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Return the first element down ``path`` from ``element``, None when there is none."""
    for name in path:
        element = next(children(element, name), None)
    return element


def attribute(element: etree._Element | None, name: str) -> str | None:
    """Return the attribute ``name`` of ``element``: as written, or of any namespace when it has none."""
    if element is None:
        return None
    plain = element.get(name)
    if plain is not None:
        return str(plain)
    return next((str(value) for key, value in element.items() if key.endswith("}" + name)), None)


def relationship_id(element: etree._Element, name: str = "id") -> str:
    """Return the attribute ``r:NAME`` of ``element``, empty when there is none."""
    return next((str(value) for key, value in element.items() if _short(key) == f"r:{name}"), "")


def number(element: etree._Element | None, name: str) -> int | None:
    """Return the attribute ``name`` as a number, None when it is absent, no number, or beyond 32 bits."""
    written = (attribute(element, name) or "").strip()
    if not written.lstrip("-").isdecimal() or len(written) > 10 or "-" in written[1:]:
        return None
    return int(written)


def is_on(element: etree._Element | None) -> bool:
    """Return whether the switch ``element`` is there and not off (ST_OnOff, ECMA-376 part 1, section 22.9.2.7)."""
    return element is not None and (attribute(element, "val") or "true").lower() not in {"0", "false", "off", "none"}


def moment(written: str | None) -> datetime | None:
    """Return ``written`` (W3CDTF: a year, month, day or time) in UTC, None when it is no date."""
    written = (written or "").strip()
    padded = written + {4: "-01-01", 7: "-01"}.get(len(written), "")
    try:
        when = datetime.fromisoformat(padded)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
