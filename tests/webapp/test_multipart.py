"""A file comes out of a form byte for byte, however the body arrives and whatever the file holds."""

import io

import flask
import pytest

from webapp.errors import RefusedError
from webapp.multipart import Form

MARK = "----mark7d93f1"
PIECE = b"--" + MARK.encode()
BEFORE = PIECE + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\none\r\n'
FILE = PIECE + b'\r\nContent-Disposition: form-data; name="file"; filename="m.pdf"\r\n\r\n'
AFTER = b"\r\n" + PIECE + b'\r\nContent-Disposition: form-data; name="b"\r\n\r\ntwo\r\n' + PIECE + b"--\r\n"
NEARLY = (
    b"%PDF-" + PIECE,
    b"%PDF-\r\n" + PIECE + b"x more",
    b"%PDF-\r\n" + PIECE[:-1] + b"\r\n",
    b"%PDF-" + b"\r\n" * 200 + PIECE + b"y" + PIECE[:5],
    b"%PDF-\n\r-\r--\n" + b"\r" * 90,
    b"%PDF-" + bytes(range(256)) * 9000 + b"\r\n" + PIECE + b"." + bytes(300_000),
)
"""Files that hold what looks like the end of a file, the last one longer than what is read at once."""


class Slow(io.BytesIO):
    """A body that arrives a few bytes at a time."""

    def __init__(self, body: bytes, step: int) -> None:
        super().__init__(body)
        self._step = step

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(min(len(buffer), self._step))
        buffer[: len(data)] = data
        return len(data)


def received(body: bytes, *, step: int) -> tuple[bytes, dict[str, str]]:
    content_type = f"multipart/form-data; boundary={MARK}"
    arriving = {"input_stream": Slow(body, step), "content_length": len(body), "content_type": content_type}
    with flask.Flask("form").test_request_context("/", method="POST", **arriving):
        form = Form(names={"a", "b"}, max_bytes=10_000_000)
        part = form.open_file()
        part.peek(1024)
        content = b"".join(iter(part.read, b""))
        return content, form.finish()


@pytest.mark.parametrize("step", [1, 7, len(PIECE), 1000, 10_000_000])
@pytest.mark.parametrize("content", NEARLY[:-1])
def test_what_looks_like_the_end_of_a_file_is_not_taken_for_it(content: bytes, step: int) -> None:
    assert received(BEFORE + FILE + content + AFTER, step=step) == (content, {"a": "one", "b": "two"})


@pytest.mark.parametrize("step", [1000, 65_536, 10_000_000])
def test_a_file_longer_than_one_read_is_whole(step: int) -> None:
    assert received(BEFORE + FILE + NEARLY[-1] + AFTER, step=step) == (NEARLY[-1], {"a": "one", "b": "two"})


@pytest.mark.parametrize("read", [64 * 1024, 64 * 1024 + 1024 * 1024])
@pytest.mark.parametrize("cut", range(-4, 5))
def test_a_closing_mark_that_two_reads_share_adds_nothing_to_the_file(read: int, cut: int) -> None:
    """Where the first reads end at the first dash of the closing mark, or near it."""
    content = bytes(read - len(FILE) - 2 - len(PIECE) - 1 + cut)
    assert received(FILE + content + b"\r\n" + PIECE + b"--\r\n", step=10_000_000) == (content, {})


@pytest.mark.parametrize("step", [7, 10_000_000])
@pytest.mark.parametrize("missing", [len(AFTER), len(AFTER) - 1, len(AFTER) - 2 - len(PIECE), 3])
def test_a_body_without_its_end_is_broken_and_no_file(step: int, missing: int) -> None:
    with pytest.raises(RefusedError) as refused:
        received((BEFORE + FILE + bytes(50_000) + AFTER)[:-missing], step=step)
    assert refused.value.status == 400
