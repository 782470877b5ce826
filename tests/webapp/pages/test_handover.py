"""A built bundle is handed over: by a paper that prints what it is, and by a link that works once."""

import datetime as dt
import hashlib
import io
import re
import uuid
from collections.abc import Callable, Collection
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from storage.base import Bucket
from storage.keys import bundle_key
from tests.support.furnished import Api, Furnished
from tests.support.offices import database_app
from workflows.bundles.bag import BagResult
from workflows.bundles.handover_models import HandoverLink
from workflows.bundles.models import Bundle
from workflows.bundles.operations import finish
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.organization.models import Account, PositionAssignment

from .conftest import _TOKEN, Desk, words
from .test_inventory import judge

ZIP = b"PK" + bytes(range(256)) * 64
RECEIVER = {"receiver": "Nala Kusuma", "institution": "Kantor Pemeriksa", "letter": "ST-7/PMK/2026"}
RECORD = {**RECEIVER, "position": "Ketua Tim"}
FINGERPRINT, TAGS = "ef" * 32, "cd" * 32


Built = Callable[..., str]


@pytest.fixture
def built(desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished) -> Built:
    """Order a bundle of a whole year, put one into the store and return the order's address."""
    return lambda name, packed=(): build(desk, app, furnished, name, packed)


@pytest.fixture
def bundle(built: Built) -> str:
    return built("auditor")


def build(
    desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished, name: str, packed: Collection[uuid.UUID]
) -> str:
    order = {"agency": "dpk", "year": "2026", "reason": "Pemeriksaan"}
    address = desk(name).post("/arsip", order).headers["Location"]
    bundle_id = uuid.UUID(address.rsplit("/", 1)[1])
    key, store = bundle_key(bundle_id), app.extensions["store"]
    version = store.put(Bucket.BUNDLES, key, io.BytesIO(ZIP), length=len(ZIP), content_type="application/zip")
    result = BagResult(hashlib.sha256(ZIP).hexdigest(), len(ZIP), {}, TAGS)
    with furnished.behind():
        finish(bundle_id, result, packed=packed, key=key, version_id=version, fingerprint=FINGERPRINT)
    return address


def stranger(app: flask.Flask, path: str) -> Desk:
    """A browser without an account that has opened a page."""
    seat = Desk(app.test_client())
    found = _TOKEN.search(seat.get(path).text)
    seat.token = found[1] if found else ""
    return seat


def link(desk: Callable[[str], Desk], bundle: str, **changed: str) -> str:
    """Make a link as the inspector does and return its path."""
    answer = desk("inspector").post(f"{bundle}/tautan", {**RECEIVER, "days": "3", **changed})
    assert answer.status_code == 201, words(answer)
    judge(answer.text)
    found = re.search(r"<code class=\"digest\">https?://[^/]+(/ambil/[^<]+)</code>", answer.text)
    assert found
    return found[1]


def kinds(furnished: Furnished, start: str) -> list[str]:
    with furnished.behind():
        query = sa.select(AuditEvent.kind).where(AuditEvent.kind.startswith(start, autoescape=True))
        return list(db.session.scalars(query.order_by(AuditEvent.at, AuditEvent.seq)))


def test_the_paper_prints_what_was_handed_over(bundle: str, desk: Callable[[str], Desk], furnished: Furnished) -> None:
    seat = desk("inspector")
    assert seat.post(f"{bundle}/serah-terima", {**RECORD, "letter": " "}).status_code == 422
    assert seat.post(f"{bundle}/serah-terima", RECORD).status_code == 303
    page = seat.get(f"{bundle}/serah-terima")
    judge(page.text)
    address = re.search(r'href="(/berita-acara/[^"]+)"', page.text)
    assert address
    for name in ("inspector", "auditor"):
        paper = desk(name).get(address[1])
        assert paper.mimetype == "application/pdf"
        reader = PdfReader(io.BytesIO(paper.data))
        text = "".join("".join(leaf.extract_text().split()) for leaf in reader.pages)
        with furnished.behind():
            row = db.session.scalars(sa.select(Bundle)).one()
            event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id == row.order_event_id)).one()
            told = (str(row.id), str(row.sha256), TAGS, FINGERPRINT, f"{event.seq},sidikjari", event.hash.hex())
        for word in (*told, "NalaKusuma", "KetuaTim", "ST-7/PMK/2026", "duaribu", "BERITAACARA"):
            assert "".join(word.split()) in text, word
    assert desk("other_head").get(address[1]).status_code == 404
    with furnished.behind():
        issued = db.session.scalars(sa.select(AuditEvent.body).where(AuditEvent.kind == "handover.issued")).one()
    assert hashlib.sha256(paper.data).hexdigest() in str(issued)


def test_only_the_inspektorat_hands_over(bundle: str, desk: Callable[[str], Desk]) -> None:
    for name in ("auditor", "head", "admin", "operator"):
        assert desk(name).post(f"{bundle}/serah-terima", RECORD).status_code == 403
        assert desk(name).post(f"{bundle}/tautan", {**RECEIVER, "days": "3"}).status_code == 403
    assert desk("evaluator").get(f"{bundle}/serah-terima").status_code == 200


