"""What hosts say of themselves: asked once a day for the whole machine, remembered while the host fails."""

from datetime import UTC, datetime, timedelta

import pytest

from scrapers.crawl.policies import KEPT_BYTES, Policies, Policy

NOW = datetime(2026, 11, 21, tzinfo=UTC)
URL = "https://mill.test/robots.txt"
GOOD = Policy(URL, NOW, 200, b"User-agent: *\nDisallow: /private", None, "text/plain")


@pytest.fixture
def opened(tmp_path):
    made = []

    def make():
        made.append(Policies(tmp_path / "machine" / "policies.sqlite", NOW, timedelta(hours=1)))
        return made[-1]

    yield make
    for policies in made:
        policies.close()


def test_one_crawl_reads_what_another_was_told(opened):
    first, second = opened(), opened()
    first.put(GOOD)
    assert second.newest(URL) == GOOD
    assert second.newest("https://other.test/robots.txt") is None


@pytest.mark.parametrize(
    ("status", "max_age_s", "fresh"),
    [
        (200, None, timedelta(hours=24)),
        (404, None, timedelta(hours=24)),
        (403, None, timedelta(hours=24)),
        (200, 3600, timedelta(hours=1)),
        (200, 0, timedelta(minutes=10)),
        (200, 10**9, timedelta(hours=24)),
        (503, None, timedelta(minutes=10)),
        (429, 3600, timedelta(minutes=10)),
        (None, None, timedelta(minutes=10)),
    ],
)
def test_an_answer_is_used_for_a_day_and_a_failure_for_ten_minutes(status, max_age_s, fresh):
    policy = Policy(URL, NOW, status, max_age_s=max_age_s)
    assert policy.is_fresh(NOW + fresh - timedelta(seconds=1))
    assert not policy.is_fresh(NOW + fresh)


def test_what_was_asked_before_is_used_for_as_long_as_the_source_says(opened):
    policies = opened()
    policies.put(Policy(URL, NOW - timedelta(minutes=50), 200))
    assert policies.is_fresh(URL, NOW)
    assert not policies.is_fresh(URL, NOW + timedelta(minutes=10))
    policies.put(Policy(URL, NOW, 200))
    assert policies.is_fresh(URL, NOW + timedelta(hours=23))
    assert not policies.is_fresh(URL, NOW + timedelta(hours=24))
    assert not policies.is_fresh("https://other.test/robots.txt", NOW)


def test_while_the_host_fails_the_last_good_copy_rules_for_30_days(opened):
    opened().put(GOOD)
    policies = opened()
    for days in (1, 29):
        policies.put(Policy(URL, NOW + timedelta(days=days), 503))
        assert policies.in_force(URL, NOW + timedelta(days=days)) == GOOD
    assert policies.in_force(URL, NOW + timedelta(days=30)).status == 503


def test_a_404_is_an_answer_and_replaces_the_copy(opened):
    policies = opened()
    policies.put(GOOD)
    policies.put(Policy(URL, NOW, 404))
    policies.put(Policy(URL, NOW, None, detail="timeout"))
    assert policies.in_force(URL, NOW).status == 404


def test_only_a_2xx_body_is_text_and_only_its_beginning_is_kept(opened):
    policies = opened()
    policies.put(Policy(URL, NOW, 200, b"\xef\xbb\xbfx" + b"y" * 2 * KEPT_BYTES))
    assert len(policies.newest(URL).body) == KEPT_BYTES
    assert policies.newest(URL).text.startswith("xy")
    assert Policy(URL, NOW, 404, b"<html>").text == ""
