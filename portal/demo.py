"""The demo: an invented town with its people, rooms and requests, so that a newcomer sees the portal alive.

A file in the data directory says how far it has come. A start that was killed half-way begins the invention anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from helpdesk.matching.service.demo import add_demo_help
from meetings.rooms.service.demo import add_demo_room
from meetings.sittings.service.demo import add_demo_council
from portal.accounts.service.demo import DEMO_PEOPLE, demo_people
from portal.accounts.service.passwords import Passwords, demo_password, town_hasher
from portal.clock import utc_now
from portal.db import Database
from portal.schema import migrate
from portal.settings import SettingError, Settings
from portal.town.service import current_town
from portal.town.service.demo import found_demo_town

MARK = "demo"
READY = "ready"


@dataclass(frozen=True)
class SignIn:
    """A demo person as the start prints them."""

    email: str
    roles: str


def is_demo(data: Path) -> bool:
    """Whether a data directory holds a demo, or nothing yet: then it becomes one."""
    return (data / MARK).exists() or not (data / "parvis.db").exists()


def sign_ins() -> list[SignIn]:
    """Who can sign in, and as what."""
    return [SignIn(person.email, ", ".join(role.value for role in person.roles)) for person in DEMO_PEOPLE]


def password(settings: Settings) -> str:
    """The one password of everybody in this demo."""
    return demo_password(settings.secret_key)


def begin_anew(settings: Settings) -> None:
    """Before the database is opened: forget an invention that did not come to its end.

    Raises `SettingError` for a database that somebody else filled: it is never taken for such an invention.
    """
    mark = settings.data / MARK
    if not is_demo(settings.data):
        raise SettingError(f"PARVIS_DEMO invents a town in an empty folder; {settings.data} holds a town already.")
    if mark.exists() and mark.read_text() != READY:
        for leftover in settings.data.glob("parvis.db*"):
            leftover.unlink()
    if not mark.exists():
        mark.touch()


async def invent(database: Database, settings: Settings, begun: Callable[[], None] = lambda: None) -> None:
    """Bring the schema up to date and fill it, once; `begun` is called when there is something to invent."""
    await migrate(database)
    mark = settings.data / MARK
    if mark.read_text() == READY:
        return
    begun()
    await found_demo_town(database, utc_now)
    passwords = Passwords(town_hasher())
    now = utc_now()
    async with database.write() as db:
        people = await demo_people(db, passwords, secret_key=settings.secret_key, at=now)
    passwords.close()
    ids = {mailbox: person.id for mailbox, person in people.items()}
    await add_demo_help(database, settings.secret_key, ids, now)
    await add_demo_room(database, ids, now)
    async with database.read() as db:
        town = await current_town(db)
    population = town.population if town else 0
    await add_demo_council(database, ids, host=settings.host, population=population, now=now)
    mark.write_text(READY)
