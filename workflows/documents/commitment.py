"""What a plan's answer lacks as a commitment: who does it, until when, for which quarters and of which units.

Beside what :mod:`workflows.documents.review` finds in its words. Pure like it: values in, warnings out.
"""

from collections.abc import Collection, Iterator

from workflows.core.sentences import Template
from workflows.documents.plan import PlanWarning, Recommendation, WarningCode
from workflows.documents.requirements import quarters
from workflows.documents.review import review
from workflows.documents.words import any_near, words

_ROMAN = {1: "I", 2: "II", 3: "III", 4: "IV"}
_OF_ANY_UNIT = ("bidang", "bagian", "sekretariat", "seksi", "unit")
"""Words that many units' names begin with, and none is told apart by."""

_NO_OWNER = Template("%(number)s: penanggung jawabnya belum disebut.")
_NO_DUE_DATE = Template("%(number)s: batas waktunya belum disebut.")
_QUARTERS = Template("%(number)s: rencana aksi tidak menjanjikan triwulan %(quarters)s yang diminta.")
_UNITS = Template("%(number)s: rencana aksi hanya menyebut sebagian unit; yang belum disebut: %(units)s.")


def judge(
    recommendation: Recommendation, *, year: int | None, units: Collection[str], where: str
) -> Iterator[PlanWarning]:
    """Yield everything that is odd about the answer to one recommendation, its words first.

    :param units: names of the units of which documents are asked for; one alone is never left out.
    """
    answer, number = recommendation.action, recommendation.number
    yield from review(recommendation, year=year, where=where)
    if answer.text is None:
        return

    def warn(code: WarningCode, sentence: Template, **values: object) -> PlanWarning:
        return PlanWarning(where=where, code=code, message=sentence(number=number, **values))

    promised = quarters(answer.text)
    asked = {quarter for requirement in recommendation.requirements for quarter in requirement.quarters}
    left = sorted(asked - set(promised))
    if left:
        yield warn(WarningCode.QUARTERS_MISSING, _QUARTERS, quarters=", ".join(_ROMAN[quarter] for quarter in left))
    unnamed = left_out(answer.text, units)
    if unnamed:
        yield warn(WarningCode.UNITS_MISSING, _UNITS, units=", ".join(unnamed))
    if not (answer.owner or "").strip():
        yield warn(WarningCode.OWNER_MISSING, _NO_OWNER)
    if answer.due_on is None:
        yield warn(WarningCode.DUE_DATE_MISSING, _NO_DUE_DATE)


def left_out(answer: str, units: Collection[str]) -> list[str]:
    """Return the units that an answer leaves out. One that names no unit by its name means all of them."""
    tokens = words(answer)
    named = {unit for unit in units if _names(tokens, unit)}
    return [unit for unit in units if unit not in named] if named and len(units) > 1 else []


def _names(tokens: list[str], unit: str) -> bool:
    whole = words(unit)
    own = [word for word in whole if word not in _OF_ANY_UNIT] or whole
    return all(any_near(tokens, word) for word in own)
