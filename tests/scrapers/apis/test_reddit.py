"""Reddit by the real praw against local servers: recorded sessions, and a small Reddit of our own for several nights."""

import gzip
import io
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from corpus.errors import SourceError
from processors.extract_thread import read_thread
from scrapers.clients import reddit_client, reddit_tree
from scrapers.clients.polite import service_at
from scrapers.clients.reddit_thread import Taste, encoded, thread_of
from scrapers.crawl.archive import bodies
from scrapers.reddit import Reddit

PERMISSION = "Data licence no. 4711, granted by Reddit on 2026-10-01"
TOKEN_PATH = "/api/v1/access_token"
TOKEN = "token-that-nobody-may-see"
SECRET = "secret-that-nobody-may-see"
NIGHT = datetime(2026, 11, 21, 3, tzinfo=UTC)
DAY = 86_400.0
NEVER = 1_000_000
PRIVATE = (403, {}, {"reason": "private", "message": "Forbidden", "error": 403})


def old(days):
    return NIGHT.timestamp() - days * DAY


class Fake:
    """Reddit as far as it is asked here; ``log`` holds (method, path, query or form), ``scripted`` answers come first.

    ``stubs`` maps a submission's id to comments that only /api/morechildren shows, ``odd`` the start of a path to an
    answer that stands in for all of that path, ``private`` are subreddits that show nothing of what is in them.
    """

    def __init__(self):
        self.posts, self.comments, self.stubs, self.log, self.heads, self.scripted = {}, {}, {}, [], [], []
        self.headers = {}
        self.closed = {}
        self.private = set()
        self.odd = {}

    def post(self, name, age_days=10.0, **more):
        facts = {
            "id": name, "name": f"t3_{name}", "subreddit": "brewing", "title": f"Title {name}", "selftext": f"Text {name}",
            "is_self": True, "url": f"https://www.reddit.com/r/brewing/comments/{name}/title_{name}/", "author": f"poster_{name}",
            "score": 5, "created_utc": old(age_days), "edited": False, "over_18": False, "quarantine": False,
        }  # fmt: skip
        self.posts[f"t3_{name}"] = facts | more
        return self.posts[f"t3_{name}"]

    def comment(self, name, post, parent=None, **more):
        facts = {
            "id": name, "name": f"t1_{name}", "link_id": f"t3_{post}", "parent_id": parent or f"t3_{post}",
            "author": f"author_{name}", "body": f"Words of comment {name}, long enough to be an answer.", "score": 3,
            "created_utc": old(9), "edited": False, "is_submitter": False, "stickied": False, "distinguished": None,
        }  # fmt: skip
        self.comments[f"t1_{name}"] = facts | more
        return self.comments[f"t1_{name}"]

    def answer(self, method, target, form):
        parts = urlsplit(target)
        path, query = parts.path, {**{k: v[0] for k, v in parse_qs(parts.query).items()}, **form}
        self.log.append((method, path, query))
        if self.scripted and (scripted := self.scripted[0](path)):
            self.scripted.pop(0)
            return scripted
        if path == TOKEN_PATH:
            return 200, {}, {"access_token": TOKEN, "token_type": "bearer", "expires_in": 3600, "scope": "*"}
        return self._refusal(path) or self._thing(path, query)

    def _refusal(self, path):
        words = path.strip("/").split("/")
        if odd := next((answer for start, answer in self.odd.items() if path.startswith(start)), None):
            return odd
        if words[0] in {"r", "comments"} and self._subreddit_of(words) in self.private:
            return PRIVATE
        return self.closed.get(words[1]) if words[0] == "r" else None

    def _thing(self, path, query):
        words = path.strip("/").split("/")
        if words[0] == "r":
            return 200, {}, self._listing(words[1], query)
        if words[:2] == ["api", "info"]:
            known = {**self.posts, **self.comments}
            found = [
                known[name] for name in query["id"].split(",") if name in known and not self._is_hidden(known[name])
            ]
            return 200, {}, listing([(thing["name"][:2], self._counted(thing)) for thing in found])
        if words[:2] == ["api", "morechildren"]:
            found = [self.comments[f"t1_{name}"] for name in query["children"].split(",")]
            return 200, {}, {"json": {"errors": [], "data": {"things": [{"kind": "t1", "data": c} for c in found]}}}
        return self._thread(words[1])

    def _subreddit_of(self, words):
        return words[1] if words[0] == "r" else self.posts.get(f"t3_{words[1]}", {}).get("subreddit")

    def _is_hidden(self, thing):
        return self.posts.get(thing.get("link_id", thing["name"]), thing).get("subreddit") in self.private

    def _listing(self, subreddit, query):
        found = sorted((p for p in self.posts.values() if p["subreddit"] == subreddit), key=lambda p: -p["created_utc"])
        start = next((i + 1 for i, p in enumerate(found) if p["name"] == query.get("after")), 0)
        page = found[start : start + min(int(query["limit"]), 100)]
        after = page[-1]["name"] if start + len(page) < len(found) else None
        return listing([("t3", self._counted(post)) for post in page], after)

    def _thread(self, name):
        post = self.posts.get(f"t3_{name}")
        if post is None:
            return 404, {}, {"message": "Not Found", "error": 404, "reason": "gone"}
        hidden = self.stubs.get(name, [])
        top = self._replies(f"t3_{name}", hidden)
        if hidden:
            top.append(
                (
                    "more",
                    {"count": len(hidden), "name": "t1_x", "id": "x", "parent_id": f"t3_{name}", "children": hidden},
                )
            )
        return 200, {}, [listing([("t3", self._counted(post))]), listing(top)]

    def _replies(self, parent, hidden):
        found = [c for c in self.comments.values() if c["parent_id"] == parent and c["id"] not in hidden]
        return [
            ("t1", c | {"replies": listing(below) if (below := self._replies(c["name"], hidden)) else ""})
            for c in found
        ]

    def _counted(self, thing):
        if not thing["name"].startswith("t3_"):
            return thing
        return {"num_comments": sum(c["link_id"] == thing["name"] for c in self.comments.values())} | thing

    def asked(self, start):
        return [(path, query) for _, path, query in self.log if path.startswith(start)]


def listing(children, after=None):
    return {
        "kind": "Listing",
        "data": {"children": [{"kind": k, "data": d} for k, d in children], "after": after, "before": None},
    }


class Window(Mapping):
    """The headers of Reddit's ten minutes, in which a client may ask a thousand times."""

    def __init__(self, used, passed_s):
        self.facts = {"used": used, "remaining": lambda: 1000.0 - used(), "reset": lambda: int(600 - passed_s())}

    def __getitem__(self, name):
        return str(self.facts[name.removeprefix("x-ratelimit-")]())

    def __iter__(self):
        return (f"x-ratelimit-{name}" for name in self.facts)

    def __len__(self):
        return len(self.facts)


