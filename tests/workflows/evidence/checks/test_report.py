"""The report's JSON form: exactly the contract's keys, and nothing that does not hold together comes back in."""

import io
import json

import pytest

from workflows.evidence.checks.failure import Failure, unjudged_report
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import CheckReport, Isolation, ReportFormatError, Verdict

CONTRACT = [
    *("path", "sha256", "bytes", "verdict", "opens", "pages", "encrypted", "active_content"),
    *("signature_verdict", "signatures", "text_layer", "findings", "isolation", "elapsed_ms"),
    *("signatures_judged", "scan", "version", "page_sizes", "attachments", "kind", "scanned_pages", "created"),
    "unfinished",
]


@pytest.fixture
def document(draft) -> dict:
    made = draft()
    made.root.OpenAction = {"/S": "/GoTo"}
    return json.loads(json.dumps(check_file(io.BytesIO(made.bytes()), name="a.pdf").to_json()))


def test_the_keys_are_those_of_the_contract(document) -> None:
    assert list(document) == CONTRACT
    failed = unjudged_report(
        Failure.CRASHED,
        path="a.pdf",
        sha256="0" * 64,
        size=1,
        profile="document",
        isolation=Isolation.FULL,
        elapsed_ms=3,
    )
    assert list(failed.to_json()) == CONTRACT
    assert failed.verdict is Verdict.WARN


def test_a_report_survives_its_json_form(document) -> None:
    assert CheckReport.from_json(document).to_json() == document


def test_a_report_from_before_signatures_were_judged_is_still_read(document) -> None:
    del document["signatures_judged"], document["created"]
    old = {"field", "signer", "issuer", "intact", "coverage", "modified_after", "trusted", "reason"}
    document["signatures"] = [{**dict.fromkeys(old | {"signing_time", "timestamp_time"}), "field": "Kepala"}]
    report = CheckReport.from_json(document)
    assert report.signatures_judged is None
    assert (report.signatures[0].verdict, report.signatures[0].intact) == ("unverifiable", None)


def test_a_report_from_before_the_structure_was_told_is_still_read(document) -> None:
    for key in ("version", "page_sizes", "attachments", "kind", "scanned_pages"):
        del document[key]
    report = CheckReport.from_json(document)
    assert (report.version, report.page_sizes, report.attachments, report.kind) == (None, (), (), None)


FORGED = {
    "a missing key": lambda d: d.pop("opens"),
    "a key too many": lambda d: d.update(extra=1),
    "an unknown word": lambda d: d.update(opens="maybe"),
    "a wrong type": lambda d: d.update(pages="1"),
    "a truth for a number": lambda d: d.update(bytes=True),
    "a negative number": lambda d: d.update(elapsed_ms=-1),
    "a digest that is none": lambda d: d.update(sha256="x" * 64),
    "a verdict its findings do not carry": lambda d: d.update(
        findings=[{"code": "a", "severity": "reject", "message": "b", "page": None}], verdict="accept"
    ),
    "a list too long": lambda d: d.update(active_content=["uri"] * 100_000),
    "a text too long": lambda d: d.update(path="a" * 100_000),
    "a list that is none": lambda d: d.update(findings={}),
    "a signature with a wrong type": lambda d: d.update(signatures=[{"field": 1}]),
    "a kind that is none": lambda d: d.update(kind="STAMPED"),
    "a page that is no number": lambda d: d.update(scanned_pages=["1"]),
    "a size without its pages": lambda d: d.update(page_sizes=[{"width_mm": 1, "height_mm": 2}]),
    "an attachment with a key too many": lambda d: d.update(
        attachments=[{"name": "a", "media_type": None, "bytes": 1, "path": "/etc"}]
    ),
    "a day that is none": lambda d: d.update(created="kemarin"),
    "a judgement without its time": lambda d: d.update(signatures_judged={"validator": "v", "trust_list": None}),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_report_is_refused(document, name: str) -> None:
    FORGED[name](document)
    with pytest.raises(ReportFormatError):
        CheckReport.from_json(document)


@pytest.mark.parametrize("document", [None, [], "report", 3, {}])
def test_what_is_no_report_is_refused(document: object) -> None:
    with pytest.raises(ReportFormatError):
        CheckReport.from_json(document)
