"""What comes round by itself in matching: waves, places held too long, questions to authors, and forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

from sqlalchemy import and_, delete, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HAPPENED, HelpOffer, HelpRequest, OfferOutcome, PostingState, RequestOutcome
from helpdesk.board.model.posting import IS_ENGAGED
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import KINDS, access_posting
from helpdesk.board.service.retention import WORDS_KEPT, own_day
from helpdesk.board.service.tallying import write_down
from helpdesk.board.service.turns import Turn, Turned, turned
from helpdesk.matching.model import STANDING, Ask, AskState, Engagement, Message, Proxy
from helpdesk.matching.model import engagement as rules_of
from helpdesk.matching.service.loading import ref_of
from helpdesk.matching.service.rules import town_rules
from helpdesk.matching.service.searches import BATCH, run_searches
from helpdesk.matching.service.streams import record_change
from helpdesk.matching.service.telling import tell_author
from helpdesk.matching.service.words import Telling
from portal.clock import civil_date
from portal.jobs import Job, Jobs, Run

MESSAGES_KEPT = timedelta(days=7)
"""After an engagement has ended: as long as it may be opened again."""
PEOPLE_KEPT = timedelta(days=30)
"""Name and telephone of somebody without a device, after their request has ended."""
ASKS_KEPT = timedelta(days=30)
"""Who was asked and why: as long as rest counts, and long enough to explain."""
NO_NEWS = timedelta(days=3)
"""After an answer was accepted for something without a day, its author is asked how it went."""
FORGOTTEN_AT_ONCE = 500


def register(jobs: Jobs) -> None:
    """Have it done."""
    soon, hourly = timedelta(seconds=30), timedelta(hours=1)
    jobs.add(Job("matching.waves", soon, ask_waves, BATCH))
    jobs.add(Job("matching.holds", soon, lapse_holds, BATCH))
    jobs.add(Job("matching.still_needed", hourly, ask_still_needed, BATCH))
    jobs.add(Job("matching.did_it_happen", hourly, ask_whether_done, BATCH))
    jobs.add(Job("matching.unconfirmed", hourly, close_unconfirmed, BATCH))
    jobs.add(Job("matching.forgetting", timedelta(hours=6), forget, FORGOTTEN_AT_ONCE))


async def ask_waves(db: AsyncSession, run: Run) -> int:
    """Ask the next waves that are due."""
    return await run_searches(db, run.now, SystemRandom())


async def lapse_holds(db: AsyncSession, run: Run) -> int:
    """Free the places that were held until now; the answers stand."""
    due = select(Engagement.id).where(Engagement.held_until <= run.now).order_by(Engagement.held_until).limit(BATCH)
    ids = (await db.scalars(due)).all()
    for id_ in ids:
        engagement = await db.get_one(Engagement, id_)
        # The posting's lock first, as every use case takes it.
        posting = await access_posting(db, ref_of(engagement), for_update=True)
        await db.refresh(engagement)
        if engagement.held_until is not None and engagement.held_until <= run.now:
            await write_down(db, posting, rules_of.lapse(posting, engagement, run.now), None)
            record_change(db, engagement, "lapsed", None)
    return len(ids)


async def ask_still_needed(db: AsyncSession, run: Run) -> int:
    """Ask authors of what has no day of its own, on what would be its last day, and give them a week."""
    today, count = civil_date(run.now), 0
    until = today + timedelta(days=(await town_rules(db)).still_needed_days)
    for kind in KINDS.values():
        model: Any = kind.model
        due = select(model).where(text("state = 'open'"), model.expires_on <= today)
        due = due.where(own_day(kind).is_(None), model.asked_at.is_(None))
        due = due.order_by(model.expires_on).limit(BATCH - count)
        found: Sequence[AnyPosting] = (await db.scalars(due.with_for_update(skip_locked=True))).all()
        for posting in found:
            await write_down(db, posting, posting.ask_whether_needed(until, run.now), None)
            await tell_author(db, Telling.STILL_NEEDED, posting, run.now)
        count += len(found)
    return count


async def ask_whether_done(db: AsyncSession, run: Run) -> int:
    """Ask authors how it went once the day has passed, or some days after somebody was accepted."""
    today, count = civil_date(run.now), 0
    for kind in KINDS.values():
        model: Any = kind.model
        last = own_day(kind)
        no_news = and_(last.is_(None), model.weekdays == "", model.changed_at <= run.now - NO_NEWS)
        due = select(model).where(text(IS_ENGAGED), model.state == PostingState.ENGAGED)
        # An offer without a day, and what comes round every week, stand for as long as their author wants.
        over = last < today if model is HelpOffer else or_(last < today, no_news)
        due = due.where(over).order_by(model.changed_at).limit(BATCH - count)
        found: Sequence[AnyPosting] = (await db.scalars(due.with_for_update(skip_locked=True))).all()
        for posting in found:
            await write_down(db, posting, posting.ask_whether_done(run.now), None)
            await tell_author(db, Telling.CONFIRM, posting, run.now)
        count += len(found)
    return count


async def close_unconfirmed(db: AsyncSession, run: Run) -> int:
    """Who was asked how it went and said nothing for some days has been helped, as far as anybody knows."""
    count, silent_since = 0, run.now - (await town_rules(db)).confirm_after
    for kind in KINDS.values():
        model: Any = kind.model
        due = select(model).where(text(IS_ENGAGED), model.state == PostingState.TO_CONFIRM)
        due = due.where(model.asked_at <= silent_since).order_by(model.changed_at)
        silent = due.limit(BATCH - count).with_for_update(skip_locked=True)
        found: Sequence[AnyPosting] = (await db.scalars(silent)).all()
        for posting in found:
            await _close_unconfirmed(db, posting, run.now)
        count += len(found)
    return count


async def _close_unconfirmed(db: AsyncSession, posting: AnyPosting, now: datetime) -> None:
    if isinstance(posting, HelpRequest):
        change = posting.close(RequestOutcome.HELPED_UNCONFIRMED, now)
    else:
        change = posting.close(OfferOutcome.HELPED_UNCONFIRMED, now)
    await write_down(db, posting, change, None)
    happened = RequestOutcome.HELPED_UNCONFIRMED.value in HAPPENED
    await turned(db, Turned(Turn.ENDED, posting, now, happened=happened))


async def forget(db: AsyncSession, run: Run) -> int:
    """Erase what nobody needs any more: messages, notes, people without a device, who was asked."""
    ended = Engagement.state.not_in(STANDING)
    over = select(Engagement.id).where(ended, Engagement.changed_at < run.now - MESSAGES_KEPT)
    messages = select(Message.id).where(Message.engagement_id.in_(over), Message.reported_at.is_(None))
    count = await _delete(db, Message, messages)
    words = and_(ended, Engagement.changed_at < run.now - WORDS_KEPT)
    said = or_(Engagement.note != "", Engagement.reply != "", Engagement.thanks != "")
    ids = (await db.scalars(select(Engagement.id).where(words, said).limit(FORGOTTEN_AT_ONCE))).all()
    silenced = update(Engagement).where(Engagement.id.in_(ids)).values(note="", reply="", thanks="")
    await db.execute(silenced)
    gone = select(HelpRequest.id).where(HelpRequest.ended_at < run.now - PEOPLE_KEPT)
    people = update(Proxy).where(Proxy.request_id.in_(gone), Proxy.sealed != b"").values(sealed=b"")
    await db.execute(people)
    old = select(Ask.id).where(Ask.state != AskState.OPEN, Ask.asked_at < run.now - ASKS_KEPT)
    return count + len(ids) + await _delete(db, Ask, old)


async def _delete(db: AsyncSession, model: Any, old: Any) -> int:
    ids = (await db.scalars(old.limit(FORGOTTEN_AT_ONCE))).all()
    await db.execute(delete(model).where(model.id.in_(ids)))
    return len(ids)
