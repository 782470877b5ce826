"""Everything that the page of one requirement shows, gathered once for the page and for its living part."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import render_template, request, url_for
from flask_babel import gettext as _

from webapp import formats
from webapp.auth.identity import actor
from webapp.evidence.classing import Classing, classing_of
from webapp.evidence.files import FILE_READERS
from webapp.evidence.ink_fields import Line, lines_of
from webapp.evidence.pictures import Thumbnail, thumbnails_of
from webapp.language import say
from webapp.pages.reading import (
    Held,
    Holders,
    expectation_words,
    is_checking,
    is_late,
    page_words,
    return_reason,
    turn_of,
    word_of,
)
from webapp.pages.refusals import Errors
from webapp.pages.remind import reminder
from webapp.pages.report import ShownReport
from webapp.sentences import Told, tell_all
from webapp.signoff.certificates import Known, known_of
from webapp.signoff.ink import Claimed, claims_of
from workflows.archive.models import ArchivedObject
from workflows.archive.operations import archived_of
from workflows.core.actors import Actor, Post, Role
from workflows.core.clock import now
from workflows.core.errors import Reason
from workflows.core.paging import Page
from workflows.core.transitions import Action, Refusal, State
from workflows.evidence.access.queries import Sight, sight_of
from workflows.evidence.cells import signing_post
from workflows.evidence.models import CheckReport, CheckState, EvidenceReview, EvidenceUse
from workflows.evidence.operations import CHECK_REFUSED
from workflows.evidence.page_ranges import page_remarks, pages_of
from workflows.evidence.queries import history_of as deliveries_of
from workflows.evidence.queries import newest_report, uses_of
from workflows.evidence.reading.models import Reading, SenseFinding
from workflows.evidence.reading.operations import reading_of
from workflows.evidence.reading.queries import sense_findings
from workflows.evidence.review import review_of
from workflows.organization.log import history_of
from workflows.plans.conversation import conversation, mark_read, may_write
from workflows.plans.models import IN_REVIEW, Message, Requirement, RequirementKind
from workflows.plans.posts import may_set, posts_to_choose
from workflows.plans.rules import choices
from workflows.signoff.models import SignOff, SignOffRole
from workflows.signoff.operations import RETURN_CHIPS
from workflows.signoff.queries import sign_offs_of
from workflows.verification.models import Verification
from workflows.verification.operations import read_report
from workflows.verification.queries import verifications_of
from workflows.verification.rounds import Round, rounds_of

WATCHERS = frozenset({Role.EVALUATOR, Role.INSPECTOR, Role.AUDITOR})
"""Those whose reading of a report is written down: a verification needs it, and an agency may know who read what."""
_SETTLING = dt.timedelta(seconds=60)
"""How long after a check the signature given with the upload may take to appear."""
REVIEWS = (Action.REVIEW_ASK, Action.REVIEW_ACCEPT, Action.REVIEW_DECLINE)
_TOLD_ELSEWHERE = ("evidence.received", "requirement.message_sent")
"""The upload's sentence says what the receipt's own event says; what was said stands in the conversation."""
_ORDER = (Action.VERIFY, Action.ACKNOWLEDGE, Action.SIGN, Action.UPLOAD)


@dataclass(frozen=True)
class View(ShownReport):
    """One requirement before one person."""

    row: Requirement
    state: str
    late: bool
    held: Held
    returned: str
    allowed: frozenset[Action]
    refused: Mapping[Action, Refusal]
    main: Action | None
    """The one thing to press, if there is one."""
    uses: Sequence[EvidenceUse]
    """All deliveries, newest first."""
    report: CheckReport | None
    archived: ArchivedObject | None
    sign_offs: Sequence[SignOff]
    verifications: Sequence[Verification]
    moving: bool
    """Whether something will change by itself soon, so that the page looks again."""
    person: Actor
    review: EvidenceReview | None = None
    """What was asked and answered about the newest delivery, where the checks refused it."""
    others: Sequence[EvidenceUse] = ()
    """Where the newest delivery stands besides, for other requirements."""
    told: Sequence[Told] = field(default_factory=list)
    talk: Page[Message] = field(default_factory=lambda: Page([], None))
    """What people said about it, the newest first."""
    may_write: bool = False
    certificates: Known = field(default_factory=Known)
    """Whose certificates the signatures inside the newest delivery were made with."""
    ink: Sequence[Claimed] = ()
    """What was said of the signatures on its paper."""
    reading: Reading | None = None
    """How far the reading of the newest delivery's text has come."""
    sense: Sequence[SenseFinding] = ()
    sight: Sight = field(default_factory=Sight)
    """What the person may do with the contents of the newest delivery; closed, none of them is here."""
    classing: Classing = field(default_factory=Classing)
    """How the person may class it."""
    """What the look at that text found, the weighty first."""

    @property
    def reminder(self) -> str:
        """The address that reminds somebody of this page; empty once nothing is to be done."""
        if self.row.state == State.VERIFIED or not self.row.in_force or self.row.kind == RequirementKind.OUTCOME:
            return ""
        address = url_for("requirements.show", requirement_id=self.row.id, _external=True)
        return reminder(self.row.title, address, self.person)

    @property
    def rounds(self) -> list[Round]:
        """What was signed off and verified in each round, the newest first."""
        return rounds_of(self.row.round, self.sign_offs, self.verifications)

    @property
    def use(self) -> EvidenceUse | None:
        """The newest delivery in this place."""
        return self.uses[0] if self.uses else None

    @property
    def pages(self) -> str:
        """Which pages of the newest delivery are for this requirement; empty for all."""
        return page_words(self.use) if self.use else ""

    @property
    def remarks(self) -> Sequence[Reason]:
        """What cannot be right about these pages."""
        if self.use is None:
            return ()
        return page_remarks([self.use, *self.others], pages=pages_of(self.report))[self.row.id]

    @property
    def mark(self) -> str:
        """Names this moment; the living part is sent again only when it has another mark."""
        evidence = self.use.evidence if self.use else None
        check = f"{evidence.check_state}-{evidence.check_since.timestamp():.3f}" if evidence else ""
        return f"{self.row.version}-{check}-{int(self.moving)}"

    @property
    def acting_post(self) -> str:
        """In which post the person would take the main step, ``Plt.`` and the like included."""
        row = self.row
        position = row.signing_position_id if self.main == Action.SIGN else row.acknowledging_position_id
        if self.main == Action.VERIFY:
            posts = [post for post in self.person.posts if post.role == Role.EVALUATOR]
            return posts[0].printed if posts else ""
        post = self.person.post_at(position)
        return post.printed if post else ""

    @property
    def signed_it_too(self) -> bool:
        """Whether the person who is asked to acknowledge has signed the same document: flagged, not barred."""
        return self.main == Action.ACKNOWLEDGE and any(
            row.role == SignOffRole.SIGNED and row.voided_at is None and row.person_id == self.person.person_id
            for row in self.sign_offs
        )

    @property
    def reads_file(self) -> bool:
        """Whether the person may open the original."""
        return self.sight.open and bool(self.person.roles & set(FILE_READERS))

    @property
    def thumbnails(self) -> Sequence[Thumbnail]:
        """The first page and those with a signature, where the person is asked to confirm them."""
        if self.use is None or not self.reads_file or self.main not in (Action.SIGN, Action.ACKNOWLEDGE):
            return ()
        return thumbnails_of([(self.row.id, self.use.evidence, self.report, self.use)])[self.row.id]

    @property
    def signing_post(self) -> Post | None:
        """The post in which the person may sign in the same act as the upload."""
        return signing_post([self.row], self.person)

    @property
    def post_choices(self) -> Sequence[tuple[str, str]]:
        """The posts that the person may have sign and acknowledge; none where he may not."""
        if not may_set(self.row, self.person):
            return ()
        return [(str(post.id), post.title) for post in posts_to_choose(self.row)]

    @property
    def ink_lines(self) -> list[Line]:
        """Whose signatures an uploader may see on the paper."""
        return lines_of([self.row])


