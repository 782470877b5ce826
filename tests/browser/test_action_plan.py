"""The plan's pages before both screens: to write in, with an error, submitted, and judged."""

from tests.support.inventory import PERSONS
from workflows.core.actors import Role

from .conftest import People, Site
from .visitors import look_at_every_size


def test_a_plan_is_written_and_judged_on_both_screens(site: Site, someone: People) -> None:
    path = f"/rencana-aksi/{site.furnished.other_report_id}"
    operator, head, evaluator = someone("other_operator"), someone("other_head"), someone(PERSONS[Role.EVALUATOR])
    operator.open(path)
    assert look_at_every_size(operator, "rencana-aksi-tulis") == []
    form = operator.page.locator("#aksi-A-1 form")
    form.get_by_label("Rencana aksi").fill(" ")
    form.get_by_label("Penanggung jawab").fill("Sekretaris")
    form.get_by_role("button", name="Simpan").click()
    assert operator.page.locator("#A-1-owner").input_value() == "Sekretaris"
    assert operator.page.evaluate("document.activeElement.hasAttribute('data-error-summary')")
    assert look_at_every_size(operator, "rencana-aksi-salah") == []
    assert operator.take_refusals() == [422]
    form.get_by_label("Rencana aksi").fill("Menyusun monev setiap triwulan")
    form.get_by_role("button", name="Simpan").click()
    operator.page.wait_for_url("**#aksi-A-1")
    head.open(path)
    head.page.get_by_role("button", name="Ajukan").click()
    head.page.get_by_text("Rencana aksi diajukan kepada Inspektorat.").wait_for()
    evaluator.open(path)
    assert look_at_every_size(evaluator, "rencana-aksi-periksa") == []
    evaluator.open("/rencana-aksi")
    assert look_at_every_size(evaluator, "rencana-aksi-daftar") == []
    evaluator.open("/")
    assert look_at_every_size(evaluator, "tugas-tim-evaluasi") == []
    evaluator.open(path)
    evaluator.page.get_by_label("Yang perlu diperbaiki").fill("Sebutkan penanggung jawab B-1.")
    evaluator.page.get_by_role("button", name="Kembalikan").click()
    evaluator.page.get_by_text("Rencana aksi dikembalikan").wait_for()
    head.open(path)
    head.page.evaluate("document.querySelectorAll('main details').forEach((closed) => { closed.open = true; })")
    assert look_at_every_size(head, "rencana-aksi-kembali") == []
