"""The real plan as other hands would have typed it: the recommendations must come out the same."""

import html
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.documents.reader import read_plan
from workflows.documents.words import fold


def essence(text: str | bytes) -> list[tuple]:
    """What must survive: everything of a recommendation, its texts without case, blanks and punctuation."""
    data = text if isinstance(text, bytes) else text.encode()
    plan = read_plan(data, filename="rencana-aksi.md").to_json()
    return [
        (
            *(plan["year"], item["number"], item["criterion"], item["shares_with"]),
            *(str(requirement) for requirement in item["requirements"]),
            *(bare(item[key]) for key in ("text", "finding")),
            bare(item["action"]["text"]),
        )
        for item in plan["recommendations"]
    ]


def bare(text: str | None) -> str:
    return fold(text or "").replace(" ", "")


def table_rows(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.split("\n") if "\t" in line]


def in_rows(text: str, make) -> str:
    """Put another table in the place of the tab-separated one."""
    lines = text.split("\n")
    first = next(i for i, line in enumerate(lines) if "\t" in line)
    rows = table_rows(text)
    return "\n".join([*lines[:first], *make(rows), *lines[first + len(rows) :]])


def pipe_table(rows: list[list[str]]) -> list[str]:
    written = ["| " + " | ".join(row) + " |" for row in rows]
    return ["", written[0], "|---|:--|--:|:-:|", *written[1:]]


def bare_pipe_table(rows: list[list[str]]) -> list[str]:
    return [" | ".join(row) for row in rows]


def html_table(rows: list[list[str]]) -> list[str]:
    body = ["<tr>" + "".join(f"<td class='x'>{cell}</td>" for cell in row) + "</tr>" for row in rows]
    return ['<TABLE border="1">', *body, "</TABLE>"]


def lazy_html_table(rows: list[list[str]]) -> list[str]:
    return ["<table>", *("<tr>" + "".join(f"<td>\n{cell}" for cell in row) for row in rows), "</table>"]


def one_row_for_each_recommendation(rows: list[list[str]]) -> list[str]:
    """The office way: the cell of the component spans the rows of its recommendations."""
    written = ["<table><tr>" + "".join(f"<th>{cell}</th>" for cell in rows[0]) + "</tr>"]
    for name, finding, recommendations, actions in rows[1:]:
        pairs = list(
            zip(re.findall(r"<p>(.*?)</p>", recommendations), re.findall(r"<p>(.*?)</p>", actions), strict=True)
        )
        span = f'rowspan="{len(pairs)}"'
        for index, (asked, answer) in enumerate(pairs):
            head = f"<td {span}>{name}</td><td {span}>{finding}</td>" if index == 0 else ""
            written.append(f"<tr>{head}<td>{asked}</td><td>{answer}</td></tr>")
    return [*written, "</table>"]


def columns_moved(rows: list[list[str]]) -> list[str]:
    return ["\t".join([row[3], row[1], row[0], row[2]]) for row in rows]


def number_apart_from_name(rows: list[list[str]]) -> list[str]:
    apart = [["NO", "KOMPONEN", *rows[0][1:]]]
    for index, row in enumerate(rows[1:], 1):
        apart.append([str(index), re.sub(r"<b>[A-D] ", "<b>", row[0]), *row[1:]])
    return ["\t".join(row) for row in apart]


def extra_columns(rows: list[list[str]]) -> list[str]:
    return ["\t".join([*rows[0], "KETERANGAN"]), *("\t".join([*row, "-"]) for row in rows[1:])]


def typos(text: str) -> str:
    wrong = {
        "HASIL EVALUASI INSPEKTORAT": "HASL EVALUSI  INSPEKTORAT",
        "REKOMENDASI INSPEKTORAT": "REKOMENADASI INPEKTORAT",
        "RENCANA AKSI TINDAK LANJUT\n": "RENCNA AKSI TINDAK LANJUT\n",
        "A Perencanaan": "A Perencanan",
        "B Pengukuran": "B Penggukuran",
        "C Pelaporan": "C Pelaproan",
        "D Evaluasi": "D Evalusai",
        "RENCANA AKSI ATAS": "RENCANA AKSI  ATS",
    }
    for right, typed in wrong.items():
        assert right in text
        text = text.replace(right, typed)
    return text


def escaped_tags(text: str) -> str:
    return re.sub(r"<[^>]+>", lambda tag: html.escape(tag[0]), text)


def broken_inside_cells(text: str) -> str:
    return text.replace("</p> <p>", "</p>\n<p>")


def line_breaks_for_paragraphs(text: str) -> str:
    return re.sub(r"</?p>", "", text.replace("</p> <p>", "<br/>"))


def numbered(text: str) -> str:
    """Recommendations and actions numbered in one paragraph; the prose of the evaluation stays."""

    def number(rows: list[list[str]]) -> list[str]:
        for row in rows[1:]:
            for column in (2, 3):
                pieces = re.findall(r"<p>(.*?)</p>", row[column])
                row[column] = " ".join(f"{index}. {piece}" for index, piece in enumerate(pieces, 1))
        return ["\t".join(row) for row in rows]

    return in_rows(text, number)