def view_of(requirement: Requirement, *, history: bool = True) -> View:
    """Gather what is shown. The number of queries does not depend on how much has happened.

    :param history: false for the living part, which does not show it.
    """
    person, today = actor(), formats.today()
    uses = deliveries_of(requirement)
    evidence = uses[0].evidence if uses else None
    answers = choices([requirement], person)[requirement.id]
    allowed = frozenset(action for action, refusal in answers.items() if refusal is None)
    turn = turn_of(requirement, allowed, today=today)
    sight = sight_of(evidence.id, person) if evidence else Sight()
    read = evidence if sight.open else None
    report = newest_report(read.id) if read else None
    return View(
        row=requirement,
        state=word_of(requirement, today=today),
        late=is_late(requirement, today=today),
        held=Holders([requirement], today=today).held(requirement, evidence),
        returned=return_reason(requirement),
        allowed=allowed,
        refused=_refusals(requirement, answers),
        main=turn or next((action for action in _ORDER if action in allowed), None),
        uses=uses,
        report=report,
        archived=archived_of(evidence.id) if evidence else None,
        sign_offs=sign_offs_of(requirement),
        verifications=verifications_of(requirement),
        moving=is_checking(requirement, evidence) or _signs_soon(requirement, uses),
        person=person,
        review=review_of(requirement) if evidence and evidence.verdict == "reject" else None,
        others=[use for use in uses_of(evidence) if use.requirement_id != requirement.id] if evidence else [],
        told=_history(requirement, uses, person) if history else [],
        talk=conversation(requirement, person, cursor=request.args.get("percakapan")) if history else Page([], None),
        may_write=may_write(requirement, person),
        certificates=known_of(requirement, report, person),
        ink=claims_of(requirement, report, person, allowed) if sight.open else [],
        reading=reading_of(read.id) if read else None,
        sense=sense_findings(read.id, [requirement.id], person) if read else [],
        sight=sight,
        classing=classing_of(evidence, sight, person) if evidence else Classing(),
    )


