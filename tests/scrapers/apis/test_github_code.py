import base64
import gzip
import json
import logging
from urllib.parse import parse_qs, urlsplit

import pytest

from corpus.errors import SourceError
from scrapers.clients.github_archive import object_id
from scrapers.clients.github_files import sort_of
from scrapers.clients.patterns import matches
from scrapers.crawl.archive import bodies
from scrapers.github_code import GithubCode

FILES = {
    "README.md": b"# Brew\n",
    "docs/deep/mash.md": b"Warm and wet.\n",
    "docs/hops.rst": b"Hops\n",
    "src/boil.py": b"boil()\n",
    "logo.md": b"\0binary",
}
LIMIT = b'{"message": "API rate limit exceeded for 127.0.0.1."}'


class FakeGithub:
    """Answers as the REST API does; ``busy`` is given before anything else."""

    def __init__(self, licence="MIT"):
        self.licence, self.busy, self.truncated = licence, [], False

    def __call__(self, target):
        if self.busy:
            return self.busy.pop(0)
        parts = urlsplit(target)
        if parts.path == "/search/repositories":
            assert parse_qs(parts.query)["q"] == ["topic:homebrewing"]
            return ok({"total_count": 1, "items": [repository("brew/kettle", self.licence)]})
        owner, name, *rest = parts.path.removeprefix("/repos/").split("/")
        if name == "gone":
            return 404, {}, b'{"message": "Not Found"}'
        if not rest:
            return ok(repository(f"{owner}/{name}", self.licence))
        return ok(self.inside(rest))

    def inside(self, rest):
        if rest[0] == "branches":
            return {"name": rest[1], "commit": {"sha": "c0ffee", "url": "/c"}}
        if rest[1] == "trees":
            assert rest[2] == "c0ffee"
            files = [
                {"path": path, "type": "blob", "sha": object_id(body), "size": len(body)}
                for path, body in FILES.items()
            ]
            folder = {"path": "a.md", "type": "tree", "sha": "f01de7"}
            return {"sha": "c0ffee", "tree": [*files, folder], "truncated": self.truncated}
        (body,) = (body for body in FILES.values() if object_id(body) == rest[2])
        return {"sha": rest[2], "encoding": "base64", "content": base64.encodebytes(body).decode()}


def repository(name, licence):
    facts = {"full_name": name, "name": name.split("/")[1], "url": f"/repos/{name}", "default_branch": "main"}
    return facts | {"license": {"key": "x", "spdx_id": licence} if licence else None}


def ok(answer):
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def code(service, **options):
    options = {"name": "code", "repositories": ("brew/kettle",), "delay_s": 0.0} | options
    return GithubCode(endpoint=service.address, **options)


def stored(desk):
    paths = [path for path in desk.store.paths(desk.folder) if path.endswith(".parquet")]
    tables = [desk.store.read_table(path) for path in paths]
    return [pair for raw in tables for pair in zip(raw.to_pylist(), bodies(desk.store, raw).to_pylist(), strict=True)]


def test_a_file_becomes_a_document(serve, api_desk):
    progress = code(serve(FakeGithub())).collect(api_desk)
    assert (progress.stored, progress.refused) == (2, 1)
    rows = {row["id"]: (row, body) for row, body in stored(api_desk)}
    row, body = rows["api/brew/kettle/docs/deep/mash.md"]
    assert body == b"Warm and wet.\n"
    assert row["url"] == "https://github.com/brew/kettle/blob/main/docs/deep/mash.md"
    assert (row["kind"], row["media_type"], row["licence"]) == ("article", "text/markdown", "MIT")
    assert row["licence_evidence"] == "GitHub reports MIT for brew/kettle at c0ffee"
    assert row["attribution"].endswith("https://github.com/brew/kettle/blob/c0ffee/docs/deep/mash.md")
    assert rows["api/brew/kettle/logo.md"][0]["refusal"] == "unsupported-type"


def test_code_and_limits(serve, api_desk):
    source = code(serve(FakeGithub()), paths=("src/**/*.py", "**/*.rst", "README*"), max_files=2, max_file_bytes=6)
    progress = source.collect(api_desk)
    rows = {row["id"].removeprefix("api/brew/kettle/"): row for row, _ in stored(api_desk)}
    assert {path: row["refusal"] for path, row in rows.items()} == {"README.md": "too-large", "docs/hops.rst": None}
    assert (progress.stored, progress.refused) == (1, 1)


def test_a_topic_is_searched_and_a_repository_is_taken_once(serve, api_desk):
    service = serve(FakeGithub())
    code(service, topics=("homebrewing",), repositories=("Brew/Kettle",)).collect(api_desk)
    assert sum("/git/trees/" in target for target, _ in service.asked) == 1


@pytest.mark.parametrize(
    ("licence", "said"), [("GPL-3.0", "GPL-3.0"), ("NOASSERTION", "NOASSERTION"), (None, "no licence")]
)
def test_nothing_is_fetched_of_a_repository_under_another_licence(serve, api_desk, licence, said):
    service = serve(FakeGithub(licence))
    progress = code(service).collect(api_desk)
    assert (progress.stored, progress.refused, len(service.asked)) == (0, 1, 1)
    ((row, body),) = stored(api_desk)
    assert (row["refusal"], row["licence_evidence"], body) == (
        "licence-not-allowed",
        f"GitHub reports {said} for brew/kettle",
        None,
    )


