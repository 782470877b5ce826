"""Shows the demo's accounts and writes them to a file."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from webapp.embedded.errors import EngineError
from webapp.embedded.folder import write_private


def write_accounts(accounts: Sequence[dict[str, Any]], path: Path) -> None:
    """Write the accounts, readable by their owner only and whole at once.

    :raises EngineError: the file cannot be written.
    """
    try:
        write_private(path, json.dumps(accounts, ensure_ascii=False, indent=2).encode() + b"\n")
    except OSError as error:
        raise EngineError(
            "accounts_file",
            f"Berkas akun {path} tidak dapat ditulis ({error.strerror}). Pilih tempat lain dengan --accounts.",
        ) from error


def print_accounts(accounts: Sequence[dict[str, Any]], address: str) -> None:
    """Print where the demo is and who can sign in."""
    click.echo(f"\nTuntas contoh: {address}")
    click.echo(f"Kata sandi semua akun: {accounts[0]['password']}\n")
    for account in accounts:
        place = " / ".join(filter(None, (account["agency"], account["unit"]))) or "seluruh kabupaten"
        click.echo(f"  {account['email']:<32} {account['role']:<16} {place}")
    click.echo("\nHentikan dengan Ctrl+C.")
