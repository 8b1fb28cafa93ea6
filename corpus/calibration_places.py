"""The places of a site that repeat something on their pages, from the widest to the narrowest."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from corpus.params import Params

_DEPTHS = 3  # of places: domain, host, section


class Place(Params):
    """A site or a part of one: its distinct documents, and for each line (16 hex digits) how many of them hold it."""

    documents: int = Field(ge=0)
    lines: dict[str, int]


def places_of(url: str | None) -> tuple[str, ...]:
    """Return the places that ``url`` belongs to, the widest first; none where it names no host.

    The registrable domain follows the public suffix list that tldextract brings, private suffixes included, so that
    two users of one hosting service are two sites.
    """
    try:
        parts = urlsplit(url or "")
        host = (parts.hostname or "").removesuffix(".")
    except ValueError:
        return ()
    if not host or parts.scheme not in {"http", "https"}:
        return ()
    first, deeper, _ = parts.path.lstrip("/").partition("/")
    section = (f"{host}/{first}",) if deeper and first else ()
    return tuple(dict.fromkeys((_domain(host), host, *section)))


@cache
def _suffixes() -> Any:  # noqa: ANN401 - its class would have to be imported for the name alone
    import tldextract  # noqa: PLC0415 - reads a list of 10,000 suffixes, which no other step needs

    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@cache
def _domain(host: str) -> str:
    found = _suffixes()(host)
    return f"{found.domain}.{found.suffix}" if found.domain and found.suffix else host


def by_place(pages: pa.Table, common: Callable[[pa.Table], Mapping[str, Place]]) -> dict[str, Place]:
    """Return what is ``common`` in each place of ``pages`` (with ``url``) and in no wider one that it belongs to.

    ``common`` is given the pages with their ``place`` (string, null for none), once for each depth of places.
    """
    where = [places_of(url) for url in pages["url"].to_pylist()]
    found: dict[str, Place] = {}
    for depth in range(_DEPTHS):
        names = [places[depth] if len(places) > depth else None for places in where]
        wider = {places[depth]: places[:depth] for places in where if len(places) > depth}
        for name, place in common(pages.append_column("place", pa.array(names, pa.string()))).items():
            told = {line for outer in wider[name] if outer in found for line in found[outer].lines}
            lines = {line: count for line, count in place.lines.items() if line not in told}
            if lines:
                found[name] = place.model_copy(update={"lines": lines})
    return found


def held_often(hashes: pa.ChunkedArray, least: int) -> pa.Array:
    """Return the places of those ``hashes`` that come ``least`` times or more: few, so that only they are grouped."""
    told, counts = np.unique(hashes.to_numpy(), return_counts=True)
    return pc.indices_nonzero(pc.is_in(hashes, pa.array(told[counts >= least])))
