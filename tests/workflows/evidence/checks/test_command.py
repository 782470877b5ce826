"""`tuntas check` by its contract: JSON on standard output, sentences on standard error, three exit statuses."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from webapp.cli.check import check


@pytest.fixture
def good(draft, tmp_path: Path) -> Path:
    path = tmp_path / "baik.pdf"
    path.write_bytes(draft().bytes())
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "buruk.pdf"
    path.write_bytes(b"bukan pdf")
    return path


def test_json_is_one_report_per_file_in_the_order_given(good: Path, bad: Path) -> None:
    result = CliRunner().invoke(check, ["--json", "--jobs", "2", str(bad), str(good), str(bad)])
    documents = json.loads(result.stdout)
    assert [(one["path"], one["verdict"]) for one in documents] == [
        (str(bad), "reject"),
        (str(good), "accept"),
        (str(bad), "reject"),
    ]
    assert result.exit_code == 1


def test_exit_is_0_when_nothing_is_rejected(good: Path) -> None:
    result = CliRunner().invoke(check, [str(good)])
    assert (result.exit_code, result.stdout) == (0, f"{good}: diterima, terbuka, 1 halaman\n")


@pytest.mark.parametrize("arguments", [[], ["tidak-ada.pdf"], ["."], ["--profile", "longgar"], ["--jobs", "0"]])
def test_wrong_use_exits_2_with_a_sentence_and_no_output(good: Path, arguments: list[str]) -> None:
    files = [str(good)] if arguments and arguments[0].startswith("--") else []
    result = CliRunner().invoke(check, [*arguments, *files])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_the_strict_profile_reaches_the_checker(draft, tmp_path: Path) -> None:
    made = draft()
    made.root.OpenAction = {"/S": "/JavaScript", "/JS": "1"}
    path = tmp_path / "skrip.pdf"
    path.write_bytes(made.bytes())
    assert CliRunner().invoke(check, [str(path)]).exit_code == 0
    assert CliRunner().invoke(check, ["--profile", "strict", str(path)]).exit_code == 1
