"""The very commands of docker-compose.yml, run here against the embedded engines: nothing of Docker, all of ours."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest
import redis
import requests
import sqlalchemy as sa
from minio.crypto import decrypt
from minio.error import S3Error
from urllib3 import HTTPResponse

from storage.base import Bucket
from storage.minio_store import MinioStore
from storage.provision import APP_IDENTITY, application_policy, prepare_buckets
from tests.support.compose import FIRST, ROOT, SEAWEEDFS, load, variables
from tests.support.furnished import furnish
from tests.support.pdfs import plain_pdf
from webapp.embedded import Addresses, Engines
from webapp.embedded.credentials import load_credentials
from webapp.embedded.folder import Folder
from webapp.embedded.postgres import Postgres
from workflows import migrations

SITE = "tuntas.contoh.id"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stand:
    """Runs services of the project outside of containers: other addresses, other folders, otherwise as written."""

    services: Mapping[str, Any]
    place: Path
    values: Mapping[str, str] = field(default_factory=dict)
    """Settings that name something else here; used only where the service itself has them."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Parts of commands and settings that mean something else here."""

    def command(self, words: list[str]) -> list[str]:
        return [self._here(word) for word in words]

    def environment(self, name: str) -> dict[str, str]:
        """Exactly the names that the service has, and where programs are found."""
        own = self.services[name].get("environment", {})
        here = {key: self.values.get(key, self._here(value)) for key, value in own.items()}
        return {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **here}

    @contextmanager
    def running(self, name: str, *, stop: int = signal.SIGTERM) -> Iterator[subprocess.Popen[bytes]]:
        """A service while it runs. ``stop``: how it is told to end."""
        service = self.services[name]
        words = [*service.get("entrypoint", ()), *service["command"]]
        with (self.place / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                self.command(words), env=self.environment(name), cwd=ROOT, stdout=log, stderr=log
            )
        try:
            yield process
            assert process.poll() is None, self.log(name)
        finally:
            process.send_signal(stop)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def once(self, name: str) -> None:
        """A service that ends by itself."""
        command = self.command(self.services[name]["command"])
        done = subprocess.run(command, env=self.environment(name), cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def healthy(self, name: str) -> bool:
        """What the container's health check says."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        with (self.place / f"{name}.log").open("ab") as log:
            done = subprocess.run(self.command(words), env=self.environment(name), cwd=ROOT, stdout=log, stderr=log)
        return done.returncode == 0

    def log(self, name: str) -> str:
        return (self.place / f"{name}.log").read_text()

    def _here(self, word: str) -> str:
        known = "|".join(map(re.escape, self.words))
        return re.sub(known, lambda match: self.words[match[0]], word) if known else word


def wait_for(holds: Callable[[], bool], *, seconds: float = 30.0, why: Callable[[], str] = str) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, why()
        time.sleep(0.1)


@pytest.fixture
def place() -> Iterator[Path]:
    """A short path, since sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="tuntas-") as folder:
        yield Path(folder)


def given(*paths: Path) -> dict[str, str]:
    """A value for each variable that must be given."""
    return {name: f"{name.lower().replace('_', '-')}-0123456789abcdef0123456789" for name in variables(*paths)} | {
        "SITE_HOST": SITE,
        "WEB_CONCURRENCY": "1",
        "WORKER_CONCURRENCY": "1",
        "CHECKER_CONCURRENCY": "1",
        "ARCHIVE_LOCK_MODE": "GOVERNANCE",
    }


