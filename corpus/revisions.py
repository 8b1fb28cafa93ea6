"""From every raw row of every night to one row per document: what is known of it now, and since when.

A *run* is an unbroken row of nights on which the document's body was the same (equal ``payload_sha256``). A night that
did not see the document does not break a run, and neither does one that learnt nothing: an answer without a body and
without a refusal (304), or a refusal that may pass (``TRANSIENT``). Such a night never replaces what is known.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# RFC 9309 section 2.3.1.4 and RFC 9110 sections 15.5.21 and 15.6: the server is asked again later.
TRANSIENT = r"^(robots-unreachable|consent-unreachable|unreachable|http-429|http-5[0-9][0-9])$"
# A change of the verdict rewrites a published row even where the text stayed the same.
VERDICT = ("consent", "consent_evidence", "licence", "licence_evidence", "attribution")
CHANGES = ("consent", "licence", "licence_evidence", "attribution")  # evidence of consent has the time of each look
NIGHTS = pa.schema(
    [
        pa.field("first_seen", pa.string(), nullable=False),
        pa.field("revision_seen", pa.string(), nullable=False),
        pa.field("last_seen", pa.string(), nullable=False),
    ]
)


def current(raw: pa.Table) -> pa.Table:
    """Return one row per id, sorted by id: the columns of ``raw`` less ``night``, and those of ``NIGHTS``.

    ``raw`` holds ``RAW`` columns of all nights in any order, and ``night`` (string). The row is the first of the newest
    run, so its ``fetched_at`` and archive place are those fixed when the revision was taken; only the columns of
    ``VERDICT`` follow a later night on which one of ``CHANGES`` did. A refusal that will not pass (``gone``,
    ``ai-opt-out`` ...) is a run of its own. ``first_seen`` is the first night of the id, ``revision_seen`` the
    first of its newest run, ``last_seen`` the newest night that has a row of it.
    """
    rows = _ordered(raw)
    ids = _codes(rows["id"])
    events = _events(rows, ids)
    of_run = _starts(*(codes[events] for codes in (ids, _codes(rows["payload_sha256"]), _codes(rows["refusal"]))))
    of_verdict = of_run | _starts(*(_codes(rows[name])[events] for name in CHANGES))
    ends = np.flatnonzero(_ends(ids[events]))
    runs, verdicts = (events[_newest(starts)[ends]] for starts in (of_run, of_verdict))
    seen = (np.flatnonzero(_starts(ids)), runs, np.flatnonzero(_ends(ids)))
    return _assembled(rows, runs, verdicts, seen)


def night_of(path: str) -> str:
    """Return the night that a ``path`` of the raw store is of: ``state/raw/<night>/...``."""
    return path.split("/")[2]


def is_transient(refusal: str | None) -> bool:
    """Return whether ``refusal`` may pass, so that what is known of the document stands."""
    return refusal is not None and re.search(TRANSIENT, refusal) is not None


def _ordered(raw: pa.Table) -> pa.Table:
    """Sort by id and night, and inside a night so that the row that counts is its last, in any order of ``raw``."""
    keys = ["id", "night", "settled", "fetched_at", "payload_sha256", "refusal", "archive", "archive_offset"]
    ranks = raw.select([key for key in keys if key != "settled"]).append_column("settled", _settled(raw).cast("int8"))
    return raw.take(pc.sort_indices(ranks, [(key, "ascending") for key in keys]))


def _settled(rows: pa.Table) -> pa.ChunkedArray:
    """Tell which rows say something that lasts: a body, or a refusal that will not pass."""
    passing = pc.match_substring_regex(rows["refusal"], TRANSIENT)
    return pc.coalesce(pc.invert(passing), pc.is_valid(rows["payload_sha256"]))


def _events(rows: pa.Table, ids: np.ndarray) -> np.ndarray:
    """Return the places of the rows that count: the last of an id's night, and only settled ones where it has any."""
    settled = _settled(rows).to_numpy().astype(bool)
    counts = settled | ~np.isin(ids, ids[settled])
    return np.flatnonzero(counts & _ends(ids, _codes(rows["night"])))


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """Return one integer per value, equal where values are equal; null is a value of its own."""
    encoded = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
    return np.asarray(encoded.indices)


def _starts(*codes: np.ndarray) -> np.ndarray:
    """Tell where a run of equal neighbours begins in any of ``codes``."""
    first = np.ones(len(codes[0]), dtype=bool)
    for values in codes:
        first[1:] &= values[1:] == values[:-1]
    first[1:] = ~first[1:]
    return first


def _ends(*codes: np.ndarray) -> np.ndarray:
    """Tell where a run of equal neighbours ends in any of ``codes``."""
    return np.append(_starts(*codes)[1:], [True])[: len(codes[0])]


def _newest(starts: np.ndarray) -> np.ndarray:
    """Return, at every place, the last start at or before it."""
    return np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))


def _assembled(rows: pa.Table, runs: np.ndarray, verdicts: np.ndarray, seen: tuple[np.ndarray, ...]) -> pa.Table:
    found = rows.drop_columns("night").take(runs)
    for name in VERDICT:
        place = found.schema.get_field_index(name)
        found = found.set_column(place, found.field(place), rows[name].take(verdicts))
    for field, places in zip(NIGHTS, seen, strict=True):
        found = found.append_column(field, rows["night"].take(places).cast(field.type))
    return found
