"""What the second night asks: only what is due, only what changed, and never what a host has forbidden since."""

import gzip
import shutil
from dataclasses import replace

import pytest

from scrapers.page import Progress
from scrapers.web import Web


def web(site, **options):
    return Web(**({"name": "mill", "start_urls": (f"{site.url}/",), "delay_s": 0, "sitemaps": False} | options))


def serve_pages(site, count, **headers):
    """Serve ``count`` pages in a chain from ``/``, ``/1`` to the last, with validators."""
    for number in range(count):
        path = f"/{number}" if number else "/"
        site.page(
            path,
            f"/{number + 1}" if number + 1 < count else "/",
            text=f"Page {number}: {site.words(number)}",
            **headers,
        )
        site.answers[path].headers["ETag"] = f'"{number}"'


def refusals(rows, site):
    return {row["url"].removeprefix(site.url): row["refusal"] for row in rows}


def archived(store):
    return b"".join(gzip.decompress(store.get(path)) for path in store.paths("state/raw") if path.endswith(".gz"))


def pages_sent(site):
    return [sent for sent in site.sent if sent[0] not in ("/robots.txt", "/ai.txt", "/.well-known/tdmrep.json")]


@pytest.mark.parametrize("pages", [40, pytest.param(500, marks=pytest.mark.slow)])
def test_a_second_night_over_an_unchanged_site_downloads_no_body_twice_and_says_so(website, night, stored, pages):
    serve_pages(website, pages)
    site = web(website, max_depth=1000, max_pages=1000)
    assert site.collect(night(0)) == Progress("mill", pages, 0, 0, 0)
    website.sent.clear()
    assert site.collect(night(1)) == Progress("mill", 0, 0, 0, pages)
    assert [(status, length) for _, status, length in pages_sent(website)] == [(304, 0)] * (pages)
    assert {(row["status"], row["refusal"], row["payload_sha256"]) for row in stored(night(1))} == {(304, None, None)}
    website.sent.clear()
    assert site.collect(night(2)).unchanged == pages
    assert site.collect(night(3)) == Progress("mill", 0, 0, 0, 1)  # by now each rests for longer, but the seed
    assert pages_sent(website)[-1][0] == "/"


def test_what_changed_is_stored_what_is_gone_is_marked_and_what_is_new_is_found(website, night, stored):
    serve_pages(website, 5)
    site = web(website)
    site.collect(night(0))
    website.page("/2", "/3", "/new", text="rewritten")
    website.page("/new")
    website.page("/4", status=410)
    website.sent.clear()
    assert site.collect(night(1)) == Progress("mill", 2, 1, 0, 3)
    rows = {row["url"].removeprefix(website.url): row for row in stored(night(1))}
    assert {path: row["refusal"] for path, row in rows.items() if row["status"] != 304} == {
        "/2": None,
        "/new": None,
        "/4": "gone",
    }
    assert b"rewritten" in rows["/2"]["body"]


def test_a_page_without_validators_that_did_not_change_is_not_stored_twice(website, night, stored):
    website.page("/", text="grist " * 1000)
    site = web(website)
    site.collect(night(0))
    site.collect(night(1))
    ((first,), (second,)) = (stored(night(number)) for number in (0, 1))
    assert second["body"] == first["body"]
    assert second["archive"] == first["archive"]
    assert not night(0).store.exists("state/raw/001/mill/part-00000.warc.gz")


def test_a_page_that_nothing_links_to_any_more_is_still_asked(website, night):
    website.page("/", "/old")
    website.page("/old")
    site = web(website)
    site.collect(night(0))
    website.page("/")
    del website.answers["/old"]
    assert site.collect(night(1)).refused == 1


def test_what_was_left_over_by_max_pages_is_asked_the_next_night(website, night):
    serve_pages(website, 12)
    site = web(website, max_pages=5, max_depth=100, revisit_days=30)
    counts = [site.collect(night(number)) for number in range(4)]
    assert sum(progress.stored for progress in counts) == 12
    assert all(progress.stored + progress.unchanged <= 5 for progress in counts)


def test_a_lost_work_folder_is_refilled_from_the_raw_store(website, night, stored):
    serve_pages(website, 6)
    website.page("/", "/1", "/beyond", text="Page 0")
    website.page("/beyond")
    site = web(website, max_pages=3)
    site.collect(night(0))
    shutil.rmtree(night(0).work)
    website.sent.clear()
    site.collect(replace(night(1), folder="state/raw/001/mill"))
    asked = {path for path, status, _ in pages_sent(website) if status == 304}
    assert asked <= {"/1", "/2"}
    assert asked
    site.collect(night(2))
    site.collect(night(3))
    known = {row["url"].removeprefix(website.url) for number in range(4) for row in stored(night(number))}
    assert {"/", "/1", "/2", "/3", "/beyond"} <= known


def test_a_raw_store_that_was_set_back_is_asked_for_again(website, night):
    serve_pages(website, 4)
    site = web(website)
    site.collect(night(0))
    for path in night(0).store.paths("state/raw"):
        night(0).store.delete(path)
    assert site.collect(night(1)).stored == 4


