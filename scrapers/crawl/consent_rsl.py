"""What RSL documents (Really Simple Licensing 1.0) say of AI training, and where they are named.

Sections are those of rslstandard.org/rsl.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from urllib.parse import urldefrag, urljoin

from lxml import etree  # type: ignore[import-untyped, unused-ignore] # ships no types

from scrapers.crawl.consent_paths import covers_url, longest
from scrapers.crawl.consent_robots import licence_urls
from scrapers.crawl.markup import Markup
from scrapers.page import Signal, Verdict

CARRIER = "RSL "  # how the source of such a signal begins
MEDIA_TYPE = "application/rsl+xml"
# RSL 1.0, 3.4.1.1, and the labels of the drafts of 2025.
TRAINING_USES = frozenset({"all", "ai-all", "ai-train", "train-ai", "train-genai"})
MAX_XML_BYTES = 1024 * 1024  # what comes after is not read
MAX_DOCUMENTS = 8  # a robots.txt or page that names more licences than this is not asked for the rest
MAX_HEADER_CHARS = 64 * 1024
MAX_VALUE_CHARS = 4096  # terms that are longer are kept up to here, and then read as a refusal
LINK = re.compile(r'<([^<>]*)>((?:\s*+;\s*+[^\s=;,<>"]++(?:\s*+=\s*+(?:"[^"]*+"|[^\s";,<>]*+))?+)*+)')
PARAMETER = re.compile(r';\s*+([^\s=;,"]++)\s*+=\s*+(?:"([^"]*+)"|([^\s";,]*+))')


def from_rsl(xml: bytes, url: str, fetched_at: datetime, carrier: str) -> tuple[Signal, ...]:
    """Return the terms for ``url`` in the RSL document ``xml``: those of the longest ``content`` that covers it.

    ``carrier`` says where the document was named (``robots.txt License``, ``header Link``, ``link rel=license``,
    ``script``). What is no RSL document, such as a page that says "not found" with status 200, says nothing.
    """
    source = CARRIER + carrier
    terms = [Signal(source, value, pattern, fetched_at) for pattern, value in _terms(xml) if covers_url(pattern, url)]
    return longest(terms)


def rsl_urls(
    robots_text: str, robots_url: str, headers: Mapping[str, str], markup: Markup, page_url: str
) -> tuple[tuple[str, str], ...]:
    """Return carrier and absolute URL of the RSL documents for a page: the first eight of each carrier, each once."""
    named = (
        ("robots.txt License", licence_urls(robots_text), robots_url),
        ("header Link", _linked(headers.get("link", "")), page_url),
        ("link rel=license", markup.rsl_links, page_url),
    )
    return tuple((carrier, url) for carrier, found, base in named for url in _absolute(found, base))


def terms_verdict(value: str) -> Verdict:
    """Return what the terms of one ``content`` say of training by us, who pay nobody and hold no licence.

    A ``prohibits`` of any of its licences denies. Then one licence without price, attribution or conditions that
    permits training allows. Terms that ask for more than that, or that we cannot read, deny.
    """
    try:
        content = etree.fromstring(value, parser=_parser(recover=False))
    except (etree.XMLSyntaxError, ValueError):
        return "deny"
    licences = content.findall("license")
    if not licences:
        return "unknown"
    if content.get("server") or any(_prohibits(licence) for licence in licences):
        return "deny"
    return "allow" if any(_grants(licence) for licence in licences) else "deny"


def _prohibits(licence: etree._Element) -> bool:
    return any(TRAINING_USES & _words(rule) for rule in licence.findall("prohibits") if rule.get("type") == "usage")


def _grants(licence: etree._Element) -> bool:
    """Return whether anybody may train for nothing: with no ``permits`` for uses, all uses are permitted."""
    uses = [_words(rule) for rule in licence.findall("permits") if rule.get("type") == "usage"]
    is_for_anybody = all(rule.get("type") == "usage" for rule in licence.iter("permits", "prohibits"))
    is_free = all(price.get("type") == "free" for price in licence.findall("payment"))
    return is_for_anybody and is_free and (not uses or any(TRAINING_USES & words for words in uses))


def _words(rule: etree._Element) -> set[str]:
    return set(re.split(r"[\s,]+", (rule.text or "").lower()))


@lru_cache(maxsize=16)
def _terms(xml: bytes) -> tuple[tuple[str, str], ...]:
    """Return pattern and terms of each ``content``, wherever it stands; without ``url`` it is for every page."""
    try:
        root = etree.fromstring(xml[:MAX_XML_BYTES], parser=_parser(recover=True))
    except (etree.XMLSyntaxError, ValueError):
        return ()
    if root is None or _name(root) not in ("rsl", "rss", "feed"):
        return ()
    if _has_entities(root):
        return (("*", "<!ENTITY>"),)
    contents = (found for found in root.iter("{*}content") if _name(found.getparent()) != "content")
    return tuple((found.get("url", "*").strip() or "*", _written(found)) for found in contents if _is_licensed(found))


def _has_entities(root: etree._Element) -> bool:
    """Return whether the document defines entities: RSL needs none, and unexpanded they would hide a refusal."""
    definitions = root.getroottree().docinfo.internalDTD
    return definitions is not None and next(definitions.iterentities(), None) is not None


def _is_licensed(content: etree._Element) -> bool:
    return next(content.iterchildren("{*}license"), None) is not None


def _written(content: etree._Element) -> str:
    """Return the terms of ``content`` as XML without namespaces and without what does not decide."""
    plain = etree.Element("content")
    if content.get("server"):
        plain.set("server", _tidy(content.get("server")))
    for licence in content.iterchildren("{*}license"):
        terms = etree.SubElement(plain, "license")
        for rule in licence.iterchildren("{*}permits", "{*}prohibits"):
            etree.SubElement(terms, _name(rule), type=_kind(rule, "usage")).text = _tidy("".join(rule.itertext()))
        for price in licence.iterchildren("{*}payment"):
            etree.SubElement(terms, "payment", type=_kind(price, "free"))
    return str(etree.tostring(plain, encoding="unicode"))[:MAX_VALUE_CHARS]


def _kind(element: etree._Element, default: str) -> str:
    return _tidy(element.get("type", "")).lower() or default


def _tidy(text: str) -> str:
    """Return the words of ``text`` that may stand in XML: every name RSL defines is ASCII."""
    return " ".join(re.findall(r"[!-~]+", text))


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def _parser(*, recover: bool) -> etree.XMLParser:
    """Return a parser that loads nothing, expands no entity and refuses trees of absurd depth."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=recover, remove_comments=True, remove_pis=True
    )


def _linked(header: str) -> Iterator[str]:
    """Yield the targets of a Link header (RFC 8288, 3) that are RSL licences (RSL 1.0, 4.5)."""
    for target, written in LINK.findall(header[:MAX_HEADER_CHARS]):
        said = {name.lower(): quoted or bare for name, quoted, bare in reversed(PARAMETER.findall(written))}
        kind = said.get("type", "").partition(";")[0].strip().lower()
        if "license" in said.get("rel", "").lower().split() and kind == MEDIA_TYPE:
            yield target


def _absolute(found: Iterator[str] | tuple[str, ...], base: str) -> tuple[str, ...]:
    urls: dict[str, None] = {}
    for target in found:
        try:
            url = urldefrag(urljoin(base, target.strip())).url
        except ValueError:
            continue
        if url.startswith(("http://", "https://")):
            urls[url] = None
        if len(urls) == MAX_DOCUMENTS:
            break
    return tuple(urls)
