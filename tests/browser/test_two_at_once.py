"""Two people before the same document at the same time: one wins, the other is told so where he stands."""

from pathlib import Path

from tests.support.furnished import filler

from .conftest import People, Site
from .staging import Stage
from .visitors import RECEIPT


def test_of_two_evaluators_who_verify_at_once_one_wins_and_the_other_is_told(site: Site, someone: People) -> None:
    with site.furnished.behind():
        who = ("other_operator", "other_head_sek", "other_head")
        Stage(site.furnished).acknowledge(site.furnished.other_requirement, *who, verdict="accept")
    pages = []
    for name in ("evaluator", "evaluator2"):
        visitor = someone(name)
        visitor.open(f"/kewajiban/{site.furnished.other_requirement}")
        pages.append(visitor.page)
    buttons = [page.get_by_role("button", name="Verifikasi", exact=True) for page in pages]
    for button in buttons:
        button.click(no_wait_after=True)
    for page in pages:
        page.get_by_text("Diverifikasi", exact=True).first.wait_for()
        assert page.get_by_role("button", name="Verifikasi", exact=True).count() == 0
    won = [page.get_by_text("Bukti ini sudah diverifikasi.").count() for page in pages]
    told = [page.get_by_role("alert").count() for page in pages]
    assert (sorted(won), sorted(told)) == ([0, 1], [0, 1])
    assert won != told
    loser = someone(("evaluator", "evaluator2")[told.index(1)])
    assert loser.take_refusals() == [409]
    assert loser.page.get_by_role("alert").evaluate("alert => alert === document.activeElement")


def test_whoever_signs_what_was_replaced_meanwhile_is_told_and_shown_the_newer_file(
    site: Site, someone: People, tmp_path: Path
) -> None:
    with site.furnished.behind():
        _, older = Stage(site.furnished).deliver("b1-1", "operator", verdict="accept")
        revision = older.uses[0].revision
    path = f"/kewajiban/{site.furnished.requirements['b1-1']}"
    head, staff = someone("head_b1"), someone("staff_b1")
    head.open(path)
    staff.open(path)
    newer = tmp_path / "monev baru.pdf"
    newer.write_bytes(filler("yang lebih baru"))
    staff.page.get_by_text("Kirim berkas pengganti").click()
    staff.page.locator("input[name=file]").set_input_files(newer)
    staff.page.get_by_role("button", name="Kirim bukti").click()
    staff.page.locator("#hasil-unggah").get_by_text(RECEIPT).first.wait_for()
    head.page.get_by_role("button", name="Tanda tangani", exact=True).click()
    head.page.get_by_role("alert").wait_for()
    assert head.take_refusals() == [409]
    head.page.get_by_text(f"Bukti (revisi {revision + 1})").wait_for()
    assert head.page.get_by_text("monev baru.pdf").first.is_visible()
    assert head.page.get_by_role("button", name="Tanda tangani", exact=True).count() == 0
