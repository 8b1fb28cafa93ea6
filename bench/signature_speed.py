"""What signatures cost: our two kernels against datasketch's own best path and Daft's ``minhash``, on the same texts.

``python -m bench.signature_speed [ROUNDS]`` signs the standing corpus by turns, prints a table and ends with 1 where a
kernel signs fewer times the texts a CPU second than its floor, where a floor could not be measured, or where a
signature differs from datasketch's by one bit. Ours are measured twice: for signatures alone, as the peers give them,
and as a night has them, from the sorted sets of shingles that it stores. Every side is warm and starts from texts in
its own form: Arrow, a list, Daft's frame. Of a peer's ways the best of each round counts.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import pyarrow as pa
import xxhash
from datasketch import MinHash

from bench.against_datatrove import say
from bench.peers import peer_python
from bench.standing import standing_texts
from corpus.errors import CorpusError
from corpus.near.shingles import NUMPY, Kernel, fastest, shingle_sets
from corpus.near.signatures import signatures, signatures_of

FLOORS = (  # ours, whose, how many times its texts per CPU second
    ("NumPy, signatures", "datasketch", 7.0),
    ("NumPy, night", "datasketch", 7.0),
    ("compiled, signatures", "datasketch", 25.0),
    ("compiled, night", "datasketch", 25.0),
    ("compiled, signatures", "Daft", 3.0),
    ("compiled, night", "Daft", 2.5),  # which makes the sets of shingles besides
)
PEERS = ("datasketch", "Daft")
DAFT_WAYS = ("normalised", "as written", "xxhash3")  # of ``bench.signature_daft``
ROUNDS = 5
SAMPLE = 200  # texts whose signatures are compared
REPEATS = {"NumPy": 3, "compiled": 8}  # a run long enough for the clock

_PEER = Path(__file__).with_name("signature_daft.py")
_WORD = re.compile(r"\w+")

Side = Callable[[], float]  # signs every text once and returns the CPU seconds of it


def main(rounds: int) -> int:
    """Run the whole benchmark; return 0 if all floors hold and all signatures are equal, else 1."""
    try:
        texts = standing_texts()
    except CorpusError as error:
        say(f"skipped: {error}")
        return 0
    kernels = _kernels()
    with ExitStack() as open_until_end:
        sides = {**_ours(texts, kernels), **_datasketch(texts)}
        try:
            sides |= open_until_end.enter_context(_daft(texts))
            seconds = _by_turns(sides, rounds)
        except CorpusError as error:
            say(f"without Daft: {error}")
            sides = {name: side for name, side in sides.items() if not name.startswith("Daft")}
            seconds = _by_turns(sides, rounds)
    fast = _compare(seconds, len(texts))
    return 0 if _are_equal(texts, kernels) and fast else 1


def _kernels() -> Mapping[str, Kernel]:
    """Return the kernels there are, and print what the compiled one takes to start."""
    started = time.process_time()
    compiled = fastest()
    if compiled is NUMPY:
        say("without the compiled kernel: numba (the extra `fast`) is not installed, or does not work")
        return {"NumPy": NUMPY}
    imported = time.process_time()
    say(f"numba is imported and its kernel compiled or loaded in {imported - started:.2f} CPU s")
    return {"NumPy": NUMPY, "compiled": compiled}


def _ours(texts: Sequence[str], kernels: Mapping[str, Kernel]) -> dict[str, Side]:
    array = pa.array(texts, pa.large_string())

    def alone(kernel: Kernel) -> object:
        return signatures(array, kernel=kernel)

    def of_sets(kernel: Kernel) -> object:
        return signatures_of(shingle_sets(array, kernel=kernel), kernel)

    def side(sign: Callable[[Kernel], object], kernel: Kernel, repeats: int) -> Side:
        return lambda: _timed(lambda: [sign(kernel) for _ in range(repeats)]) / repeats

    paths = {"signatures": alone, "night": of_sets}
    return {
        f"{name}, {path}": side(sign, kernel, REPEATS[name])
        for name, kernel in kernels.items()
        for path, sign in paths.items()
    }


def _datasketch(texts: Sequence[str]) -> dict[str, Side]:
    """Return datasketch's two ways to sign many sets of words, both fed in the cheapest form that we found."""
    empty = MinHash(num_perm=128, hashfunc=xxhash.xxh32_intdigest)

    def update_batch() -> None:
        for text in texts:
            empty.copy().update_batch(_shingled(text))

    def bulk() -> None:
        MinHash.bulk(map(_shingled, texts), num_perm=128, hashfunc=xxhash.xxh32_intdigest)

    return {"datasketch, update_batch": lambda: _timed(update_batch), "datasketch, bulk": lambda: _timed(bulk)}


