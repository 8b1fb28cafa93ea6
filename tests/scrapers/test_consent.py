"""Every machine-readable opt-out of AI training, by the examples of its specification, and by hostile input."""

import json
import time
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.crawl import consent
from scrapers.crawl.consent_paths import covers, covers_url
from scrapers.crawl.consent_robots import TRAINING_BOTS
from scrapers.crawl.consent_usage import dictionary
from scrapers.crawl.markup import MAX_PARSED_BYTES, Markup, read_markup
from scrapers.page import Signal

NOW = datetime(2026, 11, 21, tzinfo=UTC)
HTML = "text/html; charset=utf-8"
SECONDS = 10  # of CPU that hostile input may take; what is not linear takes hours


def rsl(licences, url="/", attributes=""):
    return f'<rsl xmlns="https://rslstandard.org/rsl"><content url="{url}" {attributes}>{licences}</content></rsl>'


def licence(*terms):
    return f"<license>{''.join(terms)}</license>"


def uses(words, rule="permits", kind="usage"):
    return f'<{rule} type="{kind}">{words}</{rule}>'


def read(carrier, raw, url):
    """Return the signals of ``raw`` as ``carrier`` brings it."""
    if carrier == "robots.txt":
        return consent.from_robots(raw, url, NOW)
    if carrier == "ai.txt":
        return consent.from_ai_txt(raw, url, NOW)
    if carrier == "tdmrep.json":
        return consent.from_tdmrep(raw, url, NOW)
    if carrier == "rsl":
        return consent.from_rsl(raw.encode(), url, NOW, "robots.txt License")
    if carrier == "html":
        return consent.from_markup(read_markup(raw.encode(), url, HTML), url, NOW)
    return consent.from_headers({carrier: raw}, url, NOW)


class Case(NamedTuple):
    carrier: str
    raw: str
    path: str
    verdict: str
    where: str


ATTACH = "User-Agent: *\nAllow: /\nDisallow: /never/\nContent-Usage: train-ai=n\nContent-Usage: /ai-ok/ train-ai=y\n\nUser-Agent: ExampleBot\nAllow: /\nContent-Usage: train-ai=y\n"
CLOUDFLARE = "User-Agent: *\nContent-signal: search=yes, ai-train=no, use=reference\nAllow: /\n"
TDMREP = json.dumps([
    {"location": "/directory-a/", "tdm-reservation": 1},
    {"location": "/directory-b/html/", "tdm-reservation": 1, "tdm-policy": "https://provider.com/policies/policy.json"},
    {"location": "/directory-b/images/*.jpg", "tdm-reservation": 0},
])  # fmt: skip
SPAWNING = "# Spawning AI\n# Prevent datasets from using the following file types\n\nUser-Agent: *\nDisallow: *.txt\nDisallow: *.pdf\nDisallow: *.html\nAllow: *.jpg\n"
SOFT_404 = "<!DOCTYPE html><html><body>User-agent: * <br>Disallow: /\n{} [] not found</body></html>"
TRAIN, FREE = uses("ai-train"), '<payment type="free"/>'

