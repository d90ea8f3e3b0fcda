"""A council that sits on a running portal: its members vote over HTTP, as the script of their page does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from meetings.minutes.verification import verify
from meetings.sittings.journal import Entry, exported
from meetings.sittings.service.agenda import access_sitting
from meetings.sittings.service.journal import entries_of, heading_of, journal_key
from portal.accounts.model import Person
from portal.accounts.service import add_person
from portal.clock import utc_now
from portal.db import Database
from portal.events import EventLog
from portal.permissions import Role
from tests.clock import FixedClock
from tests.form_client import SECRET_KEY, FormClient, signed_in
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.sittings.world import TOWN, World

CONVENED = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)


@dataclass
class Council:
    """A sitting with its item called."""

    port: int
    database_url: str
    sitting_id: str
    clerk: FormClient
    members: list[FormClient]

    async def run(self, act: str, **fields: str) -> dict[str, Any]:
        """An act of the clerk. It must succeed."""
        answer = await self.clerk.act(f"/sittings/{self.sitting_id}/ballots/{act}", fields)
        assert answer["status"] == 200, answer
        return answer

    async def open(self, question: str) -> str:
        """A ballot by devices; its id."""
        return str((await self.run("open", how="devices", question=question))["ballot"])

    async def vote(self, member: FormClient, ballot: str, choice: str, *, cut: bool = False) -> str:
        """A member's own vote; the receipt."""
        fields = {"ballot": ballot, "voice": member.mandate_id, "choice": choice}
        answer = await member.act(f"/sittings/{self.sitting_id}/ballots/vote", fields, cut=cut)
        assert answer["status"] == 200, answer
        return str(answer["receipt"])

    async def finish(self, ballot: str) -> None:
        """Close and proclaim, with everybody's vote."""
        assert (await self.run("close", ballot=ballot))["closed"] is True
        await self.run("proclaim", ballot=ballot)

    def hang_up(self) -> None:
        """Close everybody's line."""
        for each in (self.clerk, *self.members):
            each.hang_up()

    async def journal(self) -> list[Entry]:
        """As it stands on disk. Raises `FaultError` for one that does not verify."""
        database = Database(self.database_url)
        try:
            async with database.read() as db:
                heading = await heading_of(db, await access_sitting(db, self.sitting_id), TOWN)
                entries = await entries_of(db, self.sitting_id)
        finally:
            await database.close()
        verify(exported(heading, entries, journal_key(SECRET_KEY)))
        return entries


async def sit(database_url: str, port: int, members: int) -> Council:
    """Convene a council of so many, open its sitting and call the first item; everybody is signed in."""
    database = Database(database_url)
    clock = FixedClock(CONVENED)
    EventLog(database, clock)
    world = World(database, clock)
    names = tuple(f"membre{number}" for number in range(members))
    hall = await hall_of(world, names=names)
    try:
        async with database.write() as db:
            who = await add_person(
                db, name="Greffe", email="greffe@mail.test", roles={Role.CLERK}, at=utc_now(), locale="fr"
            )
            await db.flush()
            clerk = signed_in(db, who, port)
            found = [await _member(db, hall, name, port) for name in names]
    finally:
        await database.close()
    return Council(port, database_url, hall.sitting_id, clerk, found)


async def _member(db: Any, hall: Hall, name: str, port: int) -> FormClient:
    person = await db.get_one(Person, hall.people[name])
    member = signed_in(db, person, port)
    member.mandate_id = hall.seats[name]
    return member
