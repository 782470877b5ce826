"""What a page costs on a slow line: everything that came over the wire, headers included, as the browser counted it."""

from collections.abc import Callable

from playwright.sync_api import Browser

from tests.support.offices import PASSWORD

from .conftest import Site
from .visitors import Visitor, visit

FIRST, LATER = 150_000, 40_000
PAGES = ("/rekomendasi", "/kisi", "/lhe", "/arsip", "/log", "/")


class Scale:
    """Counts what a browser receives."""

    def __init__(self, visitor: Visitor) -> None:
        self._page = visitor.page
        self._sizes: list[int] = []
        self._wire = visitor.page.context.new_cdp_session(visitor.page)
        self._wire.send("Network.enable")
        self._wire.on("Network.loadingFinished", lambda event: self._sizes.append(int(event["encodedDataLength"])))

    def read(self) -> int:
        """Return the bytes that came since the last reading."""
        self._page.wait_for_load_state("networkidle")
        total = sum(self._sizes)
        self._sizes.clear()
        return total


def test_the_first_page_and_every_later_one_are_light(
    chromium: Browser, site: Site, record_property: Callable[[str, object], None]
) -> None:
    weights = {}
    with visit(chromium, site.address) as visitor:
        scale = Scale(visitor)
        visitor.open("/masuk")
        first = scale.read()
        visitor.sign_in("operator", PASSWORD)
        scale.read()
        for path in (*PAGES, f"/kewajiban/{site.staged.states['sudah-diperiksa']}"):
            visitor.open(path)
            weights[path] = scale.read()
        assert visitor.complaints == []
    record_property("table", "\n".join(f"{size:>8} B  {path}" for path, size in {"/masuk": first, **weights}.items()))
    assert 0 < first <= FIRST
    assert {path: size for path, size in weights.items() if not 0 < size <= LATER} == {}
