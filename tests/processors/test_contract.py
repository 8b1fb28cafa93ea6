"""What every processor promises, tested over all of them."""

import pickle
from datetime import UTC, datetime
from typing import get_args

import pyarrow as pa
import pytest

from corpus.errors import ModelMissing
from corpus.schema import DOCUMENT
from processors import AnyProcessor, Select

STEPS = [member for member in get_args(get_args(AnyProcessor)[0]) if member is not Select]  # select alone drops
WHOLE_TABLE = {"near"}  # judges documents against each other
TEXT = "The mash turns starch into sugar, and the brewer keeps the water warm for an hour. Write to ada@brewnet.test. "
NIGHT = "2026-11-01"


def documents():
    columns = {
        "id": [f"brewnet/{number}" for number in range(6)],
        "text": [TEXT * 5, "", "Short.", TEXT * 5, "Die Maische macht aus Stärke Zucker. " * 6, "🍺\u200b " * 20],
        "kind": ["article"] * 6,
        "title": ["Mash", None, "", "Mash", "Maische", None],
        "messages": [None] * 6,
        "body": [b"<html><body><p>" + TEXT.encode() * 5, None, b"", b"\xff\xfe\0", TEXT.encode(), b"# x"],
        "media_type": ["text/html", None, "text/html", "text/html", "text/plain", "text/markdown"],
        "url": ["http://brewnet.test/"] * 6,
        "author": [None, "f00", None, None, None, None],
        "created_at": [None, datetime(2020, 1, 1, tzinfo=UTC), None, None, None, None],
        "revision_seen": [NIGHT] * 6,
        "source_priority": [0, 0, 1, 1, 0, 0],
    }
    extra = {"body": pa.large_binary(), "media_type": pa.string(), "source_priority": pa.int32()}
    return pa.table(
        {name: pa.array(values, extra.get(name) or DOCUMENT.field(name).type) for name, values in columns.items()}
    )


@pytest.fixture(params=STEPS, ids=lambda step: step.__name__)
def step(request):
    return request.param()


def run(step, table):
    try:
        return step(table)
    except ModelMissing as error:
        pytest.skip(str(error))


def given(step):
    """A table with the id and what the step declares to read, nothing else."""
    return documents().select(dict.fromkeys(("id", *step.reads)))


def test_rows_order_ids_and_the_other_columns_stay(step):
    table = given(step)
    made = run(step, table)
    assert made["id"].to_pylist() == table["id"].to_pylist()
    assert set(made.column_names) == {*table.column_names, *step.writes}
    for name in set(table.column_names) - set(step.writes):
        assert made[name].equals(table[name])


def test_an_empty_table_gives_the_same_columns(step):
    table = given(step)
    assert run(step, table.slice(0, 0)).schema.equals(run(step, table).schema)


def test_slices_give_what_the_whole_gives(step):
    if step.kind in WHOLE_TABLE:
        pytest.skip("judges documents against each other")
    table = given(step)
    pieces = [run(step, table.slice(start, 2)) for start in range(0, len(table), 2)]
    assert pa.concat_tables(pieces).to_pylist() == run(step, table).to_pylist()


def test_it_is_deterministic_and_leaves_its_input_alone(step):
    table, untouched = given(step), given(step)
    once = run(step, table)
    assert once.equals(run(step, table))
    assert table.equals(untouched)


def test_columns_it_does_not_declare_change_nothing(step):
    made = run(step, documents()).select(step.writes)
    assert made.equals(run(step, given(step)).select(step.writes))


def test_it_travels_to_another_process(step):
    assert pickle.loads(pickle.dumps(step)) == step


def test_its_fingerprint_follows_its_version(step, monkeypatch):
    before = step.fingerprint
    monkeypatch.setattr(type(step), "version", type(step).version + 1)
    assert step.fingerprint != before
