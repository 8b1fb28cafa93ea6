"""Traps end after a bounded number of pages; honest sites, however uniform, lose nothing."""

import json
import random
import sqlite3
import string
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.crawl import traps
from scrapers.crawl.likeness import simhash64
from scrapers.crawl.traps import Patterns, trap

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PYTHON_DOCS = Path("/usr/share/doc/python3.11/html")


def vocabulary(seed, size=4000):
    rng = random.Random(seed)
    return ["".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9))) for _ in range(size)]


WORDS = vocabulary(1)
MENU = " ".join(f"<a href=/c/{word}>{word}</a>" for word in vocabulary(2, 400))


def page(title, text, rest=""):
    return f"<html><head><title>{title} - Shop</title><style>p {{}}</style></head><body><nav>{MENU}</nav><h1>{title}</h1>{text}{rest}</body></html>".encode()


def prose(rng, words):
    return "<p>" + " ".join(rng.choices(WORDS, k=words)) + "</p>"


def crawled(site, patterns=None):
    """Walk ``site``, pairs of URL and page, as a crawl does; return how many pages were asked."""
    patterns = patterns or Patterns()
    asked = 0
    for url, body in site:
        if trap(url, 1, NOW) or patterns.refused(url):
            continue
        patterns.note(url, simhash64(body))
        asked += 1
    return asked


def paginated_archive():
    rng = random.Random(3)
    for number in range(1, 2001):
        yield f"http://a.test/articles?page={number}", page(f"Articles, page {number}", prose(rng, 200))


def shop_of_one_template():
    rng = random.Random(4)
    legal = prose(rng, 1500)
    for number in range(500):
        name = " ".join(rng.choices(WORDS, k=3))
        yield f"http://a.test/product/{number}", page(name, prose(rng, 40), legal)


def shop_without_titles():
    rng = random.Random(4)
    legal = prose(rng, 5000)
    for number in range(1200):
        yield f"http://a.test/product?id={number}", page("", prose(rng, 20), legal)


def sorted_archive():
    rng = random.Random(15)
    for number in range(1, 800):
        yield f"http://a.test/list?sort=date&page={number}", page("List", prose(rng, 100))


def dated_blog():
    rng = random.Random(5)
    day = date(2011, 1, 1)
    while day.year < 2026:
        yield f"http://a.test/{day:%Y/%m/%d}/", page(" ".join(rng.choices(WORDS, k=5)), prose(rng, 150))
        day += timedelta(days=3)


def forum():
    rng = random.Random(6)
    for topic in range(1, 1200):
        yield (
            f"http://a.test/viewtopic.php?f={topic % 9}&t={topic}",
            page(" ".join(rng.choices(WORDS, k=6)), prose(rng, 60)),
        )


def bug_tracker_with_four_keys():
    rng = random.Random(7)
    for number in range(1, 1200):
        url = f"http://a.test/tracker?aid={number}&atid=5&func=detail&group={number % 3}"
        yield url, page(" ".join(rng.choices(WORDS, k=6)), prose(rng, 60))


def stubs():
    rng = random.Random(8)
    for number in range(1, 600):
        yield f"http://a.test/term/{number}", page(rng.choice(WORDS) + rng.choice(WORDS), prose(rng, 8))


@pytest.mark.parametrize(
    "site",
    [
        paginated_archive,
        shop_of_one_template,
        shop_without_titles,
        sorted_archive,
        dated_blog,
        forum,
        bug_tracker_with_four_keys,
        stubs,
    ],
)
def test_an_honest_site_loses_no_page(site):
    assert crawled(site()) == sum(1 for _ in site())


def test_the_documentation_of_python_loses_no_page():
    if not PYTHON_DOCS.exists():
        pytest.skip("the documentation of Python is not installed (Debian package python3.11-doc)")
    files = sorted(PYTHON_DOCS.rglob("*.html"))
    site = ((f"http://a.test/{path.relative_to(PYTHON_DOCS)}", path.read_bytes()) for path in files)
    assert crawled(site) == len(files) > 0


