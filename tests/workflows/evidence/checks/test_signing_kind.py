"""How a document could be signed, told from its structure: made files of every kind, and those that only look like it."""

import io

import pikepdf
import pytest

from workflows.evidence.checks import images
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.report import CheckReport, Severity, SigningKind, Verdict

A4 = (595.0, 842.0)
MM = 72 / 25.4
WORDS = "Laporan monitoring dan evaluasi triwulan pertama " * 4
SIGNED = "Kepala Bidang, NIP 19000101 190001 1 001"


class Paper:
    """A page under construction, measured in millimetres from the lower left."""

    def __init__(self, *, rotate: int = 0) -> None:
        self.pdf = pikepdf.new()
        self.page = self.add(rotate=rotate)

    def add(self, *, rotate: int = 0) -> pikepdf.Page:
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        self.page = self.pdf.add_blank_page(page_size=A4)
        self.page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font), XObject=pikepdf.Dictionary())
        self.page.obj.Contents = self.pdf.make_stream(b"")
        if rotate:
            self.page.obj.Rotate = rotate
        return self.page

    def paint(self, content: str) -> "Paper":
        before = self.page.obj.Contents.read_bytes()
        self.page.obj.Contents = self.pdf.make_stream(before + content.encode() + b"\n")
        return self

    def text(self, words: str, *, mode: int = 0, y: float = 250) -> "Paper":
        return self.paint(f"BT /F1 11 Tf {mode} Tr {20 * MM} {y * MM} Td ({words}) Tj ET")

    def image(self) -> pikepdf.Object:
        made = self.pdf.make_stream(b"\x80" * 12)
        made.Type, made.Subtype, made.ColorSpace = pikepdf.Name.XObject, pikepdf.Name.Image, pikepdf.Name.DeviceRGB
        made.Width, made.Height, made.BitsPerComponent = 2, 2, 8
        return made

    def picture(self, left: float, bottom: float, width: float, height: float, *, name: str = "/Im0") -> "Paper":
        self.page.obj.Resources.XObject[name] = self.image()
        return self.paint(f"q {width * MM} 0 0 {height * MM} {left * MM} {bottom * MM} cm {name} Do Q")

    def report(self) -> CheckReport:
        out = io.BytesIO()
        self.pdf.save(out)
        return check_file(io.BytesIO(out.getvalue()), name="uji.pdf")


def scan() -> Paper:
    return Paper().picture(0, 0, 210, 297)


def codes(report: CheckReport) -> set[str]:
    return {finding.code for finding in report.findings}


def in_a_form(paper: Paper) -> Paper:
    """A signature inside a form of half its size, as word processors group things."""
    form = paper.pdf.make_stream(b"q 80 0 0 40 0 0 cm /Im0 Do Q")
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 80, 40])
    form.Matrix = pikepdf.Array([2, 0, 0, 2, 0, 0])
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=paper.image()))
    paper.page.obj.Resources.XObject["/Fm0"] = form
    return paper.paint("q 1 0 0 1 300 120 cm /Fm0 Do Q")


def inline(paper: Paper) -> Paper:
    return paper.paint("q 100 0 0 60 300 120 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x7f EI Q")


def stamped(paper: Paper) -> Paper:
    stamp = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=pikepdf.Array([300, 120, 420, 180])
    )
    paper.page.obj.Annots = pikepdf.Array([paper.pdf.make_indirect(stamp)])
    return paper


PASTED = {
    "a signature above the name": lambda: Paper().text(WORDS).text(SIGNED, y=40).picture(120, 45, 50, 20),
    "a QR code of an electronic signature": lambda: (
        Paper().text(WORDS).text("Ditandatangani secara elektronik", y=40).picture(120, 45, 25, 25)
    ),
    "on the last page of three": lambda: _last_of_three(),
    "inside a form": lambda: in_a_form(Paper().text(WORDS).text(SIGNED, y=30)),
    "written into the content": lambda: inline(Paper().text(WORDS).text(SIGNED, y=30)),
    "a stamp put on afterwards": lambda: stamped(Paper().text(WORDS)),
}


def _last_of_three() -> Paper:
    paper = Paper().text(WORDS)
    paper.add()
    paper.text(WORDS)
    paper.add()
    return paper.text(WORDS).text(SIGNED, y=40).picture(120, 45, 50, 20)


@pytest.mark.parametrize("made", PASTED.values(), ids=PASTED)
def test_a_pasted_picture_of_a_signature_proves_nothing_and_is_told(made) -> None:
    report = made().report()
    assert report.kind is SigningKind.IMAGE_ONLY
    (found,) = [finding for finding in report.findings if finding.code == "pasted_signature"]
    assert (found.severity, found.page) == (Severity.INFO, report.pages)
    assert report.verdict is Verdict.ACCEPT
    assert report.signatures == ()


NOTHING = {
    "text alone": lambda: Paper().text(WORDS).text(SIGNED, y=40),
    "a logo in the letterhead": lambda: Paper().picture(15, 262, 22, 25).text(WORDS).text(SIGNED, y=40),
    "a photograph among the text": lambda: Paper().text(WORDS).picture(30, 90, 70, 50),
    "a chart of half a page beside a name": lambda: Paper().text(WORDS).text(SIGNED, y=30).picture(20, 60, 170, 120),
    "a bullet of a few millimetres": lambda: Paper().text(WORDS).text(SIGNED, y=30).picture(20, 60, 4, 4),
    "the same foot on every page": lambda: _footed(),
    "a picture beside the page": lambda: Paper().text(WORDS).text(SIGNED, y=30).picture(400, 60, 50, 20),
    "a background under visible text": lambda: Paper().picture(0, 0, 210, 297).text(WORDS * 4),
}


