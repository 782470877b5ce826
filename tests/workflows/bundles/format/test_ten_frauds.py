"""Ten frauds, each planted twice, and ``verify.py`` run as the program that an auditor runs.

Plainly in the ZIP, they fail against the ZIP alone. By a forger who makes the whole bundle fit again they fail against
the seal; and where he has the seal key too, against what somebody kept from before: a receipt, an anchor, a bundle.
"""

import copy
import hashlib
import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.support.forgers import every, refiled, relinked, told
from webapp.cli.verify_bundle import verify_bundle
from workflows.bundles import verify as verifier
from workflows.bundles.anchor import sign_anchor
from workflows.bundles.bag import PayloadFile
from workflows.bundles.seal import SealKey
from workflows.bundles.verify import (
    Head,
    canonical,
    central_header,
    dos_time,
    end_of_directory,
    evidence_path,
    local_header,
)

from .conftest import CHAIN, NAME, Draft, Event

RECEIVED = 3
"""The link of the delivery's event."""
OTHER = b"%PDF-1.7\nmonev triwulan I, diganti\n%%EOF\n"
REPORT = "data/reports/e1.json"
RECORDS, LOG, INDEX = "data/records.json", "data/audit.jsonl", "data/index.html"


def run(path: Path, *arguments: str) -> tuple[int, list[dict[str, str]], list[str]]:
    """Exit status, problems and verdicts of the verifier as a program of its own."""
    command = [sys.executable, "-I", "-S", verifier.__file__, str(path), "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    verdict = json.loads(done.stdout)
    return done.returncode, verdict["problems"], verdict["verdicts"]


# -- plainly: one thing changed in the ZIP, whose headers are made to fit


def plain(draft: Draft, change: Callable[[dict[str, bytes], Draft], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(draft.build())) as archive:
        files = {name.removeprefix(f"{NAME}/"): archive.read(name) for name in archive.namelist()}
    change(files, draft)
    stamp, body, directory = dos_time(draft.ordered_at), b"", b""
    for path in sorted(files):
        name, crc = f"{NAME}/{path}".encode(), zlib.crc32(files[path])
        directory += central_header(name, crc, len(files[path]), len(body), stamp)
        body += local_header(name, crc, len(files[path]), stamp) + files[path]
    return body + directory + end_of_directory(len(files), len(directory), len(body))


def in_log(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[dict[str, bytes], Draft], None]:
    def spoil(files: dict[str, bytes], draft: Draft) -> None:
        files[LOG] = b"".join(change(files[LOG].splitlines(keepends=True)))

    return spoil


def in_file(path: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes], Draft], None]:
    def spoil(files: dict[str, bytes], draft: Draft) -> None:
        assert old in files[path]
        files[path] = files[path].replace(old, new)

    return spoil


def in_records(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, bytes], Draft], None]:
    def spoil(files: dict[str, bytes], draft: Draft) -> None:
        records = json.loads(files[RECORDS])
        change(records)
        files[RECORDS] = canonical(records)

    return spoil


def swap_file(files: dict[str, bytes], draft: Draft) -> None:
    files[draft.path] = OTHER


def add_file(files: dict[str, bytes], draft: Draft) -> None:
    files["data/evidence/A-1/TW1/lain.pdf"] = OTHER


def rename_file(files: dict[str, bytes], draft: Draft) -> None:
    files["data/evidence/A-1/TW2/monev.pdf"] = files.pop(draft.path)


def add_record(records: dict[str, Any]) -> None:
    records["evidence"].append({**records["evidence"][0], "id": "e-lain", "received_by": "Operator Daerah Lain"})


PLAIN = {
    "changed file": (swap_file, "digest", "{evidence}"),
    "swapped signature": (in_records(lambda r: r["sign_offs"][0].update(person="Lain")), "records_log", f"{RECORDS}: pengesahan s1"),
    "plan called report": (in_records(lambda r: r["report"].update(confirmed=True)), "records_log", RECORDS),
    "removed decision": (in_records(lambda r: r["decisions"].clear()), "records_log", f"{RECORDS}: keputusan d1"),
    "cut log": (in_log(lambda lines: lines[:-2]), "seal_log", LOG),
    "back-dated event": (in_log(lambda lines: [*lines[:2], lines[2].replace(b"08:33", b"08:31"), *lines[3:]]), "log_hash", f"{LOG}: baris 3"),
    "added file": (add_file, "extra_file", "data/evidence/A-1/TW1/lain.pdf"),
    "renamed file": (rename_file, "missing_file", "{evidence}"),
    "replaced part": (in_file(REPORT, b"accept", b"reject"), "digest", REPORT),
    "other region's record": (in_records(add_record), "records_log", f"{RECORDS}: bukti e-lain"),
    "edited index": (in_file(INDEX, b"Kepala Contoh", b"Kepala Lain"), "digest", INDEX),
}  # fmt: skip


