"""The signature block under a plan: post, name with titles, rank and grade, NIP."""

import re
from collections.abc import Sequence

from workflows.core.sentences import phrase
from workflows.documents.plan import WHOLE_FILE, PlanWarning, SignatureBlock, WarningCode
from workflows.documents.source import Line
from workflows.documents.words import any_near, words

_POSTS = frozenset({"kepala", "sekretaris", "inspektur", "direktur", "camat", "lurah", "pelaksana", "plt", "plh", "pj"})
_RANKS = ("pembina", "penata", "pengatur", "juru")
# PNS grades run from I/a to IV/e and are typed "IVC", "IV C", "IV.c"; PPPK have a bare Roman number.
_GRADE = re.compile(r"(?<![A-Za-z])(IV|I{1,3})\s?[/.\-]?\s?([A-Ea-e])(?![A-Za-z])", re.IGNORECASE)
_GRADE_PPPK = re.compile(r"(?<![A-Za-z])(?:golongan|gol)\.? ?([XVI]{1,5})(?![A-Za-z])", re.IGNORECASE)
_LINES_READ = 40
_NIP_LABELS = (["nip"], ["nipppk"], ["nrp"])
_ABOVE_POST = frozenset({"mengetahui", "ditetapkan", "disetujui", "menyetujui", "an", "a", "pada"})
_BLOCK_LINES = 12
_POST_CHARACTERS = 60


def read_signature(lines: Sequence[Line]) -> tuple[SignatureBlock, tuple[PlanWarning, ...]]:
    """Read the block under the table; the last NIP below it belongs to the one who signs."""
    lines = lines[:_LINES_READ]
    nip_at = next((i for i in reversed(range(len(lines))) if _is_nip(lines[i].text)), None)
    above = [line.text for line in (lines if nip_at is None else lines[:nip_at])]
    rank_at = next((i for i in reversed(range(len(above))) if _is_rank(above[i])), None)
    name_end = len(above) if rank_at is None else rank_at
    posts = [i for i, text in enumerate(above[:name_end]) if any_near(words(text)[:1], *_POSTS)]
    if not posts:
        message = phrase("Blok tanda tangan (jabatan, nama, NIP) tidak ditemukan di bawah tabel.")
        return SignatureBlock(), (PlanWarning(where=WHOLE_FILE, code=WarningCode.SIGNATURE_MISSING, message=message),)
    block = above[posts[-1] : name_end]
    has_name = nip_at is not None or rank_at is not None
    titles, name = (block[:-1], block[-1]) if has_name and len(block) > 1 else (block, None)
    nip = None if nip_at is None else _nip(lines[nip_at].text)
    warnings: tuple[PlanWarning, ...] = ()
    if nip_at is not None and nip is None:
        message = phrase("NIP di blok tanda tangan tidak terdiri atas 18 angka.")
        warnings = (PlanWarning(where=lines[nip_at].where, code=WarningCode.NIP_DOUBTFUL, message=message),)
    rank = "" if rank_at is None else above[rank_at]
    return SignatureBlock(
        title_lines=tuple(titles), name=name, rank_name=_rank_name(rank), rank_grade=grade(rank), nip=nip
    ), warnings


def block_start(texts: Sequence[str]) -> int | None:
    """Return the index of the text that opens the first signature block, None when no NIP closes one."""
    last = next((index for index, text in enumerate(texts) if words(text)[:1] in _NIP_LABELS), None)
    if last is None:
        return None
    above = range(last - 1, max(-1, last - _BLOCK_LINES), -1)
    start = next((i for i in above if _opens_block(texts[i], _POSTS)), last)
    while start and _opens_block(texts[start - 1], _ABOVE_POST):
        start -= 1
    return start


def _opens_block(text: str, openers: frozenset[str]) -> bool:
    # Exactly these, because "Sekretariat" in the last cell of a plan is no "Sekretaris" who signs.
    return len(text) < _POST_CHARACTERS and not openers.isdisjoint(words(text)[:1])


def grade(text: str) -> str | None:
    """Return the grade as "IV/c" (or the bare number of a PPPK), None when the text has none."""
    match = _GRADE.search(text)
    if match:
        return f"{match[1].upper()}/{match[2].lower()}"
    match = _GRADE_PPPK.search(text)
    return match[1].upper() if match else None


def _rank_name(text: str) -> str | None:
    match = _GRADE.search(text) or _GRADE_PPPK.search(text)
    name = (text[: match.start()] if match else text).strip(" /-,(")
    return name or None


def _is_rank(text: str) -> bool:
    return any_near(words(text)[:2], *_RANKS) or bool(_GRADE_PPPK.match(text))


def _is_nip(text: str) -> bool:
    return words(text)[:1] in _NIP_LABELS or _nip(text) is not None


def _nip(text: str) -> str | None:
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) == 18 else None
