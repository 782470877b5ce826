"""What became of a recommendation since it was issued: told by the records as the log tells it, wording by wording."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workflows.bundles.verify import LIFE_FIELDS, VERSION_FIELDS, Lives, canonical, verify

from .conftest import Draft, make_log, set_times, story_of

TEXTS = {2: "Susun monev per triwulan dan per bidang.", 3: "Susun monev per triwulan, per bidang, bertanda tangan."}


def told(kind: str, subject: str, **details: Any) -> str:
    event = {"id": "x", "kind": kind, "subject": {"type": kind.split(".")[0], "id": subject}, "details": details}
    return canonical({**event, "actor": {"name": "Inspektur Contoh"}}).decode()


def lived(draft: Draft) -> None:
    """A report that was received; its recommendation was corrected twice, objected to, extended, missed and cancelled."""
    ground = {"number": "A-1", "year": 2024, "reason": "Salah ketik.", "letter": "700/2"}
    life = [
        told("report.received", "report", year=2024, received_on="2024-02-01", due_on="2024-04-01", plan_due_on="2024-03-02"),
        *(
            told(
                "recommendation.corrected", "A-1", revision=revision, component="A", criterion="1.c.4",
                text_sha256=hashlib.sha256(text.encode()).hexdigest(), **ground,
            )
            for revision, text in TEXTS.items()
        ),
        told("recommendation.objected", "A-1", objection="o1", revision=3, post="Kepala Badan", **ground),
        told(
            "recommendation.objection_answered", "A-1", objection="o1", outcome="declined", stopped_days=4,
            due_on="2024-04-05", **ground,
        ),
        told("recommendation.extended", "A-1", due_on="2024-06-01", **ground),
        told("recommendation.overdue", "A-1", overdue_on="2024-06-01", number="A-1"),
        told("recommendation.cancelled", "A-1", **ground),
        told("requirement.waived", "r1", reason="Salah ketik."),
    ]  # fmt: skip
    row, old = draft.records["recommendations"][0], draft.records["recommendations"][0]["text"]
    *bodies, ordered = story_of(draft.records)
    draft.events = make_log([*bodies, *life, ordered])
    set_times(draft.records, draft.events)
    draft.keeps_times = True
    lives = Lives()
    for event in draft.events:
        if event.line["body"] is not None:
            lives.hear(json.loads(event.line["body"]), event.line["at"])
    found = lives.told("A-1", 2024)
    texts = {1: old, **TEXTS}
    row.update({name: found[name] for name in LIFE_FIELDS}, text=TEXTS[3], criterion="1.c.4")
    row["versions"] = [
        {**{name: one[name] for name in VERSION_FIELDS}, "text": texts[one["revision"]]} for one in found["versions"]
    ]
    draft.records["report"]["received"] = lives.received[2024]
    draft.records["requirements"][0]["waived"] = True
    objection = lives.objections["o1"]
    draft.records["objections"] = [{"id": "o1", **{name: objection[name] for name in objection if name != "year"}}]


ELSEWHERE = {"place": {"number": "B-1", "agency_name": "Dinas Lain"}, "letter": "1", "reason": "Salah."}


def first(change: Callable[[dict[str, Any]], object]) -> Callable[[Any], object]:
    return lambda records: change(records["recommendations"][0])


FORGED: dict[str, tuple[Callable[[Any], object], str]] = {
    "a removed wording": (first(lambda r: r["versions"].pop(1)), "rekomendasi A-1"),
    "the issued wording removed": (first(lambda r: r["versions"].pop(0)), "rekomendasi A-1"),
    "all wordings removed": (first(lambda r: r["versions"].clear()), "rekomendasi A-1"),
    "an old wording rewritten": (first(lambda r: r["versions"][0].update(text="Lain.")), "rekomendasi A-1"),
    "an old wording as the present one": (first(lambda r: r.update(text=TEXTS[2])), "rekomendasi A-1"),
    "another corrector": (first(lambda r: r["versions"][1].update(by="Orang Lain")), "rekomendasi A-1"),
    "another letter of a correction": (first(lambda r: r["versions"][2].update(letter="700/3")), "rekomendasi A-1"),
    "another criterion": (first(lambda r: r.update(criterion="1.c.5")), "rekomendasi A-1"),
    "a later deadline": (first(lambda r: r.update(due_on="2024-12-31")), "rekomendasi A-1"),
    "no mark of a missed deadline": (first(lambda r: r.update(overdue_on=None)), "rekomendasi A-1"),
    "never cancelled": (first(lambda r: r.update(ended=None)), "rekomendasi A-1"),
    "cancelled for another reason": (first(lambda r: r["ended"].update(reason="Lain")), "rekomendasi A-1"),
    "an origin elsewhere": (first(lambda r: r.update(origin=ELSEWHERE)), "rekomendasi A-1"),
    "still asked for": (lambda r: r["requirements"][0].update(waived=False), "kebutuhan bukti r1"),
    "no objection": (lambda r: r["objections"].clear(), "keberatan o1"),
    "an objection twice": (lambda r: r["objections"].append(dict(r["objections"][0])), "keberatan "),
    "another answer": (lambda r: r["objections"][0].update(outcome="corrected"), "keberatan o1"),
    "fewer days stopped": (lambda r: r["objections"][0].update(stopped_days=0), "keberatan o1"),
    "an objection that nobody made": (lambda r: r["objections"].append({**r["objections"][0], "id": "o2"}), "keberatan o2"),
    "another day of receipt": (lambda r: r["report"]["received"].update(received_on="2024-02-09"), ""),
    "never received": (lambda r: r["report"].update(received=None), ""),
}  # fmt: skip


def test_a_life_that_is_told_as_it_was_holds(draft: Draft, tmp_path: Path) -> None:
    lived(draft)
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    verdict = verify(path)
    assert verdict.ok, verdict.problems


@pytest.mark.parametrize("what", FORGED)
def test_a_life_that_was_otherwise_is_named(draft: Draft, tmp_path: Path, what: str) -> None:
    lived(draft)
    forge, where = FORGED[what]
    forge(draft.records)
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    place = ": ".join(filter(None, ["data/records.json", where]))
    found = {(one.code, one.where) for one in verify(path).problems}
    assert ("records_log", place) in found, found
