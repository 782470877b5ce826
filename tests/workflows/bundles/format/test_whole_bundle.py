"""A bundle as the product writes it, judged by us and by tools that are not ours."""

import ast
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import pytest

from workflows.bundles import verify as verifier
from workflows.bundles.verify import Head, verify

SOURCE = Path(verifier.__file__)


def test_bundle_is_whole_and_sealed_but_its_origin_is_not_proven(bundle, draft):
    verdict = verify(bundle)
    assert verdict.problems == ()
    assert (verdict.ok, verdict.verdicts) == (True, ("utuh", "tersegel"))
    assert verdict.fingerprint == draft.key.fingerprint
    assert "Asal-usulnya tidak terbukti" in verdict.summary


def test_unzipped_bundle_is_judged_like_the_zip(folder, bundle):
    assert verify(folder) == verify(bundle)
    assert verify(folder.parent) == verify(bundle)


def test_bundle_that_extends_a_known_head_is_anchored(bundle, draft):
    for event in draft.events:
        head = Head(event.line["chain"], event.seq, event.line["hash"])
        assert verify(bundle, head=head, key=draft.key.fingerprint).verdicts == ("utuh", "tersegel", "berjangkar")


def test_library_of_congress_bagit_accepts_it(folder):
    assert bagit.Bag(str(folder)).validate()


def test_other_zip_readers_accept_it(bundle, draft):
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert archive.read(f"bundel-DINAS-A-2024/{draft.path}") == draft.evidence
    assert names == sorted(names)


def test_same_order_gives_the_same_bytes(draft):
    assert draft.build() == draft.build()


def test_verifier_runs_alone_on_a_bare_interpreter(bundle, draft, tmp_path):
    alone = tmp_path / "alone" / "verify.py"
    alone.parent.mkdir()
    alone.write_bytes(SOURCE.read_bytes())
    head = f"{draft.head.chain}:{draft.head.seq}:{draft.head.hash}"
    command = [sys.executable, "-I", "-S", str(alone), str(bundle), "--json", "--head", head]
    run = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout) == verify(bundle, head=draft.head).as_json()


def test_verifier_keeps_to_the_grammar_and_library_of_python_3_9():
    tree = ast.parse(SOURCE.read_text("utf-8"), feature_version=(3, 9))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names | {"__future__"}
    too_new = {"match_case", "Match", "TryStar"}
    assert not too_new & {type(node).__name__ for node in ast.walk(tree)}
    keywords = {word.arg for node in ast.walk(tree) if isinstance(node, ast.Call) for word in node.keywords}
    assert not keywords & {"slots", "kw_only", "strict_zip"}
    assert "UTC" not in {
        alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
    }


def test_bundle_also_passes_as_a_plain_bag(bundle, folder):
    assert verify(bundle, bag_only=True).verdicts == ("utuh",)
    assert verify(folder, bag_only=True).verdicts == ("utuh",)


def test_withheld_evidence_is_counted_and_its_file_is_not_needed(draft, tmp_path):
    draft.payload = [file for file in draft.files() if file.path != draft.path]
    draft.records["evidence"][0] |= {"withheld": True, "path": None}
    draft.payload = [file for file in draft.files() if file.path != draft.path]
    path = tmp_path / "withheld.zip"
    path.write_bytes(draft.build())
    verdict = verify(path)
    assert verdict.ok
    assert "1 berkas bukti ditahan" in verdict.notes[0]


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 0),
        (["--key", "11" * 32], 1),
        (["--key", "zz"], 2),
        (["--head", "x:0:00"], 2),
        (["--unknown"], 2),
        (["--bag-only", "--key", "0" * 64], 2),
    ],
)
def test_exit_status_tells_proven_refused_and_wrong_use(bundle, arguments, status, capsys):
    try:
        found = verifier.main([str(bundle), *arguments])
    except SystemExit as stop:
        found = stop.code
    assert found == status
    output = capsys.readouterr()
    assert bool(output.err) == (status == 2)
    assert "Traceback" not in output.out + output.err


def test_missing_path_is_wrong_use_and_says_so(tmp_path, capsys):
    assert verifier.main([str(tmp_path / "nothing.zip")]) == 2
    assert "tidak dapat dibuka" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\5\6" + b"\xff" * 18, bytes(100_000)])
def test_any_file_that_is_no_bundle_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "strange"
    path.write_bytes(content)
    for bag_only in (False, True):
        verdict = verify(path, bag_only=bag_only)
        assert not verdict.ok
        assert verdict.verdicts == ()
        assert {problem.code for problem in verdict.problems} & {"not_a_zip", "zip_broken"}