CASES = [
    # AIPREF in robots.txt
    Case("robots.txt", ATTACH, "/test", "deny", "draft-ietf-aipref-attach-05, 3.4"),
    Case("robots.txt", ATTACH, "/ai-ok/test", "allow", "draft-ietf-aipref-attach-05, 3.4"),
    Case("robots.txt", "User-Agent: *\nAllow: /\nContent-Usage: / train-ai=n", "/", "deny", "attach-05, 1.2"),
    Case("robots.txt", "User-Agent: *\nContent-Usage: /a train-ai=y\nContent-Usage: /a train-ai=n", "/a", "deny", "attach-05, 3.1: same path, both apply"),
    Case("robots.txt", "User-Agent: *\n \tcontent-usage \t:\t/x\ttrain-ai=n # why", "/x", "deny", "attach-05, 3.2: SP and HTAB"),
    Case("robots.txt", "User-Agent: *\nContent-Usage: train-ai=n\nContent-Usage: /*.html$ train-ai=y", "/a.html", "allow", "RFC 9309, 2.2.3"),
    Case("robots.txt", "User-Agent: *\nContent-Usage: train-ai=n\nContent-Usage: /*.html$ train-ai=y", "/a.html?x", "deny", "RFC 9309, 2.2.3"),
    Case("robots.txt", "User-Agent: *\nContent-Usage: /ä train-ai=n", "/%C3%A4", "deny", "RFC 9309, 2.2.2"),
    Case("robots.txt", "User-Agent: *\nContent-Usage: ai=n", "/", "deny", "older label of attach-00"),
    # AIPREF as a header
    Case("content-usage", "train-ai=n", "/", "deny", "attach-05, 1.2"),
    Case("content-usage", "train-ai=y, search=n", "/", "allow", "draft-ietf-aipref-vocab-08, 6"),
    Case("content-usage", "search=n", "/", "unknown", "vocab-08, 6"),
    Case("content-usage", 'train-ai=y, train-ai, search=n, search="n"', "/", "unknown", "vocab-08, 6.5.1: the last key wins"),
    Case("content-usage", "train-ai;allow=n, train-ai=y", "/", "allow", "vocab-08, 6.5.2: parameters"),
    Case("content-usage", 'train-ai;has;parameters="?"', "/", "unknown", "vocab-08, 6.5.2"),
    Case("content-usage", 'train-ai=y, note="train-ai=n, no"', "/", "allow", "RFC 9651, 3.3.3: a string is no member"),
    Case("content-usage", "train-ai=(n y)", "/", "unknown", "RFC 9651, 3.1.1: an inner list is no token"),
    Case("content-usage", "train-ai=n;exceptions=cc-cr", "/", "deny", "vocab-08, 6.4: unknown parameters"),
    Case("content-usage", "Train-AI=y", "/", "unknown", "vocab-08, 6.5.1: upper case is no dictionary"),
    Case("content-usage", "Train-AI = n", "/", "deny", "stricter than vocab-08: a broken no is a no"),
    Case("content-usage", "bots=n", "/", "deny", "draft-ietf-aipref-vocab-02: training is a part of it"),
    Case("content-usage", "bots=n, train-ai=y", "/", "allow", "draft-ietf-aipref-vocab-02: the narrower one counts"),
    # Content Signals
    Case("robots.txt", CLOUDFLARE, "/", "deny", "developers.cloudflare.com, managed robots.txt"),
    Case("robots.txt", "User-Agent: *\nContent-Signal: ai-train=yes, search=yes, ai-input=yes", "/", "allow", "contentsignals.org"),
    Case("robots.txt", "User-Agent: *\nContent-Signal: search=yes", "/", "unknown", "contentsignals.org: (c) neither"),
    Case("content-signal", "AI-Train=NO, search=yes", "/", "deny", "contentsignals.org, as a header"),
    Case("content-signals", "ai-train=no", "/", "deny", "seen in the wild"),
    # TDMRep
    Case("tdm-reservation", "1", "/", "deny", "TDMRep, TDM Header Field in HTTP Responses"),
    Case("tdm-reservation", "0", "/", "allow", "TDMRep, tdm-reservation"),
    Case("tdm-reservation", "2", "/", "unknown", "TDMRep: other values are protocol errors"),
    Case("tdm-policy", "https://provider.com/policies/policy.json", "/", "unknown", "TDMRep, tdm-policy"),
    Case("tdmrep.json", '[{"location": "/", "tdm-reservation": 1}]', "/any", "deny", "TDMRep, file example 1"),
    Case("tdmrep.json", TDMREP, "/directory-a/x.pdf", "deny", "TDMRep, file example 2"),
    Case("tdmrep.json", TDMREP, "/directory-b/html/x", "deny", "TDMRep, file example 2"),
    Case("tdmrep.json", TDMREP, "/directory-b/images/x.jpg", "allow", "TDMRep, file example 2"),
    Case("tdmrep.json", TDMREP, "/elsewhere", "unknown", "TDMRep: no match is unset"),
    Case("tdmrep.json", '[{"location":"/open/","tdm-reservation":0},{"location":"/","tdm-reservation":1}]', "/open/x", "allow", "TDMRep: the first match"),
    Case("tdmrep.json", '[{"location":"/","tdm-reservation":0},{"location":"/shut/","tdm-reservation":1}]', "/shut/x", "deny", "stricter than TDMRep: the longest too"),
    Case("tdmrep.json", '[{"location":"/this/path/exactly$","tdm-reservation":1}]', "/this/path/exactly2", "unknown", "TDMRep, special characters"),
    Case("tdmrep.json", '[{"location":"https://a.test/x/","tdm-reservation":"1"}]', "/x/1", "deny", "seen: a whole URL"),
    Case("tdmrep.json", '{"location":"/","tdm-reservation":1}', "/", "deny", "seen: no brackets"),
    Case("tdmrep.json", '[{"location":"/","tdm-reservation":1},{"loca', "/", "deny", "a file that is cut"),
    Case("tdmrep.json", SOFT_404, "/", "unknown", "a page that says not found"),
    Case("html", '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://p.test/">', "/", "deny", "TDMRep, TDM Metadata in HTML Content"),
    # noai
    Case("x-robots-tag", "noai, noimageai", "/", "deny", "DeviantArt"),
    Case("x-robots-tag", "googlebot: noai\nbot9: noml", "/", "unknown", "Google: agent before the colon"),
    Case("x-robots-tag", "gristmill: noml", "/", "deny", "Mojeek; agent before the colon"),
    Case("x-robots-tag", "googlebot: max-snippet:-1, gristmill: noai", "/", "deny", "Google: values after a colon"),
    Case("x-robots-tag", "unavailable_after: 25 Jun 2027 15:00:00 PST, noai", "/", "deny", "Google: values after a colon"),
    Case("html", '<meta name="robots" content="noai, noimageai">', "/", "deny", "DeviantArt"),
    Case("html", '<META NAME="Gristmill" CONTENT="NOAI">', "/", "deny", "a name of our own"),
    Case("html", '<meta name="robots" content="noimageai">', "/", "unknown", "DeviantArt: images only"),
    Case("html", '<meta name="robots" content="DisallowAITraining">', "/", "deny", "draft-canel-robots-ai-control-00"),
    # DisallowAITraining
    Case("robots.txt", "User-Agent: *\nDisallowAITraining: /", "/", "deny", "draft-canel-robots-ai-control-00"),
    Case("robots.txt", "User-Agent: *\nDisallowAITraining: /\nAllowAITraining: /open/", "/open/x", "allow", "draft-canel-robots-ai-control-00"),
    Case("robots.txt", "User-Agent: *\nDisallowAITraining: /a\nAllowAITraining: /a", "/a", "deny", "stricter: a tie denies"),
    Case("robots.txt", "User-Agent: *\nDisallowAITraining:", "/", "unknown", "as Disallow: nothing"),
    # ai.txt
    Case("ai.txt", SPAWNING, "/x.html", "deny", "site.spawning.ai/spawning-ai-txt"),
    Case("ai.txt", SPAWNING, "/about/", "deny", "a path of no kind is read as HTML too"),
    Case("ai.txt", SPAWNING, "/x.jpg", "allow", "site.spawning.ai/spawning-ai-txt"),
    Case("ai.txt", SPAWNING, "/x.css", "unknown", "site.spawning.ai/spawning-ai-txt"),
    Case("ai.txt", "User-Agent: *\nDisallow: /\nDisallow: *\n", "/x.html", "deny", "site.spawning.ai/spawning-ai-txt"),
    Case("ai.txt", "User-Agent: GPTBot\nDisallow: /", "/", "unknown", "rules for others"),
    Case("ai.txt", SOFT_404, "/", "unknown", "a page that says not found"),
    # RSL
    Case("rsl", rsl(licence(uses("search"), uses("ai-train", "prohibits"))), "/x", "deny", "RSL 1.0, 3.6"),
    Case("rsl", rsl(licence(uses("ai-all", "prohibits"))), "/x", "deny", "RSL 1.0, 3.4.1.1: ai-all"),
    Case("rsl", rsl(licence(uses("all"), FREE)), "/x", "allow", "RSL 1.0, 3.4.1.1: all"),
    Case("rsl", rsl(licence(TRAIN)), "/x", "allow", "RSL 1.0: no payment is free"),
    Case("rsl", rsl(licence(uses("search, ai-input"))), "/x", "deny", "RSL 1.0, 3.5: the listed values"),
    Case("rsl", rsl(licence(TRAIN, uses("all", "prohibits"))), "/x", "deny", "RSL 1.0, 3.6: prohibits wins"),
    Case("rsl", rsl(licence(uses("search", "prohibits"))), "/x", "allow", "RSL 1.0, 3.5: without permits all uses"),
    Case("rsl", rsl(licence(TRAIN, '<payment type="crawl"><amount currency="USD">1</amount></payment>')), "/x", "deny", "RSL 1.0, payment: we pay nobody"),
    Case("rsl", rsl(licence(TRAIN, '<payment type="attribution"/>')), "/x", "deny", "RSL 1.0, payment: a model credits nobody"),
    Case("rsl", rsl(licence(uses("search"), FREE) + licence(TRAIN, FREE)), "/x", "allow", "RSL 1.0, 3.4: any licence may be chosen"),
    Case("rsl", rsl(licence(TRAIN, uses("non-commercial", kind="user"))), "/x", "deny", "RSL 1.0, 3.5: for some users only"),
    Case("rsl", rsl(licence(TRAIN, FREE), attributes='server="https://l.test/"'), "/x", "deny", "RSL 1.0, 3.3: a licence must be obtained"),
    Case("rsl", rsl(licence(uses("ai-train", "prohibits")), url="/articles/*"), "/blog", "unknown", "RSL 1.0, 3.3: url"),
    Case("rsl", rsl(licence(uses("ai-train", "prohibits")), url="https://a.test/*"), "/blog", "deny", "RSL 1.0, 3.3: url"),
    Case("rsl", rsl(licence(uses("ai-train", "prohibits")), url="https://b.test/*"), "/blog", "unknown", "RSL 1.0, 3.3: url"),
    Case("rsl", SOFT_404, "/", "unknown", "a page that says not found"),
    Case("rsl", "<!DOCTYPE rsl [<!ENTITY a 'ai-train'>]>" + rsl(licence(uses("&a;", "prohibits"))), "/", "deny", "entities hide the terms"),
    Case("html", f'<script type="application/rsl+xml">{rsl(licence(uses("ai-train", "prohibits")))}</script>', "/", "deny", "RSL 1.0, 4.6"),
    Case("html", f'<script type="text/template">{rsl(licence(uses("ai-train", "prohibits")))}</script>', "/", "unknown", "RSL 1.0, 4.6"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.carrier}-{case.verdict}-{case.where}")
def test_the_examples_of_each_specification(case):
    signals = read(case.carrier, case.raw, f"https://a.test{case.path}")
    assert consent.decide(signals)[0] == case.verdict, (case.where, signals)


def test_evidence_is_raw_names_its_carrier_and_is_dated():
    (signal,) = consent.from_tdmrep(TDMREP, "https://a.test/directory-a/x", NOW)
    assert signal == Signal("tdmrep.json tdm-reservation", "1", "/directory-a/", NOW)
    (terms,) = read("rsl", rsl(licence(uses("search"), "<!-- so --><legal>x</legal>")), "https://a.test/")
    assert terms.source == "RSL robots.txt License"
    assert terms.value == '<content><license><permits type="usage">search</permits></license></content>'


def test_terms_too_long_to_keep_are_read_as_a_refusal():
    signals = read("rsl", rsl(licence(TRAIN, FREE) * 200), "https://a.test/")
    assert consent.decide(signals)[0] == "deny"


@pytest.mark.parametrize(("bots", "verdict"), [(TRAINING_BOTS[:3], "deny"), (TRAINING_BOTS[:2], "unknown"), ((), "unknown")])  # fmt: skip
def test_three_training_bots_kept_out_are_an_inference_heeded_only_on_request(bots, verdict):
    text = "".join(f"User-agent: {bot}\nDisallow: /\n" for bot in bots) + "\nUser-agent: *\nDisallow: /private\n"
    signals = consent.from_training_bots(text, "https://a.test/x", NOW)
    assert consent.decide(signals, inferred=True)[0] == verdict
    assert consent.decide(signals) == ("unknown", None)
    assert [signal.value for signal in signals] == ([", ".join(bots)] if verdict == "deny" else [])


def test_what_keeps_everybody_out_says_nothing_of_ai():
    text = "User-agent: GPTBot\nUser-agent: CCBot\nUser-agent: ClaudeBot\nUser-agent: *\nDisallow: /\n"
    assert consent.from_training_bots(text, "https://a.test/x", NOW) == ()


def test_rsl_documents_are_found_in_robots_txt_the_header_and_the_page():
    robots_text = "License: /license.xml # ours\nlicense : https://c.test/rsl\nLicense: ftp://x/\n"
    link = '</a>; rel="prev", <l.rsl>; rel="license"; type="application/rsl+xml", <https://cc.test/>; rel=license'
    page = b"""<link rel="license" type="application/rsl+xml" href="/page.rsl#x"><link rel="license" href="/human">"""
    markup = read_markup(page, "https://a.test/b/c", HTML)
    found = consent.rsl_urls(robots_text, "https://a.test/robots.txt", {"link": link}, markup, "https://a.test/b/c")
    assert found == (
        ("robots.txt License", "https://a.test/license.xml"),
        ("robots.txt License", "https://c.test/rsl"),
        ("header Link", "https://a.test/b/l.rsl"),
        ("link rel=license", "https://a.test/page.rsl"),
    )
    assert markup.licence_evidence == 'rel="license" https://a.test/human'


def test_a_page_cannot_send_the_crawler_after_many_licences():
    robots_text = "".join(f"License: /{number}\n" for number in range(100))
    link = ", ".join(f'</{number}>; rel=license; type="application/rsl+xml"' for number in range(100))
    assert len(consent.rsl_urls(robots_text, "https://a.test/", {"link": link}, Markup(), "https://a.test/")) == 16


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="/b#c">', "https://a.test/b"),
        ('<link rel="canonical" href="https://b.test/b">', None),
        ('<base href="https://b.test/"><link rel="canonical" href="/b">', None),
        ('<base href="http://["><link rel="canonical" href="b">', "https://a.test/x/b"),
        ("", None),
    ],
)
def test_the_canonical_address_counts_on_the_same_host_only(head, canonical):
    assert read_markup(f"<html><head>{head}</head>x</html>".encode(), "https://a.test/x/y", HTML).canonical == canonical


