"""The index of near-duplicates: incremental equals full equals brute force, and it forgets, refuses and stays small."""

import os
import shutil
import tempfile
import tracemalloc
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import StoreError
from corpus.near import index as near_index
from corpus.near import shingles as near_shingles
from corpus.near.index import ENTRY, Design, Neighbour, open_index, prune
from corpus.near.keys import keys_of
from corpus.near.parts import read_state
from corpus.near.samples import enough_shared, sample_keys
from corpus.near.shingles import Sets, shingle_sets, shingles

# Thousands of small files: in memory where the system has a place for that.
SOMEWHERE_QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None
DESIGN = Design()
WORDS = [f"word{number}" for number in range(400)]


class Doc(NamedTuple):
    revision_seen: str
    source_priority: int
    id: str
    text: str

    @property
    def text_hash(self):
        normal = " ".join(self.text.lower().split())
        return xxhash.xxh3_128_digest(normal.encode()) if normal else None


class Bare(NamedTuple):
    """A document of which only the shingles and the text hash are made up."""

    revision_seen: str
    source_priority: int
    id: str
    values: frozenset[int]
    text_hash: bytes | None


def sets_of(docs):
    if not docs or isinstance(docs[0], Doc):
        return shingle_sets([doc.text for doc in docs])
    values = [np.array(sorted(doc.values), np.uint32) for doc in docs]
    return Sets(np.concatenate(values), np.cumsum([0, *(len(one) for one in values)]))


def table(docs):
    columns = [[getattr(doc, name) for doc in docs] for name in ENTRY.names]
    return pa.table(columns, schema=ENTRY)


def apply(index, docs, removed=()):
    index.apply(list(removed), table(docs), sets_of(docs))


def built(folder, docs, design=DESIGN, fails=()):
    index = open_index(folder, design, None)
    apply(index, docs)
    index.mark(sorted(fails), [])
    return index


def fates(index, ids):
    return {row["id"]: tuple(row.values())[1:] for row in index.standings(sorted(ids)).to_pylist()}


def brute_fates(docs, fails, design):
    """The rule as it is written, over all pairs that share a key."""
    docs = sorted(docs, key=lambda doc: doc[:3])
    sets = sets_of(docs)
    values = [set(sets.values[a:b].tolist()) for a, b in zip(sets.offsets, sets.offsets[1:], strict=False)]
    keys = [set() for _ in docs]
    for name, column in keys_of(design, sets, [doc.text_hash for doc in docs]).items():
        for key, text in zip(column.keys.tolist(), column.texts.tolist(), strict=True):
            keys[text].add((name, key))
    found, kept = {}, []
    for place, doc in enumerate(docs):
        rivals = (other for other in kept if meet(keys, values, place, other, design))
        covers = (cover(docs, values, place, other, design) for other in rivals)
        first = next((one for one in covers if one), None)
        found[doc.id] = (*(first or (None,) * 4), doc.id in fails)
        if not first and doc.id not in fails:
            kept.append(place)
    return found


def meet(keys, values, one, other, design):
    shared = keys[one] & keys[other]
    if design.containment is None or any(name != "samples" for name, _ in shared):
        return bool(shared)
    smaller = min(len(values[one]), len(values[other]))
    return bool(enough_shared(np.array([len(shared)]), np.array([smaller]), design.containment)[0])


def cover(docs, values, place, other, design):
    mine, theirs = values[place], values[other]
    jaccard = len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0
    containment = len(mine & theirs) / len(mine) if mine else 1.0
    if docs[place].text_hash == docs[other].text_hash:
        return docs[other].id, "exact", jaccard, containment
    if jaccard >= design.threshold:
        return docs[other].id, "near", jaccard, containment
    if design.containment is not None and containment >= design.containment:
        return docs[other].id, "contained", jaccard, containment
    return None


def page(rng, length=60):
    return " ".join(rng.choice(WORDS, length))


def edited(rng, text, edits):
    words = text.split()
    for place in rng.choice(len(words), edits, replace=False).tolist():
        words[place] = f"edit{rng.integers(10**6)}"
    return " ".join(words)