def quoted(rows: list[list[str]]) -> list[str]:
    return ["\t".join(f'"{cell.replace("</p> <p>", chr(10))}"' for cell in row) for row in rows]


MUTATIONS = {
    "windows line ends": lambda text: text.replace("\n", "\r\n"),
    "old line ends": lambda text: text.replace("\n", "\r"),
    "byte order mark": lambda text: "\ufeff" + text,
    "no-break spaces": lambda text: text.replace(" ", "\u00a0"),
    "zero-width spaces": lambda text: text.replace(" d", " \u200bd"),
    "double blanks": lambda text: text.replace(" ", "  "),
    "blanks at line ends": lambda text: text.replace("\n", "  \n  "),
    "blank lines everywhere": lambda text: text.replace("\n", "\n\n"),
    "blank lines nowhere": lambda text: re.sub(r"\n\s*\n", "\n", text),
    "capitals": lambda text: re.sub(r"[^<>]+(?=<|$)|^[^<]+", lambda m: m[0].upper(), text),
    "small letters": str.lower,
    "tags in capitals": lambda text: re.sub(r"</?\w+>", lambda tag: tag[0].upper(), text),
    "tags with attributes": lambda text: text.replace("<p>", '<p style="margin:0; color:red" class=x>'),
    "bold everywhere": lambda text: text.replace("<p>", "<p><b><i>").replace("</p>", "</i></b></p>"),
    "spans inside words": lambda text: text.replace("triwulan", "tri<span lang=in>wu</span>lan"),
    "no tags": lambda text: re.sub(r"<[^>]+>", "", text),
    "no bold": lambda text: text.replace("**", ""),
    "headings": lambda text: text.replace("**RENCANA", "# **RENCANA"),
    "comments": lambda text: text.replace("<p>", "<!-- <td>\t --><p>".replace("\t", " ")),
    "scripts": lambda text: text.replace("<p>", "<p><script>alert('belum')</script><style>p{}</style>"),
    "entities": lambda text: text.replace("/", "&#47;").replace("<&#47;", "</").replace(",", "&#x2C;"),
    "entity blanks": lambda text: text.replace(" kinerja", "&nbsp;kinerja"),
    "escaped tags": escaped_tags,
    "escaped twice": lambda text: text.replace("&", "&amp;"),
    "typos": typos,
    "breaks inside cells": broken_inside_cells,
    "br for paragraphs": line_breaks_for_paragraphs,
    "numbered": numbered,
    "pipe table": lambda text: in_rows(text, pipe_table),
    "bare pipe table": lambda text: in_rows(text, bare_pipe_table),
    "html table": lambda text: in_rows(text, html_table),
    "lazy html table": lambda text: in_rows(text, lazy_html_table),
    "spanning cells": lambda text: in_rows(text, one_row_for_each_recommendation),
    "columns moved": lambda text: in_rows(text, columns_moved),
    "number apart": lambda text: in_rows(text, number_apart_from_name),
    "extra columns": lambda text: in_rows(text, extra_columns),
    "quoted cells": lambda text: in_rows(text, quoted),
    "no letters": lambda text: re.sub(r"<b>[A-D] ", "<b>", text),
    "stray blank in a name": lambda text: text.replace("Perencanaan Kinerja</b>", "Peren canaan  Kinerja</b>"),
}
# These change single characters and can be stacked in any order.
STACKABLE = (
    *("windows line ends", "byte order mark", "no-break spaces", "double blanks", "blank lines everywhere", "typos"),
    *("tags in capitals", "tags with attributes", "bold everywhere", "scripts", "comments", "extra columns"),
)


@pytest.mark.parametrize("name", MUTATIONS)
def test_another_hand_gives_the_same_recommendations(seed, name):
    mutated = MUTATIONS[name](seed)
    assert mutated != seed or name == "escaped twice"
    assert essence(mutated) == essence(seed)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "cp1252"])
def test_another_encoding_gives_the_same_recommendations(seed, encoding):
    assert essence(seed.encode(encoding)) == essence(seed)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(st.sampled_from(STACKABLE), min_size=2, max_size=4, unique=True))
def test_stacked_mutations_give_the_same_recommendations(seed, names):
    # Line ends last: the others count on line feeds.
    mutated = seed
    for name in sorted(names, key=lambda name: (name == "windows line ends", name == "blank lines everywhere")):
        if name == "typos" and mutated != seed:
            continue
        mutated = MUTATIONS[name](mutated)
    assert essence(mutated) == essence(seed)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_typo_in_any_component_or_heading_does_not_hurt(seed, data):
    word = data.draw(
        st.sampled_from(
            ["Perencanaan Kinerja</b>", "Pengukuran Kinerja</b>", "Pelaporan Kinerja</b>", "REKOMENDASI INSP"]
        )
    )
    at = data.draw(st.integers(1, 8))
    kind = data.draw(st.sampled_from(["drop", "double", "swap", "change"]))
    typed = {
        "drop": word[:at] + word[at + 1 :],
        "double": word[:at] + word[at] + word[at:],
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        "change": word[:at] + "x" + word[at + 1 :],
    }[kind]
    assert essence(seed.replace(word, typed)) == essence(seed)
