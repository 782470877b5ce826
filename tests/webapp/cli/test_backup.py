"""``tuntas backup-key``, ``backup`` and ``restore``, from one data folder into another."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.demos import tuntas
from tests.support.offices import CONSOLE, database_app
from webapp.deployment import prepare
from webapp.embedded import Addresses, Engines
from workflows import migrations
from workflows.core import audit
from workflows.core.db import db


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Addresses]]:
    """Engines with a log of three events, and a key for backups."""
    folder = tmp_path_factory.mktemp("backup")
    with Engines.start(folder / "data", durable=False) as engines:
        prepare(engines.addresses)
        with database_app(engines.addresses.database_worker_url):
            write(3)
        yield folder, engines.addresses


def write(count: int) -> None:
    for _ in range(count):
        audit.record("thing.done", audit.Subject("thing", None), actor=CONSOLE)
        db.session.commit()


def head(addresses: Addresses) -> str:
    with database_app(addresses.database_worker_url):
        row = db.session.execute(sa.text("SELECT seq, hash FROM audit_head WHERE chain = 'system'")).one()
    return f"system:{row.seq}:{bytes(row.hash).hex()}"


def test_out_of_one_folder_and_into_another(site: tuple[Path, Addresses], tmp_path: Path) -> None:
    folder, addresses = site
    key, data, other = tmp_path / "kunci.txt", folder / "data", tmp_path / "lain"
    made = tuntas("backup-key", str(key))
    public = made.stdout.strip()
    assert (made.returncode, public[:4], key.stat().st_mode & 0o777) == (0, "age1", 0o600)
    assert tuntas("backup-key", str(key)).returncode == 2  # a key is never written over
    assert tuntas("backup", "--out", str(tmp_path), data=data).returncode == 2  # for whom?
    early = head(addresses)
    told = tuntas("backup", "--out", str(tmp_path), "--recipient", public, "--json", data=data)
    assert told.returncode == 0, told.stderr
    path = json.loads(told.stdout)["file"]
    assert tuntas("backup", "--out", path, "--recipient", public, data=data).returncode == 2
    refused = tuntas("backup", "--out", str(tmp_path / "x"), "--recipient", "age1salah", data=data)
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
    with database_app(addresses.database_worker_url):
        write(2)  # lost
    late = head(addresses)

    refused = tuntas("restore", path, "--identity", str(key), data=data)
    assert (refused.returncode, "hanya ke tempat yang kosong" in refused.stderr) == (1, True)
    wrong = tmp_path / "lain.txt"
    tuntas("backup-key", str(wrong))
    refused = tuntas("restore", path, "--identity", str(wrong), data=other)
    assert (refused.returncode, "tidak membuka cadangan ini" in refused.stderr) == (1, True)
    damaged = tmp_path / "rusak.age"
    damaged.write_bytes(Path(path).read_bytes()[:-100])
    refused = tuntas("restore", str(damaged), "--identity", str(key), data=other)
    assert (refused.returncode, "rusak atau tidak lengkap" in refused.stderr) == (1, True)
    assert not other.exists()  # nothing was begun
    checked = tuntas("restore", path, "--identity", str(key), "--check")
    assert (checked.returncode, "utuh" in checked.stdout) == (0, True)

    with Engines.start(other, durable=False) as engines:
        done = tuntas("restore", path, "--identity", str(key), "--head", late, data=other)
        assert done.returncode == 0, done.stderr
        told = tuntas("audit", "verify", data=other)
        assert told.stdout.startswith("system: 4 peristiwa, menyambung, dipulihkan "), told.stdout
        assert told.returncode == 0
        assert "sampai nomor 5 hilang" in told.stdout
        told = tuntas("audit", "verify", "--head", early, data=other)
        assert (told.returncode, "terbukti dari luar sampai nomor 3" in told.stdout) == (0, True)
        told = tuntas("audit", "verify", "--head", late, data=other)
        assert (told.returncode, "HILANG KARENA PEMULIHAN: Nomor 4 sampai 5" in told.stdout) == (1, True)
        assert "RUSAK" not in told.stdout
        document = json.loads(tuntas("audit", "verify", "--head", late, "--json", data=other).stdout)
        assert (document["ok"], [loss["until"] for loss in document["chains"][0]["lost"]]) == (False, [5])
        again = tuntas("restore", path, "--identity", str(key), data=other)
        assert (again.returncode, "hanya ke tempat yang kosong" in again.stderr) == (1, True)
        owner = sa.create_engine(engines.addresses.database_owner_url, poolclass=sa.NullPool)
        with owner.begin() as connection:
            connection.execute(sa.text("UPDATE restoration SET done_at = NULL"))
        with pytest.raises(migrations.SchemaError, match="belum selesai"):
            prepare(engines.addresses)
        assert tuntas("db", "check", data=other).returncode == 1
