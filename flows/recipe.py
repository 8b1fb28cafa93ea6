"""A recipe: what to ask, what to keep, how to publish and train; one strict TOML file per dataset."""

import difflib
import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator

from corpus.errors import RecipeError
from corpus.gates import Gates
from corpus.params import Params
from corpus.pseudonym import AuthorOptions
from corpus.schema import DOCUMENT, RAW
from processors import AnyProcessor, Boilerplate, Chat, Decontaminate, Extract, Language, Near, Select
from processors.chain import Step
from scrapers import AnyScraper
from scrapers.page import Network

DUPLICATE_RULES = ("exact", "near", "contained")


class NetworkOptions(Params):
    """How the outside is reached."""

    proxy: str | None = Field(default=None, description="HTTP proxy for every request, e.g. http://127.0.0.1:8765")
    allow_private: bool = Field(default=False, description="ask loopback and private addresses too")


class PublishOptions(Params):
    """How rows become versions."""

    validation_percent: int = Field(default=5, ge=0, le=50, description="share of ids in the validation split")
    keep_versions: int = Field(default=7, ge=1, description="older versions are pruned")
    gates: Gates = Field(default_factory=Gates, description="what a night must meet to be published")


class FinetuneOptions(Params):
    """What training does when a version is published."""

    preset: Literal["tiny", "gpt-oss-20b"] = Field(default="gpt-oss-20b", description="the training preset")
    max_steps: int | None = Field(default=None, ge=1, description="stop after so many optimiser steps")