class Recorded:
    """Answers as they were recorded; the same question is answered by the next of its answers, the last one again."""

    def __init__(self, file):
        self.answers = {}
        for exchange in json.loads(gzip.decompress(file.read_bytes()))["exchanges"]:
            asked, came = exchange["request"], exchange["response"]
            self.answers.setdefault(question(asked["method"], asked["url"], asked["body"] or ""), []).append(came)

    def answer(self, method, target, form):
        came = self.answers[question(method, target, form)]
        one = came.pop(0) if len(came) > 1 else came[0]
        headers = {k: v for k, v in one["headers"].items() if k.lower().startswith(("x-ratelimit", "www-auth"))}
        return one["status"], headers, one["body"].encode()


def question(method, url, form):
    parts = urlsplit(url)
    sent = dict(parse_qsl(form)) if isinstance(form, str) else form
    return method, unquote(parts.path), tuple(sorted(parse_qsl(parts.query))), tuple(sorted(sent.items()))


@pytest.fixture
def serve_reddit():
    servers = []

    def start(reddit):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()))
                if hasattr(reddit, "heads"):
                    reddit.heads.append(dict(self.headers.items()))
                status, headers, body = reddit.answer(self.command, self.path, form)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                kind = "text/html" if content[:1] == b"<" else "application/json; charset=UTF-8"
                for name, value in {"Content-Type": kind, **getattr(reddit, "headers", {}), **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET  # noqa: N815 - the name that the server looks for

            def log_message(self, *_):
                return

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("REDDIT_CLIENT_ID", "an-application")
    monkeypatch.setenv("REDDIT_CLIENT_SECRET", SECRET)
    for name in ("REDDIT_USERNAME", "REDDIT_PASSWORD", "REDDIT_REFRESH_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def fake():
    return Fake()


@pytest.fixture
def source(fake, serve_reddit):
    address = serve_reddit(fake)

    def made(**options):
        asked = {} if {"submissions", "searches"} & set(options) else {"subreddits": ("brewing",)}
        where = {"endpoint": address, "login_endpoint": address}
        return Reddit(name="api", permission=PERMISSION, **({"min_comments": 0} | where | asked | options))

    return made


@pytest.fixture
def night(api_desk, fake_clock):
    """The desk of night number ``n``, so many days after the first."""

    def at(number=0):
        moment = NIGHT + timedelta(days=number)
        fake_clock.time = max(fake_clock.time, moment.timestamp())
        return replace(api_desk, folder=f"state/raw/{moment:%Y-%m-%d}/api", now=lambda: moment)

    return at


@pytest.fixture
def recorded(shared_data, serve_reddit, night):
    """A praw client whose Reddit answers as one recorded session did."""

    def at(name):
        address = serve_reddit(Recorded(shared_data / "recorded" / "reddit" / f"{name}.json.gz"))
        service = service_at(night(), "127.0.0.1", 0.0)
        login = reddit_client.Login("id", "secret", variables="REDDIT_CLIENT_ID")
        return reddit_client.connect(night(), service, reddit_client.Place(address, address), login)

    return at


def rows(desk):
    paths = sorted(path for path in desk.store.paths(desk.folder) if path.endswith(".parquet"))
    tables = [desk.store.read_table(path) for path in paths]
    return {
        row["id"].removeprefix("api/"): row | {"thread": json.loads(body) if body else None}
        for table in tables
        for row, body in zip(table.to_pylist(), bodies(desk.store, table).to_pylist(), strict=True)
    }


def told(desk):
    """Return the raw rows of all nights as one text: what stays when bodies are erased."""
    paths = [path for path in desk.store.paths("state/raw") if path.endswith(".parquet")]
    return json.dumps([desk.store.read_table(path).to_pylist() for path in paths], default=str)


def everything(desk):
    """Return every byte under state/raw, archives unzipped member by member, Parquet files as their values."""
    found = b""
    for path in desk.store.paths("state/raw"):
        content = desk.store.get(path)
        found += content
        if path.endswith(".gz"):
            found += gzip.decompress(content)
        elif path.endswith(".parquet"):
            found += json.dumps(pq.read_table(io.BytesIO(content)).to_pylist(), default=str).encode()
    return found


# --- recorded sessions ---


@pytest.mark.parametrize(
    ("session", "submission", "stubs", "count"),
    [
        ("TestCommentForest.test_replace__all", "3hahrw", NEVER, 541),
        ("TestCommentForest.test_replace__all_large", "n49rw", NEVER, 1428),
        ("TestCommentForest.test_replace__skip_all", "3hahrw", 0, 476),
        ("TestSubmission.test_comments", "2gmzqe", NEVER, 2),
    ],
)
def test_the_tree_of_a_recorded_thread_has_every_comment_once(recorded, shared_data, session, submission, stubs, count):
    reddit = recorded(session)
    post, comments = reddit_tree.thread(reddit, f"t3_{submission}", (NEVER, stubs))
    manifest = json.loads((shared_data / "recorded" / "reddit" / "manifest.json").read_text())
    assert manifest[session]["unique_comments_t1"] == count
    assert len({comment["name"] for comment in comments}) == len(comments) == count
    order = {comment["name"]: place for place, comment in enumerate(comments)}
    assert all(order.get(comment["parent_id"], -1) < place for place, comment in enumerate(comments))
    stored = thread_of(post, comments, Taste(-NEVER, NEVER))
    extracted = read_thread(encoded(stored), "application/json; profile=reddit-thread")
    said = [comment["body"].strip() for comment in stored["comments"] if "body" in comment]
    assert len(said) > count / 2
    assert all(text.splitlines()[0].strip() in extracted.text for text in said)


@pytest.mark.parametrize(("session", "listing_of"), [("new", "new"), ("hot", "hot")])
def test_a_recorded_listing_gives_its_hundred_submissions(recorded, session, listing_of):
    reddit = recorded(f"TestSubredditListings.test_{session}")
    found = list(reddit_tree.things(getattr(reddit.subreddit("askreddit"), listing_of)(limit=100)))
    assert len({post["name"] for post in found}) == 100
    assert all(isinstance(post["author"], str) for post in found)
    assert {post["subreddit"].lower() for post in found} == {"askreddit"}


def test_a_recorded_search_gives_its_six_submissions(recorded):
    reddit = recorded("TestSubreddit.test_search")
    items = reddit.subreddit("all").search("praw oauth search", syntax="cloudsearch", limit=None)
    assert len(list(reddit_tree.things(items))) == 6


def test_recorded_things_are_found_by_their_fullnames_a_hundred_at_a_time(recorded, shared_data):
    file = shared_data / "recorded" / "reddit" / "TestReddit.test_info.json.gz"
    asked = [exchange["request"]["url"] for exchange in json.loads(gzip.decompress(file.read_bytes()))["exchanges"][1:]]
    names = [name for url in asked for name in parse_qs(urlsplit(url).query)["id"][0].split(",")]
    found = reddit_tree.info(recorded("TestReddit.test_info"), names)
    assert sum(name.startswith("t1_") for name in found) == 100
    assert sum(name.startswith("t3_") for name in found) == 97


def test_recorded_refusals_become_one_sentence(recorded):
    for session, path, sentence in (
        ("TestReddit.test_bad_request_without_json_text_html_response", "api/morechildren", "cannot be used"),
        ("TestWikiPage.test_invalid_page", "r/<TEST_SUBREDDIT>/wiki/invalid", "HTTP 404"),
    ):
        reddit = recorded(session)
        params = {"link_id": "t3_n7r3uz", "children": "<COMMENT_IDS>"} if "more" in path else {}
        with pytest.raises(SourceError, match=sentence), reddit_client.plain_errors("api", "REDDIT_CLIENT_ID"):
            reddit.request(method="GET", path=path, params=params)


# --- a night ---


def test_a_thread_is_stored_as_one_conversation_without_a_name_in_its_row(fake, source, night):
    fake.post("p1", title="Sweet beer", selftext="Why?", author="the_poster")
    fake.comment("c1", "p1", author="the_helper", body="Mash <cooler> &amp; longer.")
    fake.comment("c2", "p1", "t1_c1", author="the_poster", is_submitter=True, body="Thanks!")
    assert source().collect(night()).stored == 1
    row = rows(night())["t3_p1"]
    assert (row["url"], row["kind"], row["title"], row["author"]) == (
        "https://www.reddit.com/r/brewing/comments/p1/", "conversation", None, None,
    )  # fmt: skip
    assert (row["licence"], row["consent"], row["created_at"].timestamp()) == (None, "unknown", old(10))
    assert PERMISSION in row["licence_evidence"]
    assert row["attribution"] == "r/brewing, https://www.reddit.com/r/brewing/comments/p1/"
    thread = row["thread"]
    assert [comment["author"] for comment in thread["comments"]] == ["#1", "#2"]
    assert [comment["is_submitter"] for comment in thread["comments"]] == [False, True]
    assert thread["comments"][0]["body"] == "Mash <cooler> &amp; longer."
    assert "the_poster" not in told(night())
    assert b"the_helper" not in everything(night())
    assert row["media_type"] == "application/json; profile=reddit-thread"


def test_what_is_removed_or_said_by_robots_is_left_out_but_holds_its_replies(fake, source, night):
    fake.post("p1")
    fake.comment("c1", "p1", body="[removed]")
    fake.comment("c2", "p1", "t1_c1", body="A reply to what is gone")
    fake.comment("c3", "p1", body="[deleted]", author="[deleted]")
    fake.comment("c4", "p1", author="AutoModerator", body="Read the rules")
    fake.comment("c5", "p1", stickied=True, distinguished="moderator", body="Locked")
    fake.comment("c6", "p1", author="remind_me_bot", body="Beep")
    fake.comment("c7", "p1", score=-4, body="Voted down")
    source().collect(night())
    assert rows(night())["t3_p1"]["thread"]["comments"][0] == {"id": "t1_c1", "parent": "t3_p1"}
    assert [c["id"] for c in rows(night())["t3_p1"]["thread"]["comments"]] == ["t1_c1", "t1_c2"]


def test_threads_that_are_not_wanted_are_never_opened(fake, source, night):
    fake.post("nsfw", over_18=True)
    fake.post("quar", quarantine=True)
    fake.post("gone", removed_by_category="moderator")
    fake.post("dele", selftext="[deleted]", author="[deleted]")
    fake.post("poor", score=0)
    fake.post("link", is_self=False, selftext="", author="[deleted]")
    fake.post("fine")
    assert source().collect(night()).stored == 1
    assert [path for path, _ in fake.asked("/comments")] == ["/comments/fine/"]
    assert source(include_nsfw=True).collect(night(1)).stored == 1


def test_a_crosspost_leads_to_its_parent(fake, source, night):
    original = fake.post("orig", subreddit="cellar")
    fake.post("copy", crosspost_parent="t3_orig", crosspost_parent_list=[dict(original)])
    source().collect(night())
    assert list(rows(night())) == ["t3_orig"]


def test_a_post_on_a_users_own_page_does_not_name_the_user(fake, source, night):
    fake.post("p1", subreddit="u_the_miller", author="the_miller")
    source(submissions=("p1",)).collect(night())
    row = rows(night())["t3_p1"]
    assert row["url"] == "https://www.reddit.com/comments/p1/"
    assert row["attribution"] == "Reddit, https://www.reddit.com/comments/p1/"
    assert "the_miller" not in told(night())


def test_hidden_comments_are_asked_for_within_the_bound(fake, source, night):
    fake.post("p1")
    for number in range(5):
        fake.comment(f"c{number}", "p1")
    fake.stubs["p1"] = ["c3", "c4"]
    source(max_more_requests=0).collect(night())
    assert len(rows(night())["t3_p1"]["thread"]["comments"]) == 3
    assert not fake.asked("/api/more")
    fake.post("p2", age_days=8)
    for number in range(5):
        fake.comment(f"d{number}", "p2")
    fake.stubs["p2"] = ["d3", "d4"]
    source(max_more_requests=1, max_comments=4).collect(night(1))
    assert [c["id"] for c in rows(night(1))["t3_p2"]["thread"]["comments"]] == ["t1_d0", "t1_d1", "t1_d2", "t1_d3"]


def test_submissions_are_taken_by_id_and_address_and_missing_ones_are_refused(fake, source, night):
    fake.post("aa1")
    fake.post("bb2")
    named = ("aa1", "https://www.reddit.com/r/brewing/comments/bb2/title_bb2/", "https://redd.it/cc3")
    source(submissions=named).collect(night())
    stored = rows(night())
    assert {key: row["refusal"] for key, row in stored.items()} == {"t3_aa1": None, "t3_bb2": None, "t3_cc3": "gone"}
    assert fake.asked("/api/info/")[0][1]["id"] == "t3_aa1,t3_bb2,t3_cc3"


def test_a_search_is_asked_inside_the_subreddits(fake, source, night):
    fake.post("p1")
    source(searches=("sweet beer",), subreddits=("brewing",)).collect(night())
    path, query = fake.asked("/r/")[0]
    assert (path, query["q"], query["restrict_sr"], query["sort"]) == (
        "/r/brewing/search/",
        "sweet beer",
        "True",
        "new",
    )
    assert list(rows(night())) == ["t3_p1"]


def test_a_listing_in_another_order_is_taken_from_its_top(fake, source, night):
    fake.post("p1")
    source(sort="top", time_filter="week", max_submissions=7).collect(night())
    assert fake.asked("/r/")[0] == ("/r/brewing/top", {"t": "week", "limit": "7", "raw_json": "1"})


def test_a_subreddit_that_is_closed_is_refused_and_the_others_are_asked(fake, source, night):
    fake.closed["secret_cellar"] = PRIVATE
    fake.closed["old_cellar"] = (404, {}, {"reason": "banned", "message": "Not Found", "error": 404})
    fake.closed["no_cellar"] = (302, {"Location": "/subreddits/search?q=no_cellar"}, {})
    fake.post("p1")
    source(subreddits=("secret_cellar", "old_cellar", "no_cellar", "brewing")).collect(night())
    found = {key: row["refusal"] for key, row in rows(night()).items()}
    assert found == {"r/secret_cellar": "http-403", "r/old_cellar": "gone", "r/no_cellar": "gone", "t3_p1": None}


# --- several nights ---


def test_a_second_night_asks_only_for_what_is_new_and_young_threads_grow(fake, source, night):
    for number in range(120):
        fake.post(f"old{number}", age_days=20 + number / 100)
    fake.post("young", age_days=1)
    fake.comment("c1", "young")
    first = source(max_submissions=1000).collect(night())
    assert (first.stored, len(fake.asked("/r/")), len(fake.asked("/comments"))) == (121, 2, 121)
    fake.log.clear()
    second = source(max_submissions=1000).collect(night(1))
    assert (second.stored, second.unchanged) == (0, 121)
    assert len(fake.asked("/comments")) == 0
    assert len(fake.asked("/api/info")) == 2  # 122 things
    assert len(fake.asked("/r/")) == 1
    fake.log.clear()
    fake.comment("c2", "young")
    fake.post("newer", age_days=-1)
    fake.comment("c3", "old7")
    third = source(max_submissions=1000).collect(night(2))
    assert sorted(path for path, _ in fake.asked("/comments")) == ["/comments/newer/", "/comments/young/"]
    assert (third.stored, third.unchanged) == (2, 120)  # old7 is settled: a late comment does not count
    fake.log.clear()
    fake.comment("c4", "young")
    assert source(max_submissions=1000).collect(night(3)).stored == 0  # it was read after it had settled
    assert fake.asked("/comments") == []


def test_a_young_thread_that_was_too_poor_is_judged_again(fake, source, night):
    fake.post("p1", age_days=1, score=1)
    assert source(min_comments=1).collect(night()).stored == 0
    fake.comment("c1", "p1")
    assert source(min_comments=1).collect(night(1)).stored == 1


def test_a_full_night_goes_on_where_it_ended_and_loses_nothing(fake, source, night):
    for number in range(10):
        fake.post(f"p{number}", age_days=30 - number)
    taken = [source(max_submissions=4).collect(night(day)).stored for day in range(4)]
    assert taken == [4, 4, 2, 0]
    assert list(rows(night(0))) == ["t3_p0", "t3_p1", "t3_p2", "t3_p3"]
    assert len(fake.asked("/comments")) == 10


def test_a_busy_subreddit_leaves_the_others_their_share(fake, source, night):
    for number in range(9):
        fake.post(f"p{number}", age_days=30 - number)
    for number in range(3):
        fake.post(f"q{number}", age_days=30 - number, subreddit="mead")
    source(subreddits=("brewing", "mead"), max_submissions=4).collect(night())
    assert list(rows(night())) == ["t3_p0", "t3_p1", "t3_q0", "t3_q1"]


def test_another_question_starts_anew(fake, source, night):
    fake.post("p1", score=3)
    assert source(min_score=4).collect(night()).stored == 0
    assert source(min_score=2).collect(night(1)).stored == 1


def test_a_night_that_was_cut_off_asks_for_nothing_twice(fake, source, night):
    for number in range(6):
        fake.post(f"p{number}", age_days=30 - number)
    fake.scripted.append(lambda path: (401, {}, {}) if path == "/comments/p3/" else None)
    fake.scripted += [lambda path: (401, {}, {}) if path == "/comments/p3/" else None] * 2
    with pytest.raises(SourceError, match="401"):
        source().collect(night())
    assert source().collect(night()).stored == 6
    asked = [path for path, _ in fake.asked("/comments")]
    assert {path: asked.count(path) for path in asked} == {f"/comments/p{n}/": 4 if n == 3 else 1 for n in range(6)}


KILLED = """
import itertools, sys
from datetime import datetime, timedelta
from pathlib import Path
from corpus.store import open_store
from scrapers.page import Desk, Network
from scrapers.reddit import Reddit
folder, night, address, begun = Path(sys.argv[1]), sys.argv[2], sys.argv[3], datetime.fromisoformat(sys.argv[4])
ticks = itertools.count()
desk = Desk("api", open_store(folder / "dataset"), night, folder / "work", folder / "machine",
    Network("miller@brewnet.test", allow_private=True), lambda: begun + timedelta(minutes=3 * next(ticks)))
Reddit(name="api", permission="a long enough statement", subreddits=("brewing",), min_comments=0, delay_s=0,
    endpoint=address, login_endpoint=address).collect(desk)
"""


def test_a_night_that_is_killed_goes_on_and_asks_for_nothing_twice(fake, source, night, tmp_path):
    for number in range(6):
        fake.post(f"p{number}", age_days=30 - number)
    desk = night()
    arguments = [str(tmp_path), desk.folder, source().endpoint, NIGHT.isoformat()]
    child = subprocess.Popen([sys.executable, "-c", KILLED, *arguments], cwd=Path(__file__).parents[3])

    def kill(path):
        if path == "/comments/p4/":
            child.kill()
            child.wait()

    fake.scripted.append(kill)
    assert child.wait(60) == -signal.SIGKILL
    fake.scripted.clear()
    assert source(delay_s=0).collect(desk).stored == 6
    asked = [path for path, _ in fake.asked("/comments")]
    assert {path: asked.count(path) for path in asked} == {f"/comments/p{n}/": 2 if n == 4 else 1 for n in range(6)}


# --- the deletion sweep ---


def test_after_the_sweep_a_deleted_post_stands_nowhere(fake, source, night):
    fake.post("p1", title="Titleword one", selftext="Textword one", author="Vanished")
    fake.comment("c1", "p1", body="Underword of a deleted post")
    fake.post(
        "p2", title="Linkword", selftext="", is_self=False, url="https://brew.test/Addressword", author="Vanished"
    )
    fake.post("p3", title="Kept title", author="Leaver")
    assert source().collect(night()).stored == 3
    words = ["Titleword", "Textword", "Underword", "Linkword", "Addressword", "Leaver", "Vanished"]
    assert all(word.encode() in everything(night()) for word in words)
    fake.posts["t3_p1"] |= {"selftext": "[deleted]", "author": "[deleted]", "removed_by_category": "deleted"}
    fake.posts["t3_p2"] |= {"author": "[deleted]"}
    fake.posts["t3_p3"] |= {"author": "[deleted]"}
    fake.log.clear()
    progress = source().collect(night(1))
    assert (progress.stored, progress.refused, fake.asked("/comments")) == (1, 2, [])
    assert not [word for word in words if word.encode() in everything(night())]
    second = rows(night(1))
    assert [second[key]["refusal"] for key in ("t3_p1", "t3_p2", "t3_p3")] == ["deleted", "deleted", None]
    assert second["t3_p1"]["thread"] is None
    assert (second["t3_p3"]["thread"]["title"], second["t3_p3"]["thread"]["author"]) == ("Kept title", None)


def test_after_the_sweep_deleted_edited_and_unowned_comments_stand_nowhere(fake, source, night):
    fake.post("p2")
    fake.comment("c2", "p2", body="Commentword that goes")
    fake.comment("c3", "p2", "t1_c2", body="Reply that stays")
    fake.comment("c4", "p2", body="Removedword that goes")
    fake.comment("c5", "p2", body="Firstword", author="Editor")
    fake.comment("c6", "p2", body="Said by someone who left", author="Leaver")
    assert source().collect(night()).stored == 1
    words = ["Commentword", "Removedword", "Firstword"]
    assert all(word.encode() in everything(night()) for word in words)
    fake.comments["t1_c2"] |= {"body": "[deleted]", "author": "[deleted]"}
    fake.comments["t1_c4"] |= {"body": "[removed]", "author": "[deleted]"}
    fake.comments["t1_c5"] |= {"body": "Secondword", "edited": old(1)}
    fake.comments["t1_c6"] |= {"author": "[deleted]"}
    fake.log.clear()
    assert source().collect(night(1)).stored == 1
    assert fake.asked("/comments") == []
    assert not [word for word in words if word.encode() in everything(night())]
    comments = {comment["id"]: comment for comment in rows(night(1))["t3_p2"]["thread"]["comments"]}
    assert list(comments) == ["t1_c2", "t1_c5", "t1_c6", "t1_c3"]
    assert comments["t1_c2"] == {"id": "t1_c2", "parent": "t3_p2"}
    assert [comments[name]["body"] for name in ("t1_c3", "t1_c5")] == ["Reply that stays", "Secondword"]
    assert (comments["t1_c6"]["body"], comments["t1_c6"]["author"]) == ("Said by someone who left", None)
    third = source().collect(night(2))
    assert (third.stored, third.refused, third.unchanged) == (0, 0, 1)


def test_bodies_are_erased_even_when_the_night_ends_early(fake, source, night):
    fake.post("p1", selftext="Textword one")
    source().collect(night())
    fake.posts["t3_p1"]["selftext"] = "[deleted]"
    fake.scripted += [lambda path: (403, {}, b"<html>") if path.startswith("/r/") else None]
    with pytest.raises(SourceError):
        source().collect(night(1))
    assert b"Textword" not in everything(night())


def test_what_is_merely_missing_goes_on_the_second_night_and_not_before(fake, source, night):
    fake.post("p1", selftext="Textword")
    fake.post("p2", selftext="Keptword")
    fake.comment("c1", "p2", body="Commentword")
    fake.comment("c2", "p2", "t1_c1", body="Reply that stays")
    source().collect(night())
    del fake.posts["t3_p1"], fake.comments["t1_c1"]
    for _ in range(2):  # another run of one night is no second night
        assert source().collect(night(1)).refused == 0
    assert all(word in everything(night()) for word in (b"Textword", b"Commentword"))
    progress = source().collect(night(2))
    assert (progress.refused, rows(night(2))["t3_p1"]["refusal"]) == (1, "deleted")
    assert [word in everything(night()) for word in (b"Textword", b"Commentword", b"Keptword")] == [False, False, True]
    assert rows(night(2))["t3_p2"]["thread"]["comments"][0] == {"id": "t1_c1", "parent": "t3_p2"}


def test_all_that_is_stored_may_be_missing_where_reddit_shows_something_else(fake, source, night):
    fake.post("p1", selftext="Textword", age_days=9)
    fake.comment("c1", "p1")
    source(submissions=("p1",)).collect(night())
    fake.posts.clear()
    fake.comments.clear()
    with pytest.raises(SourceError, match="not believed"):  # the subreddit is open, and shows nothing at all
        source(submissions=("p1",)).collect(night(1))
    fake.post("p2")
    assert [source(submissions=("p2",), max_submissions=1).collect(night(day)).refused for day in (2, 3)] == [0, 1]
    assert b"Textword" not in everything(night())


def test_what_was_missing_for_one_night_starts_anew_when_it_is_missing_again(fake, source, night):
    fake.post("p1")
    fake.post("p2")
    source().collect(night())
    post = fake.posts.pop("t3_p1")
    assert source().collect(night(1)).refused == 0
    fake.posts["t3_p1"] = post
    assert source().collect(night(2)).refused == 0
    del fake.posts["t3_p1"]
    assert [source().collect(night(day)).refused for day in (3, 4)] == [0, 1]


@pytest.mark.parametrize("subreddits", [("brewing",), ("brewing", "mead")])
def test_a_subreddit_that_is_private_for_a_night_loses_nothing_and_one_that_stays_so_goes(
    fake, source, night, subreddits
):
    for place, name in enumerate(("brewing", "mead", "brewing")):
        fake.post(f"p{place}", subreddit=name, selftext=f"Word of {name}")
        fake.comment(f"c{place}", f"p{place}")
    assert source(subreddits=subreddits).collect(night()).stored == len(subreddits) + 1
    fake.private.add("brewing")
    source(subreddits=subreddits).collect(night(1))
    fake.private.clear()
    assert source(subreddits=subreddits).collect(night(2)).unchanged == len(subreddits) + 1
    assert b"Word of brewing" in everything(night())
    fake.private.add("brewing")
    for day in (3, 4):
        source(subreddits=subreddits).collect(night(day))
    assert [row["refusal"] for key, row in rows(night(4)).items() if key in {"t3_p0", "t3_p2"}] == ["deleted"] * 2
    assert b"Word of brewing" not in everything(night())
    assert (b"Word of mead" in everything(night())) == ("mead" in subreddits)


def test_a_long_thread_of_a_private_subreddit_does_not_keep_the_sweep_from_the_others(fake, source, night):
    fake.post("p0", subreddit="mead", selftext="Meadword")
    for number in range(250):
        fake.comment(f"c{number}", "p0")
    fake.post("p1", selftext="Firstword")
    source(subreddits=("brewing", "mead")).collect(night())
    fake.private.add("mead")
    fake.posts["t3_p1"]["selftext"] = "[deleted]"
    assert source(subreddits=("brewing", "mead")).collect(night(1)).refused == 2  # the post, and r/mead
    assert [word in everything(night()) for word in (b"Meadword", b"Firstword")] == [True, False]
    source(subreddits=("brewing", "mead")).collect(night(2))
    assert b"Meadword" not in everything(night())


def test_a_thread_that_is_marked_unsafe_later_goes(fake, source, night):
    fake.post("p1", selftext="Unsafeword")
    source().collect(night())
    fake.posts["t3_p1"]["over_18"] = True
    source().collect(night(1))
    assert rows(night(1))["t3_p1"]["refusal"] == "nsfw"
    assert b"Unsafeword" not in everything(night())


def test_an_edited_post_is_rewritten_without_opening_the_thread(fake, source, night):
    fake.post("p1", selftext="Firstword")
    source().collect(night())
    fake.posts["t3_p1"] |= {"selftext": "Secondword", "edited": old(1)}
    fake.log.clear()
    source().collect(night(1))
    assert rows(night(1))["t3_p1"]["thread"]["text"] == "Secondword"
    assert rows(night(1))["t3_p1"]["updated_at"].timestamp() == int(old(1))
    assert fake.asked("/comments") == []
    assert b"Firstword" not in everything(night())
    assert source().collect(night(2)).stored == 0


def test_the_sweep_goes_round_within_its_requests_the_longest_unasked_first(fake, source, night):
    for number in range(250):
        fake.post(f"p{number:03}", age_days=30)
    source(max_submissions=1000).collect(night())
    asked = []
    for day in range(1, 5):
        fake.log.clear()
        source(sweep_requests=1).collect(night(day))
        asked.append([query["id"].split(",") for _, query in fake.asked("/api/info")])
    names = [f"t3_p{number:03}" for number in range(250)]
    rounds = [name for day in asked for batch in day for name in batch]
    assert [len(day) for day in asked] == [1, 1, 1, 1]
    assert rounds == (names * 2)[: len(rounds)]


def test_a_sweep_that_was_cut_off_goes_on_where_it_was(fake, source, night):
    for number in range(30):
        fake.post(f"p{number:02}", age_days=30)
        for place in range(99):
            fake.comment(f"c{number:02}x{place:02}", f"p{number:02}")
    source().collect(night())
    fake.log.clear()
    fake.scripted += [
        lambda path: (
            (403, {}, b"<html>") if path.startswith("/api/info") and len(fake.asked("/api/info")) > 15 else None
        )
    ]
    with pytest.raises(SourceError):
        source().collect(night(1))
    source().collect(night(1))
    asked = [query["id"] for _, query in fake.asked("/api/info")]
    assert len(set(asked)) == 30
    assert len(asked) == 30 + 6  # the group of ten questions that was cut off is asked again


# --- keys, permission and limits ---


def test_it_does_not_load_without_a_statement_of_permission_or_a_question():
    for statement in ("", "yes", " " * 40):
        with pytest.raises(ValidationError, match="set `permission` to who granted it"):
            Reddit(name="api", subreddits=("brewing",), permission=statement)
    with pytest.raises(ValidationError, match="name at least one"):
        Reddit(name="api", permission=PERMISSION)
    for wrong in ({"subreddits": ("r/brewing",)}, {"submissions": ("https://www.reddit.com/r/brewing/",)}):
        with pytest.raises(ValidationError, match=r"is neither|is no name"):
            Reddit(name="api", permission=PERMISSION, **wrong)


@pytest.mark.parametrize("missing", ["REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET"])
def test_nothing_is_asked_without_the_keys(fake, source, night, monkeypatch, missing):
    monkeypatch.delenv(missing)
    with pytest.raises(SourceError, match=f"set {missing} to its key"):
        source().collect(night())
    assert fake.log == []


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_login_is_one_sentence_that_names_the_variables(fake, source, night, status):
    fake.scripted.append(lambda path: (status, {}, {"error": status}) if path == TOKEN_PATH else None)
    with pytest.raises(SourceError) as caught:
        source().collect(night())
    assert f"(HTTP {status}): check REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET" in str(caught.value)
    assert len(fake.log) == 1


def test_a_refused_account_names_its_variables_too(fake, source, night, monkeypatch):
    monkeypatch.setenv("REDDIT_USERNAME", "someone")
    monkeypatch.setenv("REDDIT_PASSWORD", "a-password-that-nobody-may-see")
    fake.scripted.append(lambda path: (200, {}, {"error": "invalid_grant"}) if path == TOKEN_PATH else None)
    with pytest.raises(SourceError, match=r"invalid_grant.*REDDIT_USERNAME and REDDIT_PASSWORD") as caught:
        source().collect(night())
    assert fake.log[0][2]["grant_type"] == "password"
    assert "nobody" not in str(caught.value)


def test_a_refresh_token_is_enough_of_an_account(fake, source, night, monkeypatch):
    monkeypatch.setenv("REDDIT_REFRESH_TOKEN", "a-refresh-token")
    source().collect(night())
    assert fake.log[0][2] == {"grant_type": "refresh_token", "refresh_token": "a-refresh-token"}


def test_an_expired_token_is_fetched_anew(fake, source, night):
    fake.post("p1")
    fake.scripted.append(lambda path: (401, {}, {"error": 401}) if path.startswith("/r/") else None)
    assert source().collect(night()).stored == 1
    assert [path for _, path, _ in fake.log][:4] == [TOKEN_PATH, "/r/brewing/new", TOKEN_PATH, "/r/brewing/new"]


@pytest.mark.parametrize("refusal", [b"<html>blocked</html>", {"message": "Forbidden", "error": 403}])
def test_a_refusal_of_everything_is_no_refusal_of_one_subreddit(fake, source, night, refusal):
    fake.scripted.append(lambda path: (403, {}, refusal) if path.startswith("/r/") else None)
    with pytest.raises(SourceError, match="REDDIT_CLIENT_ID"):
        source().collect(night())
    assert rows(night()) == {}


def test_an_answer_that_cannot_be_read_is_one_sentence(fake, source, night):
    for body, sentence in ((b"<html>", "no JSON"), (b"[" * 100_000, "RecursionError")):
        fake.scripted.append(lambda path, body=body: (200, {}, body) if path.startswith("/r/") else None)
        with pytest.raises(SourceError, match=sentence):
            source().collect(night())


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({"Retry-After": "7"}, 7),
        ({"x-ratelimit-reset": "90"}, 90),
        ({"Retry-After": "7", "x-ratelimit-reset": "90"}, 90),
        ({}, 60),
    ],
)
def test_too_many_requests_wait_as_long_as_reddit_says(fake, source, night, fake_clock, headers, wait_s):
    fake.post("p1")
    fake.scripted.append(lambda path: (429, headers, {"error": 429}) if path.startswith("/comments") else None)
    assert source().collect(night()).stored == 1
    assert max(fake_clock.slept) == pytest.approx(wait_s, abs=0.1)
    assert len(fake.asked("/comments")) == 2


