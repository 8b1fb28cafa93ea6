"""The sites of good English: magazine, wiki, questions and shop, with what goes wrong on any large site."""

from demo import faulty
from demo.articles import Series, issues
from demo.page import Article, Frame, forum, magazine, prose, render, shop, wiki
from demo.resource import Resource
from demo.site import Fate, Site

MAGAZINE = Series("magazine", count=96, added=8, changed=(4, 19, 33, 47, 61), gone=(9, 26, 52))
WIKI = Series("wiki", count=72, added=5, changed=(7, 30), gone=(12, 41))
ASK = Series("ask", count=72, added=4, changed=(16,), gone=(5,))
SHOP = Series("shop", count=56, added=2, changed=(22,), gone=(37,))

NEIGHBOURS = ("wiki", "ask", "shop", "mirror", "closed", "welt", "cellar", "flaky", "attic")
OPTED_OUT = {  # number of the magazine's article -> how it says so
    13: ("header", "X-Robots-Tag", "noai"),
    29: ("header", "tdm-reservation", "1"),
    44: ("meta", "robots", "noai, noimageai"),
    58: ("header", "Content-Usage", "train-ai=n"),
}
ONE_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63600000000200014898c1700000000049454e44ae426082"
)
EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def magazine_site(night: int) -> Site:
    """Return www.brewnet.test: articles, a feed, sitemaps, redirects and errors."""
    site = Site("www.brewnet.test", Frame("The Mash Fork", magazine), night)
    _fill(site, MAGAZINE, "/articles/")
    paths = [path for path, _ in site.linked]
    for number in range(len(faulty.PERSONAL)):
        article, values = faulty.personal(number)
        site.page(f"/letters/{number + 1}", article, Fate(planted=values))
    for number, count in enumerate((1, 2, 1, 2, 5, 6)):
        article, values = faulty.leaky(number, count)
        site.page(f"/computer/{number + 1}", article, Fate("too-many-secrets" if count > 3 else None, planted=values))
    site.page("/about", faulty.good_prose("about", "About this magazine"))
    _troubles(site)
    site.sitemaps(paths)
    site.feed("The Mash Fork", site.linked[:20])
    site.robots(f"User-agent: *\nDisallow:\n\nSitemap: {site.url('/sitemap.xml')}\n")
    neighbours = [(f"http://{name}.brewnet.test/", name) for name in NEIGHBOURS]
    neighbours += [(f"http://flaky.brewnet.test/shelf/{number}", f"Shelf {number}") for number in (1, 2)]
    alternate = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    site.indexes("The Mash Fork", head=alternate, links=neighbours)
    return site


def wiki_site(night: int) -> Site:
    """Return wiki.brewnet.test: the pages of a club, drafts disallowed."""
    site = Site("wiki.brewnet.test", Frame("Club wiki", wiki), night)
    _fill(site, WIKI, "/wiki/")
    for number in range(4):
        article = faulty.good_prose(f"wiki-draft/{number}", f"Unfinished page {number + 1}")
        site.page(f"/drafts/{number + 1}", article, Fate("robots-disallowed"))
    site.robots("User-agent: *\nDisallow: /drafts/\n")
    site.indexes("Club wiki")
    return site


def ask_site(night: int) -> Site:
    """Return ask.brewnet.test: questions and their answers."""
    site = Site("ask.brewnet.test", Frame("Ask a Brewer", forum), night)
    _fill(site, ASK, "/questions/")
    site.expect("/login", "Log in", Fate("robots-disallowed"))
    site.robots("User-agent: *\nDisallow: /login\n")
    site.indexes("Ask a Brewer")
    return site


def shop_site(night: int) -> Site:
    """Return shop.brewnet.test: a catalogue with more frame than text."""
    site = Site("shop.brewnet.test", Frame("Grist and Sons", shop), night)
    _fill(site, SHOP, "/items/")
    site.indexes("Grist and Sons")
    return site


def _fill(site: Site, series: Series, folder: str) -> None:
    for issue in issues(series, site.night, folder):
        if issue.is_gone:
            site.add(issue.path, issue.article.title, _missing(410 if issue.number % 2 else 404), Fate("gone", seen=2))
            continue
        text = f"{series.kind}/{issue.number}/{issue.seen}"
        fate = Fate(family=text, wording=text, seen=issue.seen)
        if series is MAGAZINE and issue.number in OPTED_OUT:
            _opt_out(site, issue.path, issue.article, OPTED_OUT[issue.number])
        else:
            site.page(issue.path, issue.article, fate)


def _opt_out(site: Site, path: str, article: Article, said: tuple[str, str, str]) -> None:
    place, name, value = said
    site.page(
        path, article, Fate("ai-opt-out"), head=f'<meta name="{name}" content="{value}">' if place == "meta" else ""
    )
    if place == "header":
        site.adjust(path, headers=((name, value),))


def _troubles(site: Site) -> None:
    for number, first_status in ((1, 429), (2, 429), (3, 503)):
        path = f"/busy/{number}"
        site.page(path, faulty.good_prose(f"busy/{number}", f"The busy page, part {number}"))
        site.adjust(path, first_status=first_status)
    broken = Resource(b"500: the kettle is on fire\n", "text/plain", 500)
    site.add("/broken", "The broken page", broken, Fate("http-500"))
    site.add("/gone", "A page taken away", _missing(410), Fate("gone"))
    site.expect("/never-written", "A page never written", Fate("gone"))
    site.add("/files/label.zip", "Labels to print", Resource(EMPTY_ZIP, "application/zip"), Fate("unsupported-type"))
    site.add("/files/fork.png", "The fork", Resource(ONE_PIXEL, "image/png"), Fate("unsupported-type"))
    _redirects(site)


def _redirects(site: Site) -> None:
    site.page("/guides/first-brew", faulty.good_prose("guide/1", "A guide to the first brew"))
    site.page("/guides/second-brew", faulty.good_prose("guide/2", "A guide to the second brew"))
    target = "/guides/second-brew" if site.night > 1 else "/guides/first-brew"
    for path, status, location in (
        ("/old/guide", 301, "/guides/first-brew"),
        ("/old/chain", 302, "/old/guide"),
        ("/old/moving", 302, target),
        ("/old/wiki", 301, "http://wiki.brewnet.test/"),
        ("/old/cellar", 302, "http://cellar.brewnet.test/rooms/1"),
    ):
        site.add(
            path,
            f"Moved: {path}",
            Resource(b"", status=status, headers=(("Location", location),)),
            Fate("redirected", seen=1),
        )


def _missing(status: int) -> Resource:
    body = render(
        Frame("Nothing", lambda inner: inner),
        Article("Nothing here", prose(["This page has gone the way of all beer."])),
    )
    return Resource(body, status=status)
