"""Parts of documentation that plain Markdown has no element for: signatures, admonitions, tabs."""

import re

from lxml import etree
from lxml.html import HtmlElement

from processors.html.tree import become, classes
from processors.sites.selecting import every, remove, words_of

# What any generator puts round or into the text that is none of it.
APPARATUS = (
    "script, style, noscript, template, svg, img, video, audio, iframe, object[data], object[classid], form label,"
    " select, input, textarea,"
    " .headerlink, .header-anchor, .anchor-link, a.hash-link, a.anchorjs-link, a.toclink > .headerlink, nav,"
    " [role=navigation], .breadcrumb, .breadcrumbs, .pagination-nav, .rst-footer-buttons, .edit-page-link, .sr-only,"
    " .visually-hidden, .copybtn, .md-clipboard, .md-annotation__index"
)
# What a reader opens, though the page shows only one of them.
PANELS = "[role=tabpanel], .tabbed-block, .tab-pane, .tab-content, .tabcontent, .sd-tab-content, .tab-panel"
_ADMONITIONS = ".admonition, .theme-admonition, .custom-block, .starlight-aside, .admonitionblock, details.note"
_TITLES = (
    ".admonition-title, .admonition-heading, [class^=admonitionHeading], .admonition_header, .custom-block-title,"
    " .starlight-aside__title, p.title, h2.title, h3.title, h4.title, summary"
)
_DOCBOOK = {"note", "warning", "tip", "caution", "important", "danger", "sidebar"}
_SIGNATURES = (
    "dt.sig, dl.function > dt[id], dl.method > dt[id], dl.class > dt[id], dl.attribute > dt[id], dl.data > dt[id]"
)
_BLOCK_SIGNATURES = ("div.member-signature, div.type-signature, h3.code-header, h4.code-header,"
                     " div.memproto, .code-header.in-band")  # fmt: skip
MOST_JOINED_CHARS = 4_000  # of signatures that share one description
_DOMAINS = {"py": "python", "c": "c", "cpp": "cpp", "js": "javascript", "rst": "rst"}


def write_parts(page: HtmlElement) -> None:
    """Make signatures code, admonitions quotes under their name, and put each tab's name before it, in place."""
    _name_tabs(page)
    remove(page, "button, [role=tablist], .tabbed-labels")
    for signature in every(page, _SIGNATURES):
        _write_signature(signature)
    for signature in every(page, _BLOCK_SIGNATURES):
        _become_code(signature, _language_of_page(signature))
    for admonition in every(page, _ADMONITIONS) + _docbook_admonitions(page):
        _quote(admonition)
    for summary in list(page.iter("summary")):
        _become_paragraph(summary)
    for classifier in every(page, "dt > span.classifier"):
        classifier.text = f" : {classifier.text or ''}"
    for quote in every(page, "blockquote > div:only-child"):
        _unindent(quote)


def _write_signature(term: HtmlElement) -> None:
    """Make the list that ``term`` is in a run of blocks: its terms code, what they mean the text below."""
    listing = term.getparent()
    if listing is None:
        return
    domain = next((_DOMAINS[name] for name in (listing.get("class") or "").split() if name in _DOMAINS), "")
    before = term.getprevious()
    is_joined = before is not None and before.tag == "pre" and not (before.tail or "").strip()
    if is_joined and len(before.text or "") < MOST_JOINED_CHARS:
        before.text = f"{before.text}\n{_signature(term)}"
        term.getparent().remove(term)
    else:
        _become_code(term, domain or ("python" if "sig" not in classes(term) else ""))
    listing.tag = "div"
    for meaning in listing.iterchildren("dd"):
        meaning.tag = "div"


def _signature(element: HtmlElement) -> str:
    for line_break in element.iter("br"):
        line_break.text = "\n"
    text = str(element.text_content()).replace("\xa0", " ")
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.strip().split("\n")]
    # Generators break the line in their source wherever they like; a comma or bracket at its end is no new line.
    return re.sub(r"(?<=[(,\[])\n(?! )", " ", "\n".join(filter(None, lines))).rstrip("\u00b6 ")


def _become_code(element: HtmlElement, language: str) -> None:
    text = _signature(element)
    element.clear(keep_tail=True)
    element.tag, element.text = "pre", text
    if language:
        element.set("class", f"language-{language}")


def _language_of_page(element: HtmlElement) -> str:
    if "code-header" in classes(element):
        return "rust"
    return "java" if "-signature" in (element.get("class") or "") else ""


def _docbook_admonitions(page: HtmlElement) -> list[HtmlElement]:
    return [div for div in page.iter("div") if classes(div) & _DOCBOOK and not classes(div) & {"admonition"}]


def _quote(admonition: HtmlElement) -> None:
    title = next((one for one in every(admonition, _TITLES) if one is not admonition), None)
    name = words_of(title)
    if title is not None:
        become(title, "")
    if name:
        admonition.insert(0, _strong(name))
        admonition[0].tail, admonition.text = admonition.text, None
    admonition.tag = "blockquote"


def _strong(text: str) -> HtmlElement:
    paragraph = etree.Element("p")
    etree.SubElement(paragraph, "strong").text = text
    return paragraph


def _become_paragraph(summary: HtmlElement) -> None:
    """Make a summary a paragraph; where it only wraps a heading or code, those stand for themselves."""
    if next(summary.iter("pre", "h1", "h2", "h3", "h4", "h5", "section"), None) is not None:
        summary.tag = "div"
        return
    name = words_of(summary)
    summary.clear(keep_tail=True)
    summary.tag = "p"
    if name:
        etree.SubElement(summary, "strong").text = name


def _unindent(block: HtmlElement) -> None:
    """Make no quote of a list or code that docutils takes for one only because its source is indented."""
    parts = list(block.iterchildren(etree.Element))
    if parts and all(
        part.tag in ("ul", "ol", "dl", "pre", "table") or "highlight" in str(part.get("class")) for part in parts
    ):
        block.getparent().tag = "div"


def _name_tabs(page: HtmlElement) -> None:
    named: set[HtmlElement] = set()
    for labels in every(page, "[role=tablist], .tabbed-labels"):
        holder = next(labels.iterancestors(), None)
        if holder is None or holder in named:
            continue
        named.add(holder)
        panels = every(holder, "[role=tabpanel], .tabbed-block")
        names = list(labels.iterchildren(etree.Element))
        for name, panel in zip(names, panels, strict=False):
            if words_of(name):
                panel.insert(0, _strong(words_of(name)))
                panel[0].tail, panel.text = panel.text, None
