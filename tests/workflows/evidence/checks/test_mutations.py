"""Any mutation of any small file of the corpus ends in a report, and none of them ends the checker."""

import tempfile

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflows.evidence.checks.report import Isolation
from workflows.evidence.inspection import Inspector

SMALL = 40_000


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_any_mutation_ends_in_a_report(corpus, inspector: Inspector, data: st.DataObject) -> None:
    small = [row for row in corpus.rows if 0 < int(row["bytes"]) < SMALL]
    row = data.draw(st.sampled_from(small))
    content = bytearray(corpus.path(row).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        mutate(content, data)
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        report = inspector.check(file, name=row["path"])
    assert report.bytes == len(content)
    assert report.isolation is Isolation.FULL or report.findings[0].code.startswith("checker_")


def mutate(content: bytearray, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, max(0, len(content) - 1)))
    length = data.draw(st.integers(1, 64))
    kind = data.draw(st.sampled_from(["overwrite", "delete", "insert", "repeat", "cut", "digits"]))
    match kind:
        case "overwrite":
            content[place : place + length] = data.draw(st.binary(min_size=length, max_size=length))
        case "delete":
            del content[place : place + length]
        case "insert":
            content[place:place] = data.draw(st.binary(min_size=1, max_size=64))
        case "repeat":
            content[place:place] = content[place : place + length] * data.draw(st.integers(1, 50))
        case "cut":
            del content[place:]
        case "digits":
            # Lengths, offsets and object numbers are where a reader believes the file.
            text = bytes(content[place : place + 400])
            content[place : place + 400] = text.translate(bytes.maketrans(b"0123456789", b"9876543210"))
