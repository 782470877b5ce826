"""*Rekap semester*: the official statuses at 30 June and 31 December, as a page and as tables for spreadsheets."""

import re

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.access import access
from webapp.auth.identity import actor
from webapp.tables import CSV, XLSX, Cells, as_csv, as_xlsx
from workflows.core.errors import InvalidInputError, Reason
from workflows.recommendations.models import OfficialStatus
from workflows.recommendations.queries import years_in_sight
from workflows.verification.rollup import RollUp, half_year

blueprint = Blueprint("rollup", __name__)
ORDER = (
    OfficialStatus.COMPLIANT, OfficialStatus.PARTIAL, OfficialStatus.NOT_STARTED, OfficialStatus.NOT_ACTIONABLE,
    OfficialStatus.NOT_ASSESSED,
)  # fmt: skip


@blueprint.get("/rekap")
@access()
def show() -> ResponseReturnValue:
    """Show one half of a year."""
    year, half = _asked()
    years = sorted({*years_in_sight(actor()), year, formats.today().year}, reverse=True)
    return render_template(
        "verification/rollup.html", year=year, half=half, years=years, found=_found(year, half), words=words(),
        order=ORDER,
        heads=heads(),
    )  # fmt: skip


@blueprint.get("/rekap.csv")
@access()
def as_text() -> Response:
    """Send the same as csv."""
    return _file(CSV, "csv")


@blueprint.get("/rekap.xlsx")
@access()
def as_sheet() -> Response:
    """Send the same as xlsx."""
    return _file(XLSX, "xlsx")


def _file(mimetype: str, ending: str) -> Response:
    year, half = _asked()
    rows = table(_found(year, half))
    content = as_csv(rows) if ending == "csv" else as_xlsx(rows, sheet=_("Rekap semester"))
    name = f"rekap-{year}-semester-{half}.{ending}"
    return Response(content, content_type=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _found(year: int, half: int) -> RollUp:
    return half_year(actor(), year=year, half=half)


def table(found: RollUp) -> Cells:
    """Return a roll-up as rows of cells, its head and its sum included."""
    rows = [
        [row.name or _("Seluruhnya"), *(row.counts[status] for status in ORDER), row.total, row.carried]
        for row in (*found.rows, found.whole)
    ]
    state = _("Keadaan %(day)s", day=formats.tanggal(found.as_of))
    return [[state + (_(" (sementara)") if found.provisional else "")], heads(), *rows]


def heads() -> list[str]:
    """Return what stands above the columns."""
    said = words()
    return [_("Perangkat daerah"), *(said[status] for status in ORDER), _("Jumlah"), _("Bawaan tahun sebelumnya")]


def words() -> dict[OfficialStatus, str]:
    """Return the classes as the field says them."""
    return {
        OfficialStatus.COMPLIANT: _("Sesuai"),
        OfficialStatus.PARTIAL: _("Belum sesuai"),
        OfficialStatus.NOT_STARTED: _("Belum ditindaklanjuti"),
        OfficialStatus.NOT_ACTIONABLE: _("Tidak dapat ditindaklanjuti"),
        OfficialStatus.NOT_ASSESSED: _("Belum dinilai"),
    }


def _asked() -> tuple[int, int]:
    """Return year and half; without any, those of today."""
    today = formats.today()
    year, half = request.args.get("tahun", ""), request.args.get("semester", "")
    if not re.fullmatch(r"20[0-9]{2}|2100|", year) or half not in ("", "1", "2"):
        raise InvalidInputError(Reason("half_year", "Pilih tahun dan semester 1 atau 2."))
    return int(year or today.year), int(half or (1 if today.month <= 6 else 2))
