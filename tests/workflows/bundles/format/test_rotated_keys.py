"""A bundle sealed by a later key, judged by somebody who knows an earlier one; and what the log tells of reviews and ends."""

import hashlib
import json

import pytest

from workflows.bundles.rotation import sign_rotation
from workflows.bundles.verify import canonical, verify

from .conftest import make_log, story_of


def codes(verdict) -> set[str]:
    return {problem.code for problem in verdict.problems}


@pytest.fixture
def rotation(draft, seal_key, other_key) -> bytes:
    """The genuine document; the bundle is sealed with the next key."""
    draft.key = other_key
    return sign_rotation(old=seal_key, new=other_key, installation="contoh", at=draft.ordered_at)


def built(draft, path):
    path.write_bytes(draft.build())
    return path


def test_a_rotation_in_the_bundle_leads_from_the_known_key_to_its_own(draft, rotation, seal_key, tmp_path):
    draft.tag_files["rotations.jsonl"] = rotation
    verdict = verify(built(draft, tmp_path / "b.zip"), key=seal_key.fingerprint)
    assert verdict.ok
    assert any("1 kali diganti" in note for note in verdict.notes)


def test_a_rotation_may_be_passed_and_without_one_the_key_is_another(draft, rotation, seal_key, tmp_path):
    path = built(draft, tmp_path / "b.zip")
    (tmp_path / "rotasi").write_bytes(rotation)
    assert codes(verify(path, key=seal_key.fingerprint)) == {"key_differs"}
    assert verify(path, key=seal_key.fingerprint, rotations=[tmp_path / "rotasi"]).ok


@pytest.mark.parametrize("lie", ["signature", "next", "installation", "form"])
def test_a_false_rotation_is_refused(draft, rotation, seal_key, other_key, tmp_path, lie):
    document = json.loads(rotation)
    if lie == "signature":
        document["at"] = "2024-01-01T00:00:00.000000Z"
    elif lie == "next":  # the forger's own key signs that it follows the known one
        document = json.loads(sign_rotation(old=other_key, new=seal_key, installation="contoh", at=draft.ordered_at))
        document["fingerprint"], document["next_fingerprint"] = document["next_fingerprint"], document["fingerprint"]
    elif lie == "installation":
        document = json.loads(sign_rotation(old=seal_key, new=other_key, installation="lain", at=draft.ordered_at))
    else:
        document["more"] = 1
    draft.tag_files["rotations.jsonl"] = canonical(document) + b"\n"
    found = codes(verify(built(draft, tmp_path / "b.zip"), key=seal_key.fingerprint))
    assert found == ({"key_differs"} if lie == "installation" else {"rotation", "key_differs"})


def event(kind: str, subject: str, who: str, /, **details) -> str:
    told = {"id": "x", "kind": kind, "subject": {"type": kind.split(".")[0], "id": subject}, "details": details}
    return canonical({**told, "actor": {"name": who}}).decode()


REVIEW = {
    **{"id": "v1", "requirement": "r1", "evidence": "e1", "sha256": "0" * 64, "text": "Mohon ditinjau."},
    **{"asked_by": "Operator Contoh", "asked_at": "2024-04-05T03:00:00.000000Z", "outcome": "declined"},
    **{"reason": "Tidak terbaca.", "person": "Evaluator Contoh", "position": "Evaluator", "at": None},
}
MESSAGES = [
    {"id": f"m{number}", "requirement": "r1", "person": who, "position": "Operator", "text": text, "at": None}
    for number, who, text in ((1, "Operator Contoh", "Cukup satu berkas?"), (2, "Evaluator Contoh", "Cukup."))
]
TOMBSTONE = {"number": "BAP-1", "kind": "term_over", "letter": "12/2024", "reason": "Habis masa simpan."}


def ended(draft) -> None:
    """The delivery was looked at again, and its bytes were erased later; log and records tell both."""
    row = draft.records["evidence"][0]
    row |= {"withheld": True, "path": None, "disposed": {**TOMBSTONE, "at": "2024-11-05T08:40:00.000000Z"}}
    draft.records["reviews"] = [dict(REVIEW)]
    draft.records["messages"] = [dict(row) for row in MESSAGES]
    *story, last = story_of(draft.records)
    said = [
        event(
            "requirement.message_sent", "r1", row["person"], message=row["id"], post=row["position"],
            text_sha256=hashlib.sha256(row["text"].encode()).hexdigest(),
        )
        for row in MESSAGES
    ]  # fmt: skip
    asked = event(
        "requirement.review_asked", "r1", "Operator Contoh", review="v1", evidence="e1", reason=REVIEW["text"]
    )
    answer = {"review": "v1", "evidence": "e1", "reason": REVIEW["reason"], "post": "Evaluator"}
    answered = event("requirement.review_declined", "r1", "Evaluator Contoh", **answer)
    draft.events = make_log(
        [*story, *said, asked, answered, event("evidence.disposed", "e1", "operator", **TOMBSTONE), last]
    )
    draft.payload = [file for file in draft.files() if file.path != draft.path]


ENDED = [
    (lambda r: None, None),
    (lambda r: r["reviews"].clear(), "permintaan ditinjau v1"),
    (lambda r: r["reviews"][0].update(outcome="accepted"), "permintaan ditinjau v1"),
    (lambda r: r["reviews"][0].update(person="Orang Lain"), "permintaan ditinjau v1"),
    (lambda r: r["reviews"].append({**r["reviews"][0], "id": "v2"}), "permintaan ditinjau v2"),
    (lambda r: r["messages"].clear(), "percakapan "),
    (lambda r: r["messages"].reverse(), "percakapan "),
    (lambda r: r["messages"][0].update(text="Cukup dua berkas?"), "pesan m1"),
    (lambda r: r["messages"][1].update(person="Orang Lain"), "pesan m2"),
    (lambda r: r["evidence"][0].update(disposed=None), "bukti e1"),
    (lambda r: r["evidence"][0]["disposed"].update(letter="99"), "bukti e1"),
]
"""What may be done to the records of such a bundle, and where it shows."""


@pytest.mark.parametrize(("forge", "where"), ENDED)
def test_reviews_and_tombstones_are_those_of_the_log(draft, tmp_path, forge, where):
    ended(draft)
    forge(draft.records)
    draft.payload = [file for file in draft.files() if file.path != draft.path]
    found = {(one.code, one.where) for one in verify(built(draft, tmp_path / "b.zip")).problems}
    assert (("records_log", f"data/records.json: {where}") in found) if where else not found


def test_a_tombstone_that_no_event_tells_is_refused_unless_it_came_after_the_order(draft, tmp_path):
    ordered = draft.records["ordered"]["at"]
    for at, ok in ((ordered, False), (ordered.replace("2024", "2025"), True)):
        draft.records["evidence"][0] |= {"withheld": True, "path": None, "disposed": {**TOMBSTONE, "at": at}}
        draft.payload = [file for file in draft.files() if file.path != draft.path]
        assert verify(built(draft, tmp_path / "b.zip")).ok is ok
