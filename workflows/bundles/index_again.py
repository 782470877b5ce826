"""Last stage, its cover once more: what ``data/index.html`` must be, for a verifier that has the product beside it.

The page stands in no log, so whoever has the seal key may put another one in. The records are proven; of them and
of the log, and of nothing else, the same release makes the same page.
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from jinja2 import TemplateError

from workflows.bundles.index_page import render_index

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
"""The time zones of the country: the records do not tell the region's."""


def pages(release: str, records: Mapping[str, Any], log: Sequence[bytes]) -> set[bytes] | None:
    """Return what the page may be; ``None`` where another release made it. :param log: its lines"""
    if release != version("tuntas"):
        return None
    try:
        return {render_index(records, log=log, zone=zone) for zone in ZONES}
    except (TemplateError, LookupError, TypeError, ValueError, AttributeError):
        return set()  # records that no page can be made of