@pytest.mark.parametrize("fraud", PLAIN)
def test_a_plain_fraud_fails_against_the_zip_alone(draft: Draft, tmp_path: Path, fraud: str) -> None:
    change, code, where = PLAIN[fraud]
    path = tmp_path / "bundle.zip"
    path.write_bytes(plain(draft, change))
    status, problems, _ = run(path)
    assert status == 1
    assert (code, where.format(evidence=draft.path)) in {(one["code"], one["where"]) for one in problems}


# -- by a forger who makes everything fit again


def of_it(story: list[dict[str, Any]], kind: str, **told: Any) -> None:
    """Change what the events of a kind say of the delivery; those of the letter stay."""
    every(story, kind, lambda body: body["details"].update(told if body["subject"]["id"] == "e1" else {}))


def forge_changed(draft: Draft, story: list[dict[str, Any]]) -> None:
    old, new = (hashlib.sha256(content).hexdigest() for content in (draft.evidence, OTHER))
    refiled(draft.records, old=old, new=new)
    draft.records["evidence"][0]["bytes"] = len(OTHER)
    draft.evidence, draft.path = OTHER, draft.records["evidence"][0]["path"]
    of_it(story, "evidence.received", sha256=new, bytes=len(OTHER))
    every(story, "requirement.signed", lambda body: body["details"].update(sha256=new))


def forge_signature(draft: Draft, story: list[dict[str, Any]]) -> None:
    draft.records["sign_offs"][0]["person"] = "Kepala Lain"
    every(story, "requirement.signed", lambda body: body["actor"].update(name="Kepala Lain"))


def forge_decision(draft: Draft, story: list[dict[str, Any]]) -> None:
    for name in ("decisions", "official_papers"):
        draft.records[name].clear()
    draft.records["recommendations"][0]["official_status"] = "NOT_ASSESSED"
    story[:] = [event for event in story if event["body"] is None or event["body"]["subject"]["id"] not in ("d1", "p1")]


def forge_cut(draft: Draft, story: list[dict[str, Any]]) -> None:
    """Letter, decision and all that came after it: only the order stands behind what is left."""
    first = next(i for i, event in enumerate(story) if event["body"] and event["body"]["subject"]["id"] == "p1")
    for name in ("decisions", "official_papers"):
        draft.records[name].clear()
    draft.records["recommendations"][0] |= {"official_status": "NOT_ASSESSED", "state": "drafted"}
    story[first:] = story[-1:]


def forge_date(draft: Draft, story: list[dict[str, Any]]) -> None:
    story[RECEIVED - 1]["at"] = "2024-11-05T08:32:30.000000Z"


def forge_added(draft: Draft, story: list[dict[str, Any]], *, who: str = "Operator Contoh") -> None:
    digest = hashlib.sha256(OTHER).hexdigest()
    path = evidence_path(["A-1"], 1, "Bidang X", 3, digest)
    row = {"id": "e2", "sha256": digest, "bytes": len(OTHER), "path": path, "revision": 3, "received_by": who}
    draft.records["evidence"].append({**draft.records["evidence"][0], **row})
    draft.extra.append(PayloadFile.of_bytes(path, OTHER))
    given = copy.deepcopy(story[RECEIVED - 1 : RECEIVED + 2])
    for event in given:
        event["body"]["subject"]["id"] = "e2"
        event["at"] = story[RECEIVED - 1]["at"]
    given[0]["body"]["actor"]["name"] = who
    name = hashlib.sha256(f"e2\n{draft.records['evidence'][0]['original_name']}".encode()).hexdigest()
    given[0]["body"]["details"].update(
        sha256=digest, bytes=len(OTHER), requirements={"r1": 3}, receipt="TT-2024-000002", name_sha256=name
    )
    story[RECEIVED - 1 : RECEIVED - 1] = given


def forge_renamed(draft: Draft, story: list[dict[str, Any]]) -> None:
    """The name tells for what a file was delivered, so he changes what was asked for."""
    place = {"quarter": 2, "unit": {"code": "Y", "name": "Bidang Y"}}
    draft.path = evidence_path(["A-1"], 2, "Bidang Y", 2, draft.records["evidence"][0]["sha256"])
    draft.records["evidence"][0]["path"] = draft.path
    draft.records["requirements"][0].update(place)
    every(story, "report.issued", lambda body: body["details"]["requirements"][0].update(place))


