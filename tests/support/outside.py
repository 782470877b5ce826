"""What stands outside the administrator's reach in tests: a time stamping service and a mail server, both real ones."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.pki import toy

STAMPED_AT = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


@dataclass
class TimeStamper:
    """A time stamping service on loopback; its clock stands still."""

    url: str = ""
    spoil: Callable[[bytes], bytes] | None = None
    """Makes another answer of a query."""
    asked: int = 0

    def answer(self, query: bytes) -> bytes:
        """Return the answer to a query, both in DER."""
        self.asked += 1
        return self.spoil(query) if self.spoil else toy().time_stamp(query, STAMPED_AT)


@contextmanager
def time_stamper() -> Iterator[TimeStamper]:
    """A running service."""
    service = TimeStamper()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the name that http.server calls
            answer = service.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_address[1]}/tsa"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class MailServer:
    """A mail server on loopback, and the letters that it took."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        """Take or refuse a recipient."""
        if self.refuses:
            return "550 no such witness"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - likewise
        """Keep a letter."""
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A running server."""
    mailbox = MailServer()
    controller = Controller(mailbox, hostname="127.0.0.1", port=_free_port())
    controller.start()
    mailbox.port = controller.port
    try:
        yield mailbox
    finally:
        controller.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
