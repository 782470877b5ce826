"""The cover page: for people without the product, and safe whatever the records hold."""

from html.parser import HTMLParser

from workflows.bundles.index_page import render_index


class Page(HTMLParser):
    def __init__(self, content):
        super().__init__()
        self.tags, self.links, self.text = [], [], ""
        self.attributes = set()
        self.feed(content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data):
        self.text += data


def strings(value):
    """Every place in the records that holds a text, as (container, key)."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    for key, inner in pairs:
        if isinstance(inner, str):
            yield value, key
        else:
            yield from strings(inner)


def test_page_tells_who_ordered_what_and_why(draft):
    page = Page(render_index(draft.records))
    told = " ".join(page.text.split())
    for words in (
        "Dinas Contoh", "2024", "Auditor Contoh", "Reviu tahunan", "5 November 2024 pukul 15.33 WIB", "A-1",
        "Susun monev per triwulan.", "Monev triwulan I – Bidang X", "Kepala Contoh", "Kepala Bidang X",
        "dikukuhkan dalam aplikasi", "Lolos pemeriksaan", draft.records["evidence"][0]["sha256"], "verify.py",
    ):  # fmt: skip
        assert words in told, words


def test_every_link_of_the_page_leads_to_a_file_of_the_bundle(draft):
    links = Page(render_index(draft.records)).links
    letter = draft.records["official_papers"][0]["path"].removeprefix("data/")
    assert set(links) == {draft.path.removeprefix("data/"), letter, "audit.jsonl", "records.json"}


def test_page_has_no_script_and_asks_nothing_of_the_network(draft):
    content = render_index(draft.records)
    page = Page(content)
    assert not {"script", "link", "img", "iframe", "form", "object"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
    assert b"http://" not in content
    assert b"https://" not in content
    assert b"url(" not in content


def test_no_text_of_the_records_becomes_markup(draft):
    """Codes of fixed lists and identifiers aside, each text in turn carries an attack."""
    plain = Page(render_index(draft.records)).tags
    fixed = {"state", "official_status", "kind", "role", "basis", "verdict", "at", "received_at", "due_on", "path"}
    fixed |= {"report_date", "decided_on"}
    attacked = 0
    for container, key in list(strings(draft.records)):
        if key in fixed:
            continue
        before = container[key]
        container[key] = "\"'><script>alert(1)</script><a href='x'>"
        content = render_index(draft.records)
        attacked += b"&lt;script&gt;" in content
        tags = Page(content).tags
        assert "script" not in tags
        assert sorted(tags) == sorted(plain) or key in {"id", "requirement", "letter"}
        container[key] = before
    assert attacked >= 15


def test_withheld_evidence_and_voided_sign_offs_are_said_so(draft):
    draft.records["evidence"][0] |= {"withheld": True, "path": None}
    draft.records["sign_offs"][0]["voided_at"] = "2024-05-01T00:00:00.000000Z"
    page = Page(render_index(draft.records))
    assert "Ditahan: hanya sidiknya yang disertakan" in page.text
    assert "dibatalkan 1 Mei 2024 pukul 07.00 WIB" in page.text
    assert len(page.links) == 3


def test_page_of_empty_records_and_of_decisions(draft):
    draft.records["decisions"] = [
        {
            **{"number": "700/1/2024", "decided_on": "2024-10-01", "official_status": "COMPLIANT"},
            **{"reason": "Lengkap", "recommendations": ["A-1"], "proposed_by": "X", "decided_by": "Y"},
        }
    ]
    draft.records["report"] = {"number": "700/9/2024", "report_date": "2024-02-03"}
    page = Page(render_index(draft.records))
    assert "700/1/2024" in page.text
    assert "700/9/2024, 3 Februari 2024" in page.text
    for name in ("recommendations", "requirements", "evidence", "sign_offs", "decisions"):
        draft.records[name] = []
    assert "Belum ada keputusan." in Page(render_index(draft.records)).text


def test_zone_is_the_regions(draft):
    assert b"pukul 17.33 WIT" in render_index(draft.records, zone="Asia/Jayapura")
