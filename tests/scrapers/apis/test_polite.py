import gzip
import io
import multiprocessing
import threading
import time
from dataclasses import replace
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
import requests
import urllib3

from corpus.errors import SourceError
from scrapers.clients.polite import (
    BACKOFF_S,
    TIMEOUT_S,
    TRIES,
    Clock,
    Service,
    Unanswered,
    is_own_ground,
    polite_session,
    refuse_private,
    service_at,
)
from scrapers.page import Network


def answers(*queue):
    left = list(queue)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


OK = (200, {}, b"flour")


def session_of(desk, clock, delay_s=0.0):
    return polite_session(desk, service_at(desk, "mill", delay_s, Clock(clock.now, clock.sleep)))


def test_who_asks_is_said_even_where_the_client_says_otherwise(serve, api_desk, fake_clock):
    service = serve(answers(OK))
    session_of(api_desk, fake_clock).get(service.address, headers={"user-agent": "arxiv.py/4"})
    assert service.asked[0][1]["User-Agent"].endswith("(+miller@brewnet.test)")


def test_no_contact_no_session(api_desk, fake_clock):
    with pytest.raises(SourceError, match="contact"):
        session_of(replace(api_desk, network=Network(contact="")), fake_clock)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_waited_for(serve, api_desk, fake_clock, status, as_date):
    asked = formatdate(fake_clock.time + 7, usegmt=True) if as_date else "7"
    service = serve(answers((status, {"Retry-After": asked}, b""), OK))
    assert session_of(api_desk, fake_clock).get(service.address).content == b"flour"
    assert fake_clock.slept == [7.0]


def test_without_retry_after_the_wait_doubles_and_the_tries_end(serve, api_desk, fake_clock):
    service = serve(answers((503, {}, b"")))
    with pytest.raises(SourceError, match=r"mill gave no answer in 4 tries \(HTTP 503\)"):
        session_of(api_desk, fake_clock).get(service.address)
    assert len(service.asked) == TRIES
    assert fake_clock.slept == [BACKOFF_S, 2 * BACKOFF_S, 4 * BACKOFF_S]


def test_a_wait_outlives_the_process_and_binds_every_flow(serve, api_desk, fake_clock):
    service = serve(answers((429, {"Retry-After": "3000"}, b""), OK))
    for _flow in range(2):
        with pytest.raises(SourceError, match="mill asked to be left alone until 2027"):
            session_of(api_desk, fake_clock).get(service.address)
    assert (len(service.asked), fake_clock.slept) == (1, [])
    fake_clock.time += 3000
    assert session_of(api_desk, fake_clock).get(service.address).ok


def test_mediawiki_lag_is_waited_for_though_its_status_is_200(serve, api_desk, fake_clock):
    service = serve(answers((200, {"X-Database-Lag": "9", "Retry-After": "5"}, b"{}"), OK))
    assert session_of(api_desk, fake_clock).get(service.address).content == b"flour"
    assert fake_clock.slept == [5.0]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_other_refusals_are_answers(serve, api_desk, fake_clock, status):
    service = serve(answers((status, {}, b"no")))
    assert session_of(api_desk, fake_clock).get(service.address).status_code == status
    assert len(service.asked) == 1


def test_two_clients_share_one_pace(serve, api_desk, fake_clock):
    service = serve(answers(OK))
    first, second = (session_of(api_desk, fake_clock, delay_s=3.0) for _ in range(2))
    for session in (first, second, first):
        session.get(service.address)
    assert fake_clock.slept == [3.0, 3.0]


def test_a_lost_connection_is_asked_again_then_named(api_desk, fake_clock):
    with pytest.raises(SourceError, match="ConnectionError"):
        session_of(api_desk, fake_clock).get("http://127.0.0.1:9")
    assert len(fake_clock.slept) == TRIES - 1


def test_a_body_that_breaks_off_is_asked_again(serve, api_desk, fake_clock):
    class Short(bytes):
        def __len__(self) -> int:
            return 99

    service = serve(answers((200, {"Connection": "close"}, Short(b"fl")), OK))
    assert session_of(api_desk, fake_clock).get(service.address).content == b"flour"


def test_a_body_that_drips_is_given_up_however_steady_it_is(api_desk, fake_clock):
    drips = []

    class Drip(BaseHTTPRequestHandler):
        def do_GET(self):
            drips.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            for _ in range(200):
                fake_clock.time += 10  # the next byte comes ten seconds later
                self.wfile.write(b"0")

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    with pytest.raises(Unanswered, match="gave no answer in 4 tries"):
        session_of(api_desk, fake_clock).get(f"http://127.0.0.1:{server.server_port}/")
    assert len(drips) == TRIES
    server.shutdown()
    server.server_close()


