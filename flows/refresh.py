"""The night, top to bottom: ask the sources, judge what came, publish it as one version, plan the training."""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from prefect import flow

from corpus.manifest import Manifest
from flows.curate import curate, curate_stage
from flows.finetune import FinetuneOrder, finetune, finetune_stage
from flows.publish import publish, publish_stage, refresh_card
from flows.scrape import scrape, scrape_stage
from flows.tonight import Clock, Tonight, begin, open_workspace, utc_now

logger = logging.getLogger("flows.refresh")


class Stages(NamedTuple):
    """The four stages of a night: as plain functions, or as Prefect flows over them."""

    scrape: Callable[[Tonight], Any]
    curate: Callable[[Tonight], Any]
    publish: Callable[[Tonight], Manifest]
    finetune: Callable[[FinetuneOrder], Any]


PLAIN = Stages(scrape_stage, curate_stage, publish_stage, finetune_stage)
FLOWS = Stages(scrape, curate, publish, finetune)


def night(tonight: Tonight, stages: Stages, clock: Clock) -> Manifest:
    """Run one night and return what it published.

    Interrupted at any moment, the next call goes on with the same night and repeats or loses nothing.
    """
    with begin(tonight, clock) as named:
        workspace = open_workspace(named)
        if workspace.previous:
            refresh_card(workspace, workspace.previous)
        stages.scrape(named)
        stages.curate(named)
        manifest = stages.publish(named)
    stages.finetune(FinetuneOrder(dataset=named.dataset, version=manifest.version, mode="plan"))
    return manifest


def refresh_without_prefect(tonight: Tonight) -> Manifest:
    """Run the same night with no Prefect API at all (benchmarks, debugging)."""
    return night(tonight, PLAIN, utc_now)


@flow(name="refresh", flow_run_name="refresh-{tonight.dataset}", validate_parameters=True)
def refresh(tonight: Tonight) -> Manifest:
    """Refresh one dataset: scrape, curate, publish, and the plan of its fine-tuning."""
    return night(tonight, FLOWS, utc_now)