def _footed() -> Paper:
    paper = Paper()
    for number in range(4):
        if number:
            paper.add()
        paper.text(WORDS).text(SIGNED, y=40).picture(20, 10, 20, 20)
    return paper


@pytest.mark.parametrize("made", NOTHING.values(), ids=NOTHING)
def test_no_wolf_is_cried_over_logos_charts_and_photographs(made) -> None:
    report = made().report()
    assert report.kind is SigningKind.NONE
    assert "pasted_signature" not in codes(report)


SCANS = {
    "one picture": scan,
    "with recognised text under it": lambda: Paper().text(WORDS * 4, mode=3).picture(0, 0, 210, 297),
    "with recognised text over it": lambda: scan().text(WORDS * 4, mode=3),
    "with visible text that the picture hides": lambda: Paper().text(WORDS * 4).picture(0, 0, 210, 297),
    "with a page number on it": lambda: scan().text("12"),
    "in strips": lambda: (
        Paper().picture(0, 0, 210, 100).picture(0, 100, 210, 100, name="/Im1").picture(0, 200, 210, 97, name="/Im2")
    ),
    "with narrow margins": lambda: Paper().picture(5, 5, 200, 287),
    "on its side": lambda: Paper(rotate=90).picture(0, 0, 210, 297),
}


@pytest.mark.parametrize("made", SCANS.values(), ids=SCANS)
def test_a_page_that_is_a_picture_of_paper_is_for_a_person_to_attest(made) -> None:
    report = made().report()
    assert (report.kind, report.scanned_pages) == (SigningKind.WET_SCAN, (1,))
    assert "pasted_signature" not in codes(report)


def test_one_scanned_page_among_text_is_named() -> None:
    paper = Paper().text(WORDS)
    paper.add()
    paper.picture(0, 0, 210, 297)
    report = paper.report()
    assert (report.kind, report.scanned_pages) == (SigningKind.WET_SCAN, (2,))


def test_a_rotated_page_is_judged_as_it_is_shown() -> None:
    """A logo that lies at the left of the sheet and, turned, in the head of what is shown."""
    logo = Paper(rotate=90).text(WORDS).text(SIGNED, y=40).picture(5, 20, 25, 25)
    assert logo.report().kind is SigningKind.NONE
    signature = Paper(rotate=90).text(WORDS).text(SIGNED, y=40).picture(170, 20, 25, 50)
    assert signature.report().kind is SigningKind.IMAGE_ONLY


def test_an_empty_signature_field_and_a_visible_stamp_are_not_digital() -> None:
    paper = stamped(Paper().text(WORDS))
    field = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig, T=pikepdf.String("Kepala"),
        Rect=pikepdf.Array([300, 120, 420, 180]),
    )  # fmt: skip
    made = paper.pdf.make_indirect(field)
    paper.page.obj.Annots.append(made)
    paper.pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([made]), SigFlags=3)
    assert paper.report().kind is SigningKind.IMAGE_ONLY


def test_a_field_whose_value_nobody_can_read_is_not_digital() -> None:
    paper = Paper().text(WORDS)
    value = pikepdf.Dictionary(
        Type=pikepdf.Name.Sig, Filter=pikepdf.Name("/Adobe.PPKLite"), SubFilter=pikepdf.Name("/adbe.pkcs7.detached"),
        ByteRange=pikepdf.Array([0, 10, 20, 10]), Contents=pikepdf.String(b"\x00" * 64),
    )  # fmt: skip
    field = pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String("Kepala"), V=paper.pdf.make_indirect(value))
    paper.pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([paper.pdf.make_indirect(field)]))
    assert paper.report().kind is SigningKind.NONE


def test_every_file_of_the_corpus_with_a_readable_signature_is_digital_and_no_other(corpus, inspector) -> None:
    for row in corpus.rows:
        with corpus.path(row).open("rb") as file:
            report = inspector.check(file, name=row["path"])
        readable = any(entry.signer and entry.kind == "signature" for entry in report.signatures)
        assert (report.kind is SigningKind.DIGITAL) == readable, row["path"]


def test_content_that_nests_and_repeats_without_end_is_given_up() -> None:
    paper = Paper().text(WORDS)
    form = paper.pdf.make_stream(b"/Fm0 Do " * 200)
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 80, 40])
    form = paper.pdf.make_indirect(form)
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm0=form, Im0=paper.image()))
    paper.page.obj.Resources.XObject["/Fm0"] = form
    assert paper.paint("/Fm0 Do").report().kind is SigningKind.NONE


def test_a_form_that_is_painted_over_and_over_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = Paper().text(WORDS)
    form = paper.pdf.make_stream(b"q 1 0 0 1 0 0 cm Q " * 50_000)
    form.Type, form.Subtype, form.BBox = pikepdf.Name.XObject, pikepdf.Name.Form, pikepdf.Array([0, 0, 80, 40])
    paper.page.obj.Resources.XObject["/Fm0"] = form
    paper.page.obj.Resources.XObject["/Im0"] = paper.image()
    followed: list[int] = []
    real = images._stream
    monkeypatch.setattr(images, "_stream", lambda data: (followed.append(len(data)), real(data))[1])
    assert paper.paint("/Fm0 Do " * 1_000).report().kind is SigningKind.NONE
    assert 0 < sum(followed) <= images.LARGEST_CONTENT


def test_matrices_without_sense_do_not_matter() -> None:
    paper = Paper().text(WORDS)
    paper.page.obj.Resources.XObject["/Im0"] = paper.image()
    paper.paint("q 1e38 0 0 1e38 0 0 cm 1e38 0 0 1e38 0 0 cm /Im0 Do Q cm q Q Q Q 1 cm /Im0 Do /Im1 Do Do")
    assert paper.report().kind in (SigningKind.NONE, SigningKind.WET_SCAN)