def pages(seed, count, night="2026-11-20", prefix="web"):
    """Pages of which one in three is an edited or exact copy of an earlier one."""
    rng = np.random.default_rng(seed)
    texts = []
    for number in range(count):
        kind = rng.random() if number else 1.0
        if kind < 0.1:
            texts.append(texts[rng.integers(number)].upper())
        elif kind < 0.35:
            texts.append(edited(rng, texts[rng.integers(number)], int(rng.integers(1, 4))))
        else:
            texts.append(page(rng))
    return [Doc(night, 0, f"{prefix}/{number:05d}", text) for number, text in enumerate(texts)]


def drawn(seed, count):
    return np.random.default_rng(seed).integers(0, 2**32, count, dtype=np.uint32).tolist()


@st.composite
def texts(draw):
    """Texts of few words, cut from and pasted to one another: many pairs are about as alike as the threshold."""
    words = st.lists(st.sampled_from("abcd"), max_size=40)
    pool = draw(st.lists(words, min_size=2, max_size=5))
    made = []
    for _ in range(draw(st.integers(4, 14))):
        text = list(draw(st.sampled_from(pool)))
        for _ in range(draw(st.integers(0, 3))):
            if text:
                text[draw(st.integers(0, len(text) - 1))] = draw(st.sampled_from("abcdé"))
        text = text[draw(st.integers(0, 6)) :] + draw(st.sampled_from([[], [], pool[0]]))
        pool.append(text)
        made.append(" ".join(text).upper() if draw(st.booleans()) else " ".join(text))
    return made


@st.composite
def contents(draw):
    """Shingles and text hashes that no texts have: sets around the threshold, equal hashes of other sets, no hash."""
    numbers = drawn(draw(st.integers(0, 3)), draw(st.sampled_from([6, 12, 40])))
    subsets = st.frozensets(st.sampled_from(numbers), min_size=len(numbers) // 4)
    pool = draw(st.lists(subsets, min_size=2, max_size=6))
    made = []
    for _ in range(draw(st.integers(4, 14))):
        values = draw(st.sampled_from(pool)) ^ draw(st.frozensets(st.sampled_from(numbers), max_size=2))
        pool.append(draw(st.sampled_from([values, values, values | pool[0], values & pool[0]])))
        of_its_own = xxhash.xxh3_128_digest(repr(sorted(pool[-1])).encode())
        made.append((pool[-1], draw(st.sampled_from([of_its_own, of_its_own, bytes(16), None]))))
    return made


@st.composite
def nights(draw):
    """Nights of (removed ids, inserted documents, failing ids, passing ids, what is done at the end)."""
    written = st.builds(lambda found: [(Doc, (text,)) for text in found], texts())
    made_up = st.builds(lambda found: [(Bare, content) for content in found], contents())
    pool, live, told = draw(written | made_up), set(), []
    for _ in range(draw(st.integers(1, 4))):
        removed = draw(st.sets(st.sampled_from(sorted(live)))) if live else set()
        names = draw(st.lists(st.sampled_from([f"d{n}" for n in range(20)]), unique=True, max_size=8))
        names = [name for name in names if name not in live or name in removed]
        facts = [(draw(st.sampled_from("123")), draw(st.integers(-1, 1)), name) for name in names]
        docs = [
            kind(*fact, *content) for fact, (kind, content) in ((one, draw(st.sampled_from(pool))) for one in facts)
        ]
        live = (live - removed) | set(names)
        fails = draw(st.sets(st.sampled_from(sorted(live)))) if live else set()
        passes = draw(st.sets(st.sampled_from(sorted(live)))) - fails if live else set()
        told.append(
            (removed, docs, fails, passes, draw(st.sampled_from(["go on", "commit", "reopen", "prune", "compact"])))
        )
    return told


def played(folder, design, told):
    """Play the nights; yields the index after each, with the living documents and those that fail."""
    index, live, failing = open_index(folder, design, None), {}, set()
    for removed, docs, fails, passes, end in told:
        apply(index, docs, sorted(removed))
        live = {name: doc for name, doc in live.items() if name not in removed} | {doc.id: doc for doc in docs}
        index.mark(sorted(fails), sorted(passes))
        failing = ((failing & live.keys()) - removed - passes) | fails
        if end == "compact":
            index.compact()
        if end in {"commit", "reopen", "prune"}:
            state = index.commit()
            if end == "prune":
                prune(folder, [state])
            if end != "commit":
                index = open_index(folder, design, state)
        yield index, live, failing


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    st.sampled_from([Design(0.5), Design(0.8), Design(0.7, 0.9), Design(0.6, 0.5)]),
    nights(),
    st.sampled_from([2, 5, 1000]),
)
def test_incremental_equals_full_equals_brute_force(design, told, chunk):
    with tempfile.TemporaryDirectory(dir=SOMEWHERE_QUICK) as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(near_index, "CHUNK", chunk)
        for index, live, failing in played(Path(folder) / "nights", design, told):
            found = fates(index, live)
            assert found == brute_fates(live.values(), failing, design)
            assert index.documents == len(live)
        rebuilt = built(Path(folder) / "anew", list(live.values()), design, failing)
        assert found == fates(rebuilt, live)
        assert sorted(name for batch in index.entries() for name in batch["id"].to_pylist()) == sorted(live)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([Design(0.5), Design(0.8), Design(0.7, 0.9), Design(0.6, 0.5)]),
    nights(),
    st.sampled_from([1, 3, 1000]),
)
def test_incremental_equals_brute_force_at_length(design, told, chunk):
    with tempfile.TemporaryDirectory(dir=SOMEWHERE_QUICK) as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(near_index, "CHUNK", chunk)
        for index, live, failing in played(Path(folder), design, told):
            assert fates(index, live) == brute_fates(live.values(), failing, design)


