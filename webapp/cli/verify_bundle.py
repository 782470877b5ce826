"""``tuntas verify-bundle``: proves a bundle with the product's own verifier, never the copy packed inside."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import click

from workflows.bundles.index_again import pages
from workflows.bundles.verify import parse_head, parse_key, parse_receipt, render, verify


def parsed(parse: Callable[[str], Any], sentence: str) -> Callable[..., Any]:
    """Return a callback that reads one or several values, or says in a sentence how they are written."""

    def callback(context: click.Context, parameter: click.Parameter, value: str | Sequence[str] | None) -> Any:
        try:
            if value is None or isinstance(value, str):
                return None if value is None else parse(value)
            return [parse(one) for one in value]
        except ValueError:
            raise click.BadParameter(sentence, context, parameter) from None

    return callback


@click.command("verify-bundle", help="Membuktikan sebuah bundel (ZIP atau folder) tanpa jaringan.")
@click.argument("path", type=click.Path())
@click.option("--bag-only", is_flag=True, help="Nilai sebagai bag apa pun menurut RFC 8493.")
@click.option("--json", "as_json", is_flag=True, help="Hasil sebagai satu dokumen JSON.")
@click.option(
    "--key",
    metavar="SIDIK",
    callback=parsed(parse_key, "Sidik kunci terdiri atas 64 angka heksadesimal."),
    help="Sidik kunci segel yang diketahui dari sumber lain.",
)
@click.option(
    "--head",
    metavar="RANTAI:NOMOR:HASH",
    callback=parsed(parse_head, "Ujung log ditulis RANTAI:NOMOR:HASH."),
    help="Ujung log yang diketahui dari sumber lain.",
)
@click.option(
    "--receipt",
    "receipts",
    metavar="NOMOR:URUT:HASH",
    multiple=True,
    callback=parsed(parse_receipt, "Tanda terima ditulis NOMOR:URUT:HASH."),
    help="Tanda terima yang Anda pegang; boleh diulang.",
)
@click.option("--anchor", "anchors", type=click.Path(), multiple=True, help="Jangkar yang Anda simpan; boleh diulang.")
@click.option(
    "--earlier",
    type=click.Path(),
    multiple=True,
    help="Bundel sebelumnya dari perangkat daerah yang sama; boleh diulang.",
)
@click.option(
    "--rotation", "rotations", type=click.Path(), multiple=True, help="Pergantian kunci segel; boleh diulang."
)
@click.option("--data", type=click.Path(), expose_value=False, help="Tidak diperlukan; diterima seperti perintah lain.")
@click.pass_context
def verify_bundle(context: click.Context, path: str, as_json: bool, **known: Any) -> None:
    """Exit status 0: proven, 1: refused, 2: wrong use."""
    try:
        verdict = verify(path, pages=pages, **known)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"{error.filename or path} tidak dapat dibuka: {error.strerror or error}.") from None
    click.echo(json.dumps(verdict.as_json(), ensure_ascii=False, indent=1) if as_json else render(verdict))
    context.exit(0 if verdict.ok else 1)
