"""The part of the town that a person sees first: the one that they chose, or the one that their own area lies in.

The board asks nobody where they live. A slice above that knows somebody's public area says it::

    @knows_cell
    async def cell_of(db, person_id): ...
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import BoardView
from helpdesk.board.service.ground import districts
from portal.accounts.service import erases, exports
from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.participants import Participants
from portal.town.grid import Step
from portal.town.service.area_book import AreaBook

CellOf = Callable[[AsyncSession, str], Awaitable[str]]
"""The id of a person's own public area; empty where it is not known."""

knows_cell: Participants[CellOf] = Participants()
"""Lets a function say where somebody's own area is."""


@dataclass(frozen=True)
class Neighbourhood:
    """What is near somebody. Empty words: not known, and for visitors all of them are."""

    cell: str = ""
    """Their own public area."""
    home: str = ""
    """The district that it lies in."""
    first: str = ""
    """The district that they see unless they ask for something else; empty: the whole town."""


async def neighbourhood_of(
    db: AsyncSession, person_id: str | None, book: AreaBook, names: Mapping[str, str]
) -> Neighbourhood:
    """A person's neighbourhood. `names`: the town's districts; one that is no more counts as never chosen."""
    if person_id is None:
        return Neighbourhood()
    own = book.areas([await _own_cell(db, person_id)])
    cell = next(iter(own), "")
    home = own[cell].district_id if cell and own[cell].district_id in names else ""
    chosen = await db.get(BoardView, person_id)
    is_chosen = chosen is not None and (not chosen.district_id or chosen.district_id in names)
    return Neighbourhood(cell, home, chosen.district_id if chosen is not None and is_chosen else home)


def distances(book: AreaBook, cell: str, shown: Iterable[str]) -> dict[str, Step]:
    """How far areas are from one's own: those shown, and all that are not simply further."""
    here = book.areas([cell]).get(cell)
    if here is None:
        return {}
    others = book.areas(book.around(cell) | book.wide | frozenset(shown))
    return {id_: area.step_seen_from(here) for id_, area in others.items()}


def within(book: AreaBook, cell: str, most: Step) -> frozenset[str]:
    """Ids of the areas that are at most so far from one, itself among them. `most` is under a kilometre at most."""
    return frozenset(id_ for id_, far in distances(book, cell, ()).items() if far <= most)


async def choose_view(db: AsyncSession, person_id: str, district_id: str, at: datetime) -> None:
    """From now on they see this district first, or the whole town for an empty id. Raises `InvalidInput`."""
    if district_id and district_id not in await districts(db):
        raise InvalidInput(fields={"district": lazy("Please choose one of the answers offered.")})
    insert = postgresql_insert if db.get_bind().dialect.name == "postgresql" else sqlite_insert
    choice = {"district_id": district_id, "chosen_at": at}
    row = insert(BoardView).values(person_id=person_id, **choice)
    await db.execute(row.on_conflict_do_update(index_elements=[BoardView.person_id], set_=choice))


@exports("board_view")
async def my_view(db: AsyncSession, person_id: str) -> list[dict[str, str]]:
    """The part of the town that one chose to see first."""
    found = await db.get(BoardView, person_id)
    return [{"district": found.district_id, "chosen_at": found.chosen_at.isoformat()}] if found is not None else []


@erases
async def forget_view(db: AsyncSession, person_id: str, at: datetime) -> None:
    """It goes with the account."""
    del at
    await db.execute(delete(BoardView).where(BoardView.person_id == person_id))


async def _own_cell(db: AsyncSession, person_id: str) -> str:
    for cell_of in knows_cell:
        if found := await cell_of(db, person_id):
            return found
    return ""