def test_deleting_random_documents_is_building_without_them(tmp_path):
    docs = pages(1, 300)
    gone = set(np.random.default_rng(2).choice([doc.id for doc in docs], 90, replace=False).tolist())
    rest = [doc for doc in docs if doc.id not in gone]
    index = built(tmp_path / "whole", docs)
    covered = sum(fate[0] is not None for fate in fates(index, {doc.id for doc in rest}).values())
    index.apply(sorted(gone), table([]), shingle_sets([]))
    found = fates(index, {doc.id for doc in rest})
    assert found == fates(built(tmp_path / "rest", rest), {doc.id for doc in rest})
    assert 0 < sum(fate[0] is not None for fate in found.values()) < covered


def test_a_night_in_the_middle_of_the_order_is_as_if_it_had_come_in_its_time(tmp_path):
    first, last = pages(3, 80, "2026-11-18"), pages(3, 80, "2026-11-20", "late")
    middle = pages(3, 80, "2026-11-19", "middle")
    index = built(tmp_path / "late", [*first[::2], *last])
    apply(index, middle)
    docs = [*first[::2], *last, *middle]
    assert fates(index, {doc.id for doc in docs}) == brute_fates(docs, (), DESIGN)


@pytest.fixture
def family():
    """An original, a near copy, a copy of that one in capitals, and a page that only quotes a part."""
    rng = np.random.default_rng(5)
    text = page(rng, 200)
    near = edited(rng, text, 2)
    part = " ".join(text.split()[20:80])
    return {
        "original": Doc("1", 0, "original", text),
        "near": Doc("2", 0, "near", near),
        "copy": Doc("3", 0, "copy", near.upper()),
        "part": Doc("4", 0, "part", part),
    }


def test_every_removal_names_its_winner_its_rule_and_its_true_shares(tmp_path, family):
    index = built(tmp_path, list(family.values()), Design(containment=0.9))
    found = fates(index, family)
    mine, theirs = (set(shingles(family[name].text).tolist()) for name in ("near", "original"))
    jaccard, share = len(mine & theirs) / len(mine | theirs), len(mine & theirs) / len(mine)
    assert found["original"] == (None, None, None, None, False)
    assert found["near"] == ("original", "near", jaccard, share, False)
    assert found["copy"] == ("original", "near", jaccard, share, False)
    assert found["part"][:2] == ("original", "contained")
    assert found["part"][3] == 1.0
    assert built(tmp_path / "plain", list(family.values())).standings(["part"])["duplicate_of"].to_pylist() == [None]


def test_a_winner_dropped_later_releases_its_losers_and_takes_them_back(tmp_path, family):
    index = built(tmp_path, list(family.values()))
    index.mark(["original"], [])
    found = fates(index, family)
    assert found["original"] == (None, None, None, None, True)
    assert found["near"][0] is None
    assert found["copy"] == ("near", "exact", 1.0, 1.0, False)
    index.mark([], ["original"])
    assert fates(index, family)["near"][0] == fates(index, family)["copy"][0] == "original"


