"""The town's addresses: imported from its file, found as one types, found from a point. None leaves this server."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.audit import audit
from portal.clock import Clock, utc_now
from portal.db import Database
from portal.errors import Conflict, InvalidInput
from portal.events import DomainEvent, record
from portal.i18n import _, lazy
from portal.permissions import Actor, require
from portal.town.ban import BanFile, read_ban
from portal.town.grid import Place, Square
from portal.town.model import Address, Street, Town
from portal.town.service.areas import repartition
from portal.town.service.permissions import CONFIGURE_TOWN
from portal.town.wording import Query, readings, searchable, words_of, written_out

LIMIT = 10
"""Answers to one search."""
_STREETS = 60
_CHUNK = 4000
_RADII_M = (100, 400, 1600, 6400)
"""Half sides of the boxes searched around a point."""
METRES_PER_DEGREE = 111_000


@dataclass(frozen=True)
class Suggestion:
    """An answer while somebody types: an address, or a street that still wants its number."""

    label: str
    address_id: str | None
    place: Place | None


async def import_file(database: Database, path: Path, clock: Clock = utc_now) -> int:
    """Replace the town's addresses by those of a file, at the keyboard. Returns how many there are now."""
    with path.open("rb") as content:
        found = await import_addresses(database, content, at_keyboard=True, actor=None, clock=clock)
    return len(found.addresses)


async def import_addresses(
    database: Database,
    content: bytes | IO[bytes],
    *,
    actor: Actor | None,
    clock: Clock,
    at_keyboard: bool = False,
) -> BanFile:
    """Replace the town's addresses and compute its public areas, all or nothing.

    Raises `BadAddressFile` with the lines that are wrong. `at_keyboard`: asked for by whoever runs this machine.
    """
    if not at_keyboard:
        require(actor, CONFIGURE_TOWN)
    async with database.read() as db:
        insee = await db.scalar(select(Town.insee))
    if insee is None:
        raise Conflict(_("The town has to be set up first."))
    found = await asyncio.to_thread(read_ban, content, insee)
    streets, addresses = await asyncio.to_thread(_rows, found)
    async with database.write() as db:
        # The lock on the town's row keeps two imports apart.
        town = (await db.scalars(select(Town).with_for_update())).one()
        await replace_addresses(db, streets, addresses)
        await repartition(db, town, clock())
        town.version += 1
        who = actor.account_id if actor else None
        audit(
            db,
            at=clock(),
            act="town.addresses_imported",
            actor_id=who,
            subject_id="town",
            detail=str(len(found.addresses)),
        )
        record(db, DomainEvent("town", "town.addresses_imported", "town", town.version, ("addresses",), who))
    return found


Rows = list[dict[str, object]]


async def replace_addresses(db: AsyncSession, streets: Rows, addresses: Rows) -> None:
    """Put these streets and addresses in the place of all others."""
    await db.execute(delete(Address))
    await db.execute(delete(Street))
    for table, rows in ((Street, streets), (Address, addresses)):
        for start in range(0, len(rows), _CHUNK):
            await db.execute(insert(table), rows[start : start + _CHUNK])


def _rows(found: BanFile) -> tuple[Rows, Rows]:
    streets: dict[tuple[str, str, str], int] = {}
    addresses: Rows = []
    for item in found.addresses:
        key = (item.street, item.postcode, item.commune)
        street_id = streets.setdefault(key, len(streets) + 1)
        addresses.append(
            {
                "id": item.id,
                "street_id": street_id,
                "number": item.number,
                "repetition": item.repetition,
                "lat": item.lat,
                "lon": item.lon,
                "square": Square.holding(Place(item.lat, item.lon)).id,
            }
        )
    return [_street_row(key, street_id) for key, street_id in streets.items()], addresses


def _street_row(key: tuple[str, str, str], street_id: int) -> dict[str, object]:
    name, postcode, commune = key
    found = searchable(name, postcode, commune)[:300]
    return {"id": street_id, "name": name, "postcode": postcode, "commune": commune, "search": found}


