"""robots.txt by RFC 9309: what its rules mean, how long a copy counts, and that no file can hurt the reader."""

import json
import re
import time
import tracemalloc
from datetime import UTC, datetime
from unittest.mock import patch
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.crawl import robots, robots_paths
from scrapers.crawl.robots_paths import escaped, path_of
from scrapers.crawl.robots_txt import read_robots_txt

NOW = datetime(2026, 11, 21, tzinfo=UTC)
SITE = "http://a.test"
HOSTILE_BYTES = 100_000_000

# The cases of Google's parser tests that contradict the RFC, with the section that decides.
CONTRADICTIONS = {("GoogleOnly_IndexHTMLisDirectory", "http://foo.com/allowed-slash/"): "2.2.2"}

RULES = {
    "a path is matched from its beginning": ("Disallow: /b", "/a/b", True),
    "a rule covers all that begins like it": ("Disallow: /fish", "/fishheads?x=1", False),
    "paths are case-sensitive": ("Disallow: /Fish", "/fish", True),
    "the query belongs to the path": ("Disallow: /*?id=", "/a?id=3", False),
    "the longest rule wins, whatever its place": ("Disallow: /a/b\nAllow: /a\nDisallow: /", "/a/x", True),
    "a longer disallow beats an allow": ("Allow: /a\nDisallow: /a/b", "/a/b", False),
    "allow wins a tie": ("Disallow: /a\nAllow: /a", "/a", True),
    "octets count, not characters": ("Disallow: /ツ*\nAllow: /%E3*x", "/%E3%83%84x", False),
    "an empty disallow allows all": ("Disallow:", "/a", True),
    "an empty allow does not outdo a disallow": ("Allow:\nDisallow: /", "/a", False),
    "a star is any number of octets, none too": ("Disallow: /a*b", "/ab", False),
    "a star reaches over slashes": ("Disallow: /*/c", "/a/b/c", False),
    "a trailing star changes nothing but the length": ("Disallow: /a*\nAllow: /a", "/a", False),
    "a dollar ends the path": ("Disallow: /a$", "/ab", True),
    "a dollar matches the whole path": ("Disallow: /a$", "/a", False),
    "a dollar inside is an octet": ("Disallow: /a$b", "/a$bc", False),
    "a dollar after a star is still the end": ("Disallow: /*.php$", "/x.php?y", True),
    "a dollar ends the last of several places": ("Disallow: /*.php$", "/x.php.php", False),
    "the end may not overlap what is before it": ("Disallow: /*aba*ba$", "/aba", True),
    "an encoded star is an octet": ("Disallow: /a%2Ab", "/a*b", False),
    "an encoded star is no wildcard": ("Disallow: /a%2Ab", "/axb", True),
    "an encoded dollar is no end": ("Disallow: /a%24", "/a$b", False),
    "a rule may be written encoded": ("Disallow: /%7Euser", "/~user/x", False),
    "a URL may be written encoded": ("Disallow: /secret", "/%73ecret", False),
    "an encoded slash is another path": ("Disallow: /a/b", "/a%2Fb", True),
    "UTF-8 and its encoding are the same": ("Disallow: /café", "/caf%C3%A9", False),
    "hexadecimal digits may be small": ("Disallow: /caf%c3%a9", "/caf%C3%A9", False),
    "a rule without a slash matches nothing": ("Disallow: a", "/a", True),
    "robots.txt itself may always be asked": ("Disallow: /", "/robots.txt", True),
    "a comment is cut off": ("Disallow: /a#b", "/a", False),
    "white space around anything is cut off": ("  Disallow \t:  /a \t", "/a", False),
    "a colon may be missing": ("Disallow /a", "/a", False),
    "a sentence is no rule": ("Disallow every /a", "/a", True),
    "fields are case-insensitive": ("DISALLOW: /a", "/a", False),
    "known misspellings count": ("dissallow: /a\ndisalow: /a\ndiasllow: /a\nAllow: /", "/a", False),
    "another record is no disallow": ("DisallowAITraining: /", "/a", True),
    "another record is no allow": ("AllowAITraining: /a\nDisallow: /", "/a", False),
    "a NUL ends the line": ("Disallow: /a\0b", "/a", False),
}

