"""Public answers of the mayor and of services, under what stands on the board."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from helpdesk.board.model import contact_detail_in
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.postings import KINDS, Ref, access_posting
from helpdesk.board.service.tallying import write_down
from helpdesk.moderation.model import OfficialAnswer
from helpdesk.moderation.service.permissions import ANSWER, ANSWERS
from portal.accounts.model import Person
from portal.accounts.service import people_by_id, require_unsuspended, unsuspended
from portal.audit import audit
from portal.clock import Clock, civil_date
from portal.commands import Answer, once
from portal.db import Database
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, Role, require
from portal.security import RateLimiter


@dataclass(frozen=True)
class OfficialView:
    """An official answer as everybody reads it."""

    id: str
    name: str
    role: Role
    body: str
    """The service of an agent."""
    text: str
    at: datetime
    is_own: bool


@dataclass(frozen=True)
class OfficialAnswers:
    """The use cases."""

    database: Database
    clock: Clock
    limits: RateLimiter

    async def answer(self, actor: Actor, ref: Ref, text: str, *, command_id: str) -> None:
        """Answer publicly, in the office held today. Raises `NotFound` for what does not stand on the board."""
        require(actor, ANSWER)
        found = contact_detail_in(text)
        if found is not None:
            words = lazy("Everybody will read this: please leave out personal addresses and numbers.")
            raise InvalidInput(fields={"text": words})
        at = self.clock()

        async def do() -> Answer:
            self.limits.spend("moderation.answer", actor.id, ANSWERS, command_id)
            posting = await access_posting(db, ref, for_update=True)
            if not posting.is_under_way:
                raise NotFound
            role, body = await _office(db, actor, at)
            answer = OfficialAnswer(
                id=new_id(), thing_kind=ref.kind.name, thing_id=ref.id, author_id=actor.id, role=role, body=body,
                text=text, at=at,
            )  # fmt: skip
            db.add(answer)
            await _say_so(db, posting, actor.id, at)
            return {"id": answer.id}

        async with self.database.write() as db:
            await require_unsuspended(db, actor.id)
            asked = f"official answer {ref.id} {text}"
            await once(db, actor_id=actor.id, command_id=command_id, asked=asked, at=at, do=do)

    async def take_back(self, actor: Actor, answer_id: str) -> None:
        """Remove one's own answer. Raises `NotFound`, also for somebody else's."""
        require(actor, ANSWER)
        at = self.clock()
        async with self.database.write() as db:
            answer = await db.get(OfficialAnswer, answer_id)
            if answer is None or answer.author_id != actor.id:
                raise NotFound
            posting = await access_posting(db, Ref(KINDS[answer.thing_kind], answer.thing_id), for_update=True)
            await db.delete(answer)
            await _say_so(db, posting, actor.id, at)
            audit(db, at=at, act="official_answer.removed", actor_id=actor.id, subject_id=answer.thing_id)


async def answers_to(db: AsyncSession, thing_id: str, actor: Actor | None) -> list[OfficialView]:
    """What the town said publicly, oldest first; nothing of who was suspended."""
    query = select(OfficialAnswer).where(OfficialAnswer.thing_id == thing_id, unsuspended(OfficialAnswer.author_id))
    found: Sequence[OfficialAnswer] = (await db.scalars(query.order_by(OfficialAnswer.at, OfficialAnswer.id))).all()
    people = await people_by_id(db, [item.author_id for item in found])
    return [
        OfficialView(
            item.id,
            people[item.author_id].name if item.author_id in people else "",
            item.role,
            item.body,
            item.text,
            item.at,
            actor is not None and actor.id == item.author_id,
        )
        for item in found
    ]


async def _office(db: AsyncSession, actor: Actor, at: datetime) -> tuple[Role, str]:
    """The role in which the person speaks, the mayor's first, and the service it is held in."""
    role = Role.MAYOR if actor.holds(Role.MAYOR) else Role.AGENT
    person = await db.scalar(select(Person).where(Person.id == actor.id).options(selectinload(Person.holdings)))
    held = person.holdings if person is not None else ()
    bodies = [item.body for item in held if item.role is role and item.is_valid(civil_date(at))]
    return role, bodies[0] if bodies and role is Role.AGENT else ""


async def _say_so(db: AsyncSession, posting: AnyPosting, actor_id: str, at: datetime) -> None:
    """Open pages of the posting show it at once."""
    await write_down(db, posting, posting.touch("answered_officially", at), actor_id)
