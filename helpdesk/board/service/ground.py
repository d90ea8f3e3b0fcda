"""The town as the board needs it: its categories and districts, where a draft stands, and the public area of that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import Where
from helpdesk.board.place import ExactPlace
from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.town.grid import OutsideTown, Place, Square
from portal.town.model import Address, Category, Cell, District, GridSquare, PublicArea, Street


@dataclass(frozen=True)
class Found:
    """Where a draft stands: the exact place, and the cell and district it lies in."""

    place: ExactPlace
    cell_id: str
    district_id: str


async def categories(db: AsyncSession) -> Mapping[str, Category]:
    """The categories that the town has on the board, by code, in the town's order."""
    found = await db.scalars(select(Category).where(Category.active).order_by(Category.order))
    return {category.code: category for category in found}


async def districts(db: AsyncSession) -> Mapping[str, str]:
    """Names of the town's districts, by id, in the town's order."""
    rows = await db.execute(select(District.id, District.name).order_by(District.order))
    return {row.id: row.name for row in rows}


async def areas(db: AsyncSession, cell_ids: Iterable[str]) -> Mapping[str, PublicArea]:
    """The public areas of some cells, by id, also of those that were replaced since; one query."""
    wanted = set(cell_ids)
    if not wanted:
        return {}
    return {cell.id: cell.public() for cell in await db.scalars(select(Cell).where(Cell.id.in_(wanted)))}


async def find(db: AsyncSession, where: Where) -> Found:
    """The place of a draft. Raises `InvalidInput` for an address that the town does not know or a point outside."""
    exact = await _exact(db, where)
    square = Square.holding(Place(exact.latitude, exact.longitude))
    query = select(Cell.id, Cell.district_id).join(GridSquare, GridSquare.cell_id == Cell.id)
    found = (await db.execute(query.where(GridSquare.id == square.id))).first()
    if found is None:
        raise OutsideTown(fields={"place": lazy("This place is outside the town.")})
    return Found(exact, found.id, found.district_id)


async def _exact(db: AsyncSession, where: Where) -> ExactPlace:
    if where.address_id is None:
        assert where.longitude is not None  # noqa: S101 - Where holds a whole point or an address
        assert where.latitude is not None  # noqa: S101 - as above
        return ExactPlace(where.longitude, where.latitude, "")
    query = select(Address, Street).join(Street, Street.id == Address.street_id).where(Address.id == where.address_id)
    found = (await db.execute(query)).first()
    if found is None:
        raise InvalidInput(fields={"address_id": lazy("The town's address file does not hold this address.")})
    address, street = found
    number = f"{address.number}{address.repetition}".strip()
    return ExactPlace(address.lon, address.lat, f"{number} {street.name}, {street.postcode} {street.commune}")


@dataclass(frozen=True)
class AddressFound:
    """An address of the town's file, as a person chooses it."""

    id: str
    label: str


async def search_addresses(db: AsyncSession, text: str) -> list[AddressFound]:
    """Addresses that fit what somebody typed, best first."""
    raise NotImplementedError
