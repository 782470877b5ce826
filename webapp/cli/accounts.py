"""``tuntas user`` and ``tuntas token``: accounts and API tokens at the console."""

import secrets
import sys
from pathlib import Path

import click

from webapp.cli.runtime import data_option, json_option, operator, print_json, session


@click.group("user", help="Akun.")
def user() -> None:
    """Group of one command."""


@user.command("add", help="Beri seseorang akun, atau kata sandi baru. Kata sandi dibuat acak kecuali --password-stdin.")
@click.option("--email", required=True, help="Surel orang itu, seperti pada daftar pegawai.")
@click.option("--username", help="Nama pengguna; bila kosong, bagian depan surel.")
@click.option("--name", help="Nama lengkap, untuk orang yang belum tercatat.")
@click.option("--region", metavar="KODE", help="Kode daerah, untuk orang yang belum tercatat.")
@click.option("--password-stdin", is_flag=True, help="Baca kata sandi dari masukan baku.")
@json_option
@data_option
def add(
    email: str,
    username: str | None,
    name: str | None,
    region: str | None,
    password_stdin: bool,
    as_json: bool,
    data: Path,
) -> None:
    """Write an account and print its password once."""
    from webapp.auth.passwords import hash_password
    from workflows.organization.accounts import give_account

    password = sys.stdin.readline().rstrip("\n") if password_stdin else secrets.token_urlsafe(12)
    if len(password) < 10:
        raise click.UsageError("Kata sandi paling sedikit 10 huruf.")
    with session(data):
        account = give_account(
            email=email,
            username=username or email.partition("@")[0],
            name=name,
            region_code=region,
            password_hash=hash_password(password),
            actor=operator(),
        )
        shown = {"email": account.email, "username": account.username}
    if not password_stdin:
        shown["password"] = password
    if as_json:
        print_json(shown)
    else:
        click.echo("\n".join(f"{key}: {value}" for key, value in shown.items()))


@click.group("token", help="Token untuk antarmuka program (API).")
def token() -> None:
    """Group of one command."""


@token.command("create", help="Buat token untuk sebuah akun; diperlihatkan sekali saja.")
@click.option("--user", "email", required=True, metavar="SUREL", help="Surel atau nama pengguna.")
@click.option("--scope", type=click.Choice(["read", "act"]), default="read", show_default=True, help="Cakupan.")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="Masa berlaku.")
@click.option("--name", default="konsol", show_default=True, help="Untuk apa token ini.")
@json_option
@data_option
def create(email: str, scope: str, days: int, name: str, as_json: bool, data: Path) -> None:
    """Print the token."""
    from webapp.auth.identity import issue_token
    from workflows.core.errors import NotFoundError, Reason
    from workflows.organization.queries import account_by_login

    with session(data):
        account = account_by_login(email)
        if account is None:
            raise NotFoundError(Reason("no_account", f"Tidak ada akun {email}."))
        secret = issue_token(account, name=name, scope=scope, days=days)
    if as_json:
        print_json({"token": secret, "scope": scope, "days": days})
    else:
        click.echo(secret)
