"""The records are what people read, the log is what cannot be changed unseen: each line of one is in the other.

Every forger here rebuilds the whole bundle, manifests, index and seal included: only the log is left as it was.
"""

from pathlib import Path

import pytest

from workflows.bundles.verify import verify

from .conftest import make_log, story_of

SIGN_OFF = {
    **{"id": "s2", "requirement": "r1", "evidence": "e1", "role": "acknowledged", "basis": "in_app"},
    **{"person": "Kepala Badan", "position": "Kepala Badan", "at": "2024-04-07T02:00:00.000000Z", "voided_at": None},
}


def forged(draft, tmp_path: Path) -> set[tuple[str, str]]:
    path = tmp_path / "forged.zip"
    path.write_bytes(draft.build())
    return {(problem.code, problem.where) for problem in verify(path).problems}


@pytest.mark.parametrize(
    ("forge", "where"),
    [
        (lambda r: r["sign_offs"].clear(), "pengesahan s1"),
        (lambda r: r["sign_offs"][0].update(person="Orang Lain"), "pengesahan s1"),
        (lambda r: r["sign_offs"][0].update(position="Kepala Bidang Y"), "pengesahan s1"),
        (lambda r: r["sign_offs"][0].update(role="acknowledged"), "pengesahan s1"),
        (lambda r: r["sign_offs"][0].update(basis="certificate"), "pengesahan s1"),
        (lambda r: r["sign_offs"][0].update(voided_at="2024-04-08T02:00:00.000000Z"), "pengesahan s1"),
        (lambda r: r["sign_offs"].append({**SIGN_OFF, "sha256": r["evidence"][0]["sha256"]}), "pengesahan s2"),
        (lambda r: r["sign_offs"].append(dict(r["sign_offs"][0])), "pengesahan "),
        (lambda r: r["decisions"].clear(), "keputusan d1"),
        (lambda r: r["decisions"][0].update(official_status="COMPLIANT"), "keputusan d1"),
        (lambda r: r["decisions"][0].update(number="700/99/2024"), "keputusan d1"),
        (lambda r: r["decisions"][0].update(decided_on="2023-10-01"), "keputusan d1"),
        (lambda r: r["decisions"][0].update(decided_by="Orang Lain"), "keputusan d1"),
        (lambda r: r["decisions"][0].update(recommendations=[]), "keputusan d1"),
        (lambda r: r["decisions"].append({**r["decisions"][0], "id": "d2"}), "keputusan d2"),
        (lambda r: r["recommendations"][0].update(official_status="COMPLIANT"), "rekomendasi A-1"),
        (lambda r: r["recommendations"][0].update(state="verified"), "rekomendasi A-1"),
        (lambda r: r["recommendations"][0].update(text="Susun monev sekali setahun."), "rekomendasi A-1"),
        (lambda r: r["recommendations"].clear(), "rekomendasi A-1"),
        (lambda r: r["recommendations"].append({**r["recommendations"][0], "number": "B-1"}), "rekomendasi B-1"),
        (lambda r: r["requirements"][0].update(state="verified"), "kebutuhan bukti r1"),
        (lambda r: r["requirements"].append({**r["requirements"][0], "id": "r2"}), "kebutuhan bukti r2"),
        (lambda r: r["evidence"][0].update(verdict="warn"), "bukti e1"),
        (lambda r: r["evidence"][0].update(received_by="Orang Lain"), "bukti e1"),
        (lambda r: r["evidence"][0].update(revision=1), "bukti e1"),
        (lambda r: r["evidence"][0].update(page_from=2, page_to=3), "bukti e1"),
    ],
)
def test_a_record_that_the_log_does_not_tell_is_named(draft, tmp_path, forge, where):
    forge(draft.records)
    assert ("records_log", f"data/records.json: {where}") in forged(draft, tmp_path)


def test_a_report_that_was_never_issued_is_named(draft, tmp_path):
    draft.records["report"] = None
    assert ("records_log", "data/records.json") in forged(draft, tmp_path)


def test_a_file_swapped_together_with_its_record_is_named(draft, tmp_path):
    """The forger's digest agrees everywhere but in the log."""
    genuine = draft.events
    swapped = type(draft)(draft.key, evidence=b"%PDF-1.7\nanother\n%%EOF\n")
    swapped.events = genuine
    assert {code for code, _ in forged(swapped, tmp_path)} == {"records_log"}


def test_evidence_left_out_with_everything_that_names_it_is_named(draft, tmp_path):
    for name in ("evidence", "sign_offs"):
        draft.records[name].clear()
    draft.records["requirements"][0]["evidence"] = []
    draft.payload = [file for file in draft.files() if file.path != draft.path]
    found = forged(draft, tmp_path)
    assert ("records_log", "data/records.json: bukti e1") in found
    assert ("records_log", "data/records.json: pengesahan s1") in found


def test_a_story_that_makes_no_sense_is_refused_and_never_crashes(draft, tmp_path):
    odd = ["[]", '"x"', '{"kind":"report.issued"}', "{", '{"kind":1,"subject":{},"actor":{},"details":{}}']
    odd += [
        f'{{"actor":{{"name":"x"}},"details":{details},"kind":"{kind}","subject":{{"id":"r1","type":"requirement"}}}}'
        for kind in ("report.issued", "requirement.signed", "evidence.received", "decision.decided")
        for details in ('{"year":[]}', '{"year":2024,"recommendations":[1],"requirements":{"r1":[]}}', '{"voided":{}}')
    ]
    *story, last = story_of(draft.records)
    draft.events, draft.keeps_times = make_log([*story, *odd, last]), True
    codes = {code for code, _ in forged(draft, tmp_path)}
    assert codes & {"log_form", "records_form", "records_log"}


def test_how_many_events_are_only_links_is_said(draft, tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    assert "1 peristiwa log hanya disertakan sebagai mata rantai, tanpa isinya (1 impor)." in verify(path).notes
