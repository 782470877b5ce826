"""The ways on which something active can hide: escaped names, inheritance, chains, trees, orders of calculation."""

import io
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from workflows.evidence.checks.judge import check_file

SCRIPT = "/S /JavaScript /JS (app.alert)"


def written(catalog: str, *objects: str, version: str = "1.7") -> bytes:
    """A PDF to the letter: object 1 is the catalog, 2 the pages, 3 the page, the others follow."""
    bodies = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Annots [4 0 R] >>" if objects else
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        *objects,
    ]  # fmt: skip
    out = f"%PDF-{version}\n".encode()
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()


def kinds(data: bytes) -> set[str]:
    return set(check_file(io.BytesIO(data), name="a.pdf").active_content)


LITERAL = {
    "an escaped value": ("/OpenAction << /S /#4aavaScript /JS (x) >>", (), {"javascript", "open-action"}),
    "an escaped key": ("/#4fpenAction << /#53 /JavaScript /#4A#53 (x) >>", (), {"javascript", "open-action"}),
    "every letter escaped": (
        "/Names << /J#61vaScript << /Names [(a) << /S /#4a#61#76#61#53#63#72#69#70#74 /JS (x) >>] >> >>",
        (),
        {"javascript"},
    ),
    "an escaped launch": (
        "",
        ("<< /Subtype /Link /Rect [0 0 1 1] /A << /S /#4caunch /#46 (a.exe) >> >>",),
        {"launch"},
    ),
    "a type by reference": (
        "",
        ("<< /Subtype /Link /Rect [0 0 1 1] /A << /S 5 0 R /JS 6 0 R >> >>", "/JavaScript", "(app.alert)"),
        {"javascript"},
    ),
    "a trigger that its field inherits": (
        "/AcroForm << /Fields [5 0 R] /CO [4 0 R] >>",
        (
            "<< /Subtype /Widget /Rect [0 0 1 1] /Parent 5 0 R >>",
            f"<< /FT /Tx /T (a) /Kids [4 0 R] /AA << /C << {SCRIPT} >> >> >>",
        ),
        {"javascript", "additional-actions"},
    ),
    "the last link of a chain": (
        "",
        (
            "<< /Subtype /Link /Rect [0 0 1 1] /A << /S /GoTo /D [3 0 R /Fit] /Next [5 0 R] >> >>",
            "<< /S /GoTo /D [3 0 R /Fit] /Next << /S /URI /URI (https://a.invalid) /Next 6 0 R >> >>",
            f"<< {SCRIPT} >>",
        ),
        {"uri", "javascript"},
    ),
    "a tree of names": (
        "/Names << /JavaScript << /Kids [<< /Limits [(a) (b)] /Kids [5 0 R] >>] >> >>",
        (
            "<< /Subtype /Text /Rect [0 0 1 1] >>",
            "<< /Limits [(a) (b)] /Names [(a) 6 0 R] >>",
            f"<< {SCRIPT} >>",
        ),
        {"javascript"},
    ),
    "an outline": (
        "/Outlines << /First 5 0 R >>",
        ("<< /Subtype /Text /Rect [0 0 1 1] >>", f"<< /Title (a) /A << {SCRIPT} >> >>"),
        {"javascript"},
    ),
    "a revision that nothing leads to any more": (
        "",
        ("<< /Subtype /Text /Rect [0 0 1 1] >>", f"<< {SCRIPT} >>"),
        {"javascript"},
    ),
}


@pytest.mark.parametrize(("catalog", "objects", "expected"), LITERAL.values(), ids=LITERAL)
def test_it_is_found_however_it_is_written(catalog: str, objects: tuple[str, ...], expected: set[str]) -> None:
    assert kinds(written(catalog, *objects)) == expected


REACHED = {name: entry for name, entry in LITERAL.items() if name != "a revision that nothing leads to any more"}
"""What is still there when the file is written anew."""


@pytest.mark.parametrize(("catalog", "objects", "expected"), REACHED.values(), ids=REACHED)
def test_it_is_found_packed_and_under_a_password(catalog: str, objects: tuple[str, ...], expected: set[str]) -> None:
    """Packed into object streams, read by the one reader; locked, where only the other one sees the structure."""
    packed, locked = io.BytesIO(), io.BytesIO()
    with pikepdf.open(io.BytesIO(written(catalog, *objects))) as pdf:
        pdf.save(packed, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        pdf.save(
            locked, object_stream_mode=pikepdf.ObjectStreamMode.disable,
            encryption=pikepdf.Encryption(user="a", owner="b"),
        )  # fmt: skip
    assert kinds(packed.getvalue()) == expected
    assert kinds(locked.getvalue()) == expected


def test_of_an_attached_pdf_only_the_name_is_told(draft: Callable) -> None:
    """What an attachment would do is not this file's doing; nobody opens it."""
    inner = written("/OpenAction << /S /JavaScript /JS (x) >>")
    made = draft()
    stream = made.pdf.make_stream(inner)
    stream.Type, stream.Subtype = Name.EmbeddedFile, Name("/application/pdf")
    stream.Params = Dictionary(Size=len(inner))
    spec = Dictionary(Type=Name.Filespec, F=String("isi.pdf"), UF=String("isi.pdf"), EF=Dictionary(F=stream))
    made.root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([String("isi.pdf"), spec])))
    report = check_file(io.BytesIO(made.bytes()), name="a.pdf")
    assert set(report.active_content) == {"embedded-file"}
    (attachment,) = report.attachments
    assert (attachment.name, attachment.media_type, attachment.bytes) == ("isi.pdf", "application/pdf", len(inner))


def test_the_version_is_the_later_of_header_and_catalog() -> None:
    assert check_file(io.BytesIO(written("", version="1.4")), name="a.pdf").version == "1.4"
    assert check_file(io.BytesIO(written("/Version /1.7", version="1.4")), name="a.pdf").version == "1.7"
    assert check_file(io.BytesIO(written("/Version /x.y", version="1.4")), name="a.pdf").version == "1.4"


def test_sizes_are_those_that_are_shown_with_their_pages(draft: Callable) -> None:
    made = draft(pages=4)
    made.pdf.pages[1].obj.Rotate = 90
    made.pdf.pages[2].obj.MediaBox = Array([0, 0, 612, 936])
    made.pdf.pages[3].obj.MediaBox = Array([0, 0, 0, 0])
    made.pdf.Root.Pages.Rotate = 0
    sizes = check_file(io.BytesIO(made.bytes()), name="a.pdf").page_sizes
    assert [(size.width_mm, size.height_mm, size.pages) for size in sizes] == [
        (210, 297, (1,)), (297, 210, (2,)), (216, 330, (3,)),
    ]  # fmt: skip


def test_a_picture_that_claims_to_be_boundless_is_told(draft: Callable) -> None:
    made = draft()
    image = made.pdf.make_stream(b"")
    image.Type, image.Subtype, image.Width, image.Height = Name.XObject, Name.Image, 100_000, 100_000
    made.pdf.pages[0].obj.Resources.XObject = Dictionary(Im0=image)
    report = check_file(io.BytesIO(made.bytes()), name="a.pdf")
    assert [(found.code, found.severity) for found in report.findings] == [("huge_picture", "warn")]
