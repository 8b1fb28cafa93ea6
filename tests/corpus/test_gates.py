"""Each gate closes on its own fault and on no other."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from corpus.errors import GateRefused
from corpus.gates import Gates, check, check_authors
from corpus.manifest import Manifest


@pytest.fixture
def previous(rows_of, manifest_of) -> Manifest:
    return manifest_of(rows_of(10, source=["web", "news"] * 5))


def put(table: pa.Table, column: str, values: list[object]) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, table.field(column), pa.array(values, table.field(column).type))


def test_sound_rows_pass_with_and_without_a_last_version(rows_of, previous: Manifest) -> None:
    rows = rows_of(5, source=["web", "news", "web", "web", "web"])
    check(None, rows, Gates())
    check(previous, rows, Gates())


FAULTS: list[tuple[str, str, Callable[[pa.Table], pa.Table]]] = [
    ("nothing kept", "^no row would be kept", lambda rows: rows.slice(0, 0)),
    (
        "two tokenizers",
        "mix 2 versions of the tokenizer",
        lambda rows: put(rows, "tokenizer_sha256", ["a"] * 9 + ["b"]),
    ),
    (
        "two templates",
        "mix 2 versions of the chat template",
        lambda rows: put(rows, "template_sha256", ["a"] * 9 + ["b"]),
    ),
    (
        "all masked",
        "the row web/0000007 has no unmasked token",
        lambda rows: put(rows, "assistant_mask", [[0, 1, 1]] * 7 + [[0, 0, 0]] + [[0, 1, 1]] * 2),
    ),
    (
        "uneven mask",
        "the row web/0000002 has a mask of another length",
        lambda rows: put(rows, "assistant_mask", [[0, 1, 1]] * 2 + [[1]] + [[0, 1, 1]] * 7),
    ),
    (
        "no tokens",
        "the row web/0000000 has no unmasked token",
        lambda rows: put(put(rows, "assistant_mask", [[]] * 10), "input_ids", [[]] * 10),
    ),
    ("source vanished", "the source news had 5 rows in v2026-11-20", lambda rows: put(rows, "source", ["web"] * 10)),
    ("half gone", "4 rows would be kept where v2026-11-20 has 10", lambda rows: rows.slice(0, 4)),
]


@pytest.mark.parametrize(("message", "spoil"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_faulty_night_is_refused(
    rows_of, previous: Manifest, message: str, spoil: Callable[[pa.Table], pa.Table]
) -> None:
    rows = rows_of(10, source=["web", "news"] * 5)
    check(previous, rows, Gates())
    with pytest.raises(GateRefused, match=message):
        check(previous, spoil(rows), Gates())


def test_the_row_that_is_named_is_right_in_a_table_of_many_chunks(rows_of) -> None:
    rows = put(rows_of(10), "assistant_mask", [[0, 1, 1]] * 8 + [[0, 0, 0]] + [[0, 1, 1]])
    with pytest.raises(GateRefused, match="web/0000008"):
        check(None, pa.concat_tables([rows.slice(0, 3), rows.slice(3, 4), rows.slice(7)]), Gates())


def test_thresholds_are_options(rows_of, previous: Manifest) -> None:
    rows = rows_of(10, source=["web"] * 10)
    check(previous, rows.slice(0, 1), Gates(max_fall=0.9, may_vanish=("news",)))
    with pytest.raises(GateRefused, match="only 10 rows would be kept and the gate min_rows wants 11"):
        check(None, rows, Gates(min_rows=11))


def test_pseudonyms_of_another_secret_are_refused_unless_that_is_meant(rows_of, manifest_of) -> None:
    before = manifest_of(rows_of(1), authors="pseudonym a")
    check_authors(None, "name", Gates())
    check_authors(before, "pseudonym a", Gates())
    check_authors(before, "name", Gates(new_pseudonyms=True))
    check_authors(manifest_of(rows_of(1)), "name", Gates())
    with pytest.raises(GateRefused, match="another secret, than in v"):
        check_authors(before, "name", Gates())