def calendar(step_days):
    day = date(2026, 11, 21)
    for _ in range(5000):
        grid = " ".join(f"<td>{number}</td>" for number in range(1, 31))
        yield f"http://a.test/calendar/{day:%Y/%m/%d}", page(f"{day:%d %B %Y}", f"<table>{grid}</table>No events.")
        day += timedelta(days=step_days)
        if not 1000 < day.year < 9990:
            return


@pytest.mark.parametrize("step_days", [1, -1, 31, -31])
def test_an_endless_calendar_ends_forwards_and_backwards(step_days):
    assert crawled(calendar(step_days)) <= 70


def ever_deeper():
    path = ""
    for number in range(1000):
        path += "/" + "ab"[number % 2]
        yield f"http://a.test{path}", page("Home", prose(random.Random(9), 100))


def session_in_path():
    rng = random.Random(10)
    for _ in range(1000):
        yield f"http://a.test/s/{rng.randbytes(16).hex()}/start", page("Start", prose(random.Random(9), 100))


def session_of_asp():
    rng = random.Random(11)
    for _ in range(1000):
        session = "".join(rng.choices(string.ascii_lowercase + string.digits, k=24))
        yield f"http://a.test/(S({session}))/start.aspx", page("Start", prose(random.Random(9), 100))


def session_in_query():
    rng = random.Random(12)
    for _ in range(1000):
        yield f"http://a.test/start?visit={rng.randrange(10**9)}", page("Start", prose(random.Random(9), 100))


def faceted_search():
    rng = random.Random(13)
    goods = [prose(random.Random(number), 15) for number in range(300)]
    for _ in range(4000):
        keys = rng.sample(["brand", "colour", "fit", "price", "size"], rng.randint(1, 5))
        query = "&".join(sorted(f"{key}={rng.randrange(12)}" for key in keys))
        shown = "".join(rng.sample(goods, 20))
        yield f"http://a.test/search?{query}&order={rng.choice('ad')}&sort={rng.randrange(5)}", page("Search", shown)


@pytest.mark.parametrize(
    ("site", "at_most"),
    [
        (ever_deeper, 10),
        (session_in_path, 50),
        (session_of_asp, 0),
        (session_in_query, 50),
        (faceted_search, 500),
    ],
)
def test_a_trap_ends(site, at_most):
    assert crawled(site()) <= at_most


def maze():
    rng = random.Random(14)
    while True:
        yield "http://a.test/" + "/".join(rng.choices(WORDS, k=3)), page(rng.choice(WORDS), prose(rng, 150))


def test_a_maze_of_word_salad_costs_its_budget_of_pages_and_no_memory(monkeypatch):
    monkeypatch.setattr(traps, "MAX_PATTERNS", 100)
    patterns = Patterns()
    budget = 500
    assert crawled((site for site, _ in zip(maze(), range(budget), strict=False)), patterns) == budget
    assert len(patterns._patterns) == 100
    assert patterns.rows() == []


@pytest.mark.parametrize(
    ("url", "depth", "why"),
    [
        ("http://a.test/a/b/a/b/a/b", 1, "repeats"),
        ("http://a.test/" + "x" * 2083, 1, "longer"),
        ("http://a.test/" + "/".join(map(str, range(21))), 1, "segments"),
        ("http://a.test/", 1001, "links away"),
        ("http://a.test/events/2031/05", 1, "2031"),
        ("http://a.test/calendar?date=1970-01-01", 1, "1970"),
        ("http://a.test/agenda?month=5&year=2400", 1, "2400"),
        ("http://a.test/log/2099/12/31/", 1, "2099"),
        ("http://a.test/x;jsessionid=0123456789abcdef0123", 1, "session"),
    ],
)
def test_a_url_that_looks_endless_is_refused_in_one_sentence(url, depth, why):
    assert why in trap(url, depth, NOW)


