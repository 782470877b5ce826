"""The log: sentences for every kind of event, newest first, page by page."""

import ast
import datetime as dt
import json
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest

from webapp.sentences import SENTENCES, Event, Names, tell
from workflows.core.models import AuditEvent
from workflows.lifecycle import LIFECYCLE

from .conftest import Desk, Story

ROOT = Path(__file__).parents[3]
DOTTED = re.compile(r"[a-z_]+\.[a-z_]+")


def recorded_kinds() -> set[str]:
    """Return every kind of event that the product writes, as far as its source names it."""
    kinds = {step.event for step in LIFECYCLE.transitions}
    for package in ("workflows", "webapp", "workers"):
        for path in (ROOT / package).rglob("*.py"):
            kinds |= set(_kinds_in(ast.parse(path.read_text("utf-8"))))
    return kinds


def _kinds_in(module: ast.Module) -> Iterator[str]:
    """Yield first arguments of ``record``, looked up where they are names, and what goes to a ``kind`` parameter."""
    named = {
        target.id: node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    tellers = {
        node.name
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef) and node.args.args and node.args.args[0].arg == "kind"
    }
    for node in ast.walk(module):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        by_module = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "audit"
        if (called == "record" and by_module) or called in tellers:
            value = node.args[0]
            value = named.get(value.id, value) if isinstance(value, ast.Name) else value
            for part in ast.walk(value):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and DOTTED.fullmatch(part.value):
                    yield part.value


def test_every_kind_of_event_has_a_sentence() -> None:
    kinds = recorded_kinds()
    assert {"requirement.signed", "decision.proposed", "evidence.report_read", "account.signed_in"} <= kinds
    assert kinds - set(SENTENCES) == set()


def test_every_sentence_can_be_said_of_an_event_that_tells_little(app: flask.Flask) -> None:
    with app.test_request_context("/"):
        for kind, sentence in SENTENCES.items():
            text = sentence(Event("Seseorang", "sesuatu", {}))
            assert text.endswith("."), kind
            assert "%(" not in text


def event(kind: str, body: dict[str, object] | None) -> AuditEvent:
    text = None if body is None else json.dumps(body)
    return AuditEvent(
        kind=kind, body=text, at=dt.datetime.now(dt.UTC), seq=7, subject_id=uuid.uuid4(), subject_type="x"
    )


def test_an_unknown_kind_and_an_erased_body_stay_readable(app: flask.Flask) -> None:
    with app.test_request_context("/"):
        told = tell(event("moon.landed", {"actor": {"name": "Sari"}, "details": {}}), Names())
        assert told.sentence == "Sari: moon.landed."
        assert "dihapus menurut perintah" in tell(event("requirement.signed", None), Names()).sentence


def test_the_newest_comes_first_and_the_next_page_goes_on(desk: Callable[[str], Desk]) -> None:
    seat = desk("head")
    numbers: list[int] = []
    path = "/log"
    while path:
        html = seat.get(path).text
        numbers += [int(found) for found in re.findall(r"catatan ke-(\d+)", html)]
        following = re.search(r'href="([^"]+)" rel="next"', html)
        path = following[1].replace("&amp;", "&") if following else ""
    assert numbers == list(range(numbers[0], 0, -1))


def test_reads_and_addresses_are_not_in_the_log(desk: Callable[[str], Desk], story: Story) -> None:
    story.deliver()
    desk("evaluator").get(story.page)
    page = desk("head").text("/log")
    assert "mengunggah bukti untuk Monev Triwulan I 2026 - Bidang B1" in page
    assert "membaca laporan" not in page


@pytest.mark.parametrize(("name", "sees"), [("auditor", True), ("head", False)])
def test_the_regions_chain_is_for_those_who_see_the_region(name: str, sees: bool, desk: Callable[[str], Desk]) -> None:
    assert ("dicatat sebagai pegawai" in desk(name).text("/log?rantai=daerah")) is sees
