"""A bundle goes to an auditor without an account: the inspector makes paper and link, the auditor has only a phone."""

import hashlib
import io
import re
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from storage.base import Bucket
from storage.keys import bundle_key
from workflows.bundles import operations
from workflows.bundles.bag import BagResult
from workflows.core.actors import Channel
from workflows.core.db import db
from workflows.organization.models import Account, Agency
from workflows.organization.queries import actor_for

from .conftest import People, Site
from .visitors import look_at_every_size

ZIP = b"PK" + bytes(range(256)) * 400


def built(site: Site) -> uuid.UUID:
    """A bundle that lies in the store."""
    digest = hashlib.sha256(ZIP).hexdigest()
    with site.furnished.behind():
        account = db.session.scalars(sa.select(Account).where(Account.username == "auditor")).one()
        agency = db.session.scalars(sa.select(Agency).where(Agency.code == "dpk")).one()
        who = actor_for(account, channel=Channel.WEB)
        bundle = operations.order(agency, year=2026, reason="Serah terima", actor=who, background=False)
        key = bundle_key(bundle.id)
        version = site.app.extensions["store"].put(
            Bucket.BUNDLES, key, io.BytesIO(ZIP), length=len(ZIP), content_type="application/zip"
        )
        db.session.flush()
        result = BagResult(digest, len(ZIP), {}, digest)
        operations.finish(bundle.id, result, packed=(), key=key, version_id=version, fingerprint=digest)
        return bundle.id


def test_a_bundle_is_handed_over_to_a_phone(site: Site, someone: People, tmp_path: Path) -> None:
    bundle_id = built(site)
    inspector = someone("inspector")
    inspector.look(size="phone")
    inspector.open(f"/arsip/{bundle_id}")
    page = inspector.page
    page.get_by_role("link", name="Serahkan kepada pemeriksa").click()
    link = page.locator("form", has=page.get_by_role("button", name="Buat tautan"))
    for label, text in (
        ("Nama penerima", "Nala"),
        ("Lembaga penerima", "Kantor Pemeriksa"),
        ("Nomor surat tugas", "7"),
    ):
        link.get_by_label(label).fill(text)
    link.get_by_role("button", name="Buat tautan").click()
    address = page.locator("code").filter(has_text=re.compile("/ambil/")).inner_text()
    assert look_at_every_size(inspector, "serah-terima") == []
    paper = page.locator("form", has=page.get_by_role("button", name="Terbitkan", exact=True))
    for label, text in (("Nama penerima", "Nala"), ("Jabatan penerima", "Ketua Tim"), ("Lembaga penerima", "Kantor")):
        paper.get_by_label(label).fill(text)
    paper.get_by_label("Nomor surat tugas").fill("7")
    paper.get_by_label("Cara penyerahan").select_option(label="tautan untuk Nala")
    paper.get_by_role("button", name="Terbitkan", exact=True).click()
    page.get_by_role("link", name="Unduh berita acara").wait_for()

    stranger = someone("")
    path = urlsplit(address).path
    stranger.look(size="phone")
    stranger.open(path)
    assert look_at_every_size(stranger, "ambil-arsip") == []
    stranger.look(size="phone")
    with stranger.page.expect_download() as download:
        stranger.page.get_by_role("button", name=re.compile("Unduh arsip")).click()
    download.value.save_as(tmp_path / "arsip.zip")
    assert (tmp_path / "arsip.zip").read_bytes() == ZIP
    stranger.open(path)
    with stranger.page.expect_download() as download:
        stranger.page.get_by_role("link", name="Unduh berita acara").click()
    assert download.value.suggested_filename.startswith("BAST-")
    assert look_at_every_size(stranger, "ambil-arsip-lagi") == []


def test_the_page_of_engagements_reads_well(someone: People) -> None:
    for name in ("admin", "inspector"):
        visitor = someone(name)
        visitor.open("/penugasan")
        assert visitor.page.get_by_role("heading", name="Penugasan", exact=True).is_visible()
        assert look_at_every_size(visitor, f"penugasan-{name}") == []
