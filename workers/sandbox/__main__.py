"""Starts the checker: `python -m workers.sandbox --socket PATH | --fd N`, and what `--help` says."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

from workers.priority import step_back
from workers.sandbox import networkless  # noqa: F401 - before whatever would load the real one
from workers.sandbox.demand import WallsMissingError, demand
from workers.sandbox.limits import ChildLimits
from workers.sandbox.program import Program, find_tesseract
from workers.sandbox.server import Server
from workers.sandbox.warm import warm_up
from workers.sandbox.work import answer
from workflows.evidence.checks import wire
from workflows.evidence.checks.report import Isolation
from workflows.evidence.checks.trust_list import NO_TRUST, TrustList, TrustListError, read_trust_list


def main() -> int:
    """Serve until told to end; 0 after a clean end, 2 for wrong use."""
    parser = argparse.ArgumentParser(prog="python -m workers.sandbox", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--socket", help="path of a Unix socket to listen on (mode 0600)")
    source.add_argument("--fd", type=int, help="number of an inherited, connected socket")
    parser.add_argument("--concurrency", type=int, default=2, help="files judged at the same time (default 2)")
    parser.add_argument("--trust", type=Path, help="folder with trust.json and the trusted certificates")
    parser.add_argument(
        "--least",
        type=Isolation,
        choices=list(Isolation),
        help="the isolation without which no file is opened; every report says what was reached (default partial, "
        "and limits with --fd, where whoever started it looks at his own files)",
    )
    arguments = parser.parse_args()
    least = arguments.least or (Isolation.PARTIAL if arguments.fd is None else Isolation.LIMITS)
    if arguments.concurrency < 1:
        parser.error("--concurrency must be at least 1")

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    try:
        trust = NO_TRUST if arguments.trust is None else read_trust_list(arguments.trust)
    except TrustListError as error:
        print(f"Daftar kepercayaan tidak dapat dipakai: {error}", file=sys.stderr)  # noqa: T201
        return 1
    try:
        demand(least)
    except WallsMissingError as error:
        print(f"Pemeriksa berkas tidak boleh berjalan: {error}", file=sys.stderr)  # noqa: T201
        return 1
    warm_up()
    ocr = find_tesseract()
    # What is loaded by now is shared with every child; keeping the collector off it keeps the pages shared.
    gc.collect()
    gc.freeze()
    try:
        if arguments.fd is not None:
            with socket.socket(fileno=arguments.fd) as inherited:
                inherited.set_inheritable(False)
                _serve(inherited, listening=False, concurrency=arguments.concurrency, trust=trust, ocr=ocr)
        else:
            step_back()
            with listening_on(arguments.socket) as listener:
                _serve(listener, listening=True, concurrency=arguments.concurrency, trust=trust, ocr=ocr)
    except OSError as error:
        print(f"Pemeriksa berkas tidak dapat berjalan: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _serve(source: socket.socket, *, listening: bool, concurrency: int, trust: TrustList, ocr: Program | None) -> None:
    work = partial(answer, trust=trust)
    Server(source, listening=listening, concurrency=concurrency, limits=ChildLimits(), work=work, ocr=ocr).run()


@contextlib.contextmanager
def listening_on(path: str) -> Iterator[socket.socket]:
    """A socket that only its owner may open; one left behind by a checker that is gone is replaced."""
    with socket.socket(wire.FAMILY, wire.KIND) as probe:
        try:
            probe.connect(path)
        except FileNotFoundError:
            pass
        except ConnectionRefusedError:
            os.unlink(path)
        else:
            raise OSError(f"{path}: a checker already listens there")
    with socket.socket(wire.FAMILY, wire.KIND) as listener:
        before = os.umask(0o177)
        try:
            listener.bind(path)
        finally:
            os.umask(before)
        try:
            listener.listen(64)
            yield listener
        finally:
            os.unlink(path)


def leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def run() -> NoReturn:
    """Serve, then be gone: whoever waits for the end need not wait for an interpreter to be taken apart (0.1 s)."""
    try:
        status = main()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 0
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
