"""What commands share: the data folder's option, the database session, and who acts."""

import getpass
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click
from flask import Flask

from webapp.deployment import default_data, engines_at
from webapp.embedded import Addresses
from webapp.embedded.guard import die_with_parent
from workflows.core.actors import Actor, Channel
from workflows.core.db import db

Function = TypeVar("Function", bound=Callable[..., Any])


def data_option(function: Function) -> Function:
    """Add ``--data DIR``, which every command takes."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=default_data,
        show_default="$TUNTAS_DATA atau ./var",
        help="Folder data.",
    )(function)


def json_option(function: Function) -> Function:
    """Add ``--json``: one document on standard output, messages on standard error."""
    return click.option("--json", "as_json", is_flag=True, help="Satu dokumen JSON ke keluaran baku.")(function)


def operator() -> Actor:
    """Return who acts at the console: the operator, with the name of the system's user."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "?"
    return Actor(name=f"operator ({user})", channel=Channel.COMMAND)


@contextmanager
def session(data: Path) -> Iterator[Addresses]:
    """Open the database as the worker role; commit at the end unless something was refused."""
    import workflows.stages  # noqa: F401 - all rules

    with engines_at(data) as addresses, database(addresses.database_worker_url):
        yield addresses


@contextmanager
def database(url: str) -> Iterator[None]:
    """Open one database for a command's time; commit at the end unless something was refused."""
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        try:
            yield
            db.session.commit()
        finally:
            db.session.remove()
            db.engine.dispose()


def apart(work: Callable[[], None]) -> None:
    """Do something in a fork and wait for it, so that what it loads and leaves behind goes with it.

    A refusal goes its usual way in the fork, up to the sentence on standard error; this process then ends with its
    status. Only for processes without threads.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        die_with_parent(parent, signal.SIGKILL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent as well, which then ends both
        work()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    try:
        _, raw = os.waitpid(pid, 0)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    if raw:
        raise SystemExit(max(1, os.waitstatus_to_exitcode(raw)))


def print_json(value: Any) -> None:
    """Print one JSON document."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")