@pytest.mark.slow
def test_the_services_carry_an_upload_to_its_verdict(database: Addresses, place: Path) -> None:
    with redis.Redis.from_url(database.redis_client_url) as client:
        client.flushall()
    office = furnish(database)
    port = free_port()
    stand = Stand(
        # With the SeaweedFS variant's preparation: MinIO's identity is another test.
        load(FIRST, SEAWEEDFS, values=given(FIRST, SEAWEEDFS))["services"],
        place,
        values={
            "DATABASE_URL": database.database_url,
            "DATABASE_OWNER_URL": database.database_owner_url,
            "DATABASE_WORKER_URL": database.database_worker_url,
            "REDIS_URL": database.redis_url,
            "S3_ENDPOINT": database.s3_endpoint,
            "S3_ACCESS_KEY": database.s3_access_key,
            "S3_SECRET_KEY": database.s3_secret_key,
            "S3_ADMIN_ACCESS_KEY": database.s3_admin_access_key,
            "S3_ADMIN_SECRET_KEY": database.s3_admin_secret_key,
        },
        words={
            "/run/tuntas": str(place),
            "/var/lib/tuntas/seal": str(place / "seal"),
            "/tmp/tuntas": str(place / "operator"),
            "0.0.0.0": "127.0.0.1",  # noqa: S104
            "8000": str(port),
        },
    )
    stand.once("prepare")
    with ExitStack() as stack:
        assert not stand.healthy("beat")  # its check can say no
        for name in ("checker", "web", "worker", "bundler", "reader", "beat"):
            assert name in ("bundler", "reader", "worker") or not stand.healthy(name)
            stack.enter_context(stand.running(name))
        for name in ("checker", "web", "worker", "bundler", "reader", "beat"):
            wait_for(partial(stand.healthy, name), why=partial(stand.log, name))
        # As the proxy passes it on: the site's name, TLS, the person's address.
        browser = requests.Session()
        browser.headers.update({"Host": SITE, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"})
        browser.headers["Authorization"] = f"Bearer {office.tokens['head_b1']}"
        stack.enter_context(browser)
        api = f"http://127.0.0.1:{port}/api/v1"
        sent = browser.post(
            f"{api}/requirements/{office.requirements['b1-1']}/evidence", files={"file": ("monev.pdf", plain_pdf())}
        )
        assert sent.status_code == 202, sent.text
        address = f"{api}/evidence/{sent.json()['id']}"
        wait_for(lambda: browser.get(address).json()["check_state"] == "done")
        evidence = browser.get(address).json()
        assert (evidence["verdict"], evidence["sha256"]) == ("accept", sent.json()["sha256"])
        assert evidence["archived_at"]
        # The bundler has the queue that the worker does not serve, and makes the seal's key where it is kept.
        browser.headers["Authorization"] = f"Bearer {office.tokens['auditor']}"
        requirement = browser.get(f"{api}/requirements/{office.requirements['b1-1']}").json()
        year = browser.get(f"{api}/recommendations/{requirement['recommendations'][0]}").json()["year"]
        ordered = browser.post(f"{api}/bundles", json={"agency": "dpk", "year": year, "reason": "uji"})
        assert ordered.status_code == 202, ordered.text
        wait_for(lambda: browser.get(f"{api}/bundles/{ordered.json()['id']}/file").status_code == 200)
        assert (place / "seal" / "seal.pem").stat().st_mode & 0o777 == 0o600
        assert browser.get(f"{api}/me", headers={"Host": "lain.contoh.id"}).status_code == 400


@pytest.mark.slow
def test_the_seaweedfs_variant_opens_nothing_but_s3_and_lets_the_application_archive(place: Path) -> None:
    ports = {word: str(free_port()) for word in ("9333", "8080", "8888", "9000")}
    for each in ("data", "secrets"):
        (place / each).mkdir(mode=0o700)
    services = load(FIRST, SEAWEEDFS, values=given(FIRST, SEAWEEDFS))["services"]
    # Each inner service would take its own port plus 10000 for gRPC, which may be another's here.
    inner = [f"-{part}.port.grpc={free_port()}" for part in ("master", "volume", "filer", "s3")]
    services["store"]["command"] += inner
    stand = Stand(services, place, words={"=/data": f"={place}/data", "/srv/seaweedfs": f"{place}/secrets", **ports})
    stand.once("store-secrets")
    keys = stand.environment("store-secrets")
    assert {path.stat().st_mode & 0o077 for path in (place / "secrets").rglob("*")} == {0}
    # Its polite end takes many seconds and brings nothing.
    with stand.running("store", stop=signal.SIGKILL) as process:
        endpoint = f"127.0.0.1:{ports['9000']}"
        wait_for(lambda: answers(f"http://{endpoint}/status"))
        listening = [c.laddr for c in psutil.Process(process.pid).net_connections() if c.status == "LISTEN"]
        assert {one.port for one in listening if one.ip != "127.0.0.1"} == {
            int(ports["9000"]),
            int(inner[-1].split("=")[1]),
        }
        with socket.create_connection(("127.0.0.1", int(inner[-1].split("=")[1])), timeout=5) as stranger:
            stranger.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
            assert stranger.recv(100)[:1] in (b"", b"\x15")  # hung up on, or a TLS alert
        admin = MinioStore.connect(endpoint, keys["S3_ADMIN_ACCESS_KEY"], keys["S3_ADMIN_SECRET_KEY"])
        prepare_buckets(admin)
        store = MinioStore.connect(endpoint, keys["S3_ACCESS_KEY"], keys["S3_SECRET_KEY"])
        store.put(Bucket.INTAKE, "uji", BytesIO(b"isi"), length=3)
        with store.open(Bucket.INTAKE, "uji") as reader:
            assert reader.read(10) == b"isi"
        with pytest.raises(S3Error, match="AccessDenied"):
            store.client.delete_bucket_policy(store.bucket_name(Bucket.ARCHIVE))
        admin.close()
        store.close()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.ConnectionError:
        return False


def test_the_roles_for_an_outside_database_are_those_of_the_embedded_one(addresses: Addresses, place: Path) -> None:
    folder = Folder.open(place / "data")
    server = Postgres(folder, durable=False, credentials=load_credentials(folder))
    server.choose_ports()
    server.launch()
    try:
        wait_for(server.answers)
        passwords = {f"DATABASE_{role}_PASSWORD": f"sandi '{role}'" for role in ("OWNER", "WEB", "WORKER")}
        client = {
            **{"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGUSER": "postgres", "PGDATABASE": "postgres"},
            "PGPASSWORD": server.credentials.database_superuser,
        }
        script = ROOT / "deploy" / "postgres" / "roles.sql"
        psql = server.programs / "psql"
        done = subprocess.run(
            [psql, "--no-psqlrc", "-f", script], env={**client, **passwords}, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        urls = {
            role: sa.URL.create(
                "postgresql+psycopg", f"tuntas_{role}", f"sandi '{role.upper()}'", "127.0.0.1", server.port, "tuntas"
            )
            for role in ("owner", "web", "worker")
        }
        owner = sa.create_engine(urls["owner"], poolclass=sa.NullPool)
        with owner.begin() as connection:
            migrations.upgrade(connection)
        assert rights(urls["owner"]) == rights(sa.make_url(addresses.database_owner_url))
        for role in ("web", "worker"):
            with sa.create_engine(urls[role], poolclass=sa.NullPool).connect() as connection:
                migrations.check(connection)
                with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                    connection.execute(sa.text("CREATE TABLE mine (n int)"))
    finally:
        server.stop()


def rights(url: sa.URL) -> list[tuple[Any, ...]]:
    """Return what the three roles are and what is allowed on the database and its schema."""
    where = {"host": url.host, "port": url.port, "dbname": url.database}
    with psycopg.connect(**where, user=url.username, password=url.password) as connection:
        roles = connection.execute(
            "SELECT rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication,"
            " rolbypassrls FROM pg_roles WHERE rolname LIKE 'tuntas%' ORDER BY 1"
        ).fetchall()
        database = connection.execute(
            "SELECT pg_get_userbyid(datdba), datacl::text, (SELECT nspowner::regrole::text FROM pg_namespace"
            " WHERE nspname = 'public'), (SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'),"
            " datlocprovider, datlocale FROM pg_database WHERE datname = 'tuntas'"
        ).fetchall()
        others = connection.execute(
            "SELECT datname, datacl::text FROM pg_database WHERE datname IN ('postgres', 'template1') ORDER BY 1"
        ).fetchall()
    return [*roles, *database, *others]


class AdminInterface(BaseHTTPRequestHandler):
    """The three questions of MinIO's administration interface that preparation asks, remembered; not MinIO."""

    asked: list[tuple[str, dict[str, list[str]], bytes]]

    def do_PUT(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=tuntas-admin/")
        self.asked.append((parts.path, parse_qs(parts.query), body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


def test_minio_is_asked_for_a_user_that_can_do_what_the_policy_says_and_no_more(place: Path) -> None:
    services = load(FIRST, values=given(FIRST))["services"]
    script, _, rest = services["prepare"]["command"][-1].partition(" && ")
    assert rest == "exec tuntas db upgrade"
    services["prepare"]["command"] = ["sh", "-c", script]
    interface = type("Remembering", (AdminInterface,), {"asked": []})
    with HTTPServer(("127.0.0.1", 0), interface) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            Stand(services, place, values={"S3_ENDPOINT": f"127.0.0.1:{server.server_port}"}).once("prepare")
        finally:
            server.shutdown()
            thread.join()
    policy, user, granted = interface.asked
    assert policy[:2] == ("/minio/admin/v3/add-canned-policy", {"name": [APP_IDENTITY]})
    assert json.loads(policy[2]) == application_policy("tuntas-")
    own = services["prepare"]["environment"]
    assert user[:2] == ("/minio/admin/v3/add-user", {"accessKey": [own["S3_ACCESS_KEY"]]})
    told = decrypt(HTTPResponse(BytesIO(user[2]), preload_content=False), own["S3_ADMIN_SECRET_KEY"])
    assert json.loads(told) == {"status": "enabled", "secretKey": own["S3_SECRET_KEY"]}
    assert granted[0] == "/minio/admin/v3/set-user-or-group-policy"
    assert granted[1] == {
        "userOrGroup": [own["S3_ACCESS_KEY"]],
        "isGroup": ["false"],
        "policyName": [APP_IDENTITY],
    }


def test_redis_takes_its_password_by_standard_input_and_keeps_what_it_was_told(engines: Engines, place: Path) -> None:
    service = load(FIRST, values=given(FIRST))["services"]["redis"]
    binary = Path(f"/proc/{engines.processes['valkey']}/exe").readlink()
    (place / "redis-server").symlink_to(binary)
    port = free_port()
    service["command"][-1] = service["command"][-1].replace("appendonly yes", f"appendonly yes\nport {port}")
    stand = Stand({"redis": service}, place, words={"exec redis-server": f"cd {place}; exec {place}/redis-server"})
    with stand.running("redis") as process, redis.Redis(port=port, password="salah") as stranger:
        with redis.Redis(port=port, password=service["environment"]["REDISCLI_AUTH"]) as client:
            wait_for(lambda: answers_redis(client))
            assert client.config_get("appendonly") == {"appendonly": "yes"}
            with pytest.raises(redis.AuthenticationError):
                stranger.ping()
        assert service["environment"]["REDISCLI_AUTH"] not in " ".join(psutil.Process(process.pid).cmdline())


def answers_redis(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False
