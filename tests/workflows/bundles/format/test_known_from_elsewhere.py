"""What an auditor holds outside the reach of whoever keeps log, store and seal key: receipts, anchors, older bundles."""

import json
from pathlib import Path

import pytest

from workflows.bundles.anchor import sign_anchor
from workflows.bundles.verify import Head, Receipt, canonical, main, verify

from .conftest import CHAIN, Draft, make_log, story_of

RECEIVED = 3
"""The link of the delivery's event in the story."""


@pytest.fixture
def receipt(draft) -> Receipt:
    return Receipt("TT-2024-000001", RECEIVED, draft.events[RECEIVED - 1].line["hash"])


def written(path: Path, draft: Draft) -> Path:
    path.write_bytes(draft.build())
    return path


def anchor_of(draft: Draft, path: Path, *, seq: int = 4, key=None, **other) -> Path:
    heads = {CHAIN: Head(CHAIN, seq, draft.events[seq - 1].line["hash"]), "system": Head("system", 1, "ab" * 32)}
    given = {"number": 1, "previous": None, "installation": "contoh", "at": draft.ordered_at, "heads": heads, **other}
    path.write_bytes(sign_anchor(key=key or draft.key, **given))
    return path


def codes(verdict) -> set[str]:
    return {problem.code for problem in verdict.problems}


def test_a_receipt_anchors_the_log_up_to_its_event(bundle, receipt):
    verdict = verify(bundle, receipts=[receipt])
    assert verdict.verdicts == ("utuh", "tersegel", "berjangkar")
    assert "Log terbukti dari luar sampai peristiwa 3." in verdict.notes


@pytest.mark.parametrize("wrong", [{"number": "TT-2024-000002"}, {"hash": "0" * 64}, {"seq": 4}, {"seq": 99}])
def test_a_receipt_that_does_not_fit_refuses_the_bundle(bundle, receipt, wrong):
    verdict = verify(bundle, receipts=[receipt._replace(**wrong)])
    assert codes(verdict) == {"head_differs"}
    assert "berjangkar" not in verdict.verdicts


def test_of_several_receipts_each_must_fit(bundle, receipt):
    assert not verify(bundle, receipts=[receipt, receipt._replace(hash="0" * 64)]).ok


def test_an_anchor_kept_elsewhere_anchors_the_log(bundle, draft, tmp_path):
    verdict = verify(bundle, anchors=[anchor_of(draft, tmp_path / "jangkar.json")])
    assert verdict.verdicts == ("utuh", "tersegel", "berjangkar")


def test_a_log_forged_with_the_seal_key_is_refused_by_an_anchor_and_a_receipt(draft, tmp_path, receipt):
    anchor = anchor_of(draft, tmp_path / "jangkar.json")
    draft.records["sign_offs"][0]["person"] = "Orang Lain"
    draft.rewrite_log()
    path = written(tmp_path / "forged.zip", draft)
    assert verify(path).ok  # alone it has nothing to be measured by
    assert codes(verify(path, anchors=[anchor])) == {"head_differs"}
    assert codes(verify(path, receipts=[receipt])) == {"head_differs"}


def test_a_log_cut_before_the_anchor_is_refused(draft, tmp_path):
    anchor = anchor_of(draft, tmp_path / "jangkar.json", seq=len(draft.events))
    for name in ("decisions", "official_papers"):
        draft.records[name].clear()
    draft.records["recommendations"][0]["official_status"] = "NOT_ASSESSED"
    draft.events = make_log(story_of(draft.records))
    verdict = verify(written(tmp_path / "cut.zip", draft), anchors=[anchor])
    assert codes(verdict) == {"head_differs"}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda anchor: anchor["heads"][CHAIN].update(seq=5), "anchor_signature"),
        (lambda anchor: anchor.update(at="2024-11-05T08:30:00.000000Z"), "anchor_signature"),
        (lambda anchor: anchor.update(format="other"), "anchor_form"),
        (lambda anchor: anchor.update(fingerprint="0" * 64), "anchor_form"),
        (lambda anchor: anchor["heads"][CHAIN].update(hash=1), "anchor_form"),
        (lambda anchor: anchor.update(previous="0" * 64), "anchor_form"),
        (lambda anchor: anchor.update(extra=1), "anchor_form"),
        (lambda anchor: anchor.update(heads=[]), "anchor_form"),
        (lambda anchor: anchor["key"].update(e=3), "anchor_form"),
    ],
)
def test_a_spoilt_anchor_proves_nothing(bundle, draft, tmp_path, spoil, code):
    path = anchor_of(draft, tmp_path / "jangkar.json")
    anchor = json.loads(path.read_bytes())
    spoil(anchor)
    path.write_bytes(canonical(anchor) + b"\n")
    assert codes(verify(bundle, anchors=[path])) == {code}


@pytest.mark.parametrize("other", [{"installation": "lain"}, {"heads": {"system": Head("system", 1, "ab" * 32)}}])
def test_an_anchor_of_other_logs_is_told(bundle, draft, tmp_path, other):
    path = anchor_of(draft, tmp_path / "jangkar.json", **other)
    verdict = verify(bundle, anchors=[path])
    assert codes(verdict) == {"anchor_differs"}
    assert "berjangkar" not in verdict.verdicts


def test_a_later_bundle_proves_that_it_extends_an_earlier_one(draft, tmp_path):
    earlier = written(tmp_path / "earlier.zip", draft)
    draft.events = make_log([*story_of(draft.records), story_of(draft.records)[-1]])
    later = written(tmp_path / "later.zip", draft)
    assert verify(later, earlier=[earlier]).verdicts == ("utuh", "tersegel", "berjangkar")
    assert codes(verify(earlier, earlier=[later])) == {"head_differs"}


def test_a_bundle_whose_log_went_another_way_is_refused(draft, tmp_path):
    earlier = written(tmp_path / "earlier.zip", draft)
    draft.records["sign_offs"][0]["person"] = "Orang Lain"
    draft.rewrite_log()
    assert codes(verify(written(tmp_path / "later.zip", draft), earlier=[earlier])) == {"head_differs"}


def test_an_earlier_bundle_that_is_refused_itself_proves_nothing(bundle, tmp_path):
    spoilt = tmp_path / "spoilt.zip"
    spoilt.write_bytes(bundle.read_bytes()[:-1])
    assert codes(verify(bundle, earlier=[spoilt])) == {"earlier_refused"}


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--receipt", "TT-2024-000001:3:{hash}"], 0),
        (["--receipt", "TT-2024-000009:3:{hash}"], 1),
        (["--receipt", "3:{hash}"], 2),
        (["--receipt", "a:b:{hash}"], 2),
        (["--anchor", "{folder}/none.json"], 2),
        (["--earlier", "{folder}/none.zip"], 2),
        (["--earlier", "{bundle}", "--receipt", "TT-2024-000001:3:{hash}"], 0),
    ],
)
def test_the_command_takes_them_all(bundle, draft, tmp_path, arguments, status, capsys):
    values = {"hash": draft.events[RECEIVED - 1].line["hash"], "folder": tmp_path, "bundle": bundle}
    try:
        found = main([str(bundle), *(text.format(**values) for text in arguments)])
    except SystemExit as stop:
        found = stop.code
    assert found == status, capsys.readouterr()
