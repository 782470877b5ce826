"""*Terbatas*: every route that gives something of a file, for everybody, and the words by which the class changes."""

import hashlib
import io
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import flask
import pytest
import sqlalchemy as sa

from storage.base import Bucket
from tests.support.furnished import Api, Furnished, filler
from tests.support.offices import YEAR, database_app, plan_document, requirements_of
from webapp.auth.access import rule_of
from workflows.archive.pictures import record_picture
from workflows.bundles.bag import BagResult
from workflows.bundles.models import Bundle
from workflows.bundles.operations import finish
from workflows.bundles.restricted import closed_to
from workflows.core.actors import Channel
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.evidence.access.models import AccessGround
from workflows.evidence.checks.pictures import Picture, PictureSize
from workflows.evidence.models import Evidence
from workflows.evidence.operations import record_report
from workflows.evidence.page_text import Texts
from workflows.evidence.reading import operations as reading
from workflows.evidence.reading.models import SenseFinding
from workflows.evidence.reading.queries import sense_findings
from workflows.organization.models import Account, Agency, Engagement
from workflows.organization.queries import person_as_actor
from workflows.plans.operations import issue, write_plan

from .conftest import Desk, words
from .test_inventory import judge

SECRET = "rahasia-kucing"
NAME = "monev tw1.pdf"
OPEN = ("staff_b1", "head_b1", "operator", "head", "evaluator")
WITH_REASON = ("auditor", "inspector")
CLOSED = ("staff_b2", "head_b2", "admin", "privacy_officer", *WITH_REASON)
STRANGERS = ("other_operator", "other_head", "other_staff_sek")
CONTENTS = {
    "evidence.original", "evidence.report", "evidence.pages", "evidence.picture", "api_evidence.evidence_file",
}  # fmt: skip
"""Routes that give nothing but a file's contents: closed is 403, out of scope 404."""
TELLS = {"api_evidence.read_evidence"}
"""Routes of a delivery that answer with less where it is closed."""


@dataclass
class Case:
    """A delivery in which everything that quotes it says the secret."""

    evidence_id: str
    receipt: str
    parts: dict[str, list[str]]


def deliver(
    api: Callable[..., Api], upload: Callable[..., object], furnished: Furnished, app: flask.Flask, *,
    requirement: str = "b1-1", **more: str,
):  # fmt: skip
    answer = upload("staff_b1", requirement, data=filler(SECRET), **more)
    assert answer.status_code == 202, answer.text  # type: ignore[attr-defined]
    told = answer.json  # type: ignore[attr-defined]
    key = uuid.UUID(told["id"])
    found = {"code": "uji", "severity": "warn", "message": f"Tertulis {SECRET}.", "page": 1}
    signed = {"field": "ttd", "signer": SECRET, "issuer": SECRET, "verdict": "intact", "page": 1, "trusted": None}
    signed |= {"signing_time": None, "timestamp_time": None, "reason": None}
    picture = SECRET.encode()
    with furnished.behind():
        evidence = record_report(key, {"verdict": "warn", "findings": [found], "signatures": [signed], "pages": 1})
        reading.start(evidence)
        db.session.flush()
        part = reading.next_part(key)
        assert part is not None
        reading.record_texts(key, part, Texts(1, {1: SECRET}))
        reading.conclude(key)
        db.session.add(
            SenseFinding(
                region_id=evidence.region_id,
                agency_id=evidence.agency_id,
                evidence_id=key,
                severity="warn",
                requirement_id=evidence.uses[0].requirement_id,
                code="uji",
                message=f"Teksnya {SECRET}.",
                page=1,
            )
        )
        store, digest = app.extensions["store"], hashlib.sha256(picture).hexdigest()
        for size in PictureSize:
            name = f"uji/{key}-{size}.webp"
            version = store.put(
                Bucket.BUNDLES, name, io.BytesIO(picture), length=len(picture), content_type="image/webp"
            )
            drawn = Picture(1, picture, 10, 10)
            record_picture(evidence, drawn, size=size, key=name, version_id=version, sha256=digest)
    return told["id"], told["receipt"]


@pytest.fixture
def case(api, upload, furnished: Furnished, app: flask.Flask) -> Case:
    evidence_id, receipt = deliver(api, upload, furnished, app, restricted="1")
    return case_of(api, furnished, evidence_id, receipt, requirement=furnished.requirements["b1-1"])


