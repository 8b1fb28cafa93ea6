import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from corpus.errors import SourceError
from scrapers.clients.mediawiki import BATCH, Rights, Wiki, listed, revisions, rights
from scrapers.crawl.archive import bodies
from scrapers.wikipedia import Wikipedia

CC = {
    "url": "https://creativecommons.org/licenses/by-sa/4.0/deed.en",
    "text": "Creative Commons Attribution-Share Alike 4.0",
}
NO_TEXT = {"error": {"code": "nosuchrevid", "info": "There is no such revision."}}
RECENT = {"list": "recentchanges", "rcstart": "2026-10-22T03:00:00Z"}


class FakeWiki:
    """Answers as MediaWiki 1.45 does (JSON, format version 1); a category is given in pieces of two.

    A page is {title, revid, at: when it came into Brewing, edited}; ``since`` and the order of moments are honoured.
    """

    def __init__(self, pages=None):
        self.answers = []  # given before anything else
        self.asked = []
        self.pages = pages or {
            number: page(title, number) for number, title in enumerate(("Ale", "Hops", "Öl"), start=11)
        }
        self.subcategories = {}

    def __call__(self, target):
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        self.asked.append(query)
        if self.answers:
            return self.answers.pop(0)
        if query["action"] == "parse":
            return ok(self.rendered(int(query["oldid"])))
        if "revids" in query:
            return ok(self.sources([int(revid) for revid in query["revids"].split("|")]))
        if "titles" in query:
            numbers = {one["title"]: number for number, one in self.pages.items()}
            found = [(numbers.get(title, -1), title) for title in query["titles"].split("|")]
            return ok({"query": {"pages": dict(self.facts(*one) for one in found)}})
        if "pageids" in query:
            return ok({"query": {"pages": dict(self.facts(int(one), None) for one in query["pageids"].split("|"))}})
        return ok(self.listing(query) if "list" in query else {"query": {"rightsinfo": CC}})

    def rendered(self, revid):
        number, one = next((number, one) for number, one in self.pages.items() if one["revid"] == revid)
        return {"parse": {"title": one["title"], "pageid": number, "text": {"*": f"<p>About {one['title']}.</p>"}}}

    def sources(self, revids):
        pages = {
            str(number): {"pageid": number, "title": one["title"], "revisions": [
                {"revid": one["revid"], "slots": {"main": {"*": f"About *{one['title']}*."}}}]}
            for number, one in self.pages.items() if one["revid"] in revids
        }  # fmt: skip
        return {"query": {"pages": pages}}

    def facts(self, number, title):
        one = self.pages.get(number)
        if one is None:
            return str(number), {"ns": 0, "missing": ""} | ({"title": title} if title else {"pageid": number})
        newest = {"revid": one["revid"], "timestamp": one["edited"]}
        url = f"https://en.wikipedia.org/wiki/{one['title']}"
        known = {"pageid": number, "title": one["title"], "fullurl": url, "revisions": [newest]}
        return str(number), known | ({"redirect": ""} if one.get("redirect") else {})

    def listing(self, query):
        if query["list"] == "search":
            return {"query": {"search": [{"title": "Hops", "pageid": 12}]}}
        if query["list"] == "recentchanges":
            changes = [entry(number, one, one["edited"]) for number, one in self.pages.items()]
            found = sorted((one for one in changes if one["timestamp"] >= query["rcstart"]), key=moment)
            return {"query": {"recentchanges": found}}
        if query.get("cmnamespace") == "14":
            below = self.subcategories.get(query["cmtitle"], ())
            return {"query": {"categorymembers": [{"pageid": 0, "title": f"Category:{name}"} for name in below]}}
        inside = [entry(number, one, one["at"]) for number, one in self.pages.items()
                  if one.get("category", "Category:Brewing") == query["cmtitle"]]  # fmt: skip
        inside = sorted((one for one in inside if one["timestamp"] >= query.get("cmstart", "")), key=moment)
        start = int(query.get("cmcontinue", 0))
        more = {"continue": {"cmcontinue": str(start + 2), "continue": "-||"}} if start + 2 < len(inside) else {}
        return {"query": {"categorymembers": inside[start : start + 2]}} | more


