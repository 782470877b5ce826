"""Every page of the inventory in a marked language: whatever stands outside the marks must be somebody's data."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.furnished import MULTIPART, multipart
from tests.support.inventory import PERSONS, addresses_of
from webapp.translations.__main__ import extract
from workflows.bundles.models import Bundle
from workflows.core.actors import Role
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.evidence.models import Evidence
from workflows.organization.models import Agency, Engagement, Person, Position, Region, Unit
from workflows.plans.models import Action, PlanImport, Requirement
from workflows.recommendations.models import EvaluationReport, Objection, Recommendation
from workflows.verification.models import Decision, OfficialPaper, Verification

from .conftest import TOKEN, Site
from .marking import Marking, bare

DATA: tuple[Any, ...] = (
    Engagement.institution, Engagement.letter_number,
    Region.name, Agency.name, Agency.code, Unit.name, Person.name, Position.title,
    EvaluationReport.number, Recommendation.number, Recommendation.text, Recommendation.finding, Action.text,
    Requirement.title, Requirement.return_text, Evidence.original_name, Evidence.receipt_number, Evidence.receipt_code, AuditEvent.chain,
    Bundle.reason, Decision.number, Decision.reason, OfficialPaper.number, Objection.reason, Recommendation.ended_reason, Verification.reason, PlanImport.filename,
)  # fmt: skip
"""What stays as it was written, in any language: names, and people's own words. No column here holds a sentence of the
product; findings, reasons why something waits or failed, and warnings of a reading are not data in this sense."""
SAMPLE = ("Uji.", "Operator (uji)", "verify.py", "periksa.html")
"""The one finding of the tests' reports, who set the office up, and the files that bundles are proven with."""


@pytest.fixture(scope="module")
def data(site: Site) -> set[str]:
    """Return all values of those columns."""
    with site.furnished.behind():
        found = {value for column in DATA for value in db.session.scalars(sa.select(column)) if value}
        read = [row for row in db.session.scalars(sa.select(PlanImport.beside)) if row]
    return found | set(SAMPLE) | {text for row in read for text in row["cells"].values()}


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let English be the marked language."""
    marking = Marking(extract())
    monkeypatch.setattr("webapp.translations.translations", lambda _language: marking)


def faults(site: Site, data: set[str], role: Role | None) -> Iterator[str]:
    """Yield what a person of this role reads that is neither translated nor data."""
    client = site.client(PERSONS[role] if role else "", language="en")
    for path in sorted({*addresses_of(site.app, site.staged.parts, role), *MORE, "/tidak-ada"}):
        answer = client.get(path)
        if answer.mimetype == "text/html" and answer.status_code not in range(300, 400):
            yield from (f"{path}: {text}" for text in bare(answer.text, data))


MORE = ("/log?rantai=daerah", "/rekomendasi?tahun=2031", "/rekomendasi?tahun=1999", "/kisi?tahun=2031")


@pytest.mark.parametrize("role", [None, *Role])
def test_no_page_says_anything_that_did_not_go_through_the_catalog(
    role: Role | None, site: Site, data: set[str], marked: None
) -> None:
    assert list(faults(site, data, role)) == []


def test_every_state_of_a_delivered_plan_and_of_a_bundle_is_translated(
    site: Site, data: set[str], marked: None
) -> None:
    client = site.client("evaluator", language="en")
    paths = [f"/lhe/impor/{key}" for key in site.staged.imports.values()]
    paths += [f"/arsip/{key}" for key in site.staged.bundles.values()] + [f"/lhe/{site.staged.draft}"]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200
        assert [f"{path}: {text}" for text in bare(answer.text, data)] == []


def test_a_bare_sentence_would_be_found() -> None:
    """The marks themselves: a forgotten sentence, one hidden in an attribute, and one handed in as a value."""
    marking = Marking(extract())
    named = marking.gettext("Alasan: %(reason)s.") % {"reason": "Isi belum lengkap"}
    html = f"<p>Belum ditulis</p><input aria-label='Cari kata'><p>{named}</p><p>{marking.gettext('Simpan konsep')}</p>"
    assert list(bare(html, {"Bidang B1"})) == ["Belum ditulis", "Cari kata", named]


def test_the_parts_that_a_page_asks_for_later_are_translated(site: Site, data: set[str], marked: None) -> None:
    client = site.client("evaluator", language="en")
    for state, key in site.staged.states.items():
        answer = client.get(f"/kewajiban/{key}/keadaan", headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert [f"{state}: {text}" for text in bare(answer.text, data)] == []


@pytest.mark.parametrize(
    ("name", "page", "path", "typed"),
    [
        ("head_b1", "/lembar", "/lembar", {}),
        ("head_b1", "/lembar", "/lembar", {"item": "sign nonsense"}),
        ("auditor", "/arsip", "/arsip", {"agency": "dpk", "year": "2026", "reason": " "}),
        ("auditor", "/arsip", "/arsip", {"agency": "nowhere", "year": "2026"}),
        ("inspector", "/keputusan", "/keputusan", {}),
        ("evaluator", "/lhe", "/lhe", {}),
        ("evaluator", "/arsip", "/tidak-ada", {}),
        ("evaluator", "/arsip", "/bahasa", {"bahasa": "fr"}),
    ],
)
def test_a_refused_form_is_translated(
    name: str, page: str, path: str, typed: dict[str, str], site: Site, data: set[str], marked: None
) -> None:
    client = site.client(name, language="en")
    token = TOKEN.search(client.get(page).text)
    assert token
    answer = client.post(path, data={"csrf_token": token[1], **typed})
    assert answer.status_code >= 400
    assert list(bare(answer.text, data)) == []


def test_refused_steps_and_files_are_translated(site: Site, data: set[str], marked: None) -> None:
    client = site.client("head_b1", language="en")
    page = f"/kewajiban/{site.furnished.requirements['b1-3']}"
    token = TOKEN.search(client.get(page).text)
    assert token
    for form in ({}, {"version": "99"}, {"version": "1", "reason_code": "OTHER"}):
        answer = client.post(f"{page}/kembalikan", data={"csrf_token": token[1], **form})
        assert answer.status_code >= 400
        assert list(bare(answer.text, data)) == []
    for content in (b"", b"hello"):
        body = multipart(("csrf_token", token[1], None), ("file", content, "monev.pdf"))
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.post(f"{page}/bukti", data=body, content_type=MULTIPART, headers=headers)
            assert answer.status_code >= 400
            assert list(bare(answer.text, data)) == []