def label_of(address: Address, street: Street) -> str:
    """How an address is written: ``12 bis Rue des Lilas, 95220 Herblay``."""
    number = f"{address.number} {address.repetition}".strip()
    return f"{number} {street.name}, {street.postcode} {street.commune}"


async def search_addresses(db: AsyncSession, text: str, limit: int = LIMIT) -> list[Suggestion]:
    """Addresses and streets that fit what somebody has typed so far, the best first; two or three small queries."""
    found: dict[str, Suggestion] = {}
    for query in readings(text[:200]):
        streets = await _streets(db, query)
        if query.number is None:
            suggestions = [Suggestion(_street_label(street), None, None) for street in streets]
        else:
            suggestions = await _numbered(db, query, streets)
        found |= {item.label: item for item in suggestions if item.label not in found}
        if len(found) >= limit:
            break
    return list(found.values())[:limit] or await _without_number(db, text, limit)


async def _without_number(db: AsyncSession, text: str, limit: int) -> list[Suggestion]:
    """The streets alone, where the number typed is not in the file."""
    for query in readings(text[:200]):
        if query.number is not None and (streets := await _streets(db, query)):
            return [Suggestion(_street_label(street), None, None) for street in streets[:limit]]
    return []


def _street_label(street: Street) -> str:
    return f"{street.name}, {street.postcode} {street.commune}"


async def _streets(db: AsyncSession, query: Query) -> list[Street]:
    """Streets in which every word begins a word, those with whole words first, then the shorter ones."""
    statement = select(Street).order_by(func.length(Street.search), Street.id).limit(_STREETS)
    for word in query.words:
        # Words are letters and digits only: nothing in them is a wildcard.
        forms = {word, written_out(word)}
        statement = statement.where(or_(*(Street.search.like(f"% {form}%") for form in sorted(forms))))
    streets = (await db.scalars(statement)).all()
    return sorted(streets, key=lambda street: -_whole_words(query.words, street.search))


def _whole_words(words: Iterable[str], search: str) -> int:
    there = set(search.split())
    return sum(word in there or written_out(word) in there for word in words)


async def _numbered(db: AsyncSession, query: Query, streets: list[Street]) -> list[Suggestion]:
    by_id = {street.id: street for street in streets}
    rank = {street.id: index for index, street in enumerate(streets)}
    statement = select(Address).where(Address.street_id.in_(by_id), Address.number == query.number)
    if query.repetition:
        statement = statement.where(Address.repetition.like(f"{query.repetition}%"))
    addresses = sorted(await db.scalars(statement), key=lambda item: (rank[item.street_id], item.repetition))
    return [Suggestion(label_of(item, by_id[item.street_id]), item.id, item.place) for item in addresses]


async def access_address(db: AsyncSession, address_id: str) -> tuple[Address, str]:
    """An address of the town with how it is written. Raises `InvalidInput`: the file may have changed since."""
    statement = select(Address, Street).join(Street, Street.id == Address.street_id).where(Address.id == address_id)
    row = (await db.execute(statement)).first()
    if row is None:
        raise InvalidInput(fields={"address": lazy("Please choose one of the addresses that are shown.")})
    address, street = row
    return address, label_of(address, street)


async def nearest_address(db: AsyncSession, place: Place) -> tuple[Address, str] | None:
    """The address nearest to a point, with how it is written; none within some kilometres."""
    for metres in _RADII_M:
        up = metres / METRES_PER_DEGREE
        right = up / max(0.1, math.cos(math.radians(place.lat)))
        box = (
            Address.lat.between(place.lat - up, place.lat + up),
            Address.lon.between(place.lon - right, place.lon + right),
        )
        found = (await db.scalars(select(Address).where(*box))).all()
        nearest = min(found, key=lambda address: place.metres_to(address.place), default=None)
        # Beyond the circle inside the box, an address outside the box may be nearer.
        if nearest is not None and place.metres_to(nearest.place) <= metres:
            return await access_address(db, nearest.id)
    return None


def fits(text: str) -> bool:
    """Whether there is enough in a typed text to search for."""
    return sum(len(word) for word in words_of(text)) >= 2
