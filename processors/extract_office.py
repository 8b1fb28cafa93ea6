"""Office documents to Markdown: Word (DOCX), PowerPoint (PPTX) and OpenDocument text (ODT)."""

from collections.abc import Iterable

from lxml import etree

from processors.extracted import Extracted
from processors.office.blocks import Block, markdown
from processors.office.opendocument import OpenDocument
from processors.office.package import Package, PackageRefused, moment, name_of, related
from processors.office.slides import slides
from processors.office.word import WordDocument

OFFICE_TYPES = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "application/vnd.ms-word.document.macroenabled.12",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "application/vnd.openxmlformats-officedocument.presentationml.template",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "application/vnd.oasis.opendocument.text",
)


def read_office(body: bytes, media_type: str) -> Extracted:
    """Return Markdown and metadata of one office document.

    What it is, its content says, whatever ``media_type`` claims: servers name half of them wrongly. Never raises:
    ``problem`` is ``encrypted``, ``bomb``, or ``broken`` for what is damaged or no such document at all.
    """
    del media_type
    try:
        return _read(Package(body))
    except PackageRefused as refused:
        return Extracted(problem=refused.problem)
    except RecursionError:  # nested as deep as the parser goes, in ways no office program writes
        return Extracted(problem="broken")


def _read(package: Package) -> Extracted:
    if "content.xml" in package:
        return _open_document(package)
    top = package.relationships("")
    part = next(iter(related(top, "officeDocument")), "")
    root = package.xml(part)
    blocks: Iterable[Block]
    if root is not None and name_of(root) == "w:document":
        blocks = WordDocument(package, part).blocks(root)
    elif root is not None and name_of(root) == "p:presentation":
        blocks = slides(package, part, root)
    else:
        return Extracted(problem="broken")
    core = next((package.xml(name) for name in related(top, "core-properties")), None)
    return Extracted(markdown(blocks), _said(core, "title"), _said(core, "creator"), moment(_said(core, "created")))


def _open_document(package: Package) -> Extracted:
    manifest = package.read("META-INF/manifest.xml") or b""
    if b"encryption-data" in manifest:  # OpenDocument 1.3 part 2, section 4.8.5
        return Extracted(problem="encrypted")
    root = package.xml("content.xml")
    if root is None:
        return Extracted(problem="broken")
    text = markdown(OpenDocument(root, package.xml("styles.xml")).blocks())
    meta = package.xml("meta.xml")
    author = _said(meta, "initial-creator") or _said(meta, "creator")
    return Extracted(text, _said(meta, "title"), author, moment(_said(meta, "creation-date")))


def _said(metadata: etree._Element | None, name: str) -> str | None:
    found = next(metadata.iter(f"{{*}}{name}"), None) if metadata is not None else None
    return " ".join("".join(found.itertext()).split()) or None if found is not None else None
