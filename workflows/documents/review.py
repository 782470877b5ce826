"""What is odd about an answer: the plan compared with what was asked. Warnings only; nothing is corrected."""

from collections.abc import Iterator

from workflows.documents.dates import years_of_events
from workflows.documents.plan import (
    Expectation,
    PlanWarning,
    Recommendation,
    RequirementKind,
    Signer,
    WarningCode,
)
from workflows.documents.positions import promised
from workflows.documents.requirements import expectations
from workflows.documents.splitting import REQUEST_WORDS
from workflows.documents.words import any_near, words

# An action of which this share of words is the recommendation's, and that has no verb of its own, is a copy.
_COPIED_SHARE = 0.6
_VERB_PREFIXES = ("me", "ber", "akan", "pe")
_SIGNERS = {Signer.UNIT_HEAD: "pimpinan unit kerja/bidang", Signer.AGENCY_HEAD: "pimpinan perangkat daerah"}
_EXPECTATIONS = {
    Expectation.ANNUAL_TARGET: "target tahunan",
    Expectation.PREVIOUS_YEARS: "realisasi tahun-tahun sebelumnya",
    Expectation.MEDIUM_TERM_TARGET: "target jangka menengah",
    Expectation.NATIONAL_COMPARISON: "data nasional",
    Expectation.OBSTACLES: "hambatan atau kendala",
    Expectation.EFFICIENCY: "efisiensi sumber daya",
}


def review(recommendation: Recommendation, *, year: int | None, where: str) -> Iterator[PlanWarning]:
    """Yield what is odd about the answer to one recommendation; `where` is the place of the answer."""
    answer, number = recommendation.action.text, recommendation.number

    def warn(code: WarningCode, message: str) -> PlanWarning:
        return PlanWarning(where=where, code=code, message=f"{number}: {message}")

    if answer is None:
        yield warn(WarningCode.ACTION_MISSING, "rekomendasi ini belum dijawab dengan rencana aksi.")
        return
    if _repeats(answer, recommendation.text):
        yield warn(
            WarningCode.ACTION_REPEATS_RECOMMENDATION,
            "rencana aksi hanya mengulang rekomendasi dan tidak menyebut tindakannya.",
        )
    for requirement in recommendation.requirements:
        missing = _missing_signers(answer, (requirement.signed_by, requirement.acknowledged_by))
        if missing:
            names = " dan ".join(_SIGNERS[signer] for signer in missing)
            yield warn(
                WarningCode.PLAN_SIGNER_DIFFERS,
                f"rekomendasi meminta tanda tangan {names}, tetapi rencana aksi tidak menjanjikannya.",
            )
        if requirement.kind is RequirementKind.PERFORMANCE_REPORT:
            promised_contents = expectations(answer)
            forgotten = [_EXPECTATIONS[e] for e in requirement.expects if e not in promised_contents]
            if forgotten:
                yield warn(
                    WarningCode.ACTION_INCOMPLETE,
                    f"rencana aksi tidak menyebut {' dan '.join(forgotten)} yang diminta.",
                )
    for stray in _stray_years(answer, recommendation.text, year):
        yield warn(
            WarningCode.YEAR_DIFFERS,
            f"rencana aksi menyebut tahun {stray}, padahal rencana ini untuk {year}.",
        )


def _repeats(answer: str, recommendation: str) -> bool:
    tokens = words(answer)
    if not tokens or tokens[0].startswith(_VERB_PREFIXES):
        return False
    copied = len(set(tokens) & set(words(recommendation))) / len(set(tokens))
    return copied >= _COPIED_SHARE or any_near(tokens, *REQUEST_WORDS)


def _missing_signers(answer: str, wanted: tuple[Signer | None, ...]) -> list[Signer]:
    named = promised(answer)
    return [signer for signer in wanted if signer and signer not in named] if named else []


def _stray_years(answer: str, recommendation: str, year: int | None) -> list[int]:
    """Return the years of the answer that are neither asked about nor within one year of the plan's."""
    if year is None:
        return []
    expected = {year - 1, year, year + 1, *years_of_events(recommendation)}
    return [found for found in dict.fromkeys(years_of_events(answer)) if found not in expected]
