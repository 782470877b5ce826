"""One file for several cells: chosen on the grid, sent from one page, told of wherever its cells are shown."""

import datetime as dt
import re
from collections.abc import Callable

import flask
import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from tests.support.furnished import MULTIPART, Furnished, filler, multipart
from tests.support.offices import YEAR
from workflows.core.db import db
from workflows.plans.models import Requirement
from workflows.recommendations.models import EvaluationReport, ReportState

from .conftest import Desk, Story, words
from .test_inventory import judge
from .test_sheet import queries

Of = Callable[[str], Desk]


def boxes(html: str) -> dict[str, str]:
    """Return the boxes of a grid: what each is called, and what it stands for."""
    found = re.findall(
        r'<input class="[^"]*choice-box" type="checkbox" name="sel" value="([^"]+)" aria-label="([^"]+)"', html
    )
    return {name: value for value, name in found}


def chosen(furnished: Furnished, *names: str) -> str:
    """Return the address of the page for requirements by their names in the office."""
    return "/kisi/unggah?" + "&".join(f"sel={furnished.requirements.get(name, name)}" for name in names)


def send(seat: Desk, page: str, *, data: bytes | None = None, htmx: bool = False, **fields: str) -> TestResponse:
    """Send a file by the form of a page as a browser does, with all of its fields in their order."""
    html = seat.get(page).text
    found = re.search(r'<form class="upload" method="post" action="([^"]+)"(.*?)</form>', html, re.S)
    assert found, "no upload form"
    inputs = re.findall(r'<input [^>]*name="([^"]+)"(?:[^>]*value="([^"]*)")?', found[2])
    names = [name for name, _value in inputs]
    assert (names[0], names[-2:]) == ("csrf_token", ["file", "supporting"]), (
        "files come behind all that is said of them"
    )
    parts = [
        (name, value or fields.pop(name, ""), None)
        for name, value in inputs
        if name not in ("file", "supporting", "sign")
    ]
    parts += [(name, value, None) for name, value in fields.items()]
    body = multipart(*parts, ("file", filler() if data is None else data, "monev tw1.pdf"))
    headers = {"HX-Request": "true"} if htmx else {}
    return seat.client.post(found[1].replace("&amp;", "&"), data=body, content_type=MULTIPART, headers=headers)


class TestGrid:
    """Boxes where this person may send a file, and only there."""

    def test_an_operator_chooses_in_every_cell_and_among_the_other_documents(
        self, desk: Of, furnished: Furnished
    ) -> None:
        html = desk("operator").get("/kisi").text
        names = [f"Pilih Bidang {unit}, TW {quarter}" for unit in ("SEK", "B1", "B2") for quarter in ("I", "II")]
        assert list(boxes(html)) == [*names, f"Pilih Laporan Kinerja {YEAR}: perbandingan tahun sebelumnya"]
        assert boxes(html)["Pilih Bidang B1, TW II"] == furnished.requirements["b1-2"]
        assert f'href="/kewajiban/{furnished.requirements["b1-2"]}"' in html
        judge(html)

    def test_staff_of_a_unit_choose_among_their_own(self, desk: Of) -> None:
        assert list(boxes(desk("staff_b1").get("/kisi").text)) == ["Pilih Bidang B1, TW I", "Pilih Bidang B1, TW II"]

    @pytest.mark.parametrize("name", ["head", "evaluator", "inspector", "auditor", "admin", "privacy_officer"])
    def test_whoever_sends_nothing_chooses_nothing(self, name: str, desk: Of) -> None:
        html = desk(name).get("/kisi").text
        assert boxes(html) == {}
        assert "data-choose" not in html
        assert "Unggah ke sel terpilih" not in html

    def test_what_is_signed_is_not_offered(self, story: Story, desk: Of) -> None:
        story.deliver()
        story.sign()
        assert list(boxes(desk("staff_b1").get("/kisi").text)) == ["Pilih Bidang B1, TW II"]

    def test_the_number_of_queries_does_not_depend_on_who_may_choose(self, desk: Of, app: flask.Flask) -> None:
        with app.app_context():
            engine = db.engine
        # What the navigation counts for each of them is no matter of this page: another page counts it as well.
        counts = {
            name: queries(engine, desk(name), "/kisi") - queries(engine, desk(name), "/arsip")
            for name in ("operator", "staff_b1", "head")
        }
        assert len(set(counts.values())) == 1, counts