def test_a_server_that_fails_for_a_while_does_not_end_the_night(fake, source, night):
    fake.post("p1")
    for status in (500, 502, 503):
        fake.scripted.append(lambda path, status=status: (status, {}, {}) if path.startswith("/comments") else None)
    assert source().collect(night()).stored == 1


# --- odd answers ---


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        {"message": "Internal", "error": 500},
        {"kind": "Listing", "data": {"children": None}},
        listing([]),
        listing([("t3", {"name": "t3_aa0"}), ("t1", {"name": "t1_cc0"})]),
    ],
)
def test_an_odd_answer_to_the_sweep_erases_nothing_however_long_it_stands(fake, source, night, body):
    for number in range(5):
        fake.post(f"aa{number}", age_days=30 - number, selftext=f"Word{number}")
        fake.comment(f"cc{number}", f"aa{number}")
    assert source().collect(night()).stored == 5
    fake.post("late", age_days=3)
    fake.odd["/api/info"] = (200, {}, body)
    for day in (1, 2, 3):
        with pytest.raises(SourceError, match=r"no listing|not believed"):
            source().collect(night(day))
    fake.odd.clear()
    progress = source().collect(night(4))
    assert (progress.refused, progress.stored, progress.unchanged) == (0, 0, 6)
    assert all(f"Word{number}".encode() in everything(night()) for number in range(5))


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"message": "Internal", "error": 500},
        [listing([]), listing([])],
        [listing([("t3", {"name": "t3_aa1", "id": "aa1"})]), listing([])],
        [listing([("t3", {"name": "t3_aa1", "author": "x", "selftext": ""})]), {}],
        [
            listing([("t3", {"name": "t3_aa1", "author": "x", "is_self": True, "selftext": "", "title": ""})]),
            listing([]),
        ],
        b"<html>",
    ],
)
def test_an_odd_answer_for_a_thread_that_grew_erases_nothing_and_it_is_asked_for_again(fake, source, night, body):
    fake.post("aa1", age_days=2.5, selftext="Firstword")
    fake.post("aa2", age_days=2)
    fake.comment("cc1", "aa1")
    assert source().collect(night()).stored == 2
    fake.comment("cc2", "aa1", body="Lateword")
    fake.odd["/comments/aa1"] = (200, {}, body)
    progress = source().collect(night(1))
    assert (progress.stored, progress.refused) == (0, 0)
    fake.odd.clear()
    assert source().collect(night(2)).stored == 1
    assert rows(night(2))["t3_aa1"]["thread"]["comments"][1]["body"] == "Lateword"
    assert b"Firstword" in everything(night())


