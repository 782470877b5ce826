"""``tuntas verify-bundle``: proves a bundle with the product's own verifier, never the copy packed inside."""

import json
from collections.abc import Callable
from typing import Any

import click

from workflows.bundles.verify import parse_head, parse_key, render, verify


def _parsed(parse: Callable[[str], Any], sentence: str) -> Callable[..., Any]:
    def callback(context: click.Context, parameter: click.Parameter, value: str | None) -> Any:
        try:
            return None if value is None else parse(value)
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
    callback=_parsed(parse_key, "Sidik kunci terdiri atas 64 angka heksadesimal."),
    help="Sidik kunci segel yang diketahui dari sumber lain.",
)
@click.option(
    "--head",
    metavar="RANTAI:NOMOR:HASH",
    callback=_parsed(parse_head, "Ujung log ditulis RANTAI:NOMOR:HASH."),
    help="Ujung log yang disimpan dari sumber lain, misalnya tanda terima.",
)
@click.option("--data", type=click.Path(), expose_value=False, help="Tidak diperlukan; diterima seperti perintah lain.")
@click.pass_context
def verify_bundle(context: click.Context, path: str, bag_only: bool, as_json: bool, key: Any, head: Any) -> None:
    """Exit status 0: proven, 1: refused, 2: wrong use."""
    try:
        verdict = verify(path, bag_only=bag_only, key=key, head=head)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        raise click.UsageError(f"{path} tidak dapat dibuka: {error.strerror or error}.") from None
    click.echo(json.dumps(verdict.as_json(), ensure_ascii=False, indent=1) if as_json else render(verdict))
    context.exit(0 if verdict.ok else 1)
