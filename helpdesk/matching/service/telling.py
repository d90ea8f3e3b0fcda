"""Telling a person that something needs them, by the portal's notices; an agent's call for those without a device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.cards import AnyPosting
from helpdesk.matching.model import CallReason, Volunteer
from helpdesk.matching.service import words
from helpdesk.matching.service.calls import owe_call
from helpdesk.matching.service.loading import shown_engagements
from helpdesk.matching.service.words import Telling
from portal.accounts.service import people_by_id
from portal.clock import civil_date
from portal.i18n import lazy
from portal.notices.service import How, Notice, define, take_back
from portal.notices.service import tell as notices_tell
from portal.town.grid import Step
from portal.town.service import public_areas

SOON = timedelta(days=1)
"""Today or tomorrow: the mail of the day would come too late."""

ASKED = define("help.asked", lazy("A neighbour needs what I offer"), How.NEAR, words.of_asks)
ANSWERS = define("help.answers", lazy("Answers to what I asked for or offer"), How.NEAR, words.of_postings)
WITHDRAWALS = define("help.withdrawn", lazy("A neighbour who was to come and cannot"), How.NEAR, words.of_postings)
QUESTIONS = define("help.questions", lazy("Did it happen? Is it still needed?"), How.DIGEST, words.of_postings)
MY_HELP = define("help.given", lazy("What becomes of my answers to others"), How.NEAR, words.of_engagements)
MESSAGES = define("help.messages", lazy("Private messages about help"), How.NEAR, words.of_engagements)

_KINDS = {
    Telling.ASKED: ASKED,
    Telling.ANSWERED: ANSWERS,
    Telling.WITHDRAWN: WITHDRAWALS,
    Telling.CONFIRM: QUESTIONS,
    Telling.STILL_NEEDED: QUESTIONS,
    Telling.ACCEPTED: MY_HELP,
    Telling.DECLINED: MY_HELP,
    Telling.OVER: MY_HELP,
    Telling.THANKED: MY_HELP,
    Telling.MESSAGE: MESSAGES,
    Telling.EDITED: MY_HELP,
    Telling.EDITED_DAY: MY_HELP,
}


async def tell(
    db: AsyncSession,
    telling: Telling,
    posting: AnyPosting,
    *,
    person_id: str,
    subject_id: str,
    at: datetime,
    is_urgent: bool = False,
) -> None:
    """Tell a person when this transaction commits. `subject_id`: the ask, the posting or the engagement it is about.

    Nobody is told who has no account here: an author of another town, somebody without a device.
    """
    if not await people_by_id(db, [person_id]):
        return
    await notices_tell(
        db,
        person_id=person_id,
        kind=_KINDS[telling].name,
        subject_id=subject_id,
        at=at,
        why=telling.value,
        is_urgent=is_urgent,
        is_near=await _is_near(db, posting, person_id, at),
    )


async def _is_near(db: AsyncSession, posting: AnyPosting, person_id: str, at: datetime) -> bool:
    """Whether it is at most a kilometre from the person's own area, which a posting's author is in, or soon."""
    today = civil_date(at)
    day = posting.schedule.next_day(today) if posting.schedule.weekdays else posting.schedule.by
    if person_id == posting.author_id or (day is not None and day <= today + SOON):
        return True
    own = await db.scalar(select(Volunteer.cell_id).where(Volunteer.person_id == person_id))
    areas = await public_areas(db, {posting.cell_id, own or ""})
    here, there = areas.get(own or ""), areas.get(posting.cell_id)
    return here is not None and there is not None and here.step_to(there) <= Step.UNDER_1_KM


_CALLS = {
    Telling.ANSWERED: CallReason.ANSWERED,
    Telling.WITHDRAWN: CallReason.WITHDRAWN,
    Telling.CONFIRM: CallReason.CONFIRM,
    Telling.STILL_NEEDED: CallReason.STILL_NEEDED,
}


async def tell_author(db: AsyncSession, telling: Telling, posting: AnyPosting, at: datetime) -> None:
    """Tell a posting's author; somebody without a device is called by an agent instead."""
    if not posting.on_behalf:
        await tell(db, telling, posting, person_id=posting.author_id, subject_id=posting.id, at=at)
    elif telling in _CALLS:
        await owe_call(db, posting.id, _CALLS[telling], at)


async def tell_of_removal(db: AsyncSession, posting: AnyPosting, at: datetime, *, was_taken: bool) -> None:
    """An answer was taken from its author's eyes: tell of a helper who was to come, and no more of one to decide on."""
    if was_taken:
        await tell_author(db, Telling.WITHDRAWN, posting, at)
    elif not any(item.is_standing for item in await shown_engagements(db, posting)):
        await take_back(db, kind=ANSWERS.name, subject_id=posting.id)


async def unread_about(
    db: AsyncSession, person_id: str, kinds: Sequence[str], subject_ids: Sequence[str]
) -> Sequence[tuple[str, str]]:
    """Kinds and subjects of these of which the person has notices they have not read."""
    unread = select(Notice.kind, Notice.subject_id).where(
        Notice.person_id == person_id,
        Notice.kind.in_(kinds),
        Notice.subject_id.in_(subject_ids),
        Notice.read_at.is_(None),
    )
    return [(kind, subject_id) for kind, subject_id in await db.execute(unread)]