@pytest.mark.parametrize("answer", [PRIVATE, (404, {}, {"message": "Not Found", "error": 404})])
def test_a_thread_that_grew_and_is_not_shown_is_left_to_the_sweep(fake, source, night, answer):
    fake.post("aa1", age_days=1, selftext="Firstword")
    source().collect(night())
    fake.comment("cc1", "aa1")
    fake.odd["/comments/aa1"] = answer
    assert source(sweep_requests=1).collect(night(1)).refused == 0
    fake.post("aa0", age_days=30)  # the sweep stops before aa1, which is then met in the listing
    assert source().collect(night(1)).stored == 1
    fake.comment("cc2", "aa1")
    source(sweep_requests=1).collect(night(2))
    assert b"Firstword" in everything(night())


def test_an_odd_answer_for_hidden_comments_does_not_cut_a_thread(fake, source, night):
    fake.post("p1")
    for number in range(3):
        fake.comment(f"c{number}", "p1")
    fake.stubs["p1"] = ["c2"]
    for body in ({"json": {"errors": [["RATELIMIT", "later", ""]]}}, {}):
        fake.odd["/api/morechildren"] = (200, {}, body)
        source().collect(night())
        assert rows(night())["t3_p1"]["refusal"] == "unreachable"
    fake.odd.clear()
    assert source().collect(night(1)).stored == 1
    assert len(rows(night(1))["t3_p1"]["thread"]["comments"]) == 3


