import os
import random
import resource
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.errors import StoreError
from corpus.near import merging, runs
from corpus.near.runs import check_run, merge_runs, open_run, write_run
from corpus.near.sums import write_sums

LARGEST = 2**64 - 1
# Few keys that come often span several blocks of 512; the ends of the number range are always among them.
key = st.sampled_from([0, 1, 2**32, 2**63, LARGEST - 1, LARGEST]) | st.integers(0, LARGEST)
row = st.integers(0, 2**32 - 1)
seeds = st.integers(0, 2**32)
times = st.sampled_from([1, 1, 1, 2, 510, 511, 512, 513, 1100])
entries = st.lists(st.tuples(key, row, times), max_size=6).map(
    lambda groups: [(key, (row + i) % 2**32) for key, row, times in groups for i in range(times)]
)


def arrays(pairs):
    return np.array([key for key, _ in pairs], np.uint64), np.array([row for _, row in pairs], np.uint32)


def write(path, pairs):
    write_run(path, *arrays(pairs))
    return path


def nothing_gone(rows):
    return np.zeros(len(rows), bool)


def found(path, keys):
    """The rows of each asked key, in the order of the file."""
    asked = np.array(keys, np.uint64)
    with open_run(path) as run:
        which, rows = run.rows(*run.ranges(asked))
    answer = [[] for _ in keys]
    for place, value in zip(which.tolist(), rows.tolist(), strict=True):
        answer[place].append(value)
    return answer


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@given(pairs=entries, others=st.lists(key, max_size=20), seed=seeds)
@example(pairs=[], others=[0, LARGEST], seed=0)
@example(pairs=[(LARGEST, 5)], others=[0, LARGEST], seed=0)
@example(pairs=[(7, row) for row in range(1024)], others=[6, 8], seed=0)
def test_a_run_answers_what_a_dict_of_lists_answers(folder, pairs, others, seed):
    expected = {}
    for k, r in pairs:
        expected.setdefault(k, []).append(r)
    asked = [*expected, *others, *others, *list(expected)[:2]]
    random.Random(seed).shuffle(asked)
    write(folder / "run", pairs)
    check_run(folder / "run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "WINDOW", 1 + seed % 2)
        patch.setattr(runs, "_DENSE", 0)
        in_windows = found(folder / "run", asked)
        patch.setattr(runs, "_DENSE", 1000)
        read_whole = found(folder / "run", asked)
    answers = [sorted(expected.get(k, [])) for k in asked]
    assert in_windows == read_whole == found(folder / "run", asked) == answers


@given(pairs=entries, seed=seeds)
def test_the_bytes_of_a_run_depend_on_its_entries_and_not_on_their_order(folder, pairs, seed):
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    assert write(folder / "one", pairs).read_bytes() == write(folder / "other", shuffled).read_bytes()


@settings(max_examples=40)
@given(parts=st.lists(entries, max_size=5), gone=st.sets(st.integers(0, 3)), chunk=st.sampled_from([8, 600, 1 << 19]))
def test_merging_gives_the_bytes_of_writing_what_stays_at_once(folder, parts, gone, chunk):
    paths = [write(folder / f"part{number}", part) for number, part in enumerate(parts)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging, "CHUNK", chunk)
        patch.setattr(merging, "SMALLEST_WINDOW", max(chunk // 8, 1))
        merge_runs(paths, folder / "merged", lambda rows: np.isin(rows % 4, list(gone)))
    stay = [(k, r) for part in parts for k, r in part if r % 4 not in gone]
    assert (folder / "merged").read_bytes() == write(folder / "at_once", stay).read_bytes()


def test_the_format_stays_what_it_is(tmp_path):
    content = write(tmp_path / "run", [(LARGEST, 1), (2, 0x01020304), (2, 3)]).read_bytes()
    assert content[:64].hex() == "677269737472756e01000000000200000300000000000000" + 40 * "00"
    assert content[64:4096] == bytes.fromhex("0200000000000000") + bytes(4024)
    assert content[4096:4120].hex() == "02000000000000000200000000000000ffffffffffffffff"
    assert content[4120:8192] == 4072 * b"\xff"
    assert content[8192:].hex() == "030000000403020101000000"


def test_a_large_run_takes_at_most_13_bytes_an_entry_and_one_page_of_keys_lies_between_two_fences(tmp_path):
    write_run(tmp_path / "run", np.arange(100_000, dtype=np.uint64), np.zeros(100_000, np.uint32))
    content = (tmp_path / "run").read_bytes()
    assert len(content) <= 13 * 100_000
    fences = np.frombuffer(content, "<u8", 196, 64)
    assert [int(np.frombuffer(content, "<u8", 1, 4096 * page)[0]) for page in range(1, 197)] == fences.tolist()


def test_a_written_run_leaves_nothing_else_in_the_folder_and_replaces_what_a_killed_process_left(tmp_path):
    (tmp_path / "run.tmp").write_bytes(b"half" * 10_000)
    write(tmp_path / "run", [(1, 2)])
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert found(tmp_path / "run", [1]) == [[2]]


def test_a_run_is_unmapped_after_its_block_even_when_the_block_fails(tmp_path):
    path = write(tmp_path / "run", [(1, 2)])
    maps = Path("/proc/self/maps")
    with pytest.raises(ZeroDivisionError), open_run(path) as run:  # noqa: PT012 - the block fails after a search
        first, _ = run.ranges(np.array([1], np.uint64))
        assert str(path) in maps.read_text(encoding="utf-8")
        1 // int(first[0])
    assert str(path) not in maps.read_text(encoding="utf-8")


def test_keys_and_rows_of_different_lengths_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match="not pairs"):
        write_run(tmp_path / "run", np.zeros(2, np.uint64), np.zeros(3, np.uint32))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "work",
    [
        lambda folder: write_run(folder / "target", np.arange(20_000, dtype=np.uint64), np.zeros(20_000, np.uint32)),
        lambda folder: merge_runs([folder / "part"], folder / "target", nothing_gone),
    ],
    ids=["write", "merge"],
)
def test_a_full_disk_gives_its_error_up_and_leaves_what_was_there(tmp_path, work):
    """A limit on the size of files refuses in the middle of a write, as a full disk does."""
    old = write(tmp_path / "target", [(1, 2)]).read_bytes()
    write_run(tmp_path / "part", np.arange(20_000, dtype=np.uint64), np.zeros(20_000, np.uint32))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            work(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "target").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["part", "target"]


def test_a_gone_that_changes_its_mind_gives_no_file(tmp_path):
    path = write(tmp_path / "run", [(1, 2), (3, 4)])
    answers = iter([np.array([True, False]), np.array([False, False])])
    with pytest.raises(ValueError, match="2 entries came where 1 were announced"):
        merge_runs([path], tmp_path / "merged", lambda _: next(answers))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


# A child kills itself at its nth call of anything inside `work`; a first child counts the calls.
KILLED = """
import os, random, signal, sys
from pathlib import Path
import numpy as np
from corpus.near import merging
from corpus.near.runs import check_run, merge_runs, write_run

merging.CHUNK, merging.SMALLEST_WINDOW = 2000, 100
folder, work = Path(sys.argv[1]), sys.argv[2]
parts, target = [folder / "part0", folder / "part1"], folder / "target"
keys = np.random.default_rng(1).integers(0, 1 << 64, 6000, dtype=np.uint64)
rows = np.arange(6000, dtype=np.uint32)

def job():
    if work == "write":
        write_run(target, keys, rows)
    else:
        merge_runs(parts, target, lambda rows: np.zeros(len(rows), bool))

def run_until(nth):
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    calls = 0
    def count(frame, event, arg):
        nonlocal calls
        calls += 1
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(count)
    job()
    sys.setprofile(None)
    (folder.parent / "calls").write_text(str(calls))
    os._exit(0)

write_run(parts[0], keys[:4000], rows[:4000])
write_run(parts[1], keys[4000:], rows[4000:])
assert run_until(0) == 0
new, total = target.read_bytes(), int((folder.parent / "calls").read_text())
write_run(target, keys[:9], rows[:9])
old, before = target.read_bytes(), [part.read_bytes() for part in parts]
moments = sorted(random.Random(6).sample(range(1, total), 25)) + [total - 30, total - 20, total - 10]
left_temporary = 0
for moment in moments:
    assert run_until(moment) == signal.SIGKILL, moment
    assert target.read_bytes() in (old, new), moment
    assert [part.read_bytes() for part in parts] == before, moment
    names = {path.name for path in folder.iterdir()}
    assert names <= {"part0", "part1", "target", "target.tmp"}, names
    left_temporary += "target.tmp" in names
    target.write_bytes(old)
assert left_temporary > 5
assert run_until(0) == 0
assert target.read_bytes() == new
assert not (folder / "target.tmp").exists()
print("held", len(moments))
"""


@pytest.mark.parametrize("work", ["write", "merge"])
def test_kill_9_in_the_middle_leaves_the_old_files_and_no_half_target(tmp_path, work):
    (tmp_path / "runs").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "runs"), work],
        cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONPATH": "."}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "held 28", done.stderr


