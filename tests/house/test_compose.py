"""What docker-compose.yml promises: closed networks and containers, no secret of its own, nothing forgotten."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from tests.support.compose import FIRST, ROOT, SEAWEEDFS, load, product, variables
from webapp.deployment import outside
from webapp.settings import Settings
from workers.app import Queue, TaskName
from workers.settings import WorkerSettings
from workflows.core import jobs

FILES = {"minio": (FIRST,), "seaweedfs": (FIRST, SEAWEEDFS)}
TUNED = {"WEB_CONCURRENCY", "WORKER_CONCURRENCY", "CHECKER_CONCURRENCY", "ARCHIVE_LOCK_MODE"}
"""The only variables with a default: numbers and the kind of lock, not secrets."""
ONCE = {"prepare", "console", "store-secrets", "store-durability"}
"""Services that end by themselves."""


class Asked(dict[str, str]):
    """An environment that has a value for every name and remembers which were asked for."""

    def get(self, name: str, default: Any = None) -> Any:
        return self[name]

    def __missing__(self, name: str) -> str:
        self[name] = "COMPLIANCE" if name == "ARCHIVE_LOCK_MODE" else "1"
        return self[name]


@pytest.fixture(scope="module", params=FILES)
def files(request: pytest.FixtureRequest) -> tuple[Path, ...]:
    """The files of each supported store."""
    return FILES[request.param]


@pytest.fixture(scope="module")
def project(files: tuple[Path, ...]) -> dict[str, Any]:
    """The project with a telling value in each variable."""
    return load(*files, values={name: f"value-of-{name}" for name in variables(*files)})


@pytest.mark.parametrize("path", [FIRST, SEAWEEDFS], ids=lambda path: path.name)
def test_the_file_keeps_to_the_compose_specification(path: Path) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_proxy_is_reached_from_outside(project: dict[str, Any]) -> None:
    services = project["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert on("outside", services) == {"proxy"}
    assert on("front", services) == {"proxy", "web"}
    closed = {name for name, network in project["networks"].items() if network and network.get("internal")}
    assert set(project["networks"]) - closed == {"outside"}
    assert all(service.get("networks") or service.get("network_mode") for service in services.values())


def test_only_web_workers_and_the_operator_reach_the_store(project: dict[str, Any]) -> None:
    assert on("store", project["services"]) == {"store", "web", "worker", "bundler", "reader", "prepare", "console"}
    assert on("data", project["services"]) == {
        *("database", "redis", "web", "worker", "bundler", "reader", "beat", "prepare", "console")
    }


def on(network: str, services: dict[str, Any]) -> set[str]:
    return {name for name, service in services.items() if network in service.get("networks", ())}


def test_every_container_has_its_walls(project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        assert (name, service["read_only"], service["cap_drop"]) == (name, True, ["ALL"])
        assert (name, service["security_opt"]) == (name, ["no-new-privileges:true"])
        assert (name, str(service["user"]).split(":")[0] in ("0", "root")) == (name, False)
        assert not {"privileged", "devices", "pid", "ipc", "container_name"} & service.keys(), name
        assert name == "proxy" or "cap_add" not in service, name


def test_the_checker_has_no_network_no_environment_and_no_folder_but_its_sockets(project: dict[str, Any]) -> None:
    checker = project["services"]["checker"]
    assert checker["network_mode"] == "none"
    assert checker["volumes"] == ["checker:/run/tuntas"]
    assert not {"environment", "env_file", "tmpfs", "cap_add", "networks", "secrets", "configs"} & checker.keys()
    assert checker["mem_limit"]
    assert checker["pids_limit"]
    # One user on both ends: the socket lets in nobody but its owner.
    assert checker["user"] == project["services"]["worker"]["user"]


def test_whatever_keeps_running_is_watched_and_started_again(project: dict[str, Any]) -> None:
    for name, service in project["services"].items():
        if name in ONCE:
            assert (name, service.get("restart", "no"), "healthcheck" in service) == (name, "no", False)
        else:
            assert (name, service["restart"], "healthcheck" in service) == (name, "unless-stopped", True)


def test_volumes_are_declared_and_used(project: dict[str, Any]) -> None:
    mounts = [mount.split(":")[0] for service in project["services"].values() for mount in service.get("volumes", ())]
    assert {name for name in mounts if not name.startswith("./")} == set(project["volumes"])
    assert all((ROOT / name).is_file() for name in mounts if name.startswith("./"))


def test_every_queue_is_consumed(project: dict[str, Any]) -> None:
    consumed: list[str] = []
    for _, service in product(project):
        if service["command"][-2:] == ["workers.main", "worker"]:
            consumed += service["environment"]["WORKER_QUEUES"].split(",")
    assert sorted(consumed) == sorted(Queue)
    assert {jobs.queue_of(kind) for kind in TaskName} == set(Queue)


def test_every_name_in_an_environment_is_a_setting_of_that_process(project: dict[str, Any]) -> None:
    worker, operator = Asked(), Asked()
    WorkerSettings.from_environment(worker)
    outside(operator)
    known = {
        "web": {entry.metadata["env"] for entry in fields(Settings)} | {"WEB_CONCURRENCY"},
        "worker": set(worker),
        "bundler": set(worker),
        "reader": set(worker),
        "beat": set(worker),
        "checker": set(),
        "prepare": {*operator, *worker, "TUNTAS_DATA"},
        "console": {*operator, *worker, "TUNTAS_DATA"},
        "store-secrets": set(operator),
    }
    for name, service in product(project):
        assert (name, set(service.get("environment", ())) - known[name]) == (name, set())


def test_no_secret_has_a_default_or_stands_in_the_file(files: tuple[Path, ...]) -> None:
    assert {name for name, default in variables(*files).items() if default is not None} == TUNED
    empty = load(*files, values=dict.fromkeys(variables(*files), ""))
    written = {
        (name, value)
        for service in empty["services"].values()
        for name, value in service.get("environment", {}).items()
        if re.search("PASSWORD|SECRET|TOKEN|AUTH$|_KEY$", name) and value
    }
    assert written == {("S3_ADMIN_ACCESS_KEY", "tuntas-admin")}  # a user's name


def test_new_settings_are_complete_private_and_never_written_over(files: tuple[Path, ...], tmp_path: Path) -> None:
    path = tmp_path / "env"
    command = [ROOT / "deploy" / "new-env", "tuntas.contoh.id", "internal", path]
    subprocess.run(command, check=True)
    values = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert set(values) == {name for name, default in variables(*files).items() if default is None}
    secrets = [value for name, value in values.items() if name not in ("SITE_HOST", "SITE_TLS", "INSTALLATION")]
    assert len(set(secrets)) == len(secrets)
    assert all(re.fullmatch(r"[0-9a-f]{64}|tuntas-app", value) for value in secrets)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    assert subprocess.run(command, capture_output=True).returncode != 0
    assert path.read_bytes() == before


def test_the_image_holds_every_package_and_the_builder_sees_nothing_else() -> None:
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text("utf-8"), re.MULTILINE))
    assert {"storage", "workflows", "workers", "webapp", "webapp/assets", "requirements", "deploy/*.py"} <= copied
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert lines[1] == "*"
    shown = {line[1:] for line in lines if line.startswith("!")}
    assert shown == {*" ".join(copied).split()} - {"webapp/assets"}
