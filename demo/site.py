"""A site being built: pages with their expected fates, robots.txt, sitemaps and feeds."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html import escape

from demo.page import Article, Frame, listing, render
from demo.resource import Document, Resource, modified_on

SOURCE = "brewnet"
LINKS_PER_PAGE = 30  # each is a word of the page, which must stay under 50


@dataclass(frozen=True, slots=True)
class Fate:
    """What should become of a page, apart from its address; see ``Document``."""

    reason: str | None = None
    family: str | None = None
    wording: str | None = None
    planted: tuple[str, ...] = ()
    seen: int = 1


KEPT = Fate()


@dataclass
class Site:
    """Pages of ``host`` on one night, as they are added; ``linked`` are the links of its home page."""

    host: str
    frame: Frame
    night: int
    resources: dict[str, Resource] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    linked: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        """Return the absolute address of ``path``."""
        return f"http://{self.host}{path}"

    def add(self, path: str, title: str, resource: Resource, fate: Fate = KEPT) -> None:
        """Put a document on the site and link to it."""
        self.expect(path, title, fate)
        self.resources[path] = resource

    def expect(self, path: str, title: str, fate: Fate) -> None:
        """Link to ``path``, whether or not anything is there."""
        self.linked.append((path, title))
        key = f"{SOURCE}/{self.url(path)}"
        self.documents.append(Document(key, fate.reason, fate.family, fate.wording, fate.planted, fate.seen))

    def page(self, path: str, article: Article, fate: Fate = KEPT, head: str = "") -> None:
        """Add an article."""
        self.add(
            path, article.title, Resource(render(self.frame, article, head), modified_at=modified_on(fate.seen)), fate
        )

    def adjust(self, path: str, **changes: object) -> None:
        """Change how a page that was added is served (fields of ``Resource``)."""
        self.resources[path] = replace(self.resources[path], **changes)  # type: ignore[arg-type] # fields of Resource

    def robots(self, text: str, status: int = 200) -> None:
        """Set robots.txt."""
        self.resources["/robots.txt"] = Resource(text.encode(), "text/plain", status)

    def indexes(self, title: str, head: str = "", links: Iterable[tuple[str, str]] = ()) -> None:
        """Add the home page and, where there are many links, further pages of links; all too short to be kept."""
        links = [*self.linked, *links]
        thin = Fate("too-short")
        rest = range(LINKS_PER_PAGE, len(links), LINKS_PER_PAGE)
        more = [(f"/pages/{number}", f"Page {number}") for number in range(2, 2 + len(rest))]
        for (path, name), start in zip(more, rest, strict=True):
            self.add(path, name, Resource(listing(self.frame, name, links[start : start + LINKS_PER_PAGE])), thin)
        self.add("/", title, Resource(listing(self.frame, title, [*links[:LINKS_PER_PAGE], *more], head)), thin)

    def sitemaps(self, paths: list[str]) -> None:
        """Add an index of two sitemaps that name ``paths`` between them."""
        half = len(paths) // 2
        for number, part in ((1, paths[:half]), (2, paths[half:])):
            entries = "".join(f"<url><loc>{escape(self.url(path))}</loc></url>" for path in part)
            self._xml(
                f"/sitemap-{number}.xml",
                f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>',
            )
        maps = "".join(f"<sitemap><loc>{self.url(f'/sitemap-{number}.xml')}</loc></sitemap>" for number in (1, 2))
        self._xml(
            "/sitemap.xml", f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{maps}</sitemapindex>'
        )

    def feed(self, title: str, entries: Iterable[tuple[str, str]]) -> None:
        """Add an RSS 2.0 feed of (path, title)."""
        items = "".join(
            f"<item><title>{escape(name)}</title><link>{self.url(path)}</link><guid>{self.url(path)}</guid></item>"
            for path, name in entries
        )
        channel = (
            f"<title>{escape(title)}</title><link>{self.url('/')}</link><description>Brewing, slowly.</description>"
        )
        self._xml("/feed.xml", f'<rss version="2.0"><channel>{channel}{items}</channel></rss>', "application/rss+xml")

    def _xml(self, path: str, text: str, media_type: str = "application/xml") -> None:
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        self.resources[path] = Resource((head + text).encode(), media_type, modified_at=modified_on(self.night))