class Recipe(Params):
    """One dataset, whole. Unknown keys are errors."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the dataset's name, its folder under datasets/")
    title: str = Field(default="", description="the title of the dataset card")
    contact: str = Field(default="", description="mail or web address in the user agent; else GRISTMILL_CONTACT")
    network: NetworkOptions = NetworkOptions()
    authors: AuthorOptions = AuthorOptions()
    sources: tuple[AnyScraper, ...] = Field(min_length=1)
    steps: tuple[AnyProcessor, ...] = Field(min_length=1)
    publish: PublishOptions = PublishOptions()
    finetune: FinetuneOptions = FinetuneOptions()

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Recipe":
        names = [source.name for source in self.sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two sources are named {twice[0]!r}; a source's name is the first part of its ids")
        return self

    @model_validator(mode="after")
    def _steps_fit_together(self) -> "Recipe":
        known = {*RAW.names, *DOCUMENT.names, "last_seen"}
        for place, step in enumerate(self.steps):
            if not isinstance(step, Select):
                known.update(step.writes)
                continue
            columns = [rule.column for rule in step.rules]
            for column in columns:
                if column not in known:
                    raise ValueError(
                        f"steps.{place} judges the column {column!r}, which no step before it writes"
                        f"{_way_out(column, known)}"
                    )
            if len({column.startswith("duplicate_") for column in columns}) > 1:
                raise ValueError(
                    f"steps.{place} mixes rules on duplicates with others; give duplicates a select of their own"
                )
        if not any(isinstance(step, Chat) for step in self.steps):
            raise ValueError("no step makes rows to publish; end the steps with kind = 'chat'")
        return self

    @model_validator(mode="after")
    def _duplicates_are_judged_once(self) -> "Recipe":
        places = [place for place, step in enumerate(self.steps) if isinstance(step, Near)]
        if len(places) > 1:
            raise ValueError(f"steps.{places[1]} is a second near; a dataset has one index of duplicates, keep one")
        before = self.steps[: places[0]] if places else ()
        if places and any(isinstance(step, Extract) for step in self.steps[places[0] :]):
            raise ValueError(f"steps.{places[0]}, near, finds no text yet; put it after extract and clean")
        if any(isinstance(step, Chat) for step in before):
            raise ValueError(f"steps.{places[0]}, near, stands after chat; put it before, where the text is")
        return self

    @model_validator(mode="after")
    def _duplicates_are_dropped_whole_or_not_at_all(self) -> "Recipe":
        near = next((step for step in self.steps if isinstance(step, Near)), None)
        rules = [rule for step in self.steps if isinstance(step, Select) for rule in step.rules]
        judging = [rule for rule in rules if rule.column.startswith("duplicate_")]
        if near is None or not judging:
            return self
        dropped = {
            value for rule in judging if rule.column == "duplicate_rule" and not rule.kinds for value in rule.none_of
        }
        for name in sorted(dropped - {*DUPLICATE_RULES}):
            raise ValueError(f"near never says {name!r}; duplicate_rule is one of {', '.join(DUPLICATE_RULES)}")
        for name in sorted(near.rules - dropped):
            raise ValueError(
                f"no select drops the duplicates that near calls {name!r}, which cover nobody and would be published; "
                f'add "{name}" to the none_of of a rule on duplicate_rule, for all kinds'
            )
        return self

    @model_validator(mode="after")
    def _boilerplate_sees_the_text(self) -> "Recipe":
        places = [place for place, step in enumerate(self.steps) if isinstance(step, Boilerplate)]
        if len(places) > 1:
            raise ValueError(
                f"steps.{places[1]} is a second boilerplate; one calibration holds the lines of all sites, keep one"
            )
        before = self.steps[: places[0]] if places else ()
        if places and not any(isinstance(step, Extract) for step in before):
            raise ValueError(f"steps.{places[0]}, boilerplate, finds no text yet; put it after extract and clean")
        if any(isinstance(step, Near) for step in before):
            raise ValueError(
                f"steps.{places[0]}, boilerplate, stands after near; put it before, since near compares what is left"
            )
        return self

    @model_validator(mode="after")
    def _evaluation_sets_are_looked_for_in_the_text(self) -> "Recipe":
        for place, step in enumerate(self.steps):
            if not isinstance(step, Decontaminate):
                continue
            before = self.steps[:place]
            if not any(isinstance(one, Extract) for one in before):
                raise ValueError(f"steps.{place}, decontaminate, finds no text yet; put it after extract and clean")
            if any(isinstance(one, Chat) for one in before):
                raise ValueError(f"steps.{place}, decontaminate, stands after chat; put it before, where the text is")
            if not step.sets:
                raise ValueError(f"steps.{place}, decontaminate, looks for nothing; name its sets as [[steps.sets]]")
            names = [one.name for one in step.sets]
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"steps.{place} has two sets named {twice[0]!r}; give one a name = of its own")
        return self

    @property
    def reach(self) -> Network:
        """How sources reach the outside, with the contact of the recipe or of GRISTMILL_CONTACT."""
        contact = self.contact or os.environ.get("GRISTMILL_CONTACT", "")
        return Network(contact, self.network.proxy, allow_private=self.network.allow_private)

    @property
    def content_fingerprint(self) -> str:
        """The fingerprint of what decides the rows: everything but how the outside is reached and who asks."""
        return self.model_copy(update={"network": NetworkOptions(), "contact": ""}).fingerprint


def load_recipe(dataset: Path) -> Recipe:
    """Read ``dataset/recipe.toml``; calibration, model files and evaluation sets that it pins are found beside it.

    Raises:
        RecipeError: the file is missing, is not TOML, or holds a key or value that no recipe may have; the message
            names its path in the file and the nearest right key. Or a calibration is missing or another than pinned;
            the message names the command that makes one.
        ModelMissing: a model file is missing or another than pinned, or an evaluation set cannot be fetched.
    """
    recipe = read_recipe(dataset)
    return recipe.model_copy(update={"steps": tuple(steps_beside(recipe.steps, dataset))})


def steps_beside(steps: Sequence[Step], dataset: Path) -> list[Step]:
    """Return ``steps`` reading what they pin from the folder ``dataset``; raises as ``load_recipe``."""
    pinned = (Boilerplate, Decontaminate, Language)
    return [step.beside(dataset) if isinstance(step, pinned) else step for step in steps]


def read_recipe(dataset: Path) -> Recipe:
    """Read ``dataset/recipe.toml`` alone, for who makes the calibrations; raises ``RecipeError``."""
    if dataset.is_file():
        raise RecipeError(f"{dataset} is a file; give the folder of the dataset, {dataset.parent}")
    path = dataset / "recipe.toml"
    try:
        options = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RecipeError(
            f"there is no recipe at {path}; give the folder that holds one, e.g. datasets/demo"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise RecipeError(f"{path} is not readable TOML: {error}") from error
    return recipe_of(options, str(path))


def recipe_of(options: dict[str, Any], path: str) -> Recipe:
    """Return the recipe that ``options`` describe; ``path`` names them in errors."""
    try:
        return Recipe.model_validate(options)
    except ValidationError as error:
        raise RecipeError(f"{path}: {_first_problem(error, options)}") from error


def with_proxy(recipe: Recipe, proxy: str) -> Recipe:
    """Return ``recipe`` reaching the outside through ``proxy`` on this machine."""
    parts = urlsplit(proxy)
    if parts.username or parts.password:
        raise RecipeError("a proxy with a password would be shown in the UI; write it into the recipe's network.proxy")
    if parts.scheme != "http" or not parts.port:
        raise RecipeError(f"the proxy {proxy!r} is not of the form http://HOST:PORT")
    return recipe.model_copy(update={"network": recipe.network.model_copy(update={"proxy": proxy})})


def _first_problem(error: ValidationError, options: dict[str, Any]) -> str:
    # A misspelt key is also a missing one; the misspelling is what a person should read.
    problem = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
    place = [str(part) for part in problem["loc"] if not _is_tag(part, options)]
    name = ".".join(place) or "the recipe"
    if problem["type"] == "extra_forbidden":
        nearest = difflib.get_close_matches(place[-1], _known_keys(problem["loc"][:-1]), n=1)
        return f"{name} is no option{f'; did you mean {nearest[0]!r}?' if nearest else ''}"
    if problem["type"] == "missing":
        return f"{name} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{name}: {message}"


def _way_out(column: str, known: set[str]) -> str:
    """Return what to do about ``column``, that is not among the ``known``: the step that writes it, or its spelling."""
    steps = get_args(get_args(AnyProcessor)[0])
    kinds = [step.model_fields["kind"].default for step in steps if column in _columns(step)]
    if kinds:
        return f'; add the step kind = "{kinds[0]}" before it'
    nearest = difflib.get_close_matches(column, sorted(known), n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _columns(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a class of step
    """Return what steps of ``kind`` write whatever their options."""
    writes = getattr(kind, "writes", ())
    return writes if isinstance(writes, tuple) else ()


def _is_tag(part: int | str, options: dict[str, Any]) -> bool:
    kinds = {
        str(entry.get("kind"))
        for key in ("sources", "steps")
        for entry in options.get(key, ())
        if isinstance(entry, dict)
    }
    return isinstance(part, str) and part in kinds


def _known_keys(place: Sequence[int | str]) -> list[str]:
    """Return the keys that may stand at ``place`` of a recipe; none where that cannot be told."""
    schema = Recipe.model_json_schema()
    here: dict[str, Any] = schema
    for part in place:
        inner = here.get("items", {}) if isinstance(part, int) else here.get("properties", {}).get(part, {})
        chosen = here.get("discriminator", {}).get("mapping", {}).get(part)
        reference = chosen or inner.get("$ref")
        here = schema["$defs"][reference.rpartition("/")[2]] if reference else inner
    return sorted(here.get("properties", {}))