def merge_peak_bytes(folder, entries):
    """The peak of a merge of three runs, one of which has one key alone."""
    keys, rows = np.arange(entries, dtype=np.uint64), np.arange(entries, dtype=np.uint32)
    write_run(folder / "even", keys * np.uint64(2), rows)
    write_run(folder / "odd", keys * np.uint64(2) + np.uint64(1), rows)
    write_run(folder / "hot", np.full(entries, entries // 3, np.uint64), rows)
    del keys, rows
    tracemalloc.start()
    merge_runs([folder / "even", folder / "odd", folder / "hot"], folder / "merged", lambda rows: rows % 10 == 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_merge_holds_a_bounded_part_in_memory_even_of_one_key_with_more_entries_than_that(tmp_path):
    small, large = merge_peak_bytes(tmp_path, 500_000), merge_peak_bytes(tmp_path, 2_000_000)
    assert (tmp_path / "merged").stat().st_size > 60_000_000
    check_run(tmp_path / "merged")
    assert large < 48_000_000
    assert large < 1.2 * small


def search(path):
    with open_run(path) as run:
        run.ranges(np.array([1], np.uint64))


def changed(content, at, values):
    return content[:at] + values + content[at + len(values) :]


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda _: b"", "is not a sorted run"),
        (lambda content: content[:40], "is not a sorted run"),
        (lambda content: changed(content, 0, b"PAR1"), "is not a sorted run"),
        (lambda content: changed(content, 8, b"\x02"), "is a sorted run of format 2 with fences every 512 keys"),
        (lambda content: changed(content, 12, b"\x00\x01"), "is a sorted run of format 1 with fences every 256 keys"),
        (lambda content: changed(content, 16, b"\xff" * 8), "has 28672 bytes where 18446744073709551615 entries take"),
        (lambda content: changed(content, 16, b"\x02"), "has 28672 bytes where"),
        (lambda content: content[:-1], "has 28671 bytes where 2048 entries take 28672"),
        (lambda content: content + b"\x00", "has 28673 bytes where 2048 entries take 28672"),
        (lambda content: changed(content, 72, b"\xff" * 8), "has fences that are out of order"),
    ],
    ids=["empty", "cut header", "magic", "version", "width", "huge count", "count", "cut", "longer", "fences"],
)
def test_a_damaged_run_is_refused_in_one_sentence_that_names_it(tmp_path, damage, says):
    path = tmp_path / "run"
    write_run(path, np.arange(2048, dtype=np.uint64), np.zeros(2048, np.uint32))
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreError) as refused:
        search(path)
    assert str(refused.value).startswith(f"{path} {says}")
    with pytest.raises(StoreError):
        check_run(path)
    if says != "has fences that are out of order":  # a merge reads no fences
        with pytest.raises(StoreError):
            merge_runs([path], tmp_path / "merged", nothing_gone)


