"""The checks one by one, on files made for the one thing that they must see."""

import ast
import io
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

import workflows.evidence.checks as package
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.limits import Limits
from workflows.evidence.checks.policy import POLICIES, UnknownProfileError
from workflows.evidence.checks.report import (
    CheckReport,
    Encryption,
    Opens,
    Severity,
    SignatureVerdict,
    TextLayer,
    Verdict,
)


def judge(data: bytes, **options) -> CheckReport:
    return check_file(io.BytesIO(data), name="bukti.pdf", **options)


def codes(report: CheckReport) -> set[str]:
    return {finding.code for finding in report.findings}


def script(text: str = "app.alert(1)") -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=String(text))


def test_a_plain_text_pdf_is_accepted(draft) -> None:
    report = judge(draft(pages=3).bytes())
    assert report.verdict is Verdict.ACCEPT
    assert (report.opens, report.pages, report.encrypted) == (Opens.YES, 3, Encryption.NONE)
    assert report.text_layer is TextLayer.YES
    assert report.findings == ()


def test_an_empty_file_is_rejected_with_one_reason() -> None:
    report = judge(b"")
    assert (report.verdict, codes(report)) == (Verdict.REJECT, {"empty"})


@pytest.mark.parametrize(
    ("data", "seen"),
    [(b"PK\x03\x04 word/document.xml", "Office"), (b"\xff\xd8\xff\xe0 JFIF", "JPEG"), (b"catatan", "bukan PDF")],
)
def test_another_kind_of_file_is_rejected_and_named(data: bytes, seen: str) -> None:
    report = judge(data)
    assert (report.verdict, codes(report)) == (Verdict.REJECT, {"not_a_pdf"})
    assert seen in report.findings[0].message


def test_the_mark_of_a_pdf_beyond_1024_bytes_does_not_count(draft) -> None:
    assert "not_a_pdf" not in codes(judge(b"\n" * 1000 + draft().bytes()))
    assert "not_a_pdf" in codes(judge(b"\n" * 1025 + draft().bytes()))


def test_a_cut_file_is_repaired_with_a_warning(draft) -> None:
    report = judge(draft(pages=2).bytes()[:-200])
    assert (report.opens, report.verdict) == (Opens.REPAIRED, Verdict.WARN)
    assert {"truncated", "damaged"} <= codes(report)


def test_a_pdf_without_pages_is_rejected(draft) -> None:
    report = judge(draft(pages=0).bytes())
    assert (report.opens, report.verdict, codes(report)) == (Opens.NO, Verdict.REJECT, {"no_pages"})


def test_an_owner_password_informs_and_a_user_password_rejects(draft) -> None:
    owner = judge(draft().bytes(encryption=pikepdf.Encryption(owner="rahasia", R=6)))
    assert (owner.opens, owner.encrypted, owner.verdict) == (Opens.YES, Encryption.OWNER_ONLY, Verdict.ACCEPT)
    user = judge(draft().bytes(encryption=pikepdf.Encryption(owner="rahasia", user="kunci", R=6)))
    assert (user.opens, user.encrypted, user.verdict) == (
        Opens.PASSWORD,
        Encryption.USER_PASSWORD,
        Verdict.REJECT,
    )


def test_a_script_is_seen_through_the_password(draft) -> None:
    made = draft()
    made.root.OpenAction = script()
    locked = made.bytes(
        encryption=pikepdf.Encryption(owner="rahasia", user="kunci", R=4),
        object_stream_mode=pikepdf.ObjectStreamMode.disable,
    )
    assert judge(locked).active_content == ("javascript", "open-action")


def test_a_large_file_warns(draft) -> None:
    data = draft().bytes()
    assert "too_large" in codes(judge(data, limits=Limits(max_bytes=len(data) - 1)))
    assert "too_large" not in codes(judge(data, limits=Limits(max_bytes=len(data))))


def on_page(made, **keys) -> None:
    made.pdf.pages[0].obj.Annots = Array([made.pdf.make_indirect(Dictionary(Rect=[0, 0, 9, 9], **keys))])