def case_of(api: Callable[..., Api], furnished: Furnished, evidence_id: str, receipt: str, *, requirement: str) -> Case:
    nothing = [str(uuid.uuid4())]
    post = [api("operator").get("/posts?agency=dpk").json["items"][0]["id"]]
    parts = {
        "evidence_id": [evidence_id], "requirement_id": [requirement], "report_id": [furnished.report_id],
        "page": ["1"], "number": [receipt, "1"], "filename": ["manifest.json"], "name": ["x"],
        "recommendation_id": [recommendation(api)],
        **dict.fromkeys(("bundle_id", "import_id", "decision_id", "disposal_id", "hold_id", "binding_id", "certificate_id", "handover_id", "scan_id", "assignment_id", "plan_id", "batch_id", "paper_id", "succession_id"), nothing),
        "position_id": post, "post_id": post,
    }  # fmt: skip
    return Case(evidence_id, receipt, parts)


def recommendation(api: Callable[..., Api]) -> str:
    found = api("operator").get("/recommendations").json["items"]
    return str(found[0]["id"])


def routes_of(app: flask.Flask, case: Case) -> list[tuple[str, str]]:
    """Every address that is asked with GET and belongs to somebody signed in, with the name of its route."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            access = rule_of(app, rule.endpoint, "GET") if "GET" in (rule.methods or ()) else None
            if access is None or not access.signed_in:
                continue
            names = sorted(rule.arguments - set(rule.defaults or ()))
            for values in product(*(case.parts[name] for name in names)):
                given = dict(zip(names, values, strict=True)) | dict(rule.defaults or {})
                found.append((rule.endpoint, app.url_for(rule.endpoint, **given)))
    return found


def said(answer: bytes) -> str:
    """What an answer says, a sheet in all of its parts."""
    if not zipfile.is_zipfile(io.BytesIO(answer)):
        return answer.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(answer)) as sheet:
        return "\n".join(sheet.read(name).decode("utf-8", "replace") for name in sheet.namelist())


def ask(desk: Callable[[str], Desk], api: Callable[..., Api], name: str, path: str):
    if path.startswith("/api/v1"):
        return api(name).get(path.removeprefix("/api/v1"))
    return desk(name).get(path)


def test_every_route_about_a_delivery_is_known_here(app: flask.Flask) -> None:
    about = {
        rule.endpoint for rule in app.url_map.iter_rules() if "evidence_id" in rule.arguments and "GET" in rule.methods
    }
    assert about == CONTENTS | TELLS


@pytest.mark.parametrize("name", [*OPEN, *CLOSED, *STRANGERS])
def test_nothing_of_a_restricted_file_is_told_to_whom_it_is_closed(
    name: str, case: Case, app: flask.Flask, desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    told = set()
    for endpoint, path in routes_of(app, case):
        answer = ask(desk, api, name, path)
        assert answer.status_code < 500, path
        if name in OPEN:
            if endpoint in CONTENTS:
                assert (path, answer.status_code) == (path, 200)
            if SECRET in said(answer.data):
                told.add(endpoint)
            continue
        text = said(answer.data)
        assert SECRET not in text, (name, path)
        assert NAME not in text, (name, path)
        if endpoint in CONTENTS:
            assert (path, answer.status_code) == (path, 404 if name in STRANGERS else 403)
    if name in OPEN:
        pages = {"requirements.show", "requirements.living", "requirements.reading"}
        assert told >= {"evidence.original", "evidence.report", "evidence.picture", *TELLS, *pages} - {"evidence.pages"}


def test_no_year_of_an_engagement_opens_bytes_that_were_restricted_in_another(
    case: Case, api: Callable[..., Api], upload: Callable[..., object], furnished: Furnished, app: flask.Flask,
    desk: Callable[[str], Desk],
) -> None:  # fmt: skip
    """The first delivery is of a year outside the auditor's letter; the same bytes came again in a year inside it."""
    inside = YEAR + 1
    with database_app(furnished.addresses.database_owner_url):
        agency = db.session.scalars(sa.select(Agency).where(Agency.code == "dpk")).one()
        plan = {**plan_document(quarters=(1,)), "year": inside}
        report = write_plan(plan, agency=agency, year=inside, actor=actor_of("evaluator")).report
        db.session.flush()
        issue(report, actor=actor_of("inspector"))
        db.session.flush()
        asked = next(row for row in requirements_of(report) if row.unit.code == "b1")
        furnished.requirements = {**furnished.requirements, "inside": str(asked.id)}
        db.session.execute(sa.update(Engagement).values(years=[inside]))
        db.session.commit()
    evidence_id, receipt = deliver(api, upload, furnished, app, requirement="inside")
    again = case_of(api, furnished, evidence_id, receipt, requirement=furnished.requirements["inside"])
    for endpoint, path in routes_of(app, again):
        answer = ask(desk, api, "auditor", path)
        assert SECRET not in said(answer.data), path
        if endpoint in CONTENTS:
            assert (path, answer.status_code) == (path, 403)
    assert api("auditor").get(f"/evidence/{case.evidence_id}/file").status_code == 404
    with furnished.behind():
        who, bundle = actor_of("auditor"), Bundle(ordered_by_id=actor_of("auditor").person_id, ordered_at=now())
        assert closed_to(bundle, [uuid.UUID(evidence_id)]) == {uuid.UUID(evidence_id)}
        assert who.years_in_sight == {(None, inside)}


