"""Four services in small, as their documentation describes them: arXiv, MediaWiki, GitHub and Reddit.

``python -m bench.api_services NAME DOCUMENTS`` serves one from memory and prints its port; each answer takes
``LATENCY_S``. When its input ends it prints how many requests it had and the seconds between the first and the last.
"""

import base64
import hashlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LATENCY_S = 0.02
WORDS = "The mash turns starch into sugar while the brewer keeps the water warm. "
TEXT = WORDS * 60  # about 4 kB
PAPER = r"\documentclass{article}\begin{document}\title{Mash}\maketitle\section{Warmth} " + TEXT + r"\end{document}"
OAI = "http://www.openarchives.org/OAI/2.0/"
Query = dict[str, str]


def arxiv(path: str, query: Query, documents: int) -> str:
    """Answer query API, OAI-PMH and sources of ``documents`` papers under CC BY."""
    if path.startswith("/e-print"):
        return PAPER
    if path == "/oai":
        return _oai_record(query["identifier"].rpartition(":")[2])
    start, size = int(query.get("start", 0)), int(query.get("max_results", 10))
    entries = "".join(_entry(number) for number in range(start, min(start + size, documents)))
    search = "http://a9.com/-/spec/opensearch/1.1/"
    counts = f'<o:totalResults xmlns:o="{search}">{documents}</o:totalResults>'
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{counts}{entries}</feed>'


def _entry(number: int) -> str:
    day = f"2026-01-{28 - number % 28:02d}T00:00:00Z"
    return (
        f"<entry><id>http://arxiv.org/abs/2601.{number:05d}v1</id><title>Mash {number}</title><updated>{day}</updated>"
        f"<published>{day}</published><summary>{WORDS}</summary><author><name>A. Miller</name></author></entry>"
    )


def _oai_record(key: str) -> str:
    raw = (
        f'<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>{key}</id><version version="v1"><date>Mon, 5 Jan 2026 '
        f"00:00:00 GMT</date><size>9kb</size></version><title>Mash</title><authors>A. Miller</authors><categories>cs.CL"
        f"</categories><license>http://creativecommons.org/licenses/by/4.0/</license><abstract>{WORDS}</abstract></arXivRaw>"
    )
    head = f"<header><identifier>oai:arXiv.org:{key}</identifier><datestamp>2026-01-05</datestamp></header>"
    record = f"<GetRecord><record>{head}<metadata>{raw}</metadata></record></GetRecord>"
    return f'<OAI-PMH xmlns="{OAI}"><responseDate>2026-11-21T00:00:00Z</responseDate><request/>{record}</OAI-PMH>'


def mediawiki(_path: str, query: Query, documents: int) -> dict[str, Any]:
    """Answer for a wiki whose one category has ``documents`` pages."""
    if query["action"] == "parse":
        return {"parse": {"title": f"Page {query['oldid']}", "text": {"*": f"<p>{TEXT}</p>"}}}
    if "pageids" in query:
        return {"query": {"pages": {number: _page(int(number)) for number in query["pageids"].split("|")}}}
    if "list" in query:
        pages = range(1, documents + 1)
        members = [{"pageid": n, "title": f"Page {n}", "timestamp": "2026-01-01T00:00:00Z"} for n in pages]
        return {"query": {"categorymembers": members}}
    return {"query": {"rightsinfo": {"url": "https://creativecommons.org/licenses/by-sa/4.0/", "text": "CC BY-SA"}}}


def _page(number: int) -> dict[str, Any]:
    revision = {"revid": number, "timestamp": "2026-01-01T00:00:00Z"}
    return {"pageid": number, "title": f"Page {number}", "fullurl": f"http://w/{number}", "revisions": [revision]}