@pytest.mark.parametrize(
    "answer", [(500, {}, {}), (403, {}, b"<html>blocked</html>"), (200, {}, b"<html>"), (400, {}, {})]
)
def test_one_thread_without_an_answer_keeps_no_other_back_and_comes_when_it_answers(fake, source, night, answer):
    for number in range(5):
        fake.post(f"aa{number}", age_days=20 - number)
    fake.odd["/comments/aa1"] = answer
    for day in range(3):
        assert source().collect(night(day)).stored == (4 if day == 0 else 0)
    refused = rows(night())["t3_aa1"]
    assert (refused["refusal"], refused["status"]) == ("unreachable", None)
    fake.odd.clear()
    assert source().collect(night(3)).stored == 1


def test_a_thread_that_never_answers_is_given_up_after_a_week(fake, source, night):
    fake.post("aa1", age_days=20)
    fake.post("aa2", age_days=19)
    fake.odd["/comments/aa1"] = (400, {}, {})
    asked = []
    for day in range(10):
        fake.log.clear()
        source().collect(night(day))
        asked.append(len(fake.asked("/comments")))
    assert asked == [2, 1, 1, 1, 1, 1, 1, 1, 0, 0]


def test_a_thread_without_an_answer_takes_nothing_from_the_nights_bound(fake, source, night):
    for number in range(3):
        fake.post(f"aa{number}", age_days=20 - number)
    fake.odd["/comments/aa0"] = (400, {}, {})
    assert source(max_submissions=1).collect(night()).stored == 1