def test_a_link_gives_the_bundle_once_and_goes_on_in_that_browser(
    bundle: str, desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished
) -> None:
    path = link(desk, bundle)
    for _ in range(3):  # programs that show previews only open it
        page = stranger(app, path).get(path)
        judge(page.text)
        assert "Nala Kusuma" in words(page)
    seat, late = stranger(app, path), stranger(app, path)
    assert seat.get(f"{path}/berkas").status_code == 404
    assert seat.client.post(path).status_code == 400  # without the form's token
    answer = seat.post(path)
    assert answer.status_code == 303
    assert seat.get(answer.headers["Location"]).data == ZIP
    part = seat.get(f"{path}/berkas", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.data) == (206, ZIP[100:200])
    assert "Lanjutkan unduhan" in words(seat.get(path))
    refused = [late.get(path), late.post(path), late.get(f"{path}/berkas"), late.get("/ambil/tebakan")]
    assert [one.status_code for one in refused] == [404] * 4
    assert len({words(one) for one in refused}) == 1
    told = kinds(furnished, "handover_link.")
    assert (told.count("handover_link.made"), told.count("handover_link.downloaded")) == (1, 1)
    assert "handover_link.opened" in told
    assert kinds(furnished, "bundle.downloaded")


@pytest.mark.parametrize("name", ["inspector", "evaluator", "auditor"])
def test_a_link_gives_a_whole_year_whoever_ordered_it(
    name: str, built: Built, desk: Callable[[str], Desk], app: flask.Flask
) -> None:
    path = link(desk, built(name))
    answer = stranger(app, path).post(path)
    assert answer.status_code == 303
    seat = stranger(app, path := link(desk, built(name)))
    assert seat.get(seat.post(path).headers["Location"]).data == ZIP


def raised(api: Callable[..., Api], evidence_id: str, *, restricted: bool = True) -> None:
    word = {"restricted": restricted, "reason": "Memuat data pribadi"}
    assert api("privacy_officer").post(f"/evidence/{evidence_id}/access", json=word).status_code == 200


def test_no_link_is_made_to_what_its_maker_may_not_carry_away(
    built: Built, desk: Callable[[str], Desk], api: Callable[..., Api], upload: Callable[..., Any]
) -> None:
    delivered = upload("staff_b1", "b1-1").json["id"]
    address = built("inspector", [uuid.UUID(delivered)])
    raised(api, delivered)
    assert desk("inspector").get(f"{address}/berkas").status_code == 409
    refused = desk("inspector").post(f"{address}/tautan", {**RECEIVER, "days": "3"})
    assert refused.status_code == 409
    assert "pesan arsip yang baru" in words(refused)
    assert 'value="Nala Kusuma"' in refused.text  # nothing typed is lost
    assert not re.search("/ambil/", refused.text)


def test_a_class_raised_since_closes_the_link_and_does_not_use_it_up(
    built: Built, desk: Callable[[str], Desk], api: Callable[..., Api], upload: Callable[..., Any], app: flask.Flask,
    furnished: Furnished,
) -> None:  # fmt: skip
    delivered = upload("staff_b1", "b1-1").json["id"]
    path = link(desk, built("inspector", [uuid.UUID(delivered)]))
    seat = stranger(app, path)
    raised(api, delivered)
    refused = seat.post(path)
    assert refused.status_code == 409
    assert "Minta arsip yang baru" in words(refused)
    assert seat.get(f"{path}/berkas").status_code == 404
    assert "handover_link.downloaded" not in kinds(furnished, "handover_link.")
    raised(api, delivered, restricted=False)
    assert seat.post(path).status_code == 303  # it was not used up
    assert seat.get(f"{path}/berkas").data == ZIP
    raised(api, delivered)
    for headers in ({}, {"Range": "bytes=100-199"}):
        again = seat.get(f"{path}/berkas", headers=headers)
        assert (again.status_code, ZIP[100:200] in again.data) == (409, False)


def test_another_agencys_word_on_the_same_bytes_closes_the_link_too(
    built: Built, desk: Callable[[str], Desk], api: Callable[..., Api], upload: Callable[..., Any], app: flask.Flask,
    furnished: Furnished,
) -> None:  # fmt: skip
    delivered = upload("staff_b1", "b1-1").json["id"]
    path = link(desk, built("inspector", [uuid.UUID(delivered)]))
    furnished.requirements = {**furnished.requirements, "elsewhere": furnished.other_requirement}
    twin = upload("other_operator", "elsewhere")
    assert twin.status_code == 202, twin.text
    raised(api, twin.json["id"])
    assert stranger(app, path).post(path).status_code == 409


