"""The world of the board's tests: a small town, people, drafts."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from helpdesk.board.model.draft import Draft
from helpdesk.board.service.board import Board
from helpdesk.matching.service.engagements import Matching
from portal.db import Database
from portal.events import Event, EventLog
from portal.permissions import Actor, Role
from portal.town.grid import Level, Place, Square
from portal.town.model import Address, Cell, District, GridSquare, Street, seeded_categories
from portal.town.shapes import outline
from tests.clock import FixedClock


@dataclass
class World:
    """What a test touches."""

    database: Database
    log: EventLog
    clock: FixedClock
    board: Board
    matching: Matching = field(init=False)

    def __post_init__(self) -> None:
        self.matching = Matching(self.board, is_guarded=False)

    async def events(self) -> list[Event]:
        return list(await self.log.after("board", 0, 1000))


def person(name: str, *roles: Role) -> Actor:
    return Actor(name, name.capitalize(), frozenset(roles or {Role.RESIDENT}), f"login-{name}")


HOME_SQUARE = Square.holding(Place(48.9901, 2.1601))
NEXT_SQUARE = Square(HOME_SQUARE.size, HOME_SQUARE.north + HOME_SQUARE.size, HOME_SQUARE.east)
HOME = HOME_SQUARE.centre
NEXT_DOOR = Place(HOME.lat + 0.0004, HOME.lon + 0.0005)
"""Another point of the same cell."""
FURTHER = NEXT_SQUARE.centre
"""A point of the next cell."""
OUTSIDE = Place(48.9, 2.1601)


async def found_town(database: Database) -> None:
    """A town of two cells in one district, with one address."""
    async with database.write() as db:
        db.add_all(seeded_categories())
        db.add(District(id="centre", name="Centre", geometry=outline([HOME_SQUARE, NEXT_SQUARE]), order=1))
        for square in (HOME_SQUARE, NEXT_SQUARE):
            db.add(_cell(square))
        db.add(Street(id=1, name="Rue des Lilas", postcode="95000", commune="Essai", search=" rue des lilas"))
        await db.flush()
        db.add_all(GridSquare(id=square.id, cell_id=square.id) for square in (HOME_SQUARE, NEXT_SQUARE))
        db.add(
            Address(
                id="95000_0001_00012",
                street_id=1,
                number=12,
                repetition="",
                lat=HOME.lat,
                lon=HOME.lon,
                square=HOME_SQUARE.id,
            )
        )


def _cell(square: Square) -> Cell:
    return Cell(
        id=square.id,
        level=Level.SQUARE_200_M,
        district_id="centre",
        lat=square.centre.lat,
        lon=square.centre.lon,
        geometry=outline([square]),
        addresses=11,
        is_united=False,
        retired_at=None,
    )


def a_draft(
    title: str = "Two bags from the market",
    *,
    category_id: str = "groceries",
    at: Place = HOME,
    by: date | None = None,
    capacity: int = 1,
    details: str = "",
) -> Draft:
    return Draft(
        category_id=category_id,
        title=title,
        details=details,
        longitude=at.lon,
        latitude=at.lat,
        by=by,
        capacity=capacity,
    )
