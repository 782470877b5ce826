"""PostgreSQL 18: the database, with a password for every role and the loopback address only."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from webapp.embedded.credentials import Credentials
from webapp.embedded.engine import Command, Engine, guarded, mark_of
from webapp.embedded.errors import EngineError
from webapp.embedded.folder import Folder, disk_full, private_folder
from webapp.embedded.ports import choose_ports
from webapp.embedded.postgres_files import find_programs, server_account

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
DATABASE = "tuntas"
OWNER, WEB, WORKER = "tuntas_owner", "tuntas_web", "tuntas_worker"

QUICK_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests: a power cut may destroy the data."""


class Postgres(Engine):
    """A cluster of its own in the data folder.

    Under root the server runs as ``nobody``, who cannot enter the data folder (0700, perhaps below a 0700
    home). It gets its own folder as an open descriptor and knows it as ``/proc/self/fd/N``: so no folder is
    opened to all, none is moved away, and no other process of ``nobody`` can walk into the database's files.
    """

    name = "postgresql"
    program = "postgres"
    stop_signal = signal.SIGINT
    """Fast shutdown: open transactions are rolled back, everything is written."""

    stop_seconds = 20.0
    death_signal = signal.SIGQUIT
    """Immediate shutdown: the next start recovers from the log."""

    def __init__(self, folder: Folder, *, durable: bool, credentials: Credentials) -> None:
        super().__init__(folder, durable=durable)
        self.credentials = credentials
        self.account = server_account()
        self.programs = find_programs(self.account)
        self.port = 0
        self._descriptor: int | None = None

    @property
    def place(self) -> Path:
        return self.folder.root / "postgresql"

    @property
    def home(self) -> Path:
        return self.place / "cluster"

    def url(self, role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql+psycopg://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def choose_ports(self, *, anew: bool = False) -> None:
        self.port = choose_ports(self.folder, (self.name,), anew=anew)[self.name]

    def prepare(self) -> None:
        """:raises EngineError: ``database_version`` when the folder holds another release's data"""
        owner = (self.account.uid, self.account.gid) if self.account else None
        private_folder(self.place, owner=owner)
        if self._descriptor is None:
            self._descriptor = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if not self.home.exists():
            self._create_cluster()
        found = (self.home / "PG_VERSION").read_text().strip()
        if found != MAJOR_VERSION:
            raise EngineError(
                "database_version",
                f"Data di {self.home} dibuat oleh PostgreSQL {found}, sedangkan Tuntas ini memakai "
                f"PostgreSQL {MAJOR_VERSION}. Pindahkan datanya dengan pg_dump dari versi itu, atau pilih "
                "folder data lain.",
            )

    def clear_remains(self) -> None:
        # No process works in the cluster any more, so the number in this file is dead or somebody else's.
        (self.home / "postmaster.pid").unlink(missing_ok=True)

    def command(self) -> Command:
        settings = {
            # Also in the title of each of the server's processes.
            "cluster_name": mark_of(self.home),
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            **({} if self.durable else QUICK_SETTINGS),
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return self._command([self.programs / "postgres", "-D", self._seen("cluster"), *words])

    def answers(self) -> bool:
        """:raises EngineError: ``credentials_lost``"""
        try:
            # Two seconds, the shortest that libpq knows: the port may be a stranger's who never answers.
            self._connect("postgres", seconds=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EngineError(
                    "credentials_lost",
                    f"Kata sandi di {self.folder.secrets} bukan milik basis data ini. Kembalikan berkas "
                    "engines.json dari cadangan folder data yang sama.",
                ) from error
            return False
        return True

    def settle(self) -> None:
        """Make the roles and the database where they are missing.

        Neither web nor worker owns anything, creates anything in the schema, or sees another database.

        :raises EngineError: ``disk_full``, ``start_failed``
        """
        try:
            self._make_database()
        except psycopg.errors.DiskFull as error:
            raise disk_full(self.folder.root) from error
        except psycopg.Error as error:
            raise EngineError(
                "start_failed", f"Basis data tidak dapat disiapkan: {error} (lihat {self.log})."
            ) from error

    def stop(self) -> None:
        super().stop()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _make_database(self) -> None:
        keys = self.credentials
        passwords = {OWNER: keys.database_owner, WEB: keys.database_web, WORKER: keys.database_worker}
        with self._connect("postgres") as server:
            roles = {row[0] for row in server.execute("SELECT rolname FROM pg_roles")}
            for role in passwords.keys() - roles:
                server.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}"
                    ).format(sql.Identifier(role), sql.Literal(passwords[role]))
                )
            if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                return
            server.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
            # The database appears under its name only when its rights are right, whenever this is cut short.
            server.execute("DROP DATABASE IF EXISTS tuntas_new")
            server.execute(f"CREATE DATABASE tuntas_new OWNER {OWNER}")
            server.execute("REVOKE ALL ON DATABASE tuntas_new FROM PUBLIC")
            server.execute(f"GRANT CONNECT ON DATABASE tuntas_new TO {WEB}, {WORKER}")
            with self._connect("tuntas_new") as database:
                database.execute(f"ALTER SCHEMA public OWNER TO {OWNER}")
                database.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
                database.execute(f"GRANT USAGE ON SCHEMA public TO {WEB}, {WORKER}")
            server.execute(f"ALTER DATABASE tuntas_new RENAME TO {DATABASE}")

    def _connect(self, database: str, *, seconds: int = 10) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.credentials.database_superuser,
            dbname=database,
            connect_timeout=seconds,
            autocommit=True,
        )

    def _seen(self, name: str) -> str:
        """A path below the engine's place as the server may walk it."""
        return f"/proc/self/fd/{self._descriptor}/{name}" if self.account else str(self.place / name)

    def _command(self, argv: list[str | Path]) -> Command:
        descriptors = (self._descriptor,) if self._descriptor is not None else ()
        return Command(
            argv=argv,
            cwd=Path("/"),
            env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
            account=self.account,
            pass_fds=descriptors,
        )

    def _create_cluster(self) -> None:
        """Build it beside its place and rename it, so that a half-made one is never taken for whole."""
        fresh, password = self.place / "cluster.new", self.place / "password"
        if fresh.exists():
            shutil.rmtree(fresh)
        password.unlink(missing_ok=True)
        descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w") as file:
            file.write(self.credentials.database_superuser)
        if self.account:
            os.chown(password, self.account.uid, self.account.gid)
        options = [
            f"--username={SUPERUSER}",
            f"--pwfile={self._seen('password')}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
        ]
        if not self.durable:
            options.append("--no-sync")
        command = self._command([self.programs / "initdb", "-D", self._seen("cluster.new"), *options])
        try:
            with self.open_log() as log:
                done = subprocess.run(
                    guarded(command, death_signal=signal.SIGKILL),
                    cwd=command.cwd,
                    env=dict(command.env),
                    pass_fds=command.pass_fds,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    check=False,
                )
        finally:
            password.unlink()
        if done.returncode != 0:
            raise self.failure(done.returncode)
        fresh.rename(self.home)