def test_a_page_opted_out_by_its_own_header_is_scrubbed_from_the_archive(website, night, stored):
    website.page("/", "/shy", text="the open page")
    website.page("/shy", text="the shy page")
    site = web(website)
    site.collect(night(0))
    assert b"the shy page" in archived(night(0).store)
    website.page("/shy", text="the shy page", X_Robots_Tag="noai")
    site.collect(night(1))
    assert refusals(stored(night(1)), website)["/shy"] == "ai-opt-out"
    assert b"the shy page" not in archived(night(0).store)
    assert b"the open page" in archived(night(0).store)


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/robots.txt", "User-agent: *\nContent-Signal: ai-train=no"),
        ("/.well-known/tdmrep.json", '[{"location": "/", "tdm-reservation": 1}]'),
        ("/ai.txt", "User-Agent: *\nDisallow: /"),
    ],
)
def test_a_site_that_opts_out_is_scrubbed_without_asking_its_pages_again(website, night, stored, path, content):
    serve_pages(website, 4)
    site = web(website, revisit_days=30)
    site.collect(night(0))
    website.text(path, content)
    website.sent.clear()
    site.collect(night(2))
    assert pages_sent(website) == []
    assert set(refusals(stored(night(2)), website).values()) == {"ai-opt-out"}
    assert len(stored(night(2))) == 4
    assert {row["consent"] for row in stored(night(2))} == {"deny"}
    assert b"Page" not in archived(night(0).store)
    assert site.collect(night(3)) == Progress("mill", 0, 0, 0, 0)  # nothing new to say


def test_a_site_that_opts_in_again_is_asked_again(website, night, stored):
    serve_pages(website, 3)
    site = web(website)
    website.text("/robots.txt", "User-agent: *\nContent-Signal: ai-train=no")
    site.collect(night(0))
    assert set(refusals(stored(night(0)), website).values()) == {"ai-opt-out"}
    website.text("/robots.txt", "")
    assert site.collect(night(2)).stored == 3


def test_a_page_that_robots_txt_forbids_since_leaves_and_is_not_asked(website, night, stored):
    serve_pages(website, 3)
    site = web(website, revisit_days=30)
    site.collect(night(0))
    website.text("/robots.txt", "User-agent: *\nDisallow: /2")
    website.sent.clear()
    site.collect(night(2))
    assert refusals(stored(night(2)), website)["/2"] == "robots-disallowed"
    assert not [sent for sent in website.sent if sent[0] == "/2"]


def test_while_robots_txt_fails_its_last_good_copy_rules(website, night, stored):
    serve_pages(website, 3)
    website.text("/robots.txt", "User-agent: *\nDisallow: /2")
    site = web(website, backoff_s=0.01)
    site.collect(night(0))
    website.text("/robots.txt", "boom", status=503)
    website.sent.clear()
    assert site.collect(night(2)).unchanged == 2
    assert "/2" not in [path for path, *_ in website.sent]
    assert site.collect(night(33)).unchanged == 0
    assert set(refusals(stored(night(33)), website).values()) == {"robots-unreachable"}


def test_wider_options_find_what_unchanged_pages_link_to_and_narrower_ones_ask_no_more(website, night, stored):
    serve_pages(website, 3)
    website.page("/", "/1", "/extra/1", "/extra/2", text=website.words("home"))
    website.answers["/"].headers["ETag"] = '"home"'
    for number in (1, 2):
        website.page(f"/extra/{number}", text=website.words(f"extra {number}"))
    web(website, deny=("/extra",)).collect(night(0))
    web(website).collect(night(1))
    assert {"/extra/1", "/extra/2"} <= {row["url"].removeprefix(website.url) for row in stored(night(1))}
    website.sent.clear()
    web(website, deny=("/extra",), revisit_days=0).collect(night(2))
    assert not [sent for sent in website.sent if "/extra" in sent[0]]


def test_a_licence_on_a_host_that_rests_is_not_waited_for(website, other_website, night, stored):
    link = f'<{other_website.url}/rsl.xml>; rel="license"; type="application/rsl+xml"'
    website.page("/")
    website.answers["/"].headers["Link"] = link
    other_website.text("/rsl.xml", "later", status=429, Retry_After="7200")
    web(website).collect(night(0))
    assert refusals(stored(night(0)), website) == {"/": "consent-unreachable"}
    assert website.asked()["/"] <= 3
    assert other_website.asked()["/rsl.xml"] == 1


def test_a_licence_that_must_be_had_first_denies(website, night, stored):
    website.text("/robots.txt", "License: /rsl.xml")
    website.text("/rsl.xml", "pay", status=402)
    website.page("/")
    web(website).collect(night(0))
    assert refusals(stored(night(0)), website) == {"/": "ai-opt-out"}


@pytest.mark.parametrize("options", [{"deny": ("/2",)}, {"max_pages": 1}])
def test_an_opt_out_counts_tonight_whatever_else_bounds_the_crawl(website, night, stored, options):
    serve_pages(website, 6)
    web(website).collect(night(0))
    website.text("/robots.txt", "User-agent: *\nContent-Usage: /2 train-ai=n")
    web(website, **options).collect(night(2))
    assert refusals(stored(night(2)), website)["/2"] == "ai-opt-out"
    assert b"Page 2:" not in archived(night(0).store)
    assert b"Page 3:" in archived(night(0).store)


def test_a_host_that_was_down_is_asked_the_next_night_however_rarely_pages_are_revisited(website, night):
    website.page("/", "/1")
    website.page("/1")
    website.text("/robots.txt", "boom", status=503)
    site = web(website, revisit_days=30, backoff_s=0.01)
    assert site.collect(night(0)).stored == 0
    website.text("/robots.txt", "")
    assert site.collect(night(1)).stored == 2


def test_unchanged_is_no_answer_to_who_has_nothing(website, night, stored):
    website.page("/", status=304)
    web(website).collect(night(0))
    assert refusals(stored(night(0)), website) == {"/": "http-304"}