def test_three_threads_without_an_answer_in_a_row_end_the_night_and_what_was_stored_stays(fake, source, night):
    for number in range(1, 8):
        fake.post(f"p{number}", age_days=20 - number)
    for number in (2, 4, 5, 6):
        fake.odd[f"/comments/p{number}"] = (502, {}, {})
    with pytest.raises(SourceError, match=r"no answer in 4 tries .HTTP 502."):
        source().collect(night())
    assert [key for key, row in rows(night()).items() if not row["refusal"]] == ["t3_p1", "t3_p3"]
    fake.odd.clear()
    assert source().collect(night(1)).stored == 5


def test_a_listing_without_an_answer_is_said_at_the_end_and_the_others_are_taken(fake, source, night):
    fake.post("p1", subreddit="mead")
    for body in ({}, [], {"message": "Internal", "error": 500}, {"kind": "Listing", "data": {}}, b"<html>"):
        fake.odd["/r/brewing"] = (200, {}, body)
        with pytest.raises(SourceError, match="Reddit"):
            source(subreddits=("brewing", "mead")).collect(night())
    assert list(rows(night())) == ["t3_p1"]


def test_the_night_after_a_sweep_without_an_answer_begins_behind_it(fake, source, night):
    for number in range(30):
        fake.post(f"p{number:02}", age_days=30)
        for place in range(99):
            fake.comment(f"c{number:02}x{place:02}", f"p{number:02}")
    source().collect(night())

    def fail(path):
        is_second_group = path.startswith("/api/info") and "t3_p10" in fake.log[-1][2]["id"]
        return (403, {}, b"<html>") if is_second_group else None

    for day in (1, 2):
        fake.scripted.append(fail)
        fake.log.clear()
        with pytest.raises(SourceError):
            source().collect(night(day))
        asked = [query["id"][:6] for _, query in fake.asked("/api/info")]
    assert (asked[0], len(asked), asked[-1]) == ("t3_p20", 21, "t3_p10")


