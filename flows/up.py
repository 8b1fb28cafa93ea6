"""One machine, everything running: the Prefect server, the deployments of prefect.yaml and a worker for them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console

from corpus.errors import CorpusError
from flows.prefect_home import keep_apart

POOL = "gristmill"
START_LIMIT_S = 180.0
STOP_LIMIT_S = 30.0


def run(console: Console, port: int) -> None:
    """Serve until interrupted; every child ends with this process.

    Raises:
        CorpusError: the port is in use, or the server did not come up.
    """
    _refuse_port_in_use(port)
    api = f"http://127.0.0.1:{port}/api"
    keep_apart()
    os.environ["PREFECT_API_URL"] = api
    with _child("server", "start", "--host", "127.0.0.1", "--port", str(port)) as server:
        _wait_until_healthy(api, server)
        _prefect("work-pool", "create", POOL, "--type", "process", "--overwrite")
        _prefect("--no-prompt", "deploy", "--all")
        with _child("worker", "start", "--pool", POOL, "--type", "process") as worker:
            console.print(f"Prefect is up: http://127.0.0.1:{port} (deployments under /deployments); Ctrl-C ends it.")
            _wait_for_either(server, worker)


def _refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CorpusError(f"port {port} is in use; give another one with --port") from error


def _prefect(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "prefect", *arguments], check=True)  # noqa: S603 - our own words


@contextmanager
def _child(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "-m", "prefect", *arguments], start_new_session=True)  # noqa: S603
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(api: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{api}/health", timeout=2):  # noqa: S310 - our own server
                return
        except (URLError, OSError):
            time.sleep(0.5)
    raise CorpusError(f"the Prefect server did not come up at {api}; see its lines above")


def _wait_for_either(server: subprocess.Popen[bytes], worker: subprocess.Popen[bytes]) -> None:
    while server.poll() is None and worker.poll() is None:
        time.sleep(1)
    raise CorpusError("the Prefect server or its worker ended by itself; see its lines above")