def page(title, number, **facts):
    minute = f"{number // 60:02d}:{number % 60:02d}"
    return {
        "title": title,
        "revid": 900 + number,
        "at": f"2026-10-01T{minute}:00Z",
        "edited": "2026-11-01T10:00:00Z",
    } | facts


def entry(number, one, at):
    return {"pageid": number, "title": one["title"], "timestamp": at}


def moment(found):
    return found["timestamp"]


def ok(answer):
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def wiki(service, **options):
    options = {"name": "wiki", "scheme": "http", "delay_s": 0.0, "categories": ("Brewing",)} | options
    return Wikipedia(host=urlsplit(service.address).netloc, **options)


def on(desk, night):
    return replace(desk, folder=f"state/raw/{night}/{desk.source}")


def fetched(fake):
    """The revisions whose content was asked for since the last call."""
    found = [query["oldid"] for query in fake.asked if query["action"] == "parse"]
    fake.asked.clear()
    return [int(revid) for revid in found]


def stored(desk):
    paths = [path for path in desk.store.paths(desk.folder) if path.endswith(".parquet")]
    tables = [desk.store.read_table(path) for path in paths]
    return [pair for raw in tables for pair in zip(raw.to_pylist(), bodies(desk.store, raw).to_pylist(), strict=True)]


def test_a_page_becomes_a_document(serve, api_desk):
    service = serve(FakeWiki())
    progress = wiki(service).collect(api_desk)
    assert (progress.stored, progress.refused) == (3, 0)
    row, body = stored(api_desk)[0]
    assert (row["id"], row["kind"], row["title"]) == ("api/11", "reference", "Ale")
    assert (row["licence"], row["licence_evidence"][:31]) == ("CC-BY-SA-4.0", "the wiki's rightsinfo says: Cre")
    assert row["updated_at"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert (
        row["attribution"]
        == '"Ale", revision 911, by its contributors: https://en.wikipedia.org/wiki/Ale?action=history'
    )
    assert row["media_type"] == "application/json; profile=mediawiki-parse"
    assert json.loads(body)["parse"]["text"]["*"] == "<p>About Ale.</p>"


def test_every_read_says_maxlag_and_who_asks(serve, api_desk):
    service = serve(FakeWiki())
    wiki(service, search=("lupulin",), pages=("Ale",)).collect(api_desk)
    assert len(service.asked) >= 7
    assert all("maxlag=5" in target for target, _ in service.asked)
    assert all("miller@brewnet.test" in headers["User-Agent"] for _, headers in service.asked)


def test_pages_come_once_and_end_at_max_pages(serve, api_desk):
    source = wiki(serve(FakeWiki()), pages=("Hops", "Hops"), search=("hop",), max_pages=2)
    assert source.collect(api_desk).stored == 2
    assert [row["title"] for row, _ in stored(api_desk)] == ["Hops", "Ale"]


def test_a_second_night_fetches_what_changed_came_or_left_alone(serve, api_desk):
    fake = FakeWiki()
    source = wiki(serve(fake))
    source.collect(api_desk)
    assert fetched(fake) == [911, 912, 913]
    fake.pages[12]["revid"] = 999
    fake.pages[20] = page("Malt", 20)
    del fake.pages[13]
    progress = source.collect(on(api_desk, "2026-11-22"))
    members = [query["cmstart"] for query in fake.asked if query.get("list") == "categorymembers"]
    assert members == ["2026-10-01T00:13:00Z"]  # only those that came since
    assert fetched(fake) == [999, 920]
    assert (progress.stored, progress.refused, progress.unchanged) == (2, 1, 1)
    second = {row["id"]: row["refusal"] for row, _ in stored(on(api_desk, "2026-11-22"))}
    assert second == {"api/12": None, "api/20": None, "api/13": "gone"}


def test_a_quiet_third_night_costs_three_requests_whatever_is_stored(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, BATCH + 1)})
    source = wiki(serve(fake))
    source.collect(api_desk)
    source.collect(on(api_desk, "2026-11-22"))
    fake.asked.clear()
    progress = source.collect(on(api_desk, "2026-11-23"))
    kinds = [next(name for name in ("siprop", "pageids", "list") if name in query) for query in fake.asked]
    assert kinds == ["siprop", "pageids", "list"]
    assert (progress.stored, progress.unchanged) == (0, BATCH)