def test_comments_of_a_thread_that_cannot_be_read_anew_are_deleted_all_the_same(fake, source, night):
    fake.post("p1", age_days=1)
    fake.comment("c1", "p1", body="Commentword")
    source().collect(night())
    fake.comments["t1_c1"]["body"] = "[deleted]"
    fake.comment("c2", "p1")
    fake.odd["/comments/p1"] = (500, {}, {})
    source().collect(night(1))
    assert b"Commentword" not in everything(night())
    fake.odd.clear()
    source().collect(night(2))
    assert [comment["id"] for comment in rows(night(2))["t3_p1"]["thread"]["comments"]] == ["t1_c2"]


def test_a_thread_whose_every_stored_comment_is_deleted_is_read_anew_once_the_sweep_has_seen_it(fake, source, night):
    fake.post("p1", age_days=0.5)
    fake.comment("c1", "p1")
    source().collect(night())
    del fake.comments["t1_c1"]
    fake.comment("c2", "p1")
    fake.post("p2")
    fake.posts["t3_p1"]["num_comments"] = 2
    stored = [source().collect(night(day)).stored for day in (1, 2, 3)]
    assert stored == [1, 1, 1]  # p2; p1 less its comment; p1 with the other one
    assert [comment["id"] for comment in rows(night(3))["t3_p1"]["thread"]["comments"]] == ["t1_c2"]


