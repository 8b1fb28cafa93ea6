"""The process that reads: what a body does to it harms neither the one that asks nor the next body."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import CorpusError
from processors import reader as module
from processors import reader_child
from processors.extract import Extract
from processors.extracted import Extracted
from processors.reader import Reader
from processors.reader_child import LENGTH, Answer, Question, _answer, dump, load

ROOT = Path(__file__).parents[2]
PDF = "application/pdf"
TALK = b'{"messages": [{"role": "user", "content": "How long?"}, {"role": "assistant", "content": "An hour \\ud800."}]}'
PARAGRAPH = b"<p>The mash turns starch into sugar, and the water must be kept at a steady temperature for an hour.</p>"


def page(words="One."):
    return f"<html><body><article><p>The page says: {words}</p></article></body></html>".encode()


def said(one, words):
    return one.read(page(words), "text/html", None).found.text


def laughs(levels, pages=1):
    """A PDF whose forms each show the next ten times, on each of its pages."""
    first = 4 + levels
    shown = [
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X %d 0 R>>>>/Length 60>>stream\n%s\nendstream"
        % (4 + level, b"/X Do " * 10)
        for level in range(1, levels)
    ]
    last = b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length 10>>stream\n0 0 1 1 re\nendstream"
    kids = [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 3 0 R/Resources<</XObject<</X 4 0 R>>>>>>"] * pages
    tree = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % (first + n) for n in range(pages)))
    content = b"<</Length 5>>stream\n/X Do\nendstream"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", tree, content, *shown, last, *kids]
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, 1))
    return b"%PDF-1.4\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


LONG = laughs(12)  # takes whatever time it is given


@pytest.fixture(scope="module")
def one():
    reader = Reader(limit_s=0.5)
    yield reader
    reader.close()


def test_every_format_is_read_as_it_is_without_the_child(one):
    from processors import formats

    for body, media_type in ((page(), "text/html"), (b"# Beer\n\n- malt", "text/markdown"), (TALK, TALK_TYPE)):
        assert one.read(body, media_type, "http://brewnet.test/").found == formats.read(body, media_type, None)


TALK_TYPE = "application/json; profile=conversation"


def test_the_address_of_a_page_reaches_its_reader(one):
    assert one.read(page(), "text/html", "http://brewnet.test/2025/03/04/mash").found.created_at == datetime(
        2025, 3, 4, tzinfo=UTC
    )


def test_an_answer_arrives_as_it_was_given():
    made = datetime(2025, 3, 4, 5, tzinfo=UTC)
    found = Extracted("Mash \ud800", "Ti\0tle", "Ada", made, [{"role": "user", "content": "ä"}], "broken", 7)
    answer = Answer(found, "ValueError", is_last=True)
    assert load(dump(answer)) == answer
    assert load(dump(Answer(Extracted()))) == Answer(Extracted())


@pytest.mark.parametrize("body", [b"", b"\0", b"x" * (3 << 20)], ids=len)
def test_bodies_of_any_length_pass(one, body):
    assert len(one.read(body, "text/plain", None).found.text) == len(body)


def test_a_reader_that_raises_is_named_and_the_next_body_is_read(one):
    body = b"[" * 100_000
    assert one.read(body, TALK_TYPE, None).found.problem in {"broken", "bomb"}
    child = one._process.pid
    answer = one.read(b"{", "application/json; profile=reddit-thread", None)
    assert (answer.found.problem or answer.found.text) != ""
    assert said(one, "still here") == "The page says: still here"
    assert one._process.pid >= child


def test_a_body_that_takes_for_ever_is_a_bomb_and_the_next_one_is_read(one):
    assert one.read(LONG, PDF, None) == Answer(Extracted(problem="bomb"), "SIGPROF")
    assert said(one, "still here") == "The page says: still here"


def test_the_quick_look_has_the_same_bounds(one):
    assert one.skim(b"<div>" * 100_000 + PARAGRAPH, "text/html") == Answer(Extracted(problem="bomb"), "SIGPROF")
    assert one.skim(page("Two."), "text/html").found.text == "The page says: Two."


def test_each_page_of_a_pdf_has_the_time_of_a_whole_body(one):
    started = time.process_time()
    one.read(laughs(5), PDF, None)
    assert time.process_time() - started < 0.5  # the child's time is not ours
    spent = cpu_s(one._process.pid)
    assert one.read(laughs(5, pages=40), PDF, None).found.problem is None
    assert cpu_s(one._process.pid) - spent > 0.5


def cpu_s(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_child_that_waits_for_ever_is_ended_by_the_clock():
    code = "import time; from processors.reader_child import _allow; _allow(0.02); time.sleep(60)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == -signal.SIGALRM


def test_a_body_that_takes_all_memory_is_a_bomb_and_the_next_one_is_read():
    one = Reader(memory_bytes=64 << 20)
    try:
        assert one.read(b"<b>x</b>" * (1 << 20), "text/html", None).found == Extracted(problem="bomb")
        assert said(one, "still here") == "The page says: still here"
    finally:
        one.close()


def test_a_body_larger_than_any_document_is_not_even_sent(monkeypatch):
    one = Reader()
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 10)
    assert one.read(b"x" * 11, "text/plain", None).found == Extracted(problem="bomb")
    assert one._process is None


def test_a_child_whose_memory_a_body_used_up_is_replaced():
    one = Reader(memory_bytes=200 << 20)
    try:
        said(one, "One.")
        child = one._process.pid
        assert one.read(b"x" * (40 << 20), "text/plain", None).found.problem in {None, "bomb"}
        assert said(one, "Two.") == "The page says: Two."
        assert one._process.pid != child
    finally:
        one.close()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is bound on Linux alone")
def test_a_child_that_a_large_body_brought_near_the_bound_reads_no_other():
    at_start = reader_child._taken_bytes()
    bytearray(300 << 20)
    bound = reader_child._Bound(at_start, int((reader_child._peak_bytes() - at_start) * 1.2))
    assert bound.judged(Answer(Extracted("One."))).is_last
    assert not bound._replace(memory_bytes=bound.memory_bytes * 2).judged(Answer(Extracted("One."))).is_last


@pytest.mark.parametrize("error", [MemoryError, RecursionError])
def test_a_reader_that_ran_out_of_room_is_not_used_again(error):
    def read(*_):
        raise error

    answer = _answer({"read": read}, Question("read", "text/plain", None, 0), b"One.")
    assert answer == Answer(Extracted(problem="bomb"), error.__name__, is_last=True)


def test_a_stack_that_breaks_makes_a_body_broken():
    one = Reader()
    try:
        assert while_working(one, LONG, [signal.SIGSEGV]) == Answer(Extracted(problem="broken"), "SIGSEGV")
        assert said(one, "still here") == "The page says: still here"
    finally:
        one.close()


def while_working(one, body, signals):
    """Ask ``one``, and send each of ``signals`` to another of its children while it is at it."""
    found, left, hit = [], list(signals), set()
    asking = threading.Thread(target=lambda: found.append(one.read(body, PDF, None)))
    asking.start()
    while asking.is_alive() and left:
        process = one._process
        if process is not None and process.pid not in hit and is_working(process.pid):
            os.kill(process.pid, left.pop(0))
            hit.add(process.pid)
        asking.join(0.01)
    asking.join()
    return found[0]


def is_working(pid):
    """Whether the process has used more time than its start takes."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state == "R" and cpu_s(pid) > 1.0
    except OSError:
        return False


