"""The product as people start it: one process tree, from the command line, on a data folder."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import requests

START_SECONDS = 60


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def tuntas(*arguments: str, data: Path | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    more = ["--data", str(data)] if data else []
    return subprocess.run(
        [sys.executable, "-m", "webapp", *arguments, *more],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )


@dataclass
class Demo:
    """A running ``tuntas demo``."""

    data: Path
    port: int
    process: subprocess.Popen[bytes]
    accounts: list[dict[str, Any]]

    @property
    def address(self) -> str:
        """Return where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def account(self, role: str, *, agency: str | None = "diskanla", unit: str | None = None) -> dict[str, Any]:
        """Return the first account of that role there."""
        return next(
            entry
            for entry in self.accounts
            if entry["role"] == role and entry["agency"] in (agency, None) and unit in (None, entry["unit"])
        )

    def client(self, role: str, **where: Any) -> "ApiClient":
        """Return a client with the token of that role."""
        return ApiClient(self.address, self.account(role, **where)["token"])

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(30)


class ApiClient:
    """A program that uses the HTTP interface."""

    def __init__(self, address: str, token: str) -> None:
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.root = f"{address}/api/v1"

    def get(self, path: str, **more: Any) -> requests.Response:
        """Ask."""
        return self.session.get(self.root + path, timeout=60, **more)

    def post(self, path: str, **more: Any) -> requests.Response:
        """Tell."""
        return self.session.post(self.root + path, timeout=120, **more)

    def wait(self, path: str, done: tuple[str, ...], *, key: str, seconds: float = 30) -> dict[str, Any]:
        """Ask until ``key`` has one of the values in ``done``."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer: dict[str, Any] = self.get(path).json()
            if answer[key] in done:
                return answer
            time.sleep(0.05)
        raise AssertionError(f"{path} never came to {done}: {answer}")

    def act(self, requirement_id: str, action: str, sha256: str, **more: Any) -> requests.Response:
        """Do one thing on the version that is there now."""
        version = self.get(f"/requirements/{requirement_id}").json()["version"]
        body = {"action": action, "sha256": sha256, "version": version, **more}
        return self.post(f"/requirements/{requirement_id}/actions", json=body)


def start_demo(data: Path, *, environment: dict[str, str] | None = None) -> Demo:
    """Start a demo on ``data`` and wait until it is ready."""
    port, accounts = free_port(), data.parent / f"{data.name}-accounts.json"
    accounts.unlink(missing_ok=True)
    log = (data.parent / f"{data.name}.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", "webapp", "demo", "--port", str(port), "--data", str(data), "--accounts", str(accounts)],
        stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}, start_new_session=True,
    )  # fmt: skip
    log.close()
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            ready = requests.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            ready = False
        if ready:
            return Demo(data, port, process, json.loads(accounts.read_text("utf-8")))
        time.sleep(0.1)
    process.kill()
    raise AssertionError((data.parent / f"{data.name}.log").read_text("utf-8")[-4000:])


def processes_of(data: Path) -> list[psutil.Process]:
    """Return the processes that work in ``data`` or were started for it."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(data) in " ".join(process.cmdline()):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
