"""Recorded sessions with GitHub, played back by a local server to the real client."""

import gzip
import json
from collections import Counter, defaultdict
from functools import lru_cache
from urllib.parse import urlsplit

import pytest
from github import GithubException
from github.PaginatedList import PaginatedList
from github.Repository import Repository

from corpus.errors import SourceError
from scrapers.clients.github_api import answered, github_client
from scrapers.clients.github_licences import PERMISSIVE
from scrapers.clients.github_limits import Access
from scrapers.github_code import GithubCode

API = "https://api.github.com"
KEPT = ("x-rate", "retry", "link", "location", "etag", "last-modified", "content-type")


@lru_cache(maxsize=1)
def sessions(path):
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {session["name"]: session["exchanges"] for session in map(json.loads, lines)}


@pytest.fixture
def play(serve, shared_data):
    """Return a server that gives a session's answers in their order, the last again where it is asked more often."""
    recorded = sessions(shared_data / "recorded/github/rest.jsonl.gz")

    def start(name, prefix=""):
        left = defaultdict(list)
        for exchange in recorded[name]:
            parts = urlsplit(exchange["request"]["url"])
            whole = f"{parts.path}?{parts.query}" if parts.query else parts.path
            for target in dict.fromkeys([whole, parts.path]):
                left[prefix + target].append(exchange["response"])

        def answer(target):
            found = left.get(target) or left.get(target.partition("?")[0])
            if not found:
                return 404, {}, b'{"message": "Not Found"}'
            response = found.pop(0) if len(found) > 1 else found[0]
            address = service.address
            kept = {key: value for key, value in response["headers"].items() if key.lower().startswith(KEPT)}
            headers = {key: value.replace(API, address) for key, value in kept.items()}
            return response["status"], headers, response["body"].replace(API, address).encode()

        service = serve(answer)
        return service, [urlsplit(one["request"]["url"]) for one in recorded[name]]

    return start


def names(shared_data):
    return sorted(sessions(shared_data / "recorded/github/rest.jsonl.gz"))


def client_of(service, desk, **options):
    access = {"token_env": "NO_TOKEN_HERE", "delay_s": 0.0, "patience_s": 600.0} | options
    return github_client(desk, Access(service.address, **access))


def collected(service, desk, **options):
    progress = problem = None
    try:
        progress = GithubCode(name="code", endpoint=service.address, delay_s=0.0, **options).collect(desk)
    except SourceError as error:
        problem = str(error)
    paths = [path for path in desk.store.paths(desk.folder) if path.endswith(".parquet")]
    return progress, problem, [row for path in paths for row in desk.store.read_table(path).to_pylist()]


def test_every_recorded_session_ends_in_an_answer_or_in_one_sentence(play, api_desk, fake_clock, shared_data):
    ends = Counter()
    for name in names(shared_data):
        service, asked = play(name)
        client = client_of(service, api_desk)
        for target in asked:
            try:
                answered(client.requester.requestJsonAndCheck, "GET", f"{target.path}?{target.query}".rstrip("?"))
                ends["answer"] += 1
            except GithubException as error:
                ends[error.status] += 1
            except SourceError as error:
                ends[str(error).split("; ")[0].partition(" ")[2]] += 1
        assert len(service.asked) <= 5 * len(asked), name
    assert ends == {
        "answer": 251,
        404: 5,
        401: 3,
        502: 4,
        503: 1,
        400: 1,
        403: 1,
        "limits our requests after every wait": 2,
        200: 1,
    }
    assert max(fake_clock.slept) <= 600


@pytest.mark.usefixtures("fake_clock")
def test_every_recorded_repository_is_read_to_its_end(play, api_desk, shared_data):
    seen = Counter()
    for name in names(shared_data):
        service, asked = play(name)
        found = [target.path.removeprefix("/repos/") for target in asked if target.path.count("/") == 3]
        repositories = tuple(dict.fromkeys(one for one in found if not one.startswith("/")))
        if repositories:
            options = {"repositories": repositories, "licences": (*PERMISSIVE, "LGPL-3.0", "NOASSERTION")}
            _, problem, rows = collected(service, api_desk, **options)
            assert problem is None or "stayed busy" in problem, name
            seen[name] = len(rows)
            for path in list(api_desk.store.paths("state")):
                api_desk.store.delete(path)
    assert len(seen) > 30
    assert all(seen.values())


@pytest.mark.parametrize(
    ("session", "asked", "refusal"),
    [
        ("Retry.testReturnsRepoAfter1Retry", 2, "licence-not-allowed"),
        ("Retry.testReturnsRepoAfter3Retries", 4, "licence-not-allowed"),
        ("Retry.testRaisesRetryErrorAfterMaxRetries", 4, "http-502"),
        ("Retry.testShouldNotRetryWhenStatusNotOnList", 1, "http-400"),
    ],
)
def test_recorded_failures_are_asked_again_or_marked(play, api_desk, fake_clock, session, asked, refusal):
    service, _ = play(session)
    _, problem, rows = collected(service, api_desk, repositories=("PyGithub/PyGithub",))
    assert (len(service.asked), [row["refusal"] for row in rows]) == (asked, [refusal])
    assert (problem is not None) == (refusal == "http-502")
    assert fake_clock.slept == [2.0, 4.0, 8.0][: asked - 1]


