"""The demo world holds what its answers say: reachable, unambiguous, and the same on every machine."""

import hashlib
import json
import subprocess
import sys
from collections import Counter, defaultdict, deque
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pyarrow as pa
import pytest

from corpus.near.shingles import shingles
from demo import answers
from demo.resource import Resource
from demo.world import build
from flows.recipe import load_recipe
from processors import secrets
from processors.clean import Clean
from processors.extract import Extract
from processors.perplexity import Perplexity
from processors.pii import Pii
from processors.quality import Quality
from processors.select import Select
from scrapers.crawl import robots
from scrapers.crawl.address import canonical
from scrapers.page import Page, Request
from scrapers.web import Web, leads

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 20, tzinfo=UTC)
NIGHTS = (1, 2)
REASONS = {
    "too-short", "wrong-language", "gopher-mean-word-length", "gopher-symbol-ratio", "gopher-bullet-lines", "gopher-ellipsis-lines",
    "gopher-alphabetic-words", "gopher-stop-words", "exact-duplicate", "near-duplicate", "too-many-secrets", "robots-disallowed",
    "robots-unreachable", "ai-opt-out", "gone", "http-500", "redirected", "unsupported-type",
}  # fmt: skip


def source() -> Web:
    (web,) = (one for one in load_recipe(ROOT / "datasets" / "demo").sources if isinstance(one, Web))
    return web


def answer_at(night: int, url: str) -> Resource:
    host, _, rest = canonical(url).removeprefix("http://").partition("/")
    return build(night).sites.get(host, {}).get(f"/{rest}") or Resource(b"", status=404)


def rules_of(night: int, url: str) -> robots.Rules:
    found = answer_at(night, "/".join(url.split("/")[:3]) + "/robots.txt")
    return robots.read(found.status, found.body, NOW)


def walk(night: int) -> set[str]:
    """Every page that links, sitemaps and feeds lead to, without a server: asked or refused, each once."""
    web, seen, pages = source(), set(), set()
    queue = deque(web.start())
    while queue:
        request = queue.popleft()
        key = (request.role, canonical(request.url))
        if key in seen or not web.admits(request):
            continue
        seen.add(key)
        if request.role == "page":
            pages.add(key[1])
        rules = rules_of(night, request.url)
        queue.extend(Request(url, "sitemap") for url in rules.sitemaps)
        if not rules.refused(request.url):
            queue.extend(led_to(night, request))
    return pages


def led_to(night: int, request: Request) -> list[Request]:
    found = answer_at(night, request.url)
    headers = {"content-type": found.media_type} | {name.lower(): value for name, value in found.headers}
    is_read = found.status == 200 and found.media_type.startswith(("text/", "application/xml", "application/rss"))
    if not is_read and not 300 <= found.status < 400:
        return []
    return list(leads(Page(request, request.url, found.status, headers, found.body, NOW)))