def test_a_large_category_is_completed_over_nights(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, 131)})
    source, got = wiki(serve(fake), max_pages=40), []
    for night in range(22, 27):
        source.collect(on(api_desk, f"2026-11-{night}"))
        got.append(fetched(fake))
        fake.pages[200 + night] = page(f"New {night}", 200 + night)
    assert [len(one) for one in got] == [40, 40, 40, 13, 1]
    assert sorted(revid for one in got for revid in one) == sorted(
        one["revid"] for number, one in fake.pages.items() if number != 226
    )


def test_a_killed_night_goes_on_without_fetching_again(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, 31)})
    source, real = wiki(serve(fake)), fake.rendered

    broken = {917, 918, 919}
    fake.rendered = lambda revid: NO_TEXT if revid in broken else real(revid)
    with pytest.raises(SourceError, match="refused"):
        source.collect(api_desk)
    before = fetched(fake)
    fake.rendered = real
    assert source.collect(api_desk).stored == 30
    after = fetched(fake)
    assert sorted([*set(before) - broken, *after]) == [900 + number for number in range(1, 31)]


@pytest.mark.usefixtures("fake_clock")
@pytest.mark.parametrize("broken", [(503, {}, b""), (200, {}, b"<html>"), (403, {}, b"no"), (200, {}, b"{}"), None])
def test_one_page_without_an_answer_holds_back_no_other_and_is_asked_for_again(serve, api_desk, broken):
    fake, is_broken = FakeWiki(), [True]

    def answer(target):
        asked = fake(target)
        return (broken or ok(NO_TEXT)) if is_broken[0] and "oldid=912" in target else asked

    source = wiki(serve(answer))
    first = source.collect(api_desk)
    assert (first.stored, first.refused) == (2, 1)
    assert {row["id"]: row["refusal"] for row, _ in stored(api_desk)}["api/12"] == "unreachable"
    fake.pages[12]["at"] = "2020-01-01T00:00:00Z"  # no list names it any more
    assert source.collect(on(api_desk, "2026-11-22")).stored == 0
    is_broken[0] = False
    assert source.collect(on(api_desk, "2026-11-23")).stored == 1
    fake.asked.clear()
    assert source.collect(on(api_desk, "2026-11-24")).unchanged == 3
    assert fetched(fake) == []


def test_pages_that_never_get_an_answer_starve_no_other(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, 21)})
    broken, real = {905, 906, 907, 908, 909}, fake.rendered
    fake.rendered = lambda revid: NO_TEXT if revid in broken else real(revid)
    source, ends = wiki(serve(fake)), []
    for night in range(22, 26):
        try:
            source.collect(on(api_desk, f"2026-11-{night}"))
        except SourceError as error:
            ends.append(str(error))
    bodies_of = {row["id"] for night in range(22, 26) for row, body in stored(on(api_desk, f"2026-11-{night}")) if body}
    assert bodies_of == {f"api/{number}" for number in range(1, 21)} - {f"api/{revid - 900}" for revid in broken}
    assert len(ends) == 1  # of the first night, which did not know them yet


def test_a_stored_page_without_an_answer_stays_as_it_is_stored(serve, api_desk):
    fake = FakeWiki()
    source, real = wiki(serve(fake)), fake.rendered
    source.collect(api_desk)
    fake.pages[12]["revid"] = 999
    fake.rendered = lambda revid: NO_TEXT if revid == 999 else real(revid)
    source.collect(on(api_desk, "2026-11-22"))
    assert [row["refusal"] for row, _ in stored(on(api_desk, "2026-11-22"))] == ["unreachable"]
    fake.rendered = real
    assert source.collect(on(api_desk, "2026-11-23")).stored == 1


