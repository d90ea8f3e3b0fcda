"""A council that sits on a running portal: its members vote over HTTP, as the script of their page does."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from meetings.minutes.verification import verify
from meetings.sittings.journal import Entry, exported
from meetings.sittings.service.agenda import access_sitting
from meetings.sittings.service.journal import entries_of, heading_of, journal_key
from portal.accounts.model import Person, Via
from portal.accounts.service import add_person
from portal.accounts.service.logins import begin_login
from portal.clock import utc_now
from portal.db import Database
from portal.events import EventLog
from portal.pages import LOGIN_COOKIE, VISIT_COOKIE
from portal.permissions import Role
from portal.security import form_token
from tests.clock import FixedClock
from tests.meetings.ballots.hall import Hall, hall_of
from tests.meetings.sittings.world import TOWN, World

SECRET_KEY = "not a secret: a key for tests and benches"
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 2.0
"""Between two attempts, as the script of a member's page has them."""
ANSWER_PATIENCE_S = 10.0
CONVENED = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
SERVER_FAULT = 500
TOO_MANY = 429
VISIT = "visit-of-a-member"


class NoAnswer(Exception):
    """The line was lost, or the portal is being started again."""


@dataclass
class Browser:
    """Somebody's browser, as far as posting forms goes."""

    port: int
    cookie: str
    token: str
    mandate_id: str = ""
    _line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def act(self, path: str, fields: Mapping[str, str], *, cut: bool = False) -> dict[str, Any]:
        """Carry out one act, sent again with the same id until it is answered; `cut` loses the first line."""
        command = {**fields, "csrf_token": self.token, "command_id": secrets.token_hex(8)}
        pause = FIRST_PAUSE_S
        while True:
            try:
                async with asyncio.timeout(ANSWER_PATIENCE_S):
                    return await self._post(path, urlencode(command), cut=cut)
            except (NoAnswer, OSError, EOFError, TimeoutError):
                self.hang_up()
            cut = False
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    async def _post(self, path: str, body: str, *, cut: bool) -> dict[str, Any]:
        if self._line is None:
            self._line = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self._line
        head = (
            f"POST {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            f"Origin: http://127.0.0.1:{self.port}",
            f"Cookie: {self.cookie}",
            "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        )
        writer.write(("\r\n".join((*head, "", "")) + body).encode())
        if cut:
            await writer.drain()
            raise NoAnswer
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        status = int(answer[0].split()[1])
        headers = dict(line.lower().split(": ", 1) for line in answer[1:] if ": " in line)
        content = await reader.readexactly(int(headers["content-length"]))
        if status >= SERVER_FAULT or status == TOO_MANY:
            raise NoAnswer
        return {"status": status, **json.loads(content)}

    def hang_up(self) -> None:
        """Lose the line."""
        if self._line is not None:
            self._line[1].transport.abort()
            self._line[1].close()
            self._line = None


@dataclass
class Council:
    """A sitting with its item called."""

    port: int
    database_url: str
    sitting_id: str
    clerk: Browser
    members: list[Browser]

    async def run(self, act: str, **fields: str) -> dict[str, Any]:
        """An act of the clerk. It must succeed."""
        answer = await self.clerk.act(f"/sittings/{self.sitting_id}/ballots/{act}", fields)
        assert answer["status"] == 200, answer
        return answer

    async def open(self, question: str) -> str:
        """A ballot by devices; its id."""
        return str((await self.run("open", how="devices", question=question))["ballot"])

    async def vote(self, member: Browser, ballot: str, choice: str, *, cut: bool = False) -> str:
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
        for browser in (self.clerk, *self.members):
            browser.hang_up()

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
            clerk = _signed_in(begin(db, who), port)
            found = [await _member(db, hall, name, port) for name in names]
    finally:
        await database.close()
    return Council(port, database_url, hall.sitting_id, clerk, found)


def begin(db: Any, person: Person) -> Any:
    """A sign-in that lasts for the test."""
    return begin_login(db, person, via=Via.PASSWORD, at=utc_now(), user_agent="", is_shared=False)


async def _member(db: Any, hall: Hall, name: str, port: int) -> Browser:
    person = await db.get_one(Person, hall.people[name])
    browser = _signed_in(begin(db, person), port)
    browser.mandate_id = hall.seats[name]
    return browser


def _signed_in(login: Any, port: int) -> Browser:
    cookie = f"{LOGIN_COOKIE}={login.secret}; {VISIT_COOKIE}={VISIT}"
    return Browser(port, cookie, form_token(SECRET_KEY, VISIT, login.id))
