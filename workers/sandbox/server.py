"""The checker's own loop: one thread, several children, no foreign byte ever parsed.

A conversation goes through three stages: it asks (one packet), it waits for a child and for its end, it is
answered. Whoever hangs up takes its child along; whoever is slow to ask or to listen is dropped.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO

from workers.sandbox.child import Work
from workers.sandbox.limits import ChildLimits, limits_of
from workers.sandbox.program import Program
from workers.sandbox.spawn import Child
from workflows.evidence.checks import wire
from workflows.evidence.checks.failure import Failure

SLOW = 30.0
"""Seconds that the other side may take to ask, and again to take its answer."""
TICK = 1.0
CONVERSATIONS = 200
"""Open at the same time, three descriptors each; whoever comes on top is told to come again later."""
NO_OCR = {"error": {"code": "no_ocr", "message": "Pembaca hasil pindaian tidak terpasang."}}


class Conversation:
    """One connection and what has become of its question."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.deadline: float | None = time.monotonic() + SLOW
        self.request: wire.Request | None = None
        self.file: int | None = None
        self.child: Child | None = None
        self.answer = b""


def _is_unhurried(conversation: Conversation) -> bool:
    return conversation.request is not None and conversation.request["kind"] in wire.UNHURRIED


class Server:
    """Serves the conversations that come from `source`, a listener or the socket of the one that started it."""

    def __init__(
        self,
        source: socket.socket,
        *,
        listening: bool,
        concurrency: int,
        limits: ChildLimits,
        work: Callable[[wire.Request, BinaryIO], bytes],
        ocr: Program | None = None,
    ) -> None:
        self._source = source
        self._listening = listening
        self._concurrency = concurrency
        self._limits = limits
        self._work = work
        self._ocr = ocr
        self._selector = selectors.DefaultSelector()
        self._talking: set[Conversation] = set()
        self._waiting: deque[Conversation] = deque()
        self._open = True

    def run(self) -> None:
        """Serve until the starter hangs up; a signal handler that raises ends it as well. No child is left."""
        self._source.setblocking(False)
        self._watch(self._source, selectors.EVENT_READ, self._welcome)
        try:
            while self._open:
                for key, _ in self._selector.select(TICK):
                    # An earlier event of the same round may have ended what this one belongs to.
                    if self._selector.get_map().get(key.fileobj) is key:
                        key.data()
                self._end_the_late()
                self._start_children()
        finally:
            for conversation in list(self._talking):
                self._drop(conversation)
            self._selector.close()

    def _watch(self, what: socket.socket | int, events: int, then: Callable[[], None]) -> None:
        self._selector.register(what, events, then)

    def _welcome(self) -> None:
        connection: socket.socket
        try:
            if self._listening:
                connection, _ = self._source.accept()
            else:
                _, descriptor = wire.receive_descriptor(self._source)
                if descriptor is None:  # the starter has hung up
                    self._open = False
                    return
                connection = socket.socket(fileno=descriptor)
        except (OSError, wire.WireError):
            return
        if len(self._talking) >= CONVERSATIONS:
            connection.close()
            return
        connection.setblocking(False)
        conversation = Conversation(connection)
        self._talking.add(conversation)
        self._watch(connection, selectors.EVENT_READ, partial(self._hear, conversation))

    def _hear(self, conversation: Conversation) -> None:
        """A question, or the end of the connection."""
        if conversation.request is not None:
            # Nothing more is agreed to come: the asker has gone or does not keep to the protocol.
            self._drop(conversation)
            return
        try:
            conversation.request, conversation.file = wire.receive_request(conversation.connection)
        except (OSError, wire.WireError):
            self._drop(conversation)
            return
        conversation.deadline = None
        self._waiting.append(conversation)

    def _start_children(self) -> None:
        while (conversation := self._next()) is not None:
            self._waiting.remove(conversation)
            assert conversation.request is not None and conversation.file is not None  # noqa: S101, PT018
            kind = conversation.request["kind"]
            work: Work | Program = partial(self._work, conversation.request)
            if kind == "ocr":
                if self._ocr is None:
                    self._close_file(conversation)
                    self._write_answer(conversation, NO_OCR)
                    continue
                work = self._ocr
            try:
                conversation.child = Child(work, file=conversation.file, limits=limits_of(kind, self._limits))
            except OSError:  # no process or descriptor to be had now: the asker comes again
                self._drop(conversation)
                continue
            self._close_file(conversation)
            self._watch(conversation.child.pipe, selectors.EVENT_READ, partial(self._collect, conversation.child))
            self._watch(conversation.child.process, selectors.EVENT_READ, partial(self._reply, conversation))

    def _next(self) -> Conversation | None:
        """Who is next: what somebody waits for first. The rest takes minutes in all and never gets the last place, so
        that a check that comes meanwhile finds one."""
        running = [_is_unhurried(one) for one in self._talking if one.child is not None]
        if len(running) >= self._concurrency:
            return None
        full = sum(running) >= max(1, self._concurrency - 1)
        waiting = sorted(self._waiting, key=_is_unhurried)  # stable: within each kind the first comes first
        return next((one for one in waiting if not (full and _is_unhurried(one))), None)

    def _collect(self, child: Child) -> None:
        if not child.read():
            self._selector.unregister(child.pipe)

    def _reply(self, conversation: Conversation) -> None:
        """The child has ended: from here on the connection is only written to."""
        self._write_answer(conversation, self._reap(conversation))

    def _write_answer(self, conversation: Conversation, answer: Mapping[str, object]) -> None:
        conversation.answer = json.dumps(answer).encode()
        conversation.deadline = time.monotonic() + SLOW
        self._selector.modify(conversation.connection, selectors.EVENT_WRITE, partial(self._send, conversation))

    def _send(self, conversation: Conversation) -> None:
        packet = conversation.answer[: wire.PACKET]
        try:
            conversation.connection.send(packet)
        except BlockingIOError:
            return
        except OSError:
            conversation.answer = b""
        else:
            conversation.answer = conversation.answer[len(packet) :]
        if not conversation.answer:
            self._drop(conversation)

    def _end_the_late(self) -> None:
        now = time.monotonic()
        for conversation in list(self._talking):
            if conversation.child is not None and now > conversation.child.deadline:
                conversation.child.end(Failure.TIMEOUT)
            elif conversation.deadline is not None and now > conversation.deadline:
                self._drop(conversation)

    def _reap(self, conversation: Conversation) -> dict[str, object]:
        child, conversation.child = conversation.child, None
        assert child is not None  # noqa: S101
        for descriptor in (child.pipe, child.process):
            with contextlib.suppress(KeyError):
                self._selector.unregister(descriptor)
        return child.result()

    def _drop(self, conversation: Conversation) -> None:
        if conversation.child is not None:
            conversation.child.end(Failure.CRASHED)
            self._reap(conversation)
        if conversation in self._waiting:
            self._waiting.remove(conversation)
        self._close_file(conversation)
        # The signal that ends the server may have come while this conversation was being dropped: it is closed then.
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(conversation.connection)
        conversation.connection.close()
        self._talking.discard(conversation)

    @staticmethod
    def _close_file(conversation: Conversation) -> None:
        if conversation.file is not None:
            os.close(conversation.file)
            conversation.file = None
