"""``tuntas audit verify`` with what was kept outside, and ``tuntas seal rotate``."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.demos import tuntas
from tests.support.offices import CONSOLE, database_app
from webapp.deployment import prepare
from webapp.embedded import Addresses, Engines
from webapp.embedded.folder import Folder
from workflows.bundles import anchoring
from workflows.bundles.anchor_queries import seal_keys
from workflows.bundles.seal import load_or_create_key
from workflows.core import audit
from workflows.core.db import db
from workflows.core.models import AuditEvent


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Addresses]]:
    """Engines with a log of five events, of which an anchor knows three."""
    folder = tmp_path_factory.mktemp("proof")
    with Engines.start(folder / "data", durable=False) as engines:
        prepare(engines.addresses)
        with database_app(engines.addresses.database_worker_url):
            write(3)
            key = load_or_create_key(Folder.open(folder / "data").secrets / "seal.pem")
            made = anchoring.make(key=key, installation="Tuntas", targets=())
            assert made
            (folder / "jangkar.json").write_text(made.document, "ascii")
            db.session.commit()
            write(1)
        yield folder, engines.addresses


def write(count: int) -> None:
    for _ in range(count):
        audit.record("thing.done", audit.Subject("thing", None), actor=CONSOLE)
        db.session.commit()


def test_an_anchor_kept_outside_says_up_to_where_the_log_is_proven(running: tuple[Path, Addresses]) -> None:
    folder, addresses = running
    anchor, data = str(folder / "jangkar.json"), folder / "data"
    told = tuntas("audit", "verify", "--anchor", anchor, data=data)
    assert (told.returncode, told.stdout) == (0, "system: 5 peristiwa, utuh, terbukti dari luar sampai nomor 3\n")
    with database_app(addresses.database_worker_url):
        head = db.session.scalars(sa.select(AuditEvent.hash).where(AuditEvent.seq == 4)).one().hex()
    known = ("--head", f"system:4:{head}", "--anchor", anchor, "--json")
    told = json.loads(tuntas("audit", "verify", *known, data=data).stdout)
    assert (told["ok"], told["stored_anchors"]) == (True, 1)
    assert [(row["events"], row["proven"], row["problem"]) for row in told["chains"]] == [(5, 4, None)]
    alone = tuntas("audit", "verify", data=data)
    assert (alone.returncode, alone.stdout) == (0, "system: 5 peristiwa, utuh\n")
    assert "hanya terbukti utuh dalam dirinya" in alone.stderr


def test_what_does_not_fit_ends_with_one_and_wrong_use_with_two(running: tuple[Path, Addresses]) -> None:
    folder, _ = running
    data = folder / "data"
    told = tuntas("audit", "verify", "--head", f"system:2:{'0' * 64}", data=data)
    assert (told.returncode, "RUSAK di nomor 1 (paling lambat nomor 2)" in told.stdout) == (1, True)
    told = tuntas("audit", "verify", "--head", f"system:9:{'0' * 64}", data=data)
    assert (told.returncode, "RUSAK di nomor 6 (paling lambat nomor 9)" in told.stdout) == (1, True)
    told = tuntas("audit", "verify", "--receipt", f"TT-2026-000001:2:{'0' * 64}", data=data)
    assert (told.returncode, "penerimaannya hilang" in told.stdout) == (1, True)
    assert tuntas("audit", "verify", "--head", "nonsense", data=data).returncode == 2
    (folder / "bukan.json").write_text("{}\n")
    told = tuntas("audit", "verify", "--anchor", str(folder / "bukan.json"), data=data)
    assert (told.returncode, "bukan jangkar" in told.stderr) == (1, True)


def test_the_next_seal_key_takes_the_place_of_the_present_one(running: tuple[Path, Addresses]) -> None:
    folder, addresses = running
    path = folder / "data" / "secrets" / "seal.pem"
    before = load_or_create_key(path)
    told = tuntas("seal", "rotate", "--json", data=folder / "data")
    assert told.returncode == 0, told.stderr
    after = load_or_create_key(path)
    assert json.loads(told.stdout) == {"number": 2, "fingerprint": after.fingerprint}
    assert after.fingerprint != before.fingerprint
    assert [entry.name for entry in path.parent.glob("seal.pem*")] == ["seal.pem"]
    with database_app(addresses.database_worker_url):
        keys = seal_keys()
        assert [(key.fingerprint, key.document is None) for key in keys] == [
            (after.fingerprint, False), (before.fingerprint, True),
        ]  # fmt: skip
