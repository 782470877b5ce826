"""Every file of the corpus through the real checker, and how often the report says what the manifest says."""

from collections import defaultdict
from pathlib import Path

import pytest

from workflows.evidence.checks.report import CheckReport, SignatureVerdict, Verdict
from workflows.evidence.inspection import Inspector

NOT_JUDGED = {"", "na", "disputed"}
JUDGED_COLUMNS = ("opens", "pages", "encrypted", "active_content")
SIGNATURE_COLUMNS = ("signature_verdict", "modified_after_signing")
SHOWN_COLUMNS = (*JUDGED_COLUMNS, *SIGNATURE_COLUMNS, "n_signatures", "text_layer")
CHANGES = ("no", "permitted", "unknown", "suspicious")

DISAGREEMENTS = {
    ("opens", "pdf.js__bomb_giant.pdf"): "its structure is whole; only its picture cannot be decoded",
    ("n_signatures", "openpdf__pades_infinite_loop.pdf"): "a signed field with a value is there",
    ("signature_verdict", "openpdf__pades_infinite_loop.pdf"): "its signature is there and cannot be read",
    ("signature_verdict", "dss__hide.pdf"): "the signed part itself is damaged, so nothing can be compared with it",
    ("signature_verdict", "dss__siwa.pdf"): "the bytes outside the wrapped part are proven, the rest is not: changed",
    ("signature_verdict", "dss__pades-ltv.pdf"): "a later revision replaced a stream; the manifest allows this as well",
}
"""Where the manifest is contradicted, and why. Text is not listed: the manifest also counts text in the appearances
of annotations, and reads locked files with their passwords."""


@pytest.fixture(scope="module")
def reports(corpus, inspector: Inspector) -> dict[str, tuple[dict[str, str], CheckReport]]:
    found = {}
    for row in corpus.rows:
        with corpus.path(row).open("rb") as file:
            found[row["path"]] = (row, inspector.check(file, name=row["path"]))
    return found


def changed(report: CheckReport) -> str:
    """The worst change of the file; bytes that are no longer those that were signed are a change as well."""
    if not report.signatures:
        return "na"
    broken = ["suspicious" for entry in report.signatures if entry.intact is False]
    return max([*broken, *(entry.modified_after or "unknown" for entry in report.signatures)], key=CHANGES.index)


def answers(report: CheckReport) -> dict[str, str]:
    return {
        "signature_verdict": report.signature_verdict,
        "modified_after_signing": changed(report),
        "opens": report.opens,
        "pages": str(report.pages),
        "encrypted": report.encrypted,
        "active_content": "|".join(sorted(report.active_content)) or "none",
        "n_signatures": str(len(report.signatures)),
        "text_layer": report.text_layer,
    }


def test_reports_agree_with_the_manifest_in_97_of_100_judged_rows(reports, record_property) -> None:
    judged: dict[str, int] = defaultdict(int)
    against: dict[str, list[str]] = defaultdict(list)
    for path, (row, report) in reports.items():
        for column, answer in answers(report).items():
            if row[column] in NOT_JUDGED:
                continue
            judged[column] += 1
            if answer != row[column]:
                reason = DISAGREEMENTS.get((column, Path(path).name), "")
                against[column].append(f"{Path(path).name}: manifest {row[column]}, report {answer} {reason}")
    table = [f"{'column':16} judged   agree"]
    table += [
        f"{column:16} {judged[column]:6}  {1 - len(against[column]) / judged[column]:6.1%}" for column in SHOWN_COLUMNS
    ]
    table += [f"  {column}: {line}" for column in SHOWN_COLUMNS[:-1] for line in against[column]]
    record_property("table", "\n".join(table))
    for column in JUDGED_COLUMNS:
        assert len(against[column]) <= 0.03 * judged[column], against[column]


def test_every_disagreement_has_its_reason(reports) -> None:
    unexplained = [
        (column, Path(path).name)
        for path, (row, report) in reports.items()
        for column, answer in answers(report).items()
        if column != "text_layer" and row[column] not in NOT_JUDGED and answer != row[column]
    ]
    assert set(unexplained) == set(DISAGREEMENTS)


def test_no_valid_or_intact_file_is_rejected(reports) -> None:
    rejected = [
        path
        for path, (row, report) in reports.items()
        if report.verdict is Verdict.REJECT
        and (path.startswith(("valid/", "signed-valid-structure/")) or row["signature_verdict"] == "intact")
    ]
    assert rejected == []


def test_every_valid_file_without_a_signature_is_accepted(reports) -> None:
    held_up = {
        path: [finding.code for finding in report.findings]
        for path, (_, report) in reports.items()
        if path.startswith("valid/") and report.verdict is not Verdict.ACCEPT
    }
    assert held_up == {}


def test_verdicts_on_signatures_agree_with_the_manifest_in_95_of_100_judged_rows(reports) -> None:
    for column in SIGNATURE_COLUMNS:
        judged = {
            path: (row[column], answers(report)[column])
            for path, (row, report) in reports.items()
            if row[column] not in NOT_JUDGED
        }
        against = {path: pair for path, pair in judged.items() if pair[0] != pair[1]}
        assert len(against) <= 0.05 * len(judged), against


def test_no_tampered_file_is_accepted_or_called_intact(reports) -> None:
    for path, (_, report) in reports.items():
        if path.startswith("signed-"):
            assert report.signatures, path
        if path.startswith("signed-tampered/"):
            assert report.verdict is not Verdict.ACCEPT, path
            assert report.signature_verdict not in (SignatureVerdict.NONE, SignatureVerdict.INTACT), path


def test_only_broken_bytes_are_called_invalid(reports) -> None:
    invalid = {path for path, (_, report) in reports.items() if report.signature_verdict is SignatureVerdict.INVALID}
    rejected = {path for path in invalid if reports[path][1].verdict is Verdict.REJECT}
    assert invalid == rejected == {path for path, (row, _) in reports.items() if row["signature_verdict"] == "invalid"}


def test_who_signed_and_when_comes_from_the_signature(reports) -> None:
    found = next(report for path, (_, report) in reports.items() if "Perba_4" in path)
    assert [entry.issuer for entry in found.signatures] == [*["OSD LU Kelas 2"] * 3, "BSRE CA DS G1"]
    assert all(entry.signer and entry.signing_time and entry.timestamp_time for entry in found.signatures)
    assert {entry.trusted for entry in found.signatures} == {None}
    assert found.signatures_judged is not None
    assert found.signatures_judged.validator.startswith("pyHanko ")


def test_what_cannot_be_evidence_is_rejected(reports) -> None:
    for path, (row, report) in reports.items():
        if path.startswith("not-pdf/") or row["opens"] in ("no", "password"):
            assert report.verdict is Verdict.REJECT, path
