"""Every port and socket of the engines, tried without credentials: nothing is read, written or deleted."""

import http.client
import socket
import ssl
import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import psutil
import psycopg
import pytest
from minio import Minio
from minio.error import S3Error

from webapp.embedded import Addresses, Engines

from .conftest import CONTENT, app_store, dsn

HTTP2_OPENING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])

PATHS = [
    "/",
    "/cluster/status",
    "/dir/assign",
    "/dir/lookup?volumeId=1",
    "/dir/status",
    "/vol/status",
    "/vol/grow?count=1",
    "/col/delete?collection=tuntas-archive",
    "/submit",
    "/buckets/",
    "/buckets/tuntas-archive/",
    "/buckets/tuntas-archive/kept?recursive=true",
    "/buckets/tuntas-archive?recursive=true&ignoreRecursiveError=true",
    "/etc/seaweedfs/filer.conf",
    "/tuntas-archive",
    "/tuntas-archive?versions",
    "/tuntas-archive?policy",
    "/tuntas-archive/kept",
    "/tuntas-intake/new",
    "/1,000000000000",
    "/3,01637037d6",
    "/status",
    "/ui/index.html",
    "/stats/disk",
    "/stats/memory",
    "/metrics",
    "/health",
    "/api/config",
    "/api/buckets",
    "/debug/pprof/",
    "/admin/",
    "/?Action=ListUsers&Version=2010-05-08",
]


def listeners(engines: Engines) -> dict[int, str]:
    """Port -> engine, of all processes of the engines."""
    found = {}
    for name, pid in engines.processes.items():
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip == "127.0.0.1", connection
                    found[connection.laddr.port] = name
    return found


@pytest.fixture
def ports(engines: Engines) -> dict[int, str]:
    return listeners(engines)


@pytest.fixture(autouse=True)
def everything_is_still_there(addresses: Addresses) -> Iterator[None]:
    """After each probe the product's own credentials find all as it was."""
    yield
    client = app_store(addresses).client
    assert [version.object_name for version in client.list_objects("tuntas-archive", include_version=True)] == ["kept"]
    assert list(client.list_objects("tuntas-intake", recursive=True)) == []
    assert client.get_object("tuntas-archive", "kept").read() == CONTENT
    with psycopg.connect(dsn(addresses.database_owner_url)) as owner:
        assert owner.execute("SELECT word FROM secret").fetchall() == [(CONTENT.decode(),)]


def test_all_expected_ports_are_found(ports: dict[int, str], addresses: Addresses) -> None:
    """Keeps the other tests honest: five HTTP ports and their gRPC twins, and one of the database."""
    assert sorted(ports.values()) == ["postgresql"] + ["seaweedfs"] * 10
    assert ports[int(addresses.s3_endpoint.rpartition(":")[2])] == "seaweedfs"


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
def test_no_port_does_anything_for_a_stranger(
    ports: dict[int, str], addresses: Addresses, method: str, secure: bool
) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    answered = set()
    for port in ports:
        for path in PATHS:
            connection = (
                http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
                if secure
                else http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            )
            try:
                connection.request(method, path, body=b"x" if method in ("PUT", "POST") else None)
                answer = connection.getresponse()
                body = answer.read()
            except (OSError, http.client.HTTPException):
                continue
            finally:
                connection.close()
            answered.add(port)
            if addresses.s3_endpoint.endswith(f":{port}") and path == "/status" and method in ("GET", "HEAD"):
                # The health page: it has nothing to say.
                assert (answer.status, body) == (200, b"")
                continue
            assert answer.status in (400, 401, 403, 404, 405), (port, path, answer.status, body)
            assert CONTENT not in body
    # Over TLS no stranger gets as far as an answer; without TLS at least S3 says no.
    assert bool(answered) is not secure


def http2_answer(connection: socket.socket, certificate: tuple[Path, Path] | None) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    if certificate:
        context.load_cert_chain(*certificate)
    connection.settimeout(5)
    with context.wrap_socket(connection) as secure:
        secure.sendall(HTTP2_OPENING)
        return secure.recv(64)


def test_grpc_wants_the_certificate(engines: Engines, ports: dict[int, str]) -> None:
    secrets = engines._folder.secrets / "seaweedfs"
    certificate = secrets / "node.pem", secrets / "node.key"
    grpc = [port for port in ports if port > 20_000 and port - 10_000 in ports]
    assert len(grpc) == 5
    for port in grpc:
        with pytest.raises(OSError):  # noqa: PT011 (reset or alert, whichever comes first)
            http2_answer(socket.create_connection(("127.0.0.1", port)), None)
        with socket.create_connection(("127.0.0.1", port)) as plain:
            plain.settimeout(5)
            plain.sendall(HTTP2_OPENING)
            assert not plain.recv(64).startswith(b"\0\0")
        # The same opening with the certificate is answered, so the refusals above mean something.
        assert http2_answer(socket.create_connection(("127.0.0.1", port)), certificate)[3] == 4


def test_unix_sockets_are_only_for_their_owner(engines: Engines) -> None:
    paths = {
        connection.laddr
        for pid in engines.processes.values()
        for connection in psutil.Process(pid).net_connections("unix")
        if connection.laddr
    }
    assert any(path.endswith("valkey.sock") for path in paths)
    for path in paths:
        assert stat.S_IMODE(Path(path).stat().st_mode) & 0o077 == 0, path


def test_s3_refuses_strangers(addresses: Addresses) -> None:
    anonymous = Minio(addresses.s3_endpoint, secure=False, region="us-east-1")
    wrong = Minio(addresses.s3_endpoint, addresses.s3_access_key, "wrong", secure=False, region="us-east-1")
    for client in (anonymous, wrong):
        for attempt in (
            lambda client: client.list_buckets(),
            lambda client: list(client.list_objects("tuntas-archive")),
            lambda client: client.get_object("tuntas-archive", "kept"),
            lambda client: client.put_object("tuntas-intake", "new", BytesIO(b"x"), 1),
            lambda client: client.remove_object("tuntas-archive", "kept"),
            lambda client: client.make_bucket("tuntas-new"),
            lambda client: client.remove_bucket("tuntas-intake"),
            lambda client: client.delete_bucket_policy("tuntas-archive"),
        ):
            with pytest.raises(S3Error) as refused:
                attempt(client)
            assert refused.value.code in ("AccessDenied", "SignatureDoesNotMatch")


@pytest.mark.parametrize("role", ["postgres", "tuntas_owner", "tuntas_web", "tuntas_worker", "nobody"])
@pytest.mark.parametrize("password", [None, "", "postgres"])
def test_the_database_wants_the_password(
    addresses: Addresses, monkeypatch: pytest.MonkeyPatch, role: str, password: str | None
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "/dev/null")
    port = dsn(addresses.database_url).rpartition(":")[2].partition("/")[0]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=port, user=role, password=password, dbname="tuntas")