class TestPage:
    """What was chosen, what speaks against it, and the form."""

    def test_lists_what_was_chosen_in_that_order(self, desk: Of, furnished: Furnished) -> None:
        answer = desk("operator").get(chosen(furnished, "b2-1", "b1-2", "report"))
        judge(answer.text)
        names = re.findall(r'<h3><a href="/kewajiban/[^"]+">([^<]+)</a></h3>', answer.text)
        assert names == [
            "Bidang B2, TW I",
            "Bidang B1, TW II",
            f"Laporan Kinerja {YEAR}: perbandingan tahun sebelumnya",
        ]
        assert "Monev Triwulan I 2026 - Bidang B2" in words(answer)
        assert answer.text.count('name="also_page_from"') == 2

    def test_one_box_may_stand_for_several(self, desk: Of, furnished: Furnished) -> None:
        both = ",".join(furnished.requirements[name] for name in ("b1-1", "b1-2"))
        assert "Bidang B1, TW I " in desk("operator").text(f"/kisi/unggah?sel={both}&sel={both}")

    def test_nothing_chosen_is_said_with_the_way_back(self, desk: Of) -> None:
        answer = desk("operator").get("/kisi/unggah?opd=dpk&tahun=2026")
        judge(answer.text)
        assert "Belum ada sel yang dipilih" in words(answer)
        assert 'href="/kisi?opd=dpk&amp;tahun=2026">Kembali ke kisi' in answer.text

    def test_one_alone_has_its_own_page(self, desk: Of, furnished: Furnished) -> None:
        answer = desk("staff_b1").get(chosen(furnished, "b1-1"))
        assert answer.headers["Location"] == f"/kewajiban/{furnished.requirements['b1-1']}#unggah"

    def test_of_another_office_nonsense_and_too_many(self, desk: Of, furnished: Furnished) -> None:
        seat = desk("operator")
        assert seat.get(chosen(furnished, "b1-1", furnished.other_requirement)).status_code == 404
        assert seat.get(chosen(furnished, "b1-1", "00000000-0000-7000-8000-000000000000")).status_code == 404
        assert seat.get(chosen(furnished, "b1-1", "bukan")).status_code == 404
        many = [f"00000000-0000-7000-8000-{number:012}" for number in range(41)]
        assert seat.get(chosen(furnished, *many)).status_code == 422
        assert desk("evaluator").get(chosen(furnished, "b1-1", "b1-2")).status_code == 403

    def test_what_cannot_take_a_file_is_named_and_can_be_left_out(self, desk: Of, furnished: Furnished) -> None:
        html = desk("staff_b1").get(chosen(furnished, "b1-1", "b2-1", "b1-2")).text
        judge(html)
        assert 'class="upload"' not in html
        assert html.count("Anda tidak berwenang melakukan tindakan ini.") == 1
        leaving = re.findall(r'href="([^"]+)">Keluarkan', html)
        without = desk("staff_b1").get(leaving[1].replace("&amp;", "&")).text
        assert 'class="upload"' in without
        assert "Bidang B2, TW I" not in without

    def test_a_delivery_that_would_be_replaced_is_named(self, story: Story, desk: Of, furnished: Furnished) -> None:
        page = chosen(furnished, "b1-1", "b1-2")
        assert "Menggantikan" not in desk("staff_b1").text(page)
        story.deliver()
        assert desk("staff_b1").text(page).count("Menggantikan revisi 1 (monev tw1.pdf)") == 1

    def test_signing_in_the_same_act_is_offered_in_one_post_for_all(self, desk: Of, furnished: Furnished) -> None:
        own = chosen(furnished, "b1-1", "b1-2")
        assert "Sekaligus tanda tangani sebagai Kepala Bidang B1" in desk("head_b1").text(own)
        assert 'name="sign"' not in desk("staff_b1").get(own).text
        assert 'name="sign"' not in desk("operator").get(chosen(furnished, "b1-1", "b2-1")).text

    def test_the_number_of_queries_does_not_depend_on_how_many(
        self, desk: Of, furnished: Furnished, app: flask.Flask
    ) -> None:
        with app.app_context():
            engine = db.engine
        seat = desk("operator")
        few, many = ("b1-1", "b2-1"), ("b1-1", "b1-2", "b2-1", "b2-2", "sek-1", "sek-2", "report")
        assert queries(engine, seat, chosen(furnished, *few)) == queries(engine, seat, chosen(furnished, *many))


