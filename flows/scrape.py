"""Ask the sources: every new page is archived and stored as a durable part before it counts as seen."""

import json
import logging
from collections.abc import Callable
from functools import partial

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from corpus.errors import SourceError
from flows.progress import announce, notice, tell
from flows.tonight import Tonight, Workspace, begin, machine_folder, open_workspace, utc_now
from scrapers import AnyScraper
from scrapers.crawl.identity import user_agent
from scrapers.page import Desk, Progress

Counts = dict[str, int]

logger = logging.getLogger("flows.scrape")


def scrape_stage(tonight: Tonight) -> dict[str, Counts]:
    """Ask every chosen source once and return its counts of stored and refused documents."""
    return ask_all(tonight, ask)


def ask_all(tonight: Tonight, ask_one: Callable[[Tonight, str], Counts]) -> dict[str, Counts]:
    """Ask each source in turn; one that fails keeps what it stored and does not stop the others.

    Raises:
        SourceError: every source failed; the sentence is the first one's.
    """
    counts: dict[str, Counts] = {}
    errors: list[SourceError] = []
    workspace = open_workspace(tonight)
    user_agent(workspace.recipe.reach)  # nobody is asked anything without a contact
    for source in chosen(workspace):
        try:
            counts[source.name] = ask_one(tonight, source.name)
        except SourceError as error:
            notice(f"{source.name} failed, what it had stored is kept: {error}")
            errors.append(error)
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
            # An answer of a shape that nobody thought of must not take the other sources' night.
            logger.exception("%s: a defect, please report it", source.name)
            notice(f"{source.name} failed, what it had stored is kept: its service answered something unreadable")
            errors.append(SourceError(f"{source.name} answered something unreadable ({type(error).__name__})"))
    if errors and not counts:
        raise errors[0]
    return counts


def chosen(workspace: Workspace) -> list[AnyScraper]:
    """Return the sources to ask, in the recipe's order; raises ``SourceError`` for a name the recipe lacks."""
    names = [source.name for source in workspace.recipe.sources]
    unknown = sorted(set(workspace.tonight.sources) - set(names))
    if unknown:
        raise SourceError(f"the recipe has no source {unknown[0]!r}; its sources are {', '.join(names)}")
    wanted = workspace.tonight.sources or names
    return [source for source in workspace.recipe.sources if source.name in wanted]


def ask(tonight: Tonight, name: str) -> Counts:
    """Ask the source ``name``, unless it has already answered to the end tonight, under the same options."""
    workspace = open_workspace(tonight)
    source = next(source for source in chosen(workspace) if source.name == name)
    done = f"{workspace.raw_folder(source.name)}/done.json"
    known = json.loads(workspace.store.get(done)) if workspace.store.exists(done) else {}
    if known.get("fingerprint") != source.fingerprint:
        final = source.collect(_desk(workspace, source.name))
        counts = {"stored": final.stored, "refused": final.refused, "unchanged": final.unchanged}
        announce(f"scrape {name}", sum(counts.values()), sum(counts.values()))
        tell(f"{name}: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
        known = {"fingerprint": source.fingerprint, "counts": counts}
        workspace.store.put(done, json.dumps(known).encode())
    return dict(known["counts"])


def _desk(workspace: Workspace, source: str) -> Desk:
    work = workspace.folder / "work" / "sources" / source
    work.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Desk(
        source=source,
        store=workspace.store,
        folder=workspace.raw_folder(source),
        work=work,
        machine=machine_folder(),
        network=workspace.recipe.reach,
        now=utc_now,
        report=partial(_report, source),
    )


def _report(source: str, progress: Progress) -> None:
    seen = progress.stored + progress.refused + progress.unchanged
    total = seen + progress.queued if progress.queued is not None else None
    announce(f"scrape {source}", seen, total)


@task(task_run_name="ask {name}", cache_policy=NO_CACHE)
def ask_source(tonight: Tonight, name: str) -> Counts:
    """Ask the source ``name`` of the dataset."""
    return ask(tonight, name)


@flow(name="scrape", flow_run_name="scrape-{tonight.dataset}", validate_parameters=True)
def scrape(tonight: Tonight) -> dict[str, Counts]:
    """Ask each source of the dataset for what is new."""
    if tonight.night:  # a stage of a refresh, which holds the dataset
        return ask_all(tonight, ask_source)
    with begin(tonight, utc_now) as named:
        return ask_all(named, ask_source)
