"""Pictures as values: which pages, what is believed of an answer, and where signatures show."""

import base64
import io
from typing import Any

import PIL.Image
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from tests.support import signed_pdfs
from tests.support.pdfs import plain_pdf
from workflows.evidence.checks.draw import draw_pages
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.pictures import (
    LIMITS,
    NoPicture,
    PictureFormatError,
    PictureLimits,
    PictureSize,
    pages_to_draw,
    read_pictures,
    webp_size,
)
from workflows.evidence.checks.report import CheckReport


def webp(width: int = 20, height: int = 30, **more: Any) -> bytes:
    out = io.BytesIO()
    PIL.Image.new("RGB", (width, height), "white").save(out, "WEBP", **more)
    return out.getvalue()


def entry(data: bytes, **changed: Any) -> dict[str, Any]:
    return {"page": 1, "width": 20, "height": 30, "webp": base64.b64encode(data).decode(), **changed}


def test_the_first_pages_are_drawn_and_those_that_matter_however_far_back() -> None:
    limits = PictureLimits(first_pages=4, further_pages=3)
    assert pages_to_draw(2, limits=limits) == [1, 2]
    assert pages_to_draw(9, important=[7, 3, 12], limits=limits) == [1, 3, 7, 2, 4]
    assert pages_to_draw(9, limits=limits) == [1, 9, 2, 3, 4]
    assert pages_to_draw(None, important=[2], limits=limits) == [1, 2, 4, 3]
    assert pages_to_draw(0, limits=limits) == []
    assert len(pages_to_draw(100_000, important=range(50_000))) <= LIMITS.first_pages + LIMITS.further_pages


def test_a_sound_answer_is_taken_as_it_is() -> None:
    data = webp()
    found = read_pictures([entry(data), {"page": 3, "reason": "missing"}], asked=[1, 2, 3])
    assert [(one.page, one.webp, one.width, one.height, one.reason) for one in found] == [
        (1, data, 20, 30, None),
        (3, b"", 0, 0, NoPicture.MISSING),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"page": 1},
        [entry(webp()), entry(webp())],
        [entry(webp(), page=2)],
        [entry(webp(), page="1")],
        [entry(webp(), width=21)],
        [entry(webp(), more=1)],
        [entry(b"<svg onload=alert(1)>")],
        [entry(webp()[:-5])],
        [entry(webp() + b"<script>")],
        [entry(webp(lossless=True))],
        [entry(webp(exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"))],
        [entry(webp(5000, 3), width=5000, height=3)],
        [entry(webp(), webp="nicht base64")],
        [{"page": 1, "reason": "because"}],
        [{"page": 1}],
    ],
    ids=range(17),
)
def test_whatever_else_comes_out_of_the_sandbox_is_refused(answer: object) -> None:
    with pytest.raises(PictureFormatError):
        read_pictures(answer, asked=[1])


def test_the_size_of_a_picture_stands_in_its_first_bytes() -> None:
    assert webp_size(webp(123, 45)) == (123, 45)
    assert webp_size(b"") is None
    assert webp_size(b"RIFF" + bytes(40)) is None


def test_a_page_of_any_shape_is_drawn_within_the_pixels_allowed() -> None:
    pages = {
        "tall": b"[0 0 100 100000]",
        "huge": b"[0 0 200000 200000]",
        "wide": b"[0 0 842 595]",
        "a point": b"[0 0 0.001 0.001]",
        "nothing": b"[0 0 0 0]",
        "nonsense": b"[1 /a (b) 2]",
    }
    for name, box in pages.items():
        data = plain_pdf("Monev").replace(b"[0 0 595 842]", box)
        (picture,) = draw_pages(io.BytesIO(data), [1], size=PictureSize.PAGE)
        if picture.reason is None:
            assert picture.width * picture.height < 1.05 * 1000 * 1414, name
            assert max(picture.width, picture.height) <= LIMITS.side, name
            assert webp_size(picture.webp) == (picture.width, picture.height)
    assert read_pictures([picture.to_json()], asked=[1]) == [picture]


def test_an_answer_ends_when_time_or_room_is_over_and_never_before_the_first_picture() -> None:
    file = io.BytesIO(plain_pdf("Monev", pages=5))
    pages = [5, 4, 3, 2, 1]
    for tight in (PictureLimits(seconds=0), PictureLimits(answer_bytes=0)):
        assert [one.page for one in draw_pages(file, pages, size=PictureSize.SMALL, limits=tight)] == [5]
    assert [one.page for one in draw_pages(file, pages, size=PictureSize.SMALL)] == pages
    over = draw_pages(file, [1, 2], size=PictureSize.SMALL, limits=PictureLimits(file_bytes=100))
    assert [one.reason for one in over] == [NoPicture.TOO_LARGE] * 2


def test_a_picture_too_heavy_is_drawn_in_lower_quality() -> None:
    file = io.BytesIO(plain_pdf("Monev Triwulan I"))
    (free,) = draw_pages(file, [1], size=PictureSize.PAGE)
    (tight,) = draw_pages(file, [1], size=PictureSize.PAGE, limits=PictureLimits(picture_bytes=1))
    assert 0 < len(tight.webp) < len(free.webp)


def test_the_report_says_on_which_page_a_signature_shows() -> None:
    hidden = check_file(io.BytesIO(signed_pdfs.three_signers()), name="a.pdf")
    assert [signature.page for signature in hidden.signatures] == [None] * 3
    with_place = IncrementalPdfFileWriter(io.BytesIO(plain_pdf("Monev", pages=3)))
    append_signature_field(with_place, SigFieldSpec("Kepala", on_page=1, box=(50, 50, 250, 120)))
    signed = signed_pdfs.sign(signed_pdfs.written(with_place), field="Kepala")
    shown = check_file(io.BytesIO(signed), name="a.pdf")
    assert [(signature.field, signature.page) for signature in shown.signatures] == [("Kepala", 2)]
    assert CheckReport.from_json(shown.to_json()) == shown
