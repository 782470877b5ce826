"""Rules for every template, now and later: nothing that the strict policy would block, no other host."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import render_template
from flask.testing import FlaskClient
from jinja2 import nodes

from .sample import DIST, POLICY, ROOT, build_app

TEMPLATES = ROOT / "webapp/templates"
SOURCES = sorted(TEMPLATES.rglob("*.html"))
# Attributes whose value is markup or code of htmx, or an address.
CODE_ATTRIBUTES = re.compile(r"on\w+|style|hx-on.*|hx-vars|srcdoc")
BLOCKED = {
    "inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.I),
    "style element": re.compile(r"<style[\s>]", re.I),
    "style attribute": re.compile(r"[\s\"']style\s*=", re.I),
    "event attribute": re.compile(r"\s(on[a-z]+|hx-on[\w:.-]*)\s*=\s*[\"']", re.I),
    "script address": re.compile(r"javascript:", re.I),
    "evaluated values": re.compile(r"[\"']js:|hx-vars", re.I),
    "other host": re.compile(r"(?:https?:)?//[\w-]+\.[\w.-]+", re.I),
}


class Elements(HTMLParser):
    """All start tags with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_template_holds_nothing_that_the_policy_blocks(path: Path) -> None:
    source = path.read_text()
    found = {what: match[0] for what, pattern in BLOCKED.items() if (match := pattern.search(source))}
    assert not found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_no_text_is_translated_where_jinja_keeps_it_for_the_next_visitor(path: Path) -> None:
    """A module's top level is evaluated once, in the language of whoever came first."""
    tree = build_app().jinja_env.parse(path.read_text())
    kept = [node for node in tree.body if isinstance(node, nodes.Assign)]
    calls = [call for node in kept for call in node.find_all(nodes.Call)]
    assert not [call for call in calls if isinstance(call.node, nodes.Name) and call.node.name == "_"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(TEMPLATES)))
def test_every_named_icon_is_in_the_stylesheet(path: Path) -> None:
    css = next(DIST.glob("app-*.css")).read_text()
    for name in re.findall(r"\bicon\(\"([a-z0-9-]+)\"", path.read_text()):
        assert f".icon-{name}{{" in css, f"add {name} to webapp/assets/src/icons.json"


@pytest.mark.parametrize("address", ["/gaya", "/galat"])
def test_rendered_page_is_whole_and_its_own(client: FlaskClient, address: str) -> None:
    answer = client.get(address)
    assert answer.headers["Content-Security-Policy"] == POLICY
    elements = Elements(answer.text).found
    tags = Counter(tag for tag, _ in elements)
    assert tags["h1"] == tags["title"] == tags["main"] == 1
    assert tags["style"] == 0
    identifiers = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for tag, attributes in elements:
        assert not [name for name in attributes if CODE_ATTRIBUTES.fullmatch(name)]
        assert tag != "script" or attributes.get("src")
        for name in ("src", "href", "action"):
            assert not re.match(r"(\w+:)?//", attributes.get(name) or "")
        for name in ("for", "aria-describedby"):
            assert set((attributes.get(name) or "").split()) <= set(identifiers)


def test_every_drawn_icon_of_the_style_guide_is_in_the_stylesheet(client: FlaskClient) -> None:
    css = next(DIST.glob("app-*.css")).read_text()
    names = set(re.findall(r"icon icon-([a-z0-9-]+)", client.get("/gaya").text))
    assert len(names) > 15
    assert not {name for name in names if f".icon-{name}{{" not in css}


def test_every_posting_form_carries_the_csrf_token_before_any_file(client: FlaskClient) -> None:
    elements = Elements(client.get("/gaya").text).found
    upload = next(at for at, (_, attributes) in enumerate(elements) if "data-upload" in attributes)
    inputs = [attributes for tag, attributes in elements[upload:] if tag == "input"]
    assert inputs[0]["name"] == "csrf_token"
    assert inputs[0]["value"]
    assert inputs[1]["name"] == "file"


def test_state_is_said_in_words_not_by_colour_alone(client: FlaskClient) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", client.get("/gaya").text).split())
    assert "Menunggu bukti 7 · Diunggah 2 · Ditandatangani 1 · Diketahui 0 · Diverifikasi 18" in text
    assert "TW II Perlu diperbaiki" in text
    badges = re.findall(r'<span class="badge[^>]*>(.*?)</span>\s*([^<]*)</span>', client.get("/gaya").text)
    assert badges
    assert all(word.strip() for _, word in badges)


def test_error_page_needs_neither_the_session_nor_the_shell() -> None:
    app = build_app()
    app.template_context_processors[None].clear()
    for name in ("csrf_token", "get_flashed_messages", "session"):
        app.jinja_env.globals.pop(name, None)
    with app.test_request_context("/"):
        page = render_template(
            "error.html",
            status=503,
            title="Sedang tidak dapat dipakai",
            sentence="Basis data tidak menjawab.",
            advice=None,
        )
    assert "<h1>Sedang tidak dapat dipakai</h1>" in page
    assert "Basis data tidak menjawab." in page


def test_error_for_a_fragment_is_the_notice_alone(client: FlaskClient) -> None:
    page = client.get("/galat", headers={"HX-Request": "true"}).text
    assert page.startswith('<div class="notice')
    assert "<html" not in page
    assert "Alamat ini tidak ada" in page
