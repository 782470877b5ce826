"""Why a file could not be read as a plan: each reason has a stable code and a sentence for the sender."""


class PlanError(Exception):
    """A file that gives no plan.

    `code` is for programs, `message` is one Indonesian sentence. Neither ever quotes the file, which may hold
    personal data.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class PlanNotFoundError(PlanError):
    """The file was read and holds no plan; the message says what was looked for."""


class UnsupportedPlanError(PlanError):
    """The file is of a kind that no reader understands."""


class PlanTooLargeError(PlanError):
    """The file, one of its tables or one of its cells passes a limit of `source`."""
