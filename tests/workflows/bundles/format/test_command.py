"""``tuntas verify-bundle`` says what the verifier says, and never runs the copy packed inside."""

import json

import pytest
from click.testing import CliRunner

from webapp.cli.verify_bundle import verify_bundle
from workflows.bundles.verify import verify


def run(*arguments):
    return CliRunner().invoke(verify_bundle, [str(argument) for argument in arguments])


def test_whole_bundle_exits_with_0_and_one_json_document(bundle):
    result = run(bundle, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == verify(bundle).as_json()


def test_refused_bundle_exits_with_1_and_names_the_place(folder, draft):
    (folder / draft.path).write_bytes(b"")
    result = run(folder)
    assert result.exit_code == 1
    assert "DITOLAK" in result.stdout
    assert draft.path in result.stdout


def test_bag_only_judges_any_bag(folder):
    (folder / "seal.json").unlink()
    assert run(folder).exit_code == 1
    assert run(folder, "--bag-only").exit_code == 0


def test_key_and_head_are_compared(bundle, draft, other_key):
    head = f"{draft.head.chain}:{draft.head.seq}:{draft.head.hash}"
    assert run(bundle, "--key", draft.key.fingerprint, "--head", head).exit_code == 0
    spelt = ":".join(draft.key.fingerprint.upper()[i : i + 2] for i in range(0, 64, 2))
    assert run(bundle, "--key", spelt).exit_code == 0
    assert run(bundle, "--key", other_key.fingerprint).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [["--key", "abc"], ["--bag-only", "--key", "0" * 64], ["--head", "abc"], ["--head", "a:1:b"], ["--what"]],
)
def test_wrong_use_exits_with_2(bundle, arguments):
    assert run(bundle, *arguments).exit_code == 2


def test_missing_path_exits_with_2_and_a_sentence(tmp_path):
    result = run(tmp_path / "nothing.zip")
    assert result.exit_code == 2
    assert "tidak dapat dibuka" in result.stderr


def test_packed_verifier_is_never_run(draft, tmp_path):
    mark = tmp_path / "ran"
    draft.tag_files = {"verify.py": f"open({str(mark)!r}, 'w')\n".encode()}
    path = tmp_path / "bundle.zip"
    path.write_bytes(draft.build())
    assert run(path).exit_code == 0
    assert not mark.exists()