def test_a_child_that_someone_else_kills_is_no_bomb_unless_it_happens_again():
    one = Reader()
    try:
        assert while_working(one, laughs(6, pages=5), [signal.SIGKILL]).found.problem is None
        one.close()
        assert while_working(one, LONG, [signal.SIGKILL] * 2).found == Extracted(problem="bomb")
    finally:
        one.close()


def test_a_child_that_was_killed_between_two_bodies_is_replaced(one):
    said(one, "One.")
    os.kill(one._process.pid, signal.SIGKILL)
    one._process.wait()
    assert said(one, "Two.") == "The page says: Two."


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells what a process has loaded")
def test_the_child_starts_without_the_rest_of_the_package(one):
    said(one, "One.")
    assert "pyarrow" not in Path(f"/proc/{one._process.pid}/maps").read_text()


def test_the_child_starts_from_any_folder(one, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('a file beside a recipe was imported')")
    monkeypatch.chdir(tmp_path)
    assert said(one, "One.") == "The page says: One."


def test_a_child_that_does_not_start_is_no_fault_of_the_body(one, monkeypatch):
    one.close()
    monkeypatch.setattr(module, "_BARE", "raise SystemExit('there is no lxml')")
    with pytest.raises(CorpusError, match=r"does not start \(there is no lxml\)"):
        said(one, "One.")
    monkeypatch.undo()
    assert said(one, "Two.") == "The page says: Two."


def test_a_child_that_is_killed_once_while_it_starts_is_started_again(one, monkeypatch, tmp_path):
    one.close()
    mark = tmp_path / "killed"
    kill = f"import os, pathlib\nif not pathlib.Path({str(mark)!r}).exists():\n    pathlib.Path({str(mark)!r}).touch()"
    monkeypatch.setattr(module, "_BARE", f"{kill}\n    os.kill(os.getpid(), 9)\n{module._BARE}")
    assert said(one, "One.") == "The page says: One."
    assert mark.exists()
    one.close()


def test_a_child_that_is_killed_whenever_it_starts_names_the_signal(one, monkeypatch):
    one.close()
    monkeypatch.setattr(module, "_BARE", "import os; os.kill(os.getpid(), 9)")
    with pytest.raises(CorpusError, match="SIGKILL ended the process that reads documents while it started, twice"):
        said(one, "One.")


def test_a_child_that_hangs_when_it_is_to_complain_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(module, "_BARE", "import time; time.sleep(60)")
    monkeypatch.setattr(module, "GRACE_S", 0.1)
    assert "does not start (exit status 3)" in module._complaint(1 << 30, "exit status 3")


def test_what_a_library_prints_does_not_get_between_the_answers():
    code = module._BARE.replace("main(", "import os, processors.formats as f\nkept = f.read\n", 1)
    code = code.partition("kept = f.read\n")[0] + (
        "kept = f.read\nf.read = lambda *given: (print('noise', flush=True), os.write(1, b'noise'), kept(*given))[-1]\n"
        "main(int(sys.argv[3]))\n"
    )
    question = json.dumps(Question("read", "text/plain", None, 5.0)._asdict()).encode()
    sent = LENGTH.pack(len(question)) + question + LENGTH.pack(3) + b"One"
    command = [*module._command(1 << 30)]
    command[command.index("-c") + 1] = code
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
        child.stdin.write(sent)
        child.stdin.flush()
        from processors.reader_child import receive

        assert receive(child.stdout) == b"ready"
        assert load(receive(child.stdout)).found.text == "One"
        child.stdin.close()


def test_threads_take_turns(one):
    found = [None] * 12

    def ask(number):
        found[number] = said(one, f"Number {number}.")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [f"The page says: Number {number}." for number in range(12)]


class Interrupted(BaseException):
    """What a signal handler or a time limit raises wherever the program is."""


def interrupt_after(seconds):
    def stop(*_):
        raise Interrupted

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)


