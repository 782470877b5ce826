"""Frauds, plain ones and those of a forger who makes manifests and chain anew, each refused with what and where."""

import json
import os
import re
import shutil

import pytest

from workflows.bundles.bag import PayloadFile
from workflows.bundles.verify import BAGIT_TXT, MAX_LINE, MAX_TEXT, Head, canonical, verify


def found(verdict):
    """Codes and places; a refused bundle must never be called sealed."""
    assert not verdict.ok
    assert all(problem.message.endswith(".") for problem in verdict.problems)
    return {(problem.code, problem.where) for problem in verdict.problems}


def build(draft, tmp_path):
    path = tmp_path / "forged.zip"
    path.write_bytes(draft.build())
    return path


# -- plain frauds on the unzipped folder


def test_changed_file_is_named_with_both_manifests(folder, draft):
    (folder / draft.path).write_bytes(draft.evidence.replace(b"triwulan I\n", b"triwulan V\n"))
    problems = [problem for problem in verify(folder).problems if problem.code == "digest"]
    assert [problem.where for problem in problems] == [draft.path]
    assert "manifest-sha256.txt, manifest-sha512.txt" in problems[0].message


def test_dropped_file_is_refused(folder, draft):
    (folder / draft.path).unlink()
    assert {("missing_file", draft.path), ("oxum", "bag-info.txt")} <= found(verify(folder))


@pytest.mark.parametrize("name", ["data/reports/extra.pdf", "extra.txt", ".DS_Store", "manifest-md5.txt"])
def test_added_file_is_refused(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"")
    assert ("extra_file", name) in found(verify(folder))


def test_empty_folder_is_refused(folder):
    (folder / "data/evidence/B-1").mkdir()
    assert found(verify(folder)) == {("empty_folder", "data/evidence/B-1")}


def test_renamed_file_is_refused_under_both_names(folder, draft):
    (folder / draft.path).rename(folder / "data/evidence/other.pdf")
    assert {("missing_file", draft.path), ("extra_file", "data/evidence/other.pdf")} <= found(verify(folder))


def test_case_of_a_name_changed_is_refused(folder, draft):
    changed = draft.path.replace("Bidang", "bidang")
    (folder / draft.path).rename(folder / changed)
    assert {("missing_file", draft.path), ("extra_file", changed)} <= found(verify(folder))


@pytest.mark.parametrize("name", ["tagmanifest-sha256.txt", "tagmanifest-sha512.txt", "manifest-sha512.txt"])
def test_removed_manifest_is_refused(folder, name):
    (folder / name).unlink()
    assert ("missing_file", name) in found(verify(folder))


@pytest.mark.parametrize("name", ["seal.json", "data/audit.jsonl", "data/records.json", "bagit.txt", "bag-info.txt"])
def test_removed_part_is_refused(folder, name):
    (folder / name).unlink()
    assert ("missing_file", name) in found(verify(folder))


def test_cut_log_is_refused_even_without_the_manifests(folder, draft):
    (folder / "data/audit.jsonl").write_bytes(b"".join(draft.log_lines()[:-1]))
    assert {("digest", "data/audit.jsonl"), ("seal_log", "data/audit.jsonl")} <= found(verify(folder))


def test_older_declaration_is_refused(folder):
    """Readers that trust it would decode names by other rules."""
    (folder / "bagit.txt").write_bytes(BAGIT_TXT.replace(b"1.0", b"0.97"))
    assert ("declaration", "bagit.txt") in found(verify(folder))


def test_fetch_file_is_refused(folder):
    (folder / "fetch.txt").write_text("https://example.org/x 1 data/x\n")
    assert ("fetch", "fetch.txt") in found(verify(folder))


def test_line_ends_of_windows_are_refused(folder):
    manifest = folder / "manifest-sha256.txt"
    manifest.write_bytes(manifest.read_bytes().replace(b"\n", b"\r\n"))
    assert ("manifest_form", "manifest-sha256.txt: baris 1") in found(verify(folder))


def test_reordered_manifest_is_refused(folder):
    manifest = folder / "manifest-sha256.txt"
    manifest.write_bytes(b"".join(reversed(manifest.read_bytes().splitlines(keepends=True))))
    assert ("manifest_form", "manifest-sha256.txt") in found(verify(folder))


def test_link_is_named_and_not_followed(folder, draft, tmp_path):
    shutil.move(folder / draft.path, tmp_path / "outside.pdf")
    (folder / draft.path).symlink_to(tmp_path / "outside.pdf")
    assert {("link", draft.path), ("missing_file", draft.path)} <= found(verify(folder))