def test_a_repository_that_is_gone_and_a_list_cut_short_are_marked(serve, api_desk):
    fake = FakeGithub()
    fake.truncated = True
    code(serve(fake), repositories=("brew/gone", "brew/kettle"), paths=("README*",)).collect(api_desk)
    assert {(row["id"], row["refusal"]) for row, _ in stored(api_desk)} == {
        ("api/brew/gone", "gone"),
        ("api/brew/kettle", "too-large"),
        ("api/brew/kettle/README.md", None),
    }


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_rate_limit_is_waited_for(serve, api_desk, fake_clock, status):
    fake = FakeGithub()
    fake.busy = [(status, {"Retry-After": "30"}, LIMIT)]
    assert code(serve(fake)).collect(api_desk).stored == 2
    assert 30.0 in fake_clock.slept


@pytest.mark.parametrize(
    ("headers", "sentence"),
    [
        ({"Retry-After": "3600"}, "asked to be left alone until 2027-01-15T09:00:00"),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "4000000000"}, "set GITHUB_TOKEN for 5,000"),
    ],
)
def test_a_rate_limit_too_long_to_wait_for_ends_the_run(serve, api_desk, fake_clock, headers, sentence):
    fake = FakeGithub()
    fake.busy = [(403, headers, LIMIT)]
    with pytest.raises(SourceError, match=sentence):
        code(serve(fake)).collect(api_desk)
    assert fake_clock.slept == []


@pytest.mark.usefixtures("fake_clock")
def test_a_server_that_stays_broken_ends_the_run(serve, api_desk):
    service = serve(lambda _: (502, {}, b""))
    with pytest.raises(SourceError, match="stayed busy"):
        code(service).collect(api_desk)
    assert len(service.asked) == 4


def test_the_token_is_sent_and_never_logged(serve, api_desk, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MILL_TOKEN", "ghp_verysecret")
    service = serve(FakeGithub())
    code(service, token_env="MILL_TOKEN").collect(api_desk)
    fake = serve(lambda _: (401, {}, b'{"message": "Bad credentials"}'))
    with pytest.raises(SourceError, match="HTTP 401") as refusal:
        code(fake, token_env="MILL_TOKEN").collect(api_desk)
    assert {headers["Authorization"] for _, headers in service.asked} == {"token ghp_verysecret"}
    assert caplog.records
    assert "verysecret" not in caplog.text + str(refusal.value) + str(stored(api_desk))


def test_it_works_without_a_token_and_says_who_asks(serve, api_desk, monkeypatch):
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    service = serve(FakeGithub())
    code(service).collect(api_desk)
    assert all("Authorization" not in headers for _, headers in service.asked)
    assert all("miller@brewnet.test" in headers["User-Agent"] for _, headers in service.asked)


def test_requests_keep_the_pace(serve, api_desk, fake_clock):
    service = serve(FakeGithub())
    code(service, delay_s=2.0).collect(api_desk)
    assert fake_clock.slept == [2.0] * (len(service.asked) - 1)


def test_paths_match_as_people_read_them():
    assert matches("README.md", ["**/*.md"])
    assert matches("docs/a/b.md", ["docs/**/*.md"])
    assert matches("docs/b.md", ["docs/**/*.md"])
    assert not matches("docs/b.md", ["*.md"])
    assert not matches("docs/bxmd", ["docs/*.md"])
    assert sort_of("LICENSE") == ("article", "text/plain")
    assert sort_of("a/B.CPP") == ("code", "text/x-c++")


def recorded(shared_data, name):
    with gzip.open(shared_data / "recorded/github/rest.jsonl.gz", "rt", encoding="utf-8") as lines:
        return next(session["exchanges"] for session in map(json.loads, lines) if session["name"] == name)


def answer_of(exchange, address):
    response = exchange["response"]
    headers = {
        name: value for name, value in response["headers"].items() if name.lower().startswith(("x-rate", "retry"))
    }
    return response["status"], headers, response["body"].replace("https://api.github.com", address).encode()


@pytest.mark.usefixtures("fake_clock")
def test_a_recorded_repository_comes_after_its_recorded_failure(serve, api_desk, shared_data):
    exchanges = recorded(shared_data, "Retry.testReturnsRepoAfter1Retry")
    service = serve(lambda _: answer_of(exchanges.pop(0), service.address))
    assert code(service, repositories=("PyGithub/PyGithub",)).collect(api_desk).refused == 1
    ((row, _),) = stored(api_desk)
    assert row["licence_evidence"] == "GitHub reports LGPL-3.0 for PyGithub/PyGithub"
    assert exchanges == []


def test_a_recorded_tree_gives_its_files(serve, api_desk, shared_data):
    (tree,) = (
        one
        for one in recorded(shared_data, "Repository.testGetGitTreeWithRecursive")
        if "/git/trees/" in one["request"]["url"]
    )
    fake = FakeGithub()

    def answer(target):
        if "/git/trees/" in target:
            status, headers, body = answer_of(tree, service.address)
            entries = [entry | {"sha": object_id(b"hello")} for entry in json.loads(body)["tree"]]
            return status, headers, json.dumps({"tree": entries}).encode()
        return ok({"content": "aGVsbG8=", "encoding": "base64"}) if "/git/blobs/" in target else fake(target)

    service = serve(answer)
    assert code(service, repositories=("PyGithub/PyGithub",), paths=("**/*.md",)).collect(api_desk).stored > 3
    assert all(row["id"].endswith(".md") and body == b"hello" for row, body in stored(api_desk))


def test_the_recorded_abuse_limit_is_waited_for(serve, api_desk, shared_data, fake_clock):
    exchanges = recorded(shared_data, "SpecificExceptions.testAuthenticatedRateLimitExceeded")
    limit = next(one for one in exchanges if one["response"]["status"] == 403)
    fake = FakeGithub()
    service = serve(fake)
    fake.busy = [answer_of(limit, service.address)]
    assert code(service).collect(api_desk).stored == 2
    assert 60.0 in fake_clock.slept
