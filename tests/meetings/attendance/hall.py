"""A sitting under way, its clerk and its members, as the tests of presence, floor and votes need it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from meetings.attendance.model import Presence
from meetings.attendance.service import arrive, call_item, open_sitting
from meetings.attendance.web import take_part
from meetings.sittings.course import Course
from meetings.sittings.journal import Entry
from meetings.sittings.model import Body, Sitting
from meetings.sittings.service import conduct
from meetings.sittings.service.held import Chamber, Held, Look, hold, look
from portal.permissions import Actor
from tests.meetings.sittings.world import CLERK, LIBRARY, TOWN, World, actor, evening

NAMES = ("anne", "bilal", "carole", "denis", "elsa", "farid", "gisele")
"""Anne presides."""


@dataclass
class Hall:
    """One sitting of one council, and what its people do."""

    world: World
    sitting_id: str
    ids: dict[str, str]
    """Mandates by name."""
    persons: dict[str, str]
    chamber: Chamber
    known: set[int] = field(default_factory=set)

    @classmethod
    async def of(cls, world: World, *names: str, rule_set: str = "fr-cgct-commune", **sitting: Any) -> Hall:
        """A sitting that was called of a council with these members, or with seven."""
        body = await world.council(*(names or NAMES), rule_set=rule_set)
        return await cls.at(world, body, await world.convened(body, **sitting))

    @classmethod
    async def at(cls, world: World, body: Body, convened: Sitting) -> Hall:
        """A sitting that was called, at its hour."""
        world.clock.now = convened.meets_at
        mandates = await world.mandates(body)
        chamber = Chamber(LIBRARY, TOWN)
        take_part(chamber)
        ids = {name: mandate.id for name, mandate in mandates.items()}
        return cls(world, convened.id, ids, {name: each.person_id for name, each in mandates.items()}, chamber)

    def member(self, name: str) -> Actor:
        return actor(self.persons[name])

    async def act(self, do: Callable[[Held], Awaitable[object]], who: Actor | None = CLERK) -> Held:
        async with self.world.database.write() as db:
            held = await hold(db, self.chamber, who, self.sitting_id, self.world.clock())
            await do(held)
        return held

    async def look(self) -> Look:
        async with self.world.database.read() as db:
            return await look(db, self.chamber, CLERK, self.sitting_id)

    async def presence(self) -> Presence:
        return (await self.look()).of(Presence)

    async def journal(self) -> list[Entry]:
        return await self.world.journal(await self.world.sitting(self.sitting_id))

    async def noted(self, kind: str) -> list[Entry]:
        return [entry for entry in await self.journal() if entry.kind == kind]

    async def roll(self, *there: str) -> None:
        """Open the roll and see these members come in."""
        await self.act(conduct.open_roll)
        await self.arrive(*there)

    async def arrive(self, *names: str) -> None:
        async def all_of_them(held: Held) -> None:
            for name in names:
                await arrive(held, self.ids[name])

        await self.act(all_of_them)

    async def open(self, *there: str) -> None:
        """Open the sitting with these members."""
        await self.roll(*there)
        await self.act(open_sitting)

    async def item(self) -> str:
        """The one item of the agenda."""
        return next(iter((await self.look()).progress.points))

    async def call(self) -> str:
        """Call the item."""
        item_id = await self.item()
        await self.act(lambda held: call_item(held, item_id))
        return item_id

    async def agrees_with_journal(self) -> bool:
        """Whether the course that was kept is the one that follows from the journal alone."""
        kept = (await self.look()).course
        return Course.start().after(await self.journal()) == kept


__all__ = ["CLERK", "NAMES", "Hall", "evening"]
