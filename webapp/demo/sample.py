"""The sample Rencana Aksi of the demo: a made-up agency, its own words, the layout that agencies really send."""

from pathlib import Path

SAMPLE_NAME = "rencana-aksi-diskanla-2026.md"


def sample_plan() -> bytes:
    """Return the bytes of the sample as an agency would upload them."""
    return (Path(__file__).parent / SAMPLE_NAME).read_bytes()
