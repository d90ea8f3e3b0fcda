"""The world of the board's tests: a town of squares, people, drafts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model.draft import Draft, Where
from helpdesk.board.place import ExactPlace, PublicPlace
from helpdesk.board.service.board import Board
from helpdesk.board.service.ground import Found, Ground
from portal.db import Database
from portal.errors import InvalidInput
from portal.events import Event, EventLog
from portal.permissions import Actor, Role
from tests.clock import FixedClock


class SquareGround(Ground):
    """A town of squares of a hundredth of a degree."""

    async def category_ids(self, db: AsyncSession) -> frozenset[str]:
        return frozenset({"groceries", "company"})

    async def find(self, db: AsyncSession, where: Where) -> Found:
        if where.address_id is not None:
            raise InvalidInput(fields={"address_id": "unknown"})
        assert where.longitude is not None
        assert where.latitude is not None
        cell = f"{int(where.longitude * 100)}:{int(where.latitude * 100)}"
        return Found(ExactPlace(where.longitude, where.latitude, ""), cell, "centre")

    async def public_places(self, db: AsyncSession, cell_ids: Iterable[str]) -> Mapping[str, PublicPlace]:
        return {}


@dataclass
class World:
    """What a test touches."""

    database: Database
    log: EventLog
    clock: FixedClock
    board: Board

    async def events(self) -> list[Event]:
        return list(await self.log.after("board", 0, 1000))


def person(name: str, *roles: Role) -> Actor:
    return Actor(name, name.capitalize(), frozenset(roles or {Role.RESIDENT}), f"login-{name}")


def a_draft(
    title: str = "Two bags from the market",
    *,
    category_id: str = "groceries",
    longitude: float = 2.1601,
    latitude: float = 48.9901,
    by: date | None = None,
    capacity: int = 1,
    details: str = "",
) -> Draft:
    return Draft(
        category_id=category_id,
        title=title,
        details=details,
        longitude=longitude,
        latitude=latitude,
        by=by,
        capacity=capacity,
    )
