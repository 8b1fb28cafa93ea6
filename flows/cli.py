"""The ``gristmill`` command. Each command imports what it needs when it runs: Prefect alone costs seconds."""

import json
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console

from corpus.errors import CorpusError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
models_app = typer.Typer(no_args_is_help=True, help="Weights and vocabularies: list them, fetch one.")
app.add_typer(models_app, name="models")
console = Console()

Dataset = Annotated[str, typer.Argument(help="folder of the dataset, the one that holds recipe.toml")]
NoPrefect = Annotated[bool, typer.Option("--no-prefect", help="run the same stages with no Prefect API")]
FLOORS = Path("tests/quality/floors.json")


class Interrupted(BaseException):
    """A signal asked to stop; not KeyboardInterrupt, which the option parser would answer for us."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@app.command()
def refresh(
    dataset: Dataset,
    *,
    source: Annotated[list[str] | None, typer.Option(help="ask only this source; may be repeated")] = None,
    proxy: Annotated[str | None, typer.Option(help="HTTP proxy instead of the recipe's")] = None,
    workers: Annotated[int, typer.Option(help="processes for extraction and scoring", min=1, max=256)] = 2,
    no_prefect: NoPrefect = False,
) -> None:
    """Run one night: scrape, curate, publish, and the plan of the fine-tuning. Run again to continue after a stop."""
    from flows.tonight import Tonight

    _refresh(Tonight(dataset=dataset, sources=source or [], proxy=proxy, workers=workers), no_prefect=no_prefect)


@app.command()
def demo(
    *,
    dataset: Annotated[str, typer.Option(help="folder of the demo's recipe")] = "datasets/demo",
    night: Annotated[int, typer.Option(help="which night of the demo world to visit", min=1, max=2)] = 1,
    port: Annotated[int, typer.Option(help="port of the demo world; 0 takes a free one")] = 8765,
    no_prefect: NoPrefect = False,
) -> None:
    """Serve the demo world on this machine and refresh the demo dataset from it."""
    from demo.server import serve
    from flows.prefect_home import keep_apart
    from flows.tonight import Tonight

    keep_apart()

    with serve(night, port) as world:
        console.print(f"The demo world is up (night {night}); nothing leaves this machine.")
        _refresh(Tonight(dataset=dataset, proxy=world.proxy), no_prefect=no_prefect)


def _refresh(tonight: object, *, no_prefect: bool) -> None:
    from flows.tonight import Tonight

    if not isinstance(tonight, Tonight):  # the import above stays out of start-up
        raise TypeError(tonight)
    if not no_prefect:
        console.print("Starting Prefect: about 20 s the first time, 5 s later on.")
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    from flows.finetune import FinetuneOrder, finetune_stage
    from flows.progress import bars
    from flows.refresh import refresh as refresh_flow
    from flows.refresh import refresh_without_prefect
    from flows.summary import show

    with bars(console):
        manifest = refresh_without_prefect(tonight) if no_prefect else refresh_flow(tonight)
    show(console, manifest, tonight.dataset)
    console.print(finetune_stage(FinetuneOrder(dataset=tonight.dataset, mode="plan")), markup=False, soft_wrap=True)


@app.command()
def finetune(
    dataset: Dataset,
    *,
    version: Annotated[str, typer.Option(help="version to train on; the newest by default")] = "",
    preset: Annotated[str, typer.Option(help="tiny or gpt-oss-20b; the recipe's by default")] = "",
    max_steps: Annotated[int | None, typer.Option(help="stop after so many optimiser steps", min=1)] = None,
    train: Annotated[bool, typer.Option("--train", help="train; without it the plan is shown")] = False,
) -> None:
    """Show the plan of a QLoRA run on a published version, or run it."""
    from flows.finetune import FinetuneOrder, finetune_stage
    from flows.progress import bars

    mode: Literal["plan", "train"] = "train" if train else "plan"
    order = FinetuneOrder(dataset=dataset, version=version, preset=preset, max_steps=max_steps, mode=mode)
    with bars(console):
        text = finetune_stage(order)
    console.print(text, markup=False, soft_wrap=True)


@app.command()
def calibrate(
    dataset: Dataset,
    *,
    unit: Annotated[Literal["lines", "paragraphs", "both"], typer.Option(help="what is counted")] = "lines",
    min_documents: Annotated[int, typer.Option(help="fewest documents that hold it", min=2)] = 10,
    min_share: Annotated[float, typer.Option(help="least share of a site's documents", min=0.01, max=1)] = 0.3,
    min_steady: Annotated[float, typer.Option(help="least share that holds a line equally often", min=0, max=1)] = 0.8,
    min_late_share: Annotated[
        float, typer.Option(help="least share for a paragraph in the second half of its documents", min=0.01, max=1)
    ] = 0.05,
    min_words: Annotated[int, typer.Option(help="fewest words of a paragraph", min=3)] = 12,
    min_sites: Annotated[int, typer.Option(help="fewest sites of a paragraph taken out everywhere", min=2)] = 3,
    workers: Annotated[int, typer.Option(help="processes for extraction", min=1, max=256)] = 2,
) -> None:
    """Count the lines or paragraphs that sites repeat on their pages, and freeze them for the step `boilerplate`."""
    from corpus.calibration import CommonLines
    from corpus.calibration_paragraphs import CommonParagraphs
    from flows.calibrate import Rules, calibrate_stage
    from flows.progress import bars

    lines = CommonLines(min_documents=min_documents, min_share=min_share, min_steady=min_steady)
    paragraphs = CommonParagraphs(
        min_words=min_words,
        min_documents=min_documents,
        min_share=min_share,
        min_late_share=min_late_share,
        min_sites=min_sites,
    )
    rules = Rules(lines if unit != "paragraphs" else None, paragraphs if unit != "lines" else None)
    with bars(console):
        made = calibrate_stage(dataset, rules, workers)
    console.print(made.told(), markup=False, highlight=False, soft_wrap=True)


@app.command()
def explain(
    needle: Annotated[str, typer.Argument(metavar="URL|ID", help="URL or id of a document")],
    *,
    dataset: Annotated[str, typer.Option(help="folder of the dataset; every published one by default")] = "",
) -> None:
    """Tell the story of one document: when it was seen, on whose word, its scores, its fate and why."""
    from corpus import ledger

    for text in ledger.explain_in([_existing(dataset)] if dataset else sorted(Path("datasets").glob("*")), needle):
        console.print(text, markup=False, highlight=False, soft_wrap=True)


@app.command()
def near(
    file: Annotated[Path, typer.Argument(help="a file of text; - reads standard input")],
    *,
    dataset: Annotated[str, typer.Option(help="folder of the dataset")] = "datasets/demo",
    code: Annotated[bool, typer.Option("--code", help="the text is a program: marks count, layout does not")] = False,
    limit: Annotated[int, typer.Option(help="so many documents at most", min=1)] = 10,
) -> None:
    """Show which documents of a published dataset are near to a text, kept or not, and how near."""
    from flows.neighbours import neighbours, told

    for line in told(neighbours(_existing(dataset).as_posix(), _text(file), "code" if code else "article", limit)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command("demo-world")
def demo_world(
    *,
    port: Annotated[int, typer.Option(help="port on 127.0.0.1")] = 8765,
    night: Annotated[int, typer.Option(help="the world's age", min=1, max=2)] = 1,
    log: Annotated[Path | None, typer.Option(help="write the access log here")] = None,
    answers: Annotated[Path | None, typer.Option(help="write every document's expected fate here and exit")] = None,
) -> None:
    """Serve the demo world until interrupted, or write its answers."""
    from demo.answers import write
    from demo.server import run_forever

    if answers is not None:
        write(answers)
        return
    console.print(
        f"The demo world listens on http://127.0.0.1:{port} (an HTTP proxy for its own hosts); Ctrl-C ends it."
    )
    run_forever(port, night, log)


@app.command()
def score(
    suites: Annotated[list[str] | None, typer.Argument(help="suites to run; all by default")] = None,
    *,
    data: Annotated[Path, typer.Option(help="folder laid out like the public test sets")],
    floors: Annotated[Path, typer.Option(help="the floors to hold")] = FLOORS,
    raise_floors: Annotated[bool, typer.Option("--raise-floors", help="write better values as new floors")] = False,
) -> None:
    """Measure the stages on sets with known answers; exit 1 when a floor is missed."""
    from bench import score as scoring

    measured, held = scoring.run(suites or [], data, floors)
    print(json.dumps(measured, indent=1))
    if raise_floors:
        scoring.raise_floors(measured, floors)
    if not held:
        raise typer.Exit(1)


@app.command()
def up(
    *,
    port: Annotated[int, typer.Option(help="port of the Prefect server")] = 4200,
) -> None:
    """Start the Prefect server, the deployments and a worker on this machine, until interrupted."""
    from flows.up import run

    run(console, port)


@models_app.command("list")
def list_models() -> None:
    """Show every weight and vocabulary: licence, size, whether it is here."""
    from models.weights import listing

    for line in listing():
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@models_app.command("fetch")
def fetch_model(name: Annotated[str, typer.Argument(help="a name from `gristmill models list`")]) -> None:
    """Fetch one, check its hash, print its licence."""
    from models.weights import fetch, licence

    path = fetch(name)
    console.print(f"{name}: {path} ({licence(name)})", markup=False, highlight=False, soft_wrap=True)


def _text(file: Path) -> str:
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or f"it is no text in UTF-8 ({error})"
        raise CorpusError(f"{file} cannot be compared: {reason}; give a file of plain text") from error


def _existing(dataset: str) -> Path:
    if not Path(dataset).is_dir():
        raise CorpusError(f"there is no folder {dataset}; give the folder of a dataset, e.g. datasets/demo")
    return Path(dataset)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what a person should read into one sentence on stderr and a non-zero exit."""
    try:
        yield
    except CorpusError as error:
        _fail(f"gristmill: {error}", 1)
    except Interrupted as stop:
        _fail("gristmill: interrupted; nothing is lost, run the same command again to continue", 128 + stop.number)
    except OSError as error:
        if error.errno != 28:
            raise
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"gristmill: the disk is full{where}; free some space and run again", 1)


def _fail(sentence: str, code: int) -> NoReturn:
    print(sentence, file=sys.stderr)
    sys.exit(code)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    raise Interrupted(number)


def main() -> None:
    """Run the command line."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    # Libraries warn their developers, and reset filters that would hide it; none of it is for the terminal.
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").propagate = False
    with _one_sentence():
        app()


if __name__ == "__main__":
    main()
