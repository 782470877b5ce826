"""What is fixed in the log beside who did what: times, names of files, what was asked of whom, reports of checks."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from workflows.bundles import choices
from workflows.bundles import verify as verifier
from workflows.bundles.bag import PayloadFile
from workflows.bundles.verify import paper_path, verify

from .conftest import Draft, set_times

REPORT = "data/reports/e1.json"
DECLINED = {"as": "declined", "by": "Orang Lain", "at": "2024-11-05T08:32:59.000000Z", "reason": "Lain"}
Forge = Callable[[Draft], object]


def rename(draft: Draft) -> None:
    draft.path = draft.records["evidence"][0]["path"] = "data/evidence/A-1/TW2/Bidang-X_rev2_ab12cd.pdf"


def as_sample(draft: Draft) -> None:
    """The log says that the paper was read; the record says that it stands with others."""
    draft.records["sign_offs"][0]["method"] = "sample"


def leave_out_report(draft: Draft) -> None:
    draft.payload = [file for file in draft.files() if file.path != REPORT]


FORGED: dict[str, tuple[Forge, str]] = {
    "time of a delivery": (lambda d: d.records["evidence"][0].update(received_at="2024-11-05T08:32:59.000000Z"), "bukti e1"),
    "original name": (lambda d: d.records["evidence"][0].update(original_name="lain.pdf"), "bukti e1"),
    "name of a file": (rename, "bukti e1"),
    "method of a verification": (as_sample, "pengesahan s1"),
    "time of a sign-off": (lambda d: d.records["sign_offs"][0].update(at="2024-11-05T08:32:59.000000Z"), "pengesahan s1"),
    "end of a sign-off": (lambda d: d.records["sign_offs"][0].update(voided_at=d.records["ordered"]["at"]), "pengesahan s1"),
    "unit": (lambda d: d.records["requirements"][0]["unit"].update(name="Bidang Y"), "kebutuhan bukti r1"),
    "quarter": (lambda d: d.records["requirements"][0].update(quarter=2), "kebutuhan bukti r1"),
    "recommendations served": (lambda d: d.records["requirements"][0].update(recommendations=["A-2"]), "kebutuhan bukti r1"),
    "kind": (lambda d: d.records["requirements"][0].update(kind="document"), "kebutuhan bukti r1"),
    "reason of a decision": (lambda d: d.records["decisions"][0].update(reason="Lain"), "keputusan d1"),
    "who ordered": (lambda d: d.records["ordered"].update(by="Orang Lain"), ""),
    "what for": (lambda d: d.records["ordered"].update(reason="Lain"), ""),
    "a decision without its letter": (lambda d: d.records["decisions"][0].update(letter=None), "keputusan d1"),
    "another letter": (lambda d: d.records["decisions"][0].update(letter="e1"), "keputusan d1"),
    "another valid reason": (lambda d: d.records["decisions"][0].update(valid_reason="in_court"), "keputusan d1"),
    "what it reopens": (lambda d: d.records["decisions"][0].update(reopens=["r1"]), "keputusan d1"),
    "a decision that was declined": (lambda d: d.records["decisions"][0].update(closed=DECLINED), "keputusan d1"),
    "number of a letter": (lambda d: d.records["official_papers"][0].update(number="700/13/2024"), "surat p1"),
    "date of a letter": (lambda d: d.records["official_papers"][0].update(dated_on="2024-10-02"), "surat p1"),
    "kind of a letter": (lambda d: d.records["official_papers"][0].update(kind="ground"), "surat p1"),
    "who filed a letter": (lambda d: d.records["official_papers"][0].update(received_by="Orang Lain"), "bukti p1"),
    "another report": (lambda d: d.reports.update({REPORT: b'{"verdict":"accept","findings":[]}\n'}), REPORT),
    "no report": (leave_out_report, REPORT),
}  # fmt: skip


@pytest.mark.parametrize("what", FORGED)
def test_what_the_log_does_not_tell_is_named(draft: Draft, tmp_path: Path, what: str) -> None:
    forge, where = FORGED[what]
    set_times(draft.records, draft.events)
    draft.keeps_times = True
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    assert verify(path).ok
    forge(draft)
    path.write_bytes(draft.build())
    place = where if where.startswith("data/") else ": ".join(filter(None, ["data/records.json", where]))
    assert {(one.code, one.where) for one in verify(path).problems} == {("records_log", place)}


@pytest.mark.parametrize("told", [True, False])
def test_a_decision_needs_its_letter_in_the_bundle(draft: Draft, tmp_path: Path, told: bool) -> None:
    """Left out of the records with its file, and then out of the whole log, too."""
    draft.records["official_papers"].clear()
    if not told:
        draft.records["decisions"][0]["letter"] = None
        draft.rewrite_log()
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    found = {(one.code, one.where) for one in verify(path).problems}
    assert found == {("records_log", f"data/records.json: {'surat p1' if told else 'keputusan d1'}")}


def test_another_file_in_the_place_of_a_letter_is_named(draft: Draft, tmp_path: Path) -> None:
    """Its digest agrees with the record and the manifests, but not with what the decision named."""
    other = b"%PDF-1.7\nsurat lain\n%%EOF\n"
    row = draft.records["official_papers"][0]
    row.update(sha256=hashlib.sha256(other).hexdigest(), bytes=len(other))
    row["path"] = paper_path(row["sha256"])
    draft.payload = [file for file in draft.files() if file.path != row["path"]]
    draft.payload.append(PayloadFile.of_bytes(row["path"], other))
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    assert {(one.code, one.where) for one in verify(path).problems} == {("records_log", "data/records.json: surat p1")}


def test_a_report_that_no_event_tells_of_is_refused(draft: Draft, tmp_path: Path) -> None:
    draft.records["evidence"][0]["verdict"] = None
    draft.rewrite_log()
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    assert verify(path).ok
    draft.reports = {REPORT: b"{}\n"}
    path.write_bytes(draft.build())
    assert [(one.code, one.where) for one in verify(path).problems] == [("records_log", REPORT)]


def test_writer_and_verifiers_mean_the_same_papers() -> None:
    """What a writer may withhold and a verifier excuses is one list, in three places; the trigger knows their years."""
    assert {*choices.PAPERS} - {"bundle", "paper"} == {*verifier.PAPERS} - {"issued"}
    page = Path(verifier.__file__).with_name("periksa.html").read_text("utf-8")
    assert f"const PAPERS = {json.dumps(list(verifier.PAPERS))};" in page
    walls = Path(verifier.__file__).parents[1] / "migrations/versions/walls.sql"
    assert set(re.findall(r"WHEN '([a-z]+)' THEN \(", walls.read_text("utf-8"))) == {*choices.PAPERS}
