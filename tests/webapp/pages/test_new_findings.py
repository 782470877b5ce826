"""*Temuan baru*: what was read of a delivery, beside the report and apart from every step."""

import re
import uuid

import pytest
import sqlalchemy as sa

from tests.support.furnished import Furnished, filler
from tests.support.offices import database_app
from workflows.core.db import Scope, bind_scope, db
from workflows.evidence.page_text import Texts
from workflows.evidence.reading import operations
from workflows.evidence.reading.models import Reading, SenseFinding
from workflows.organization.models import Agency

from .conftest import Desk, Story

GOOD = "LAPORAN TRIWULAN I TAHUN 2026\nDINAS PERPUSTAKAAN\nBidang B1\nMengetahui,\nPegawai head\nPegawai head_b1"
WRONG = GOOD.replace("TRIWULAN I ", "TRIWULAN III ")


def read(furnished: Furnished, evidence_id: str, *texts: str, conclude: bool = True) -> None:
    """Let a delivery be read: the rows that the worker writes."""
    key = uuid.UUID(evidence_id)
    with furnished.behind():
        part = operations.next_part(key)
        assert part is not None
        operations.record_texts(key, part, Texts(len(texts), dict(enumerate(texts, 1))))
        if conclude:
            operations.conclude(key)


def panel(seat: Desk, path: str) -> str:
    """Return the words of the part about the reading."""
    html = seat.get(path).text
    found = re.search(r'<div id="bacaan".*?</section>', html, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", found[0]).split()) if found else ""


def test_the_page_says_how_far_the_reading_is_and_then_what_was_found(story: Story, furnished: Furnished) -> None:
    story.deliver()
    seat = story.desk("staff_b1")
    assert "Teks berkas ini menunggu dibaca." in panel(seat, story.page)
    read(furnished, story.evidence_id(), GOOD, "", "", conclude=False)
    assert "Membaca teks: halaman 2 dari 3." in panel(seat, story.page)
    assert "every 3s" in seat.get(story.page).text
    with furnished.behind():
        operations.conclude(uuid.UUID(story.evidence_id()))
    shown = panel(seat, story.page)
    assert "Triwulan I tertulis di halaman 1." in shown
    assert "2 dari 3 halaman tidak terbaca." in shown
    assert "every 3s" not in seat.get(story.page).text


def test_the_part_asks_again_by_itself_and_is_sent_only_when_it_has_changed(story: Story, furnished: Furnished) -> None:
    story.deliver()
    seat = story.desk("staff_b1")
    assert seat.get(f"{story.page}/bacaan?dari=0").status_code == 204
    read(furnished, story.evidence_id(), GOOD)
    answer = seat.get(f"{story.page}/bacaan?dari=0")
    assert answer.status_code == 200
    assert "Bidang B1 tertulis di halaman 1" in answer.text
    assert story.desk("other_operator").get(f"{story.page}/bacaan").status_code == 404


def test_a_finding_that_comes_late_is_on_the_desk_and_holds_up_no_verification(
    story: Story, furnished: Furnished
) -> None:
    story.deliver()
    story.sign()
    story.acknowledge()
    read(furnished, story.evidence_id(), WRONG)
    shown = panel(story.desk("evaluator"), f"/meja/{story.requirement}")
    assert "Dokumen ini menyebut triwulan III, bukan triwulan I." in shown
    assert "Perlu diperhatikan" in shown
    # No reason is asked for: the finding is advice.
    assert story.verify().status_code == 303


def test_verification_goes_on_while_nothing_was_read_yet(story: Story, furnished: Furnished) -> None:
    story.deliver()
    story.sign()
    story.acknowledge()
    assert "menunggu dibaca" in panel(story.desk("evaluator"), f"/meja/{story.requirement}")
    assert story.verify().status_code == 303


@pytest.fixture
def copied(story: Story, furnished: Furnished) -> Story:
    """A file that another agency has sent already."""
    other = story.desk("other_operator")
    assert other.upload(furnished.other_requirement, data=filler("sama")).status_code == 303
    assert story.desk("staff_b1").upload(story.requirement, data=filler("sama")).status_code == 303
    furnished.judge(story.evidence_id())
    read(furnished, story.evidence_id(), GOOD)
    return story


def test_another_agencys_paper_is_named_to_the_inspektorat_alone(copied: Story) -> None:
    for name in ("staff_b1", "head", "operator", "auditor"):
        shown = panel(copied.desk(name), copied.page)
        assert "sudah dikirim oleh perangkat daerah lain" in shown, name
        assert "Dinas Sosial" not in copied.desk(name).get(copied.page).text, name
    for name in ("evaluator", "inspector"):
        shown = panel(copied.desk(name), copied.page)
        assert "sudah dikirim oleh Dinas Sosial untuk Monev Triwulan I" in shown, name
        assert "perangkat daerah lain" not in shown, name


def test_the_database_itself_shows_the_named_finding_to_nobody_of_an_agency(
    app: object, copied: Story, furnished: Furnished
) -> None:
    with furnished.behind():
        agency = db.session.scalars(sa.select(Agency).where(Agency.code == "dpk")).one()
        region_id, agency_id = agency.region_id, agency.id
    with database_app(furnished.addresses.database_url):
        for scope, seen in ((Scope(region_id, frozenset({agency_id})), False), (Scope(region_id, None), True)):
            db.session.rollback()
            bind_scope(scope)
            audiences = set(db.session.scalars(sa.select(SenseFinding.audience)))
            assert ("inspectorate" in audiences) is seen
            assert {"all", "agency"} <= audiences
        db.session.rollback()
        for statement in (
            "UPDATE page_text SET text = 'x'",
            "DELETE FROM sense_finding",
            "UPDATE reading SET why = 'x'",
        ):
            with pytest.raises(sa.exc.DBAPIError, match="permission denied"):
                db.session.execute(sa.text(statement))
            db.session.rollback()


def test_the_look_for_the_same_figures_goes_by_the_index(furnished: Furnished) -> None:
    with furnished.behind():
        db.session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        query = sa.select(Reading.evidence_id).where(Reading.region_id == uuid.uuid4(), Reading.figures == "0" * 64)
        compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = "\n".join(db.session.scalars(sa.text(f"EXPLAIN {compiled}")))
        assert "ix_reading_figures" in plan
