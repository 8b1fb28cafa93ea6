"""What README and docs show can be typed: every command parses, every target exists, every snippet is valid."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from flows.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(language):
    found = [
        (page, body)
        for page in PAGES
        for kind, body in BLOCK.findall(page.read_text(encoding="utf-8"))
        if kind == language
    ]
    return [pytest.param(body, id=f"{page.name}-{number}") for number, (page, body) in enumerate(found)]


def commands(body, program):
    for line in body.splitlines():
        words = shlex.split(line.removesuffix("&").strip(), comments=True)
        if words and words[0].removeprefix(".venv/bin/") == program:
            yield words[1:]


@pytest.mark.parametrize("body", blocks("sh"))
def test_every_gristmill_command_parses(body):
    for words in commands(body, "gristmill"):
        context = typer.main.get_command(app).make_context("gristmill", list(words), resilient_parsing=False)
        name, command, rest = context.command.resolve_command(context, words)
        command.make_context(name, rest)


@pytest.mark.parametrize("body", blocks("sh"))
def test_every_make_target_exists(body):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for words in commands(body, "make"):
        assert {word for word in words if "=" not in word and not word.startswith(".venv")} <= targets


@pytest.mark.parametrize("body", blocks("python"))
def test_every_python_snippet_compiles(body):
    compile(body, "snippet", "exec")


@pytest.mark.parametrize("body", blocks("toml"))
def test_every_recipe_block_holds_only_known_options(body):
    from pydantic import TypeAdapter

    from processors import AnyProcessor
    from scrapers import AnyScraper

    options = tomllib.loads(body)
    for union, key in ((AnyScraper, "sources"), (AnyProcessor, "steps")):
        for block in options.get(key, []):
            TypeAdapter(union).validate_python(block)


def test_there_is_something_to_test():
    assert len(blocks("sh")) > 5
    assert len(blocks("toml")) > 10
    assert len(blocks("python")) > 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