def test_a_covered_document_may_fail_too_and_is_barred_once_it_is_released(tmp_path, family):
    index = built(tmp_path, list(family.values()), fails=["near"])
    assert fates(index, family)["near"][0] == "original"
    assert fates(index, family)["near"][4] is True
    index.apply(["original"], table([]), shingle_sets([]))
    assert fates(index, ["near", "copy"]) == {
        "near": (None, None, None, None, True),
        "copy": (None, None, None, None, False),
    }


def test_a_changed_revision_loses_its_place_in_the_order(tmp_path, family):
    index = built(tmp_path, [family["original"], family["near"]])
    apply(index, [family["original"]._replace(revision_seen="9")], ["original"])
    assert index.documents == 2
    assert fates(index, ["original", "near"])["original"][0] == "near"
    assert fates(index, ["original", "near"])["near"][0] is None


def laid(index, facts):
    """Insert documents given as (revision_seen and id, shingles, text hash)."""
    entries = [
        [name for name, _, _ in facts],
        [name for name, _, _ in facts],
        [0] * len(facts),
        [key for _, _, key in facts],
    ]
    values = [np.unique(np.array(values, np.uint32)) for _, values, _ in facts]
    offsets = np.cumsum([0, *(len(one) for one in values)])
    index.apply([], pa.table(entries, schema=ENTRY), Sets(np.concatenate(values), offsets))


def hashes(count):
    return [bytes([number]) * 16 for number in range(count)]


def test_a_released_loser_takes_the_first_of_old_and_new_winners(tmp_path):
    core, more, most, other = drawn(1, 200), drawn(2, 80), drawn(3, 300), drawn(4, 900)
    whole, old, between, last = "1234"
    sets = {whole: core + more + most, old: core + other, between: core + more, last: core}
    index = open_index(tmp_path, Design(containment=0.9), None)
    laid(index, list(zip(sets, sets.values(), hashes(4), strict=True)))
    assert [fate[0] for fate in fates(index, sets).values()] == [None, None, whole, whole]
    index.apply([whole], table([]), shingle_sets([]))
    assert [fate[0] for fate in fates(index, {old, between, last}).values()] == [None, None, old]


def test_a_copy_by_hash_alone_does_not_hide_an_earlier_near_duplicate(tmp_path):
    values, others, same = drawn(5, 200), drawn(6, 200), bytes(16)
    index = open_index(tmp_path, DESIGN, None)
    laid(index, [("1", values, b"w" * 16), ("2", others, same)])
    laid(index, [("3", values[:190], same), ("4", others[:190], same)])
    assert [fate[:2] for fate in fates(index, "1234").values()] == [
        (None, None),
        (None, None),
        ("1", "near"),
        ("2", "exact"),
    ]


def test_blank_and_wordless_texts_never_meet_by_their_signatures(tmp_path):
    docs = [Doc("1", 0, name, text) for name, text in [("a", ""), ("b", " "), ("c", "!!!"), ("d", "???"), ("e", "!!!")]]
    found = fates(built(tmp_path, docs), "abcde")
    assert [name for name, fate in found.items() if fate[0]] == ["e"]
    assert found["e"] == ("c", "exact", 1.0, 1.0, False)


def test_what_is_near_a_text_is_told_best_first_with_its_fate(tmp_path, family):
    index = built(tmp_path, [*family.values(), *pages(6, 40)], fails=["copy"])
    found = index.near(shingles(family["near"].text), 3)
    assert [one.id for one in found[:2]] in (["near", "copy"], ["copy", "near"])
    assert found[0][1:3] == found[1][1:3] == (1.0, 1.0)
    assert found[2].id == "original"
    assert found[2].fate == "kept"
    assert 0.8 < found[2].jaccard < 1
    assert index.near(shingles("nothing that anybody ever wrote about mash tuns"), 3) == []
    assert isinstance(found[0], Neighbour)