def test_a_merge_of_entries_out_of_order_ends_with_an_error_and_does_not_hang(tmp_path, monkeypatch):
    monkeypatch.setattr(merging, "CHUNK", 512)
    monkeypatch.setattr(merging, "SMALLEST_WINDOW", 64)
    write_run(tmp_path / "run", np.arange(2**40, 2**40 + 2048, dtype=np.uint64), np.zeros(2048, np.uint32))
    content = (tmp_path / "run").read_bytes()
    (tmp_path / "run").write_bytes(changed(content, 4096 + 8 * 511, bytes(8)))
    with pytest.raises(StoreError, match="out of order"):
        merge_runs([tmp_path / "run"], tmp_path / "merged", nothing_gone)


def test_the_bytes_behind_the_last_key_are_never_taken_for_an_entry(tmp_path):
    write_run(tmp_path / "run", np.arange(600, dtype=np.uint64) * np.uint64(5), np.arange(600, dtype=np.uint32))
    content = (tmp_path / "run").read_bytes()
    (tmp_path / "run").write_bytes(changed(content, 4096 + 8 * 600, bytes(64)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_DENSE", 0)
        assert all(len(rows) <= 600 for rows in found(tmp_path / "run", [2994, 2995, 2996, LARGEST]))


@pytest.mark.parametrize("dense", [0, 1000])
@pytest.mark.parametrize("at", [8, 64, 4096 + 8 * 700, 4096 + 8 * 1023, 20480, 20480 + 4 * 2047], ids=str)
def test_a_search_in_a_sealed_run_refuses_every_page_it_reads_that_changed(tmp_path, at, dense):
    write_run(tmp_path / "run", np.arange(2048, dtype=np.uint64), np.arange(2048, dtype=np.uint32))
    write_sums(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "_DENSE", dense)
        assert found(tmp_path / "run", [0, 700, 2047]) == [[0], [700], [2047]]
        content = (tmp_path / "run").read_bytes()
        (tmp_path / "run").write_bytes(changed(content, at, bytes([content[at] ^ 1])))
        with pytest.raises(StoreError, match="run is"):
            found(tmp_path / "run", [0, 700, 2047])


def test_a_folder_in_the_place_of_a_run_is_an_error_that_names_it(tmp_path):
    (tmp_path / "run").mkdir()
    with pytest.raises(StoreError, match="run cannot be read"):
        search(tmp_path / "run")


def test_a_missing_run_is_an_error_that_names_it(tmp_path):
    for work in (search, check_run, lambda path: merge_runs([path], tmp_path / "merged", nothing_gone)):
        with pytest.raises(StoreError, match=r"run is missing$"):
            work(tmp_path / "run")


@pytest.mark.parametrize("at", [64, 4096 + 8, 4096 + 8 * 600, 20480, 20480 + 4 * 2047], ids=str)
def test_checking_a_whole_run_finds_a_changed_fence_key_or_row(tmp_path, at):
    write_run(tmp_path / "run", np.arange(2048, dtype=np.uint64) // 2 + 5, np.arange(10, 2058, dtype=np.uint32))
    content = (tmp_path / "run").read_bytes()
    check_run(tmp_path / "run")
    value = b"\xff" if at < 20480 + 4 else b"\x00\x00"
    (tmp_path / "run").write_bytes(changed(content, at, value))
    with pytest.raises(StoreError, match=r"out of order|not its keys"):
        check_run(tmp_path / "run")


@given(content=st.binary(max_size=200), header=st.booleans())
def test_no_bytes_of_any_kind_do_worse_than_being_refused(folder, content, header):
    (folder / "foreign").write_bytes((b"gristrun\x01\x00\x00\x00\x00\x02\x00\x00" if header else b"") + content)
    for work in (search, check_run):
        with pytest.raises(StoreError, match="foreign"):
            work(folder / "foreign")