@pytest.fixture
def alarm():
    before = signal.getsignal(signal.SIGALRM)
    yield interrupt_after
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_an_interrupted_body_is_not_the_answer_to_the_next(alarm):
    one = Reader()
    try:
        said(one, "One.")
        child = one._process
        alarm(0.2)
        with pytest.raises(Interrupted):
            one.read(LONG, PDF, None)
        assert child.returncode == -signal.SIGKILL  # at once
        assert said(one, "Two.") == "The page says: Two."
    finally:
        one.close()


def test_an_interrupt_anywhere_in_a_body_is_not_the_answer_to_the_next(one, monkeypatch):
    def late(_):
        monkeypatch.undo()
        monkeypatch.setattr(Reader, "_end", lambda _: monkeypatch.undo())  # a second one, before the child is ended
        raise Interrupted

    said(one, "Zero.")
    monkeypatch.setattr(module, "receive", late)
    with pytest.raises(Interrupted):
        said(one, "One.")
    assert said(one, "Two.") == "The page says: Two."


def test_an_interrupt_while_the_child_starts_is_not_the_answer_to_the_next(one, monkeypatch):
    def late(_):
        monkeypatch.undo()
        raise Interrupted

    said(one, "Zero.")
    os.kill(one._process.pid, signal.SIGKILL)
    one._process.wait()
    monkeypatch.setattr(module, "receive", late)
    with pytest.raises(Interrupted):
        said(one, "One.")
    assert said(one, "Two.") == "The page says: Two."


