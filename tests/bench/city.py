"""An invented city in a database, large enough to measure with."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from helpdesk.board.model import HelpRequest, PostingState, Tally
from portal.accounts.model import Via
from portal.accounts.service import add_person
from portal.accounts.service.logins import begin_login
from portal.clock import civil_date, utc_now
from portal.db import Database
from portal.events import EventLog
from portal.ids import new_id
from portal.permissions import Role
from portal.schema import migrate
from portal.town.grid import Level, Place, Square
from portal.town.model import Cell, District, GridSquare, Town, seeded_categories
from portal.town.shapes import outline

SIDE = 50
"""Squares of 200 m in a row: a city of ten kilometres by ten."""
DISTRICTS = 10
POSTS_EACH = 8
"""Below what one person may post in an hour."""
CENTRE = Place(48.99, 2.16)
WORDS = "Du pain et du lait pour la voisine du troisième, avant midi si possible, les escaliers sont raides. "


@dataclass(frozen=True)
class City:
    """What whoever measures must know of it."""

    cells: list[str]
    middles: dict[str, Place]
    posters: list[tuple[str, str]]
    """Sign-ins of people who will post: cookie and id."""

    def window(self, chance: random.Random) -> str:
        """What a map of some 3 by 2 km shows: west, south, east, north."""
        place = self.middles[chance.choice(self.cells)]
        return f"{place.lon - 0.02:.5f},{place.lat - 0.01:.5f},{place.lon + 0.02:.5f},{place.lat + 0.01:.5f}"


def posters_of(posts: int) -> int:
    """How many people so many posts need."""
    return posts // POSTS_EACH + 1


async def found_city(address: str, *, requests: int, posters: int) -> City:
    """Make the tables and fill them, the same on every database."""
    database = Database(address)
    EventLog(database, utc_now)
    await migrate(database)
    chance = random.Random(7)
    origin = Square.holding(CENTRE)
    squares = [
        Square(origin.size, origin.north + row * origin.size, origin.east + column * origin.size)
        for row in range(SIDE)
        for column in range(SIDE)
    ]
    async with database.write() as db:
        db.add(Town.found(name="Grandville", insee="95999", department="95", population=180_000, centre=CENTRE))
        categories = seeded_categories()
        codes = [category.code for category in categories]
        db.add_all(categories)
        for number in range(DISTRICTS):
            part = squares[number :: SIDE * 5][:1]
            db.add(District(id=f"d{number}", name=f"Quartier {number}", geometry=outline(part), order=number))
        db.add_all(_cell(number, square) for number, square in enumerate(squares))
        await db.flush()
        db.add_all(GridSquare(id=square.id, cell_id=square.id) for square in squares)
    await _fill(database, _requests(squares, codes, requests, chance))
    signed_in = await _people(database, posters)
    if not database.is_sqlite:
        async with database.engine.connect() as connection:
            as_it_comes = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await as_it_comes.exec_driver_sql("VACUUM ANALYZE")
    await database.close()
    return City([square.id for square in squares], {square.id: square.centre for square in squares}, signed_in)


def _cell(number: int, square: Square) -> Cell:
    return Cell(
        id=square.id,
        level=Level.SQUARE_200_M,
        district_id=f"d{number // (SIDE * SIDE // DISTRICTS)}",
        lat=square.centre.lat,
        lon=square.centre.lon,
        geometry=outline([square]),
        addresses=20,
        is_united=False,
        retired_at=None,
    )


def _requests(squares: list[Square], codes: list[str], count: int, chance: random.Random) -> list[dict[str, Any]]:
    now = utc_now()
    rows: list[dict[str, Any]] = []
    for _ in range(count):
        # Some areas hold a few, some hundreds, as in a city of houses and towers.
        number = min(int(chance.expovariate(4 / len(squares))), len(squares) - 1)
        needed_by = civil_date(now) + timedelta(days=chance.randint(1, 30)) if chance.random() < 0.4 else None
        posted_at = now - timedelta(seconds=chance.randint(60, 14 * 24 * 3600))
        rows.append(
            {
                "id": new_id(),
                "author_id": f"author-{chance.randrange(20_000)}",
                "category_id": chance.choice(codes),
                "title": "Deux sacs du marché à monter",
                "details": WORDS * chance.randint(0, 4),
                "cell_id": squares[number].id,
                "district_id": f"d{number // (len(squares) // DISTRICTS)}",
                "sealed_place": os.urandom(285),
                "posted_at": posted_at,
                "changed_at": posted_at,
                "expires_on": civil_date(now) + timedelta(days=60),
                "needed_by": needed_by,
                "version": 1,
                "state": PostingState.OPEN,
                "capacity": 1,
                "answers": 0,
                "accepted": 0,
            }
        )
    rows.sort(key=lambda row: row["posted_at"])
    return rows


async def _fill(database: Database, rows: list[dict[str, Any]]) -> None:
    tallies = Counter((row["cell_id"], row["category_id"], row["district_id"]) for row in rows)
    async with database.write() as db:
        for part in (rows[start : start + 5000] for start in range(0, len(rows), 5000)):
            await db.execute(insert(HelpRequest), part)
        counted = [
            {"kind": "help_request", "cell_id": cell, "category_id": category, "district_id": district, "open": count}
            for (cell, category, district), count in tallies.items()
        ]
        if counted:
            await db.execute(insert(Tally), counted)


async def _people(database: Database, count: int) -> list[tuple[str, str]]:
    found = []
    # Not so new that a moderator looks at what they post first.
    registered_at = utc_now() - timedelta(days=60)
    async with database.write() as db:
        for number in range(count):
            email = f"habitant{number}@grandville.example"
            person = await add_person(
                db, name=f"Habitant {number}", email=email, roles={Role.RESIDENT}, at=registered_at, locale="fr"
            )
            login = begin_login(db, person, via=Via.PASSWORD, at=utc_now(), user_agent="", is_shared=False)
            found.append((login.secret, login.id))
    return found
