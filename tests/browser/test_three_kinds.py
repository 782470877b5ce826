"""A certificate inside the file and ink on the paper before their holders: seen on both screens, answered with one tap."""

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa

from tests.support.deliveries import archive, deliver
from workflows.core.db import db
from workflows.evidence.operations import record_report
from workflows.organization.models import InkPolicy, Region
from workflows.plans.models import Requirement
from workflows.signoff import ink
from workflows.signoff.effects import take_effect
from workflows.signoff.ink import Named
from workflows.signoff.models import SignOffRole

from .conftest import People, Site
from .staging import Stage
from .visitors import look_at_every_size

FINGERPRINT = "a7" * 32
NAMES = (Named(SignOffRole.SIGNED, page=3, signed_on=dt.date(2026, 4, 30)), Named(SignOffRole.ACKNOWLEDGED, page=3))


@pytest.fixture(scope="module")
def papers(site: Site) -> dict[str, str]:
    """Three further requirements of agency ``dsp``: signed inside, claimed in ink, in ink by the policy ``accept``."""
    entry = {
        **dict.fromkeys(["coverage", "modified_after", "reason", "timestamp_time", "signer_id"]), "intact": True,
        "field": "TandaTangan1", "kind": "signature", "verdict": "intact", "trusted": True, "certificate": "valid", "digest": "sha256",
        "signer": "PEGAWAI OTHER_HEAD_SEK, S.E., M.Si.", "issuer": "Penerbit Contoh", "root": "Akar Contoh",
        "fingerprint": FINGERPRINT, "signing_time": dt.datetime.now(dt.UTC).isoformat(),
    }  # fmt: skip
    found = {}
    with site.furnished.behind():
        at = Stage(site.furnished)
        first = db.session.get_one(Requirement, uuid.UUID(site.furnished.other_requirement))
        extra = {"quarter": 1, "version": 1, "round": 1, "newest_evidence_id": None}
        for name in ("sertifikat", "tinta", "berlaku"):
            columns = {column.key for column in sa.inspect(Requirement).column_attrs} - {"id", "_state", *extra}
            row = Requirement(**{key: getattr(first, key) for key in columns}, **extra)
            row.title = f"Monev contoh ({name})"
            db.session.add(row)
            db.session.flush()
            evidence = deliver(row, at.actor("other_staff_sek"), text=name)
            signatures = [entry] if name == "sertifikat" else []
            report = {"verdict": "accept", "findings": [], "signatures": signatures, "text_layer": "yes"}
            made = {"created": "2026-05-04T08:00:00+08:00"} if name == "tinta" else {}
            region = db.session.scalars(sa.select(Region)).one()
            if name != "sertifikat":
                region.ink_policy = InkPolicy.ACCEPT if name == "berlaku" else InkPolicy.CONFIRM
                ink.claim(evidence, [row], NAMES, actor=at.actor("other_staff_sek"))
            record_report(evidence.id, {**report, **made})
            archive(evidence)
            if name == "berlaku":
                take_effect(evidence.id)
            region.ink_policy = InkPolicy.CONFIRM
            found[name] = str(row.id)
    return found


def test_the_upload_offers_ink_in_one_line_a_signature(site: Site, someone: People) -> None:
    visitor = someone("staff_b1")
    visitor.open(f"/kewajiban/{site.furnished.requirements['b1-1']}")
    visitor.page.get_by_text("Ada tanda tangan basah di kertasnya?").first.click()
    assert visitor.page.get_by_text("Tanggal hari ini tidak apa-apa, jangan dimundurkan.").first.is_visible()
    assert look_at_every_size(visitor, "unggah-tinta") == []


@pytest.mark.parametrize("name", ["sertifikat", "tinta", "berlaku"])
def test_the_holder_is_asked_on_both_screens(name: str, papers: dict[str, str], someone: People) -> None:
    visitor = someone("other_head_sek")
    visitor.open(f"/kewajiban/{papers[name]}")
    assert look_at_every_size(visitor, f"tanda-tangan-{name}") == []


def test_the_evaluator_and_the_sheet_say_what_a_sign_off_rests_on(papers: dict[str, str], someone: People) -> None:
    visitor = someone("other_head_sek")
    visitor.open("/lembar")
    assert look_at_every_size(visitor, "lembar-tinta") == []
    visitor.open("/")
    assert look_at_every_size(visitor, "tugas-tinta") == []
    visitor = someone("evaluator2")
    visitor.open(f"/meja/{papers['berlaku']}")
    assert visitor.page.get_by_label("Saya melihat tanda tangan di halaman 3").is_visible()
    assert look_at_every_size(visitor, "meja-tinta") == []


def test_one_tap_each(papers: dict[str, str], someone: People) -> None:
    visitor = someone("other_head_sek")
    visitor.open(f"/kewajiban/{papers['tinta']}")
    visitor.page.get_by_role("button", name="Ya, itu tanda tangan saya").click()
    visitor.page.get_by_text("tanda tangan basah (halaman 3)").wait_for()
    visitor.open(f"/kewajiban/{papers['berlaku']}")
    visitor.page.get_by_role("button", name="Bukan tanda tangan saya").click()
    visitor.page.get_by_text("Disangkal pemiliknya", exact=True).wait_for()
    visitor.open(f"/kewajiban/{papers['sertifikat']}")
    visitor.page.get_by_role("button", name="Ini sertifikat saya").click()
    visitor.page.get_by_text("tanda tangan elektronik di dalam berkas").first.wait_for()
    visitor.open("/lembar")
    assert look_at_every_size(visitor, "lembar-tiga-dasar") == []
