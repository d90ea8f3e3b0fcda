"""Public areas in the database: computed when addresses or districts change, looked up by everything else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.errors import Unavailable
from portal.town import shapes
from portal.town.grid import Level, OutsideTown, Place, Square, from_laea
from portal.town.model import Address, Cell, District, GridSquare, PublicArea, Town
from portal.town.partition import Area, Ground, divide, ground_of
from portal.town.service.area_book import area_book
from portal.town.service.kept import town_changes


async def public_area_of(db: AsyncSession, lat: float, lon: float) -> PublicArea:
    """What others may know of a place: the same for every place in it. One query.

    Raises `InvalidInput` for what is no point on Earth, `OutsideTown` for one far from every address of the town.
    """
    square = Square.holding(Place(lat, lon))
    found = await db.scalar(
        select(Cell).join(GridSquare, GridSquare.cell_id == Cell.id).where(GridSquare.id == square.id)
    )
    if found is not None:
        return found.public()
    if await db.scalar(select(GridSquare.id).limit(1)) is not None:
        raise OutsideTown
    whole = await db.scalar(select(Cell).where(Cell.retired_at.is_(None)).limit(1))
    if whole is None:
        raise Unavailable
    return whole.public()


async def public_areas(db: AsyncSession, cell_ids: Iterable[str]) -> dict[str, PublicArea]:
    """Areas by id, those included that a later address file replaced. One small query."""
    return (await area_book(db)).areas(set(cell_ids))


async def current_areas(db: AsyncSession) -> list[PublicArea]:
    """Every area that places are shown as at present, by id."""
    found = await db.scalars(select(Cell).where(Cell.retired_at.is_(None)).order_by(Cell.id))
    return [cell.public() for cell in found]


def whole_town(town: Town) -> Cell:
    """The one area of a town that has no address file yet."""
    return Cell(
        id=f"commune-{town.insee}",
        level=Level.TOWN,
        district_id="",
        lat=town.lat,
        lon=town.lon,
        geometry={"type": "MultiPolygon", "coordinates": []},
        addresses=0,
        is_united=False,
        retired_at=None,
    )


async def repartition(db: AsyncSession, town: Town, at: datetime) -> None:
    """Compute the areas anew from the addresses and districts as this transaction sees them.

    An area whose squares stay the same keeps its row; one that is no more is retired.
    """
    town_changes(db)
    cells = {cell.id: cell for cell in await db.scalars(select(Cell))}
    districts = (await db.scalars(select(District).order_by(District.order))).all()
    counted = await db.execute(select(Address.square, func.count()).group_by(Address.square))
    counts = {Square.parse(code): count for code, count in counted}
    previous = await _previous(db, cells)
    drawn = await asyncio.to_thread(_draw, town.insee, counts, list(districts), previous, frozenset(cells))
    if drawn:
        await _store(db, cells, drawn, at)
    elif shape := _together(districts):
        for cell in cells.values():
            cell.geometry = shape


async def _previous(db: AsyncSession, cells: Mapping[str, Cell]) -> list[Area]:
    squares: dict[str, set[Square]] = {}
    for row in await db.scalars(select(GridSquare)):
        squares.setdefault(row.cell_id, set()).add(row.square)
    return [
        Area(cell_id, Level(cells[cell_id].level), frozenset(found), cells[cell_id].is_united)
        for cell_id, found in sorted(squares.items())
    ]


@dataclass(frozen=True)
class _Drawn:
    """An area with what is stored of it beside its squares."""

    area: Area
    addresses: int
    district_id: str
    middle: Place
    geometry: shapes.Geometry


def _draw(
    insee: str,
    counts: Mapping[Square, int],
    districts: Sequence[District],
    previous: Sequence[Area],
    taken: frozenset[str],
) -> list[_Drawn]:
    bare = ground_of(counts, {}, insee)
    ground = Ground(counts, _districts_of(bare.squares, districts), bare.squares, insee)
    return [_drawn(ground, area, districts) for area in divide(ground, previous, taken)]


def _districts_of(squares: Iterable[Square], districts: Sequence[District]) -> dict[Square, str]:
    found = {}
    for square in squares:
        centre = square.centre
        holder = next((district.id for district in districts if district.holds(centre)), None)
        if holder is not None:
            found[square] = holder
    return found


def _drawn(ground: Ground, area: Area, districts: Sequence[District]) -> _Drawn:
    if area.level <= Level.SQUARE_1_KM:
        cell = Square.parse(area.base)
        # Squares that belong to it only because nobody lives there are not painted.
        painted = [square for square in area.squares if square.within(cell.size) == cell]
        geometry, middle = shapes.outline(painted), _middle(painted)
    else:
        own = [district for district in districts if area.base == f"district-{district.id}"]
        geometry = _together(own or districts) or shapes.outline(_inhabited(ground, area))
        middle = shapes.middle([geometry]) or _middle(area.squares)
    return _Drawn(area, ground.count(area.squares), _district_of(ground, area), middle, geometry)


def _district_of(ground: Ground, area: Area) -> str:
    """The district of most of an area's addresses; none for what is spread over the town."""
    if area.level is Level.TOWN:
        return ""
    votes = Counter[str]()
    for square in area.squares:
        if square in ground.districts:
            votes[ground.districts[square]] += ground.addresses.get(square, 0)
    return min(votes, key=lambda district: (-votes[district], district), default="")


def _together(districts: Sequence[District]) -> shapes.Geometry | None:
    polygons = [polygon for district in districts for polygon in district.geometry["coordinates"]]
    return {"type": "MultiPolygon", "coordinates": polygons} if polygons else None


def _inhabited(ground: Ground, area: Area) -> list[Square]:
    """The area's squares that share a square of 1 km with an address of it."""
    kilometres = {square.within(Level.SQUARE_1_KM) for square in area.squares if square in ground.addresses}
    return [square for square in area.squares if square.within(Level.SQUARE_1_KM) in kilometres]


def _middle(squares: Iterable[Square]) -> Place:
    corners = [(square.east + square.size / 2, square.north + square.size / 2) for square in squares]
    east, north = (sum(axis) / len(corners) for axis in zip(*corners, strict=True))
    lat, lon = from_laea(east, north)
    return Place(round(lat, 6), round(lon, 6))


async def _store(db: AsyncSession, cells: Mapping[str, Cell], drawn: Sequence[_Drawn], at: datetime) -> None:
    kept = {item.area.id for item in drawn}
    await db.execute(delete(GridSquare))
    for cell in cells.values():
        if cell.id not in kept and cell.retired_at is None:
            cell.retired_at = at
    for item in drawn:
        cell = cells.get(item.area.id) or Cell(id=item.area.id, level=item.area.level, retired_at=None)
        cell.is_united, cell.addresses, cell.district_id = item.area.is_united, item.addresses, item.district_id
        cell.lat, cell.lon, cell.geometry = item.middle.lat, item.middle.lon, item.geometry
        db.add(cell)
    await db.flush()
    rows = [{"id": square.id, "cell_id": item.area.id} for item in drawn for square in sorted(item.area.squares)]
    await db.execute(insert(GridSquare), rows)
