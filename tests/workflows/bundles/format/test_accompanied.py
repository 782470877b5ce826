"""What travels with a delivery and what is asked after the issue, held against the log by both verifiers."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from workflows.bundles.bag import PayloadFile
from workflows.bundles.verify import canonical, supporting_path, verify

from .conftest import Draft, make_log, story_of

PHOTO = b"\xff\xd8\xff foto"


def accompany(draft: Draft) -> None:
    """Have a photo travel with the delivery."""
    path = supporting_path(draft.path, 1, "image/jpeg")
    photo = {
        "id": "s9", "sha256": hashlib.sha256(PHOTO).hexdigest(), "bytes": len(PHOTO), "original_name": "foto.jpg",
        "path": path, "verdict": "accept", "withheld": False, "disposed": None, "restricted": False,
        "media_type": "image/jpeg",
    }  # fmt: skip
    draft.records["evidence"][0]["supporting"] = [photo]
    draft.extra = [PayloadFile.of_bytes(path, PHOTO)]
    draft.rewrite_log()


def ask_more(draft: Draft) -> None:
    """Have a second cell asked for after the issue."""
    row = {**draft.records["requirements"][0], "id": "r2", "quarter": 2, "state": "drafted", "evidence": []}
    draft.records["requirements"].append(row)
    draft.records["recommendations"][0]["requirements"].append("r2")
    asked = {name: row[name] for name in ("kind", "quarter", "unit", "recommendations")}
    event = {
        "id": "x", "kind": "requirement.asked", "subject": {"type": "requirement", "id": "r2"},
        "actor": {"name": "Evaluator Contoh"}, "details": {"year": draft.records["year"], **asked},
    }  # fmt: skip
    told = draft.records["requirements"].pop()
    bodies = story_of(draft.records)
    draft.records["requirements"].append(told)
    draft.events = make_log([*bodies[:2], canonical(event).decode(), *bodies[2:]], salt=b"asked")


SPOILT: dict[str, Callable[[Draft], object]] = {
    "nothing": lambda d: None,
    "left out": lambda d: (d.records["evidence"][0]["supporting"].clear(), d.extra.clear()),
    "other contents": lambda d: d.records["evidence"][0]["supporting"][0].update(sha256="0" * 64),
    "another name": lambda d: d.records["evidence"][0]["supporting"][0].update(original_name="lain.jpg"),
    "another kind": lambda d: d.records["evidence"][0]["supporting"][0].update(media_type="image/png"),
    "another verdict": lambda d: d.records["evidence"][0]["supporting"][0].update(verdict="warn"),
}


@pytest.mark.parametrize("what", SPOILT)
def test_what_travels_with_a_delivery_is_that_of_the_log(draft: Draft, tmp_path: Path, what: str) -> None:
    accompany(draft)
    SPOILT[what](draft)
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    verdict = verify(path)
    assert verdict.ok is (what == "nothing"), verdict.problems
    assert any("s9" in problem.where for problem in verdict.problems) is (what not in ("nothing", "left out"))


def test_what_is_asked_after_the_issue_belongs_to_the_report(draft: Draft, tmp_path: Path) -> None:
    ask_more(draft)
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    assert verify(path).ok, verify(path).problems
    draft.records["requirements"][1]["quarter"] = 3
    path.write_bytes(draft.build())
    assert [problem.where for problem in verify(path).problems] == ["data/records.json: kebutuhan bukti r2"]
