"""Bundles of less than a year: of one report, or of recommendations; and of whose years a log tells."""

import dataclasses
import io
import json
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.workers.tasks.site import Site, pdf
from tests.workers.tasks.test_bundle import YEAR, assert_proven, build, bundle_of, opened
from workflows.bundles import operations
from workflows.bundles.choices import choose, choose_by_number, opens_too_much, reports_numbered
from workflows.bundles.operations import order
from workflows.bundles.queries import get_bundle
from workflows.bundles.restricted import OTHER_YEARS, require_allowed, why_not
from workflows.bundles.verify import verify
from workflows.core.actors import Actor, Channel
from workflows.core.db import db
from workflows.core.errors import ConflictError, InvalidInputError, NotFoundError
from workflows.plans.models import Requirement
from workflows.plans.operations import issue, write_plan
from workflows.recommendations.models import EvaluationReport, OfficialStatus, Recommendation
from workflows.verification import decisions as verification


def recommendation(number: str) -> Recommendation:
    return db.session.scalars(sa.select(Recommendation).where(Recommendation.number == number)).one()


def decide(site: Site, *numbers: str, letter: str) -> str:
    proposed = verification.propose(
        [recommendation(number) for number in numbers],
        official_status=OfficialStatus.PARTIAL,
        reason=f"Sebagian: {letter}.",
        actor=site.office.actor("evaluator"),
    )
    db.session.commit()
    verification.decide([proposed], letter=site.letter(letter), actor=site.office.actor("inspector"))
    db.session.commit()
    return str(proposed.id)


def other_plan(site: Site, year: int) -> dict[str, Any]:
    return {
        "agency_name": site.office.agency.name, "year": year, "report_number": "LHE-2", "report_date": None,
        "recommendations": [
            {"number": "Z-1", "component": "A", "criterion": None, "finding": None, "text": "Tahun lain",
             "action": None, "requirements": [], "shares_with": []}
        ],
    }  # fmt: skip


def lived(site: Site) -> dict[str, str]:
    """A year in which both the shared grid (A-1, B-1) and the report of C-1 were worked on; and another year."""
    grid = site.deliver(pdf("grid"), sign=True)
    site.work_off()
    other = decide(site, "C-1", letter="700/C")
    both = decide(site, "A-1", "C-1", letter="700/AC")
    agency, evaluator = site.office.agency, site.office.actor("evaluator")
    later = write_plan(other_plan(site, YEAR + 1), agency=agency, year=YEAR + 1, actor=evaluator).report
    db.session.flush()
    issue(later, actor=site.office.actor("inspector"))
    db.session.commit()
    return {"grid": str(grid), "other": other, "both": both, "later": str(later.id)}