GROUPS = {
    "a group for us replaces the one for all": ("User-agent: *\nDisallow: /\nUser-agent: gristmill\nDisallow: /a", True),
    "a group for us may be empty": ("User-agent: *\nDisallow: /\nUser-agent: gristmill", True),
    "groups for us count as one": ("User-agent: gristmill\nAllow: /\nUser-agent: b\nUser-agent: gristmill\nDisallow: /x", False),
    "groups for all count as one": ("User-agent: *\nAllow: /\n\nUser-agent: *\nDisallow: /x", False),
    "a name is case-insensitive": ("User-agent: GristMill\nDisallow: /", False),
    "a name is its token": ("User-agent: gristmill/2.0 (x)\nDisallow: /", False),
    "a longer name is another's": ("User-agent: gristmillion\nDisallow: /", True),
    "a shorter name is another's": ("User-agent: grist\nDisallow: /", True),
    "a star with a remark is for all": ("User-agent: * all of you\nDisallow: /", False),
    "a star inside a name is for nobody": ("User-agent: grist*\nDisallow: /", True),
    "names one below the other share a group": ("User-agent: gristmill\nUser-agent: b\nDisallow: /", False),
    "an empty line ends no group": ("User-agent: gristmill\n\n\nDisallow: /", False),
    "another record ends no list of names": ("User-agent: gristmill\nSitemap: http://a.test/s\nFoo: x\nUser-agent: b\nDisallow: /", False),
    "a rule before any name is for nobody": ("Disallow: /\nUser-agent: *\nAllow: /", True),
    "the name may lack its hyphen": ("Useragent: *\nDisallow: /", False),
    "lines may end with CR": ("User-agent: *\rDisallow: /\r", False),
    "lines may end with CRLF": ("User-agent: *\r\nDisallow: /\r\n", False),
    "a byte order mark is skipped": ("\ufeffUser-agent: *\nDisallow: /", False),
    "a vertical tab ends no line": ("User-agent: *\nAllow: /y\x0bDisallow: /", True),
    "HTML says nothing": ("<!DOCTYPE html><html><body style='color: red'>User-agent: *<br>Disallow: /</body>", True),
}  # fmt: skip


def reading(text, agent="gristmill"):
    return read_robots_txt(text.encode(), agent)


@pytest.mark.parametrize(("lines", "path", "is_allowed"), RULES.values(), ids=RULES)
def test_rule(lines, path, is_allowed):
    assert reading(f"User-agent: *\n{lines}").allows(SITE + path) is is_allowed


@pytest.mark.parametrize(("text", "is_allowed"), GROUPS.values(), ids=GROUPS)
def test_group(text, is_allowed):
    assert reading(text).allows(f"{SITE}/x") is is_allowed


def test_rules_in_another_encoding_are_compared_by_their_octets():
    rules = robots.read(200, b"User-agent: *\nDisallow: /caf\xe9", NOW)
    assert rules.refused(f"{SITE}/caf%E9")
    assert not rules.refused(f"{SITE}/caf%C3%A9")


def test_google_cases_pass_but_those_that_contradict_the_rfc(shared_data):
    cases = json.loads((shared_data / "robots/rfc9309_google_cases.json").read_text(encoding="utf-8"))
    missed = {
        (case["test"], case["url"])
        for case in cases["allowed_cases"]
        if reading(case["robots_txt"], case["user_agent"]).allows(case["url"]) != case["allowed"]
    }
    assert missed == set(CONTRADICTIONS)
    assert all(path_of(case["url"]) == case["path_params_query"] for case in cases["path_cases"])
    assert all(escaped(case["pattern"].encode()) == case["escaped"].encode() for case in cases["escape_cases"])


