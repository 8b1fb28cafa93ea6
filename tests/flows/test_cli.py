"""The command line: one clear sentence and a non-zero exit for whatever a person can mend."""

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def gristmill(*arguments, **environment):
    import os

    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments],
        cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def sentence(done):
    assert done.returncode != 0
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_a_misspelt_key_is_named_with_the_right_one(tmp_path):
    text = (ROOT / "datasets" / "demo" / "recipe.toml").read_text(encoding="utf-8")
    (tmp_path / "recipe.toml").write_text(text.replace("start_urls", "strat_urls", 1), encoding="utf-8")
    said = sentence(gristmill("refresh", str(tmp_path), "--no-prefect"))
    assert "sources.0.strat_urls is no option; did you mean 'start_urls'?" in said


def test_without_a_contact_the_scrapers_refuse_and_say_why(tmp_path):
    text = (ROOT / "datasets" / "demo" / "recipe.toml").read_text(encoding="utf-8")
    (tmp_path / "recipe.toml").write_text(re.sub(r'(?m)^contact = ".*"', 'contact = ""', text), encoding="utf-8")
    done = gristmill("refresh", str(tmp_path), "--no-prefect", GRISTMILL_STATE=str(tmp_path / "machine"))
    assert "contact" in sentence(done).splitlines()[-1]
    assert "GRISTMILL_CONTACT" in done.stderr
    assert not (tmp_path / "published").exists()


def test_a_folder_without_a_recipe(tmp_path):
    assert "there is no recipe at" in sentence(gristmill("refresh", str(tmp_path), "--no-prefect"))


def test_a_port_in_use():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert port in sentence(gristmill("demo-world", "--port", port))
        assert port in sentence(gristmill("up", "--port", port))


def test_explain_before_anything_was_published(tmp_path):
    assert "no published version" in sentence(gristmill("explain", "http://example.org/", "--dataset", str(tmp_path)))


def test_an_unknown_suite_lists_the_known_ones(tmp_path):
    assert "extraction" in sentence(gristmill("score", "extracton", "--data", str(tmp_path)))


def test_the_demo_worlds_answers_are_written_to_a_file(tmp_path):
    assert gristmill("demo-world", "--answers", str(tmp_path / "answers.json")).returncode == 0
    assert (tmp_path / "answers.json").stat().st_size > 10_000


@pytest.mark.parametrize("command", ["refresh", "demo", "finetune", "explain", "demo-world", "score", "up", "models"])
def test_every_command_has_help_and_is_in_the_readme_or_docs(command):
    done = gristmill(command, "--help")
    assert done.returncode == 0
    documents = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert any(f"gristmill {command}" in path.read_text(encoding="utf-8") for path in documents)
