import gzip
import json

import feedparser
import pytest

from bench.measurement import Measurement
from bench.suites.feeds import holds, score

ATOM = '<feed xmlns="http://www.w3.org/2005/Atom">{}</feed>'
ENTRY = "<entry><title>Malt</title><link href='http://a.test/1'/><id>urn:1</id><updated>2026-11-20T06:00:00Z</updated></entry>"
TOLD = {
    "title": "Malt",
    "link": "http://a.test/1",
    "guid": "urn:1",
    "updatedParsed": "2026-11-20T06:00:00Z",
    "publishedParsed": "2026-11-20T06:00:00Z",
}


def write(folder, name, cases):
    (folder / "feeds").mkdir(exist_ok=True)
    with gzip.open(folder / "feeds" / name, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(case) + "\n" for case in cases)


def test_conditions_are_counted(tmp_path):
    xml = ATOM.format(ENTRY)
    conditions = ["not bozo and entries[0]['title'] == 'Malt'", "entries[0]['title'] == 'Hops'", "entries[7]['title']"]
    write(tmp_path, "some_cases.jsonl.gz", [{"xml": xml, "expect": condition} for condition in conditions])
    assert score(tmp_path) == [Measurement("feeds", "some_cases passed", pytest.approx(1 / 3), 3)]


def test_each_field_that_is_expected_or_found_is_compared(tmp_path):
    cases = [
        {"name": "translator/right", "xml": ATOM.format(ENTRY), "expected": {"items": [TOLD]}},
        {"name": "translator/wrong", "xml": ATOM.format(ENTRY), "expected": {"items": [TOLD | {"title": "Hops"}]}},
        {"name": "parser/two", "xml": ATOM.format(ENTRY), "expected": {"entries": [TOLD, TOLD]}},
    ]
    write(tmp_path, "told.jsonl.gz", cases)
    found = {one.metric: (one.value, one.items) for one in score(tmp_path)}
    assert found == {
        "told dates": (1.0, 4),
        "told detail dates": (0.5, 4),
        "told detail entries": (0.0, 1),
        "told detail id": (0.5, 2),
        "told detail link": (0.5, 2),
        "told detail title": (0.5, 2),
        "told entries": (1.0, 2),
        "told id": (1.0, 2),
        "told link": (1.0, 2),
        "told title": (0.5, 2),
    }


def test_entries_that_are_lost_and_values_that_are_invented_count_as_wrong(tmp_path):
    said = ENTRY.replace("</entry>", "<summary>Warm</summary><content>Ale</content></entry>")
    lost = {"name": "translator/lost", "xml": ATOM.format(ENTRY), "expected": {"items": [TOLD] * 3}}
    invented = {"name": "translator/invented", "xml": ATOM.format(said + ENTRY), "expected": {"items": [{}]}}
    write(tmp_path, "told.jsonl.gz", [lost, invented])
    found = {one.metric: (one.value, one.items) for one in score(tmp_path)}
    assert found["told entries"] == (0.0, 2)
    assert found["told title"] == found["told link"] == found["told id"] == (0.2, 5)
    assert found["told dates"] == (0.2, 10)
    assert found["told summary"] == found["told content"] == (0.0, 1)


def test_what_an_entry_derives_is_no_invention(tmp_path):
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel/><item rdf:about="http://a.test/1"><title>Malt</title></item></rdf:RDF>'
    )
    updated = {key: TOLD[key] for key in ("title", "link", "guid", "updatedParsed")}
    cases = [
        {"name": "parser/rdf", "xml": rdf, "expected": {"items": [{"title": "Malt"}]}},
        {"name": "parser/updated", "xml": ATOM.format(ENTRY), "expected": {"entries": [updated]}},
    ]
    write(tmp_path, "told.jsonl.gz", cases)
    assert {one.value for one in score(tmp_path)} == {1.0}


def test_sitemaps_are_counted(tmp_path):
    xml = "<urlset><url><loc>http://a.test/1</loc><lastmod>2026-11-20</lastmod></url></urlset>"
    right, wrong = {"loc": "http://a.test/1", "lastmod": "2026-11-20"}, {"loc": "http://a.test/2"}
    (tmp_path / "feeds").mkdir()
    cases = [{"xml": xml, "expected_entries": [right]}, {"xml": xml, "expected_entries": [wrong]}]
    (tmp_path / "feeds" / "maps.json").write_text(json.dumps(cases))
    assert score(tmp_path) == [Measurement("feeds", "maps passed", 0.5, 2)]


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        ("feed.title == 'Malt'", True),
        ("feed['tags'][0] == {'term': 'a'} and len(feed['tags']) == 1", True),
        ("feed.has_key('title') and not feed.has_key('link')", True),
        ("feed.get('link', 'none') == 'none'", True),
        ("'term' in feed['tags'][0] or nothing", True),
        ("feed['explicit'] is False and (1, [2]) == (1, [2]) != 3", True),
        ("feed['link'] == 'x'", False),
        ("nothing == 1", False),
        ("feed['tags'][9]", False),
        ("bozo", False),
    ],
)
def test_a_condition_is_looked_up(condition, is_true):
    feed = feedparser.FeedParserDict(title="Malt", tags=[{"term": "a"}], explicit=False)
    assert holds(condition, {"feed": feed, "bozo": False}) is is_true


@pytest.mark.parametrize(
    "condition",
    ["__import__('os')", "feed.clear()", "(lambda: 1)()", "[x for x in feed]", "1 + 1", "feed == ", "open('x')", "f'{feed}'"],
)  # fmt: skip
def test_a_condition_executes_nothing(condition):
    feed = {"title": "Malt"}
    with pytest.raises(ValueError, match="condition"):
        holds(condition, {"feed": feed})
    assert feed == {"title": "Malt"}


def test_the_public_sets_are_read_as_their_makers_say(shared_data):
    found = {one.metric: one.value for one in score(shared_data)}
    assert found["feedparser_cases passed"] >= 0.974  # as feedparser called plainly
    assert found["sitemap_cases passed"] == 1
    assert min(found[f"gofeed_cases {field}"] for field in ("title", "link", "id", "dates", "content")) >= 0.95
