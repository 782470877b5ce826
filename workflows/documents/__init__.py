"""Readers of plans: the bytes of a Rencana Aksi go in, a `PlanDocument` comes out.

Stands beside the flow, before its first stage: what is read here is only proposed, and a person confirms it.
Nothing in this package opens a file, a connection or a database, because it runs on foreign bytes inside the
sandbox.

    reader -> markdown (bytes to a neutral `Source`) -> recognise (`Source` to `PlanDocument`)
"""

from workflows.documents.errors import PlanError, PlanNotFoundError, PlanTooLargeError, UnsupportedPlanError
from workflows.documents.plan import PlanDocument
from workflows.documents.reader import read_plan

__all__ = [
    "PlanDocument",
    "PlanError",
    "PlanNotFoundError",
    "PlanTooLargeError",
    "UnsupportedPlanError",
    "read_plan",
]