def _refusals(requirement: Requirement, answers: Mapping[Action, Refusal | None]) -> dict[Action, Refusal]:
    """Return why not, by action; of a review only where there is a refused file."""
    skipped = () if requirement.return_code in (CHECK_REFUSED, IN_REVIEW) else REVIEWS
    return {action: refusal for action, refusal in answers.items() if refusal is not None and action not in skipped}


def _history(requirement: Requirement, uses: Sequence[EvidenceUse], person: Actor) -> list[Told]:
    """Tell what happened."""
    events = history_of(person, [requirement.id, *(use.evidence_id for use in uses)])
    return tell_all([event for event in events if event.kind not in _TOLD_ELSEWHERE])


def _signs_soon(requirement: Requirement, uses: Sequence[EvidenceUse]) -> bool:
    """Return whether the signature given with the upload is about to take effect."""
    if not uses or requirement.state != State.EVIDENCE_UPLOADED:
        return False
    evidence = uses[0].evidence
    done = evidence.check_state == CheckState.DONE and evidence.verdict != "reject"
    return done and evidence.sign_assignment_id is not None and now() - evidence.check_since < _SETTLING


def log_reading(view: View) -> None:
    """Write down that the Inspektorat, or an auditor, has the report before him now; of a restricted file, anybody."""
    if view.report is None or view.use is None:
        return
    if view.sight.restricted or view.person.roles & WATCHERS:
        read_report(view.use.evidence, actor=view.person)


def log_conversation(view: View) -> None:
    """Keep that the person has what others said before him."""
    heard = next((row for row in view.talk.items if row.person_id != view.person.person_id), None)
    if heard is not None and not view.person.read_only:
        mark_read(view.row, heard.at, actor=view.person)


def render(view: View, *, errors: Errors | None = None, failed: str = "", part: bool = False) -> str:
    """Draw the page, or only its living part.

    :param errors: what was wrong with the form that was just sent. :param failed: the name of that form.
    """
    log_reading(view)
    log_conversation(view)
    settings = {
        "return_codes": [(code, say(words)) for code, words in RETURN_CHIPS.items()],
        "expectations": expectation_words(),
        "actions": action_words(),
    }
    return render_template(
        "plans/requirement_living.html" if part else "plans/requirement.html",
        view=view,
        errors=errors or [],
        failed=failed,
        given=request.form if failed else {},
        part=part,
        **settings,
    )


def action_words() -> dict[Action, str]:
    """Return the word on each action's button."""
    return {
        Action.UPLOAD: _("Unggah bukti"),
        Action.SIGN: _("Tanda tangani"),
        Action.ACKNOWLEDGE: _("Mengetahui dan menyetujui"),
        Action.VERIFY: _("Verifikasi"),
        Action.RETURN: _("Kembalikan"),
        Action.WITHDRAW: _("Tarik kembali pengesahan"),
        Action.REOPEN: _("Buka kembali"),
        Action.REVIEW_ASK: _("Minta ditinjau"),
        Action.REVIEW_ACCEPT: _("Terima setelah ditinjau"),
        Action.REVIEW_DECLINE: _("Tolak peninjauan"),
    }