def _shingled(text: str) -> set[bytes]:
    words = " ".join(_WORD.findall(text.lower())).encode().split(b" ")
    return set(map(b" ".join, zip(*(words[k:] for k in range(5)), strict=False))) or {b" ".join(words)}


@contextmanager
def _daft(texts: Sequence[str]) -> Iterator[dict[str, Side]]:
    """Run Daft in a process of its own for the length of a ``with``; a side signs all texts at every call."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "texts.json")
        file.write_text(json.dumps(texts), encoding="utf-8")
        command = [str(peer_python("daft")), str(_PEER), str(file)]
        quiet = {**os.environ, "DO_NOT_TRACK": "1", "DAFT_PROGRESS_BAR": "0"}
        with subprocess.Popen(command, env=quiet, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
            yield {f"Daft, {way}": partial(_asked, process, way) for way in DAFT_WAYS}
            with suppress(BrokenPipeError):
                process.communicate()


def _asked(process: subprocess.Popen[str], way: str) -> float:
    if not process.stdin or not process.stdout:
        raise CorpusError("Daft's process has no pipes; run the benchmark again")
    with suppress(BrokenPipeError):
        process.stdin.write(f"{way}\n")
        process.stdin.flush()
    answer = process.stdout.readline()
    if not answer:
        raise CorpusError("Daft's process ended before it answered; what it wrote above says why")
    return float(answer)


def _timed(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def _by_turns(sides: Mapping[str, Side], rounds: int) -> list[dict[str, float]]:
    """Return the CPU seconds of every side in each round, and of each peer by the best of its ways."""
    for side in sides.values():
        side()
    found = [{name: side() for name, side in sides.items()} for _ in range(rounds)]
    for seconds in found:
        for peer in PEERS:
            ways = [taken for name, taken in seconds.items() if name.startswith(peer)]
            seconds.update({peer: min(ways)} if ways else {})
    return found


def _compare(rounds: Sequence[Mapping[str, float]], texts: int) -> bool:
    """Print every side and every floor; return whether all floors were measured and hold."""
    for name in rounds[0]:
        rates = sorted(texts / seconds[name] for seconds in rounds)
        say(f"{name:26}{statistics.median(rates):10,.0f} texts per CPU second ({rates[0]:,.0f} to {rates[-1]:,.0f})")
    held = True
    for ours, theirs, floor in FLOORS:
        if ours not in rounds[0] or theirs not in rounds[0]:
            say(f"{ours} to {theirs}: not measured (floor {floor:.1f})")
            held = False
        else:
            ratio = statistics.median(seconds[theirs] / seconds[ours] for seconds in rounds)
            say(f"{ours} to {theirs}, median of {len(rounds)}: {ratio:.1f} times (floor {floor:.1f})")
            held = held and ratio >= floor
    return held


def _are_equal(texts: Sequence[str], kernels: Mapping[str, Kernel]) -> bool:
    """Print and return whether each kernel's signatures of a sample are datasketch's, bit for bit."""
    sample = texts[:: max(len(texts) // SAMPLE, 1)]
    sets = shingle_sets(sample, kernel=NUMPY)
    wrong = 0
    for name, kernel in kernels.items():
        for row, signature in enumerate(signatures(sample, kernel=kernel)):
            theirs = MinHash(num_perm=128, hashfunc=int)
            theirs.update_batch(sets.values[sets.offsets[row] : sets.offsets[row + 1]])
            wrong += int((theirs.hashvalues != signature).any())
        say(f"{name}: {wrong} of {len(sample)} signatures differ from datasketch's")
    return not wrong


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS))