@pytest.fixture(scope="module", params=NIGHTS)
def night(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def expected(night):
    return answers.build()[str(night)]


@pytest.fixture(scope="module")
def scored(night, expected):
    """Text and scores of every page that was fetched and is kept, or dropped for what it says."""
    urls = [key.removeprefix("brewnet/") for key in expected if key.startswith("brewnet/")]
    fetched = [url for url in urls if expected[f"brewnet/{url}"]["reason"] not in REFUSALS]
    found = [answer_at(night, url) for url in fetched]
    table = pa.table(
        {
            "id": [f"brewnet/{url}" for url in fetched],
            "url": fetched,
            "body": pa.array([one.body for one in found], pa.large_binary()),
            "media_type": [one.media_type for one in found],
            "title": pa.nulls(len(found), pa.string()),
            "author": pa.nulls(len(found), pa.string()),
            "created_at": pa.nulls(len(found), pa.timestamp("us", "UTC")),
        }
    )
    return {row["id"]: row for row in Quality()(Clean()(Extract()(table))).drop_columns("body").to_pylist()}


REFUSALS = {
    "robots-disallowed",
    "robots-unreachable",
    "ai-opt-out",
    "gone",
    "http-500",
    "redirected",
    "unsupported-type",
}


def test_there_are_enough_documents_of_every_fate(expected):
    counts = Counter(answer["reason"] for answer in expected.values())
    assert sum(counts.values()) >= 400
    assert counts[None] >= 200
    assert REASONS - counts.keys() == set()


def test_fate_and_reason_agree(expected):
    assert [key for key, one in expected.items() if (one["fate"] == "kept") != (one["reason"] is None)] == []


def test_a_walk_over_the_links_finds_exactly_the_answered_pages(night, expected):
    answered = {key.removeprefix("brewnet/") for key in expected if key.startswith("brewnet/")}
    walked = walk(night)
    assert sorted(walked - answered) == []
    assert sorted(answered - walked) == []


def test_the_crawl_may_ask_for_every_page():
    assert source().max_pages > max(len(build(night).documents) for night in NIGHTS)


def test_only_what_should_be_too_short_is(scored, expected):
    thin = {key: row["word_count"] for key, row in scored.items() if expected[key]["reason"] == "too-short"}
    assert {key: words for key, words in thin.items() if words > 45} == {}
    others = {key: row["word_count"] for key, row in scored.items() if key not in thin}
    assert {key: words for key, words in others.items() if words < 60} == {}


def test_kept_pages_lie_well_inside_the_thresholds(scored, expected):
    outside = {
        key: row
        for key, row in scored.items()
        if expected[key]["fate"] == "kept"
        and not (
            3.3 < row["gopher_mean_word_length"] < 8
            and row["gopher_symbol_ratio"] < 0.05
            and row["gopher_bullet_lines"] < 0.8
            and row["gopher_ellipsis_lines"] < 0.2
            and row["gopher_alphabetic_words"] > 0.65
            and row["gopher_stop_words"] >= 3
        )
    }
    assert outside == {}


def first_failed(row: dict, columns: tuple[str, ...] = Quality.writes) -> str | None:
    """The first rule of the recipe that fails among those on ``columns``."""
    steps = (step for step in load_recipe(ROOT / "datasets" / "demo").steps if isinstance(step, Select))
    for rule in (rule for step in steps for rule in step.rules if rule.column in columns):
        low, high = (default if bound is None else bound for bound, default in ((rule.min, -1), (rule.max, 1e9)))
        if not low <= row[rule.column] <= high:
            return rule.reason
    return None


def test_rubbish_fails_the_rule_that_is_named_and_nothing_else_fails_one(scored, expected):
    reasons = {key: expected[key]["reason"] for key in scored}
    judged = {key: (first_failed(scored[key]), why) for key, why in reasons.items() if why != "wrong-language"}
    mechanical = {"too-short"} | {reason for reason in REASONS if reason.startswith("gopher-")}
    wrong = {key: pair for key, pair in judged.items() if pair[0] != (pair[1] if pair[1] in mechanical else None)}
    assert wrong == {}


def test_perplexity_drops_what_is_named_and_nothing_else(scored, expected):
    reasons = (None, "perplexity-low", "perplexity-high", "too-many-secrets")
    rows = [row for key, row in scored.items() if expected[key]["reason"] in reasons]
    table = pa.table(
        {"id": [row["id"] for row in rows], "text": pa.array([row["text"] for row in rows], pa.large_string())}
    )
    judged = {row["id"]: first_failed(row, Perplexity.writes) for row in Perplexity()(table).to_pylist()}
    wanted = {key: expected[key]["reason"] for key in judged}
    wrong = {
        key: (judged[key], why)
        for key, why in wanted.items()
        if judged[key] != (None if why == "too-many-secrets" else why)
    }
    assert wrong == {}


def test_families_are_near_and_all_other_pages_are_not(night, scored, expected):
    reasons = (None, "exact-duplicate", "near-duplicate")
    texts = {key: shingles(row["text"]) for key, row in scored.items() if expected[key]["reason"] in reasons}
    shared = Counter()
    holders = defaultdict(list)
    for key, hashes in texts.items():
        for value in hashes.tolist():
            holders[value].append(key)
    for keys in holders.values():
        shared.update(combinations(sorted(keys), 2))
    documents = build(night).documents
    too_near, too_far = {}, {}
    for (one, other), count in shared.items():
        jaccard = count / (len(texts[one]) + len(texts[other]) - count)
        is_family = family(documents[one]) is not None and family(documents[one]) == family(documents[other])
        if is_family and jaccard < 0.85:
            too_far[one, other] = jaccard
        if not is_family and jaccard >= 0.6:
            too_near[one, other] = jaccard
    assert (too_near, too_far) == ({}, {})


def family(document) -> str | None:
    return document.family or document.wording


def test_what_is_planted_stands_in_the_text_and_is_found(scored, expected):
    pii, wrong = Pii(), {}
    for key, row in scored.items():
        text = row["text"]
        redacted = secrets.redact(pii.redact(text)[0])[0]
        for value in expected[key]["planted"]:
            if value not in text or value in redacted:
                wrong[key, value] = "missing" if value not in text else "survived"
    assert wrong == {}


def test_only_the_page_with_too_many_secrets_has_more_than_three(scored, expected):
    counts = {key: len(secrets.redact(Pii().redact(row["text"])[0])[1]) for key, row in scored.items()}
    assert {key for key, count in counts.items() if count > 3} == {
        key for key in scored if expected[key]["reason"] == "too-many-secrets"
    }


def test_the_second_night_adds_changes_and_takes_away():
    first, second = (answers.build()[str(night)] for night in NIGHTS)
    assert first.keys() <= second.keys(), "a page once answered must stay answered"
    assert len(second.keys() - first.keys()) >= 15
    became = Counter(
        one["reason"] for key, one in second.items() if key in first and first[key]["reason"] != one["reason"]
    )
    assert became["gone"] >= 6
    assert became["ai-opt-out"] >= 5
    assert became[None] >= 1, "no loser of the first night is kept on the second"


def test_a_page_that_may_have_doubles_is_as_old_as_its_text():
    first, second = (build(night) for night in NIGHTS)
    wrong = []
    for key, document in second.documents.items():
        if key.startswith("brewnet/") and document.reason is None and family(document):
            url = key.removeprefix("brewnet/")
            is_same = key in first.documents and answer_at(1, url).body == answer_at(2, url).body
            was_asked = key in first.documents and first.documents[key].reason not in REFUSALS
            if document.seen != (1 if is_same and was_asked else 2):
                wrong.append(key)
    assert wrong == []


def test_the_world_is_the_same_in_every_process():
    code = (
        "import hashlib, json; from demo import answers; from demo.world import build\n"
        "d = hashlib.sha256(json.dumps(answers.build(), sort_keys=True).encode())\n"
        "[d.update(f'{h}{p}'.encode() + r.body) for n in (1, 2) for h, s in sorted(build(n).sites.items()) for p, r in sorted(s.items())]\n"
        "print(d.hexdigest())"
    )
    digest = hashlib.sha256(json.dumps(answers.build(), sort_keys=True).encode())
    for night in NIGHTS:
        for host, site in sorted(build(night).sites.items()):
            for path, found in sorted(site.items()):
                digest.update(f"{host}{path}".encode() + found.body)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == digest.hexdigest(), done.stderr


def test_the_answers_are_written_whole(tmp_path):
    answers.write(tmp_path / "answers.json")
    assert json.loads((tmp_path / "answers.json").read_text(encoding="utf-8")) == answers.build()
    assert [path.name for path in tmp_path.iterdir()] == ["answers.json"]