@pytest.mark.parametrize(
    ("lines", "delay_s", "interval_s"),
    [
        ("Crawl-delay: 2", 2, None),
        ("Crawl-delay: 0.5", 0.5, None),
        ("crawl delay : .5", 0.5, None),
        ("Crawl-delay 3", 3, None),
        ("Crawl-delay: 2\nCrawl-delay: 10\nCrawl-delay: 1", 10, None),
        ("Crawl-delay: soon\nCrawl-delay: nan\nCrawl-delay: -1\nCrawl-delay: inf\nCrawl-delay:", None, None),
        ("Request-rate: 1/5", None, 5),
        ("Request-rate: 1/10s", None, 10),
        ("Request-rate: 30/1m", None, 2),
        ("Request-rate: 1/1H", None, 3600),
        ("Request-rate: 1 / 5 0600-0845", None, 5),
        ("Request-rate: 1/5\nRequest-rate: 1/20 2000-0800", None, 20),
        ("Request-rate: 0/5\nRequest-rate: 5\nRequest-rate: 1/x\nRequest-rate: 1/5 06-08", None, None),
        ("Request-rate: 3/1\nCrawl-delay: 1", 1, 1 / 3),
        ("Disallow: /\nUser-agent: other\nCrawl-delay: 9\nRequest-rate: 1/9", None, None),
        ("Disallow: /\nUser-agent: gristmill\nAllow: /", None, None),
        ("Crawl-delay: 1\nUser-agent: other\nCrawl-delay: 9\nDisallow: /x", 1, None),
    ],
)
def test_the_slowest_pace_of_our_group_counts(lines, delay_s, interval_s):
    rules = robots.read(200, f"User-agent: *\n{lines}".encode(), NOW)
    assert (rules.crawl_delay_s, rules.request_interval_s) == (delay_s, interval_s)


def test_sitemaps_stand_for_all_are_absolute_and_count_once():
    text = """Sitemap: https://a.test/1.xml
      User-agent: other
      SITEMAP : http://a.test/2.xml # the second
      Disallow: /
      Sitemap http://a.test/3.xml
      site-map:\u00a0http://a.test/4.xml
      Sitemap: /5.xml
      Sitemap: //a.test/6.xml
      Sitemap: https:///7.xml
      Sitemap: javascript:8
      Sitemap: https://a.test/1.xml"""
    expected = ("https://a.test/1.xml", *(f"http://a.test/{number}.xml" for number in (2, 3, 4)))
    assert robots.read(200, text.encode(), NOW).sitemaps == expected


def test_other_lines_are_kept_for_whoever_reads_them():
    text = """Content-Signal: ai-train=yes
      User-agent: other
      Content-Signal: ai-train=maybe
      User-agent: *
      Content-Usage: /a  train-ai=n: x
      Disallow: /
      DisallowAITraining: /b
      Visit-time: 0600-0845"""
    assert list(robots.groups(text)) == [
        ("content-usage", "/a  train-ai=n: x"),
        ("disallowaitraining", "/b"),
        ("visit-time", "0600-0845"),
    ]


PATTERN = st.text("/ab*$", min_size=1, max_size=8)
PATH = st.text("/ab$*", max_size=12).map(lambda text: f"/{text}")


def slow_verdict(rules, path):
    """Return what the RFC says, by a regular expression for each rule."""
    found = [(len(pattern), field == "Allow") for field, pattern in rules if slow_regex(pattern).match(path)]
    return max(found, default=(0, True))[1]


def slow_regex(pattern):
    body = pattern.removesuffix("$")
    return re.compile(".*".join(map(re.escape, body.split("*"))) + (r"\Z" if pattern.endswith("$") else ""))


@settings(max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(["Allow", "Disallow"]), PATTERN), max_size=8), PATH, st.sampled_from([1, 99]))
def test_verdicts_equal_those_of_slow_regular_expressions(rules, path, crowd_tails):
    lines = "\n".join(f"{field}: {pattern}" for field, pattern in rules)
    with patch.object(robots_paths, "CROWD_TAILS", crowd_tails):
        assert reading(f"User-agent: *\n{lines}").allows(SITE + path) is slow_verdict(rules, path)


def test_the_longest_of_very_many_wildcards_wins():
    numbers = range(robots_paths.CROWD_TAILS + 1)
    lines = "\n".join(f"Disallow: /*x{number}y" for number in numbers)
    found = reading(f"User-agent: *\n{lines}\nAllow: /*x100yx101y\nDisallow: /*x7yx8yx9y")
    everything = "".join(f"x{number}y" for number in numbers)
    assert not found.allows(f"{SITE}/x100y")
    assert found.allows(f"{SITE}/x100yx101yx7y")
    assert found.allows(f"{SITE}/{everything}")


