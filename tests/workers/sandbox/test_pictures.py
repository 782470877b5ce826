"""Pages drawn behind the walls: good files, files that do not open, and files that end their child."""

import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

import pikepdf
import PIL.Image
import pytest

from tests.support.pdfs import plain_pdf
from workflows.evidence.checks import wire
from workflows.evidence.checks.pictures import DRAWINGS, NoPicture, PictureSize
from workflows.evidence.inspection import NotDrawnError


@contextmanager
def opened(data: bytes) -> Iterator[BinaryIO]:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file


def drawn(checker, data: bytes, pages: list[int], size: PictureSize = PictureSize.PAGE) -> list:
    with opened(data) as file:
        return checker.inspector.draw(file, pages=pages, size=size)


def encrypted(*, user: str = "", owner: str = "rahasia") -> bytes:
    with pikepdf.open(io.BytesIO(plain_pdf("Rahasia"))) as pdf:
        out = io.BytesIO()
        pdf.save(out, encryption=pikepdf.Encryption(user=user, owner=owner))
        return out.getvalue()


def image_page(width: int, height: int, data: bytes) -> bytes:
    """A page whose picture claims that size."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(595, 842))
        image = pikepdf.Stream(pdf, zlib.compress(data, 9))
        image.Type, image.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        image.Width, image.Height, image.BitsPerComponent = width, height, 8
        image.ColorSpace, image.Filter = pikepdf.Name.DeviceRGB, pikepdf.Name.FlateDecode
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image))
        page.obj.Contents = pdf.make_stream(b"q 595 0 0 842 0 0 cm /I Do Q")
        out = io.BytesIO()
        pdf.save(out, compress_streams=False)
        return out.getvalue()


def test_pages_are_drawn_behind_every_wall(real) -> None:
    found = drawn(real, plain_pdf("Monev Triwulan I", pages=3), [1, 3])
    assert [(one.page, one.reason) for one in found] == [(1, None), (3, None)]
    with PIL.Image.open(io.BytesIO(found[0].webp)) as image:
        assert image.size == (found[0].width, found[0].height)
        # Words on paper: the fonts of a file that brings none come from the library itself.
        low, high = image.convert("L").getextrema()
        assert low < 80
        assert high > 240
    with opened(plain_pdf()) as file, wire.connect(str(real.path)) as connection:
        request = wire.Request(kind="pictures", name="", profile="page", pages=[1])
        with open(f"/proc/self/fd/{file.fileno()}", "rb") as reading:
            wire.send_request(connection, request, descriptor=reading.fileno())
        answer = wire.receive_answer(connection)
    assert answer is not None
    assert set(answer) == {"pictures", "isolation"}
    assert answer["isolation"] == "full"


def test_small_pictures_are_small(real) -> None:
    (found,) = drawn(real, plain_pdf(), [1], PictureSize.SMALL)
    assert found.width * found.height < 1.05 * DRAWINGS[PictureSize.SMALL].pixels
    assert len(found.webp) < 16 * 1024


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        (plain_pdf(), [None, NoPicture.MISSING]),
        (encrypted(), [None, NoPicture.MISSING]),
        (encrypted(user="kunci"), [NoPicture.MISSING] * 2),
        (plain_pdf()[: len(plain_pdf()) // 3], [NoPicture.MISSING] * 2),
        (b"bukan PDF", [NoPicture.MISSING] * 2),
        (b"", [NoPicture.MISSING] * 2),
        (plain_pdf().replace(b"/Kids [4 0 R]", b"/Kids [9 0 R]"), [NoPicture.UNREADABLE, NoPicture.MISSING]),
        (plain_pdf().replace(b"[0 0 595 842]", b"[0 0 2e9 2e9]"), [None, NoPicture.MISSING]),
    ],
    ids=["good", "owner password", "user password", "cut off", "not a PDF", "empty", "page gone", "huge page"],
)
def test_a_page_that_cannot_be_drawn_is_a_fact(real, data: bytes, reasons: list) -> None:
    assert [one.reason for one in drawn(real, data, [1, 2])] == reasons


def test_a_bomb_ends_its_child_and_nothing_else(real) -> None:
    bomb = image_page(30_000, 30_000, bytes(64 * 1024**2))
    with opened(bomb) as file:
        try:
            found = real.inspector.draw(file, pages=[1], size=PictureSize.PAGE)
        except NotDrawnError:
            found = []
    assert len(found) <= 1
    assert [one.reason for one in drawn(real, plain_pdf(), [1])] == [None]
    assert real.children() == []


@pytest.mark.parametrize("act", ["crash", "memory", "flood", "garbage", "wrong shape", "spin"])
def test_a_child_that_gives_no_sound_answer_draws_nothing(hostile, monkeypatch, act: str) -> None:
    asked = hostile.inspector._asked
    monkeypatch.setattr(
        hostile.inspector,
        "_asked",
        lambda kind, name, profile, descriptor, pages: asked(kind, act, profile, descriptor, pages),
    )
    with opened(plain_pdf()) as file, pytest.raises(NotDrawnError):
        hostile.inspector.draw(file, pages=[1], size=PictureSize.PAGE)


@pytest.mark.parametrize("pages", ['"1"', "[0]", "[-1]", "[true]", "[1.5]", '["1"]', "[1000000]", "null", "{}"])
def test_pages_that_are_none_are_no_request(real, pages: str) -> None:
    packet = f'{{"kind": "pictures", "name": "", "profile": "page", "pages": {pages}}}'.encode()
    with opened(plain_pdf()) as file, wire.connect(str(real.path)) as connection:
        connection.settimeout(10)
        with open(f"/proc/self/fd/{file.fileno()}", "rb") as reading:
            wire.send_descriptor(connection, packet, reading.fileno())
        assert connection.recv(wire.PACKET) == b""


def test_pictures_never_take_the_last_place_from_a_check(hostile) -> None:
    """Two places: one question that takes long and nobody waits for leaves the other one free, whatever queues behind it."""
    with opened(plain_pdf()) as file, ExitStack() as stack:
        descriptor = os.open(f"/proc/self/fd/{file.fileno()}", os.O_RDONLY)
        stack.callback(os.close, descriptor)
        waiting = []
        for _ in range(3):
            connection = stack.enter_context(wire.connect(str(hostile.path)))
            request = wire.Request(kind="pictures", name="sleep", profile="page", pages=[1])
            wire.send_request(connection, request, descriptor=descriptor)
            waiting.append(connection)
        hostile.wait_for_child()
        report = hostile.inspector.check(file, name="a.pdf")
        assert report.opens == "yes"
        assert len(hostile.children()) == 1
