"""The report about a file that the checker could not finish: a crash is a finding, not a lost job.

The file is neither accepted nor thrown back (see `policy`): the verifier sees `warn` with the reason and
decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from workflows.core.sentences import phrase
from workflows.evidence.checks.policy import policy
from workflows.evidence.checks.report import (
    CheckReport,
    Encryption,
    Finding,
    Isolation,
    Opens,
    SignatureVerdict,
    TextLayer,
    verdict_of,
)


class Failure(StrEnum):
    """Why there is no answer from inside."""

    CRASHED = "checker_crashed"
    TIMEOUT = "checker_timeout"
    MEMORY = "checker_memory"
    ANSWER = "checker_answer"


MESSAGES: Mapping[Failure, str] = MappingProxyType(
    {
        Failure.CRASHED: phrase(
            "Pemeriksa berhenti mendadak saat membaca berkas ini, jadi isinya belum diperiksa. "
            "Simpan ulang dokumen sebagai PDF lalu unggah lagi, atau minta evaluator melihatnya."
        ),
        Failure.TIMEOUT: phrase(
            "Pemeriksaan berkas ini terlalu lama dan dihentikan, jadi isinya belum diperiksa. "
            "Simpan ulang dokumen sebagai PDF yang lebih sederhana, atau minta evaluator melihatnya."
        ),
        Failure.MEMORY: phrase(
            "Berkas ini meminta memori melebihi batas pemeriksa, jadi isinya belum diperiksa. "
            "Simpan ulang dokumen sebagai PDF yang lebih kecil, atau minta evaluator melihatnya."
        ),
        Failure.ANSWER: phrase(
            "Jawaban pemeriksa tentang berkas ini tidak sah, jadi tidak dipakai. Minta evaluator melihat berkas ini."
        ),
    }
)


def unjudged_report(
    failure: Failure,
    *,
    path: str,
    sha256: str,
    size: int,
    profile: str,
    isolation: Isolation,
    elapsed_ms: int,
) -> CheckReport:
    """A report that knows nothing but the bytes and the reason. `opens` is `no`: nobody opened the file."""
    finding = Finding(failure.value, policy(profile).severity(failure.value), MESSAGES[failure])
    return CheckReport(
        path=path,
        sha256=sha256,
        bytes=size,
        verdict=verdict_of([finding]),
        opens=Opens.NO,
        pages=None,
        encrypted=Encryption.NONE,
        active_content=(),
        # Whoever could not read the file cannot say that it holds no signature.
        signature_verdict=SignatureVerdict.UNVERIFIABLE,
        signatures=(),
        text_layer=TextLayer.NONE,
        findings=(finding,),
        isolation=isolation,
        elapsed_ms=elapsed_ms,
    )