@st.composite
def spellings(draw):
    chars = draw(st.lists(st.sampled_from("aZ09-._~é"), min_size=1, max_size=8))
    forms = [[char, quote(char) if char == "é" else f"%{ord(char):02x}", f"%{ord(char):02X}"] for char in chars]
    forms = [form[:2] if form[0] == "é" else form for form in forms]
    return tuple("/" + "".join(draw(st.sampled_from(form)) for form in forms) for _ in range(2))


@given(spellings(), st.sampled_from(["", "*", "$"]))
def test_a_forbidden_path_is_forbidden_in_every_spelling(paths, ending):
    rule, asked = paths
    assert not reading(f"User-agent: *\nDisallow: {rule}{ending}").allows(SITE + asked)


FRAGMENTS = ["User-agent", "gristmill", "*", ":", " ", "\n", "\r", "Disallow", "Allow", "/", "a", "$", "%", "%4", "%41", "%2A", "é", "#", "\0", "Sitemap", "http://a", "Crawl-delay", "1", "Request-rate", "\ufeff"]  # fmt: skip


@given(
    st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(FRAGMENTS)).map(lambda found: "".join(found).encode())),
    st.text(max_size=20),
)
def test_any_bytes_can_be_read_and_any_url_judged(body, path):
    rules = robots.read(200, body, NOW)
    assert rules.refused(SITE + path) in (None, ("robots-disallowed", "robots.txt disallows this path for gristmill"))
    assert robots.read(200, body, NOW) == rules
    robots.groups(rules.text)


def repeated(unit):
    return b"User-agent: *\n" + unit * (HOSTILE_BYTES // len(unit))


def numbered(line):
    return b"User-agent: *\n" + b"".join(line % number for number in range(60_000))


SHAPES = {
    "one endless line": lambda: b"Disallow: /" + b"a" * HOSTILE_BYTES,
    "one endless wildcard": lambda: b"Disallow: /" + b"*a" * (HOSTILE_BYTES // 2),
    "only NULs": lambda: bytes(HOSTILE_BYTES),
    "only line ends": lambda: repeated(b"\r"),
    "only comments": lambda: repeated(b"#\n"),
    "tiny unknown lines": lambda: repeated(b"a:\n"),
    "lines without colon": lambda: repeated(b"a b\n"),
    "millions of groups": lambda: repeated(b"useragent:*\nallow:/a\n"),
    "distinct rules": lambda: numbered(b"allow:/%x\n"),
    "distinct wildcards": lambda: numbered(b"allow:*%x\n"),
    "distinct encoded rules": lambda: numbered(b"allow:%%41%x\n"),
    "distinct sitemaps": lambda: numbered(b"sitemap:http://a/%x\n"),
    "octets to encode": lambda: repeated(b"allow:/" + b"\xff" * 2000 + b"\n"),
}


@pytest.mark.parametrize("made", SHAPES.values(), ids=SHAPES)
def test_a_hostile_file_costs_little_time_and_memory(made):
    body = made()
    started = time.process_time()
    robots.read(200, body, NOW)
    assert time.process_time() - started < 5  # all of 100 MB would take a minute; 0.2 s were measured
    tracemalloc.start()
    rules = robots.read(200, body, NOW)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 100_000_000
    assert len(rules.text) <= robots.PARSED_BYTES


def filled(line):
    """Return at least 500 KiB of the rules ``line`` makes of a number."""
    return "User-agent: *\n" + "".join(line(number) for number in range(robots.PARSED_BYTES // len(line(0)) + 1))


PATTERNS = {
    "stars between letters that all occur": lambda number: f"Disallow: /{'*a' * 800}*{number:x}b\n",
    "stars between letters, the last one missing": lambda number: f"Disallow: /{'*a' * (1000 + number)}*b$\n",
    "pieces that nearly match everywhere": lambda number: f"Disallow: /*{'a' * 50}b{'a' * 49}{number:x}\n",
    "short pieces": lambda number: f"Disallow: /*{number:x}b\n",
    "heads of every length": lambda number: f"Disallow: /{'a' * (number % 990)}*{number}b\n",
}


@pytest.mark.parametrize("line", PATTERNS.values(), ids=PATTERNS)
def test_no_wildcards_make_a_lookup_slow(line):
    found = reading(filled(line))
    started = time.process_time()
    assert found.allows(f"{SITE}/{'a' * 2065}")
    assert time.process_time() - started < 5  # backtracking would take years; 0.07 s were measured
