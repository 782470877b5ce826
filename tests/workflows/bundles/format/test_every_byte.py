"""One byte changed anywhere, in the ZIP or in a file of the folder, is always refused."""

import os
import zipfile

import pytest

from workflows.bundles.bag import PayloadFile
from workflows.bundles.verify import verify

PARTS = 4  # so that the runners share the work


@pytest.fixture
def small(draft):
    """The page is long and guarded like any other payload: a short one keeps the loop quick."""
    short = PayloadFile.of_bytes("data/index.html", b"<!doctype html>\n")
    draft.payload = [short if file.path == short.path else file for file in draft.files()]
    return draft


def flipped(byte: int) -> bytes:
    """Letters change their case, which lenient readers of hexadecimal overlook; the rest change their last bit."""
    return bytes([byte ^ (0x20 if chr(byte).isascii() and chr(byte).isalpha() else 1)])


def survivors(target, judged, part, step=PARTS):
    """Positions of ``target``, every ``step``-th from ``part`` on, at which a changed byte went unseen."""
    content = target.read_bytes()
    handle = os.open(target, os.O_RDWR)
    try:
        for position in range(part, len(content), step):
            os.pwrite(handle, flipped(content[position]), position)
            verdict = verify(judged)
            os.pwrite(handle, content[position : position + 1], position)
            if verdict.ok or "tersegel" in verdict.verdicts or not all(p.where for p in verdict.problems):
                yield position
    finally:
        os.close(handle)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_byte_of_the_zip_can_change_unseen(small, tmp_path, part):
    path = tmp_path / "bundle.zip"
    path.write_bytes(small.build())
    assert verify(path).ok
    assert list(survivors(path, path, part)) == []
    assert verify(path).ok


@pytest.mark.slow
def test_no_byte_of_an_unzipped_file_can_change_unseen(small, tmp_path):
    path = tmp_path / "bundle.zip"
    path.write_bytes(small.build())
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unzipped")
    (root,) = (tmp_path / "unzipped").iterdir()
    assert verify(root).ok
    # What the manifests list is read as in the ZIP, so that some bytes stand for all; nothing lists the first of all.
    steps = {
        file: 1 if file.name.startswith(("seal", "tagmanifest")) else 29 for file in root.rglob("*") if file.is_file()
    }
    assert list(steps.values()).count(1) == 3
    unseen = {file: list(survivors(file, root, 0, step)) for file, step in steps.items()}
    assert {file.name: positions for file, positions in unseen.items() if positions} == {}
    assert verify(root).ok


def test_no_cut_of_the_zip_goes_unseen(small, tmp_path):
    path = tmp_path / "bundle.zip"
    content = small.build()
    for length in [*range(0, len(content), 97), *range(len(content) - 30, len(content))]:
        path.write_bytes(content[:length])
        assert not verify(path).ok, length
