"""A small GitHub that counts what it is asked for, over several nights, crashes and limits."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import parse_qs, unquote, urlsplit

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import SourceError
from corpus.revisions import current
from corpus.store import open_store
from scrapers.clients.github_archive import object_id
from scrapers.crawl.archive import bodies
from scrapers.github_code import GithubCode

EMPTY_TREE = hashlib.sha1(b"tree 0\0").hexdigest()  # git hash-object -t tree /dev/null
GPL = b"GNU GENERAL PUBLIC LICENSE\nVersion 3, 29 June 2007\n"


@dataclass
class Repo:
    files: dict[str, bytes]
    licence: str = "MIT"
    pushes: int = 1
    stars: int = 0
    links: tuple[str, ...] = ()
    answer: tuple = ()

    def commit(self):
        return hashlib.sha1(repr(sorted(self.files.items())).encode()).hexdigest()

    def push(self, **files):
        self.files |= {path.replace("__", "."): body for path, body in files.items()}
        self.pushes += 1


@dataclass
class Hub:
    """Answers as the REST API does, 304 and rate limits included; ``rate`` requests an hour by ``clock``."""

    repos: dict[str, Repo]
    moved: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    rate: int | None = None
    clock: object = None
    service: object = None
    used: int = 0
    window: int = 0
    refused: int = 0

    def __call__(self, target):
        parts = urlsplit(target)
        headers = self.service.asked[-1][1]
        if self.rate is not None:
            window = int(self.clock.now() // 3600)
            self.used = self.used if window == self.window else 0
            self.window = window
            if self.used >= self.rate:
                self.refused += 1
                return 403, self.limits(), b'{"message": "API rate limit exceeded for user ID 1."}'
        status, facts, body = self.route(parts, headers)
        if self.rate is not None and status != 304 and "/codeload/" not in target:
            self.used += 1
            facts = facts | self.limits()
        return status, facts, body

    def limits(self):
        remaining, reset = max(self.rate - self.used, 0), (self.window + 1) * 3600
        return {
            "X-RateLimit-Limit": str(self.rate),
            "X-RateLimit-Remaining": str(remaining),
            "X-RateLimit-Reset": str(reset),
        }

    def route(self, parts, headers):
        listed = self.listed(parts, headers)
        if listed:
            return listed
        name = "/".join(parts.path.split("/")[2:4])
        if name in self.moved:
            address = f"{self.service.address}/repos/{self.moved[name]}"
            return 301, {"Location": address}, b'{"message": "Moved Permanently"}'
        if name not in self.repos:
            return missing()
        return self.repository(name, self.repos[name], parts.path.split("/")[4:], headers)

    def listed(self, parts, headers):
        if parts.path == "/search/repositories":
            return self.page(parts, self.lists[parse_qs(parts.query)["q"][0]], wrap=True)
        if parts.path.startswith("/users/"):
            names = self.lists.get(parts.path.split("/")[2])
            return self.page(parts, names, wrap=False) if names is not None else missing()
        if parts.path.startswith("/codeload/"):
            assert "Authorization" not in headers
            return 200, {"Content-Type": "application/x-gzip"}, tarball(self.named(parts.path.split("/")[2:4]))
        return None

    def named(self, pair):
        return self.repos["/".join(pair)]

    def repository(self, name, repo, rest, headers):
        if repo.answer:
            return repo.answer
        if not rest:
            return self.whole(name, headers)
        if rest[0] == "tarball":
            return 302, {"Location": f"{self.service.address}/codeload/{name}/{rest[1]}"}, b""
        return ok(self.inside(repo, rest))

    def whole(self, name, headers):
        facts = self.facts(name)
        etag = f'W/"{hashlib.sha1(json.dumps(facts).encode()).hexdigest()}"'
        if headers.get("If-None-Match") == etag:
            return 304, {"ETag": etag}, b""
        return 200, {"ETag": etag, "Content-Type": "application/json"}, json.dumps(facts).encode()

    def inside(self, repo, rest):
        if rest[0] == "branches":
            date = f"2026-11-{repo.pushes:02}T01:02:03Z"
            tree = {"sha": object_id(b"tree") if repo.files else EMPTY_TREE}
            return {"commit": {"sha": repo.commit(), "commit": {"committer": {"date": date}, "tree": tree}}}
        if rest[1] == "trees":
            assert rest[2] == repo.commit()
            return {"sha": rest[2], "tree": [self.entry(repo, path) for path in repo.files], "truncated": False}
        (body,) = {body for body in repo.files.values() if object_id(body) == rest[2]}
        return {"sha": rest[2], "encoding": "base64", "content": base64.encodebytes(body).decode()}

    def entry(self, repo, path):
        body = repo.files[path]
        mode = "120000" if path in repo.links else "100644"
        return {"path": path, "type": "blob", "mode": mode, "sha": object_id(body), "size": len(body)}

    def facts(self, name):
        repo = self.repos[name]
        licence = {"spdx_id": repo.licence} if repo.licence else None
        date = f"2026-11-{repo.pushes:02}T00:00:00Z"
        return {
            "full_name": name, "default_branch": "main", "license": licence, "pushed_at": date,
            "stargazers_count": repo.stars, "url": f"{self.service.address}/repos/{name}", "fork": name.endswith("fork"),
        }  # fmt: skip

    def page(self, parts, names, *, wrap):
        query = parse_qs(parts.query)
        number, size = int(query.get("page", ["1"])[0]), int(query.get("per_page", ["30"])[0])
        here = names[(number - 1) * size : number * size]
        links = {}
        if number * size < len(names):
            address = (
                f"{self.service.address}{parts.path}?q={query.get('q', [''])[0]}&per_page={size}&page={number + 1}"
            )
            links = {"Link": f'<{address}>; rel="next"'}
        items = [self.facts(name) for name in here]
        status, headers, body = ok({"total_count": len(names), "items": items} if wrap else items)
        return status, headers | links, body


def ok(answer):
    return 200, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def missing():
    return 404, {}, b'{"message": "Not Found"}'


def tarball(repo):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        for path, body in repo.files.items():
            member = tarfile.TarInfo(f"brew-kettle-c0ffee/{path}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return gzip.compress(sink.getvalue())


@pytest.fixture
def hub(serve):
    def start(repos, **options):
        found = Hub(
            {name: Repo(files) if isinstance(files, dict) else files for name, files in repos.items()}, **options
        )
        found.service = serve(found)
        return found

    return start


def on(desk, day):
    moment = datetime(2026, 11, day, 3, tzinfo=UTC)
    return replace(desk, folder=f"state/raw/2026-11-{day}/api", now=lambda: moment)


def code(hub, **options):
    options = {"name": "code", "repositories": tuple(hub.repos), "delay_s": 0.0} | options
    return GithubCode(endpoint=hub.service.address, **options)


def asked(hub):
    found = [urlsplit(target).path.removeprefix("/repos/") for target, _ in hub.service.asked]
    hub.service.asked.clear()
    return found


def rows(desk):
    paths = [path for path in desk.store.paths(desk.folder) if path.endswith(".parquet")]
    tables = [desk.store.read_table(path) for path in sorted(paths)]
    pairs = (pair for raw in tables for pair in zip(raw.to_pylist(), bodies(desk.store, raw).to_pylist(), strict=True))
    return {row["id"].removeprefix("api/"): (row, body) for row, body in pairs}


def refusals(desk):
    return {key: row["refusal"] for key, (row, _) in rows(desk).items()}


def blob(body):
    return f"brew/kettle/git/blobs/{object_id(body)}"


KETTLE = {"README.md": b"# Kettle\n", "docs/mash.md": b"Warm\n", "src/boil.py": b"boil()\n"}


def test_the_second_night_is_one_conditional_request_a_repository(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE), "brew/hops": {"README.md": b"# Hops\n"}})
    assert code(github).collect(on(api_desk, 21)).stored == 3
    asked(github)
    progress = code(github).collect(on(api_desk, 22))
    assert [dict(headers).get("If-None-Match", "")[:2] for _, headers in github.service.asked] == ["W/", "W/"]
    assert asked(github) == ["brew/kettle", "brew/hops"]
    assert (progress.stored, progress.refused, progress.unchanged) == (0, 0, 3)


def test_a_star_costs_one_request_and_no_tree(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/kettle"].stars += 1
    asked(github)
    assert code(github).collect(on(api_desk, 22)).unchanged == 2
    assert asked(github) == ["brew/kettle"]


def test_a_push_to_another_branch_asks_for_the_head_and_no_tree(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/kettle"].pushes += 1
    asked(github)
    assert code(github).collect(on(api_desk, 22)).unchanged == 2
    assert asked(github) == ["brew/kettle", "brew/kettle/branches/main"]
    code(github).collect(on(api_desk, 23))
    assert asked(github) == ["brew/kettle"]


def test_after_a_push_only_changed_files_are_asked_for_and_what_left_is_marked(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE, **{"docs/old.md": b"Old\n"})})
    code(github).collect(on(api_desk, 21))
    asked(github)
    del github.repos["brew/kettle"].files["docs/old.md"]
    github.repos["brew/kettle"].push(README__md=b"# Better\n", NEW__md=b"New\n", boil__py=b"boil(2)\n")
    progress = code(github).collect(on(api_desk, 22))
    trees = f"brew/kettle/git/trees/{github.repos['brew/kettle'].commit()}"
    assert asked(github) == ["brew/kettle", "brew/kettle/branches/main", trees, blob(b"New\n"), blob(b"# Better\n")]
    assert (progress.stored, progress.refused, progress.unchanged) == (2, 1, 1)
    found = rows(on(api_desk, 22))
    assert found["brew/kettle/README.md"][1] == b"# Better\n"
    assert found["brew/kettle/README.md"][0]["updated_at"] == datetime(2026, 11, 2, 1, 2, 3, tzinfo=UTC)
    assert found["brew/kettle/README.md"][0]["etag"] == object_id(b"# Better\n")
    assert found["brew/kettle/docs/old.md"][0]["refusal"] == "gone"


def test_a_run_killed_in_the_middle_asks_for_no_file_twice(hub, api_desk):
    files = {f"docs/{number}.md": b"%d\n" % number for number in range(10)}
    files["docs/0.md"] = b"<!-- SPDX-License-Identifier: Apache-2.0 -->\n"
    files["docs/1.md"] = b"<!-- This file is generated by sqlc. -->\n"
    github = hub({"brew/kettle": files, "brew/hops": {"README.md": b"# Hops\n"}})
    source, desk = code(github), on(api_desk, 21)

    class Killed(Exception):
        pass

    def report(progress):
        if progress.stored + progress.refused == 4:
            raise Killed

    with pytest.raises(Killed):
        source.collect(replace(desk, report=report))
    first = asked(github)
    assert source.collect(desk).stored == 10
    blobs = [path for path in (*first, *asked(github)) if "/blobs/" in path]
    assert len(blobs) == len(set(blobs)) == 11
    source.collect(desk)
    assert asked(github) == []  # tonight is done


def test_the_licence_of_a_repository_is_lost_and_its_files_with_it(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/kettle"].licence = "AGPL-3.0"
    code(github).collect(on(api_desk, 22))
    names = {"brew/kettle", "brew/kettle/README.md", "brew/kettle/docs/mash.md"}
    assert refusals(on(api_desk, 22)) == dict.fromkeys(names, "licence-not-allowed")
    asked(github)
    assert code(github).collect(on(api_desk, 23)).refused == 0
    assert asked(github) == ["brew/kettle"]


def test_another_allowed_licence_is_written_into_every_row(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/kettle"].licence = "Apache-2.0"
    code(github).collect(on(api_desk, 22))
    assert {row["licence"] for row, _ in rows(on(api_desk, 22)).values()} == {"Apache-2.0"}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, {}, b'{"message": "Not Found"}'), "gone"),
        ((451, {}, b'{"message": "Repository access blocked", "block": {"reason": "dmca"}}'), "http-451"),
        ((403, {}, b'{"message": "Repository access blocked", "block": {"reason": "tos"}}'), "http-403"),
    ],
)
def test_a_repository_that_vanished_takes_its_files_along(hub, api_desk, answer, reason):
    github = hub({"brew/kettle": dict(KETTLE), "brew/hops": {"README.md": b"# Hops\n"}})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/kettle"].answer = answer
    progress = code(github).collect(on(api_desk, 22))
    names = {"brew/kettle", "brew/kettle/README.md", "brew/kettle/docs/mash.md"}
    assert refusals(on(api_desk, 22)) == dict.fromkeys(names, reason)
    assert progress.unchanged == 1


def test_a_forbidden_repository_is_marked_and_the_next_is_taken(hub, api_desk):
    forbidden = Repo(dict(KETTLE), answer=(403, {}, b'{"message": "Resource protected by organization SAML"}'))
    github = hub({"brew/kettle": forbidden, "brew/hops": {"README.md": b"# Hops\n"}})
    assert code(github).collect(on(api_desk, 21)).stored == 1
    assert refusals(on(api_desk, 21))["brew/kettle"] == "http-403"


def test_a_repository_that_moved_is_followed_and_taken_once(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    github.repos = {"hops/kettle": github.repos["brew/kettle"]}
    github.moved = {"brew/kettle": "hops/kettle"}
    source = code(github, repositories=("brew/kettle", "hops/kettle"))
    source.collect(on(api_desk, 22))
    found = refusals(on(api_desk, 22))
    assert found == {
        "brew/kettle/README.md": "gone", "brew/kettle/docs/mash.md": "gone",
        "hops/kettle/README.md": None, "hops/kettle/docs/mash.md": None,
    }  # fmt: skip
    asked(github)
    assert source.collect(on(api_desk, 23)).unchanged == 2
    assert asked(github) == ["brew/kettle", "hops/kettle"]  # 301, 304


def test_a_licence_nearer_than_the_repositorys_counts(hub, api_desk):
    files = {
        "LICENSE": b"root", "README.md": b"a\n", "gpl/COPYING": GPL, "gpl/README.md": b"b\n", "gpl/deep/x.md": b"c\n",
        "odd/LICENSE": b"Ask my cat.", "odd/x.md": b"d\n", "same/LICENSE": b"root", "same/x.md": b"e\n",
        "hd/a.md": b"<!-- SPDX-License-Identifier: GPL-2.0-only OR MIT -->\n",
        "hd/b.md": b"<!-- SPDX-License-Identifier: GPL-2.0-only -->\n",
        "page/license.md": b"We use MIT.", "page/x.md": b"g\n", "gpl/page/license.md": b"We.", "gpl/page/x.md": b"h\n",
        "side/x.md": b"f\n", "side/x.md.license": b"SPDX-License-Identifier: CC-BY-4.0\n",
    }  # fmt: skip
    github = hub({"brew/kettle": files})
    code(github).collect(on(api_desk, 21))
    found = {key.removeprefix("brew/kettle/"): row for key, (row, _) in rows(on(api_desk, 21)).items()}
    assert {path: (row["licence"], row["refusal"]) for path, row in found.items()} == {
        "README.md": ("MIT", None),
        "same/x.md": ("MIT", None),
        "gpl/README.md": ("GPL-3.0", "licence-not-allowed"),
        "gpl/deep/x.md": ("GPL-3.0", "licence-not-allowed"),
        "odd/x.md": (None, "licence-unknown"),
        "hd/a.md": ("GPL-2.0-only OR MIT", None),
        "hd/b.md": ("GPL-2.0-only", "licence-not-allowed"),
        "side/x.md": ("CC-BY-4.0", None),
        "page/license.md": ("MIT", None),
        "page/x.md": ("MIT", None),
        "gpl/page/license.md": ("GPL-3.0", "licence-not-allowed"),
        "gpl/page/x.md": ("GPL-3.0", "licence-not-allowed"),
    }
    assert "gpl/ of brew/kettle has the text of GPL-3.0 at " in found["gpl/README.md"]["licence_evidence"]
    blobs = [path for path in asked(github) if "/blobs/" in path]
    assert blob(b"b\n") not in blobs
    assert blob(b"d\n") not in blobs
    assert len(blobs) == len(set(blobs))
    github.repos["brew/kettle"].push(README__md=b"aa\n")
    code(github).collect(on(api_desk, 22))
    assert [path for path in asked(github) if "/blobs/" in path] == [blob(b"aa\n")]  # licences are remembered


def test_where_a_licences_folder_is_mixed_a_file_must_say_its_own(hub, api_desk):
    files = {
        "LICENSES/MIT.txt": b"m", "LICENSES/GPL-3.0-or-later.txt": b"g", "README.md": b"a\n",
        "own.md": b"<!--\nSPDX-License-Identifier: MIT\n-->\n",
    }  # fmt: skip
    github = hub({"brew/kettle": files})
    code(github).collect(on(api_desk, 21))
    assert refusals(on(api_desk, 21)) == {"brew/kettle/README.md": "licence-unknown", "brew/kettle/own.md": None}


def test_what_no_person_wrote_is_counted_by_reason_and_never_asked_for(hub, api_desk):
    files = {f"node_modules/{number}/README.md": b"%d" % number for number in range(30)} | {
        "README.md": b"a\n", "src/x_pb2.py": b"x\n", "src/y.py": b"# Code generated by z. DO NOT EDIT.\n", "link.md": b"R",
        "big.md": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    }  # fmt: skip
    github = hub({"brew/kettle": Repo(files, links=("link.md",))})
    source = code(github, paths=("**/*.md", "**/*.py"))
    assert source.collect(on(api_desk, 21)).stored == 1
    assert refusals(on(api_desk, 21)) == {
        "brew/kettle#vendored": "vendored", "brew/kettle#generated": "generated", "brew/kettle#symlink": "symlink",
        "brew/kettle/src/y.py": "generated", "brew/kettle/big.md": "git-lfs-pointer", "brew/kettle/README.md": None,
    }  # fmt: skip
    detail = rows(on(api_desk, 21))["brew/kettle#vendored"][0]["refusal_detail"]
    assert detail.startswith("30 files, node_modules/0/README.md the first")
    asked(github)
    github.repos["brew/kettle"].push(README__md=b"b\n")
    source.collect(on(api_desk, 22))
    assert [path for path in asked(github) if "/blobs/" in path] == [blob(b"b\n")]  # y.py and big.md are remembered


def test_many_files_come_in_one_archive_that_never_sees_the_token(hub, api_desk, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_verysecret")
    files = {f"docs/{number}.md": b"page %d\n" % number for number in range(40)}
    github = hub({"brew/kettle": files})
    assert code(github).collect(on(api_desk, 21)).stored == 40
    found = asked(github)
    assert len(found) == 5  # instead of 43
    assert not any("/blobs/" in path for path in found)
    assert {key.rsplit("/", 1)[1]: body for key, (_, body) in rows(on(api_desk, 21)).items()} == {
        path.rsplit("/", 1)[1]: body for path, body in files.items()
    }


def test_an_archive_that_differs_from_the_tree_is_not_believed(hub, api_desk, monkeypatch):
    files = {f"docs/{number}.md": b"page %d\n" % number for number in range(25)}
    github = hub({"brew/kettle": files})
    forged = {**files, "docs/3.md": b"another page\n", "docs/4.md": b""}
    monkeypatch.setattr(github, "named", lambda _: Repo(forged))
    code(github).collect(on(api_desk, 21))
    assert rows(on(api_desk, 21))["brew/kettle/docs/3.md"][1] == b"page 3\n"
    assert sum("/blobs/" in path for path in asked(github)) == 2


def test_lists_are_paged_to_their_bound_and_asked_for_once_a_night(hub, api_desk):
    names = [f"brew/r{number:03}" for number in range(230)]
    lists = {"mash in:readme": names, "millers": [*names[:3], "brew/r-fork"]}
    github = hub({name: {"README.md": name.encode()} for name in [*names, "brew/r-fork"]}, lists=lists)
    source = code(
        github, repositories=(), searches=("mash in:readme",), owners=("millers", "nobody"), max_repositories=210
    )
    desk = on(api_desk, 21)
    assert source.collect(desk).stored == 210
    found = asked(github)
    assert [path for path in found if "search" in path or "users" in path] == [
        *["/search/repositories"] * 3, "/users/millers/repos", "/users/nobody/repos",
    ]  # fmt: skip
    assert refusals(desk)["nobody"] == "gone"
    assert "brew/r-fork" not in found
    source.collect(desk)
    assert asked(github) == []


def test_a_list_longer_than_a_night_is_gone_through_night_after_night(hub, api_desk):
    github = hub({f"brew/r{number}": {"README.md": b"%d" % number} for number in range(5)})
    source = code(github, max_repositories=2)
    nights = []
    for day in range(21, 25):
        source.collect(on(api_desk, day))
        nights.append([path for path in asked(github) if path.count("/") == 1])
    assert nights == [["brew/r0", "brew/r1"], ["brew/r2", "brew/r3"], ["brew/r4", "brew/r0"], ["brew/r1", "brew/r2"]]


@pytest.mark.usefixtures("fake_clock")
def test_one_repository_that_the_server_cannot_show_stops_no_other(hub, api_desk):
    github = hub({"brew/a": {"README.md": b"a"}, "brew/b": {"README.md": b"b"}})
    github.repos["brew/a"].answer = (502, {}, b"")
    assert code(github).collect(on(api_desk, 21)).stored == 1
    assert refusals(on(api_desk, 21)) == {"brew/a": "http-502", "brew/b/README.md": None}
    assert asked(github)[:5] == ["brew/a"] * 4 + ["brew/b"]
    github.repos["brew/a"].answer = ()
    assert code(github).collect(on(api_desk, 21)).stored == 2


@pytest.mark.usefixtures("fake_clock")
def test_a_server_that_is_broken_everywhere_is_left_alone_after_three(hub, api_desk):
    github = hub({f"brew/{name}": Repo({}, answer=(500, {}, b"")) for name in "abcdef"})
    with pytest.raises(SourceError, match=r"stayed busy \(HTTP 500"):
        code(github).collect(on(api_desk, 21))
    assert set(asked(github)) == {"brew/a", "brew/b", "brew/c"}


def test_without_a_token_nothing_is_asked_beyond_the_limit_and_the_next_run_goes_on(
    hub, api_desk, fake_clock, monkeypatch
):
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    repos = {f"brew/r{number:02}": {"README.md": b"%d" % number, "a.md": b"a%d" % number} for number in range(30)}
    github = hub(repos, rate=60, clock=fake_clock)
    source, runs = code(github, delay_s=0.72, max_repositories=30), []
    for _ in range(4):
        is_last = len(runs) > 1
        with nullcontext() if is_last else pytest.raises(SourceError, match="set GITHUB_TOKEN for 5,000"):
            source.collect(on(api_desk, 21))
        runs.append(len(asked(github)))
        fake_clock.time += 3600
    assert runs == [60, 60, 30, 0]  # 30 repositories of 5 requests, each asked for once
    assert github.refused == 0
    assert sum(row["refusal"] is None for row, _ in rows(on(api_desk, 21)).values()) == 60


def test_a_limit_is_remembered_so_that_another_run_asks_nothing_before_its_reset(hub, api_desk, fake_clock):
    github = hub({"brew/a": {"README.md": b"a"}, "brew/b": {"README.md": b"b"}}, rate=4, clock=fake_clock)
    for expected in (4, 0, 0):
        with pytest.raises(SourceError, match="asked to be left alone until"):
            code(github).collect(on(api_desk, 21))
        assert len(asked(github)) == expected
    assert github.refused == 0


def test_patience_waits_for_the_reset_and_uses_the_whole_rate(hub, api_desk, fake_clock, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_x")
    github = hub({f"brew/r{number}": {"README.md": b"%d" % number} for number in range(40)}, rate=60, clock=fake_clock)
    fake_clock.time = 1_800_000_000.0
    source = code(github, delay_s=0.72, patience_s=4000, max_repositories=100)
    assert source.collect(on(api_desk, 21)).stored == 40
    assert len(asked(github)) == 160
    assert github.refused == 0
    assert (
        fake_clock.time - 1_800_000_000.0 < 2 * 3600 + 60
    )  # 60 at once, 60 after the first reset, 40 after the second


def test_the_pace_uses_at_least_95_percent_of_what_a_token_is_given(hub, api_desk, fake_clock, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_x")
    github = hub({f"brew/r{number}": {"README.md": b"%d" % number} for number in range(100)})
    source = GithubCode(
        name="code", repositories=tuple(github.repos), endpoint=github.service.address, max_repositories=100
    )
    start = fake_clock.time
    source.collect(on(api_desk, 21))
    share = len(github.service.asked) / (fake_clock.time - start) * 3600 / 5000
    assert 0.95 <= share <= 1.01


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"{", b"[]", b"null", b"7", b'"x"', b"<html>", b'{"full_name": 7}', b"\xff\xfe", b"[" * 100_000,
        b'{"full_name": "brew/kettle", "default_branch": "\\ud800"}', b'{"full_name": "a/b", "default_branch": []}',
        b'{"full_name": "brew/kettle", "default_branch": "main", "license": [], "pushed_at": {}}',
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_a_refusal_and_no_crash(hub, api_desk, answer):
    github = hub({"brew/kettle": Repo({}, answer=(200, {}, answer)), "brew/hops": {"README.md": b"# Hops\n"}})
    assert code(github).collect(on(api_desk, 21)).stored == 1
    assert refusals(on(api_desk, 21))["brew/kettle"] in {"unreadable-answer", "licence-not-allowed"}


def test_a_repository_that_leads_to_another_host_is_refused_with_the_token_kept(hub, serve, api_desk, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_verysecret")
    thief = serve(lambda _: ok({}))
    github = hub({"brew/kettle": dict(KETTLE), "brew/hops": {"README.md": b"# Hops\n"}})
    github.repos["brew/kettle"].answer = (
        301,
        {"Location": f"{thief.address}/repos/x/y".replace("127.0.0.1", "localhost")},
        b"{}",
    )
    facts = github.facts("brew/kettle") | {"full_name": "brew/url", "url": f"{thief.address}/repos/x/y"}
    github.repos["brew/url"] = Repo({}, answer=ok(facts))
    assert code(github, repositories=tuple(github.repos)).collect(on(api_desk, 21)).stored == 1
    assert refusals(on(api_desk, 21))["brew/kettle"] == "unreadable-answer"
    assert refusals(on(api_desk, 21))["brew/url"] == "unreadable-answer"
    assert thief.asked == []


def test_a_circle_of_moves_ends(hub, api_desk):
    github = hub({"brew/hops": {"README.md": b"# Hops\n"}}, moved={"a/a": "b/b", "b/b": "a/a"})
    assert code(github, repositories=("a/a", "brew/hops")).collect(on(api_desk, 21)).stored == 1
    assert len(asked(github)) < 12


@pytest.mark.parametrize("trouble", ["forbidden", "elsewhere", "huge", "broken"])
def test_files_come_one_by_one_where_the_archive_cannot_be_had(hub, api_desk, monkeypatch, trouble):
    monkeypatch.setattr("scrapers.clients.github_archive.MAX_BYTES", 5000)
    files = {f"docs/{number}.md": b"page %d\n" % number for number in range(25)}
    github = hub({"brew/kettle": files})
    plainly = github.listed
    answers = {
        "forbidden": (403, {}, b""),
        "elsewhere": (302, {"Location": "http://127.0.0.1:1/"}, b""),
        "huge": (200, {}, gzip.compress(b"") + b"\0" * 6000),
        "broken": (200, {}, tarball(Repo(files))[:50]),
    }

    def listed(parts, headers):
        return answers[trouble] if parts.path.startswith("/codeload/") else plainly(parts, headers)

    monkeypatch.setattr(github, "listed", listed)
    assert code(github).collect(on(api_desk, 21)).stored == 25
    assert sum("/blobs/" in path for path in asked(github)) == 25


@pytest.mark.parametrize(
    "content", [{"content": 7}, {"content": "a", "encoding": "base64"}, {"content": "\ud800"}, {}, [], None]
)
def test_a_file_whose_answer_cannot_be_read_is_marked_and_the_next_is_taken(hub, api_desk, monkeypatch, content):
    github = hub({"brew/kettle": {"README.md": b"a", "b.md": b"b"}})
    plainly = github.repository

    def repository(name, repo, rest, headers):
        is_first = rest[-1:] == [object_id(b"a")]
        return ok(content) if is_first else plainly(name, repo, rest, headers)

    monkeypatch.setattr(github, "repository", repository)
    code(github).collect(on(api_desk, 21))
    found = refusals(on(api_desk, 21))
    assert found["brew/kettle/b.md"] is None
    assert found["brew/kettle/README.md"] == "unreachable"
    monkeypatch.setattr(github, "repository", plainly)
    assert code(github).collect(on(api_desk, 22)).stored == 1


def test_a_tree_that_is_missing_for_a_moment_takes_no_files_away(hub, api_desk, monkeypatch):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/kettle"].push(README__md=b"# Better\n")
    plainly = github.repository
    monkeypatch.setattr(github, "repository", lambda *args: missing() if "trees" in args[2] else plainly(*args))
    code(github).collect(on(api_desk, 22))
    assert refusals(on(api_desk, 22)) == {"brew/kettle": "http-404"}
    monkeypatch.setattr(github, "repository", plainly)
    assert code(github).collect(on(api_desk, 23)).stored == 1


def test_a_file_with_a_header_of_its_own_is_not_asked_for_again_when_others_come(hub, api_desk):
    github = hub({"brew/kettle": {"README.md": b"<!-- SPDX-License-Identifier: ISC -->\n"}})
    code(github).collect(on(api_desk, 21))
    asked(github)
    github.repos["brew/kettle"].push(NEW__md=b"New\n")
    code(github).collect(on(api_desk, 22))
    assert [path for path in asked(github) if "/blobs/" in path] == [blob(b"New\n")]


@pytest.mark.usefixtures("fake_clock")
@pytest.mark.parametrize("status", [204, 206, 302, 304, 307, 400, 418, 429])
def test_a_strange_status_is_a_refusal_or_one_sentence(hub, api_desk, status):
    github = hub(
        {"brew/kettle": Repo({}, answer=(status, {"Content-Encoding": "gzip"}, b"")), "brew/hops": {"README.md": b"#"}}
    )
    if status == 429:
        with pytest.raises(SourceError, match="limits our requests"):
            code(github).collect(on(api_desk, 21))
    else:
        assert code(github).collect(on(api_desk, 21)).stored == 1
        assert list(refusals(on(api_desk, 21)).values()) in (["unreadable-answer", None], [f"http-{status}", None])


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 10**20)
    | st.sampled_from(["", "a", "../x", "\ud800", "LICENSE", "x.md"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tree", "path", "type", "sha", "size", "mode", "commit", "content", "encoding", "url"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["branches", "trees", "blobs"]), JSON, st.integers(0, 10**9))
def test_no_answer_in_the_middle_breaks_a_night(hub, api_desk, part, answer, number):
    github = hub({"brew/kettle": dict(KETTLE), "brew/hops": {"README.md": b"# Hops\n"}})
    plainly = github.repository

    def repository(name, repo, rest, headers):
        is_struck = name == "brew/kettle" and part in rest
        return ok(answer) if is_struck else plainly(name, repo, rest, headers)

    github.repository = repository
    desk = replace(on(api_desk, 21), store=open_store(f"{api_desk.work}-{number}"), work=api_desk.work / str(number))
    code(github).collect(desk)
    assert refusals(desk)["brew/hops/README.md"] is None


def test_a_name_that_moved_to_one_that_was_visited_costs_one_question(hub, api_desk):
    github = hub({"hops/kettle": dict(KETTLE)}, moved={"brew/kettle": "hops/kettle"})
    code(github, repositories=("hops/kettle", "brew/kettle")).collect(on(api_desk, 21))
    assert asked(github)[-2:] == ["brew/kettle", "hops/kettle"]  # 301, 200, and no branch
    code(github, repositories=("hops/kettle", "brew/kettle")).collect(on(api_desk, 22))
    assert asked(github) == ["hops/kettle"]


@pytest.mark.parametrize("host", ["x.127.0.0.1", "other.test"])
def test_no_connection_is_made_to_a_host_beside_the_api(hub, api_desk, host):
    github = hub({"brew/kettle": dict(KETTLE)})
    facts = github.facts("brew/kettle") | {"url": f"http://{host}/repos/brew/kettle"}
    github.repos["brew/kettle"].answer = ok(facts)
    code(github).collect(on(api_desk, 21))
    (row,) = (row for row, _ in rows(on(api_desk, 21)).values())
    assert row["refusal"] == "unreadable-answer"
    assert ("the token is for" in row["refusal_detail"]) == host.endswith("127.0.0.1")
    assert asked(github) == ["brew/kettle"]


@pytest.fixture
def cut(hub, monkeypatch):
    """A repository of which GitHub names two files a list at most where it lists folders within folders."""

    def start(files, most=2):
        github = hub({"brew/kettle": files})
        plainly = github.inside

        def below(repo, place):
            return {path[len(place) :]: path for path in repo.files if path.startswith(place)}

        def inside(repo, rest):
            if rest[1:2] != ["trees"]:
                return plainly(repo, rest)
            place = unquote(rest[2]).partition("at:")[2].replace(":", "/")
            inner, is_whole = below(repo, place), "recursive=1" in github.service.asked[-1][0]
            if is_whole:
                here = [github.entry(repo, path) | {"path": name} for name, path in inner.items()]
                return {"tree": here[:most], "truncated": len(here) > most}
            here = [github.entry(repo, path) | {"path": name} for name, path in inner.items() if "/" not in name]
            folders = dict.fromkeys(name.partition("/")[0] for name in inner if "/" in name)
            trees = [{"path": name, "type": "tree", "sha": f"at:{place}{name}/".replace("/", ":")} for name in folders]
            return {"tree": here + trees, "truncated": False}

        monkeypatch.setattr(github, "inside", inside)
        return github

    return start


def test_a_list_that_github_cuts_short_is_walked_folder_by_folder(cut, api_desk):
    files = {
        f"{place}{number}.md": f"{place}{number}".encode()
        for place in ("", "docs/", "docs/a/", "src/b/")
        for number in range(2)
    }
    files |= {"node_modules/x.md": b"x", "README.md": b"r", "docs/c/deep/z.md": b"z"}
    github = cut(files)
    source = code(github, paths=("README*", "docs/**/*.md"))
    assert source.collect(on(api_desk, 21)).stored == 6
    trees = [target for target, _ in github.service.asked if "/trees/" in target]
    assert not any("src" in target or "node_modules" in target for target in trees)
    assert set(refusals(on(api_desk, 21)).values()) == {None}
    del github.repos["brew/kettle"].files["docs/c/deep/z.md"]
    github.repos["brew/kettle"].push(README__md=b"rr")
    source.collect(on(api_desk, 22))
    assert refusals(on(api_desk, 22)) == {"brew/kettle/README.md": None, "brew/kettle/docs/c/deep/z.md": "gone"}


def test_a_list_that_stays_cut_takes_what_it_names_and_nothing_for_gone(cut, api_desk, monkeypatch):
    monkeypatch.setattr("scrapers.clients.github_listing.MAX_TREES", 2)
    github = cut({f"docs/{place}/{number}.md": f"{place}{number}".encode() for place in "abc" for number in range(2)})
    code(github, paths=("docs/**/*.md",)).collect(on(api_desk, 21))
    assert refusals(on(api_desk, 21))["brew/kettle"] == "too-large"
    assert "gone" not in refusals(on(api_desk, 21)).values()


def published(desk):
    """What is known of each document after all nights: its body's object id, or why it is not taken."""
    paths = [path for path in desk.store.paths("state/raw") if path.endswith(".parquet")]
    nights = ((desk.store.read_table(path), path.split("/")[2]) for path in paths)
    raw = pa.concat_tables(table.append_column("night", pa.array([night] * table.num_rows)) for table, night in nights)
    found = current(raw).to_pylist()
    return {row["id"].removeprefix("api/brew/kettle/"): row["refusal"] or row["etag"] for row in found}