HIDDEN = {
    "javascript|open-action": lambda made: made.root.__setattr__("OpenAction", script()),
    "open-action-goto": lambda made: made.root.__setattr__("OpenAction", Dictionary(S=Name.GoTo, D=String("a"))),
    "": lambda made: made.root.__setattr__("OpenAction", Array([made.pdf.pages[0].obj, Name.Fit])),
    "javascript": lambda made: made.root.__setattr__(
        "Names", Dictionary(JavaScript=Dictionary(Names=[String("a"), made.pdf.make_indirect(script())]))
    ),
    "javascript|additional-actions": lambda made: made.pdf.pages[0].obj.__setattr__("AA", Dictionary(O=script())),
    "launch": lambda made: on_page(made, Subtype=Name.Link, A=Dictionary(S=Name.Launch, F=String("a.pdf"))),
    "submit-form": lambda made: on_page(
        made, Subtype=Name.Link, A=Dictionary(S=Name.SubmitForm, F=String("https://contoh.invalid"))
    ),
    "uri": lambda made: on_page(made, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://a.invalid"))),
    "goto-remote": lambda made: on_page(made, Subtype=Name.Link, A=Dictionary(S=Name.GoToR, F=String("a.pdf"))),
    "goto-embedded": lambda made: on_page(made, Subtype=Name.Link, A=Dictionary(S=Name.GoToE)),
    "rich-media": lambda made: on_page(made, Subtype=Name.RichMedia),
    "screen-annot": lambda made: on_page(made, Subtype=Name.Screen),
    "rendition": lambda made: on_page(made, Subtype=Name.Link, A=Dictionary(S=Name.Rendition)),
    "xfa": lambda made: made.root.__setattr__("AcroForm", Dictionary(Fields=[], XFA=made.pdf.make_stream(b"<x/>"))),
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "object_streams"])
@pytest.mark.parametrize("kinds", HIDDEN)
def test_active_content_is_found_wherever_it_hides(draft, kinds: str, packed: bool) -> None:
    made = draft()
    HIDDEN[kinds](made)
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    assert "|".join(judge(made.bytes(object_stream_mode=mode)).active_content) == kinds


def test_a_chain_of_actions_that_bites_its_tail_is_walked_once(draft) -> None:
    made = draft()
    first, second = made.pdf.make_indirect(script()), made.pdf.make_indirect(Dictionary(S=Name.URI, URI=String("x")))
    first.Next, second.Next = second, first
    made.root.OpenAction = first
    assert judge(made.bytes()).active_content == ("javascript", "open-action", "uri")


def test_attachments_are_named_without_control_characters(draft) -> None:
    made = draft()
    made.pdf.attachments["data\u202exslx.exe"] = pikepdf.AttachedFileSpec(
        made.pdf, b"isi", filename="data\u202exslx.exe"
    )
    report = judge(made.bytes())
    assert report.active_content == ("embedded-file",)
    message = next(finding.message for finding in report.findings if finding.code == "embedded_file")
    assert "data xslx.exe" in message