def github(path: str, _query: Query, documents: int) -> dict[str, Any]:
    """Answer for repositories of ten files each."""
    words = path.strip("/").split("/")
    name = "/".join(words[1:3])
    if words[3:4] == ["branches"]:
        date = {"committer": {"date": "2026-01-01T00:00:00Z"}}
        return {"name": "main", "commit": {"sha": hashlib.sha1(name.encode()).hexdigest(), "commit": date}}  # noqa: S324 - as git does
    if words[4:5] == ["trees"]:
        files = [_blob(name, number) for number in range(min(documents, 10))]
        entries = [{"path": f"docs/{n}.md", "type": "blob", "mode": "100644", "sha": _sha(body), "size": len(body)}
                   for n, body in enumerate(files)]  # fmt: skip
        return {"sha": words[5], "tree": entries, "truncated": False}
    if words[4:5] == ["blobs"]:
        body = next(body for n in range(10) if _sha(body := _blob(name, n)) == words[5])
        return {"sha": words[5], "encoding": "base64", "content": base64.encodebytes(body).decode()}
    owner = {"login": words[1]}
    licence = {"spdx_id": "MIT", "key": "mit", "name": "MIT"}
    return {"full_name": name, "name": words[2], "owner": owner, "license": licence, "default_branch": "main",
            "pushed_at": "2026-01-01T00:00:00Z", "html_url": f"https://github.com/{name}"}  # fmt: skip


def _blob(name: str, number: int) -> bytes:
    return f"# {name} {number}\n\n{TEXT}".encode()


def _sha(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(body) + body).hexdigest()  # noqa: S324 - as git does


def reddit(path: str, query: Query, documents: int) -> Any:  # noqa: ANN401 - JSON
    """Answer for a subreddit of ``documents`` threads with ten comments each."""
    if path.endswith("access_token"):
        return {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "*"}
    if path.startswith("/r/"):
        start = int(query["after"].removeprefix("t3_")) + 1 if "after" in query else 0
        numbers = range(start, min(start + int(query.get("limit", 100)), documents))
        after = f"t3_{numbers[-1]}" if numbers and numbers[-1] + 1 < documents else None
        return _listing([("t3", _post(number)) for number in numbers], after)
    number = int(path.strip("/").split("/")[1])
    comments = [("t1", _comment(number, place)) for place in range(10)]
    return [_listing([("t3", _post(number))]), _listing(comments)]


def _post(number: int) -> dict[str, Any]:
    return {"id": str(number), "name": f"t3_{number}", "title": f"Mash {number}", "selftext": WORDS, "is_self": True,
            "author": "miller", "subreddit": "brewing", "score": 9, "edited": False,
            "created_utc": 1_700_000_000.0 - number, "num_comments": 10, "over_18": False, "quarantine": False,
            "permalink": f"/r/brewing/comments/{number}/mash/", "url": f"https://www.reddit.com/{number}"}  # fmt: skip


def _comment(number: int, place: int) -> dict[str, Any]:
    said = {"author": f"brewer{place}", "body": WORDS * 4, "created_utc": 1_700_000_000.0, "edited": False, "score": 5}
    told = {"is_submitter": False, "stickied": False, "distinguished": None, "replies": ""}
    names = {"id": f"{number}c{place}", "name": f"t1_{number}c{place}", "parent_id": f"t3_{number}"}
    return {**names, **said, **told, "link_id": f"t3_{number}"}


def _listing(children: list[tuple[str, dict[str, Any]]], after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"children": [{"kind": k, "data": d} for k, d in children], "after": after}}


SERVICES = {"arxiv": arxiv, "wikipedia": mediawiki, "github": github, "reddit": reddit}


def main(name: str, documents: int) -> None:
    """Serve ``name`` until the input ends, then say what was asked."""
    moments: list[float] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            moments.append(time.perf_counter())
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            answer = SERVICES[name](parts.path, query, documents)
            body = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            time.sleep(LATENCY_S if sent is not None else 0.0)
            self.send_response(200)
            self.send_header("Content-Type", "application/xml" if isinstance(answer, str) else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the name that the server looks for

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()
    sys.stdout.write(json.dumps([len(moments), moments[-1] - moments[0]]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
