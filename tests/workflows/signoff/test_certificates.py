"""Certificates inside a file: bound once by a person, from then on valid signatures sign off without a click."""

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.deliveries import archive, deliver
from tests.support.offices import CONSOLE, Office, requirements_of
from workflows.core.actors import AssignmentKind
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import ConflictError, GuardFailedError, PermissionDeniedError
from workflows.core.models import Job
from workflows.core.transitions import Action, State
from workflows.evidence.models import Evidence
from workflows.evidence.operations import record_report
from workflows.organization.models import Person, PositionAssignment
from workflows.organization.operations import assign
from workflows.plans.models import Requirement
from workflows.plans.rules import act
from workflows.recommendations.models import EvaluationReport
from workflows.signoff import certificates
from workflows.signoff.effects import take_effect
from workflows.signoff.inside import proven
from workflows.signoff.models import Basis, CertificateBinding, SignOff

HEAD_PRINT, CHIEF_PRINT = "a" * 64, "b" * 64


def signature(name: str = "PEGAWAI HEAD_B1, S.E.", fingerprint: str = HEAD_PRINT, **more: Any) -> dict[str, Any]:
    """An entry of a report about a sound signature made just now."""
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    plain: dict[str, Any] = {
        "field": f"Kolom {str(fingerprint)[0]}", "kind": "signature", "verdict": "intact", "trusted": True, "certificate": "valid", "digest": "sha256",
        "signer": name, "signer_id": None, "issuer": "Penerbit", "root": "Akar", "fingerprint": fingerprint,
        "signing_time": moment, "timestamp_time": None,
    }  # fmt: skip
    return {**plain, **more}


def chief(**more: Any) -> dict[str, Any]:
    return signature("Dr. Pegawai Head, M.Si.", CHIEF_PRINT, **more)


@pytest.fixture
def requirement(report: EvaluationReport) -> Requirement:
    long_ago = now() - dt.timedelta(days=400)
    db.session.execute(sa.update(PositionAssignment).values(recorded_at=long_ago, confirmed_at=long_ago))
    return next(row for row in requirements_of(report) if (row.unit.code, row.quarter) == ("b1", 1))


def delivered(
    requirement: Requirement, office: Office, *signatures: dict[str, Any], verdict: str = "accept", locked: bool = True
) -> Evidence:
    evidence = deliver(requirement, office.actor("staff_b1"), text=f"monev {len(signatures)} {verdict}")
    judged = {"validator": "v", "trust_list": "7", "at": "2026-01-01T00:00:00+00:00"}
    findings = [{"code": "x", "severity": verdict, "message": "Uji.", "page": None}] if verdict != "accept" else []
    record_report(
        evidence.id,
        {"verdict": verdict, "findings": findings, "signatures": list(signatures), "signatures_judged": judged},
    )
    if locked:
        archive(evidence)
    db.session.flush()
    return evidence


def bound(requirement: Requirement, office: Office, who: str = "head_b1", fingerprint: str = HEAD_PRINT, **more: Any):
    evidence = db.session.get_one(Evidence, requirement.newest_evidence_id)
    return certificates.bind(
        requirement, actor=office.actor(who), fingerprint=fingerprint, sha256=evidence.sha256, **more
    )


def standing(requirement: Requirement) -> list[SignOff]:
    query = sa.select(SignOff).where(SignOff.requirement_id == requirement.id, SignOff.voided_at.is_(None))
    return list(db.session.scalars(query.order_by(SignOff.role.desc())))


def test_nothing_is_signed_by_a_name_alone(requirement: Requirement, office: Office) -> None:
    evidence = delivered(requirement, office, signature())
    take_effect(evidence.id)
    assert standing(requirement) == []
    assert requirement.state == State.EVIDENCE_UPLOADED


def test_what_the_holder_confirmed_once_signs_from_then_on(requirement: Requirement, office: Office) -> None:
    evidence = delivered(requirement, office, signature())
    [proposal] = certificates.proposals(requirement, evidence.report)
    assert (proposal.official.name, proposal.official.role) == ("Pegawai head_b1", "signed")
    bound(requirement, office)
    take_effect(evidence.id)
    [sign_off] = standing(requirement)
    assert (sign_off.basis, sign_off.person.name) == (Basis.CERTIFICATE, "Pegawai head_b1")
    assert sign_off.proof["field"] == "Kolom a"
    assert (sign_off.proof["fingerprint"], sign_off.proof["trust_list"]) == (HEAD_PRINT, "7")
    assert sign_off.proof["signed_at"].endswith("Z")
    assert requirement.state == State.SIGNED
    assert certificates.proposals(requirement, evidence.report) == []
    take_effect(evidence.id)
    assert len(standing(requirement)) == 1

    act(requirement, Action.WITHDRAW, actor=office.actor("head_b1"), reason="salah berkas")
    newer = delivered(requirement, office, signature(), signature("Lain", "c" * 64))
    take_effect(newer.id)
    assert [(row.basis, row.evidence_id) for row in standing(requirement)] == [(Basis.CERTIFICATE, newer.id)]


