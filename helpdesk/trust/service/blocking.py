"""Blocking: neither sees the other's postings, nobody asks one for the other, nothing more is written.

A slice above ends what stands between the two; it adds itself where its service is::

    @separates
    async def end_engagements(db, apart): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.trust.model import MOST_BLOCKS, Block, BlockedAt, NotToBeBlocked, TooManyBlocked
from helpdesk.trust.service.permissions import BLOCK, BLOCKS
from portal.accounts.model import Person
from portal.accounts.service import people_by_id, require_unsuspended
from portal.audit import audit
from portal.clock import Clock
from portal.commands import Answer, once
from portal.db import Database
from portal.errors import NotFound
from portal.ids import new_id
from portal.participants import Participants
from portal.permissions import Actor, require
from portal.security import RateLimiter


@dataclass(frozen=True)
class Apart:
    """Two people who have just been set apart; only one of them knows."""

    blocker_id: str
    blocked_id: str
    at: datetime


Separator = Callable[[AsyncSession, Apart], Awaitable[None]]
"""Ends what stands between two people, in the caller's transaction, without a word of why."""

separates: Participants[Separator] = Participants()
"""Lets a function take part when somebody is blocked."""

Reunion = Callable[[AsyncSession, str, str], Awaitable[None]]
"""Has two people find each other again, in the caller's transaction; what a block has ended stays ended."""

reunites: Participants[Reunion] = Participants()
"""Lets a function take part when a block is taken back and none stands between the two any more."""


@dataclass(frozen=True)
class Whom:
    """Somebody to be blocked, and by what whoever blocks them will recognise them."""

    person_id: str
    where: BlockedAt
    title: str
    knows_name: bool


@dataclass(frozen=True)
class Blocked:
    """One person on one's own list."""

    id: str
    name: str | None
    """None: it was never known."""
    where: BlockedAt
    title: str
    at: datetime


@dataclass(frozen=True)
class Blocking:
    """The use cases. A command that is sent twice counts once."""

    database: Database
    clock: Clock
    limits: RateLimiter

    async def block(self, actor: Actor, whom: Whom, *, command_id: str) -> None:
        """Keep away from somebody. Whoever is blocked learns nothing of it. Raises `NotToBeBlocked`."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            self.limits.spend("trust.block", actor.id, BLOCKS, command_id)
            if whom.person_id == actor.id or not await people_by_id(db, [whom.person_id]):
                raise NotToBeBlocked
            if await has_blocked(db, actor.id, whom.person_id):
                return {"blocked": True}
            if (await db.scalar(select(func.count()).where(Block.blocker_id == actor.id)) or 0) >= MOST_BLOCKS:
                raise TooManyBlocked
            block = Block(id=new_id(), blocker_id=actor.id, blocked_id=whom.person_id, at=at, where=whom.where)
            block.title, block.knows_name = whom.title, whom.knows_name
            db.add(block)
            await db.flush()
            for separate in separates:
                await separate(db, Apart(actor.id, whom.person_id, at))
            audit(db, at=at, act="help_person.blocked", actor_id=actor.id, subject_id=whom.person_id)
            return {"blocked": True}

        await self._once(actor, command_id, f"block {whom.person_id}", do, alone_with=whom.person_id)

    async def unblock(self, actor: Actor, block_id: str, *, command_id: str) -> None:
        """Take a block back; what it ended stays ended. Raises `NotFound` for another's."""

        async def do(db: AsyncSession, at: datetime) -> Answer:
            block = await db.get(Block, block_id)
            if block is None or block.blocker_id != actor.id:
                raise NotFound
            await db.delete(block)
            await db.flush()
            if not await are_apart(db, actor.id, block.blocked_id):
                for reunite in reunites:
                    await reunite(db, actor.id, block.blocked_id)
            audit(db, at=at, act="help_person.unblocked", actor_id=actor.id, subject_id=block.blocked_id)
            return {"person_id": block.blocked_id}

        await self._once(actor, command_id, f"unblock {block_id}", do)

    async def _once(
        self,
        actor: Actor,
        command_id: str,
        asked: str,
        do: Callable[[AsyncSession, datetime], Awaitable[Answer]],
        *,
        alone_with: str = "",
    ) -> Answer:
        require(actor, BLOCK)
        at = self.clock()
        async with self.database.write() as db:
            # Every command of a person holds their row (`require_unsuspended`): what one of the two is just writing to
            # the other is there to be ended, or is never written.
            both = select(Person.id).where(Person.id.in_((actor.id, alone_with))).order_by(Person.id)
            await db.execute(both.with_for_update())
            await require_unsuspended(db, actor.id)
            return await once(
                db, actor_id=actor.id, command_id=command_id, asked=asked, at=at, do=lambda: do(db, at)
            )  # fmt: skip


def apart_ids(person_id: str) -> Select[str]:
    """A subquery: everybody whom this person has blocked or who has blocked them."""
    mine = select(Block.blocked_id.label("id")).where(Block.blocker_id == person_id)
    theirs = select(Block.blocker_id.label("id")).where(Block.blocked_id == person_id)
    both = union_all(mine, theirs).subquery()
    return select(both.c.id)


async def apart_from(db: AsyncSession, person_id: str | None) -> frozenset[str]:
    """Everybody whom this person neither sees nor is seen by; nobody for a visitor."""
    return frozenset(await db.scalars(apart_ids(person_id))) if person_id else frozenset()


async def are_apart(db: AsyncSession, one: str, other: str) -> bool:
    """Whether one of two has blocked the other."""
    either = or_(
        (Block.blocker_id == one) & (Block.blocked_id == other),
        (Block.blocker_id == other) & (Block.blocked_id == one),
    )
    return bool(await db.scalar(select(exists().where(either))))


async def has_blocked(db: AsyncSession, blocker_id: str, blocked_id: str) -> bool:
    """Whether the first has blocked the second."""
    return bool(await db.scalar(select(exists().where(Block.blocker_id == blocker_id, Block.blocked_id == blocked_id))))


async def blocked_by(db: AsyncSession, actor: Actor) -> Sequence[Blocked]:
    """One's own list, the newest first; names only where they were known then."""
    rows = (await db.scalars(select(Block).filter_by(blocker_id=actor.id).order_by(Block.at.desc(), Block.id))).all()
    names = await people_by_id(db, [row.blocked_id for row in rows if row.knows_name])
    return [
        Blocked(row.id, names[row.blocked_id].name if row.blocked_id in names else None, row.where, row.title, row.at)
        for row in rows
    ]
