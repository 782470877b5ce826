"""The containers' health checks: asks one part whether it works. Exit status 0 when it does, 1 with a sentence else.

python deploy/health.py web URL | checker SOCKET | beat
"""

import os
import sys
import urllib.request
from collections.abc import Callable

import psycopg

from workflows.evidence.checks import wire

SECONDS = 5.0


def web(url: str) -> None:
    """The web process answers and has everything that it needs."""
    # Said as the proxy says it, so that nothing is answered by a redirect.
    request = urllib.request.Request(url, headers={"X-Forwarded-Proto": "https"})  # noqa: S310 - a fixed address
    with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
        pass


def checker(path: str) -> None:
    """The checker takes a conversation from this user."""
    wire.connect(path).close()


def beat() -> None:
    """The beat has ordered this hour's periodic work; at the turn of the hour it has a minute for it."""
    url = os.environ["DATABASE_WORKER_URL"].replace("+psycopg", "", 1)
    query = (
        "SELECT 1 FROM job WHERE key = 'periodic.tidy:' || "
        "floor(extract(epoch FROM clock_timestamp() - interval '1 minute') / 3600)::bigint"
    )
    with psycopg.connect(url, connect_timeout=int(SECONDS)) as connection:
        if connection.execute(query).fetchone() is None:
            raise LookupError("no periodic work was ordered for this hour")


CHECKS: dict[str, Callable[..., None]] = {"web": web, "checker": checker, "beat": beat}


def main(arguments: list[str]) -> int:
    """Run the check that the first argument names."""
    try:
        CHECKS[arguments[0]](*arguments[1:])
    except Exception as error:
        print(f"{' '.join(arguments)}: {error!r}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
