"""What refuses a file, and which profile a delivery is checked with."""

from workflows.evidence.checks.policy import BEYOND_REVIEW, DOCUMENT, POLICIES, PROFILES_BY_KIND, profile_for
from workflows.evidence.checks.report import Severity
from workflows.plans.models import RequirementKind


def test_only_what_can_never_serve_or_was_tampered_with_refuses() -> None:
    refusing = {code for code, severity in DOCUMENT.items() if severity is Severity.REJECT}
    no_document, harmful = (
        {"empty", "not_a_pdf", "does_not_open", "no_pages", "password"},
        {"malware", "supporting_malware", "launch_program"},
    )
    assert refusing == no_document | harmful | {"signature_broken"}


def test_the_strict_profile_only_adds_scripts_and_starts() -> None:
    strict = POLICIES["strict"].severities
    heavier = {code for code, severity in strict.items() if severity is not DOCUMENT[code]}
    assert heavier == {"javascript", "launch_document", "open_action"}
    assert {strict[code] for code in heavier} == {Severity.REJECT}


def test_what_was_not_scanned_is_told_and_held_against_nobody() -> None:
    assert DOCUMENT["not_scanned"] is Severity.INFO


def test_what_is_beyond_review_refuses_in_every_profile() -> None:
    for profile in POLICIES.values():
        assert {profile.severity(code) for code in BEYOND_REVIEW} == {Severity.REJECT}


def test_every_kind_of_requirement_that_takes_a_file_has_a_profile() -> None:
    assert set(PROFILES_BY_KIND) == set(RequirementKind) - {RequirementKind.OUTCOME}
    assert set(PROFILES_BY_KIND.values()) <= set(POLICIES)


def test_a_delivery_for_several_kinds_is_checked_with_the_strictest_of_their_profiles(monkeypatch) -> None:
    monkeypatch.setattr(
        "workflows.evidence.checks.policy.PROFILES_BY_KIND", {"document": "strict", "performance_report": "document"}
    )
    assert profile_for(["performance_report"]) == "document"
    assert profile_for(["performance_report", "document"]) == "strict"
    assert profile_for([]) == profile_for(["unheard of"]) == "document"