def test_an_answer_cut_into_pieces_is_read_whole_and_refuses_nothing(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, 8)})

    def answer(target):
        query = {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
        if "pageids" not in query:
            return fake(target)
        whole = json.loads(fake(target)[2])
        place = int(query.get("rvcontinue", 0))
        for number, one in enumerate(whole["query"]["pages"].values()):
            if number != place:
                one.pop("revisions", None)
        more = {"continue": {"rvcontinue": str(place + 1), "continue": "||info"}}
        return ok(whole | (more if place + 1 < len(whole["query"]["pages"]) else {}))

    source = wiki(serve(answer))
    assert (source.collect(api_desk).stored, source.collect(api_desk).refused) == (7, 0)
    second = source.collect(on(api_desk, "2026-11-22"))
    assert (second.stored, second.refused, second.unchanged) == (0, 0, 7)


def test_only_what_the_wiki_says_is_missing_is_gone(serve, api_desk):
    fake = FakeWiki()
    source = wiki(serve(fake))
    source.collect(api_desk)
    real, fake.facts = fake.facts, lambda number, _: (str(number), {"pageid": number, "title": "Cut"})
    with pytest.raises(SourceError):
        source.collect(on(api_desk, "2026-11-22"))
    assert {row["refusal"] for row, _ in stored(on(api_desk, "2026-11-22"))} == {"unreachable"}
    fake.facts = real
    assert source.collect(on(api_desk, "2026-11-23")).unchanged == 3


def test_pages_that_no_answer_names_are_asked_for_again(serve, api_desk):
    fake = FakeWiki()
    source = wiki(serve(fake), categories=(), recent_changes_days=30)
    fake.answers = [ok(one) for one in ({"query": {"rightsinfo": CC}}, fake.listing(RECENT), {"batchcomplete": ""})]
    with pytest.raises(SourceError):
        source.collect(api_desk)
    assert source.collect(on(api_desk, "2026-11-22")).stored == 3


def test_another_licence_of_the_wiki_reaches_what_is_stored(serve, api_desk, monkeypatch):
    source = wiki(serve(FakeWiki()))
    source.collect(api_desk)
    monkeypatch.setitem(CC, "url", "https://creativecommons.org/licenses/by-nc-sa/4.0/")
    assert source.collect(on(api_desk, "2026-11-22")).stored == 3
    assert {row["licence"] for row, _ in stored(on(api_desk, "2026-11-22"))} == {"CC-BY-NC-SA-4.0"}
    assert source.collect(on(api_desk, "2026-11-23")).unchanged == 3


def test_a_night_that_runs_again_keeps_its_bound(serve, api_desk):
    fake = FakeWiki()
    source = wiki(serve(fake), max_pages=1)
    assert [source.collect(api_desk).stored for _ in range(3)] == [1, 1, 1]
    assert fetched(fake) == [911]


def test_a_hidden_text_is_refused_and_asked_for_when_its_revision_changes(serve, api_desk):
    fake = FakeWiki()
    source, real = wiki(serve(fake), content="wikitext"), fake.sources

    def sources(revids):
        answer = real(revids)
        for one in answer["query"]["pages"].values():
            if one["revisions"][0]["revid"] == 912:
                one["revisions"][0]["slots"]["main"] = {"texthidden": ""}
        return answer

    fake.sources = sources
    first = source.collect(api_desk)
    assert (first.stored, first.refused) == (2, 1)
    assert {row["id"]: row["refusal"] for row, _ in stored(api_desk)}["api/12"] == "hidden"
    fake.asked.clear()
    assert source.collect(on(api_desk, "2026-11-22")).unchanged == 3
    assert not any("revids" in query for query in fake.asked)
    fake.pages[12]["revid"] = 950
    assert source.collect(on(api_desk, "2026-11-23")).stored == 1
    assert source.collect(on(api_desk, "2026-11-24")).unchanged == 3


def test_one_poisoned_page_of_fifty_takes_no_other_with_it(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, 11)})
    real = fake.sources
    fake.sources = lambda revids: NO_TEXT if 905 in revids else real(revids)
    progress = wiki(serve(fake), content="wikitext").collect(api_desk)
    assert (progress.stored, progress.refused) == (9, 1)


def test_changes_that_the_wiki_no_longer_lists_are_said_to_be_missing(serve, api_desk, caplog):
    fake = FakeWiki()
    source = wiki(serve(fake), categories=(), recent_changes_days=30)
    source.collect(api_desk)
    later = replace(on(api_desk, "2027-01-21"), now=lambda: datetime(2027, 1, 21, 3, tzinfo=UTC))
    source.collect(later)
    assert caplog.messages == []  # the last change it knew is the first that the wiki lists
    fake.pages = {30: page("Wort", 30, edited="2027-01-20T12:00:00Z")}
    assert source.collect(replace(later, folder="state/raw/2027-01-22/api")).stored == 1
    (said,) = [message for message in caplog.messages if "may be missing" in message]
    assert said.startswith("wiki: changes from 2026-11-01T10:00:00Z to 2027-01-20T12:00:00Z may be missing")


