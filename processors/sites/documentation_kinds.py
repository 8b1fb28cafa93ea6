"""Which generators of documentation are known, how their pages are told, and where in them the text is."""

from typing import NamedTuple


class Kind(NamedTuple):
    """One generator: its pages are told by ``generator`` (what their ``<meta>`` says begins so) or by ``signs``.

    ``roots`` are selectors of what holds the text, best first; ``apparatus`` is what goes from it besides that of any
    documentation.
    """

    name: str
    generator: str
    signs: str
    roots: tuple[str, ...]
    apparatus: str = ""


MKDOCS = Kind(
    name="mkdocs",
    generator="mkdocs",
    signs="article.md-content__inner, #mkdocs_search_modal, #mkdocs-search-results, footer a[href*='www.mkdocs.org'],"
    " link[href*='assets/_mkdocstrings.css']",
    roots=(
        "article.md-content__inner",
        "div[role=main] div[itemprop=articleBody]",
        "div[role=main] div.section",
        "div[role=main]",
    ),
    apparatus=".md-content__button, .md-source-file, .md-feedback, .md-tags, .mkdocstrings-source, .doc-source,"
    " div.toc",
)
SPHINX = Kind(
    name="sphinx",
    generator="sphinx",
    signs="script#documentation_options, script[src*='_static/documentation_options.js'], div.documentwrapper,"
    " script[src*='_static/doctools.js'], div.sphinxsidebar",
    roots=(
        "article#furo-main-content",
        "article.bd-article",
        "div[role=main] div[itemprop=articleBody]",
        "div.body[role=main]",
        "article[role=main]",
        "div[role=main]",
        "main[role=main] article",
        "div.document div.body",
        "main article",
        "main",
        "div.section[id]",  # the page's first section holds the others, whatever a theme puts round it
        "section[id]",
    ),
    apparatus=".viewcode-link, .viewcode-back, div.topic.contents, nav.contents, .toctree-wrapper, .indextable,"
    " .genindex-jumpbox, .prev-next-area, .bd-header-article, .related, .edit-this-page, .sd-tab-set > input",
)
DOCUSAURUS = Kind(
    name="docusaurus",
    generator="docusaurus",
    signs="div#__docusaurus",
    roots=("article div.theme-doc-markdown", "article div.markdown", "main div.theme-doc-markdown"),
    apparatus=".theme-doc-toc-mobile, .theme-doc-footer, .hash-link, .theme-doc-version-badge",
)
MDBOOK = Kind(
    name="mdbook",
    generator="mdbook",
    signs=".menu-bar .menu-title",
    roots=("#content > main", "#mdbook-content > main"),
    apparatus=".nav-chapters, .buttons, .tooltip, .play-button",
)
RUSTDOC = Kind(
    name="rustdoc",
    generator="rustdoc",
    signs="",
    roots=("#main-content", "section#main"),
    # What every type has automatically says nothing of this one.
    apparatus=".out-of-band, .rightside, .srclink, a.src, .since, a.anchor, a.doc-anchor, .notable-traits, .tooltip,"
    " .hideme, #copy-path, #synthetic-implementations, #synthetic-implementations-list, #blanket-implementations,"
    " #blanket-implementations-list, .test-arrow, .sidebar, rustdoc-toolbar, .rustdoc-breadcrumbs",
)
JAVADOC = Kind(
    name="javadoc",
    generator="javadoc",
    signs="",
    roots=("main", "div.contentContainer"),
    # The summaries repeat the first sentence of each description.
    apparatus=".inherited-list, .nested-class-summary, .field-summary, .constructor-summary, .method-summary,"
    " .sub-title, .copy, div.inheritance",
)
DOCBOOK = Kind(
    name="docbook",
    generator="docbook xsl",
    signs="",
    roots=("div.book, div.chapter, div.article, div.refentry, div.section, div.sect1", "body"),
    apparatus=".navheader, .navfooter, .indexterm, div.toc, .list-of-tables, .list-of-figures",
)
PUBLICAN = Kind(
    name="publican",
    generator="publican",
    signs="",
    roots=("body",),
    apparatus="ul.docnav, p#title, #banner, #footer, .language_switcher, .indexterm, #navigation, div.toc",
)
VITEPRESS = Kind(
    name="vitepress",
    generator="vitepress",
    signs="div.VPDoc main .vp-doc",
    roots=("main .vp-doc", ".vp-doc"),
    apparatus="button.copy, span.lang, .line-numbers-wrapper",
)
STARLIGHT = Kind(
    name="starlight",
    generator="starlight",
    signs="main .sl-markdown-content",
    roots=("main .sl-markdown-content",),
    apparatus=".sl-anchor-link, .copy",
)
DOXYGEN = Kind(
    name="doxygen",
    generator="doxygen",
    signs="",
    roots=("div.contents",),
    apparatus=".dynheader, .dyncontent, .mlabels, .permalink, a.anchor, .memberdecls, .lineno, div.toc",
)

KINDS = (
    MKDOCS, SPHINX, DOCUSAURUS, MDBOOK, RUSTDOC, JAVADOC, DOCBOOK, PUBLICAN, VITEPRESS, STARLIGHT, DOXYGEN,
)  # fmt: skip