def forge_part(draft: Draft, story: list[dict[str, Any]]) -> None:
    other = b'{"verdict":"accept","findings":[]}\n'
    draft.reports = {REPORT: other}
    of_it(story, "evidence.checked", report_sha256=hashlib.sha256(other).hexdigest())


def forge_region(draft: Draft, story: list[dict[str, Any]]) -> None:
    forge_added(draft, story, who="Operator Daerah Lain")


def forge_index(draft: Draft, story: list[dict[str, Any]]) -> None:
    draft.payload = [
        PayloadFile.of_bytes(INDEX, content_of(file).replace(b"Kepala Contoh", b"Kepala Lain"))
        if file.path == INDEX
        else file
        for file in draft.files()
    ]


def content_of(file: PayloadFile) -> bytes:
    with file.open() as stream:
        return stream.read()


def withhold(story: list[dict[str, Any]], *starts: str) -> None:
    """Leave nothing of these events but their links, which fit as they are."""
    for event in story:
        if event["body"] is not None and event["body"]["kind"].startswith(starts):
            event["body"] = event["salt"] = None


def without_decision(draft: Draft, story: list[dict[str, Any]]) -> None:
    for name in ("decisions", "official_papers"):
        draft.records[name].clear()
    draft.records["recommendations"][0]["official_status"] = "NOT_ASSESSED"
    withhold(story, "decision.")


def without_sign_off(draft: Draft, story: list[dict[str, Any]]) -> None:
    draft.records["sign_offs"].clear()
    draft.records["requirements"][0]["state"] = "drafted"
    withhold(story, "requirement.signed")


def without_delivery(draft: Draft, story: list[dict[str, Any]]) -> None:
    without_sign_off(draft, story)
    draft.records["evidence"].clear()
    draft.records["requirements"][0]["evidence"] = []
    draft.payload = []  # is made of what is left
    for event in story:
        if event["body"] is not None and event["body"]["subject"]["id"] == "e1":
            event["body"] = event["salt"] = None


WITHHELD = {"decision": without_decision, "sign-off": without_sign_off, "delivery": without_delivery}


def withheld(draft: Draft, fraud: str) -> Draft:
    """The bundle without what it tells of something, links and hashes left as they are."""
    story = told([event.line for event in draft.events])
    WITHHELD[fraud](draft, story)
    lines = relinked(story, chain=CHAIN)
    draft.events = [Event(line["seq"], verifier.read_moment(line["at"]), line) for line in lines]
    if draft.payload is not None:
        draft.payload = [file for file in draft.files() if file.path not in (draft.path, REPORT)]
    return draft


def forge_withheld(draft: Draft, story: list[dict[str, Any]]) -> None:
    """The link itself says that a decision of this year is withheld, so he makes it say something else."""
    without_decision(draft, story)
    for event in story:
        if event["about"].startswith("decision:"):
            event["about"] = "import:"


FORGED = {
    "withheld decision": (forge_withheld, {"anchor", "earlier"}),
    "changed file": (forge_changed, {"receipt", "anchor", "earlier"}),
    "swapped signature": (forge_signature, {"anchor", "earlier"}),
    "removed decision": (forge_decision, {"anchor", "earlier"}),
    "cut log": (forge_cut, {"anchor", "earlier"}),
    "back-dated event": (forge_date, {"receipt", "anchor", "earlier"}),
    "added file": (forge_added, {"receipt", "anchor", "earlier"}),
    "renamed file": (forge_renamed, {"receipt", "anchor", "earlier"}),
    "replaced part": (forge_part, {"anchor", "earlier"}),
    "other region's record": (forge_region, {"receipt", "anchor", "earlier"}),
    "edited index": (forge_index, {"earlier"}),
}
"""Each with what catches a forger who has the seal key. The receipt is that of the delivery, so what is changed after
it is left to the others. The index is made of the records and stands in no log: only a bundle of the same order that
somebody kept shows that another one was handed out."""


def forged(draft: Draft, fraud: str, key: SealKey) -> bytes:
    """The bundle as the forger hands it out, sealed with the key that he has."""
    story = told([event.line for event in draft.events])
    FORGED[fraud][0](draft, story)
    lines = relinked(story, chain=CHAIN)
    draft.events = [Event(line["seq"], verifier.read_moment(line["at"]), line) for line in lines]
    draft.key = key
    return draft.build()