@pytest.mark.parametrize(
    ("action", "verdict"),
    [
        (Dictionary(S=Name.Launch, F=String("panduan.pdf")), Verdict.WARN),
        (Dictionary(S=Name.Launch, F=Dictionary(Type=Name.Filespec, F=String("panduan.docx"))), Verdict.WARN),
        (Dictionary(S=Name.Launch, F=String("setup.exe")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("\\\\luar\\bagi\\a.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("https://luar.invalid/a.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("//luar/bagi/a.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("/\\luar\\bagi\\a.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("ms-msdt:/id PCW.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("c:\\panduan.pdf")), Verdict.WARN),
        (Dictionary(S=Name.Launch, F=String("panduan.pdf ")), Verdict.WARN),
        (Dictionary(S=Name.Launch, F=String("a" * 116 + ".pdf/../../windows/system32/cmd.exe")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("cmd.exe\0.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("cmd\u202efdp.exe.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Name("/a.pdf")), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary()), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary(UF=String("a.pdf"), F=String("b.pdf"))), Verdict.WARN),
        (Dictionary(S=Name.Launch, F=Dictionary(UF=String("a.pdf"), F=String("cmd.exe"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary(UF=String("cmd.exe"), F=String("a.pdf"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary(F=String("a.pdf"), DOS=String("cmd.exe"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary(F=String("a.pdf"), Unix=String("/bin/sh"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary(F=String("a.pdf"), Mac=String("a.command"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary(F=String("a.pdf"), UF=5)), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=Dictionary(FS=Name.URL, F=String("a.pdf"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, Win=Dictionary(F=String("cmd.exe"), P=String("/c a.pdf"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, Win=Dictionary(F=String("a.pdf"), P=String("/p"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("a.pdf"), Win=Dictionary(F=String("cmd.exe"))), Verdict.REJECT),
        (Dictionary(S=Name.Launch, F=String("a.pdf"), Unix=String("x")), Verdict.REJECT),
    ],
)
def test_only_an_action_that_starts_a_program_rejects(draft, action: Dictionary, verdict: Verdict) -> None:
    made = draft()
    on_page(made, Subtype=Name.Link, A=action)
    assert judge(made.bytes()).verdict is verdict


def test_the_strict_profile_rejects_what_the_usual_one_warns_about(draft) -> None:
    made = draft()
    made.root.OpenAction = script()
    assert judge(made.bytes()).verdict is Verdict.WARN
    assert judge(made.bytes(), profile="strict").verdict is Verdict.REJECT
    with pytest.raises(UnknownProfileError):
        judge(made.bytes(), profile="longgar")


def signature() -> Dictionary:
    return Dictionary(Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), ByteRange=[0, 1, 2, 3], Contents=String("x"))


def test_signed_fields_are_listed_by_full_name_and_never_called_intact(draft) -> None:
    made = draft()
    kid = made.pdf.make_indirect(Dictionary(T=String("kepala"), V=made.pdf.make_indirect(signature())))
    parent = made.pdf.make_indirect(Dictionary(FT=Name.Sig, T=String("pengesahan"), Kids=[kid]))
    empty = Dictionary(FT=Name.Sig, T=String("kosong"))
    made.root.AcroForm = Dictionary(Fields=[parent, empty, Dictionary(FT=Name.Tx, T=String("t"), V=String("v"))])
    report = judge(made.bytes())
    assert [entry.field for entry in report.signatures] == ["pengesahan.kepala"]
    assert all(entry.intact is None and entry.reason for entry in report.signatures)
    assert (report.signature_verdict, report.verdict) == (SignatureVerdict.UNVERIFIABLE, Verdict.WARN)


def test_many_fields_written_in_place_are_all_seen(draft) -> None:
    made = draft()
    made.root.AcroForm = Dictionary(
        Fields=[
            Dictionary(FT=Name.Sig, T=String(f"kolom{number}"), V=made.pdf.make_indirect(signature()))
            for number in range(50)
        ]
    )
    assert len(judge(made.bytes()).signatures) == 50


def test_a_name_that_grows_with_every_level_stays_within_the_report(draft) -> None:
    made = draft()
    field = Dictionary(FT=Name.Sig, T=String("n" * 100), V=made.pdf.make_indirect(signature()))
    for _ in range(60):
        field = Dictionary(FT=Name.Sig, T=String("n" * 100), Kids=[made.pdf.make_indirect(field)])
    made.root.AcroForm = Dictionary(Fields=[field])
    report = judge(made.bytes())
    assert CheckReport.from_json(report.to_json()).signatures == report.signatures


def test_a_form_without_a_signed_field_has_no_signature(draft) -> None:
    made = draft()
    made.root.AcroForm = Dictionary(Fields=[Dictionary(FT=Name.Sig, T=String("kosong"))])
    assert judge(made.bytes()).signature_verdict is SignatureVerdict.NONE


def test_a_signature_that_no_field_leads_to_is_unverifiable(draft) -> None:
    made = draft()
    made.root.Hidden = made.pdf.make_indirect(signature())
    report = judge(made.bytes())
    assert report.signature_verdict is SignatureVerdict.UNVERIFIABLE
    assert "signature_outside_form" in codes(report)


def test_usage_rights_of_a_form_are_no_signature(draft) -> None:
    made = draft()
    made.root.Perms = Dictionary(UR3=signature())
    assert judge(made.bytes()).signature_verdict is SignatureVerdict.NONE


def test_blank_pages_are_named_and_pages_with_only_an_annotation_are_not(draft) -> None:
    made = draft(pages=3)
    for number in (1, 2):
        made.pdf.pages[number].obj.Contents = made.pdf.make_stream(b"q 1 0 0 1 0 0 cm Q")
    made.pdf.pages[2].obj.Annots = Array([Dictionary(Subtype=Name.Square, Rect=[0, 0, 9, 9])])
    report = judge(made.bytes())
    assert ("blank_pages", 2) in [(finding.code, finding.page) for finding in report.findings]
    assert "Halaman kosong: 2." in [finding.message for finding in report.findings]


def test_a_page_that_swells_beyond_reason_is_a_warning(draft) -> None:
    made = draft()
    made.pdf.pages[0].obj.Contents = made.pdf.make_stream(b"BT (x) Tj ET " * 8_000_000)
    data = made.bytes()
    assert len(data) < 1_000_000
    report = judge(data)
    assert (report.verdict, report.opens) == (Verdict.WARN, Opens.YES)
    assert "page_too_large" in codes(report)


def test_a_scan_and_a_stamp_differ_from_text(draft) -> None:
    scan = draft()
    scan.pdf.pages[0].obj.Contents = scan.pdf.make_stream(b"q 100 0 0 100 0 0 cm /Im0 Do Q")
    assert judge(scan.bytes()).text_layer is TextLayer.NONE
    stamp = draft(words="a ")
    assert judge(stamp.bytes()).text_layer is TextLayer.FEW


def test_a_page_whose_text_cannot_be_read_is_not_called_a_scan(draft) -> None:
    made = draft()
    made.pdf.pages[0].obj.Contents = made.pdf.make_stream(b" " * 80_000_000)
    assert "no_text" not in codes(judge(made.bytes()))


def test_search_beyond_its_limit_is_told(draft) -> None:
    assert "graph_incomplete" in codes(judge(draft(pages=20).bytes(), limits=Limits(graph_values=10)))


def test_a_check_that_breaks_costs_only_its_own_answer(draft) -> None:
    from workflows.evidence.checks.registry import CHECKS, Check

    def broken(document):
        raise ZeroDivisionError

    report = judge(draft().bytes(), checks=[Check("rusak", broken), *CHECKS])
    assert (report.opens, report.verdict) == (Opens.YES, Verdict.WARN)
    assert codes(report) == {"check_failed"}
    assert report.unfinished == ("rusak",)


def breaking(name: str):
    """The checks, one of which breaks on every file."""
    from workflows.evidence.checks.registry import CHECKS, Check

    def broken(document):
        raise ZeroDivisionError

    return [Check(check.name, broken) if check.name == name else check for check in CHECKS]


@pytest.mark.parametrize(
    "name", ["encryption", "opening", "active_content", "signatures", "text_layer", "signing_kind"]
)
@pytest.mark.parametrize("profile", POLICIES)
def test_a_check_that_breaks_is_named_and_accepts_nothing(draft, name: str, profile: str) -> None:
    report = judge(draft().bytes(), checks=breaking(name), profile=profile)
    assert report.unfinished == (name,)
    assert report.verdict is not Verdict.ACCEPT


def test_a_file_whose_signatures_nobody_could_look_for_is_not_called_unsigned(draft) -> None:
    report = judge(draft().bytes(), checks=breaking("signatures"))
    assert report.signature_verdict is SignatureVerdict.UNVERIFIABLE
    assert report.kind is None


def test_the_file_is_read_and_not_changed(draft, tmp_path: Path) -> None:
    path = tmp_path / "bukti.pdf"
    path.write_bytes(draft().bytes())
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    with path.open("rb") as file:
        check_file(file, name="bukti.pdf")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_every_remark_of_a_check_has_its_line_in_every_policy() -> None:
    used = set()
    for path in Path(package.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Remark":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    used.add(code.value)
    assert len(used) > 15
    for policy in POLICIES.values():
        assert used <= set(policy.severities), policy.name


def test_whatever_the_checker_could_not_do_never_accepts_and_never_rejects() -> None:
    for policy in POLICIES.values():
        for code, severity in policy.severities.items():
            if code.startswith("check"):
                assert severity is Severity.WARN, code
