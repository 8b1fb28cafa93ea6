"""From what a chain decided to what is written: published rows, ledger rows and the funnel."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from corpus.manifest import FunnelRow
from corpus.schema import LEDGER, ROW
from processors.chain import Curated, Step
from processors.select import VERDICT, Select

_NO_SCORES = ("archive_length", "archive_offset", "simhash", "source_priority", "status")


def rows(kept: pa.Table) -> pa.Table:
    """Return the rows to publish (schema ``ROW``, sorted by id); a column no step wrote is null."""
    missing = [column for column in ROW if column.name not in kept.column_names]
    for column in missing:
        kept = kept.append_column(column, pa.nulls(kept.num_rows, column.type))
    return kept.select(ROW.names).cast(ROW).sort_by("id")


def refused(documents: pa.Table) -> pa.Table:
    """Return the verdicts on documents whose source gave no body: the refusal is the reason."""
    gone = documents.filter(pc.is_valid(documents["refusal"]))
    return pa.table([gone["id"], gone["refusal"], gone["refusal_detail"]], schema=VERDICT)


def ledger_rows(documents: pa.Table, curated: Curated, night: str) -> pa.Table:
    """Return one ``LEDGER`` row for every document: facts of ``documents``, fate and scores of ``curated``."""
    verdicts = pa.concat_tables([refused(documents), curated.dropped], promote_options="default")
    facts = documents.sort_by("id")
    place = pc.index_in(facts["id"], verdicts["id"].combine_chunks())
    for name in ("reason", "evidence"):
        facts = facts.append_column(name, verdicts[name].take(place))
    fate = pc.if_else(pc.is_null(facts["reason"]), "kept", "dropped")
    kept = facts["id"].filter(pc.equal(fate, "kept"))
    if sorted(kept.to_pylist()) != sorted(curated.kept["id"].to_pylist()):
        raise ValueError("a step lost or made a row: the documents without a verdict are not those that are kept")
    for name, column in (("title", _titles(facts, curated.scored)), ("kind", _kinds(facts, curated.scored))):
        facts = facts.set_column(facts.schema.get_field_index(name), name, column)
    for name in ("duplicate_of", "duplicate_rule", "contamination_hits"):
        facts = facts.append_column(name, _found(facts, curated.scored, name))
    facts = facts.append_column("fate", fate).append_column("scores", _scores(facts, curated.scored))
    facts = facts.append_column("night", pa.array([night] * facts.num_rows, pa.string()))
    return facts.select(LEDGER.names).cast(LEDGER)


def funnel(steps: Sequence[Step], fates: pa.Table) -> list[FunnelRow]:
    """Return how many documents left for which reason, in the order of the chain; the kept come last."""
    counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(fates["reason"]).to_pylist()}
    kept = counts.pop(None, 0)
    selects = [(place, step) for place, step in enumerate(steps) if isinstance(step, Select)]
    rules = dict.fromkeys((rule.reason, f"select {place}") for place, step in selects for rule in step.rules)
    found = [FunnelRow(step=step, reason=why, documents=counts.pop(why)) for why, step in rules if why in counts]
    at_source = [FunnelRow(step="source", reason=reason, documents=counts[reason]) for reason in sorted(counts)]
    return [*at_source, *found, FunnelRow(step="kept", reason="kept", documents=kept)]


def _titles(facts: pa.Table, scored: pa.Table) -> pa.ChunkedArray:
    """Return the source's title of each document, else the one its page gave."""
    return pc.coalesce(facts["title"], _found(facts, scored, "title"))


def _kinds(facts: pa.Table, scored: pa.Table) -> pa.ChunkedArray:
    """Return the kind that each body turned out to be, else the source's."""
    return pc.coalesce(_found(facts, scored, "kind"), facts["kind"])


def _found(facts: pa.Table, scored: pa.Table, name: str) -> pa.ChunkedArray:
    """Return what the chain made of the column ``name`` for each document; null where it made nothing."""
    kind = LEDGER.field(name).type
    if name not in scored.column_names:
        return pa.chunked_array([pa.nulls(facts.num_rows, kind)])
    found = scored[name].take(pc.index_in(facts["id"], scored["id"].combine_chunks()))
    return found.cast(kind)


def _scores(facts: pa.Table, scored: pa.Table) -> pa.Array:
    numbers = [
        column.name for column in scored.schema if pa.types.is_floating(column.type) or pa.types.is_integer(column.type)
    ]
    names = [name for name in numbers if name not in _NO_SCORES]
    known = dict(zip(scored["id"].to_pylist(), scored.select(names).to_pylist(), strict=True))
    maps = [
        [(name, float(value)) for name, value in known.get(document, {}).items() if value is not None]
        for document in facts["id"].to_pylist()
    ]
    return pa.array(maps, LEDGER.field("scores").type)
