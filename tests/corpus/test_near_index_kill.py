"""Killed in the middle of a night, the index of the night before stands, and a second run makes the same state."""

import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from corpus.near.index import Design, open_index, prune

ROOT = Path(__file__).parents[2]
SOMEWHERE_QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None
# The night is played in children of one process; each is killed, as by `kill -9`, when it is about to do its n-th
# operation on a file. What a child does depends on nothing but its input, so a moment is found again by its number.
JOB = """
    import os, random, signal, sys
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    import xxhash

    from corpus.near.index import ENTRY, Design, open_index
    from corpus.near.shingles import shingle_sets

    def pages(seed, prefix, night):
        rng = random.Random(seed)
        texts = [" ".join(f"word{rng.randrange(300)}" for _ in range(50)) for _ in range(20)]
        texts += [text.replace("word1", "edit", 1) for text in texts[:12]] + texts[:3]
        ids = [f"{prefix}/{number}" for number in range(len(texts))]
        hashes = [xxhash.xxh3_128_digest(text.encode()) for text in texts]
        return pa.table([ids, [night] * len(ids), [0] * len(ids), hashes], schema=ENTRY), shingle_sets(texts)

    def first(folder):
        index = open_index(folder, Design(), None)
        for number in range(7):
            index.apply([], *pages(number, f"old{number}", "2026-11-20"))
        return index.commit()

    def second(folder, state):
        index = open_index(folder, Design(), state)
        index.apply(["old0/0", "old3/1"], *pages(3, "new", "2026-11-21"))
        index.mark(["old4/2"], [])
        return index.commit()

    def counted(moment):
        seen = 0
        def hook(event, arguments):
            nonlocal seen
            if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
                seen += 1
                if seen == moment:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        return lambda: seen

    def child(folder, state, moment):
        process = os.fork()
        if process == 0:
            open_index(folder, Design(), state).verify()
            seen = counted(moment)
            name = second(folder, state)
            (folder.parent / "undisturbed").write_text(f"{name} {seen()}")
            os._exit(0)
        return os.waitpid(process, 0)[1]
"""
PREPARED = """
    scene = Path(sys.argv[1])
    state = first(scene / "index")
    import shutil
    shutil.copytree(scene / "index", scene / "whole")
    assert child(scene / "whole", state, 0) == 0
    name, operations = (scene / "undisturbed").read_text().split()
    moments = sorted(random.Random(5).sample(range(1, int(operations) + 1), int(sys.argv[2])))
    for number, moment in enumerate(moments):
        folder = scene / f"killed{number}"
        shutil.copytree(scene / "index", folder)
        (scene / "undisturbed").unlink()
        assert child(folder, state, moment) == signal.SIGKILL
        assert not (scene / "undisturbed").exists()
        assert child(folder, state, 0) == 0
        assert (scene / "undisturbed").read_text().split()[0] == name
    print(state, name)
"""


def played(scene, moments):
    """Play a night to its end, and kill it at so many moments and play it again; return the state before it and the one it makes."""
    job = textwrap.dedent(JOB) + textwrap.dedent(PREPARED)
    command = [sys.executable, "-W", "ignore", "-c", job, str(scene), str(moments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def fates(folder, state):
    index = open_index(folder, Design(), state)
    index.verify()
    ids = sorted(name for batch in index.entries() for name in batch["id"].to_pylist())
    return index.standings(ids).to_pylist()


@pytest.mark.parametrize("moments", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_night_leaves_the_one_before_and_is_made_up_for(moments):
    with tempfile.TemporaryDirectory(dir=SOMEWHERE_QUICK) as scene:
        before, after = played(Path(scene), moments)
        expected = [fates(Path(scene) / "whole", state) for state in (before, after)]
        assert expected[0] != expected[1]
        folders = sorted(Path(scene).glob("killed*"))
        assert len(folders) == moments
        for folder in folders:
            assert [fates(folder, state) for state in (before, after)] == expected
            prune(folder, [after])
            assert fates(folder, after) == expected[1]
            assert not list(folder.glob(".writing*"))
