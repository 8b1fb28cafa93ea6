"""What the pipeline should make of the demo world: one fate for every document of every night."""

import json
from collections import defaultdict
from pathlib import Path
from typing import TypedDict

from demo import world
from demo.papers import SOURCE as PAPERS
from demo.resource import Document
from demo.site import SOURCE as BREWNET

PRIORITY = {BREWNET: 0, PAPERS: 1}  # the order of the sources in datasets/demo/recipe.toml


class Answer(TypedDict):
    """``fate`` is ``kept`` or ``dropped``; ``planted`` are values that must not be in what is published."""

    fate: str
    reason: str | None
    planted: list[str]


def build() -> dict[str, dict[str, Answer]]:
    """Return night -> document id -> answer."""
    return {str(night): fates(world.build(night).documents) for night in world.NIGHTS}


def fates(documents: dict[str, Document]) -> dict[str, Answer]:
    """Judge duplicates among documents that are good by themselves; the first of a family in total order stays."""
    families: dict[str, list[Document]] = defaultdict(list)
    for document in sorted(documents.values(), key=_place):
        if document.reason is None and document.family:
            families[document.family].append(document)
    reasons = {document.id: document.reason for document in documents.values()}
    for members in families.values():
        for loser in members[1:]:
            is_exact = loser.wording is not None and loser.wording == members[0].wording
            reasons[loser.id] = "exact-duplicate" if is_exact else "near-duplicate"
    return {key: _answer(reason, documents[key].planted) for key, reason in sorted(reasons.items())}


def write(path: Path) -> None:
    """Write the answers as JSON, whole or not at all."""
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(path)


def _place(document: Document) -> tuple[int, int, str]:
    return document.seen, PRIORITY[document.id.partition("/")[0]], document.id


def _answer(reason: str | None, planted: tuple[str, ...]) -> Answer:
    return {"fate": "dropped" if reason else "kept", "reason": reason, "planted": list(planted)}
