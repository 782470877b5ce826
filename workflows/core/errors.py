"""The refusals that the rules know. Each carries a stable ``code`` and a sentence a person can act on.

The edge turns them into an HTTP status or an exit status; nothing here knows about either.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.core.sentences import phrase


@dataclass(frozen=True)
class Reason:
    """One reason why something may not be done: a stable code and an Indonesian sentence.

    A sentence with values comes from a :class:`~workflows.core.sentences.Template`, so that it can be said in another
    language too.
    """

    code: str
    message: str


class WorkflowError(Exception):
    """A refusal of the rules, with every reason at once."""

    code = "refused"

    def __init__(self, *reasons: Reason) -> None:
        self.reasons: Sequence[Reason] = reasons or (Reason(self.code, self.default_message),)
        super().__init__("; ".join(f"{reason.code}: {reason.message}" for reason in self.reasons))

    default_message = phrase("Permintaan ini tidak dapat dijalankan.")


class NotFoundError(WorkflowError):
    """Nothing of that name that this person may know of."""

    code = "not_found"
    default_message = phrase("Tidak ditemukan, atau berada di luar wewenang Anda.")


class PermissionDeniedError(WorkflowError):
    """The person is known and may see the subject, but may not do this to it."""

    code = "not_allowed"
    default_message = phrase("Anda tidak berwenang melakukan tindakan ini.")


class TransitionNotAllowedError(WorkflowError):
    """The action does not start from the state the subject is in."""

    code = "illegal_move"
    default_message = phrase("Tindakan ini tidak dapat dilakukan pada tahap sekarang.")


class GuardFailedError(WorkflowError):
    """The action is legal for this person here, but something that must hold does not."""

    code = "guard_failed"


class StaleStateError(WorkflowError):
    """Somebody else decided in the meantime."""

    code = "stale_version"
    default_message = phrase("Seseorang sudah lebih dulu mengubahnya. Muat ulang, periksa, lalu putuskan lagi.")


class ConflictError(WorkflowError):
    """The request contradicts what is already recorded."""

    code = "conflict"


class InvalidInputError(WorkflowError):
    """What was sent cannot be used as it is."""

    code = "invalid"


class GoneError(WorkflowError):
    """The bytes were removed by rule; row, digest and report remain."""

    code = "gone"
    default_message = phrase(
        "Berkas ini sudah dihapus menurut aturan penyimpanan; catatan dan sidik jarinya tetap ada."
    )
