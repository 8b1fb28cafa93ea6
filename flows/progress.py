"""Progress for people: a bar in the terminal, an artifact in the Prefect UI, nothing where nobody looks."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.context import FlowRunContext
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

logger = logging.getLogger("flows.progress")

ARTIFACT_INTERVAL_S = 5.0


@dataclass
class _Show:
    """What is on show in this process; one night at a time."""

    bars: Progress | None = None
    tasks: dict[str, TaskID] = field(default_factory=dict)
    artifacts: dict[str, object] = field(default_factory=dict)
    sent_at: dict[str, float] = field(default_factory=dict)


_show = _Show()


@contextmanager
def bars(console: Console) -> Iterator[None]:
    """Show a bar for every stage that announces itself, until the block ends."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        _show.bars, _show.tasks = progress, {}
        try:
            yield
        finally:
            _show.bars = None


def announce(stage: str, done: int, total: int | None) -> None:
    """Say that ``stage`` has done so many documents of ``total`` (``None``: unknown yet)."""
    if _show.bars is not None:
        if stage not in _show.tasks:
            _show.tasks[stage] = _show.bars.add_task(stage, total=total)
        _show.bars.update(_show.tasks[stage], completed=done, total=total)
    if FlowRunContext.get() is not None:
        _announce_in_prefect(stage, done, total)


def tell(sentence: str) -> None:
    """Say what a stage has done, to the log and above the progress bars."""
    logger.info("%s", sentence)
    if _show.bars is not None:
        _show.bars.console.print(sentence, markup=False, soft_wrap=True)


def notice(sentence: str) -> None:
    """Say something that a person should see although the night goes on."""
    logger.error("%s", sentence)
    if _show.bars is not None:
        _show.bars.console.print(sentence, style="yellow", markup=False, soft_wrap=True)


def _announce_in_prefect(stage: str, done: int, total: int | None) -> None:
    percent = 100.0 * done / total if total else 0.0
    if stage not in _show.artifacts:
        key = f"progress-{stage.lower().replace(' ', '-').replace('_', '-')}"
        _show.artifacts[stage] = create_progress_artifact(progress=percent, key=key, description=stage)
    elif percent >= 100.0 or time.monotonic() - _show.sent_at.get(stage, 0.0) > ARTIFACT_INTERVAL_S:
        update_progress_artifact(artifact_id=_show.artifacts[stage], progress=percent)  # type: ignore[arg-type]
        _show.sent_at[stage] = time.monotonic()
