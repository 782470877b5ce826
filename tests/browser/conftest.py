"""Chromium before the real application: Debian's own browser, the tests' engines, one office for all tests here."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from tests.support.browsers import need_chromium
from tests.support.databases import Databases
from tests.support.furnished import Furnished, furnish
from tests.support.offices import PASSWORD, plan_document
from tests.support.settings import make_settings
from webapp.embedded import Addresses
from webapp.factory import create_app
from workflows.core.db import db

from .staging import QUARTERS, Staged, stage
from .visitors import Visitor, visit

FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    """The application as it is served, and its office."""

    address: str
    app: Flask
    furnished: Furnished
    staged: Staged


@pytest.fixture(scope="session")
def site(databases: Databases, addresses: Addresses) -> Iterator[Site]:
    """A running server over a committed office."""
    admin = MinioStore.connect(
        addresses.s3_endpoint,
        addresses.s3_admin_access_key,
        addresses.s3_admin_secret_key,
        region=addresses.s3_region,
        secure=addresses.s3_secure,
    )
    prepare_buckets(admin)
    admin.close()
    with databases.clone() as own:
        furnished = furnish(own, document=plan_document(quarters=QUARTERS))
        staged = stage(furnished)
        app = create_app(make_settings(own))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Site(f"http://127.0.0.1:{server.port}", app, furnished, staged)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            app.extensions["store"].close()
            with app.app_context():
                db.engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser process for all tests."""
    path = need_chromium()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class People:
    """Everybody who has come in so far; they stay signed in."""

    def __init__(self, browser: Browser, address: str, contexts: ExitStack) -> None:
        self._browser, self._address, self._contexts = browser, address, contexts
        self._present: dict[str, Visitor] = {}
        self._busy: dict[str, Visitor] = {}

    def __call__(self, name: str) -> Visitor:
        """Return a person of the office before a desk; the empty name is a stranger."""
        if name not in self._present:
            visitor = self._contexts.enter_context(visit(self._browser, self._address))
            if name:
                visitor.sign_in(name, PASSWORD)
            self._present[name] = visitor
        self._busy[name] = self._present[name]
        self._busy[name].look(size="desk", scheme="light")
        return self._busy[name]

    def leave(self) -> dict[str, list[object]]:
        """Let go of the screens that were used, and return by name what was noted there and nobody took away."""
        noted: dict[str, list[object]] = {}
        for name, one in self._busy.items():
            # A page that looks again by itself would go on doing so behind the next test.
            one.page.goto("about:blank")
            if one.complaints or one.refusals:
                noted[name] = [*one.complaints, *one.refusals]
            one.complaints.clear()
            one.refusals.clear()
        self._busy.clear()
        return noted


@pytest.fixture(scope="session")
def _people(chromium: Browser, site: Site) -> Iterator[People]:
    with ExitStack() as contexts:
        yield People(chromium, site.address, contexts)


@pytest.fixture
def someone(_people: People) -> Iterator[People]:
    """The people of the office; afterwards no browser may have complained, nor got a refusal nobody looked at."""
    yield _people
    assert _people.leave() == {}
