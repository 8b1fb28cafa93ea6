"""The other sites: a mirror, one that opts out, one in many tongues, a slow one, an unreachable one and an attic."""

from collections.abc import Iterator
from dataclasses import replace

from demo import faulty
from demo.articles import Issue, issues, written
from demo.page import Article, Frame, plain, prose, slug
from demo.phrasing import Dice, filled, foreign, subject_topics, topics
from demo.site import Fate, Site
from demo.sites import ASK, MAGAZINE, OPTED_OUT, SHOP, WIKI

COPIED = tuple(number for number in range(60, 84) if number not in OPTED_OUT)  # word for word
EDITED = tuple(number for number in range(30, 58) if number not in OPTED_OUT)  # with a light hand, if long enough
MIN_EDITED_WORDS = 200  # in a shorter text one changed word weighs too much
MIRROR_GONE = {62, 31}  # removed from the mirror on night 2: the magazine's own page stands again
TONGUES = (("german", "de"), ("french", "fr"), ("czech", "cs"))


def mirror_site(night: int) -> Site:
    """Return mirror.brewnet.test: the magazine as it was on night 1, word for word or lightly edited."""
    site = Site("mirror.brewnet.test", Frame("Mirror of good reading", plain), night)
    for issue in issues(MAGAZINE, 1, "/articles/"):
        if issue.number in COPIED:
            _mirrored(site, issue, issue.article, _as_of(issue))
        elif issue in edited_issues():
            _mirrored(
                site,
                issue,
                edited(issue.article),
                Fate(family=_as_of(issue).family, wording=f"magazine/{issue.number}/edited"),
            )
    for kind, series in (("wiki", WIKI), ("ask", ASK), ("shop", SHOP)):
        issue = next(iter(issues(series, 1, "/articles/")))
        site.page(
            f"/from-{kind}/{slug(issue.article.title)}",
            issue.article,
            Fate(family=f"{kind}/{issue.number}/1", wording=f"{kind}/{issue.number}/1"),
        )
    site.indexes("Mirror of good reading")
    return site


def edited_issues() -> list[Issue]:
    """Return the articles of the magazine, as of night 1, of which the mirror has an edited copy."""
    chosen = (issue for issue in issues(MAGAZINE, 1, "/articles/") if issue.number in EDITED)
    return [issue for issue in chosen if len(" ".join(issue.article.blocks).split()) >= MIN_EDITED_WORDS]


def edited(article: Article) -> Article:
    """Return ``article`` with one word changed and a line at its end."""
    blocks = list(article.blocks)
    blocks[0] = blocks[0].replace(" and ", " as well as ", 1)
    return Article(article.title, (*blocks, *prose(["This text first appeared in a magazine that we like."])))


def closed_site(night: int) -> Site:
    """Return closed.brewnet.test: good pages that must not be used for training, says robots.txt."""
    site = Site("closed.brewnet.test", Frame("A private notebook", plain), night)
    for number, topic in enumerate(subject_topics()):
        site.page(f"/notes/{number + 1}", written("magazine", f"closed/{number}", f"Private note {number + 1}", topic))
    site.indexes("A private notebook")
    site.sitemaps(list(site.resources))
    site.robots(f"User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n\n{_sitemap_line(site)}")
    return _all_refused(site, "ai-opt-out")


def welt_site(night: int) -> Site:
    """Return welt.brewnet.test: pages in German, French and Czech."""
    site = Site("welt.brewnet.test", Frame("Bier und Welt", plain, "mul"), night)
    for name, language in TONGUES:
        topic = topics(name)[name]
        for number, title in enumerate(topic.subjects):
            article = Article(title, prose(foreign(Dice(f"{name}/{number}"), topic)))
            site.page(f"/{language}/{number + 1}", article, Fate("wrong-language"))
    site.page("/en/welcome", faulty.good_prose("welt", "A welcome in English"))
    site.indexes("Bier und Welt")
    return site


def cellar_site(night: int) -> Site:
    """Return cellar.brewnet.test: slow on request; on night 2 it wants no training any more."""
    site = Site("cellar.brewnet.test", Frame("The slow cellar", plain), night)
    rules = f"{_sitemap_line(site)}User-agent: *\nDisallow: /private/\nCrawl-delay: 0.3\n"
    for number in range(11):
        topic = subject_topics()[number]
        site.page(
            f"/rooms/{number + 1}", written("wiki", f"cellar/{number}", f"Room {number + 1} of the cellar", topic)
        )
    site.indexes("The slow cellar", links=[(f"/private/{number}", f"Private {number}") for number in range(1, 6)])
    site.sitemaps([*site.resources, *(f"/private/{number}" for number in range(1, 6))])
    if night > 1:
        _all_refused(site, "ai-opt-out")
        rules += "Content-Usage: train-ai=n\n"
    for number in range(1, 6):
        site.page(
            f"/private/{number}", faulty.good_prose(f"private/{number}", f"Private {number}"), Fate("robots-disallowed")
        )
    site.robots(rules)
    return site


def flaky_site(night: int) -> Site:
    """Return flaky.brewnet.test, whose robots.txt cannot be had."""
    site = Site("flaky.brewnet.test", Frame("The flaky host", plain), night)
    for number in (1, 2):
        site.page(f"/shelf/{number}", faulty.good_prose(f"shelf/{number}", f"Shelf {number}"))
    site.robots("busy\n", status=503)
    site.indexes("The flaky host")
    return _all_refused(site, "robots-unreachable")


def attic_site(night: int) -> Site:
    """Return attic.brewnet.test: stubs, gibberish and other things nobody wants."""
    site = Site("attic.brewnet.test", Frame("The attic", plain), night)
    for make, count, name, reason in faulty.JUNK:
        for number in range(count):
            site.page(f"/{name}/{number + 1}", make(number), Fate(reason))
    site.page("/letter", Article("A letter", prose(_letter())))
    site.indexes("The attic")
    return site


def _sitemap_line(site: Site) -> str:
    return f"Sitemap: {site.url('/sitemap.xml')}\n"


def _letter() -> Iterator[str]:
    dice = Dice("letter")
    for topic in dice.sample(subject_topics(), 3):
        yield " ".join(filled(sentence, dice) for sentence in dice.sample(topic.middles, 4))


def _as_of(issue: Issue) -> Fate:
    text = f"magazine/{issue.number}/1"
    return Fate(family=text, wording=text)


def _mirrored(site: Site, issue: Issue, article: Article, fate: Fate) -> None:
    if site.night > 1 and issue.number in MIRROR_GONE:
        site.expect(issue.path, article.title, Fate("gone", seen=2))
    else:
        site.page(issue.path, article, fate)


def _all_refused(site: Site, reason: str) -> Site:
    site.documents = [replace(document, reason=reason) for document in site.documents]
    return site
