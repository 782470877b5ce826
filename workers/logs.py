"""Log lines of the workers: a constant event name, then its values, then the job that was in hand."""

import contextlib
import contextvars
import logging
import sys
from collections.abc import Iterator
from typing import Any

_bound: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("bound", default=None)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


@contextlib.contextmanager
def bound(**fields: Any) -> Iterator[None]:
    """Put these fields on every line that is logged inside."""
    token = _bound.set({**(_bound.get() or {}), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


class FieldFormatter(logging.Formatter):
    """``time level event key=value ...``; a value with spaces is quoted."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, with the traceback below it when there is one."""
        fields = {key: value for key, value in vars(record).items() if key not in _STANDARD} | (_bound.get() or {})
        event = " ".join(record.getMessage().split())
        told = " ".join(f"{key}={_plain(value)}" for key, value in fields.items())
        line = f"{self.formatTime(record)} {record.levelname} {event} {told}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _plain(value: Any) -> str:
    text = str(value)
    return repr(text) if not text or any(letter.isspace() for letter in text) else text


def configure() -> None:
    """Send the log of this process to standard error. Celery's own lines about every message are left out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(FieldFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in ("celery", "kombu", "amqp"):
        logging.getLogger(name).setLevel(logging.WARNING)
