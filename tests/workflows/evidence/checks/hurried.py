"""The checker as it is, but with little time for signatures, and a comparison of revisions without an end.

For tests: `python -m ...hurried SOCKET`. No file is slow enough for a fast machine and quick enough for a busy one.
"""

import json
import signal
import sys
from typing import BinaryIO

from workers.sandbox.__main__ import leave, listening_on
from workers.sandbox.limits import ChildLimits
from workers.sandbox.server import Server
from workers.sandbox.warm import warm_up
from workflows.evidence.checks import judgement
from workflows.evidence.checks.judge import check_file
from workflows.evidence.checks.limits import Limits
from workflows.evidence.checks.wire import Request

SECONDS = 2.0


def spins(*_: object) -> None:
    while True:
        str(1)


def work(request: Request, file: BinaryIO) -> bytes:
    report = check_file(file, name=request["name"], limits=Limits(signature_seconds=SECONDS))
    return json.dumps({"report": report.to_json()}).encode()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    warm_up()
    judgement.judge_changes = spins  # type: ignore[assignment]
    with listening_on(sys.argv[1]) as listener:
        Server(listener, listening=True, concurrency=1, limits=ChildLimits(), work=work).run()