def test_a_link_ends_with_its_makers_post(
    built: Built, desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished
) -> None:
    path = link(desk, built("inspector"))
    with furnished.behind():
        maker = db.session.scalars(sa.select(Account.person_id).where(Account.username == "inspector")).one()
    with database_app(furnished.addresses.database_owner_url):
        posts = sa.update(PositionAssignment).where(PositionAssignment.person_id == maker)
        db.session.execute(posts.values(valid_to=dt.date(2021, 1, 1)))
        db.session.commit()
    assert stranger(app, path).post(path).status_code == 409


@pytest.mark.parametrize(
    ("column", "back"), [("expires_at", 0), ("voided_at", 0), ("revoked_at", 0), ("claimed_at", 25)]
)
def test_a_link_whose_time_is_over_is_not_known(
    bundle: str, desk: Callable[[str], Desk], app: flask.Flask, furnished: Furnished, column: str, back: int
) -> None:
    path = link(desk, bundle)
    seat = stranger(app, path)
    if column == "claimed_at":
        assert seat.post(path).status_code == 303
    with database_app(furnished.addresses.database_owner_url):  # the product's own roles may not move these
        when = dt.datetime.now(dt.UTC) - dt.timedelta(hours=back, seconds=1)
        db.session.execute(sa.update(HandoverLink).values({column: when}).execution_options(synchronize_session=False))
        db.session.commit()
    assert [seat.get(path).status_code, seat.post(path).status_code, seat.get(f"{path}/berkas").status_code] == [
        404
    ] * 3
    assert kinds(furnished, "handover_link.expired") == ["handover_link.expired"] * (column == "expires_at")


def test_the_inspektorat_revokes_a_link(bundle: str, desk: Callable[[str], Desk], app: flask.Flask) -> None:
    path = link(desk, bundle)
    page = desk("inspector").get(f"{bundle}/serah-terima").text
    revoke = re.search(r'action="(/tautan/[^"]+/cabut)"', page)
    assert revoke
    assert desk("other_head").post(revoke[1]).status_code == 403
    assert desk("inspector").post(revoke[1]).status_code == 303
    assert stranger(app, path).get(path).status_code == 404
    assert desk("inspector").post(revoke[1]).status_code == 409


def test_a_link_lives_at_most_fourteen_days(bundle: str, desk: Callable[[str], Desk]) -> None:
    for days in ("0", "15", "x"):
        assert desk("inspector").post(f"{bundle}/tautan", {**RECEIVER, "days": days}).status_code == 422
    link(desk, bundle, days="14")


def test_the_secret_is_kept_nowhere(bundle: str, desk: Callable[[str], Desk], furnished: Furnished) -> None:
    secret = link(desk, bundle).rsplit("/", 1)[1]
    assert len(secret) >= 32
    with furnished.behind():
        row = db.session.scalars(sa.select(HandoverLink)).one()
        assert row.digest == hashlib.sha256(secret.encode()).hexdigest()
        assert not db.session.scalars(sa.select(AuditEvent.id).where(AuditEvent.body.contains(secret))).first()


def test_guessing_is_slowed_down(app: flask.Flask) -> None:
    seat = Desk(app.test_client())
    answers = [seat.get(f"/ambil/tebakan-{number}").status_code for number in range(31)]
    assert answers == [404] * 30 + [429]


def test_those_who_keep_the_archive_see_in_the_navigation_that_something_is_wrong(desk: Callable[[str], Desk]) -> None:
    shown = re.compile(r'href="/arsip/keutuhan"[^>]*>\s*Keutuhan arsip\s*<span class="nav-count">1</span>')
    for name in ("inspector", "admin"):  # no anchor gets outside here
        assert shown.search(desk(name).get("/log").text)
    assert "Keutuhan arsip" not in desk("evaluator").text("/log")


def test_the_papers_bytes_depend_on_the_record_alone() -> None:
    from workflows.bundles.official_record import Party, Told, day_in_words, draw, in_words

    told = Told(
        number="BAST-2026-000001", on=dt.date(2026, 11, 25), giver=Party("A <b>", "Inspektur", "Inspektorat & Co"),
        receiver=Party("B", "Ketua", "Kantor"), letter="1", bundle="x", scope="y", files=1, size=2, sha256="a",
        tagmanifest_sha256="b", fingerprint="c", seq=3, head="d", address="https://contoh.example/jangkar",
        issued_at=dt.datetime(2026, 11, 25, tzinfo=dt.UTC),
    )  # fmt: skip
    paper = draw(told)
    assert paper == draw(told)
    fonts = {font["/BaseFont"] for font in _fonts_used(paper)}
    assert any("BitstreamVera" in name for name in fonts)
    assert day_in_words(told.on).startswith("Rabu tanggal dua puluh lima bulan November tahun dua ribu dua puluh enam")
    assert [in_words(number) for number in (10, 11, 15, 100, 1111)] == [
        "sepuluh", "sebelas", "lima belas", "seratus", "seribu seratus sebelas",
    ]  # fmt: skip


def _fonts_used(paper: bytes) -> list[dict[str, str]]:
    page = PdfReader(io.BytesIO(paper)).pages[0]
    return [entry.get_object() for entry in page["/Resources"]["/Font"].values()]  # type: ignore[index]