def test_changes_are_followed_from_where_the_last_night_ended(serve, api_desk):
    fake = FakeWiki()
    source = wiki(serve(fake), categories=(), recent_changes_days=30)
    assert source.collect(api_desk).stored == 3
    fake.asked.clear()
    fake.pages[30] = page("Wort", 30, edited="2026-11-21T12:00:00Z")
    assert source.collect(on(api_desk, "2026-11-22")).stored == 1
    since = [query["rcstart"] for query in fake.asked if query.get("list") == "recentchanges"]
    assert since == ["2026-11-01T10:00:00Z"]
    assert fetched(fake) == [930]


def test_subcategories_are_followed_as_deep_as_asked_and_loops_end(serve, api_desk):
    fake = FakeWiki()
    fake.pages[40] = page("Lager", 40, category="Category:Beer")
    fake.pages[41] = page("Bock", 41, category="Category:Strong beer")
    fake.subcategories = {"Category:Brewing": ["Beer"], "Category:Beer": ["Strong beer", "Brewing"]}
    assert wiki(serve(fake), category_depth=1).collect(api_desk).stored == 4
    assert wiki(serve(fake), category_depth=9).collect(on(api_desk, "2026-11-22")).stored == 1


def test_wikitext_comes_for_fifty_pages_at_once(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, 71)})
    assert wiki(serve(fake), content="wikitext").collect(api_desk).stored == 70
    assert sum("revids" in query for query in fake.asked) == 2
    row, body = stored(api_desk)[0]
    assert row["media_type"] == "application/json; profile=mediawiki-wikitext"
    assert json.loads(body) == {"title": "Page 1", "wikitext": "About *Page 1*."}


def test_a_page_that_now_leads_elsewhere_leaves_and_comes_back(serve, api_desk):
    fake = FakeWiki()
    source = wiki(serve(fake))
    source.collect(api_desk)
    fake.pages[11] |= {"redirect": True, "revid": 950}
    assert source.collect(on(api_desk, "2026-11-22")).refused == 1
    fake.pages[11] |= {"redirect": False, "revid": 951, "at": "2026-11-23T00:00:00Z"}
    assert source.collect(on(api_desk, "2026-11-23")).stored == 1


def test_a_renamed_page_keeps_its_id_and_gets_its_new_address(serve, api_desk):
    fake = FakeWiki()
    source = wiki(serve(fake))
    source.collect(api_desk)
    fake.pages[11] |= {"title": "Pale ale"}
    source.collect(on(api_desk, "2026-11-22"))
    ((row, _),) = stored(on(api_desk, "2026-11-22"))
    assert (row["id"], row["title"], row["url"]) == ("api/11", "Pale ale", "https://en.wikipedia.org/wiki/Pale ale")


def test_more_pages_than_a_nights_checks_are_asked_in_turn(serve, api_desk):
    fake = FakeWiki({number: page(f"Page {number}", number) for number in range(1, 131)})
    source = wiki(serve(fake), max_pages=200, max_checks=60)
    source.collect(api_desk)
    checked = []
    for night in (22, 23, 24):
        fake.asked.clear()
        source.collect(on(api_desk, f"2026-11-{night}"))
        first = [query["pageids"].split("|") for query in fake.asked if "pageids" in query][:2]
        checked += [key for batch in first for key in batch]
    assert {str(number) for number in range(1, 131)} <= set(checked)


def test_a_missing_page_is_marked(serve, api_desk):
    progress = wiki(serve(FakeWiki()), categories=(), pages=("No such page", "Öl")).collect(api_desk)
    assert (progress.stored, progress.refused) == (1, 1)
    assert {(row["id"], row["refusal"]) for row, _ in stored(api_desk)} == {
        ("api/title/No such page", "gone"),
        ("api/13", None),
    }


