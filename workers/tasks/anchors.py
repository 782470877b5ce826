"""Anchors: sealed by day and after each decision, and each sent outside by a job of its own."""

import datetime as dt

from workers.running import Run
from workers.witnesses import NoLongerSetError, TooLateError, mail, sender_of, stamp, write_letter
from workflows.bundles import anchoring
from workflows.bundles.anchor_models import Anchor, AnchorSending, SendingState, Way
from workflows.core.clock import now
from workflows.core.db import db

WORTHLESS_AFTER = dt.timedelta(days=7)
"""When a sending is given up: every newer anchor proves what this one does."""


def make(run: Run) -> None:
    """Seal the heads of all chains. Run twice it makes one anchor more, which harms nobody."""
    key, tools = run.tools.seal_key(), run.tools
    with run.last_step():
        anchoring.make(key=key, installation=tools.installation, targets=tools.witnesses.targets)


def send(run: Run) -> None:
    """Bring one anchor outside. Run twice it is stamped or written about twice; the letter is the same."""
    tools = run.tools
    with run.step():
        sending = db.session.get_one(AnchorSending, run.subject_id)
        anchor = db.session.get_one(Anchor, sending.number)
        open_, way, to = sending.state != SendingState.SENT, sending.way, sending.target
        number, at, document = anchor.number, anchor.at, anchor.document.encode("ascii")
        late = now() - sending.created_at > WORTHLESS_AFTER
    if open_ and late:
        raise TooLateError
    if not open_:
        with run.last_step():
            return
    try:
        if way == Way.TIME_STAMP:
            stamped = stamp(document, tools.witnesses)
            with run.last_step():
                anchoring.sent(run.subject_id, proof=stamped.answer, attested_at=stamped.at)
        else:
            sender = sender_of(tools.witnesses)
            letter = write_letter(document, number=number, at=at, installation=tools.installation, to=to, sender=sender)
            mail(letter, tools.witnesses)
            with run.last_step():
                anchoring.sent(run.subject_id)
    except NoLongerSetError:
        with run.last_step():
            anchoring.fail(run.subject_id, why=anchoring.NOT_SET)