def test_one_file_may_bring_both_sign_offs_in_their_order(requirement: Requirement, office: Office) -> None:
    evidence = delivered(requirement, office, chief(), signature())
    bound(requirement, office, "head", CHIEF_PRINT)
    take_effect(evidence.id)
    assert standing(requirement) == []
    bound(requirement, office)
    take_effect(evidence.id)
    assert [row.role.value for row in standing(requirement)] == ["signed", "acknowledged"]
    assert requirement.state == State.ACKNOWLEDGED


def test_a_click_below_lets_the_signature_above_it_count(requirement: Requirement, office: Office) -> None:
    evidence = delivered(requirement, office, chief())
    bound(requirement, office, "head", CHIEF_PRINT)
    take_effect(evidence.id)
    act(requirement, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    keys = db.session.scalars(sa.select(Job.key).where(Job.subject_id == evidence.id)).all()
    assert sum(key.startswith("signoff.take_effect:") for key in keys) >= 2
    take_effect(evidence.id)
    assert [row.basis for row in standing(requirement)] == [Basis.IN_APP, Basis.CERTIFICATE]


@pytest.mark.parametrize(
    "change",
    [
        {"trusted": False, "certificate": "unknown-root"},
        {"trusted": None, "certificate": "no-trust-list"},
        {"trusted": False, "certificate": "revoked"},
        {"trusted": False, "certificate": "expired"},
        {"trusted": False, "certificate": "unsuitable"},
        {"verdict": "unverifiable"},
        {"verdict": "intact-but-changed"},
        {"verdict": "invalid"},
        {"kind": "timestamp"},
        {"fingerprint": None},
        {"digest": "sha1"},
        {"digest": None},
        {"signing_time": None},
        {"signing_time": "2026-01-01T10:00:00"},
        {"trusted": True, "certificate": "expired"},
    ],
    ids=str,
)
def test_what_is_not_proven_never_signs_and_binds_nobody(
    requirement: Requirement, office: Office, change: dict[str, Any]
) -> None:
    delivered(requirement, office, signature())
    bound(requirement, office)
    newer = delivered(requirement, office, signature(**change), signature("Lain", "c" * 64))
    take_effect(newer.id)
    assert standing(requirement) == []
    unknown = delivered(requirement, office, {**signature(fingerprint="d" * 64), **change}, verdict="warn")
    assert proven(unknown.report.report) == []
    with pytest.raises(GuardFailedError, match="certificate_not_proven"):
        bound(requirement, office, fingerprint="d" * 64)


def test_an_older_report_without_fingerprints_is_read_as_proving_nobody() -> None:
    assert proven({"signatures": [{"field": "x", "signing_time": None, "timestamp_time": None, "trusted": True}]}) == []
    assert proven({}) == []


def test_a_refused_or_unlocked_file_signs_nothing(requirement: Requirement, office: Office) -> None:
    delivered(requirement, office, signature())
    bound(requirement, office)
    unlocked = delivered(requirement, office, signature(), chief(), locked=False)
    take_effect(unlocked.id)
    refused = delivered(requirement, office, signature(), verdict="reject")
    take_effect(refused.id)
    assert standing(requirement) == []


def test_somebody_elses_certificate_binds_nobody(requirement: Requirement, office: Office) -> None:
    delivered(requirement, office, signature(), signature("Orang Lain Sekali", "c" * 64))
    with pytest.raises(GuardFailedError, match="certificate_name"):
        bound(requirement, office, "head")
    with pytest.raises(GuardFailedError, match="certificate_name"):
        bound(requirement, office, fingerprint="c" * 64)
    for stranger in ("staff_b1", "operator", "head_b2", "auditor"):
        with pytest.raises(PermissionDeniedError):
            bound(requirement, office, stranger)
    head = office.accounts["head_b1"].person
    with pytest.raises(PermissionDeniedError):
        bound(requirement, office, "operator", person_id=head.id)
    with pytest.raises(GuardFailedError, match="digest_differs"):
        certificates.bind(requirement, actor=office.actor("head_b1"), fingerprint=HEAD_PRINT, sha256="0" * 64)


def test_a_nip_in_the_certificate_proves_or_contradicts(requirement: Requirement, office: Office) -> None:
    person = office.accounts["head_b1"].person
    person.nip = "190001011920011001"
    db.session.flush()
    delivered(requirement, office, signature(signer_id="190202021922021002"))
    with pytest.raises(GuardFailedError, match="certificate_name"):
        bound(requirement, office)
    delivered(requirement, office, signature("NAMA GADIS", signer_id=person.nip), chief())
    assert bound(requirement, office).person_id == person.id


def test_an_evaluator_may_confirm_for_the_holder_but_not_for_another(requirement: Requirement, office: Office) -> None:
    evidence = delivered(requirement, office, signature())
    with pytest.raises(PermissionDeniedError):
        bound(requirement, office, "evaluator", person_id=office.accounts["head_b2"].person_id)
    bound(requirement, office, "evaluator", person_id=office.accounts["head_b1"].person_id)
    take_effect(evidence.id)
    assert standing(requirement)[0].person_id == office.accounts["head_b1"].person_id


def test_a_certificate_has_one_holder_until_it_is_released(requirement: Requirement, office: Office) -> None:
    delivered(requirement, office, signature("Pegawai Head", HEAD_PRINT))
    taken = bound(requirement, office, "head")
    office.accounts["head_b1"].person.name = "Pegawai Head"
    db.session.flush()
    with pytest.raises(ConflictError, match="certificate_taken"):
        bound(requirement, office, "head_b1")
    assert bound(requirement, office, "head").id == taken.id
    with pytest.raises(PermissionDeniedError):
        certificates.release(taken.id, actor=office.actor("head_b1"))
    certificates.release(taken.id, actor=office.actor("head"))
    certificates.release(taken.id, actor=office.actor("evaluator"))
    assert certificates.bindings_of(office.actor("head")) == []
    assert bound(requirement, office, "head_b1").id != taken.id
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CertificateBinding)) == 2


