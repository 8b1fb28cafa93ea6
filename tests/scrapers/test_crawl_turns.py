"""One request at a time to a host, none before its time, for every process of the machine."""

import subprocess
import sys
import textwrap

import pytest

from scrapers.crawl import pace, turns
from scrapers.crawl.hosts import BUSY_WAIT_S, Hosts
from scrapers.crawl.turns import Standing

HOST = "mill.test:8080"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_host_never_asked_may_be_asked_now(tmp_path, clock):
    turn = turns.attempt(tmp_path, HOST, clock)
    assert turn.earliest(5) <= clock.now
    turn.close()


def test_the_rest_is_on_disk_before_the_request_leaves(tmp_path, clock):
    turn = turns.attempt(tmp_path, HOST, clock)
    turn.begin(5)
    record = (tmp_path / "mill.test%3A8080").read_text().split()
    assert [float(word) for word in record] == [1000.0, 1005.0, 0, 0]
    turn.close()


def test_a_turn_is_for_one_and_returns_when_its_holder_dies(tmp_path, clock):
    script = """
        import sys, time
        from pathlib import Path
        from scrapers.crawl import turns
        turn = turns.attempt(Path(sys.argv[1]), sys.argv[2], lambda: 1000.0)
        turn.begin(7)
        print("taken", flush=True)
        sys.stdin.read()
    """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path), HOST],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout.readline() == b"taken\n"
    assert turns.attempt(tmp_path, HOST, clock) is None
    assert turns.attempt(tmp_path, "other.test", clock)
    assert Hosts(tmp_path, clock).take(HOST, 1) == 1000.0 + BUSY_WAIT_S
    holder.kill()
    holder.communicate()
    turn = turns.attempt(tmp_path, HOST, clock)
    assert turn.earliest(1) == 1007.0
    turn.close()


def test_each_source_keeps_its_own_longer_delay_too(tmp_path, clock):
    hasty, calm = Hosts(tmp_path, clock), Hosts(tmp_path, clock)
    assert hasty.take(HOST, 1) is None
    assert hasty.end(HOST, 1, 200, 0) == 1001.0
    assert calm.take(HOST, 5) == 1005.0
    clock.now = 1005.0
    assert calm.take(HOST, 5) is None
    calm.end(HOST, 5, 200, 0)
    assert hasty.take(HOST, 1) == 1010.0


def test_a_longer_rest_is_never_shortened(tmp_path, clock):
    hosts = Hosts(tmp_path, clock)
    hosts.take(HOST, 0)
    assert hosts.end(HOST, 0, 429, 60) == 1060.0
    turn = turns.attempt(tmp_path, HOST, clock)
    turn.hold(5)
    assert turn.earliest(0) == 1060.0
    turn.close()


def refuse(hosts, clock, status, times):
    for _ in range(times):
        assert hosts.take(HOST, 0) is None
        clock.now = hosts.end(HOST, 0, status, 0)
    return clock.now


@pytest.mark.parametrize("status", sorted(pace.REFUSALS))
def test_five_refusals_in_a_row_rest_the_host_for_a_day(tmp_path, clock, status):
    assert refuse(Hosts(tmp_path, clock), clock, status, 4) == 1000.0
    assert refuse(Hosts(tmp_path, clock), clock, status, 1) == 1000.0 + 86400
    assert refuse(Hosts(tmp_path, clock), clock, status, 1) == 1000.0 + 2 * 86400  # still refusing a day later


@pytest.mark.parametrize("status", [None, 500, 502])
def test_a_host_that_fails_on_and_on_is_left_for_another_night(tmp_path, clock, status):
    hosts = Hosts(tmp_path, clock)
    assert refuse(hosts, clock, status, 14) == 1000.0
    assert refuse(hosts, clock, status, 1) == 1000.0 + 2 * 3600
    refuse(hosts, clock, 200, 1)
    assert refuse(hosts, clock, status, 14) == clock.now


@pytest.mark.parametrize("status", [200, 304, 404])
def test_any_other_answer_between_them_starts_the_count_anew(tmp_path, clock, status):
    hosts = Hosts(tmp_path, clock)
    refuse(hosts, clock, 403, 4)
    refuse(hosts, clock, status, 1)
    assert refuse(hosts, clock, 403, 4) == 1000.0


def test_a_failure_is_no_refusal_and_no_welcome(tmp_path, clock):
    hosts = Hosts(tmp_path, clock)
    refuse(hosts, clock, 403, 4)
    refuse(hosts, clock, None, 1)
    refuse(hosts, clock, 500, 1)
    assert refuse(hosts, clock, 403, 1) == 1000.0 + 86400


def test_a_record_cut_by_a_power_loss_is_read_as_none(tmp_path, clock):
    (tmp_path / "mill.test%3A8080").write_bytes(b"\0" * 64)
    turn = turns.attempt(tmp_path, HOST, clock)
    assert turn.standing == Standing()
    turn.close()


def test_a_host_name_stays_inside_the_folder(tmp_path, clock):
    for host in ("../../x", "[::1]:80", "a/b", "..", "x" * 300):
        turns.attempt(tmp_path / "turns", host, clock).close()
    assert {path.parent for path in (tmp_path / "turns").iterdir()} == {tmp_path / "turns"}
    assert len(list((tmp_path / "turns").iterdir())) == 5
