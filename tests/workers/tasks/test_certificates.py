"""Really signed files on their way: checked with a trust list, locked, signed off where the certificate is known."""

import dataclasses
import datetime as dt
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support import forged_pdfs, signed_pdfs
from tests.support.pki import toy
from tests.workers.tasks.site import Site, open_site
from workers.settings import WorkerSettings
from workflows.core.clock import now
from workflows.core.db import db
from workflows.organization.models import PositionAssignment
from workflows.signoff import certificates
from workflows.signoff.models import CertificateBinding, SignOff

from .conftest import ROOT


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A checker that trusts the toy root; the value is the path of its socket."""
    folder = tmp_path_factory.mktemp("kepercayaan")
    toy().write_trust(folder)
    path = folder / "checker"
    command = [sys.executable, "-m", "workers.sandbox", "--socket", str(path), "--trust", str(folder)]
    program = subprocess.Popen(command, env={}, cwd=ROOT)
    while not path.exists():
        assert program.poll() is None
        time.sleep(0.02)
    yield path
    program.terminate()
    program.wait(timeout=10)


@pytest.fixture
def site(settings: WorkerSettings, trusting: Path) -> Iterator[Site]:
    """An office of long standing whose heads have the names of the toy certificates."""
    with open_site(dataclasses.replace(settings, checker_socket=str(trusting))) as opened:
        people = opened.office.accounts
        people["head_b1"].person.name, people["head"].person.name = "Sari Contohwati, S.Sos.", "Budi Misalnya"
        long_ago = now() - dt.timedelta(days=4000)
        db.session.execute(sa.update(PositionAssignment).values(recorded_at=long_ago, confirmed_at=long_ago))
        db.session.commit()
        yield opened


def sign_offs(site: Site) -> list[tuple[str, str, str]]:
    db.session.expire_all()
    query = sa.select(SignOff).where(SignOff.voided_at.is_(None)).order_by(SignOff.at, SignOff.role.desc())
    return [(row.role.value, row.basis.value, row.person.name) for row in db.session.scalars(query)]


def know(site: Site, label: str, who: str) -> None:
    """Have a certificate known as somebody's."""
    person = site.office.accounts[who].person
    db.session.add(
        CertificateBinding(
            region_id=person.region_id, fingerprint=toy().certificate(label).sha256.hex(), person_id=person.id,
            holder=person.name, bound_by=person.id, bound_at=now(),
        )
    )  # fmt: skip
    db.session.commit()


def test_both_heads_sign_in_the_file_and_nobody_clicks_but_once(site: Site) -> None:
    evidence_id = site.deliver(signed_pdfs.second_signature(), who="staff_b1")
    site.work_off()
    assert sign_offs(site) == []
    cell = site.requirement()
    for who, label in (("head", "budi"), ("head_b1", "sari")):
        prints = toy().certificate(label).sha256.hex()
        actor, sha256 = site.office.actor(who), site.evidence(evidence_id).sha256
        certificates.confirm(site.requirement(), actor=actor, fingerprint=prints, sha256=sha256)
        db.session.commit()
    assert sign_offs(site) == [
        ("signed", "certificate", "Sari Contohwati, S.Sos."), ("acknowledged", "certificate", "Budi Misalnya"),
    ]  # fmt: skip
    assert db.session.scalars(sa.select(SignOff)).first().proof["trust_list"] == "mainan"

    site.deliver(signed_pdfs.second_signature(), quarter=2, who="staff_b1")
    site.work_off()
    assert len(sign_offs(site)) == 4
    assert site.requirement(quarter=2).state.value == "acknowledged"
    assert cell.id != site.requirement(quarter=2).id
    assert site.chains_hold()


@pytest.mark.parametrize(
    ("label", "file"),
    [
        ("foreign", signed_pdfs.unknown_root),
        ("expired", signed_pdfs.expired_at_signing),
        ("revoked", signed_pdfs.signed_after_revocation),
        ("old", signed_pdfs.expired_since_unproven),
        ("sari", signed_pdfs.sha1),
        ("sari", forged_pdfs.page_replaced),
        ("sari", forged_pdfs.shadow_hide),
        ("sari", forged_pdfs.one_byte_changed),
        ("sari", forged_pdfs.wrapped),
        ("sari", forged_pdfs.transplanted),
        ("budi", signed_pdfs.basic),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_signature_that_proves_nothing_signs_nothing_although_the_certificate_is_known(
    site: Site, label: str, file: Callable[[], bytes]
) -> None:
    know(site, label, "head_b1")
    site.deliver(file(), who="staff_b1")
    site.work_off()
    assert sign_offs(site) == []


@pytest.mark.parametrize(
    "file", [signed_pdfs.basic, signed_pdfs.archived, signed_pdfs.form_filled, signed_pdfs.proofs_added],
    ids=lambda value: value.__name__,
)  # fmt: skip
def test_a_sound_one_signs(site: Site, file: Callable[[], bytes]) -> None:
    know(site, "sari", "head_b1")
    site.deliver(file(), who="staff_b1")
    site.work_off()
    assert sign_offs(site) == [("signed", "certificate", "Sari Contohwati, S.Sos.")]


def test_one_that_has_expired_since_signs_by_its_time_stamp(site: Site) -> None:
    know(site, "old", "head_b1")
    site.deliver(signed_pdfs.expired_since(), who="staff_b1")
    site.work_off()
    assert [row[1] for row in sign_offs(site)] == ["certificate"]
