"""Books (EPUB 2 and 3) to Markdown: the documents of the spine in reading order, whole."""

import posixpath
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import etree

from corpus.charset import decode_html
from processors.extracted import Extracted
from processors.office.blocks import Block, markdown
from processors.office.package import Package, PackageRefused, attribute, child, children, moment
from processors.office.xhtml import parse_xhtml, xhtml_blocks

EPUB_TYPES = ("application/epub+zip",)

_CHAPTERS = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "text/x-oeb1-document")
_NO_CHAPTERS = ("toc", "cover")  # EPUB 2 `guide` types of pages that only lead or look


def read_epub(body: bytes, media_type: str) -> Extracted:
    """Return Markdown and metadata of one book, without its cover and tables of contents.

    Never raises: ``problem`` is ``encrypted`` where a chapter is (fonts alone may be), ``bomb``, or ``broken`` for
    what is damaged or no book at all.
    """
    del media_type
    try:
        return _read(Package(body))
    except PackageRefused as refused:
        return Extracted(problem=refused.problem)
    except RecursionError:  # nested as deep as the parser goes
        return Extracted(problem="broken")


def _read(package: Package) -> Extracted:
    container = package.xml("META-INF/container.xml")
    rootfile = next(container.iter("{*}rootfile"), None) if container is not None else None
    part = attribute(rootfile, "full-path") or ""
    root = package.xml(part)
    if root is None:
        return Extracted(problem="broken")
    chapters = list(_spine(root, part))
    if _encrypted(package) & {chapter.lower() for chapter in [part, *chapters]}:
        return Extracted(problem="encrypted")
    metadata = child(root, "metadata")
    creators = ", ".join(_texts(metadata, "creator")) or None
    title = next(_texts(metadata, "title"), None)
    published = next(_texts(metadata, "date"), None)
    text = markdown(block for chapter in chapters for block in _chapter(package, chapter))
    return Extracted(text, title, creators, moment(published))


def _spine(root: etree._Element, part: str) -> Iterator[str]:
    """Yield the names of the parts that are read, in the order of the spine."""
    items = {attribute(one, "id"): one for one in children(child(root, "manifest"), "item")}
    guide = children(child(root, "guide"), "reference")
    passed = {_resolved(part, one.get("href", "")) for one in guide if one.get("type", "").lower() in _NO_CHAPTERS}
    for entry in children(child(root, "spine"), "itemref"):
        item = items.get(attribute(entry, "idref"))
        if item is None or item.get("media-type", "") not in _CHAPTERS or "nav" in item.get("properties", "").split():
            continue
        name = _resolved(part, item.get("href", ""))
        if name not in passed:
            passed.add(name)
            yield name


def _resolved(part: str, reference: str) -> str:
    path = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(part), path)).lstrip("/")


def _encrypted(package: Package) -> set[str]:
    """Return the parts that META-INF/encryption.xml names (OCF 3.3, section 4.2.6.3.2), in lower case."""
    root = package.xml("META-INF/encryption.xml")
    references = root.iter("{*}CipherReference") if root is not None else ()
    return {_resolved("", one.get("URI", "")).lower() for one in references}


def _chapter(package: Package, name: str) -> Iterator[Block]:
    content = package.read(name) or b""
    root = parse_xhtml(decode_html(content, "application/xhtml+xml"))
    if root is not None:
        yield from xhtml_blocks(root)


def _texts(metadata: etree._Element | None, name: str) -> Iterator[str]:
    for one in children(metadata, name):
        text = " ".join("".join(one.itertext()).split())
        if text:
            yield text
