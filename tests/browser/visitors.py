"""People before the real application: one browser context each, kept for the whole run, and what the browser notes there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

SCREENS = Path(__file__).parents[2] / "test-output" / "screens"
"""Pictures of the pages, made anew by every run; looked at by people, kept out of version control."""
SIZES = {"phone": (360, 800), "desk": (1440, 900)}
RECEIPT = re.compile(r"TT-\d{4}-\d{6}")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
"""WCAG 2.2 AA. The target size of 2.2 is off in axe unless its tag is named."""
Scheme = Literal["light", "dark"]


@dataclass
class Visitor:
    """One person's browser."""

    page: Page
    address: str
    """Where the site answers; nothing may be asked of anybody else."""
    complaints: list[str] = field(default_factory=list)
    """What a script or the browser complained about, and every request to another host."""
    refusals: list[tuple[int, str]] = field(default_factory=list)
    """Answers from 400 on, with their paths; a test that provokes one takes it away again."""

    def open(self, path: str) -> None:
        """Go to an address of the site."""
        self.page.goto(self.address + path)

    def sign_in(self, name: str, password: str) -> None:
        """Sign in as people do."""
        self.open("/masuk")
        self.page.get_by_label("Nama pengguna atau surel").fill(name)
        self.page.get_by_label("Kata sandi").fill(password)
        self.page.get_by_role("button", name="Masuk").click()
        self.page.wait_for_url(f"{self.address}/")

    def look(self, *, size: str = "desk", scheme: Scheme = "light") -> None:
        """Sit before another screen; the page follows without being asked for again."""
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    def fits(self) -> bool:
        """Return whether the page is no wider than the screen."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    def faults(self) -> list[str]:
        """Return what axe finds at this size and in these colours, a line for every place."""
        # Only faults are asked for: what passes is long, and is carried here node by node.
        options = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
        found = Axe().run(self.page, options=options)
        return [
            f"{rule['id']}: {node['html'][:160]} {(node['any'] or node['all'] or node['none'])[0]['message']}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]

    def take_refusals(self) -> list[int]:
        """Return the refused answers since the last time, as statuses."""
        statuses = [status for status, _path in self.refusals]
        self.refusals.clear()
        return statuses


@contextmanager
def visit(browser: Browser, address: str) -> Iterator[Visitor]:
    """Open a context of its own, with nothing kept from before."""
    width, height = SIZES["desk"]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="id-ID", timezone_id="Asia/Makassar"
    )
    context.set_default_timeout(15_000)
    person = Visitor(context.new_page(), address)

    def hear(message: ConsoleMessage) -> None:
        # That an answer was a refusal is noted by the response itself, with its status.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            person.complaints.append(message.text)

    def watch(request: Request) -> None:
        if not request.url.startswith((address, "data:", "blob:")):
            person.complaints.append(f"asked another host: {request.url}")

    def receive(response: Response) -> None:
        if response.status >= 400:
            person.refusals.append((response.status, response.url.removeprefix(address)))

    person.page.on("console", hear)
    person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
    person.page.on("request", watch)
    person.page.on("response", receive)
    yield person
    context.close()


def look_at_every_size(visitor: Visitor, name: str) -> list[str]:
    """Judge the open page on both screens and in both colours, and keep the pictures; return every fault."""
    faults = []
    schemes: tuple[Scheme, ...] = ("light", "dark")
    SCREENS.mkdir(parents=True, exist_ok=True)
    for size, (width, _height) in SIZES.items():
        for scheme in schemes:
            visitor.look(size=size, scheme=scheme)
            # Colours do not depend on the width, nor sizes on the colours: two of the four are judged.
            if (size == "phone") == (scheme == "light"):
                faults += [f"{name} {width} {scheme}: {fault}" for fault in visitor.faults()]
            if not visitor.fits():
                faults.append(f"{name}: scrolls sideways at {width}")
            visitor.page.screenshot(path=SCREENS / f"{name}-{width}-{scheme}.png", full_page=True)
    return faults
