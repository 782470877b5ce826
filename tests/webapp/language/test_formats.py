"""Days, moments, scores and sizes in both languages, whatever the server's own language and zone."""

import datetime as dt
import time
from collections.abc import Callable
from decimal import Decimal

import flask
import pytest
from flask import g

from webapp import formats
from webapp.extensions import babel
from webapp.language import choose_locale

NEW_YEAR = dt.datetime(2025, 12, 31, 16, 30, tzinfo=dt.UTC)
"""Half past eleven in the evening of the old year in the west, half past midnight in the middle, half past one in the east."""
LAST_MINUTE = dt.datetime(2026, 5, 19, 14, 59, tzinfo=dt.UTC)

Say = Callable[..., str]


@pytest.fixture
def say() -> Say:
    """Call a format in a language and a zone."""
    app = flask.Flask(__name__)
    app.config["BABEL_DEFAULT_LOCALE"] = "id"
    babel.init_app(app, locale_selector=choose_locale)

    def call(form: Callable[..., str], value: object, language: str, zone: str = "Asia/Makassar") -> str:
        with app.test_request_context("/", headers={"Cookie": f"bahasa={language}"}):
            g.zone = zone
            return form(value)

    return call


@pytest.mark.parametrize(
    ("zone", "indonesian", "english"),
    [
        ("Asia/Jakarta", "31 Desember 2025 pukul 23.30 WIB", "31 December 2025, 23:30 WIB"),
        ("Asia/Pontianak", "31 Desember 2025 pukul 23.30 WIB", "31 December 2025, 23:30 WIB"),
        ("Asia/Makassar", "1 Januari 2026 pukul 00.30 WITA", "1 January 2026, 00:30 WITA"),
        ("Asia/Jayapura", "1 Januari 2026 pukul 01.30 WIT", "1 January 2026, 01:30 WIT"),
    ],
)
def test_a_moment_falls_on_the_regions_own_day(zone: str, indonesian: str, english: str, say: Say) -> None:
    assert say(formats.waktu, NEW_YEAR, "id", zone) == indonesian
    assert say(formats.waktu, NEW_YEAR, "en", zone) == english
    assert say(formats.tanggal, NEW_YEAR, "id", zone) == indonesian.partition(" pukul")[0]
    assert say(formats.tanggal, NEW_YEAR, "en", zone) == english.partition(",")[0]


def test_the_last_minute_before_midnight(say: Say) -> None:
    assert say(formats.waktu, LAST_MINUTE, "en", "Asia/Makassar") == "19 May 2026, 22:59 WITA"
    assert say(formats.waktu, LAST_MINUTE, "id", "Asia/Jayapura") == "19 Mei 2026 pukul 23.59 WIT"


@pytest.mark.parametrize(
    ("month", "indonesian", "english"), [(1, "Januari", "January"), (5, "Mei", "May"), (8, "Agustus", "August"), (12, "Desember", "December")]
)  # fmt: skip
def test_a_day_is_written_with_the_months_of_the_language(month: int, indonesian: str, english: str, say: Say) -> None:
    day = dt.date(2026, month, 2)
    assert say(formats.tanggal, day, "id") == f"2 {indonesian} 2026"
    assert say(formats.tanggal, day, "en") == f"2 {english} 2026"


@pytest.mark.parametrize(
    ("form", "value", "indonesian", "english"),
    [
        (formats.nilai, Decimal("78.05"), "78,05", "78.05"),
        (formats.nilai, Decimal(100), "100,00", "100.00"),
        (formats.nilai, None, "-", "-"),
        (formats.ukuran, 0, "0 byte", "0 bytes"),
        (formats.ukuran, 1, "1 byte", "1 byte"),
        (formats.ukuran, 999, "999 byte", "999 bytes"),
        (formats.ukuran, 1_500, "1,5 kB", "1.5 kB"),
        (formats.ukuran, 3_449_999, "3,4 MB", "3.4 MB"),
        (formats.ukuran, 2_000_000_000, "2 GB", "2 GB"),
        (formats.ukuran, None, "-", "-"),
        (formats.tanggal, None, "-", "-"),
        (formats.waktu, None, "-", "-"),
    ],
)
def test_numbers_have_the_comma_or_the_point(
    form: Callable[..., str], value: object, indonesian: str, english: str, say: Say
) -> None:
    assert say(form, value, "id") == indonesian
    assert say(form, value, "en") == english


def test_the_servers_zone_and_language_do_not_matter(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    time.tzset()
    try:
        assert say(formats.waktu, NEW_YEAR, "en") == "1 January 2026, 00:30 WITA"
    finally:
        monkeypatch.undo()
        time.tzset()