def ids(files):
    return {path: object_id(body) for path, body in files.items()}


def struck(github, part, answer):
    """Let every question of which ``part`` is a part be answered so, but for brew/zest; returns what undoes it."""
    plainly = github.repository

    def repository(name, repo, rest, headers):
        is_struck = part in map(unquote, rest or ["whole"]) and name != "brew/zest"
        return answer if is_struck else plainly(name, repo, rest, headers)

    github.repository = repository
    return lambda: setattr(github, "repository", plainly)


BLOB = {"path": "README.md", "type": "blob", "sha": "a" * 40, "mode": "100644", "size": 1}
NO_TREES = [
    {}, {"message": "Server Error"}, {"tree": None}, {"tree": {}}, {"tree": []}, {"tree": [7]}, {"tree": [BLOB, None]},
    {"tree": [BLOB | {"path": None}]}, {"tree": [BLOB | {"sha": 7}]}, {"tree": [BLOB | {"type": "file"}]},
    {"tree": [BLOB], "truncated": "no"}, {"truncated": True}, {"tree": [], "truncated": True},
]  # fmt: skip


@pytest.mark.parametrize("answer", NO_TREES)
def test_an_answer_that_is_no_list_of_files_takes_none_away_and_is_asked_for_again(hub, api_desk, answer):
    github = hub({"brew/kettle": dict(KETTLE)})
    source = code(github, paths=("**/*",))
    source.collect(on(api_desk, 21))
    github.repos["brew/kettle"].push(NEW__md=b"new")
    mend = struck(github, "trees", ok(answer))
    source.collect(on(api_desk, 22))
    assert refusals(on(api_desk, 22)) == {"brew/kettle": "unreadable-answer"}
    mend()
    source.collect(on(api_desk, 23))
    assert ids(KETTLE | {"NEW.md": b"new"}).items() <= published(api_desk).items()
    assert not [key for key, row in refusals(on(api_desk, 23)).items() if row]