@pytest.mark.parametrize(
    ("pattern", "path", "is_covered"),
    [
        ("/fish", "/fish.html", True),
        ("/fish", "/Fish", False),
        ("/fish*.php", "/fishheads/catfish.php?id", True),
        ("/*.php$", "/a.php", True),
        ("/*.php$", "/a.php5", False),
        ("/a$", "/a", True),
        ("/a$", "/ab", False),
        ("/a*a$", "/a", False),
        ("/a*a$", "/aa", True),
        ("*", "/", True),
        ("", "/", True),
        ("/*b*a", "/ab", False),
    ],
)
def test_patterns_cover_as_in_robots_txt(pattern, path, is_covered):
    assert covers(pattern, path) == is_covered


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ('a=1, b;x=?1;y, c=(a "b" 1.5);z, d=:aGk=:, e=@0, f=%"%c3%a4", g=?0',
         {"a": "1", "b": "?1", "c": '(a "b" 1.5)', "d": ":aGk=:", "e": "@0", "f": '%"%c3%a4"', "g": "?0"}),
        ("a=1,\t b=2", {"a": "1", "b": "2"}),
        ("", {}),
        ("a=1,", None),
        ("a=1 b=2", None),
        ("a= 1", None),
        ("A=1", None),
        ('a="', None),
    ],
)  # fmt: skip
def test_structured_dictionaries_are_read_by_rfc_9651(value, members):
    assert dictionary(value) == members


