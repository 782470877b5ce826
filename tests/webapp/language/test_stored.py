"""What is kept, archived or carried away is Indonesian, whoever did it in whatever language."""

import io
import json
import tempfile
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import flask
import grimp
import pytest
import sqlalchemy as sa
from babel.messages.catalog import Message

from tests.support.furnished import MULTIPART, Furnished, filler, multipart
from webapp.translations.__main__ import read
from workflows.bundles import operations as bundles
from workflows.bundles.models import Bundle
from workflows.bundles.seal import load_or_create_key
from workflows.core.db import db
from workflows.core.models import AuditEvent
from workflows.evidence.models import CheckReport, Evidence
from workflows.plans.models import Requirement

from .conftest import Site

LONG = 16
"""Characters from which a sentence of the catalog is nobody's word by chance."""


@pytest.fixture
def office(app: flask.Flask, furnished: Furnished) -> Site:
    """An office of this test's own, nothing delivered yet."""
    return Site(app, furnished, None)  # type: ignore[arg-type]


def english_sentences() -> Iterator[str]:
    """Yield the fixed beginnings of all English sentences that are long enough to be recognised."""
    for message in read("en"):
        for string in _strings(message) if message.id else ():
            piece = string.split("%(")[0].strip()
            if len(piece) >= LONG and piece not in str(message.id):
                yield piece


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, list | tuple) else (message.string,)


def kept(office: Site) -> str:
    """Return all that the log, the deliveries and the reports hold, as one text."""
    with office.furnished.behind():
        bodies = [event.body for event in db.session.scalars(sa.select(AuditEvent)) if event.body]
        reports = [
            json.dumps(report, ensure_ascii=False) for report in db.session.scalars(sa.select(CheckReport.report))
        ]
        rows = [f"{row.receipt_number} {row.check_why}" for row in db.session.scalars(sa.select(Evidence))]
        orders = [f"{row.reason} {row.error_message}" for row in db.session.scalars(sa.select(Bundle))]
    return "\n".join([*bodies, *reports, *rows, *orders])


def test_what_people_do_in_english_is_written_down_in_indonesian(office: Site) -> None:
    requirement = office.furnished.requirements["b1-1"]
    page = f"/kewajiban/{requirement}"
    for language in ("en", "id"):
        staff, head = office.client("staff_b1", language=language), office.client("head_b1", language=language)
        token = _token(staff.get(page).text)
        body = multipart(("csrf_token", token, None), ("file", filler(f"monev {language}"), "monev.pdf"))
        answer = staff.post(f"{page}/bukti", data=body, content_type=MULTIPART)
        assert answer.status_code == 303, answer.text
        with office.furnished.behind():
            evidence = db.session.scalars(sa.select(Evidence).order_by(Evidence.received_at.desc())).first()
            assert evidence
            evidence_id = str(evidence.id)
        office.furnished.judge(evidence_id, verdict="warn", warnings=1)
        hidden = {"csrf_token": _token(head.get(page).text), "version": "1"}
        assert head.post(f"{page}/kembalikan", data=hidden).status_code in (409, 422)  # refusals are kept too
        with office.furnished.behind():
            version = db.session.get_one(Requirement, uuid.UUID(requirement)).version
        hidden |= {"version": str(version), "reason_code": "INCOMPLETE", "reason": "Tabel kosong."}
        assert head.post(f"{page}/kembalikan", data=hidden).status_code == 303
    text = kept(office)
    assert "Tabel kosong." in text
    assert [sentence for sentence in english_sentences() if sentence in text] == []


def test_a_bundle_that_was_ordered_in_english_is_indonesian(office: Site, tmp_path: Path) -> None:
    auditor = office.client("auditor", language="en")
    form = {"csrf_token": _token(auditor.get("/arsip").text), "agency": "dpk", "year": "2026", "reason": "Uji petik"}
    assert auditor.post("/arsip", data=form).status_code == 303
    out = io.BytesIO()
    key = load_or_create_key(tmp_path / "seal.pem")
    with office.furnished.behind(), tempfile.TemporaryFile() as log:
        draft = bundles.gather(db.session.scalars(sa.select(Bundle.id)).one(), log=log, installation="Uji")
        bundles.pack(draft, store=office.app.extensions["store"], seal_key=key, out=out)
    with zipfile.ZipFile(out) as archive:
        texts = {
            Path(name).name: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith((".html", ".json", ".jsonl", ".py", ".txt"))
        }
    assert {"index.html", "records.json", "audit.jsonl", "verify.py", "bag-info.txt"} <= set(texts)
    assert '<html lang="id">' in texts["index.html"]
    assert [sentence for sentence in english_sentences() if any(sentence in text for text in texts.values())] == []


def test_what_builds_bundles_and_judges_files_knows_no_translator() -> None:
    graph = grimp.build_graph("webapp", "workflows", "workers", include_external_packages=True, cache_dir=None)
    translators = {"babel", "flask_babel", "gettext"} & graph.modules
    assert {"babel", "flask_babel"} <= translators
    for module in translators:
        assert [name for name in graph.find_downstream_modules(module) if name.split(".")[0] != "webapp"] == []


def _token(html: str) -> str:
    return html.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
