"""Who acts. Rules compare persons, not accounts; a role always comes from a post held on that day."""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass

from workflows.core.db import Scope
from workflows.core.sentences import phrase


class Role(enum.StrEnum):
    """What a position lets its holder do (design: the people)."""

    AGENCY_OPERATOR = "agency_operator"
    UNIT_STAFF = "unit_staff"
    UNIT_HEAD = "unit_head"
    AGENCY_HEAD = "agency_head"
    EVALUATOR = "evaluator"
    INSPECTOR = "inspector"
    AUDITOR = "auditor"
    PRIVACY_OFFICER = "privacy_officer"
    ADMIN = "admin"


INSPECTORATE = frozenset({Role.EVALUATOR, Role.INSPECTOR})
"""Those who may see a report before it is issued."""


class AssignmentKind(enum.StrEnum):
    """How a post is held (UU 30/2014 Pasal 14 and BKN circulars for the acting kinds)."""

    DEFINITIVE = "definitive"
    ACTING_VACANT = "acting_vacant"
    """*Plt*: the post is vacant."""
    ACTING_DAILY = "acting_daily"
    """*Plh*: the holder is absent."""
    CARETAKER = "caretaker"
    """*Pj*."""

    @property
    def prefix(self) -> str:
        """Return what stands before the title on paper: ``Plt. ``, ``Plh. ``, ``Pj. `` or nothing."""
        return {"acting_vacant": "Plt. ", "acting_daily": "Plh. ", "caretaker": "Pj. "}.get(self.value, "")


class Channel(enum.StrEnum):
    """The way a request came in."""

    WEB = "web"
    API = "api"
    COMMAND = "command"
    WORKER = "worker"


@dataclass(frozen=True)
class Post:
    """A position held today, by an assignment that was recorded before this moment."""

    assignment_id: uuid.UUID
    position_id: uuid.UUID
    role: Role
    kind: AssignmentKind
    title: str
    agency_id: uuid.UUID | None
    unit_id: uuid.UUID | None
    letter_number: str | None = None
    confirmed: bool = True
    """False for an acting post that works already and that nobody has confirmed yet."""
    forerunners: frozenset[uuid.UUID] = frozenset()
    """Agencies whose papers the post's agency carries on: in sight, like its own."""
    years: frozenset[int] | None = None
    """Of an auditor: the years that his engagement names. ``None`` means any."""
    home_id: uuid.UUID | None = None
    """Of an evaluator: the agency he belongs to. ``None`` is the Inspektorat."""

    @property
    def printed(self) -> str:
        """Return the title as it is printed, with *Plt.*, *Plh.* or *Pj.* before it."""
        return self.kind.prefix + self.title


@dataclass(frozen=True)
class Held:
    """A post that a person holds, held or will hold, from day to day."""

    role: Role
    agency_id: uuid.UUID | None
    valid_from: dt.date
    valid_to: dt.date | None

    @property
    def serves(self) -> bool:
        """Return whether it is a post in the agency; a letter that sends an evaluator there makes none."""
        return self.agency_id is not None and self.role != Role.EVALUATOR

    def overlaps(self, first: dt.date, last: dt.date) -> bool:
        """Return whether it was held on some day of that period."""
        return self.valid_from <= last and (self.valid_to is None or self.valid_to >= first)


@dataclass(frozen=True)
class Actor:
    """Whoever does something: a person with the posts of the day, an operator at the console, or the system."""

    name: str
    channel: Channel
    person_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    region_id: uuid.UUID | None = None
    posts: tuple[Post, ...] = ()
    history: tuple[Held, ...] = ()
    """Every post that was ever recorded for the person."""
    nip: str | None = None
    rank_name: str | None = None
    rank_grade: str | None = None
    read_only: bool = False
    """True for an API token of scope ``read``."""

    @property
    def is_system(self) -> bool:
        """Return whether no person stands behind this act."""
        return self.person_id is None

    @property
    def roles(self) -> frozenset[Role]:
        """Return the roles of all posts held."""
        return frozenset(post.role for post in self.posts)

    def holds(self, *roles: Role, agency_id: uuid.UUID | None = None, unit_id: uuid.UUID | None = None) -> bool:
        """Return whether a post with one of ``roles`` is held for that agency (and unit).

        A post without an agency covers every agency of the region.
        """
        return any(
            post.role in roles
            and (agency_id is None or post.agency_id in (None, agency_id))
            and (unit_id is None or post.unit_id in (None, unit_id))
            for post in self.posts
        )

    def post_at(self, position_id: uuid.UUID | None) -> Post | None:
        """Return the post held at that position, if any."""
        return next((post for post in self.posts if post.position_id == position_id), None)

    @property
    def years_in_sight(self) -> frozenset[tuple[uuid.UUID | None, int]] | None:
        """Return the agencies (``None``: every one) and years of an auditor's engagements; ``None`` means any year."""
        if any(post.years is None for post in self.posts):
            return None
        return frozenset((post.agency_id, year) for post in self.posts for year in post.years or ())

    def sees_year(self, agency_id: uuid.UUID, year: int) -> bool:
        """Return whether the papers of that year of an agency in scope may be seen."""
        held = self.years_in_sight
        return held is None or bool(held & {(None, year), (agency_id, year)})

    @property
    def scope(self) -> Scope:
        """Return what this actor may see, as the database's second wall understands it."""
        if self.region_id is None:
            return Scope()
        if any(post.agency_id is None for post in self.posts):
            return Scope(self.region_id, None)
        own = {post.agency_id for post in self.posts if post.agency_id}
        return Scope(self.region_id, frozenset(own.union(*(post.forerunners for post in self.posts))))


SYSTEM = Actor(name=phrase("sistem"), channel=Channel.WORKER)
