"""Hands a bundle over: a numbered *berita acara*, issued with its event and kept as it was issued."""

import datetime as dt
import hashlib
import uuid
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from workflows.bundles.choices import in_words
from workflows.bundles.handover_models import Handover, HandoverLink
from workflows.bundles.links import may_hand_over
from workflows.bundles.models import Bundle
from workflows.bundles.official_record import Party, Told, draw
from workflows.core import audit
from workflows.core.actors import Actor
from workflows.core.clock import now
from workflows.core.db import db
from workflows.core.errors import InvalidInputError, NotFoundError, Reason
from workflows.core.ids import new_id
from workflows.core.models import AuditEvent
from workflows.organization.models import Agency, Region
from workflows.organization.scope import in_scope

INCOMPLETE = Reason("handover_incomplete", "Isi nama, jabatan, dan lembaga penerima, serta nomor surat tugasnya.")


def issue(
    bundle: Bundle,
    *,
    receiver: str,
    position: str,
    institution: str,
    letter: str,
    address: str,
    link: HandoverLink | None = None,
    actor: Actor,
) -> Handover:
    """Record that a built bundle is handed over, and draw the paper that both sign.

    :param address: of the public page, printed as a QR.
    :raises InvalidInputError: something is missing. Else as :func:`~workflows.bundles.links.may_hand_over`.
    """
    may_hand_over(bundle, actor)
    given = [text.strip() for text in (receiver, position, institution, letter)]
    if not all(given):
        raise InvalidInputError(INCOMPLETE)
    at, region = now(), db.session.get_one(Region, bundle.region_id)
    number = db.session.scalars(sa.select(sa.func.nextval(sa.literal_column("'handover_number_seq'")))).one()
    post = next((post for post in actor.posts if post.agency_id in (None, bundle.agency_id)), None)
    row = Handover(
        id=new_id(),
        region_id=bundle.region_id,
        agency_id=bundle.agency_id,
        bundle_id=bundle.id,
        link_id=link.id if link else None,
        number=f"BAST-{at.year}-{number:06d}",
        handed_on=at.astimezone(ZoneInfo(region.timezone)).date(),
        giver=actor.name,
        giver_position=post.printed if post else "",
        giver_institution=f"Inspektorat {region.name}",
        receiver=given[0],
        receiver_position=given[1],
        receiver_institution=given[2],
        letter=given[3],
        issued_at=at,
        issued_by_id=actor.person_id,
        document=b"",
        sha256="",
    )
    row.document = draw(told(row, bundle, address=address))
    row.sha256 = hashlib.sha256(row.document).hexdigest()
    db.session.add(row)
    db.session.flush()
    audit.record(
        "handover.issued",
        audit.Subject("bundle", bundle.id, bundle.region_id, bundle.agency_id),
        actor=actor,
        details={
            "number": row.number, "receiver": row.receiver, "institution": row.receiver_institution,
            "letter": row.letter, "sha256": row.sha256, "bundle_sha256": bundle.sha256,
            "tagmanifest_sha256": bundle.tagmanifest_sha256, "fingerprint": bundle.fingerprint,
            "link": row.link_id,
        },
    )  # fmt: skip
    return row


def told(row: Handover, bundle: Bundle, *, address: str) -> Told:
    """Return what the paper says: the same record gives the same paper, byte for byte."""
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.id == bundle.order_event_id)).one()
    agency = db.session.get_one(Agency, bundle.agency_id)
    return Told(
        number=row.number,
        on=row.handed_on,
        giver=Party(row.giver, row.giver_position, row.giver_institution),
        receiver=Party(row.receiver, row.receiver_position, row.receiver_institution),
        letter=row.letter,
        bundle=str(bundle.id),
        scope=f"{agency.name}, tahun {bundle.year}" + _chosen(bundle),
        files=bundle.total,
        size=bundle.size or 0,
        sha256=bundle.sha256 or "",
        tagmanifest_sha256=bundle.tagmanifest_sha256 or "",
        fingerprint=bundle.fingerprint or "",
        seq=event.seq,
        head=bytes(event.hash).hex(),
        address=address,
        issued_at=row.issued_at.astimezone(dt.UTC),
    )


def _chosen(bundle: Bundle) -> str:
    told = in_words(bundle)
    report = f", LHE nomor {told.get('report') or '–'}" if told else ""
    return report + (f", rekomendasi {', '.join(told['recommendations'])}" if "recommendations" in told else "")


def handovers_of(bundle: Bundle, actor: Actor) -> list[Handover]:
    """Return what was recorded of a bundle, newest first."""
    query = sa.select(Handover).where(Handover.bundle_id == bundle.id, in_scope(Handover, actor))
    return list(db.session.scalars(query.order_by(Handover.id.desc())))


def get_handover(handover_id: uuid.UUID, actor: Actor) -> Handover:
    """Return a handover. :raises NotFoundError: not there, or not for this actor to know of."""
    query = sa.select(Handover).where(Handover.id == handover_id, in_scope(Handover, actor))
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def of_link(link: HandoverLink) -> Handover | None:
    """Return the newest handover that was recorded for a link."""
    query = sa.select(Handover).where(Handover.link_id == link.id).order_by(Handover.id.desc())
    return db.session.scalars(query).first()
