"""Bringing the frontier up to what the raw store says: after a crash the last part, after a loss everything."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from corpus.revisions import night_of
from corpus.store import Store
from scrapers.crawl.archive import bodies
from scrapers.crawl.frontier import Frontier
from scrapers.crawl.site import Site
from scrapers.crawl.visits import LEARNT
from scrapers.page import Page, Request

RAW_FOLDER = "state/raw"


def forget(path: Path) -> None:
    """Remove the frontier at ``path``, with what SQLite keeps beside it."""
    for file in path.parent.glob(path.name + "*"):
        file.unlink()


def parts_of(store: Store, folder: str) -> list[str]:
    """Return the Parquet parts of the source whose parts of tonight go to ``folder``, in the order of the nights."""
    source = folder.rsplit("/", 1)[-1]
    paths = sorted(store.paths(RAW_FOLDER), key=by_night)
    return [path for path in paths if path.endswith(".parquet") and path.split("/")[-2] == source]


def by_night(path: str) -> tuple[str, str]:
    """Return what sorts paths of the raw store by night: a second night of a date (``.02``) is later than the first."""
    return night_of(path), path


def recall(frontier: Frontier, store: Store, parts: list[str], site: Site) -> None:
    """Teach ``frontier`` every part it does not know; under new options also where all the stored pages lead."""
    fingerprint = site.fingerprint
    is_new = not frontier.notebook.is_of(fingerprint)
    unknown = set(parts) - frontier.notebook.parts
    for path in sorted(unknown, key=by_night):
        frontier.learn(path, store.read_table(path, list(LEARNT)).to_pylist())
    if is_new:
        for path in parts:
            frontier.add(_leads(frontier, store, store.read_table(path), site))
        frontier.notebook.now_of(fingerprint)
    frontier.recount()


def _leads(frontier: Frontier, store: Store, raw: pa.Table, site: Site) -> Iterator[Request]:
    """Yield the requests that stored pages lead to; of what was opted out since the body is scrubbed."""
    for place, row in enumerate(raw.to_pylist()):
        depth = frontier.notebook.depth_of_stored(row["id"].removeprefix(f"{row['source']}/"))
        body = bodies(store, raw.slice(place, 1))[0].as_py() if depth is not None else None
        if body:
            headers = {"content-type": row["media_type"] or ""}
            page = Page(Request(row["url"], depth=depth or 0), row["url"], 200, headers, body, row["fetched_at"])
            yield from (found for found in site.parse(page) if isinstance(found, Request))