class TestDelivery:
    """One file, one receipt, told of everywhere."""

    def test_without_a_script_it_leads_to_the_receipt_that_names_all(self, desk: Of, furnished: Furnished) -> None:
        answer = send(desk("operator"), chosen(furnished, "b2-1", "b1-1"), page_from="1", page_to="2")
        assert answer.status_code == 303, answer.text
        receipt = desk("operator").get(answer.headers["Location"])
        judge(receipt.text)
        assert (
            "Monev Triwulan I 2026 - Bidang B2 (halaman 1 sampai 2) Monev Triwulan I 2026 - Bidang B1 Diterima"
            in words(receipt)
        )
        assert re.search(r'<h1>Tanda terima <span class="text-nowrap">TT-\d{4}-\d{6}</span></h1>', receipt.text)

    def test_by_script_the_receipt_alone_with_the_way_back(self, desk: Of, furnished: Furnished) -> None:
        answer = send(desk("operator"), chosen(furnished, "b2-1", "b1-1"), htmx=True)
        assert answer.status_code == 202
        assert "<html" not in answer.text
        assert "hx-get" not in answer.text
        assert 'href="/kisi?opd=dpk&amp;tahun=2026">Kembali ke kisi' in answer.text

    def test_refused_for_all_with_every_reason_as_a_line_of_its_own(self, story: Story, desk: Of) -> None:
        furnished, seat = story.furnished, desk("operator")
        page = chosen(furnished, "b1-1", "b1-2", "b2-1")
        html = seat.get(page).text
        story.deliver()
        story.sign()
        with furnished.behind():
            waived = sa.update(Requirement).where(Requirement.id == furnished.requirements["b2-1"])
            db.session.execute(waived.values(waived_at=sa.func.now()))
        action = re.search(r'<form class="upload" method="post" action="([^"]+)"', html)
        assert action
        body = multipart(("csrf_token", seat.token, None), ("file", filler("baru"), "a.pdf"))
        path = action[1].replace("&amp;", "&")
        answer = seat.client.post(path, data=body, content_type=MULTIPART, headers={"HX-Request": "true"})
        assert answer.status_code == 409
        assert [text.split(":")[0] for text in re.findall(r"<li>(.*?)</li>", answer.text)] == [
            "Untuk Bidang B1, TW I", "Untuk Bidang B2, TW I",
        ]  # fmt: skip
        assert "Bukti (revisi" not in desk("staff_b1").text(f"/kewajiban/{furnished.requirements['b1-2']}")

    def test_each_requirement_and_the_desk_tell_of_the_others(self, story: Story, desk: Of) -> None:
        names = story.furnished.requirements
        send(desk("operator"), chosen(story.furnished, "b1-1", "b2-1"), page_from="4", page_to="4")
        story.furnished.judge(story.evidence_id())
        page = desk("staff_b1").text(story.page)
        assert "Untuk kewajiban ini halaman 4 Berkas ini juga untuk Monev Triwulan I 2026 - Bidang B2" in page
        other = desk("staff_b1").text(f"/kewajiban/{names['b2-1']}")
        assert "Berkas ini juga untuk Monev Triwulan I 2026 - Bidang B1 Tanda terima" in other
        assert "Untuk kewajiban ini" not in other
        story.sign()
        story.acknowledge()
        on_desk = desk("evaluator").text(f"/meja/{names['b1-1']}")
        assert "Untuk kewajiban ini halaman 4 Berkas ini juga untuk Monev Triwulan I 2026 - Bidang B2" in on_desk
        assert story.verify().status_code == 303
        assert "Diunggah" in desk("staff_b1").text(f"/kewajiban/{names['b2-1']}")

    def test_the_report_opens_at_the_pages_of_the_place_one_comes_from(self, story: Story, desk: Of) -> None:
        names = story.furnished.requirements
        sent = {"page_from": "1", "page_to": "4", "also_page_from": "3", "also_page_to": "9"}
        send(desk("operator"), chosen(story.furnished, "b1-1", "b2-1"), **sent)
        story.furnished.judge(story.evidence_id())
        page = desk("head_b2").get(f"/kewajiban/{names['b2-1']}").text
        report = f"/bukti/{story.evidence_id()}/laporan?untuk={names['b2-1']}"
        assert report in page
        assert "Halaman 3 sampai 4 disebut juga untuk Bidang B1, TW I." in page
        shown = desk("head_b2").text(report)
        assert "Untuk kewajiban ini halaman 3 sampai 9" in shown
        assert "Untuk dokumen ini: halaman 3 sampai 9 dari berkas." in desk("head_b2").text("/lembar")
        assert "Untuk kewajiban ini halaman 1 sampai 4" in desk("head_b1").text(report.split("?")[0])

    def test_the_log_names_how_many_it_is_for(self, story: Story, desk: Of, furnished: Furnished) -> None:
        story.deliver()
        send(desk("operator"), chosen(furnished, "b2-1", "b2-2"))
        told = desk("auditor").text("/log")
        assert re.search(
            r"Pegawai operator menyerahkan satu berkas untuk 2 kewajiban; tanda terima TT-\d{4}-\d{6}\.", told
        )
        assert re.search(r"Pegawai staff_b1 menyerahkan berkas \(revisi 1\); tanda terima TT-", told)

    def test_pages_can_be_named_for_one_alone_as_well(self, story: Story, desk: Of) -> None:
        assert send(desk("staff_b1"), story.page, page_from="2", page_to="3").status_code == 303
        assert "Untuk kewajiban ini halaman 2 sampai 3" in desk("staff_b1").text(story.page)


