"""Why a signature is not simply intact and trusted: one sentence, the most important one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workflows.core.sentences import phrase
from workflows.evidence.checks.chain import Standing
from workflows.evidence.checks.integrity import Coverage
from workflows.evidence.checks.report import SignatureVerdict

UNREADABLE = phrase("Tanda tangan ini tidak dapat dibaca pemeriksa, jadi keutuhannya tidak diketahui.")
MALFORMED = phrase("Susunan tanda tangan ini tidak sesuai standar, jadi keutuhannya tidak dapat diperiksa.")
UNKNOWN_ALGORITHM = phrase(
    "Tanda tangan ini memakai algoritma yang tidak dikenal atau sudah terlalu lemah, jadi keutuhannya tidak dapat "
    "dipastikan."
)
UNKNOWN_KIND = phrase("Tanda tangan ini dari jenis yang tidak dikenal pemeriksa, jadi keutuhannya tidak diketahui.")
OUT_OF_TIME = phrase("Waktu pemeriksaan habis sebelum seluruh perubahan setelah penandatanganan sempat dibandingkan.")
NOT_COMPARED = phrase("Perubahan setelah penandatanganan tidak dapat dibaca, jadi tidak dapat dibandingkan.")
BROKEN = phrase("Isi yang ditandatangani tidak sama lagi dengan isi berkas ini.")
PARTIAL = phrase("Tanda tangan ini tidak mencakup seluruh isi berkas, jadi sebagian isinya tidak dijamin.")
CHANGED = phrase("Setelah ditandatangani, isi berkas diubah dengan cara yang tidak diperbolehkan.")

STANDINGS: Mapping[Standing, str] = MappingProxyType(
    {
        Standing.EXPIRED_SINCE: phrase(
            "Sertifikatnya berlaku saat ditandatangani, dibuktikan cap waktu; masa berlakunya habis setelah itu."
        ),
        Standing.EXPIRED: phrase(
            "Masa berlaku sertifikatnya sudah habis, dan tidak ada cap waktu tepercaya yang membuktikan bahwa "
            "penandatanganan terjadi sebelumnya."
        ),
        Standing.REVOKED: phrase("Sertifikatnya sudah dicabut saat ditandatangani."),
        Standing.UNKNOWN_ROOT: phrase("Penerbit sertifikatnya tidak ada di daftar kepercayaan."),
        Standing.NO_TRUST_LIST: phrase("Daftar kepercayaan belum dipasang, jadi penerbitnya belum dapat dipastikan."),
        Standing.UNSUITABLE: phrase(
            "Sertifikatnya tidak memenuhi syarat: algoritmanya lemah, kegunaannya lain, atau rantai penerbitnya rusak."
        ),
    }
)


def of(verdict: SignatureVerdict, coverage: Coverage | None, standing: Standing | None) -> str | None:
    """The sentence; `None` when there is nothing to explain."""
    if verdict is SignatureVerdict.INVALID:
        return BROKEN
    if verdict is SignatureVerdict.UNVERIFIABLE:
        return NOT_COMPARED
    if verdict is SignatureVerdict.INTACT_BUT_CHANGED:
        return PARTIAL if coverage is Coverage.PARTIAL else CHANGED
    return None if standing is None else STANDINGS.get(standing)
