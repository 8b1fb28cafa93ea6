"""The house rules that reviewers forget: sizes, names, folders, documents."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bench", "corpus", "demo", "flows", "models", "processors", "scrapers", "training")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TOP_LEVEL = {
    "flows", "scrapers", "processors", "tests", "datasets", "prefect.yaml", "pyproject.toml", "requirements", "Makefile", "README.md",
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".ci", "docs", "models", "training", "corpus", "demo", "bench", ".gitignore",
}  # fmt: skip
VAGUE = ("util", "utils", "helper", "helpers", "common", "misc", "base", "core", "manager", "handler")


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert function.end_lineno
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    header = function.body[0].lineno - function.lineno
    return header + function.end_lineno - first.lineno + 1


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_file_is_longer_than_300_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_function_is_longer_than_40_lines(path):
    assert {f.name: code_lines(f) for f in functions(path) if code_lines(f) > 40} == {}


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_names_say_something(path):
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_no_module_is_named_like_a_dependency(path):
    assert path.stem not in {
        "arxiv",
        "datasets",
        "evaluate",
        "fasttext",
        "feedparser",
        "github",
        "praw",
        "prefect",
        "scrapy",
        "torch",
    }


def test_classes_inherit_only_from_params_protocols_tuples_and_library_types():
    ours = {
        node.name
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    allowed = {"Params", "CorpusError", "SourceError", "_Record"}
    found = {
        f"{relative(path)}:{node.name}({base.id})"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name) and base.id in ours - allowed
    }
    assert found == set()


def test_the_datasets_folder_holds_no_python():
    assert list((ROOT / "datasets").rglob("*.py")) == []


def test_the_top_level_holds_only_what_the_house_names():
    import subprocess

    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert {path.split("/")[0] for path in tracked if path} <= TOP_LEVEL


@pytest.mark.parametrize("recipe", sorted((ROOT / "datasets").glob("*/recipe.toml")), ids=relative)
def test_every_recipe_loads(recipe):
    from flows.recipe import load_recipe

    assert load_recipe(recipe.parent).name == recipe.parent.name


def test_every_deployed_source_exists_in_its_recipe():
    import yaml

    from flows.recipe import load_recipe

    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]:
        tonight = deployment.get("parameters", {}).get("tonight")
        if tonight:
            names = {source.name for source in load_recipe(ROOT / tonight["dataset"]).sources}
            assert set(tonight.get("sources", [])) <= names, deployment["name"]


@pytest.mark.parametrize("name", ["ArxivPapers", "Files", "GithubCode", "News", "Reddit", "Web", "Wikipedia"])
def test_every_source_keeps_the_contract(name):
    import scrapers

    source = getattr(scrapers, name)
    assert source.model_config["frozen"]
    assert source.model_config["extra"] == "forbid"
    assert source.model_fields["kind"].default
    assert source.model_fields["name"].is_required()
    assert callable(source.collect)


def test_every_source_and_step_is_documented():
    from typing import get_args

    from processors import AnyProcessor
    from scrapers import AnyScraper

    documents = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    for union in (AnyScraper, AnyProcessor):
        for member in get_args(get_args(union)[0]):
            kind = member.model_fields["kind"].default
            assert f'kind = "{kind}"' in documents, f"docs/ shows no recipe block for the kind {kind!r}"
            assert all(
                field.description for name, field in member.model_fields.items() if name not in {"kind", "name"}
            ), kind


def test_importing_processors_stays_light():
    import subprocess

    code = "import sys, processors; sys.exit(', '.join({'torch', 'prefect', 'spacy', 'presidio_analyzer', 'scrapy'} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
