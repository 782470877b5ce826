"""A person at a desk: signed in, with a browser that keeps the form token and reads pages."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from typing import Any

import flask
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from werkzeug.test import TestResponse

from tests.support.furnished import Furnished, filler, multipart
from tests.support.offices import PASSWORD
from webapp.auth import passwords
from workflows.core.db import db
from workflows.organization.models import Account

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Desk:
    """The pages as one person sees them."""

    client: FlaskClient
    token: str = ""

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open an address."""
        return self.client.get(path, **more)

    def text(self, path: str) -> str:
        """Open a page and return what it says, without markup."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return words(answer)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form with the session's token."""
        return self.client.post(path, data={"csrf_token": self.token, **(data or {})}, **more)

    def form(self, page: str, path: str, **typed: str) -> TestResponse:
        """Open a page and send the form on it that leads to ``path``, with its hidden values and what was typed."""
        html = self.get(page).text
        found = re.search(rf'<form[^>]*action="{re.escape(path)}"[^>]*>(.*?)</form>', html, re.S)
        assert found, f"no form to {path}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[1]))
        return self.client.post(path, data={**hidden, **typed})

    def upload(self, requirement: str, *, data: bytes | None = None, htmx: bool = False, **fields: str) -> TestResponse:
        """Send a file as the upload form does."""
        named = [(name, text, None) for name, text in {"csrf_token": self.token, **fields}.items()]
        body = multipart(*named, ("file", filler() if data is None else data, "monev tw1.pdf"))
        headers = {"HX-Request": "true"} if htmx else {}
        path = f"/kewajiban/{requirement}/bukti"
        return self.client.post(path, data=body, headers=headers, content_type="multipart/form-data; boundary=b")


def words(answer: TestResponse) -> str:
    """Return the text of a page or fragment, with single spaces."""
    bare = re.sub(r"<(script|template)\b.*?</\1>", " ", answer.text, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """The templates, compiled once for all tests."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(autouse=True)
def quick(
    app: flask.Flask, furnished: Furnished, compiled: FileSystemBytecodeCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hash passwords cheaply and reuse compiled templates: what is tested is the same, in a third of the time."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", cheap)
    with furnished.behind():
        db.session.execute(sa.update(Account).values(password=cheap.hash(PASSWORD)))
    app.jinja_env.bytecode_cache = compiled


@pytest.fixture
def desk(app: flask.Flask) -> Callable[[str], Desk]:
    """Sign somebody in by his name in the office; whoever sat down before stays signed in."""
    taken: dict[str, Desk] = {}

    def sit_down(name: str) -> Desk:
        if name in taken:
            return taken[name]
        taken[name] = seat = Desk(app.test_client())
        found = _TOKEN.search(seat.get("/masuk").text)
        assert found
        seat.token = found[1]
        answer = seat.post("/masuk", {"login": name, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        # Signing in starts a fresh session, and with it a fresh token.
        found = _TOKEN.search(seat.get("/").text)
        assert found
        seat.token = found[1]
        return seat

    return sit_down


@dataclass
class Story:
    """Takes one requirement of unit ``b1`` some steps further, by the forms themselves."""

    desk: Callable[[str], Desk]
    furnished: Furnished
    requirement: str

    @property
    def page(self) -> str:
        """Its address."""
        return f"/kewajiban/{self.requirement}"

    def deliver(self, *, verdict: str = "accept", warnings: int = 0, htmx: bool = False, **fields: str) -> str:
        """Upload and let it be checked; return the receipt's number."""
        answer = self.desk("staff_b1").upload(self.requirement, htmx=htmx, **fields)
        assert answer.status_code == 303, answer.text
        number = answer.headers["Location"].rsplit("/", 1)[1]
        self.furnished.judge(self.evidence_id(), verdict=verdict, warnings=warnings)
        return number

    def evidence_id(self) -> str:
        """Return the newest delivery."""
        found = re.search(r"/bukti/([0-9a-f-]{36})/berkas", self.desk("operator").get(self.page).text)
        assert found
        return found[1]

    def sign(self) -> None:
        """Sign as the unit's head."""
        assert self.desk("head_b1").form(self.page, f"{self.page}/tanda-tangan").status_code == 303

    def acknowledge(self) -> None:
        """Acknowledge as the agency's head."""
        assert self.desk("head").form(self.page, f"{self.page}/mengetahui").status_code == 303

    def verify(self, **typed: str) -> TestResponse:
        """Verify as an evaluator."""
        return self.desk("evaluator").form(self.page, f"{self.page}/verifikasi", **typed)


@pytest.fixture
def story(desk: Callable[[str], Desk], furnished: Furnished) -> Story:
    """The first quarter of unit ``b1``, nothing delivered yet."""
    return Story(desk, furnished, furnished.requirements["b1-1"])