def test_an_unknown_or_doubled_id_is_refused_by_name_and_nothing_changes(tmp_path, family):
    index = built(tmp_path, [family["original"]])
    empty = shingle_sets([])
    with pytest.raises(StoreError, match="holds no document 'stranger'"):
        index.apply(["stranger"], table([]), empty)
    with pytest.raises(StoreError, match="already holds the document 'original'"):
        apply(index, [family["near"], family["original"]])
    with pytest.raises(StoreError, match="'near' comes twice"):
        apply(index, [family["near"], family["near"]])
    with pytest.raises(StoreError, match="holds no document 'stranger'"):
        index.mark(["stranger"], [])
    with pytest.raises(StoreError, match="holds no document 'stranger'"):
        index.standings(["original", "stranger"])
    assert index.documents == 1


def test_an_index_of_another_design_is_refused_naming_both(tmp_path, family):
    state = built(tmp_path, [family["original"]]).commit()
    with pytest.raises(StoreError, match=r"threshold 0\.8 instead of 0\.9"):
        open_index(tmp_path, Design(0.9), state)
    with pytest.raises(StoreError, match="settings '' instead of 'code'"):
        open_index(tmp_path, Design(settings="code"), state)
    assert Design().fingerprint != Design(settings="code").fingerprint


@pytest.mark.parametrize("share", [0.4, 1.1])
def test_a_threshold_out_of_bounds_is_refused(share):
    with pytest.raises(ValueError, match="is not within"):
        Design(share)


def test_a_missing_shortened_or_damaged_file_is_named(tmp_path, family):
    state = built(tmp_path, list(family.values())).commit()
    path = next(tmp_path.glob("run-*/values"))
    content = path.read_bytes()
    path.write_bytes(content[:-4])
    with pytest.raises(StoreError, match=r"values has \d+ bytes where \d+ were written$"):
        open_index(tmp_path, DESIGN, state)
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(StoreError, match="values is damaged"):
        open_index(tmp_path, DESIGN, state).verify()
    path.unlink()
    with pytest.raises(StoreError, match="values is missing"):
        open_index(tmp_path, DESIGN, state)
    (tmp_path / state).write_bytes((tmp_path / state).read_bytes()[:-1])
    with pytest.raises(StoreError, match="is damaged: its content is not the one it is named by"):
        open_index(tmp_path, DESIGN, state)
    with pytest.raises(StoreError, match="cannot be read"):
        open_index(tmp_path, DESIGN, "0123456789abcdef.json")


def test_two_states_of_one_parent_stand_side_by_side_until_one_is_pruned(tmp_path):
    first, second, third = pages(7, 60), pages(8, 60, prefix="b"), pages(9, 60, prefix="c")
    parent = built(tmp_path, first).commit()
    states = {}
    for name, docs in {"second": second, "third": third}.items():
        index = open_index(tmp_path, DESIGN, parent)
        apply(index, docs, [first[0].id])
        states[name] = index.commit()
    assert fates(open_index(tmp_path, DESIGN, parent), {doc.id for doc in first}) == brute_fates(first, (), DESIGN)
    prune(tmp_path, [states["third"]])
    index = open_index(tmp_path, DESIGN, states["third"])
    index.verify()
    docs = [*first[1:], *third]
    assert fates(index, {doc.id for doc in docs}) == brute_fates(docs, (), DESIGN)
    named = {part.name for part in (*index._state.runs, *index._state.standings)}
    assert {path.name for path in tmp_path.iterdir()} == {states["third"], *named}


def test_the_same_nights_give_the_same_files_whatever_the_kernel(tmp_path, monkeypatch):
    pytest.importorskip("numba")
    docs = pages(10, 120)
    states = []
    for name in ("compiled", "numpy"):
        if name == "numpy":
            monkeypatch.setattr("corpus.near.signatures.fastest", lambda: near_shingles.NUMPY)
            monkeypatch.setattr("corpus.near.shingles.fastest", lambda: near_shingles.NUMPY)
        index = built(tmp_path / name, docs[:70])
        apply(index, docs[70:], [docs[3].id])
        states.append(index.commit())
    assert states[0] == states[1]
    assert open_index(tmp_path / "compiled", DESIGN, states[1]).documents == 119


def test_a_compacted_index_holds_nothing_of_a_deleted_document(tmp_path):
    docs = [*pages(11, 50), Doc("2026-11-20", 0, "secret/of-a-person", page(np.random.default_rng(12)))]
    index = built(tmp_path, docs)
    index.apply(["secret/of-a-person"], table([]), shingle_sets([]))
    found = fates(index, {doc.id for doc in docs[:-1]})
    index.compact()
    prune(tmp_path, [index.commit()])
    contents = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"secret/of-a-person" in content for content in contents)
    assert not any(shingles(docs[-1].text)[:4].tobytes() in content for content in contents)
    assert fates(index, {doc.id for doc in docs[:-1]}) == found