@pytest.mark.parametrize("inner", [missing(), ok({}), ok({"tree": []})])
def test_a_folder_that_is_not_listed_takes_no_files_away(cut, api_desk, inner):
    files = {f"docs/{place}/{number}.md": f"{place}{number}".encode() for place in "ab" for number in range(2)}
    github = cut(dict(files))
    source = code(github, paths=("docs/**/*.md",))
    source.collect(on(api_desk, 21))
    assert published(api_desk) == ids(files)
    github.repos["brew/kettle"].push(NEW__md=b"new")
    mend = struck(github, "at:docs:a:", inner)
    source.collect(on(api_desk, 22))
    assert set(refusals(on(api_desk, 22))) == {"brew/kettle"}
    assert ids(files).items() <= published(api_desk).items()
    mend()
    assert source.collect(on(api_desk, 23)).unchanged == 4


def test_a_repository_whose_files_were_all_removed_is_believed_where_its_commit_says_so(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/kettle"].files.clear()
    github.repos["brew/kettle"].push()
    code(github).collect(on(api_desk, 22))
    assert set(published(api_desk).values()) == {"gone"}


@pytest.mark.usefixtures("fake_clock")
@pytest.mark.parametrize("part", ["whole", "branches", "trees", "blobs", "tarball"])
@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b"<html>nothing here</html>"), (403, {}, b'{"message": "Forbidden"}'), (451, {}, b"<html>"),
        (409, {}, b'{"message": "Conflict"}'), (410, {}, b""), (503, {}, b""), (200, {}, b"{}"), (200, {}, b"[]"),
        ok({"content": "", "encoding": "base64"}), ok({"full_name": "brew/kettle", "default_branch": "main"}),
    ],
)  # fmt: skip
def test_one_odd_answer_takes_nothing_away_and_the_next_night_has_all(hub, api_desk, part, answer):
    files = {f"docs/{number}.md": b"page %d\n" % number for number in range(3)}
    github = hub({"brew/kettle": dict(files), "brew/zest": {"README.md": b"z"}})
    source = code(github, archive_files=2)
    source.collect(on(api_desk, 21))
    newer = {path: b"better " + body for path, body in files.items()} | {"NEW.md": b"new"}
    github.repos["brew/kettle"].push(**{path.replace(".", "__"): body for path, body in newer.items()})
    mend, allowed = struck(github, part, answer), [ids(files), ids(newer)]
    source.collect(on(api_desk, 22))
    during = published(api_desk)
    assert all(during[path] in [known[path] for known in allowed] for path in files)
    mend()
    source.collect(on(api_desk, 23))
    assert ids(newer).items() <= published(api_desk).items()


