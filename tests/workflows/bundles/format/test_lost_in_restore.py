"""A log that its keepers restored from a backup: what an auditor holds of the lost range is named, and proves nothing."""

import json

import pytest

from workflows.bundles.verify import Head, Receipt, verify

from .conftest import CHAIN, make_log


def restored(draft, *, seq: int | None = None) -> None:
    """Add the event of a restore to the log, and one after it."""
    told = json.loads(draft.events[-1].line["body"])
    details = {"backup": "b1", "seq": seq or draft.head.seq, "hash": draft.head.hash, "outside": None}
    told |= {"kind": "log.restored", "subject": {"type": "log", "id": None}, "details": details}
    later = {**told, "kind": "thing.done", "details": {}}
    bodies = [event.line["body"] for event in draft.events]
    draft.events = make_log(
        [*bodies, *(json.dumps(one, sort_keys=True, separators=(",", ":")) for one in (told, later))]
    )


@pytest.fixture
def bundle_after(draft, tmp_path):
    before = draft.head
    restored(draft)
    path = tmp_path / "bundel.zip"
    path.write_bytes(draft.build())
    return path, before


def test_a_head_of_the_lost_range_is_neither_proof_nor_fraud(bundle_after) -> None:
    path, before = bundle_after
    for seq in (before.seq + 1, before.seq + 2, before.seq + 50):
        verdict = verify(path, head=Head(CHAIN, seq, "0" * 64))
        assert [problem.code for problem in verdict.problems] == ["lost_in_restore"]
        assert "Hilang karena pemulihan" in str(verdict.problems[0])
        assert ("berjangkar" in verdict.verdicts, verdict.ok) == (False, False)
    verdict = verify(path, receipts=[Receipt("TT-2024-000009", before.seq + 1, "0" * 64)])
    assert "TT-2024-000009".lower() in str(verdict.problems[0]).lower()


def test_what_stands_before_a_restore_is_held_as_strictly_as_ever(bundle_after) -> None:
    path, before = bundle_after
    assert verify(path, head=before).ok
    assert [one.code for one in verify(path, head=Head(CHAIN, before.seq, "0" * 64)).problems] == ["head_differs"]


def test_a_restore_that_does_not_fit_its_place_explains_nothing(draft, tmp_path) -> None:
    before = draft.head
    restored(draft, seq=before.seq - 1)
    path = tmp_path / "bundel.zip"
    path.write_bytes(draft.build())
    verdict = verify(path, head=Head(CHAIN, before.seq + 50, "0" * 64))
    assert [one.code for one in verdict.problems] == ["head_differs"]
