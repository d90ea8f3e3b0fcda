"""What the author is told of a decision: what became of it, why, in whose words, and what they can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.listing import postings_by_id
from helpdesk.board.service.postings import KINDS
from helpdesk.moderation.model import REASONS, Case, Reason, Verdict
from portal.i18n import _, lazy
from portal.notices.service import How, Notice, Words, define

DECIDED = "moderation.decided"


async def decision_words(db: AsyncSession, notices: Sequence[Notice]) -> Mapping[str, Words]:
    """One notice for each case, from the decision as it stands."""
    found = select(Case).where(Case.id.in_([notice.subject_id for notice in notices]))
    cases = {case.id: case for case in await db.scalars(found)}
    ids: dict[str, set[str]] = {name: set() for name in KINDS}
    for case in cases.values():
        ids[case.thing_kind].add(case.thing_id)
    postings = await postings_by_id(db, ids)
    words = {}
    for notice in notices:
        about = cases.get(notice.subject_id)
        if about is not None and about.author_id == notice.person_id and about.thing_id in postings:
            words[notice.id] = _words(about, postings[about.thing_id])
    return words


def _words(case: Case, posting: AnyPosting) -> Words:
    title = posting.title
    if case.verdict is Verdict.HIDDEN:
        heading = _("Taken off the board: %(title)s") % {"title": title}
    elif posting.has_ended:
        heading = _("Nothing is wrong with it: %(title)s") % {"title": title}
    else:
        heading = _("On the board: %(title)s") % {"title": title}
    reason = _(REASONS[Reason(case.reason)]) if case.reason and case.verdict is Verdict.HIDDEN else ""
    text = " – ".join(part for part in (reason, case.answer or case.words) if part)
    return Words(heading, text, path_of(case))


def path_of(case: Case) -> str:
    """The page of the thing."""
    return f"/board/{'requests' if case.thing_kind == 'help_request' else 'offers'}/{case.thing_id}"


define(DECIDED, lazy("Decisions on what I wrote"), How.INSTANT, decision_words)
