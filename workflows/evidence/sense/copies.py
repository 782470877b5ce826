"""Was this very file, or a paper with its figures, sent for something else?"""

from collections.abc import Iterator, Sequence

from workflows.core.sentences import Template
from workflows.evidence.sense import sentences as say
from workflows.evidence.sense.subject import WARN, Remark, Subject, Twin


def check_same_file(subject: Subject) -> Iterator[Remark]:
    """Tell of deliveries of the same bytes in the place of another requirement."""
    yield from _told("same_file", subject.same_file, say.SAME_FILE, say.SAME_FILE_FOREIGN, say.SAME_FILE_ELSEWHERE)


def check_same_figures(subject: Subject) -> Iterator[Remark]:
    """Tell of deliveries for another quarter or unit that hold the same figures and dates."""
    yield from _told(
        "same_figures", subject.same_figures, say.SAME_FIGURES, say.SAME_FIGURES_FOREIGN, say.SAME_FIGURES_ELSEWHERE
    )


def _told(code: str, twins: Sequence[Twin], own: Template, named: Template, unnamed: str) -> Iterator[Remark]:
    for twin in twins:
        if twin.foreign:
            yield Remark(code, WARN, named(agency=twin.agency, title=twin.title), audience="inspectorate")
        else:
            yield Remark(code, WARN, own(title=twin.title))
    if any(twin.foreign for twin in twins):
        yield Remark(code, WARN, unnamed, audience="agency")