@pytest.mark.parametrize(("sampled", "winner"), [(1, None), (2, None), (20, "1")])
def test_too_few_shared_samples_are_no_candidate_in_one_night_or_in_two(tmp_path, sampled, winner):
    numbers = np.unique(np.array(drawn(20, 40_000), np.uint32))
    chosen = np.zeros(len(numbers), bool)
    chosen[sample_keys(Sets(numbers, np.arange(len(numbers) + 1)))[1]] = True
    part = [*numbers[~chosen][:450].tolist(), *numbers[chosen][:sampled].tolist()]
    facts = [("1", [*part, *numbers[~chosen][1000:9000].tolist()], hashes(2)[0]), ("2", part, hashes(2)[1])]
    one_by_one = [[fact] for fact in facts]
    for number, nights in enumerate(([facts], one_by_one, one_by_one[::-1])):
        index = open_index(tmp_path / str(number), Design(containment=0.8), None)
        for night in nights:
            laid(index, night)
        assert fates(index, "12")["2"][0] == winner


def test_a_winner_may_leave_after_its_loser_left_the_files(tmp_path, family):
    index = built(tmp_path, [family["original"], family["near"]])
    index.apply(["near"], table([]), shingle_sets([]))
    index.compact()
    index.apply(["original"], table([]), shingle_sets([]))
    assert index.documents == 0


def test_a_first_build_is_committed_as_one_run_and_a_night_adds_one(tmp_path, monkeypatch):
    monkeypatch.setattr(near_index, "CHUNK", 5)
    monkeypatch.setattr(near_index, "_CHUNK_SHINGLES", 5 * 60)
    docs, night = pages(17, 43), pages(18, 3, "2026-11-21", "new")
    index = built(tmp_path, docs)
    assert len(index._state.runs) > 1
    state = index.commit()
    assert len(read_state(tmp_path, state).runs) == 1
    index = open_index(tmp_path, DESIGN, state)
    apply(index, night)
    assert len(read_state(tmp_path, index.commit()).runs) == 2
    index.verify()
    assert fates(index, {doc.id for doc in [*docs, *night]}) == brute_fates([*docs, *night], (), DESIGN)


def test_all_that_a_state_names_is_on_the_disk_before_it_stands(tmp_path, monkeypatch):
    brought, brought_before_state, bring = set(), set(), os.fsync

    def fsync(opened):
        path = Path(f"/proc/self/fd/{opened}").readlink()
        brought_before_state.update(() if list(tmp_path.glob("*.json")) else (path,))
        brought.add(path)
        bring(opened)

    index = built(tmp_path, pages(19, 30))
    monkeypatch.setattr(os, "fsync", fsync)
    state = index.commit()
    parts = read_state(tmp_path, state).parts
    expected = {path for part in parts for path in (tmp_path / part, *(tmp_path / part).iterdir())}
    assert expected | {tmp_path} <= brought_before_state
    before = brought.copy()
    brought.clear()
    index.mark(["web/00001"], [])
    index.commit()
    assert not brought & before - {tmp_path}


def test_many_nights_stay_few_runs_and_forget_at_a_merge(tmp_path):
    index = open_index(tmp_path, DESIGN, None)
    docs = pages(13, 24)
    for number, doc in enumerate(docs):
        apply(index, [doc], [docs[number - 1].id] if number % 3 == 1 else [])
    kept = [doc for number, doc in enumerate(docs) if number % 3 != 0]
    assert len(index._state.runs) < 8
    assert fates(index, {doc.id for doc in kept}) == brute_fates(kept, (), DESIGN)
    assert sum(run.documents for run in index._state.runs) < 24


def templated(count):
    """Pages of one template that differ in one word: all of them near all others, none the same."""
    words = page(np.random.default_rng(14), 120).split()
    docs = [Doc("1", 0, f"t/{n:06d}", " ".join([*words[:60], f"item{n}", *words[60:]])) for n in range(count)]
    return docs, table(docs), shingle_sets([doc.text for doc in docs])