def test_the_refusal_says_why_and_the_facts_stay(
    case: Case, desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    refused = api("staff_b2").get(f"/evidence/{case.evidence_id}/file")
    assert (refused.status_code, refused.json["code"]) == (403, "restricted")
    told = api("staff_b2").get(f"/evidence/{case.evidence_id}").json
    assert told["access"] == {"restricted": True, "open": False, "needs_reason": False}
    assert (told["report"], told["ink"], len(told["sha256"])) == (None, [], 64)
    page = desk("staff_b2").get(f"/kewajiban/{told['requirement']}")
    judge(page.text)
    assert "Berkas terbatas." in words(page)
    assert told["sha256"] in page.text
    assert "Unduh berkas asli" not in page.text


@pytest.mark.parametrize("name", WITH_REASON)
def test_a_reason_opens_it_for_a_while_and_is_kept(
    name: str, case: Case, furnished: Furnished, desk: Callable[[str], Desk], api: Callable[..., Api]
) -> None:
    path, seat = f"/bukti/{case.evidence_id}", desk(name)
    assert seat.post(f"{path}/alasan", {"reason": " "}).status_code == 422
    assert (
        seat.form(f"/kewajiban/{furnished.requirements['b1-1']}", f"{path}/alasan", reason="Surat tugas 7").status_code
        == 303
    )
    assert SECRET in seat.get(f"{path}/laporan").text
    assert seat.get(f"{path}/berkas").status_code == 200
    listed = desk("privacy_officer").text("/akses")
    assert f"Pegawai {name}" in listed
    assert "Surat tugas 7" in listed
    assert SECRET not in listed
    owner = sa.create_engine(furnished.addresses.database_owner_url, poolclass=sa.NullPool)
    with owner.begin() as connection:  # nobody else can change a reason
        connection.execute(sa.update(AccessGround).values(until=sa.func.now() - sa.text("interval '1 minute'")))
    assert seat.get(f"{path}/berkas").status_code == 403
    assert api(name).post(f"/evidence/{case.evidence_id}/opening", json={"reason": "Lagi"}).status_code == 200
    assert seat.get(f"{path}/berkas").status_code == 200


@pytest.mark.parametrize("name", ["staff_b2", "admin", "privacy_officer", "head"])
def test_a_reason_opens_nothing_to_others(name: str, case: Case, api: Callable[..., Api]) -> None:
    answer = api(name).post(f"/evidence/{case.evidence_id}/opening", json={"reason": "Ingin tahu"})
    assert answer.status_code == 403


RAISE, LOWER = (
    {"restricted": True, "reason": "Memuat data pribadi"},
    {"restricted": False, "reason": "Sudah disamarkan"},
)


@pytest.mark.parametrize("name", ["staff_b1", "head_b1", "operator", "evaluator", "privacy_officer"])
def test_who_raises_it(name: str, api, upload, furnished: Furnished, app: flask.Flask) -> None:
    evidence_id, _ = deliver(api, upload, furnished, app)
    path = f"/evidence/{evidence_id}/access"
    assert api("staff_b2").get(f"/evidence/{evidence_id}/file").status_code == 200
    assert api(name, read_only=True).post(path, json=RAISE).status_code == 403
    assert api(name).post(path, json=RAISE).status_code == 200
    assert api(name).post(path, json=RAISE).status_code == 409
    assert api("staff_b2").get(f"/evidence/{evidence_id}/file").status_code == 403
    with furnished.behind():
        kinds = db.session.scalars(sa.select(AuditEvent.kind).where(AuditEvent.subject_id == uuid.UUID(evidence_id)))
        assert list(kinds).count("evidence.access_raised") == 1


@pytest.mark.parametrize("name", ["staff_b2", "head", "inspector", "auditor", "admin"])
def test_who_does_not_raise_it(name: str, api, upload, furnished: Furnished, app: flask.Flask) -> None:
    evidence_id, _ = deliver(api, upload, furnished, app)
    assert api(name).post(f"/evidence/{evidence_id}/access", json=RAISE).status_code == 403


@pytest.mark.parametrize(("name", "status"), [
    ("privacy_officer", 200), ("inspector", 200), ("staff_b1", 403), ("operator", 403), ("evaluator", 403), ("auditor", 403),
    ("other_operator", 404),
])  # fmt: skip
def test_who_lowers_it(name: str, status: int, case: Case, api: Callable[..., Api]) -> None:
    path = f"/evidence/{case.evidence_id}/access"
    if status == 200:
        assert api(name).post(path, json={"restricted": False, "reason": "  "}).status_code == 422
    assert api(name).post(path, json=LOWER).status_code == status
    assert api("staff_b2").get(f"/evidence/{case.evidence_id}/file").status_code == (200 if status == 200 else 403)


def test_the_same_bytes_are_not_read_through_another_delivery(
    case: Case, api: Callable[..., Api], upload: Callable[..., object], furnished: Furnished
) -> None:
    other = upload("staff_b2", "b2-1", data=filler(SECRET))
    key = other.json["id"]  # type: ignore[attr-defined]
    assert api("staff_b2").get(f"/evidence/{key}/file").status_code == 200  # his own paper
    assert api("staff_b1").get(f"/evidence/{key}/file").status_code == 403
    assert api("admin").get(f"/evidence/{key}/file").status_code == 403
    with furnished.behind():
        row = db.session.get_one(Evidence, uuid.UUID(key))
        for code, text in (("same_file", "Sama dengan yang lain."), ("uji", "Biasa saja.")):
            db.session.add(
                SenseFinding(
                    region_id=row.region_id,
                    agency_id=row.agency_id,
                    evidence_id=row.id,
                    severity="warn",
                    code=code,
                    requirement_id=row.uses[0].requirement_id,
                    message=text,
                    page=None,
                )
            )

    def told(name: str) -> set[str]:
        with furnished.behind():
            place = db.session.get_one(Evidence, uuid.UUID(key)).uses[0].requirement_id
            return {found.code for found in sense_findings(uuid.UUID(key), [place], actor_of(name))}

    assert told("staff_b2") == {"uji"}
    assert told("operator") == {"uji", "same_file"}


def actor_of(name: str):
    account = db.session.scalars(sa.select(Account).where(Account.username == name)).one()
    return person_as_actor(account.person_id, channel=Channel.WEB)


def test_a_built_bundle_is_not_carried_away_by_whom_a_file_in_it_is_closed_to(
    api, upload, furnished: Furnished, app: flask.Flask
) -> None:
    evidence_id, _ = deliver(api, upload, furnished, app)
    asked = {"agency": "dpk", "year": 2026, "reason": "Pemeriksaan"}
    own = api("auditor").post("/bundles", json={**asked, "with_restricted": True}).json["id"]
    plain = api("auditor").post("/bundles", json=asked).json["id"]
    content = b"PK"
    store, digest = app.extensions["store"], hashlib.sha256(content).hexdigest()
    with furnished.behind():
        for key in (own, plain):
            version = store.put(
                Bucket.BUNDLES, f"uji/{key}.zip", io.BytesIO(content), length=2, content_type="application/zip"
            )
            finish(uuid.UUID(key), BagResult(digest, 2, {}, digest), packed=[uuid.UUID(evidence_id)],
                   key=f"uji/{key}.zip", version_id=version, fingerprint="ab" * 32)  # fmt: skip

    def statuses(key: str) -> list[int]:
        names = ("auditor", "operator", "staff_b1", "staff_b2", "admin")
        return [api(name).get(f"/bundles/{key}/file").status_code for name in names]

    assert statuses(plain) == [200] * 5
    assert api("staff_b1").post(f"/evidence/{evidence_id}/access", json=RAISE).status_code == 200
    assert statuses(plain) == [409, 200, 200, 409, 409]
    assert statuses(own) == [200, 200, 200, 409, 409]
    refused = api("auditor").get(f"/bundles/{plain}/file").json
    assert refused["code"] == "order_again"
    assert "pesan arsip yang baru" in refused["detail"]
