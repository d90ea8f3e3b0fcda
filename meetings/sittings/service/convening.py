"""Calling a sitting: checked against the rules, sent to each member, noted in the journal."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rules import SetLibrary, rules_for
from meetings.sittings.journal import Value, canonical, written_instant
from meetings.sittings.model import AgendaItem, Body, Mandate, Sitting, SittingMode, SittingState, Summons
from meetings.sittings.model.convocation import Check, check
from meetings.sittings.service.agenda import Agenda, agenda_of, tell_sitting
from meetings.sittings.service.bodies import members_on
from meetings.sittings.service.journal import note
from meetings.sittings.service.permissions import CONVENE
from portal.clock import civil_date
from portal.db import digest
from portal.errors import Conflict
from portal.i18n import current_locale, lazy
from portal.ids import new_id, new_secret
from portal.permissions import Actor, require


class NotYet(Conflict):
    """Something stands against the convocation."""

    code = "not-yet"
    text = lazy("The convocation cannot go out yet.")

    def __init__(self, found: Check) -> None:
        """`found` says what."""
        super().__init__()
        self.found = found

    def words(self) -> str:
        """The first obstacle, in the words of the rules where it is theirs."""
        answers = [obstacle.answer for obstacle in self.found.obstacles if obstacle.answer] or list(self.found.open)
        return f"{super().words()} {answers[0].sentence(current_locale())}" if answers else super().words()


Send = Callable[[AsyncSession, Mandate, Sitting, str], Awaitable[str | None]]
"""Sends one member's convocation with its secret; the mail's id, or none for a member without an address."""


SendCancelled = Callable[[AsyncSession, Mandate, Sitting], Awaitable[None]]
"""Tells one member that the sitting does not take place."""


@dataclass(frozen=True)
class Convening:
    """What calling a sitting needs besides the database."""

    library: SetLibrary
    town: str
    """The portal's name on the network."""
    population: Callable[[], Awaitable[int]]
    send: Send
    send_cancelled: SendCancelled


async def look(
    db: AsyncSession, convening: Convening, sitting: Sitting, now: datetime, decided: Mapping[str, str]
) -> Check:
    """What the rules say if the convocation went out now."""
    agenda = await agenda_of(db, sitting)
    return await _check(db, convening, agenda, await _members(db, sitting), now=now, decided=decided)


async def convene(
    db: AsyncSession,
    convening: Convening,
    actor: Actor | None,
    sitting: Sitting,
    *,
    now: datetime,
    decided: Mapping[str, str],
) -> Sequence[Summons]:
    """Send the convocation to every member in office on the day. Raises `NotYet` with what the rules say against it.

    What a person decided where the law is open stands in the journal, with the question.
    """
    require(actor, CONVENE)
    agenda = await agenda_of(db, sitting)
    members = await _members(db, sitting)
    found = await _check(db, convening, agenda, members, now=now, decided=decided)
    sitting.require_draft()
    if not found.may_go:
        raise NotYet(found)
    sitting.convene(now)
    by = actor.account_id if actor else ""
    for answer in found.answers:
        if answer.question is not None and answer.question.id in decided:
            content: dict[str, Value] = {"question": answer.question.id, "choice": decided[answer.question.id]}
            await note(db, sitting, convening.town, at=now, kind="question.decided", by=by, content=content)
    sent = [await _summon(db, convening, sitting, mandate, now) for mandate in members]
    await note(
        db, sitting, convening.town, at=now, kind="convocation.sent", by=by, content=_sent(agenda, found, members)
    )
    tell_sitting(db, sitting, "sitting.convened", actor)
    return sent


async def cancel_sitting(
    db: AsyncSession, convening: Convening, actor: Actor | None, sitting: Sitting, now: datetime
) -> None:
    """It does not take place. Raises `Conflict` for one that has begun."""
    require(actor, CONVENE)
    was_called = sitting.state is SittingState.CONVENED
    sitting.cancel()
    if was_called:
        by = actor.account_id if actor else ""
        await note(db, sitting, convening.town, at=now, kind="sitting.cancelled", by=by, content={})
        for summons in await summons_of(db, sitting):
            await convening.send_cancelled(db, await db.get_one(Mandate, summons.mandate_id), sitting)
    tell_sitting(db, sitting, "sitting.cancelled", actor)


def rule_set_of(library: SetLibrary, body: Body, sitting: Sitting) -> str:
    """The set of rules that binds this sitting: the body's own, or its set for sittings by video."""
    return library.for_video(body.rule_set) if sitting.mode is SittingMode.REMOTE else body.rule_set


async def summons_of(db: AsyncSession, sitting: Sitting) -> Sequence[Summons]:
    """Every member's convocation."""
    return (await db.scalars(select(Summons).filter_by(sitting_id=sitting.id))).all()


async def _members(db: AsyncSession, sitting: Sitting) -> list[Mandate]:
    found = await members_on(db, sitting.body_id, civil_date(sitting.meets_at))
    return [member.mandate for member in found]


async def _check(
    db: AsyncSession,
    convening: Convening,
    agenda: Agenda,
    members: Sequence[Mandate],
    *,
    now: datetime,
    decided: Mapping[str, str],
) -> Check:
    rule_set = rule_set_of(convening.library, agenda.body, agenda.sitting)
    rules = rules_for(convening.library, rule_set, civil_date(agenda.sitting.meets_at))
    return check(
        agenda.sitting,
        agenda.body,
        agenda.items,
        members,
        rules,
        population=await convening.population(),
        at=now,
        decided=decided,
    )


async def _summon(db: AsyncSession, convening: Convening, sitting: Sitting, mandate: Mandate, now: datetime) -> Summons:
    secret = new_secret()
    summons = Summons(
        id=new_id(),
        sitting_id=sitting.id,
        mandate_id=mandate.id,
        on_paper=mandate.on_paper,
        mail_id=await convening.send(db, mandate, sitting, secret),
        secret_digest=digest(secret),
        sent_at=now,
    )
    db.add(summons)
    return summons


def _sent(agenda: Agenda, found: Check, members: Sequence[Mandate]) -> dict[str, Value]:
    """What the journal keeps of a convocation: enough to prove later what was sent, to whom and on which rules."""
    return {
        "meets_at": written_instant(agenda.sitting.meets_at),
        "place": agenda.sitting.place,
        "mode": agenda.sitting.mode.value,
        **_clause(agenda),
        "urgent": agenda.sitting.is_urgent,
        "rule_set": found.answers[0].rule_set,
        "rule_set_version": found.answers[0].version,
        "notice": {name: _plain(value) for name, value in found.answers[0].result.items()},
        "members": [mandate.id for mandate in members],
        "items": [_item(agenda, item) for item in agenda.items],
    }


def _clause(agenda: Agenda) -> dict[str, Value]:
    """By which clause of its internal rules the body meets by video."""
    body = agenda.body
    if agenda.sitting.mode is not SittingMode.REMOTE or body.video_clause_on is None:
        return {}
    return {"video_clause": {"on": body.video_clause_on.isoformat(), "text": body.video_clause}}


def _item(agenda: Agenda, item: AgendaItem) -> dict[str, Value]:
    texts = hashlib.sha256(canonical({"note": item.note, "draft": item.draft})).hexdigest()
    return {
        "id": item.id,
        "kind": item.kind.value,
        "title": item.title,
        "texts": texts,
        "documents": [document.sha256 for document in agenda.documents_of(item)],
    }


def _plain(value: object) -> Value:
    return value if isinstance(value, bool | int | str) or value is None else str(value)