def test_a_connection_that_was_closed_while_it_rested_is_opened_again_at_once(api_desk, fake_clock):
    asked = []

    class Closing(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            asked.append(self.path)
            if len(asked) == 2:
                self.close_connection = True  # without an answer
                return
            self.send_response(200)
            self.send_header("Content-Length", "5")
            self.end_headers()
            self.wfile.write(b"flour")

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Closing)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    session = session_of(api_desk, fake_clock)
    for _ in range(2):
        assert session.get(f"http://127.0.0.1:{server.server_port}/").content == b"flour"
    assert (len(asked), fake_clock.slept) == (3, [])
    server.shutdown()
    server.server_close()


def test_a_server_that_names_short_waits_is_asked_for_ten_minutes(serve, api_desk, fake_clock):
    service = serve(answers(*[(503, {"Retry-After": "5"}, b"")] * 100, OK))
    assert session_of(api_desk, fake_clock).get(service.address).content == b"flour"
    service = serve(answers((503, {"Retry-After": "5"}, b"")))
    with pytest.raises(Unanswered, match="asked again and again to wait"):
        session_of(api_desk, fake_clock).get(service.address)
    assert 120 <= len(service.asked) <= 122


def test_a_connection_is_used_again_after_a_body_was_read(serve, api_desk, fake_clock):
    service = serve(answers((200, {}, b"flour" * 50_000)))
    session = session_of(api_desk, fake_clock)
    for _ in range(5):
        session.get(service.address)
    (pool,) = session.get_adapter("http://").poolmanager.pools._container.values()
    assert (pool.num_requests, pool.num_connections) == (5, 1)


def test_a_body_without_end_is_cut(serve, api_desk, fake_clock, monkeypatch):
    monkeypatch.setattr("scrapers.clients.polite.MAX_BODY_BYTES", 1 << 20)
    service = serve(answers((200, {"Content-Encoding": "gzip"}, gzip.compress(b"0" * (64 << 20)))))
    body = session_of(api_desk, fake_clock).get(service.address).content
    assert 1 << 20 < len(body) < 2 << 20


def test_a_client_without_timeout_gets_one(api_desk, fake_clock, monkeypatch):
    given = []

    def record(_self, _request, **kwargs):
        given.append(kwargs["timeout"])
        response = requests.Response()
        response.status_code, response.raw = 200, urllib3.HTTPResponse(io.BytesIO(), preload_content=False)
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", record)
    session = session_of(api_desk, fake_clock)
    session.get("http://mill.test/")
    session.get("http://mill.test/", timeout=5)
    assert given == [TIMEOUT_S, 5]


def test_a_silent_server_times_out(serve, api_desk, fake_clock):
    free = threading.Event()

    def silent(_target):
        free.wait(5)
        return OK

    service = serve(silent)
    try:
        with pytest.raises(SourceError, match="ReadTimeout"):
            session_of(api_desk, fake_clock).get(service.address, timeout=0.05)
    finally:
        free.set()


def test_everything_goes_through_the_recipes_proxy(serve, api_desk, fake_clock, monkeypatch):
    proxy = serve(answers(OK))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    network = Network(contact="miller@brewnet.test", proxy=proxy.address)
    session_of(replace(api_desk, network=network), fake_clock).get("http://hops.test/page")
    assert proxy.asked[0][0] == "http://hops.test/page"


def test_cookies_are_not_kept(serve, api_desk, fake_clock):
    service = serve(answers((200, {"Set-Cookie": "a=b"}, b"")))
    session = session_of(api_desk, fake_clock)
    for _ in range(2):
        session.get(service.address)
    assert "Cookie" not in service.asked[1][1]


def test_private_addresses_are_refused(serve, api_desk, fake_clock, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "example.org")
    service = serve(answers(OK))
    network = Network(contact="miller@brewnet.test")
    with pytest.raises(SourceError, match="private address"):
        session_of(replace(api_desk, network=network), fake_clock).get(service.address)
    assert service.asked == []
    with pytest.raises(SourceError, match=r"169\.254\.1\.1 is the private address"):
        refuse_private("http://169.254.1.1/")


def test_only_this_machine_and_test_names_are_own_ground():
    assert [is_own_ground(host) for host in ("127.0.0.1", "localhost", "arxiv.TEST")] == [True] * 3
    assert [is_own_ground(host) for host in ("export.arxiv.org", "test.org", "contest")] == [False] * 3


def _take_turns(folder, delay_s, log):
    for _ in range(3):
        with Service(Path(folder), "mill", delay_s, Clock()).turn():
            log.put(time.monotonic())


def test_processes_take_turns(tmp_path):
    context = multiprocessing.get_context("fork")
    log = context.Queue()
    workers = [context.Process(target=_take_turns, args=(str(tmp_path), 0.05, log)) for _ in range(2)]
    for worker in workers:
        worker.start()
    moments = sorted(log.get(timeout=20) for _ in range(6))
    for worker in workers:
        worker.join()
    assert all(later - earlier >= 0.049 for earlier, later in pairwise(moments))
