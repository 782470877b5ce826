"""The command ``tuntas``. Exit status: 0 done, 1 a check or verification failed, 2 wrong use.

Commands are imported when they are called, so that the small ones start quickly.
"""

import importlib
import logging
import sys
from typing import Any

import click

COMMANDS = {
    "demo": ("webapp.cli.serve", "demo"),
    "serve": ("webapp.cli.serve", "serve"),
    "web": ("webapp.cli.web", "web"),
    "db": ("webapp.cli.database", "database"),
    "org": ("webapp.cli.organization", "organization"),
    "import": ("webapp.cli.plans", "import_plan"),
    "check": ("webapp.cli.check", "check"),
    "bundle": ("webapp.cli.bundles", "bundle"),
    "verify-bundle": ("webapp.cli.verify_bundle", "verify_bundle"),
    "audit": ("webapp.cli.audit", "audit"),
    "seal": ("webapp.cli.seal", "seal"),
    "archive": ("webapp.cli.archive", "archive"),
    "backup": ("webapp.cli.backup", "backup"),
    "restore": ("webapp.cli.backup", "restore"),
    "backup-key": ("webapp.cli.backup", "backup_key"),
    "user": ("webapp.cli.accounts", "user"),
    "token": ("webapp.cli.accounts", "token"),
}


class Commands(click.Group):
    """A group that imports a command's module only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the table above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tuntas", prog_name="tuntas")
def tuntas() -> None:
    """Tuntas: tindak lanjut rekomendasi Inspektorat, dari rencana aksi sampai arsip yang dapat dibuktikan."""


def main(argv: list[str] | None = None) -> None:
    """Run a command; refusals are one sentence on standard error, never a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    # Libraries tell their story only when something is wrong.
    for name in ("alembic", "celery", "kombu", "urllib3", "pypdf", "werkzeug"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        tuntas.main(args=argv, prog_name="tuntas", standalone_mode=True)
    except Exception as error:
        sentence = _refusal(error)
        if sentence is None:
            raise
        fail(sentence)


def _refusal(error: Exception) -> str | None:
    """Return the sentence for what was refused; None for what nobody meant to happen.

    Asked for when there is one only: to know these classes takes longer than many a command.
    """
    from storage.errors import StorageError
    from webapp.embedded.errors import EngineError
    from webapp.settings import MissingSettingError
    from workflows.core.errors import WorkflowError

    if isinstance(error, WorkflowError):
        return " ".join(reason.message for reason in error.reasons)
    if isinstance(error, (EngineError, MissingSettingError)):
        return str(error)
    if isinstance(error, StorageError):
        return f"Penyimpanan arsip menolak atau tidak menjawab: {error}"
    return None


def fail(sentence: str, *, status: int = 1) -> Any:
    """End with a sentence on standard error."""
    click.echo(f"tuntas: {sentence}", err=True)
    sys.exit(status)