def test_linked_folder_is_named_and_not_followed(folder, tmp_path):
    shutil.move(folder / "data/evidence", tmp_path / "outside")
    (folder / "data/evidence").symlink_to(tmp_path / "outside")
    assert ("link", "data/evidence") in found(verify(folder))


def test_pipe_is_named_and_not_opened(folder):
    os.mkfifo(folder / "data/pipe")
    assert found(verify(folder)) == {("not_a_file", "data/pipe")}


@pytest.mark.parametrize(
    "text", ["Payload-Oxum: 1.1\n", "nonsense\n", "B: 1\nA: 1\n", "A: 1\nA: 1\n", "A: 1", "\xff\n"]
)
def test_bag_info_of_another_shape_is_refused(folder, text):
    (folder / "bag-info.txt").write_bytes(text.encode("latin-1"))
    codes = {code for code, _ in found(verify(folder))}
    assert "oxum" in codes
    assert ("bag_info" in codes) == (text != "Payload-Oxum: 1.1\n")


def test_manifest_too_large_to_be_honest_is_not_read(folder):
    with (folder / "manifest-sha256.txt").open("ab") as stream:
        stream.truncate(MAX_TEXT + 1)
    assert ("too_large", "manifest-sha256.txt") in found(verify(folder))


def test_every_problem_is_reported_at_once(folder, draft):
    (folder / draft.path).write_bytes(b"other")
    (folder / "tagmanifest-sha256.txt").unlink()
    (folder / "extra").write_bytes(b"")
    codes = {code for code, _ in found(verify(folder))}
    assert {"digest", "missing_file", "extra_file", "oxum", "records_payload"} <= codes


# -- a forger who rebuilds the bag, but lacks the key


def test_rebuilt_bundle_with_an_old_seal_is_refused(draft, tmp_path, folder):
    seal = (folder / "seal.json").read_bytes()
    draft.rewrite_log()
    path = tmp_path / "forged"
    path.mkdir()
    forged = build(draft, tmp_path)
    shutil.unpack_archive(forged, path, "zip")
    (root,) = path.iterdir()
    (root / "seal.json").write_bytes(seal)
    verdict = verify(root)
    assert verdict.verdicts == ("utuh",)
    assert {("seal_digest", "manifest-sha256.txt"), ("seal_log", "data/audit.jsonl")} <= found(verdict)


def test_seal_of_another_key_is_told_by_its_fingerprint(draft, other_key, tmp_path):
    genuine = draft.key.fingerprint
    draft.key = other_key
    path = build(draft, tmp_path)
    assert verify(path).fingerprint == other_key.fingerprint
    assert found(verify(path, key=genuine)) == {("key_differs", "seal.json")}


def edited_seal(folder, **changes):
    seal = json.loads((folder / "seal.json").read_bytes())
    (folder / "seal.json").write_bytes(canonical({**seal, **changes}) + b"\n")
    return verify(folder)


def test_seal_that_claims_a_strangers_fingerprint_is_refused(folder, other_key):
    verdict = edited_seal(folder, fingerprint=other_key.fingerprint)
    assert {("seal_key", "seal.json"), ("seal_signature", "seal.json")} <= found(verdict)


@pytest.mark.parametrize("change", [{"installation": "lain"}, {"release": "9"}, {"bag": "lain"}])
def test_edited_seal_loses_its_signature(folder, change):
    assert ("seal_signature", "seal.json") in found(edited_seal(folder, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"signature": ""}, {"signature": "00" * 385}, {"key": {"n": "f" * 768, "e": 3}}, {"key": None}, {"log": []},
        {"scope": {}}, {"digests": {"manifest-sha256.txt": "0" * 64}}, {"ordered_at": "2024-11-05"}, {"more": 1},
    ],
)  # fmt: skip
def test_seal_of_another_shape_is_refused(folder, change):
    assert ("seal_form", "seal.json") in found(edited_seal(folder, **change))


def test_seal_with_a_small_exponent_cannot_be_forged(folder):
    """An e of 3 with a lax reader is the classic forgery of this signature scheme."""
    assert ("seal_form", "seal.json") in found(edited_seal(folder, key={"n": "f" * 768, "e": 3}, signature="0" * 768))


# -- the log


