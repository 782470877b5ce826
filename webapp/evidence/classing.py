"""How one person may class the delivery that a page shows."""

from dataclasses import dataclass

from workflows.core.actors import Actor
from workflows.evidence.access.operations import may_lower, may_raise
from workflows.evidence.access.queries import Sight
from workflows.evidence.models import Evidence


@dataclass(frozen=True)
class Classing:
    """Which of the two forms is offered; ``components/access.html`` draws them."""

    raises: bool = False
    lowers: bool = False


def classing_of(evidence: Evidence, sight: Sight, person: Actor) -> Classing:
    """Return what is offered to this person."""
    if person.read_only:
        return Classing()
    if sight.restricted:
        return Classing(lowers=may_lower(evidence, person))
    return Classing(raises=may_raise(evidence, person))