def test_what_was_released_signs_no_more(requirement: Requirement, office: Office) -> None:
    evidence = delivered(requirement, office, signature())
    certificates.release(bound(requirement, office).id, actor=office.actor("head_b1"))
    take_effect(evidence.id)
    assert standing(requirement) == []


def test_what_a_person_took_back_is_not_signed_again_by_itself(requirement: Requirement, office: Office) -> None:
    evidence = delivered(requirement, office, signature())
    bound(requirement, office)
    take_effect(evidence.id)
    act(requirement, Action.WITHDRAW, actor=office.actor("operator"), reason="keliru")
    take_effect(evidence.id)
    assert standing(requirement) == []
    act(requirement, Action.SIGN, actor=office.actor("head_b1"), sha256=evidence.sha256)
    assert standing(requirement)[0].basis == Basis.IN_APP


def test_a_back_dated_post_never_signs(requirement: Requirement, office: Office) -> None:
    """The signature lies in the post's dates, but the post was recorded after it."""
    earlier = (now() - dt.timedelta(days=3)).isoformat()
    query = sa.update(PositionAssignment).where(PositionAssignment.person_id == office.accounts["head_b1"].person_id)
    db.session.execute(query.values(recorded_at=now() - dt.timedelta(days=1)))
    evidence = delivered(requirement, office, signature(signing_time=earlier))
    assert certificates.proposals(requirement, evidence.report) == []
    with pytest.raises(PermissionDeniedError):
        bound(requirement, office)
    known(office.accounts["head_b1"].person, office)
    take_effect(evidence.id)
    assert standing(requirement) == []


def known(person: Person, office: Office) -> None:
    """Have a certificate known from elsewhere."""
    db.session.add(
        CertificateBinding(
            region_id=office.region.id, fingerprint=HEAD_PRINT, person_id=person.id, holder=person.name,
            bound_by=person.id, bound_at=now(),
        )
    )  # fmt: skip
    db.session.flush()


def test_whoever_held_the_post_then_or_holds_it_only_now_never_signs(requirement: Requirement, office: Office) -> None:
    person = office.accounts["head_b1"].person
    known(person, office)
    last_year = (now() - dt.timedelta(days=300)).isoformat()
    post = sa.update(PositionAssignment).where(PositionAssignment.person_id == person.id)
    db.session.execute(post.values(valid_from=now().date() - dt.timedelta(days=10)))
    take_effect(delivered(requirement, office, signature(signing_time=last_year)).id)
    assert standing(requirement) == []
    past = {"valid_from": dt.date(2020, 1, 1), "valid_to": now().date() - dt.timedelta(days=10)}
    db.session.execute(post.values(**past))
    take_effect(delivered(requirement, office, signature(signing_time=last_year), chief()).id)
    assert standing(requirement) == []


def test_a_signature_from_after_the_delivery_never_signs(requirement: Requirement, office: Office) -> None:
    known(office.accounts["head_b1"].person, office)
    later = (now() + dt.timedelta(days=2)).isoformat()
    take_effect(delivered(requirement, office, signature(signing_time=later)).id)
    assert standing(requirement) == []


def test_an_administrator_never_signs_by_a_certificate_either(requirement: Requirement, office: Office) -> None:
    person = office.accounts["head_b1"].person
    known(person, office)
    admin = db.session.scalars(
        sa.select(PositionAssignment).where(PositionAssignment.person_id == office.accounts["admin"].person_id)
    ).one()
    assign(
        person, admin.position, kind=AssignmentKind.DEFINITIVE, valid_from=dt.date(2020, 1, 1), confirmed=True,
        actor=CONSOLE,
    )  # fmt: skip
    take_effect(delivered(requirement, office, signature()).id)
    assert standing(requirement) == []