@pytest.mark.parametrize(
    ("spoil", "code", "line"),
    [
        (lambda lines: lines[1:], "log_order", 1),
        (lambda lines: [lines[0], lines[2]], "log_order", 2),
        (lambda lines: [lines[1], lines[0], lines[2]], "log_order", 1),
        (lambda lines: [lines[0], lines[0], *lines[1:]], "log_order", 2),
        (lambda lines: [lines[0].replace(b"kind", b"kend"), *lines[1:]], "log_body", 1),
        (lambda lines: [lines[0].replace(b"08:31", b"08:30"), *lines[1:]], "log_hash", 1),
        (lambda lines: [lines[0], lines[1].replace(b"08:32", b"08:29"), lines[2]], "log_time", 2),
        (lambda lines: [lines[0], lines[1].replace(b"dinas-a", b"dinas-b"), lines[2]], "log_chain", 2),
        (lambda lines: [lines[0].replace(b",", b", ", 1), *lines[1:]], "log_form", 1),
        (lambda lines: [b'{"seq":1}\n', *lines[1:]], "log_form", 1),
        (lambda lines: [lines[0], lines[1].replace(b'"previous":"', b'"previous":"0')], "log_form", 2),
        (lambda lines: [re.sub(b'"previous":"0', b'"previous":"1', lines[0]), *lines[1:]], "log_link", 1),
        (lambda lines: [b"x" * (MAX_LINE + 1)], "log_form", 1),
        (lambda lines: [], "log_form", 0),
        (lambda lines: [b"[" * 100_000 + b"\n", *lines[1:]], "log_form", 1),
    ],
)
def test_spoilt_log_is_refused_at_its_line_whatever_the_seal_says(draft, tmp_path, spoil, code, line):
    draft.log = b"".join(spoil(draft.log_lines()))
    places = {where for each, where in found(verify(build(draft, tmp_path))) if each == code}
    assert places & {f"data/audit.jsonl: baris {line}", "data/audit.jsonl"}


def test_log_rewritten_from_the_start_is_refused_by_a_head_known_from_elsewhere(draft, tmp_path):
    genuine = Head(draft.head.chain, 2, draft.events[1].line["hash"])
    draft.rewrite_log()
    path = build(draft, tmp_path)
    assert verify(path).ok
    assert found(verify(path, head=genuine)) == {("head_differs", "data/audit.jsonl")}


@pytest.mark.parametrize("head", [Head("agency:other", 1, "0" * 64), Head("agency:dinas-a", 99, "0" * 64)])
def test_head_of_another_chain_or_of_later_days_is_not_extended(bundle, head):
    assert found(verify(bundle, head=head)) == {("head_differs", "data/audit.jsonl")}


# -- the records


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda records: records["evidence"].clear(), "records_payload"),
        (lambda records: records["evidence"][0].update(sha256="0" * 64), "records_payload"),
        (lambda records: records["evidence"][0].update(bytes=1), "records_payload"),
        (lambda records: records["evidence"][0].update(withheld=True), "records_payload"),
        (lambda records: records["evidence"][0].update(path="data/evidence/other.pdf"), "records_payload"),
        (lambda records: records["sign_offs"][0].update(sha256="0" * 64), "records_sign_off"),
        (lambda records: records["sign_offs"][0].update(evidence="e9"), "records_sign_off"),
        (lambda records: records["agency"].update(code="DINAS-B"), "seal_scope"),
        (lambda records: records.update(year=2023), "seal_scope"),
        (lambda records: records.update(format="other"), "records_form"),
        (lambda records: records.update(evidence=None), "records_form"),
        (lambda records: records["sign_offs"][0].update(evidence=[]), "records_form"),
    ],
)
def test_records_that_disagree_with_the_rest_are_refused(draft, tmp_path, spoil, code):
    draft.payload = draft.files()
    spoil(draft.records)
    draft.payload[0] = PayloadFile.of_bytes("data/records.json", canonical(draft.records))
    assert code in {each for each, _ in found(verify(build(draft, tmp_path)))}


def test_key_given_twice_in_the_records_is_refused(draft, tmp_path):
    draft.payload = draft.files()
    twice = canonical(draft.records).replace(b'"year":2024', b'"year":2023,"year":2024')
    draft.payload[0] = PayloadFile.of_bytes("data/records.json", twice)
    assert ("records_form", "data/records.json") in found(verify(build(draft, tmp_path)))


def test_file_of_another_evidence_put_in_place_is_refused(draft, tmp_path):
    draft.payload = draft.files()
    draft.payload[3] = PayloadFile.of_bytes(draft.path, b"%PDF-1.7 another\n")
    assert {code for code, _ in found(verify(build(draft, tmp_path)))} == {"records_payload"}