@pytest.mark.parametrize(
    "busy",
    [
        (429, {"Retry-After": "8"}, b"slow down"),
        (503, {"Retry-After": "8"}, b""),
        (200, {"X-Database-Lag": "7", "Retry-After": "8"}, b'{"error": {"code": "maxlag", "info": "7 s lagged"}}'),
    ],
    ids=["429", "503", "maxlag"],
)
def test_a_busy_wiki_is_waited_for(serve, api_desk, fake_clock, busy):
    fake = FakeWiki()
    fake.answers = [busy]
    assert wiki(serve(fake)).collect(api_desk).stored == 3
    assert fake_clock.slept == [8.0]


def test_a_refusal_is_one_sentence(serve, api_desk):
    fake = FakeWiki()
    service = serve(fake)
    for answer in (
        (403, {}, b"blocked"),
        ok({"error": {"code": "blocked", "info": "You have been blocked"}}),
        (200, {}, b"<html>not the API</html>"),
    ):
        fake.answers = [answer]
        with pytest.raises(SourceError, match=r"^wiki: 127\.0\.0\.1:\d+ refused"):
            wiki(service).collect(api_desk)


@pytest.mark.parametrize(
    ("url", "licence"),
    [
        (CC["url"], "CC-BY-SA-4.0"),
        ("//creativecommons.org/licenses/by/3.0/", "CC-BY-3.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://www.gnu.org/copyleft/fdl.html", None),
        ("", None),
    ],
)
def test_the_licence_is_what_the_wiki_says(url, licence):
    assert rights({"query": {"rightsinfo": {"url": url, "text": ""}}}).licence == licence
    assert rights({}) == Rights(None, "the wiki states none")


def test_a_wiki_without_a_question_is_refused():
    with pytest.raises(ValidationError, match="at least one of categories, search, pages and recent_changes_days"):
        Wikipedia(name="wiki")


def recorded(shared_data, name):
    with gzip.open(shared_data / "recorded/mediawiki/api.jsonl.gz", "rt", encoding="utf-8") as lines:
        sessions = {session["name"]: session["exchanges"] for session in map(json.loads, lines)}
    return [exchange["response"]["body"] for exchange in sessions[name]]


def test_a_recorded_search_gives_its_titles(serve, api_desk, shared_data):
    answer = json.loads(recorded(shared_data, "TestVcrWikiSearch.test_default")[0])
    found = [one.title for one in listed(answer, "search")]
    assert found[:2] == ["Python (programming language)", "History of Python"]
    assert len(found) == 10
    fake = FakeWiki()
    fake.answers = [ok({"query": {"rightsinfo": CC}}), ok(answer)]
    progress = wiki(serve(fake), categories=(), search=("Python programming",), max_pages=10).collect(api_desk)
    assert (progress.stored, progress.refused) == (0, 0)  # the fake wiki has none of them
    assert fake.asked[-1]["pageids"].count("|") == 9


def test_a_recorded_list_of_twenty_answers_is_read_to_its_end(serve, api_desk, shared_data):
    with gzip.open(shared_data / "recorded/mediawiki/api.jsonl.gz", "rt", encoding="utf-8") as lines_in_it:
        sessions = [session["exchanges"] for session in map(json.loads, lines_in_it)]
    longest = max(sessions, key=len)
    answers = {parse_qs(urlsplit(one["request"]["url"]).query).get("blcontinue", [""])[0]: one for one in longest}

    def answer(target):
        asked = parse_qs(urlsplit(target).query).get("blcontinue", [""])[0]
        return 200, {"Content-Type": "application/json"}, answers[asked]["response"]["body"].encode()

    service = serve(answer)
    client = Wiki(wiki(service)._site(api_desk))
    found = list(client._list("backlinks", bltitle="Python (programming language)", bllimit=500))
    assert len(service.asked) == len(longest) > 20
    expected = [one for each in longest for one in listed(json.loads(each["response"]["body"]), "backlinks")]
    assert found == expected


def test_a_recorded_missing_page_has_no_revision(shared_data):
    (answer,) = recorded(shared_data, "TestVcrPageExistence.test_exists_false")
    missing = [revision for revision in revisions(json.loads(answer)) if revision.revid is None]
    assert [revision.title for revision in missing] == ["NonExistentPage WikiAPI Test 12345"]
