"""What is odd about an answer: the plan compared with what was asked. Warnings only; nothing is corrected."""

from collections.abc import Iterator

from workflows.core.sentences import Template, phrase
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
_SIGNERS = {
    Signer.UNIT_HEAD: phrase("pimpinan unit kerja/bidang"),
    Signer.AGENCY_HEAD: phrase("pimpinan perangkat daerah"),
}
_EXPECTATIONS = {
    Expectation.ANNUAL_TARGET: phrase("target tahunan"),
    Expectation.PREVIOUS_YEARS: phrase("realisasi tahun-tahun sebelumnya"),
    Expectation.MEDIUM_TERM_TARGET: phrase("target jangka menengah"),
    Expectation.NATIONAL_COMPARISON: phrase("data nasional"),
    Expectation.OBSTACLES: phrase("hambatan atau kendala"),
    Expectation.EFFICIENCY: phrase("efisiensi sumber daya"),
}

_NO_ACTION = Template("%(number)s: rekomendasi ini belum dijawab dengan rencana aksi.")
_REPEATED = Template("%(number)s: rencana aksi hanya mengulang rekomendasi dan tidak menyebut tindakannya.")
_SIGNER_DIFFERS = Template(
    "%(number)s: rekomendasi meminta tanda tangan %(signers)s, tetapi rencana aksi tidak menjanjikannya.",
    words=("signers",),
)
_FORGOTTEN = Template("%(number)s: rencana aksi tidak menyebut %(contents)s yang diminta.", words=("contents",))
_YEAR_DIFFERS = Template("%(number)s: rencana aksi menyebut tahun %(found)s, padahal rencana ini untuk %(year)s.")


def review(recommendation: Recommendation, *, year: int | None, where: str) -> Iterator[PlanWarning]:
    """Yield what is odd about the answer to one recommendation; `where` is the place of the answer."""
    answer, number = recommendation.action.text, recommendation.number

    def warn(code: WarningCode, sentence: Template, **values: object) -> PlanWarning:
        return PlanWarning(where=where, code=code, message=sentence(number=number, **values))

    if answer is None:
        yield warn(WarningCode.ACTION_MISSING, _NO_ACTION)
        return
    if _repeats(answer, recommendation.text):
        yield warn(WarningCode.ACTION_REPEATS_RECOMMENDATION, _REPEATED)
    for requirement in recommendation.requirements:
        missing = _missing_signers(answer, (requirement.signed_by, requirement.acknowledged_by))
        if missing:
            names = phrase(" dan ").join(_SIGNERS[signer] for signer in missing)
            yield warn(WarningCode.PLAN_SIGNER_DIFFERS, _SIGNER_DIFFERS, signers=names)
        if requirement.kind is RequirementKind.PERFORMANCE_REPORT:
            promised_contents = expectations(answer)
            forgotten = [_EXPECTATIONS[e] for e in requirement.expects if e not in promised_contents]
            if forgotten:
                yield warn(WarningCode.ACTION_INCOMPLETE, _FORGOTTEN, contents=phrase(" dan ").join(forgotten))
    for stray in _stray_years(answer, recommendation.text, year):
        yield warn(WarningCode.YEAR_DIFFERS, _YEAR_DIFFERS, found=stray, year=year)


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
