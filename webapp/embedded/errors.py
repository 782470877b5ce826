"""What the launcher says when an engine cannot run: one sentence for people, one code for programs."""


class EngineError(Exception):
    """An engine cannot be started or kept running.

    ``str(error)`` is the Indonesian sentence to show; no traceback is needed beside it.
    """

    code: str
    """Stable and English, one of: ``engine_missing``, ``already_running``, ``port_taken``, ``disk_full``,
    ``folder_not_writable``, ``database_version``, ``system_refused``, ``outside_incomplete``,
    ``credentials_lost``, ``start_failed``, ``part_failed``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
