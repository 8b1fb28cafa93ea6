"""A peer's environment is made once for the versions asked for, and anew for others."""

import subprocess
import zipfile

import pytest

from bench import peers
from corpus.errors import CorpusError


def wheel(folder, version):
    """A package `mash` of one module, as pip installs it without asking anybody."""
    path, about = folder / f"mash-{version}-py3-none-any.whl", f"mash-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mash.py", f"version = {version!r}\n")
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: mash\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "")
    return str(path)


def version_in(python):
    return subprocess.run(
        [python, "-c", "import mash; print(mash.version)"], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_peer_is_installed_once_and_anew_when_its_pin_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "FOLDER", tmp_path / "peers")
    monkeypatch.setattr(peers, "REQUIREMENTS", {"mash": (wheel(tmp_path, "1.0"),)})
    python = peers.peer_python("mash")
    assert version_in(python) == "1.0"
    monkeypatch.setattr(peers, "_install", lambda *_: pytest.fail("installed again"))
    assert peers.peer_python("mash") == python
    monkeypatch.undo()
    monkeypatch.setattr(peers, "FOLDER", tmp_path / "peers")
    monkeypatch.setattr(peers, "REQUIREMENTS", {"mash": (wheel(tmp_path, "2.0"),)})
    assert version_in(peers.peer_python("mash")) == "2.0"


def test_a_peer_that_cannot_be_installed_is_told_and_not_taken_for_done(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "FOLDER", tmp_path / "peers")
    monkeypatch.setattr(peers, "REQUIREMENTS", {"mash": (str(tmp_path / "mash-3.0-py3-none-any.whl"),)})
    with pytest.raises(CorpusError, match=r"the peer mash cannot be installed: ERROR: .*mash-3.0"):
        peers.peer_python("mash")
    assert not (tmp_path / "peers" / "mash" / "done").exists()
