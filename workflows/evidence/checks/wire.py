"""The messages between the inspector (`workflows.evidence.inspection`) and the checker (`workers.sandbox`).

One connection carries one request. The request is a single packet of a SOCK_SEQPACKET Unix socket: a small JSON
header with the file as a descriptor (SCM_RIGHTS), opened for reading only. The answer is JSON in packets up to the
end of the connection; an end without an answer means that the checker went away.
"""

from __future__ import annotations

import array
import fcntl
import json
import os
import socket
import stat
from typing import Any, Literal, TypedDict

FAMILY = socket.AF_UNIX
KIND = socket.SOCK_SEQPACKET
REQUEST_LIMIT = 16 * 1024
ANSWER_LIMIT = 4 * 1024 * 1024
PAGE_LIMIT = 1_000_000
PLAN_LIMIT = 24 * 1024 * 1024
"""A thousand recommendations, each with all numbers that the same promises serve."""
BITMAP_LIMIT = 12 * 1024 * 1024
"""The same for a drawn page, which travels as text."""
PAGES_LIMIT = 500
PACKET = 64 * 1024
"""Well below the send buffer of a Unix socket (212,992 bytes by default), which bounds a packet."""


class Request(TypedDict):
    """What is asked about the file that comes along."""

    kind: Literal["check", "plan", "pictures", "text", "bitmap", "ocr"]
    name: str
    profile: str
    """Of a check its profile, of pictures their size."""
    pages: list[int]
    """Numbers from 1; empty where none is named."""


KINDS = ("check", "plan", "pictures", "text", "bitmap", "ocr")
UNHURRIED = frozenset({"pictures", "text", "bitmap", "ocr"})
"""Kinds that nobody waits for before the next step; they never take the last place from one that somebody waits for."""


class WireError(Exception):
    """The other side does not speak this protocol."""

    code = "wire"


def connect(path: str) -> socket.socket:
    """A connection to a listening checker.

    :raises OSError: when nobody listens there.
    """
    connection = socket.socket(FAMILY, KIND)
    try:
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection


def send_descriptor(connection: socket.socket, data: bytes, descriptor: int) -> None:
    """One packet with one descriptor."""
    rights = array.array("i", [descriptor])
    connection.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])


def receive_descriptor(connection: socket.socket) -> tuple[bytes, int | None]:
    """One packet and the descriptor that came with it, closed on exec; surplus descriptors are closed at once."""
    size = array.array("i").itemsize
    data, ancillary, flags, _ = connection.recvmsg(REQUEST_LIMIT, socket.CMSG_SPACE(8 * size), socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(payload[: len(payload) - len(payload) % size])
    if len(descriptors) > 1 or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        for descriptor in descriptors:
            os.close(descriptor)
        raise WireError("a packet too large or with more than one descriptor")
    return data, descriptors[0] if descriptors else None


def send_request(connection: socket.socket, request: Request, *, descriptor: int) -> None:
    """Hand over a file with its question.

    :raises WireError: when the name is too long to be sent.
    """
    data = json.dumps(request).encode()
    if len(data) > REQUEST_LIMIT:
        raise WireError("a request too large")
    send_descriptor(connection, data, descriptor)


def receive_request(connection: socket.socket) -> tuple[Request, int]:
    """The question and the file, the caller's to close.

    :raises WireError: when it is none, or the file is not a regular one open for reading only: whoever could write
        through it could change the evidence.
    """
    data, descriptor = receive_descriptor(connection)
    try:
        request = _parse(data)
        if descriptor is None:
            raise WireError("no file came with the request")
        writable = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
        if writable or not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise WireError("not a regular file open for reading only")
    except WireError:
        if descriptor is not None:
            os.close(descriptor)
        raise
    return request, descriptor


def _parse(data: bytes) -> Request:
    try:
        document = json.loads(data)
    except ValueError:
        raise WireError("a request that is not JSON") from None
    if (
        not isinstance(document, dict)
        or set(document) != {"kind", "name", "profile", "pages"}
        or not all(isinstance(document[key], str) for key in ("kind", "name", "profile"))
        or document["kind"] not in KINDS
        or not _are_pages(document["pages"])
    ):
        raise WireError("a request with other keys or values than agreed")
    return Request(kind=document["kind"], name=document["name"], profile=document["profile"], pages=document["pages"])


def _are_pages(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= PAGES_LIMIT
        and all(type(number) is int and 1 <= number < PAGE_LIMIT for number in value)
    )


def receive_answer(connection: socket.socket, *, limit: int = ANSWER_LIMIT) -> dict[str, Any] | None:
    """The answer, or `None` when the checker went away.

    :raises WireError: when it is too large or not a JSON object.
    """
    data = bytearray()
    while packet := connection.recv(PACKET):
        data += packet
        if len(data) > limit:
            raise WireError("an answer too large")
    if not data:
        return None
    try:
        document = json.loads(data)
    except ValueError:
        raise WireError("an answer that is not JSON") from None
    if not isinstance(document, dict):
        raise WireError("an answer that is not an object")
    return document