def test_a_recorded_repository_that_moved_is_named_as_it_is_now(play, api_desk):
    service, _ = play("Repository.testGetRepositoryWith301Redirect")
    _, _, (row,) = collected(service, api_desk, repositories=("protoncoin/protoncoin",), licences=("0BSD",))
    assert (row["id"], row["refusal"]) == ("api/padima2/protoncoin", "licence-not-allowed")
    assert len(service.asked) == 2


def test_a_recorded_unknown_repository_is_gone(play, api_desk):
    service, _ = play("Exceptions.testUnknownObject")
    _, _, (row,) = collected(service, api_desk, repositories=("jacquev6/Xxx",))
    assert (row["refusal"], len(service.asked)) == ("gone", 1)


@pytest.mark.parametrize("session", ["SpecificExceptions.testBadCredentials", "SpecificExceptions.test2FARequired"])
@pytest.mark.parametrize(("token", "said"), [("ghp_x", "renew it, or unset MILL_TOKEN"), ("", "wants a token")])
def test_a_recorded_login_that_is_refused_names_the_variable(play, serve, api_desk, monkeypatch, session, token, said):
    monkeypatch.setenv("MILL_TOKEN", token)
    recorded, _ = play(session)
    service = serve(lambda _: recorded.answer("/user"))
    _, problem, rows = collected(service, api_desk, repositories=("brew/kettle", "brew/hops"), token_env="MILL_TOKEN")
    assert said in problem
    assert "ghp_x" not in problem
    assert (len(service.asked), rows) == (1, [])


@pytest.mark.parametrize(
    ("session", "target", "waits"),
    [
        ("SpecificExceptions.testRateLimitExceeded", "/users/jacquev6", [60.0, 120.0, 240.0]),
        ("SpecificExceptions.testAuthenticatedRateLimitExceeded", "/search/code?q=jacquev6", [60.0, 60.0, 60.0]),
    ],
)
def test_a_recorded_limit_is_waited_for_and_not_hammered(play, api_desk, fake_clock, session, target, waits):
    service, _ = play(session)
    client = client_of(service, api_desk)
    client.requester.requestJsonAndCheck("GET", target)
    with pytest.raises(SourceError, match="limits our requests"):
        client.requester.requestJsonAndCheck("GET", target)
    assert len(service.asked) == 1 + 4
    assert fake_clock.slept == waits


def test_a_recorded_list_of_fourteen_pages_is_read_whole_and_each_page_once(play, api_desk, shared_data):
    service, asked = play("PaginatedList.testIteration")
    path = "/repos/openframeworks/openFrameworks/issues"
    client = client_of(service, api_desk)
    found = [one.id for one in PaginatedList(Repository, client.requester, path, {"per_page": 30})]
    recorded = sessions(shared_data / "recorded/github/rest.jsonl.gz")["PaginatedList.testIteration"]
    expected = [one["id"] for exchange in recorded for one in json.loads(exchange["response"]["body"])]
    assert found == expected
    assert len(service.asked) == len(asked) == 14


@pytest.mark.parametrize(
    ("session", "path"),
    [
        ("NamedUser.testGetRepos", "/users/jacquev6/repos"),
        ("Organization.testGetReposWithType", "/orgs/BeaverSoftware/repos"),
    ],
)
def test_a_recorded_owner_gives_every_repository_but_forks(play, serve, api_desk, shared_data, session, path):
    recorded, _ = play(session)
    service = serve(
        lambda target: recorded.answer(path) if "/repos?" in target else (404, {}, b'{"message": "Not Found"}')
    )
    owner = path.split("/")[2]
    _, _, rows = collected(service, api_desk, owners=(owner,))
    body = sessions(shared_data / "recorded/github/rest.jsonl.gz")[session][0]["response"]["body"]
    expected = {f"api/{one['full_name']}" for one in json.loads(body) if not one["fork"]}
    assert {row["id"] for row in rows} == expected != set()


def test_a_recorded_search_that_finds_nothing_is_no_error(play, api_desk):
    service, _ = play("Search.testSearchReposWithNoResults")
    progress, problem, rows = collected(service, api_desk, searches=("doesnotexist",))
    assert (progress.stored, problem, rows, len(service.asked)) == (0, None, [], 1)


def test_a_recorded_archive_link_leads_to_githubs_own_host(play, api_desk):
    service, _ = play("Repository.testGetArchiveLink")
    client = client_of(service, api_desk)
    repository = Repository(client.requester, {}, {"url": "/repos/PyGithub/PyGithub"}, completed=True)
    link = repository.get_archive_link("tarball", "develop")
    assert link == "https://nodeload.github.com/PyGithub/PyGithub/tarball/develop"
