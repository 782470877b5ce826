"""What is fixed in the log beside who did what: times, names of files, what was asked of whom, reports of checks."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from workflows.bundles import choices
from workflows.bundles import verify as verifier
from workflows.bundles.verify import verify

from .conftest import Draft, set_times

REPORT = "data/reports/e1.json"
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
    "pages": (lambda d: d.records["evidence"][0].update(page_from=1, page_to=2), "bukti e1"),
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
    assert {*choices.PAPERS} - {*choices.ORDERS} == {*verifier.PAPERS} - {"issued"}
    page = Path(verifier.__file__).with_name("periksa.html").read_text("utf-8")
    assert f"const PAPERS = {json.dumps(list(verifier.PAPERS))};" in page
    walls = Path(verifier.__file__).parents[1] / "migrations/versions/walls.sql"
    assert set(re.findall(r"WHEN '([a-z]+)' THEN \(", walls.read_text("utf-8"))) == {*choices.PAPERS}