@pytest.mark.parametrize("fraud", FORGED)
def test_a_forger_is_refused_by_the_seal_and_with_its_key_by_what_was_kept(
    draft: Draft, other_key: SealKey, tmp_path: Path, fraud: str, record_property: Callable[[str, object], None]
) -> None:
    genuine, own, sealed, anchor = (tmp_path / name for name in ("lama.zip", "palsu.zip", "segel.zip", "jangkar.json"))
    genuine.write_bytes(draft.build())
    last, seal_key = len(draft.events), draft.key
    head = Head(CHAIN, last, draft.events[-1].line["hash"])
    anchor.write_bytes(
        sign_anchor(
            key=seal_key, number=1, previous=None, installation="contoh", at=draft.ordered_at, heads={CHAIN: head}
        )
    )
    kept = {
        "receipt": ("--receipt", f"TT-2024-000001:{RECEIVED}:{draft.events[RECEIVED - 1].line['hash']}"),
        "anchor": ("--anchor", str(anchor)),
        "earlier": ("--earlier", str(genuine)),
    }
    for arguments in kept.values():
        assert run(genuine, *arguments)[0] == 0

    own.write_bytes(forged(draft, fraud, other_key))
    assert run(own)[0] == 0, "made to fit: nothing inside tells"
    status, problems, _ = run(own, "--key", seal_key.fingerprint)
    assert (status, {one["code"] for one in problems}) == (1, {"key_differs"})

    again = Draft(seal_key)
    sealed.write_bytes(forged(again, fraud, seal_key))
    assert run(sealed, "--key", seal_key.fingerprint)[0] == 0, "sealed as the genuine one: only what was kept tells"
    caught = {name for name, arguments in kept.items() if run(sealed, *arguments)[0] == 1}
    record_property("table", f"{fraud}: caught by {', '.join(sorted(caught))}")
    assert caught == FORGED[fraud][1]


@pytest.mark.parametrize("fraud", WITHHELD)
def test_withholding_an_event_of_the_year_is_refused_whatever_key_seals_it(
    draft: Draft, tmp_path: Path, fraud: str
) -> None:
    """No hash is touched, so receipt and anchor still fit: what the bare links are about tells."""
    head, path = draft.head, tmp_path / "bundle.zip"
    assert withheld(draft, fraud).head == head
    path.write_bytes(draft.build())
    status, problems, verdicts = run(path, "--key", draft.key.fingerprint, "--head", f"{CHAIN}:{head.seq}:{head.hash}")
    assert (status, verdicts) == (1, [])
    assert {one["code"] for one in problems} == {"log_withheld"}


def test_the_product_makes_the_page_anew_and_refuses_another(draft: Draft, tmp_path: Path) -> None:
    """With the seal key, and nothing kept: the page is held against the records, and those against the log."""
    genuine, path = tmp_path / "lama.zip", tmp_path / "bundle.zip"
    genuine.write_bytes(draft.build())
    path.write_bytes(forged(Draft(draft.key), "edited index", draft.key))
    assert CliRunner().invoke(verify_bundle, [str(genuine)]).exit_code == 0
    refused = CliRunner().invoke(verify_bundle, [str(path), "--json"])
    assert refused.exit_code == 1
    assert {one["code"] for one in json.loads(refused.output)["problems"]} == {"index_differs"}


def test_a_choice_tells_what_an_earlier_one_of_the_same_told(draft: Draft, tmp_path: Path) -> None:
    """Of chosen recommendations others of the year may be withheld; a kept bundle of that choice shows too much."""
    draft.records["scope"] = draft.chosen = {"report": "700/1/2024", "recommendations": ["A-1"]}
    kept, path = tmp_path / "lama.zip", tmp_path / "bundle.zip"
    kept.write_bytes(draft.build())
    assert run(kept)[0] == 0
    path.write_bytes(withheld(draft, "decision").build())
    assert run(path)[0] == 0, "what a choice cannot prove by itself"
    status, problems, _ = run(path, "--earlier", str(kept))
    assert status == 1
    assert "earlier_withheld" in {one["code"] for one in problems}


def test_an_old_seal_on_a_forged_bundle_has_a_wrong_signature(draft: Draft, tmp_path: Path) -> None:
    """A forger without any key keeps the seal and edits what it says."""
    path = tmp_path / "bundle.zip"

    def spoil(files: dict[str, bytes], made: Draft) -> None:
        seal = json.loads(files["seal.json"])
        seal["log"]["seq"] -= 1
        files["seal.json"] = canonical(seal) + b"\n"

    path.write_bytes(plain(draft, spoil))
    status, problems, _ = run(path)
    assert status == 1
    assert "seal_signature" in {one["code"] for one in problems}