def test_a_stored_submission_that_is_named_and_missing_is_left_to_the_sweep(fake, source, night):
    fake.post("aa1", selftext="Textword")
    fake.post("bb2")
    source(submissions=("aa1", "bb2")).collect(night())
    del fake.posts["t3_aa1"]
    assert source(submissions=("aa1", "bb2")).collect(night(1)).refused == 0
    assert source(submissions=("aa1", "bb2")).collect(night(2)).refused == 1


def test_runs_of_one_night_share_its_bound(fake, source, night):
    for number in range(5):
        fake.post(f"p{number}", age_days=30 - number)
    for _ in range(3):
        assert source(max_submissions=2).collect(night()).stored == 2
    assert source(max_submissions=2).collect(night(1)).stored == 2


def test_options_on_comments_count_for_threads_fetched_from_then_on(fake, source, night):
    fake.post("p1", age_days=9)
    fake.comment("c1", "p1", score=2)
    source().collect(night())
    fake.post("p2", age_days=8)
    fake.comment("c2", "p2", score=2)
    progress = source(min_comment_score=3, max_comments=9).collect(night(1))
    assert (progress.stored, progress.unchanged) == (1, 1)
    assert rows(night(1))["t3_p2"]["thread"]["comments"] == []
    assert source().collect(night(2)).unchanged == 2


def test_the_limit_that_answers_state_is_kept_by_the_shared_clock(fake, source, night, fake_clock):
    fake.post("p1")
    fake.headers = {"x-ratelimit-used": "1000", "x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "120"}
    source().collect(night())
    assert [round(seconds) for seconds in fake_clock.slept] == [120, 120]
    turn = next((night().machine / "turns").iterdir()).read_text()
    assert float(turn.split()[1]) == pytest.approx(fake_clock.time + 120, abs=1)  # any other process waits too
    fake_clock.slept.clear()
    fake.headers = {"x-ratelimit-used": "990", "x-ratelimit-remaining": "10", "x-ratelimit-reset": "50"}
    source().collect(night(1))
    assert [round(seconds) for seconds in fake_clock.slept[1:]] == [5, 5]  # what is left is spread


def test_a_night_uses_nearly_all_of_the_permitted_requests(fake, source, night, fake_clock):
    for number in range(100):
        fake.post(f"p{number}")
    start = fake_clock.time
    fake.headers = Window(lambda: len(fake.log), lambda: fake_clock.time - start)
    source().collect(night())
    permitted = (fake_clock.time - start) / 60 * 100
    assert 0.97 <= (len(fake.log) - 1) / permitted <= 1.001


def test_who_asks_is_said_as_reddit_wants_it_and_the_token_takes_its_turn(fake, source, night, fake_clock):
    source(username="the_miller", delay_s=5).collect(night())
    agents = {head["User-Agent"] for head in fake.heads}
    assert len(agents) == 1
    assert agents.pop().startswith(f"{sys.platform}:gristmill:v")
    assert fake.heads[0]["User-Agent"].endswith("(by /u/the_miller; +miller@brewnet.test)")
    assert [round(seconds) for seconds in fake_clock.slept] == [5]
    fake.heads.clear()
    source().collect(night(1))
    assert fake.heads[0]["User-Agent"].startswith("gristmill/")


def test_no_secret_and_no_token_is_logged_stored_or_told(fake, source, night, caplog, monkeypatch):
    monkeypatch.setenv("REDDIT_USERNAME", "someone")
    monkeypatch.setenv("REDDIT_PASSWORD", "a-password-that-nobody-may-see")
    fake.post("p1")
    fake.scripted.append(lambda path: (500, {}, {}) if path.startswith("/comments") else None)
    with caplog.at_level(logging.DEBUG):
        source().collect(night())
    assert TOKEN in fake.heads[-1]["Authorization"]
    folders = (night().work, night().machine)
    written = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert "Fetching" in caplog.text
    for place in (caplog.text.encode(), everything(night()), repr(source()).encode(), *written):
        assert b"nobody-may-see" not in place


def test_a_praw_ini_in_the_working_directory_is_not_read(fake, source, night, tmp_path, monkeypatch):
    fake.post("p1")
    (tmp_path / "praw.ini").write_text("[DEFAULT]\noauth_url=http://127.0.0.1:9\nsubmission_kind=t9\n[broken\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("praw_site", "nowhere")
    monkeypatch.setenv("praw_oauth_url", "http://127.0.0.1:9")
    assert source().collect(night()).stored == 1


def test_a_thread_of_hundreds_of_comments_is_read_in_milliseconds(recorded):
    reddit = recorded("TestCommentForest.test_replace__skip_all")
    post, comments = reddit_tree.thread(reddit, "t3_3hahrw", (NEVER, 0))
    start = time.process_time()
    for _ in range(10):
        read_thread(encoded(thread_of(post, comments, Taste(0, 500))), "")
    assert (time.process_time() - start) / 10 < 0.1
