"""Chromium before the real application: Debian's own browser, the tests' engines, one office for all tests here."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from werkzeug.serving import make_server

from storage.minio_store import MinioStore
from storage.provision import prepare_buckets
from tests.support.databases import Databases
from tests.support.furnished import Furnished, furnish
from tests.support.offices import PASSWORD
from tests.support.settings import make_settings
from webapp.embedded import Addresses
from webapp.factory import create_app
from workflows.core.db import db

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": (360, 800), "desk": (1440, 900)}


@dataclass
class Site:
    """The application as it is served, and its office."""

    address: str
    furnished: Furnished


@dataclass
class Visitor:
    """One person's browser, and what it complained about."""

    page: playwright.Page
    site: Site
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        self.page.goto(self.site.address + path)

    def sign_in(self, name: str) -> None:
        """Sign somebody in as people do."""
        self.page.context.clear_cookies()
        self.open("/masuk")
        self.page.get_by_label("Nama pengguna atau surel").fill(name)
        self.page.get_by_label("Kata sandi").fill(PASSWORD)
        self.page.get_by_role("button", name="Masuk").click()
        self.page.wait_for_url(f"{self.site.address}/")

    def fits(self) -> bool:
        """Return whether the page is no wider than the screen."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


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
        furnished = furnish(own)
        app = create_app(make_settings(own))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield Site(f"http://127.0.0.1:{server.port}", furnished)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            app.extensions["store"].close()
            with app.app_context():
                db.engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[playwright.Browser]:
    """One browser process for all tests."""
    if CHROMIUM is None:
        pytest.skip("Debian's chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=list(SIZES))
def visitor(request: pytest.FixtureRequest, chromium: playwright.Browser, site: Site) -> Iterator[Visitor]:
    """A person before a phone, and one before a desk; nothing may be asked of another host, no script may complain."""
    make: Callable[..., playwright.BrowserContext] = chromium.new_context
    width, height = SIZES[request.param]
    context = make(viewport={"width": width, "height": height}, locale="id-ID")
    context.set_default_timeout(15_000)
    person = Visitor(context.new_page(), site)

    def hear(message: playwright.ConsoleMessage) -> None:
        # The browser itself notes every answer from 400 on; refusals are judged by what the page says.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            person.complaints.append(message.text)

    def watch(request: playwright.Request) -> None:
        if not request.url.startswith((site.address, "data:")):
            person.complaints.append(f"asked another host: {request.url}")

    person.page.on("console", hear)
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
    person.page.on("request", watch)
    yield person
    with suppress(playwright.Error):
        context.close()
    assert person.complaints == []