WORDS = ["train-ai=n", "ai-train=no", "User-agent: *\n", "Content-Usage: ", "Disallow: *a*", "[{", '"location":', "1}]", "<rsl>", "<content url='/'>", "<license>", "<prohibits type='usage'>", "noai", ":", ",", ";", "(", '"', "\x00", "\ud800", "://[", "=", "ä"]  # fmt: skip
texts = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=30).map("".join))
CARRIERS = sorted({case.carrier for case in CASES} - {"rsl", "html"})


@given(st.sampled_from(CARRIERS), texts, st.sampled_from(["https://a.test/a?b", "http://[", ""]))
def test_any_text_of_any_carrier_can_be_judged(carrier, raw, url):
    assert consent.decide(read(carrier, raw, url), inferred=True)[0] in ("allow", "deny", "unknown")
    consent.from_training_bots(raw, url, NOW)
    consent.rsl_urls(raw, url, {"link": raw}, Markup(), url)
    covers_url(raw, url)


@given(st.one_of(st.binary(max_size=300), texts.map(lambda text: text.encode(errors="replace"))))
def test_any_bytes_of_any_carrier_can_be_judged(raw):
    url = "https://a.test/"
    page = b'<script type="application/rsl+xml">' + raw
    signals = (
        *consent.from_rsl(raw, url, NOW, "script"),
        *consent.from_markup(read_markup(page, url, "text/html"), url, NOW),
    )
    assert consent.decide(signals)[0] in ("allow", "deny", "unknown")


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(CASES), max_size=6), st.sampled_from([case for case in CASES if case.verdict == "deny"])
)
def test_no_signal_takes_a_refusal_back(others, refusal):
    signals = [signal for case in (*others, refusal) for signal in read(case.carrier, case.raw, f"https://a.test{case.path}")]  # fmt: skip
    assert consent.decide(signals)[0] == "deny"
    assert consent.decide(signals[::-1])[0] == "deny"