def test_a_repository_is_gone_when_github_says_so_twice(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    code(github).collect(on(api_desk, 21))
    asked(github)
    answers = [missing()]
    plainly = github.repository
    github.repository = lambda *args: answers.pop() if answers else plainly(*args)
    code(github).collect(on(api_desk, 22))
    assert asked(github) == ["brew/kettle"] * 2
    assert refusals(on(api_desk, 22)) == {"brew/kettle": "http-404"}
    answers += [missing()] * 2
    code(github).collect(on(api_desk, 23))
    assert set(refusals(on(api_desk, 23)).values()) == {"gone"}


def test_a_token_that_ends_in_the_middle_of_a_repository_loses_nothing(hub, api_desk):
    files = {f"docs/{number}.md": b"page %d\n" % number for number in range(3)}
    github = hub({"brew/kettle": dict(files)})
    for part in ("blobs", "tarball"):
        mend = struck(github, part, (401, {}, b'{"message": "Bad credentials"}'))
        with pytest.raises(SourceError, match="wants a token"):
            code(github, archive_files=2 if part == "tarball" else 20).collect(on(api_desk, 21))
        mend()
    assert code(github).collect(on(api_desk, 21)).stored == 3
    assert published(api_desk) == ids(files)


@pytest.mark.usefixtures("fake_clock")
def test_files_that_the_server_cannot_show_end_their_repository_after_three_and_no_other(hub, api_desk):
    files = {f"docs/{number}.md": b"page %d\n" % number for number in range(9)}
    github = hub({"brew/kettle": files, "brew/zest": {"README.md": b"z"}})
    plainly = github.repository
    github.repository = lambda *args: (
        (502, {}, b"") if args[0] == "brew/kettle" and "blobs" in args[2] else plainly(*args)
    )
    assert code(github).collect(on(api_desk, 21)).stored == 1
    assert sum("/blobs/" in path for path in asked(github)) == 3 * 4 + 1
    github.repository = plainly
    assert code(github).collect(on(api_desk, 21)).stored == 10
    assert ids(files).items() <= published(api_desk).items()


@pytest.mark.parametrize("answer", [missing(), (403, {}, b'{"message": "Forbidden"}'), ok({}), ok({"content": ""})])
def test_a_licence_that_github_does_not_show_tonight_is_asked_for_again(hub, api_desk, answer):
    files = {"a/LICENSE": b"SPDX-License-Identifier: ISC\n", "a/x.md": b"x\n", "README.md": b"r\n"}
    github = hub({"brew/kettle": dict(files)})
    plainly = github.repository
    licence = object_id(files["a/LICENSE"])
    github.repository = lambda *args: answer if licence in args[2] else plainly(*args)
    code(github).collect(on(api_desk, 21))
    assert published(api_desk) == {"README.md": object_id(b"r\n"), "a/x.md": "unreachable"}
    github.repository = plainly
    code(github).collect(on(api_desk, 22))
    assert published(api_desk)["a/x.md"] == object_id(b"x\n")
    assert rows(on(api_desk, 22))["brew/kettle/a/x.md"][0]["licence"] == "ISC"


def test_new_files_never_push_stored_ones_out_of_the_window(hub, api_desk):
    github = hub({"brew/kettle": {"b.md": b"b1", "c.md": b"c1"}})
    source, repo = code(github, paths=("**/*",), max_files=2), github.repos["brew/kettle"]
    source.collect(on(api_desk, 21))
    repo.push(a__md=b"a")
    repo.push(c__md=b"c2")
    source.collect(on(api_desk, 22))
    assert published(api_desk) == {"b.md": object_id(b"b1"), "c.md": object_id(b"c2")}
    del repo.files["b.md"]
    repo.push()
    source.collect(on(api_desk, 23))
    assert published(api_desk) == {"a.md": object_id(b"a"), "b.md": "gone", "c.md": object_id(b"c2")}


def test_what_the_recipe_leaves_out_now_is_refused_and_comes_back_with_it(hub, api_desk):
    files = {"a.md": b"a", "b.md": b"b", "c.rst": b"c"}
    github = hub({"brew/kettle": dict(files)})
    wide, narrow = code(github, paths=("*",)), code(github, paths=("*.md",), max_files=1)
    wide.collect(on(api_desk, 21))
    narrow.collect(on(api_desk, 22))
    assert published(api_desk) == {"a.md": object_id(b"a"), "b.md": "too-many", "c.rst": "not-wanted"}
    wide.collect(on(api_desk, 23))
    assert published(api_desk) == ids(files)


def test_licences_that_are_allowed_again_bring_their_files_back(hub, api_desk):
    github = hub({"brew/kettle": {"README.md": b"r"}})
    for day, licences in ((21, ("MIT",)), (22, ("ISC",)), (23, ("MIT",))):
        code(github, licences=licences).collect(on(api_desk, day))
    assert published(api_desk)["README.md"] == object_id(b"r")


def test_a_repository_that_moved_keeps_its_files_until_they_are_had_under_the_new_name(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    source = code(github)
    source.collect(on(api_desk, 21))
    github.repos, github.moved = {"brew/pot": github.repos["brew/kettle"]}, {"brew/kettle": "brew/pot"}
    mend = struck(github, "trees", ok({}))
    source.collect(on(api_desk, 22))
    assert "gone" not in published(api_desk).values()
    mend()
    source.collect(on(api_desk, 23))
    found = refusals(on(api_desk, 23))
    assert (found["brew/kettle/README.md"], found["brew/pot/README.md"]) == ("gone", None)


def test_a_list_that_is_refused_stops_no_other_repository_and_the_night_says_so(hub, api_desk):
    repos = {"brew/kettle": dict(KETTLE), "millers/hops": {"README.md": b"h"}}
    github = hub(repos, lists={"millers": ["millers/hops"]})
    source = code(github, repositories=("brew/kettle",), owners=("millers",))
    source.collect(on(api_desk, 21))
    github.repos["millers/hops"].push(README__md=b"hh")
    github.repos["brew/kettle"].push(README__md=b"k")
    plainly = github.listed
    github.listed = lambda parts, headers: (
        (422, {}, b'{"message": "no"}') if "users" in parts.path else plainly(parts, headers)
    )
    with pytest.raises(SourceError, match="refused the list owner millers"):
        source.collect(on(api_desk, 22))
    assert set(refusals(on(api_desk, 22))) == {"brew/kettle/README.md", "millers/hops/README.md"}


@pytest.mark.parametrize("delay_s", [0.0, 3.0, 60.0])
def test_a_busy_server_is_asked_again_in_turns_of_the_pace(hub, api_desk, fake_clock, delay_s):
    github = hub({"brew/kettle": dict(KETTLE)})
    moments, plainly = [], github.route

    def route(parts, headers):
        moments.append(fake_clock.time)
        return (502, {}, b"{}") if len(moments) < 4 else plainly(parts, headers)

    github.route = route
    assert code(github, delay_s=delay_s).collect(on(api_desk, 21)).stored == 2
    gaps = [round(after - before, 3) for before, after in pairwise(moments)]
    assert gaps[:3] == [max(delay_s, wait) for wait in (2, 4, 8)]
    assert set(gaps[3:]) == {delay_s}


@pytest.mark.usefixtures("fake_clock")
@pytest.mark.parametrize("trouble", ["busy for 5 s", "lost"])
def test_one_repository_without_an_answer_stops_no_other(hub, api_desk, trouble):
    github = hub({"brew/kettle": dict(KETTLE), "brew/zest": {"README.md": b"z"}})
    code(github).collect(on(api_desk, 21))
    github.repos["brew/zest"].push(README__md=b"zz")
    plainly = github.repository

    def repository(name, *rest):
        if name == "brew/zest":
            return plainly(name, *rest)
        if trouble == "lost":
            raise ConnectionError
        return 503, {"Retry-After": "5"}, b""

    github.repository = repository
    assert code(github).collect(on(api_desk, 22)).stored == 1
    assert refusals(on(api_desk, 22))["brew/kettle"] == "http-503"
    assert published(api_desk).items() >= {"README.md": object_id(KETTLE["README.md"])}.items()


@pytest.mark.parametrize(
    ("change", "end"),
    [("none", None), ("push", None), ("licence", "licence-not-allowed"), ("gone", "gone"), ("odd", None)],
)
def test_a_repository_that_no_list_names_any_more_is_asked_after_and_nothing_new_is_taken(hub, api_desk, change, end):
    lists = {"millers": ["brew/kettle", "brew/zest"]}
    github = hub({"brew/kettle": dict(KETTLE), "brew/zest": {"README.md": b"z"}}, lists=lists)
    source = code(github, repositories=(), owners=("millers",))
    source.collect(on(api_desk, 21))
    lists["millers"].remove("brew/kettle")
    repo = github.repos["brew/kettle"]
    if change == "push":
        repo.push(README__md=b"new")
    repo.licence = "AGPL-3.0" if change == "licence" else "MIT"
    repo.answer = {"gone": missing(), "odd": ok({})}.get(change, ())
    asked(github)
    source.collect(on(api_desk, 22))
    found = asked(github)
    assert found[:2] == ["/users/millers/repos", "brew/zest"]
    assert set(found[2:]) == {"brew/kettle"}
    assert published(api_desk)["README.md"] == (end or object_id(KETTLE["README.md"]))
    source.collect(on(api_desk, 22))
    assert asked(github) == []
    lists["millers"].append("brew/kettle")
    repo.answer, repo.licence = (), "MIT"
    source.collect(on(api_desk, 23))
    assert published(api_desk)["README.md"] == object_id(repo.files["README.md"])


def test_a_repository_that_moved_there_and_back_is_published_once(hub, api_desk):
    github = hub({"brew/kettle": dict(KETTLE)})
    source, repo = code(github), github.repos["brew/kettle"]
    source.collect(on(api_desk, 21))
    github.repos, github.moved = {"brew/pot": repo}, {"brew/kettle": "brew/pot"}
    source.collect(on(api_desk, 22))
    github.repos, github.moved = {"brew/kettle": repo}, {"brew/pot": "brew/kettle"}
    source.collect(on(api_desk, 23))
    assert refusals(on(api_desk, 23)) == {
        "brew/kettle/README.md": None, "brew/kettle/docs/mash.md": None,
        "brew/pot/README.md": "gone", "brew/pot/docs/mash.md": "gone",
    }  # fmt: skip