def shown(log: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Kinds of the open lines, by what they are about."""
    told: dict[str, set[str]] = {}
    for line in log:
        if line["body"] is not None:
            body = json.loads(line["body"])
            told.setdefault(str(body["subject"]["id"]), set()).add(body["kind"])
    return told


def narrow(actor: Actor, *years: int) -> Actor:
    return dataclasses.replace(
        actor, posts=tuple(dataclasses.replace(post, years=frozenset(years)) for post in actor.posts)
    )


def test_of_chosen_recommendations_only_their_papers_are_there_and_it_is_proven(site: Site, tmp_path: Path) -> None:
    told = lived(site)
    who = site.office.actor("inspector")
    choice = choose(who, recommendation_ids=[recommendation("A-1").id])
    assert choice is not None
    bundle = order(choice.agency, year=choice.report.year, reason="Uji petik", actor=who, choice=choice)
    db.session.commit()
    content = build(site, bundle.id)
    assert_proven(content, tmp_path)
    records, log, _ = opened(content)
    assert [row["number"] for row in records["recommendations"]] == ["A-1"]
    assert records["scope"] == {"report": None, "recommendations": ["A-1"]}
    assert {tuple(row["recommendations"]) for row in records["requirements"]} == {("A-1", "B-1")}
    assert [row["id"] for row in records["evidence"]] == [told["grid"]]
    assert [row["id"] for row in records["decisions"]] == [told["both"]]
    lines = shown(log)
    c1 = db.session.scalars(
        sa.select(Requirement.id).where(Requirement.recommendations.any(Recommendation.number == "C-1"))
    ).all()
    assert not {told["other"], told["later"], str(recommendation("C-1").id), *map(str, c1)} & lines.keys()
    assert {told["grid"], told["both"], str(bundle.id)} <= lines.keys()
    assert "Sebagian: 700/C." not in json.dumps(log)
    assert build(site, bundle.id) == content

    path = tmp_path / "bundel.zip"
    path.write_bytes(content)
    verdict = verify(path)
    assert any("mata rantai" in note for note in verdict.notes)
    seal = json.loads(_member(content, "seal.json"))
    assert seal["scope"] == {
        "region": "uji", "agency": "dpk", "year": YEAR, "report": None, "recommendations": ["A-1"],
    }  # fmt: skip
    assert "Hanya rekomendasi" in _member(content, "data/index.html").decode()


def _member(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = next(one for one in archive.namelist() if one.endswith("/" + name))
        return archive.read(found)


def test_of_a_report_all_of_it_and_nothing_of_other_years(site: Site, tmp_path: Path) -> None:
    told = lived(site)
    who = site.office.actor("evaluator")
    report = db.session.scalars(sa.select(EvaluationReport).where(EvaluationReport.year == YEAR)).one()
    choice = choose(who, report_id=report.id)
    bundle = order(site.office.agency, year=YEAR, reason="Satu LHE", actor=who, choice=choice)
    db.session.commit()
    content = build(site, bundle.id)
    assert_proven(content, tmp_path)
    records, log, _ = opened(content)
    assert len(records["recommendations"]) == 4
    assert {row["id"] for row in records["decisions"]} == {told["other"], told["both"]}
    assert told["later"] not in shown(log)
    assert "Z-1" not in json.dumps([line["body"] for line in log])


def test_whose_engagement_names_years_gets_no_log_of_others(site: Site, tmp_path: Path) -> None:
    told = lived(site)
    inspector, auditor = site.office.actor("inspector"), narrow(site.office.actor("auditor"), YEAR)
    wide = order(site.office.agency, year=YEAR, reason="Semua", actor=inspector)
    own = order(site.office.agency, year=YEAR, reason="Audit", actor=auditor)
    db.session.commit()
    assert told["later"] in shown(opened(build(site, wide.id))[1])
    content = build(site, own.id)
    assert_proven(content, tmp_path)
    assert told["later"] not in shown(opened(content)[1])
    site.work_off()
    found = get_bundle(wide.id, auditor)
    assert (why_not(found, auditor), why_not(found, inspector)) == (OTHER_YEARS, None)
    with pytest.raises(ConflictError, match="tahun lain"):
        require_allowed(found, auditor)
    assert [why_not(bundle_of(site, own.id), one) for one in (auditor, inspector)] == [None, None]
    assert opens_too_much(found, auditor)
    with pytest.raises(NotFoundError):
        get_bundle(wide.id, narrow(auditor, YEAR + 1))


def test_what_may_not_be_seen_is_not_chosen(site: Site) -> None:
    lived(site)
    auditor, stranger = narrow(site.office.actor("auditor"), YEAR), site.office.actor("other_head")
    other_year, one = recommendation("Z-1").id, recommendation("A-1").id
    console = Actor(name="operator", channel=Channel.COMMAND)
    for actor, ids in ((auditor, [other_year]), (stranger, [one]), (auditor, [one, uuid.uuid4()])):
        with pytest.raises(NotFoundError):
            choose(actor, recommendation_ids=ids)
    with pytest.raises(InvalidInputError):
        choose(site.office.actor("inspector"), recommendation_ids=[one, other_year])
    report = db.session.scalars(sa.select(EvaluationReport).where(EvaluationReport.year == YEAR)).one()
    with pytest.raises(InvalidInputError):
        choose(console, report_id=report.id, recommendation_ids=[other_year])
    choice = choose(console, report_id=report.id)
    with pytest.raises(InvalidInputError):
        operations.order(site.office.agency, year=YEAR + 1, reason="x", actor=console, choice=choice)
    assert choose(console) is None
    assert [row.year for row in reports_numbered(console, "LHE-2")] == [YEAR + 1]
    picked = choose_by_number(auditor, site.office.agency, YEAR, [" b-1", "a-1"])
    assert [row.number for row in picked.recommendations] == ["A-1", "B-1"]
    with pytest.raises(InvalidInputError):
        choose_by_number(auditor, site.office.agency, YEAR, ["Q-9"])
    with pytest.raises(InvalidInputError):
        choose_by_number(auditor, site.office.agency, YEAR + 1, [])


def test_a_draft_is_not_chosen_even_by_those_who_see_it(site: Site) -> None:
    evaluator = site.office.actor("evaluator")
    draft = write_plan(other_plan(site, 2029), agency=site.office.agency, year=2029, actor=evaluator).report
    db.session.commit()
    with pytest.raises(NotFoundError):
        choose(evaluator, report_id=draft.id)