def test_closing_a_reader_does_not_wait_for_the_body_in_work():
    one, found = Reader(), []

    def ask():
        try:
            found.append(one.read(LONG, PDF, None))
        except CorpusError as error:
            found.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(3)]  # one is read, two wait for their turn
    for thread in threads:
        thread.start()
    while one._process is None or not is_working(one._process.pid):
        threads[0].join(0.01)
    child = one._process
    one.close()
    for thread in threads:
        thread.join(20)
    assert child.returncode == -signal.SIGKILL
    assert one._process is None
    assert found == ["a document was not read, since its reader was closed; read it again"] * 3
    assert said(one, "Two.") == "The page says: Two."
    one.close()


POOL = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from processors import reader

def child(_):
    reader.read(b"One.", "text/plain", None)
    return reader._READER._process.pid

if __name__ == "__main__":
    with ProcessPoolExecutor(1, mp_context=get_context(sys.argv[1])) as pool:
        reader.read(b"One.", "text/plain", None)
        pid = pool.submit(child, 0).result()
    sys.exit(Path(f"/proc/{pid}").exists())
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux shows other processes as files")
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_worker_of_a_pool_leaves_no_child_behind(tmp_path, method):
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, script, method], env=environment, check=False, timeout=120).returncode == 0


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_process_forked_while_a_thread_reads_has_a_child_of_its_own():
    one = Reader(limit_s=3)
    asking = threading.Thread(target=one.read, args=(LONG, PDF, None))
    asking.start()
    while not one._lock.locked() or one._process is None:
        asking.join(0.01)
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)  # instead of waiting for ever
        text = said(one, "In the fork.")
        one.close()
        os._exit(0 if text == "The page says: In the fork." else 1)
    assert os.waitpid(pid, 0)[1] == 0
    asking.join()
    assert said(one, "Still here.") == "The page says: Still here."
    one.close()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux shows other processes as files")
def test_the_child_ends_with_a_process_that_is_killed_while_it_works():
    code = """
import sys, threading
from processors.reader import Reader
one = Reader()
one.read(b"One.", "text/plain", None)
print(one._process.pid, flush=True)
one.read(sys.stdin.buffer.read(), "application/pdf", None)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as asking:
        child = int(asking.stdout.readline())
        asking.stdin.write(LONG)
        asking.stdin.close()
        while not is_working(child):
            assert asking.poll() is None
        asking.kill()
    end = time.monotonic() + 30
    while Path(f"/proc/{child}").exists():
        assert time.monotonic() < end, "the child goes on without anyone to answer"


def test_a_script_without_a_main_guard_may_extract_and_leaves_no_process(tmp_path):
    script = tmp_path / "notebook.py"
    script.write_text(
        """
import pyarrow as pa
from corpus.schema import DOCUMENT
from processors import Extract
kinds = {name: DOCUMENT.field(name).type for name in ("title", "created_at")}
kinds |= {"body": pa.large_binary(), "media_type": pa.string(), "url": pa.string()}
row = {"body": b"# Beer", "media_type": "text/markdown", "url": None, "title": None, "created_at": None}
print(Extract()(pa.table({name: pa.array([row[name]], kind) for name, kind in kinds.items()}))["title"][0])
"""
    )
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "Beer\n"


def test_the_reader_loads_where_a_system_has_no_resource_limits_and_fewer_signals():
    code = """
