"""What surrounds every page: whose desk this is, where one can go, how much waits.

Everything is looked up when the template asks for it, so that the page of a fault, which asks for nothing, also works
while the database is away.
"""

from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from flask import g, request, url_for
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.identity import current_actor
from webapp.auth.targets import here
from workflows.archive.disposals import PROPOSERS
from workflows.archive.overview import count_findings
from workflows.bundles.anchor_queries import outside
from workflows.core.actors import Actor, Role
from workflows.core.db import db
from workflows.evidence.access.operations import LOWERERS
from workflows.evidence.inbox import count_turns
from workflows.organization.assignments import WATCHERS
from workflows.organization.models import Agency
from workflows.organization.posts import count_proposals
from workflows.organization.queries import region_of
from workflows.plans.plan_queries import count_plan_turns

REPORT_ROLES = (Role.EVALUATOR, Role.INSPECTOR, Role.AGENCY_OPERATOR)
PLAN_ROLES = (*REPORT_ROLES, Role.AGENCY_HEAD)
SIGNING_ROLES = (Role.UNIT_HEAD, Role.AGENCY_HEAD)
"""Those whose posts sign and acknowledge."""
DECISION_ROLES = (Role.EVALUATOR, Role.INSPECTOR)
KEEPERS = (Role.INSPECTOR, Role.ADMIN)
"""Those who look after the archive, and are told when no anchor gets outside."""


@dataclass(frozen=True)
class Link:
    """One entry of the navigation."""

    label: str
    href: str
    current: bool
    count: int = 0


class Shell:
    """The surroundings of the person who asks; see ``templates/base.html``."""

    @cached_property
    def _actor(self) -> Actor | None:
        return current_actor()

    @cached_property
    def agency(self) -> str | None:
        """The office in whose name the person works today, else the region."""
        actor = self._actor
        if actor is None or actor.region_id is None:
            return None
        ids = [post.agency_id for post in actor.posts if post.agency_id]
        query = sa.select(Agency.name).where(Agency.id.in_(ids[:1]))
        return db.session.scalars(query).first() if ids else region_of(actor).name

    @cached_property
    def posts(self) -> list[str]:
        """The posts held today, as they are printed."""
        return [post.printed for post in self._actor.posts] if self._actor else []

    @cached_property
    def navigation(self) -> list[Link]:
        """The places this person may go."""
        actor = self._actor
        if actor is None:
            return []
        entries = [
            (_("Tugas saya"), "pages.home", (), _waiting(actor)),
            (_("Rekomendasi"), "recommendations.listing", (), 0),
            (_("Kisi"), "plans.grid", (), 0),
            (_("Lembar tanda tangan"), "signoff.sheet.show", SIGNING_ROLES, 0),
            (_("Meja verifikasi"), "verification.desk.queue", (Role.EVALUATOR,), 0),
            (_("LHE"), "reports.listing", REPORT_ROLES, 0),
            (_("Rencana aksi"), "action_plans.listing", PLAN_ROLES, 0),
            (_("Keputusan"), "verification.decisions", DECISION_ROLES, 0),
            (_("Dokumen"), "papers.listing", (), 0),
            (_("Arsip"), "bundles.listing", (), 0),
            (_("Keutuhan arsip"), "custody.wholeness", KEEPERS, _alarms(actor)),
            (_("Pemusnahan"), "custody.disposal", PROPOSERS, 0),
            (_("Berkas terbatas"), "file_access.listing", LOWERERS, 0),
            (_("Jabatan"), "posts.listing", WATCHERS, count_proposals(actor, today=formats.today())),
            (_("Penugasan"), "engagements.listing", KEEPERS, 0),
            (_("Log"), "log.listing", (), 0),
        ]
        return [
            Link(label, url_for(endpoint), _is_here(endpoint), count)
            for label, endpoint, roles, count in entries
            if not roles or actor.roles & set(roles)
        ]

    @cached_property
    def anchor_alarm(self) -> str | None:
        """What those who can do something about it are told while no anchor gets outside."""
        if self._actor is None or not self._actor.roles & set(KEEPERS):
            return None
        found = outside()
        if not found.alarm:
            return None
        if found.at is not None:
            return _("Tanpa jangkar luar sejak %(moment)s.", moment=formats.waktu(found.at))
        if found.ordered:
            return _("Tanpa jangkar luar: belum ada jangkar yang sampai di luar.")
        return _("Tanpa jangkar luar: layanan cap waktu atau saksi belum diatur.")

    @property
    def login_url(self) -> str | None:
        """Where to sign in; nowhere on that page itself."""
        return None if request.endpoint in ("auth.sign_in", "auth.sign_in_post") else url_for("auth.sign_in")

    @property
    def logout_url(self) -> str:
        """Where to sign out."""
        return url_for("auth.sign_out")

    @property
    def here(self) -> str:
        """The page itself, to come back to."""
        return here()

    @property
    def language_url(self) -> str:
        """Where another language is chosen."""
        return url_for("language.choose")


def _is_here(endpoint: str) -> bool:
    blueprint = endpoint.rpartition(".")[0]
    if blueprint == "custody":  # one set of pages with two doors
        return request.endpoint == endpoint
    return request.blueprint == blueprint


def _waiting(actor: Actor) -> int:
    """Return how much can be done now; counted once a request."""
    if "waiting" not in g:
        g.waiting = count_turns(actor, today=formats.today()) + count_plan_turns(actor)
    found: int = g.waiting
    return found


def _alarms(actor: Actor) -> int:
    """Return how much alarms those who look after the archive: open findings, and that no anchor gets outside."""
    if not actor.roles & set(KEEPERS):
        return 0
    return count_findings(actor) + int(outside().alarm)


def surroundings() -> dict[str, object]:
    """Give templates the ``shell``."""
    return {"shell": Shell()}
