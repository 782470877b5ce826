"""The values that a reader hands on: what a Rencana Aksi says, and what is odd about it.

`PlanDocument.to_json` is the document of `tuntas import --dry-run --json`: unknown values are null, keys are
always there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from workflows.core.sentences import phrase

WHOLE_FILE = phrase("dokumen")
"""Where a warning belongs that concerns no single place."""


class Component(StrEnum):
    """The four components of the evaluation worksheet (PermenPANRB 88/2021), lettered as on paper."""

    PLANNING = "A"
    MEASUREMENT = "B"
    REPORTING = "C"
    EVALUATION = "D"


class RequirementKind(StrEnum):
    """What kind of proof a recommendation asks for; an outcome is proven by no file at all."""

    QUARTERLY_MONITORING = "quarterly_monitoring"
    PERFORMANCE_REPORT = "performance_report"
    DOCUMENT = "document"
    OUTCOME = "outcome"


class Signer(StrEnum):
    """A position that signs or acknowledges, by its role in the agency."""

    UNIT_HEAD = "unit_head"
    AGENCY_HEAD = "agency_head"


class Expectation(StrEnum):
    """What a performance report has to show (PermenPANRB 53/2014, chapter III.A)."""

    ANNUAL_TARGET = "annual_target"
    PREVIOUS_YEARS = "previous_years"
    MEDIUM_TERM_TARGET = "medium_term_target"
    NATIONAL_COMPARISON = "national_comparison"
    OBSTACLES = "obstacles"
    EFFICIENCY = "efficiency"


class WarningCode(StrEnum):
    """Stable names of what a person should look at before confirming the import."""

    ACTION_COUNT_DIFFERS = "action_count_differs"
    ACTION_INCOMPLETE = "action_incomplete"
    ACTION_MISSING = "action_missing"
    ACTION_WITHOUT_RECOMMENDATION = "action_without_recommendation"
    ACTION_REPEATS_RECOMMENDATION = "action_repeats_recommendation"
    AGENCY_MISSING = "agency_missing"
    COMPONENT_GUESSED = "component_guessed"
    COMPONENT_UNKNOWN = "component_unknown"
    DUE_BEFORE_REPORT = "due_before_report"
    DUE_DATE_MISSING = "due_date_missing"
    ENCODING_GUESSED = "encoding_guessed"
    FINDING_MISSING = "finding_missing"
    FINDING_UNANSWERED = "finding_unanswered"
    FORMULA = "formula"
    NIP_DOUBTFUL = "nip_doubtful"
    OWNER_IS_AGENCY = "owner_is_agency"
    OWNER_MISSING = "owner_missing"
    PHONE_DROPPED = "phone_dropped"
    PLAN_SIGNER_DIFFERS = "plan_signer_differs"
    QUARTERS_MISSING = "quarters_missing"
    REPORT_DATE_MISSING = "report_date_missing"
    REPORT_NUMBER_MISSING = "report_number_missing"
    SIGNATURE_MISSING = "signature_missing"
    UNITS_MISSING = "units_missing"
    YEAR_AMBIGUOUS = "year_ambiguous"
    YEAR_DIFFERS = "year_differs"
    YEAR_MISSING = "year_missing"


class Paper(StrEnum):
    """What a paper is: the Inspektorat's report (LHE), or the agency's answer to it (Rencana Aksi)."""

    REPORT = "report"
    PLAN = "plan"


@dataclass(frozen=True, kw_only=True)
class PlanWarning:
    """One oddity, with the place where a person finds it in the file."""

    where: str
    code: WarningCode
    message: str

    def to_json(self) -> dict[str, Any]:
        return {"where": self.where, "code": self.code.value, "message": self.message}


@dataclass(frozen=True, kw_only=True)
class Action:
    """What the agency promises to do about one recommendation."""

    text: str | None = None
    due_on: date | None = None
    owner: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "due_on": _iso(self.due_on), "owner": self.owner}


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """A proof to be delivered, as proposed to the person who confirms the import."""

    kind: RequirementKind
    quarters: tuple[int, ...] = ()
    per_unit: bool = False
    signed_by: Signer | None = None
    acknowledged_by: Signer | None = None
    due_on: date | None = None
    expects: tuple[Expectation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "quarters": list(self.quarters),
            "per_unit": self.per_unit,
            "signed_by": self.signed_by and self.signed_by.value,
            "acknowledged_by": self.acknowledged_by and self.acknowledged_by.value,
            "due_on": _iso(self.due_on),
            "expects": [expectation.value for expectation in self.expects],
        }


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """What the Inspektorat asks, with the weakness behind it and the answer of the agency.

    `number` ("C-2") is unique in the document, and begins with X where the component is not known; `criterion` is a
    code of the worksheet ("3.b.6") or None when unsure; `shares_with` are the numbers that the very same requirements
    serve.
    """

    number: str
    component: Component | None
    criterion: str | None
    finding: str | None
    text: str
    action: Action
    requirements: tuple[Requirement, ...]
    shares_with: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "component": self.component and self.component.value,
            "criterion": self.criterion,
            "finding": self.finding,
            "text": self.text,
            "action": self.action.to_json(),
            "requirements": [requirement.to_json() for requirement in self.requirements],
            "shares_with": list(self.shares_with),
        }


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What the evaluation says of one component, in the paper's own words: praise and weaknesses alike."""

    component: Component
    text: str

    def to_json(self) -> dict[str, Any]:
        return {"component": self.component.value, "text": self.text}


@dataclass(frozen=True, kw_only=True)
class SignatureBlock:
    """The printed block under the plan: post over one or more lines, name with titles, rank, grade, NIP.

    `rank_grade` is written "IV/c" whatever the paper says; `nip` has exactly 18 digits or is None.
    """

    title_lines: tuple[str, ...] = ()
    name: str | None = None
    rank_name: str | None = None
    rank_grade: str | None = None
    nip: str | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "title_lines": list(self.title_lines),
            "name": self.name,
            "rank_name": self.rank_name,
            "rank_grade": self.rank_grade,
            "nip": self.nip,
        }


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What a report says the evaluation came to, as decimals with a point; None where it says nothing."""

    total: str | None = None
    grade: str | None = None
    components: Mapping[Component, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class PlanDocument:
    """A whole paper. `year` is the year of its title, the follow-up year.

    `places` tells for each recommendation where in the file it stands, and `cells` what stands there and where a
    warning points to: for the person who compares, and no part of the document.
    """

    paper: Paper
    agency_name: str | None
    year: int | None
    report_number: str | None
    report_date: date | None
    evaluations: tuple[Evaluation, ...]
    recommendations: tuple[Recommendation, ...]
    signature: SignatureBlock
    warnings: tuple[PlanWarning, ...]
    scores: Scores = field(default_factory=Scores)
    places: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return plain dictionaries and lists, ready for `json.dumps`."""
        return {
            "agency_name": self.agency_name,
            "year": self.year,
            "report_number": self.report_number,
            "report_date": _iso(self.report_date),
            "evaluations": [evaluation.to_json() for evaluation in self.evaluations],
            "recommendations": [recommendation.to_json() for recommendation in self.recommendations],
            "signature": self.signature.to_json(),
            "warnings": [warning.to_json() for warning in self.warnings],
        }

    def beside(self) -> dict[str, Any]:
        """Return what a person sees beside the document when comparing it with the paper."""
        return {
            "paper": self.paper.value,
            "score": self.scores.total,
            "grade": self.scores.grade,
            "component_scores": {component.value: score for component, score in self.scores.components.items()},
            "places": dict(self.places),
            "cells": dict(self.cells),
        }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