@pytest.mark.parametrize(
    "url",
    [
        "http://a.test/",
        "http://a.test/2011/11/11/",
        "http://a.test/1/1/1/1",
        "http://a.test/archive/1923/05/12/",
        "http://a.test/archive/1851-09-18",
        "http://a.test/rfc/3000/12",
        "http://a.test/product/9999-12-77",
        "http://a.test/calendar/2027/05",
        "http://a.test/projection?year=2100",
        "http://a.test/en/docs/en/latest",
        "http://a.test/?sid=12",
        "http://a.test/library/calendar.html",
    ],
)
def test_an_honest_url_is_asked(url):
    assert trap(url, 1, NOW) is None


def test_a_pattern_stays_closed_after_kill_9(tmp_path):
    before, half = Patterns(), list(session_in_path())
    database = sqlite3.connect(tmp_path / "state.sqlite")
    database.execute("CREATE TABLE pattern (name TEXT PRIMARY KEY, state TEXT)")
    for url, body in half[:30]:
        before.note(url, simhash64(body))
        database.executemany("INSERT OR REPLACE INTO pattern VALUES (?, ?)", before.rows())
    after = Patterns.from_rows(database.execute("SELECT name, state FROM pattern"))
    assert crawled(half[30:], after) == 20
    assert "say the same" in Patterns.from_rows(after.rows()).refused(half[-1][0])
    assert Patterns.from_rows(after.rows()).refused(half[-1][0]) is None, "a row is given once"


def test_rows_are_small_and_say_the_whole_state():
    patterns = Patterns()
    for number in range(3000):
        patterns.note(f"http://a.test/x?id={number}", number * 0x9E3779B97F4A7C15 % 2**64)
    ((name, state),) = patterns.rows()
    assert name == "http://a.test:80/x?id"
    assert len(state) < 40_000
    assert len(json.loads(state)["hashes"]) == 512
    copy = Patterns.from_rows([(name, state)])
    copy.note("http://a.test/x?id=1", 1)
    patterns.note("http://a.test/x?id=1", 1)
    assert copy.rows() == patterns.rows()


def test_the_same_text_between_other_numbers_has_the_same_simhash():
    text = prose(random.Random(1), 100)
    assert simhash64(page("Day 1", text)) == simhash64(page("Day 2", text + "<!-- 7 --><script>x = 1</script>"))


def test_a_changed_word_in_a_long_page_moves_few_bits_and_another_page_many():
    rng = random.Random(2)
    words = rng.choices(WORDS, k=2000)
    other = [*words[:1000], "altered", *words[1001:]]
    distances = [
        (simhash64(" ".join(words).encode()) ^ simhash64(" ".join(text).encode())).bit_count()
        for text in (other, rng.choices(WORDS, k=2000))
    ]
    assert distances[0] <= 3
    assert distances[1] > 15


def test_a_page_without_words_has_simhash_0():
    assert simhash64(b"") == simhash64(b"<html><body><img src=x></body></html>") == simhash64(b"1 2 3") == 0


@pytest.mark.parametrize(
    "hostile", [b"<", b"<nav>", b"<h1><b>", b"<script></script>", b"<!--", b"a ", b"\0", b"\xff", b"<title", b"</nav>"]
)
def test_no_page_takes_long_to_fingerprint(hostile):
    simhash64(b"warm")
    body = hostile * (10**7 // len(hostile))
    started = time.process_time()
    simhash64(body)
    assert time.process_time() - started < 0.5


@given(st.binary(max_size=400))
def test_any_bytes_have_a_simhash_of_64_bits(body):
    assert 0 <= simhash64(body) < 2**64


@given(st.text(max_size=80), st.integers(0, 30))
def test_any_path_can_be_judged(path, depth):
    url = f"http://a.test/{path}".replace("[", "").replace("]", "")
    trap(url, depth, NOW)
    patterns = Patterns()
    patterns.note(url, 1)
    patterns.note(url, 1)
    assert patterns.refused(url) is None
    assert Patterns.from_rows(patterns.rows()).refused(url) is None