import os, select, signal, sys, types
sys.modules["resource"] = None
for name in ("SIGPROF", "SIGKILL", "SIGALRM", "setitimer", "ITIMER_PROF", "ITIMER_REAL", "pthread_sigmask"):
    delattr(signal, name)
del select.poll
sys.modules["processors"] = types.ModuleType("processors")  # what other packages need is their business
sys.modules["processors"].__path__ = ["processors"]
import processors.reader, processors.reader_child as child
child._allow(1.0)
child._heed_signals()
child._end_with_parent()
"""
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def documents(*bodies):
    columns = {"body": pa.large_binary(), "media_type": pa.string(), "url": pa.string(), "title": pa.large_string()}
    types = columns | {"created_at": pa.timestamp("us", "UTC")}
    rows = [{"body": body, "media_type": media_type} for body, media_type in bodies]
    return pa.table({name: pa.array([row.get(name) for row in rows], kind) for name, kind in types.items()})


def test_a_table_with_hostile_bodies_has_the_text_of_the_others(one, monkeypatch):
    monkeypatch.setattr(module, "_READER", one)
    hostile = (LONG, PDF), (b"[" * 200_000, TALK_TYPE), (b"{", TALK_TYPE)
    made = Extract()(documents((page("One."), "text/html"), *hostile, (page("Two."), "text/html")))
    assert made["extract_problem"].to_pylist() == [None, "bomb", "broken", "broken", None]
    assert made["text"].to_pylist() == ["The page says: One.", "", "", "", "The page says: Two."]
    assert made["extract_hidden_chars"].to_pylist() == [0] * 5


DEEP = {
    "divisions": b"<html><body><article>" + b"<div>" * 100_000 + PARAGRAPH * 6,
    "fonts": b"<font>" * 100_000 + b"<p>" * 2_000 + PARAGRAPH * 6,
    "drawings": b"<svg>" * 100_000 + PARAGRAPH * 6,
    "links": b"<a><table>" * 50_000 + PARAGRAPH * 6,
    "entities": b'<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "x" ['
    + b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (number + 1, number, number) for number in range(20_000))
    + b"]><html><body><article>"
    + PARAGRAPH * 6
    + b"<p>&e99;</p></article></body></html>",
}


DEEP_READER = Reader(limit_s=10)


@pytest.mark.parametrize("kind", DEEP)
def test_a_page_nested_or_declared_beyond_measure_has_a_text_or_a_problem(kind):
    answer = DEEP_READER.read(DEEP[kind], "application/xhtml+xml" if kind == "entities" else "text/html", None)
    assert answer.found.text or answer.found.problem
    assert len(answer.found.text) < 10_000


quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TYPES = [
    "",
    "text/html",
    "text/plain",
    PDF,
    TALK_TYPE,
    "text/x-wiki",
    "message/rfc822",
    "application/x-tex",
    "text/vtt",
]


@quick
@given(st.binary(max_size=300), st.sampled_from(TYPES))
def test_no_bytes_of_any_type_raise(body, media_type):
    answer = module.read(body, media_type, None)
    assert answer.found.problem in {None, "encrypted", "broken", "bomb"}
    assert isinstance(module.skim(body, media_type).found.text, str)


@quick
@given(st.integers(0, 1 << 30))
def test_no_damage_to_a_real_page_raises(shared_data, seed):
    import gzip
    import random

    chance = random.Random(seed)
    files = sorted((shared_data / "extraction").glob("*/*/source.html.gz"), key=lambda path: path.stat().st_size)[:15]
    body = bytearray(gzip.decompress(files[seed % len(files)].read_bytes()))
    for _ in range(chance.choice((1, 4, 40, 400))):
        body[chance.randrange(len(body))] = chance.choice(b"<>/\"'=&; \0\xff") if body else 0
    assert module.read(bytes(body), "text/html", None).found.problem in {None, "broken", "bomb"}
    assert module.skim(bytes(body), "text/html").found.problem is None
