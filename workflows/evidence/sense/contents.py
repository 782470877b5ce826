"""Does a performance report hold what the recommendation asks it to hold?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from workflows.core.sentences import phrase
from workflows.evidence.sense import sentences as say
from workflows.evidence.sense.subject import INFO, WARN, Page, Remark, Subject
from workflows.evidence.sense.words import near

REACH = 40
"""Words within which all that belongs to a content must stand: a paragraph."""

Groups = Sequence[Sequence[str]]
CONTENTS: Mapping[str, tuple[str, Groups]] = MappingProxyType(
    {
        "annual_target": (
            phrase("Perbandingan dengan target tahunan"),
            (("banding", "capaian"), ("realisasi",), ("target",)),
        ),
        "previous_years": (
            phrase("Perbandingan dengan realisasi tahun-tahun sebelumnya"),
            (
                ("banding", "dibanding", "naik", "turun", "meningkat", "menurun"),
                ("sebelumnya", "lalu", "terdahulu"),
                ("tahun",),
            ),
        ),
        "medium_term_target": (
            phrase("Perbandingan dengan target jangka menengah"),
            (("banding", "capaian", "realisasi"), ("menengah", "renstra", "rpjmd"), ("target",)),
        ),
        "national_comparison": (
            phrase("Perbandingan dengan data nasional"),
            (("banding", "rata"), ("nasional", "internasional"), ("capaian", "realisasi", "kinerja", "angka")),
        ),
        "obstacles": (
            phrase("Hambatan atau kendala"),
            (
                ("hambatan", "kendala", "penghambat", "permasalahan"),
                ("target", "capaian", "realisasi", "pelaksanaan", "kegiatan"),
            ),
        ),
        "efficiency": (
            phrase("Efisiensi sumber daya"),
            (("efisiensi", "efisien"), ("sumber", "daya", "anggaran")),
        ),
    }
)  # fmt: skip
"""By the codes of ``Requirement.expects``: what it is called, and the stems of which one each must be there."""
_BEFORE = ("per", "di", "mem", "ter", "")
_LEADERS = re.compile(r"\.{5,}|(?:\. ){5,}|…{2,}")


def check_contents(subject: Subject) -> Iterator[Remark]:
    """Say for each content on which page it is, or that it is not there."""
    pages = [page for page in subject.pages if not _is_table_of_contents(page)]
    for code in subject.expects:
        if code not in CONTENTS:
            continue
        name, groups = CONTENTS[code]
        page = next((page.number for page in pages if _holds(page.tokens, groups)), None)
        if page is None:
            yield Remark(f"{code}_absent", WARN, say.CONTENT_ABSENT(content=name))
        else:
            yield Remark(f"{code}_found", INFO, say.CONTENT_FOUND(content=name, page=page), page)


def _is_table_of_contents(page: Page) -> bool:
    head = page.tokens[:12]
    listed = any(near(a, "daftar") and near(b, "isi") for a, b in pairwise(head))
    return listed or len(_LEADERS.findall(page.text)) >= 5


def _holds(tokens: Sequence[str], groups: Groups) -> bool:
    places = [[n for n, word in enumerate(tokens) if _is_of(word, stems)] for stems in groups]
    return all(places) and any(
        all(any(abs(other - at) <= REACH for other in rest) for rest in places[1:]) for at in places[0]
    )


def _is_of(word: str, stems: Sequence[str]) -> bool:
    for stem in stems:
        for before in _BEFORE:
            whole = before + stem
            # What follows a stem is an ending: "perbandingannya", "dibandingkan".
            if word.startswith(whole) or (len(word) - len(whole) <= 3 and near(word[: len(whole)], whole)):
                return True
    return False
