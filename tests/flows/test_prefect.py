"""The night as Prefect flows, against the real server: the one test file that starts it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from demo.server import serve
from flows.refresh import refresh
from flows.tonight import Tonight

ROOT = Path(__file__).parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# Prefect and what it stands on raise warnings of their own; ours stay errors in every other test.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(600)]


def test_the_refresh_flow_leaves_its_funnel_and_its_subflows_in_prefect(tmp_path, monkeypatch):
    monkeypatch.setenv("GRISTMILL_STATE", str(tmp_path / "machine"))
    dataset = tmp_path / "demo"
    dataset.mkdir()
    shutil.copy(ROOT / "datasets" / "demo" / "recipe.toml", dataset)
    with prefect_test_harness(server_startup_timeout=180), serve(1, 0) as world:
        manifest = refresh(Tonight(dataset=str(dataset), proxy=world.proxy))
        with get_client(sync_client=True) as client:
            runs = {run.name.split("-")[0]: run.state_name for run in client.read_flow_runs()}
            artifacts = {artifact.key for artifact in client.read_artifacts()}
    assert runs == dict.fromkeys(("refresh", "scrape", "curate", "publish", "finetune"), "Completed")
    assert {"funnel-demo", "version-demo", "finetune-plan"} <= artifacts
    assert any(key.startswith("progress-") for key in artifacts if key)
    assert (dataset / "published" / "manifests" / f"{manifest.number:012d}.json").exists()


@pytest.mark.slow
def test_up_serves_the_deployments_and_training_waits_for_the_event(tmp_path):
    port = free_port()
    environment = os.environ | {"PREFECT_HOME": str(tmp_path / "prefect"), "GRISTMILL_STATE": str(tmp_path / "machine")}
    command = [sys.executable, "-m", "flows.cli", "up", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True) as process:
        try:
            found = wait_for(process, lambda: deployments(port))
            automations = httpx.post(f"http://127.0.0.1:{port}/api/automations/filter", json={}).json()
            tonight = wait_for(process, lambda: scheduled_runs(port))
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(120)
    names = {deployment["name"] for deployment in found}
    assert {"homebrew", "demo", "demo-brewnet", "demo-papers", "qlora"} <= names
    nightly = next(deployment for deployment in found if deployment["name"] == "homebrew")
    assert nightly["schedules"][0]["schedule"]["cron"] == "0 2 * * *"
    assert nightly["parameter_openapi_schema"]["definitions"]["Tonight"]["properties"]["dataset"]["description"]
    assert any(automation["trigger"]["expect"] == ["dataset.published"] for automation in automations)
    assert all(run["name"] and run["auto_scheduled"] for run in tonight)
    assert process.returncode == 130
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/api/health")


def deployments(port):
    """Every deployment, once the last one of prefect.yaml is there."""
    found = httpx.post(f"http://127.0.0.1:{port}/api/deployments/filter", json={}).json()
    return found if any(deployment["name"] == "qlora" for deployment in found) else []


def scheduled_runs(port):
    query = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    return httpx.post(f"http://127.0.0.1:{port}/api/flow_runs/filter", json=query).json()


def wait_for(process, look):
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if found := look():
                return found
        except httpx.TransportError:
            pass
        one_second_or_its_end(process)
    pytest.fail(f"nothing came; exit code {process.poll()}")


def one_second_or_its_end(process):
    """Wait a second for the process to end, which is also the pause between two looks."""
    try:
        process.wait(1)
    except subprocess.TimeoutExpired:
        return
