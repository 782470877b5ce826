"""What a page says about the signatures inside a file, written by this release or by one that only counted them."""

from types import SimpleNamespace
from typing import Any

import flask

from webapp.pages.signatures import shown

CARDS = """{% import "components/report.html" as report with context %}{{ report.signature_list() }}"""
OLD = {
    "field": "Kepala",
    **dict.fromkeys(["signer", "issuer", "intact", "coverage", "modified_after", "trusted", "reason"]),
    **dict.fromkeys(["signing_time", "timestamp_time"]),
}
JUDGED = {
    **OLD,
    **{"kind": "signature", "verdict": "intact", "signer": "Sari", "issuer": "Penerbit A", "root": "Akar A"},
    **{"trusted": True, "signing_time": "2025-01-02T15:20:28+07:00", "timestamp_time": "2025-01-02T08:36:10+00:00"},
    "reason": "Sertifikatnya berlaku saat ditandatangani, dibuktikan cap waktu; masa berlakunya habis setelah itu.",
}


def cards(app: flask.Flask, *entries: dict[str, Any], language: str = "id") -> str:
    view = SimpleNamespace(signatures=[shown(entry) for entry in entries])
    with app.test_request_context("/", headers={"Cookie": f"bahasa={language}"}):
        return flask.render_template_string(CARDS, view=view)


def test_a_judged_signature_is_shown_with_its_issuer_and_both_times(app: flask.Flask) -> None:
    page = cards(app, JUDGED)
    for words in ("Sari", "Utuh", "Penerbit tepercaya", "penerbit Penerbit A", "akar Akar A", "15.20 WIB", "15.36 WIB"):
        assert words in page
    assert JUDGED["reason"] in page
    assert "Time as the signer says: 2 January 2025" in cards(app, JUDGED, language="en")


def test_each_verdict_has_its_words(app: flask.Flask) -> None:
    for verdict, words in {
        "intact-but-changed": "Berubah setelah ditandatangani",
        "invalid": "Rusak",
        "unverifiable": "Tidak dapat diperiksa",
    }.items():
        assert words in cards(app, {**JUDGED, "verdict": verdict})
    assert "Tidak tepercaya" in cards(app, {**JUDGED, "trusted": False})


def test_a_signature_that_was_only_counted_is_not_called_anything_else(app: flask.Flask) -> None:
    page = cards(app, OLD)
    assert "Penandatangan tidak terbaca" in page
    assert "Tidak dapat diperiksa" in page
    assert "Utuh" not in page


def test_without_signatures_nothing_is_said(app: flask.Flask) -> None:
    assert cards(app).strip() == ""
