"""The world of the sittings' tests: a town, a council with members, a clerk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rules import SetLibrary, load_sets
from meetings.sittings.journal import Entry
from meetings.sittings.model import Body, Mandate, MandateFunction, SessionKind, Sitting, SittingMode, Summons
from meetings.sittings.service import agenda, bodies, convening
from meetings.sittings.service.agenda import ItemDraft, SittingDraft
from meetings.sittings.service.convening import Convening
from meetings.sittings.service.journal import entries_of
from meetings.sittings.service.members_file import MemberRow
from portal.accounts.service import add_person
from portal.db import Database
from portal.permissions import Actor, Role
from tests.clock import FixedClock

TOWN = "clairval.example"
LIBRARY = load_sets()


@dataclass
class World:
    """What a test touches."""

    database: Database
    clock: FixedClock
    population: int = 30_000
    sent: dict[str, str] = field(default_factory=dict)
    """The secret in each member's mail, by mandate."""
    cancelled: list[str] = field(default_factory=list)
    """Members who were told that the sitting does not take place."""

    @property
    def library(self) -> SetLibrary:
        return LIBRARY

    @property
    def convening(self) -> Convening:
        async def population() -> int:
            return self.population

        async def send(db: AsyncSession, mandate: Mandate, sitting: Sitting, secret: str) -> str | None:
            del db, sitting
            self.sent[mandate.id] = secret
            return None

        async def send_cancelled(db: AsyncSession, mandate: Mandate, sitting: Sitting) -> None:
            del db, sitting
            self.cancelled.append(mandate.id)

        return Convening(LIBRARY, TOWN, population, send, send_cancelled)

    async def council(
        self,
        *names: str,
        rule_set: str = "fr-cgct-commune",
        seats: int = 39,
        video_clause: date | None = date(2026, 4, 1),
    ) -> Body:
        """A council whose first member presides; an account for each, ``name@mail.test``.

        Its internal rules provide for video, which does not help a council of a commune.
        """
        async with self.database.write() as db:
            session = SessionKind.COMMITTEE if rule_set == "fr-commission" else SessionKind.PLENARY
            body = await bodies.name_body(
                db, CLERK, LIBRARY, name="Conseil", rule_set=rule_set, session=session, seats=seats, at=self.clock()
            )
            if video_clause is not None:
                await bodies.record_video_clause(
                    db, CLERK, body, on=video_clause, clause="Règlement intérieur, article 7", at=self.clock()
                )
            for rank, name in enumerate(names, start=1):
                await add_person(
                    db, name=name.capitalize(), email=f"{name}@mail.test", roles={Role.COUNCILLOR}, at=self.clock()
                )
                await db.flush()
                await bodies.seat_member(db, CLERK, body, row(name, rank=rank, chair=rank == 1), self.clock())
        return body

    async def planned(self, body: Body, meets_at: datetime, **more: object) -> Sitting:
        """A sitting with one item to be voted, its note written."""
        draft = SittingDraft.model_validate({"meets_at": meets_at, "place": "Salle du conseil", **more})
        async with self.database.write() as db:
            sitting = await agenda.plan_sitting(db, CLERK, body, draft, self.clock())
            await agenda.add_item(db, CLERK, sitting, ItemDraft(title="Tarifs de la cantine", note="Pourquoi."))
        return sitting

    async def convened(self, body: Body, meets_at: datetime | None = None, **more: object) -> Sitting:
        """A sitting whose convocation has gone out."""
        sitting = await self.planned(body, meets_at or evening(20), **more)
        await self.convene(sitting)
        return await self.sitting(sitting.id)

    async def convene(self, sitting: Sitting, decided: Mapping[str, str] | None = None) -> list[Summons]:
        async with self.database.write() as db:
            found = await agenda.access_sitting(db, sitting.id, lock=True)
            return list(
                await convening.convene(db, self.convening, CLERK, found, now=self.clock(), decided=decided or {})
            )

    async def sitting(self, sitting_id: str) -> Sitting:
        async with self.database.read() as db:
            return await agenda.access_sitting(db, sitting_id)

    async def mandates(self, body: Body) -> dict[str, Mandate]:
        """Members by name."""
        async with self.database.read() as db:
            found = await bodies.members_on(db, body.id, date(2026, 5, 20))
        return {member.name.lower(): member.mandate for member in found}

    async def journal(self, sitting: Sitting) -> list[Entry]:
        async with self.database.read() as db:
            return await entries_of(db, sitting.id)


def actor(id_: str, *roles: Role) -> Actor:
    return Actor(id_, id_.capitalize(), frozenset(roles or {Role.COUNCILLOR}), f"login-{id_}")


CLERK = actor("clerk", Role.CLERK)


def row(name: str, *, rank: int = 1, chair: bool = False, **more: object) -> MemberRow:
    function = MandateFunction.CHAIR if chair else MandateFunction.MEMBER
    given = {"email": f"{name}@mail.test", "rank": rank, "function": function, "since": date(2026, 3, 22), **more}
    return MemberRow.model_validate(given)


def evening(day: int, month: int = 5) -> datetime:
    """Half past six in Paris, in summer."""
    return datetime(2026, month, day, 16, 30, tzinfo=UTC)


__all__ = ["CLERK", "LIBRARY", "TOWN", "SittingMode", "World", "actor", "evening", "row"]