def exact(count):
    docs = [Doc("1", 0, f"e/{n:06d}", "the page you are looking for is not here any more " * 3) for n in range(count)]
    return docs, table(docs), shingle_sets([doc.text for doc in docs])


@pytest.mark.parametrize("make", [templated, exact])
def test_thousands_of_pages_of_one_bucket_cost_time_in_proportion(make, growth):
    def nights(pages):
        docs, entries, sets = pages
        folder = Path(tempfile.mkdtemp(dir=SOMEWHERE_QUICK))
        try:
            index = open_index(folder, DESIGN, None)
            half = len(docs) // 2
            index.apply([], entries.slice(0, half), Sets(sets.values[: sets.offsets[half]], sets.offsets[: half + 1]))
            rest = sets.offsets[half:] - sets.offsets[half]
            index.apply([], entries.slice(half), Sets(sets.values[sets.offsets[half] :], rest))
            index.apply([docs[0].id], table([]), shingle_sets([]))
            assert index.standings([docs[-1].id])["duplicate_of"].to_pylist() == [docs[1].id]
        finally:
            shutil.rmtree(folder)

    assert growth(nights, make, 600) < 9


def test_a_night_takes_no_more_memory_against_an_index_four_times_as_large(tmp_path):
    def peak_bytes(count):
        folder = tmp_path / str(count)
        index = built(folder, pages(15, count))
        state = index.commit()
        night = pages(16, 50, "2026-11-21", "new")
        entries, sets = table(night), shingle_sets([doc.text for doc in night])
        tracemalloc.start()
        open_index(folder, DESIGN, state).apply([], entries, sets)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(100)
    assert peak_bytes(4000) < 1.3 * peak_bytes(1000)


def test_a_merge_refuses_damage_and_does_not_give_it_sums_of_its_own(tmp_path):
    index = built(tmp_path, pages(30, 20))
    band = next(tmp_path.glob("run-*/band-03"))
    content = bytearray(band.read_bytes())
    content[4096 + 7] ^= 0xFF
    band.write_bytes(bytes(content))
    with pytest.raises(StoreError, match="band-03 is damaged"):
        index.compact()


def test_what_left_is_forgotten_once_a_quarter_of_the_rows_is_dead(tmp_path):
    docs = pages(31, 20)
    index = built(tmp_path, docs)
    for night in range(12):
        gone = docs[night % 4 :: 4]
        changed = [doc._replace(revision_seen=f"2026-12-{night + 1:02d}") for doc in gone]
        apply(index, changed, [doc.id for doc in gone])
        index.commit()
        assert sum(run.documents for run in index._state.runs) * 3 <= 4 * index.documents
    assert sum(part.documents for part in index._state.standings) <= 40


def test_pruning_touches_only_names_that_an_index_gives(tmp_path):
    state = built(tmp_path / "near", pages(32, 5)).commit()
    folder = tmp_path / "near"
    for name in (".writing-notes", "lost+found", f".writing-{os.getpid()}-7"):
        (folder / name).mkdir()
    (folder / "run-0123456789abcdef").symlink_to(tmp_path)
    prune(folder, [state])
    left = {path.name for path in folder.iterdir()}
    assert {".writing-notes", "lost+found"} <= left
    assert not {"run-0123456789abcdef", f".writing-{os.getpid()}-7"} & left
    assert tmp_path.is_dir()


def test_a_file_or_a_dangling_link_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("here", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(StoreError, match=f"{name} is no folder"):
            open_index(tmp_path / name, DESIGN, None)


def test_another_unicode_or_sampling_is_another_design(monkeypatch):
    known = {Design().fingerprint}
    for name, value in {"unicodedata.unidata_version": "99.0", "RATE": 8, "KEYS_VERSION": 99}.items():
        with monkeypatch.context() as patched:
            patched.setattr(f"corpus.near.design.{name}", value)
            known.add(Design().fingerprint)
    assert len(known) == 4


def test_entries_of_another_shape_change_nothing(tmp_path, family):
    index = built(tmp_path, [family["original"]])
    wrong = pa.table({name: ["x"] for name in ENTRY.names})
    with pytest.raises(pa.ArrowInvalid):
        index.apply(["original"], wrong, shingle_sets(["x"]))
    assert index.documents == 1
