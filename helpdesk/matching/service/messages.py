"""Private messages: written while something may come of the engagement, read by its two people only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.matching.model import Message, ReportReason
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.loading import Pair, access_pair
from helpdesk.matching.service.permissions import MESSAGES, MODERATE, REPORTS, WRITE
from helpdesk.matching.service.streams import stream_of
from helpdesk.matching.service.telling import tell
from helpdesk.matching.service.words import Telling
from portal.audit import audit
from portal.commands import Answer
from portal.errors import Conflict, NotFound
from portal.events import DomainEvent, record
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, require

WRITTEN = "message.written"
TAKEN_AWAY = "message.taken_away"
MODERATION = "moderation"
"""The stream of what waits for a decision: reported messages stand in the same list as everything else."""
PAGE = 200


class Closed(Conflict):
    """The engagement is over, or the other one has no device."""

    code = "conversation-closed"
    text = lazy("Nothing more can be written here.")


def may_write(pair: Pair) -> bool:
    """Whether the two may write to each other: as long as something may come of it, and both can read."""
    return pair.engagement.is_standing and pair.posting.is_under_way and not pair.posting.on_behalf


async def write(matching: Matching, actor: Actor, engagement_id: str, *, text: str, command_id: str) -> str:
    """Write to the other one; returns the message's id. Raises `NotFound` for anybody but the two, `Closed`."""

    async def do(db: AsyncSession, at: datetime) -> Answer:
        matching.board.limits.spend("matching.message", actor.id, MESSAGES, command_id)
        pair = await access_pair(db, actor, engagement_id, for_update=True)
        if not may_write(pair):
            raise Closed
        message = Message(id=new_id(), engagement_id=engagement_id, person_id=actor.id, at=at, text=text)
        db.add(message)
        record(db, DomainEvent(stream_of(engagement_id), WRITTEN, message.id, 1, actor_id=actor.id))
        to, subject = pair.posting.author_id, pair.engagement.id
        if pair.is_author:
            to = pair.engagement.person_id
        await tell(db, Telling.MESSAGE, pair.posting, person_id=to, subject_id=subject, at=at)
        return {"id": message.id}

    answer = await matching.board.once(actor, WRITE, command_id, f"message {engagement_id} {text}", do)
    return str(answer["id"])


@dataclass(frozen=True)
class MessagePage:
    """A part of what was written."""

    messages: tuple[Message, ...]
    """The oldest first."""
    has_older: bool


async def messages_of(db: AsyncSession, engagement_id: str, before: str = "") -> MessagePage:
    """The newest messages, or the newest before the one with this id. Raises `NotFound` for an id from elsewhere."""
    found = select(Message).filter_by(engagement_id=engagement_id).order_by(Message.at.desc(), Message.id.desc())
    if before:
        first = await db.get(Message, before)
        if first is None or first.engagement_id != engagement_id:
            raise NotFound
        found = found.where(tuple_(Message.at, Message.id) < tuple_(literal(first.at), literal(first.id)))
    newest = (await db.scalars(found.limit(PAGE + 1))).all()
    return MessagePage(tuple(reversed(newest[:PAGE])), has_older=len(newest) > PAGE)


async def report(
    matching: Matching, actor: Actor, engagement_id: str, message_id: str, *, reason: ReportReason, command_id: str
) -> None:
    """Show a message of the other one to the moderators."""

    async def do(db: AsyncSession, at: datetime) -> Answer:
        matching.board.limits.spend("matching.report", actor.id, REPORTS)
        await access_pair(db, actor, engagement_id)
        message = await db.get(Message, message_id, with_for_update=True)
        if message is None or message.engagement_id != engagement_id or message.person_id == actor.id:
            raise NotFound
        message.reported_at, message.reported_as = at, reason
        record(db, DomainEvent(MODERATION, "message.reported", message.id, 1))
        return {"id": message.id}

    await matching.board.once(actor, WRITE, command_id, f"report {message_id} {reason}", do)


async def reported(db: AsyncSession, actor: Actor) -> Sequence[Message]:
    """What was reported and not yet decided, the oldest first: for moderators."""
    require(actor, MODERATE)
    waiting = select(Message).where(Message.reported_at.is_not(None)).order_by(Message.reported_at)
    return (await db.scalars(waiting.limit(PAGE))).all()


async def count_reported(db: AsyncSession) -> int:
    """How many messages wait for a decision."""
    waiting = select(func.count()).select_from(Message).where(Message.reported_at.is_not(None))
    return await db.scalar(waiting) or 0


async def decide(matching: Matching, actor: Actor, message_id: str, *, takes_away: bool, command_id: str) -> None:
    """A moderator takes a reported message away, or leaves it."""

    async def do(db: AsyncSession, at: datetime) -> Answer:
        message = await db.get(Message, message_id, with_for_update=True)
        if message is None or message.reported_at is None:
            raise NotFound
        message.reported_at = None
        record(db, DomainEvent(MODERATION, "message.decided", message.id, 1))
        detail = "taken_away" if takes_away else "left"
        audit(db, at=at, act="help_message.decided", actor_id=actor.id, subject_id=message.id, detail=detail)
        if takes_away:
            message.text = ""
            record(db, DomainEvent(stream_of(message.engagement_id), TAKEN_AWAY, message.id, 2, ("text",), actor.id))
        return {"id": message.id}

    await matching.board.once(actor, MODERATE, command_id, f"decide {message_id} {takes_away}", do)