def big(carrier):
    """Return input that is huge, or slow for a reader that backtracks."""
    return {
        "robots.txt": "User-agent: *\nContent-Usage: /" + "*a" * 500_000 + "$ train-ai=n\nContent-Signal: " + "ai-train=no,",
        "ai.txt": "User-agent: *\n" + "Disallow: *a*a*a*a*a*a*b\n" * 20_000 + "Disallow: /\n",
        "tdmrep.json": json.dumps([{"location": f"/*{number}", "tdm-reservation": 1} for number in range(100_000)] + [{"location": "/", "tdm-reservation": 1}]),
        "rsl": rsl(licence(uses("ai-train " * 500_000, "prohibits"))),
        "content-usage": "a=(" + "1 " * 500_000,
        "x-robots-tag": "noindex, " * 200_000 + "noai",
    }[carrier]  # fmt: skip


@pytest.mark.parametrize("carrier", ["robots.txt", "ai.txt", "tdmrep.json", "rsl", "content-usage", "x-robots-tag"])
def test_megabytes_are_judged_in_seconds(carrier):
    raw = big(carrier)
    started_s = time.process_time()
    verdict = consent.decide(read(carrier, raw, "https://a.test/" + "a" * 2000))[0]
    assert time.process_time() - started_s < SECONDS
    assert verdict == ("unknown" if carrier == "content-usage" else "deny")


@pytest.mark.parametrize("tag", ["<div>", "<a href=x>", "<meta name=robots content=noai>", "<script type=application/rsl+xml>"])  # fmt: skip
def test_eight_mebibytes_of_tags_are_read_in_seconds(tag):
    page = (tag * (MAX_PARSED_BYTES // len(tag))).encode()
    started_s = time.process_time()
    read_markup(page, "https://a.test/", HTML)
    assert time.process_time() - started_s < SECONDS


def test_an_entity_bomb_expands_nothing():
    entities = '<!ENTITY a0 "ai-train">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f"<!DOCTYPE rsl [{entities}]>{rsl(licence(uses('&a11;')))}"
    (signal,) = read("rsl", bomb, "https://a.test/")
    assert len(signal.value) < 100


def test_no_document_can_read_a_file_or_the_network(tmp_path):
    (tmp_path / "secret").write_text("ai-train")
    document = f'<!DOCTYPE rsl [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>{rsl(licence(uses("&s;")))}'
    assert consent.decide(read("rsl", document, "https://a.test/"))[0] == "deny"