class TestSurroundings:
    """The places in the menu, and the year that is shown first."""

    @pytest.mark.parametrize(
        ("name", "lembar", "meja"),
        [
            ("head_b1", True, False),
            ("head", True, False),
            ("staff_b1", False, False),
            ("evaluator", False, True),
            ("auditor", False, False),
        ],
    )
    def test_the_sheet_and_the_desk_are_in_the_menu_of_those_who_use_them(
        self, name: str, lembar: bool, meja: bool, desk: Of
    ) -> None:
        html = desk(name).get("/rekomendasi").text
        strip = html[html.index("nav-strip") : html.index("</nav>")]
        assert ('href="/lembar"' in strip, 'href="/meja"' in strip) == (lembar, meja)

    @pytest.mark.parametrize(("name", "path"), [("head_b1", "/lembar"), ("evaluator", "/meja"), ("operator", "/kisi")])
    def test_where_one_is_is_marked_once(self, name: str, path: str, desk: Of) -> None:
        html = desk(name).get(path).text
        assert re.findall(r'<a href="([^"]+)" aria-current="page">', html) == [path]

    def test_the_newest_issued_year_comes_first_and_a_draft_only_when_asked_for(
        self, desk: Of, furnished: Furnished
    ) -> None:
        with furnished.behind():
            present = db.session.get_one(EvaluationReport, furnished.report_id)
            values = {
                "region_id": present.region_id, "agency_id": present.agency_id, "year": YEAR + 1, "content_digest": "x",
                "state": ReportState.DRAFT, "created_at": dt.datetime.now(dt.UTC),
            }  # fmt: skip
            db.session.add(EvaluationReport(**values))
        assert f"Kisi triwulan {YEAR}" in desk("evaluator").text("/kisi?opd=dpk")
        assert f"<option>{YEAR + 1}</option>" in desk("evaluator").get("/kisi?opd=dpk").text
        assert f"Kisi triwulan {YEAR + 1}" in desk("evaluator").text(f"/kisi?opd=dpk&tahun={YEAR + 1}")
