"""A portal in which a body meets: its members have accounts, its mail arrives, and days pass when the test says so."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, Page, ViewportSize
from sqlalchemy import select

from meetings.rules import load_sets
from meetings.sittings.model import MandateFunction, SessionKind, Sitting, SittingMode
from meetings.sittings.service import agenda, bodies
from meetings.sittings.service.agenda import ItemDraft, SittingDraft
from meetings.sittings.service.convening import Convening, convene
from meetings.sittings.service.members_file import MemberRow
from portal.accounts.model import Person
from portal.accounts.service import add_person
from portal.clock import civil_date, utc_now
from portal.db import Database
from portal.events import EventLog
from portal.ids import new_id
from portal.pages import LOGIN_COOKIE
from portal.permissions import Actor, Role
from portal.schema import load_models
from tests.browser.portal_process import DOMAIN, ROOT, PortalProcess, demo_portal
from tests.form_client import SECRET_KEY, FormClient, signed_in
from tests.free_ports import find_free_port
from tests.inbox import Inbox, mail_server

PATIENCE_S = 30.0
LINK = re.compile(r"/summons/[\w-]+")
FIRST_NAMES = ("Alice", "Bruno", "Chloé", "Denis", "Emma", "Fadila", "Georges", "Inès", "Jean", "Khadija")
LAST_NAMES = ("Arnaud", "Benali", "Carpentier", "Dubreuil")
CLERK = f"greffe@{DOMAIN}"
HOST = "localhost"
"""The portal's name on the network, which its journals bear."""
LATER = Path(__file__).parent / "later"


@dataclass
class Town:
    """A portal with its mail."""

    portal: PortalProcess
    inbox: Inbox
    ahead: Path

    @property
    def now(self) -> datetime:
        """The instant as the portal has it."""
        return utc_now() + timedelta(seconds=float(self.ahead.read_text()))

    def let_pass(self, span: timedelta) -> None:
        """It is so much later."""
        whole = self.ahead.with_suffix(".new")
        whole.write_text(str(float(self.ahead.read_text()) + span.total_seconds()))
        whole.replace(self.ahead)

    async def link_to(self, address: str) -> str:
        """The path of the convocation in somebody's mail, once it has come."""
        deadline = time.monotonic() + PATIENCE_S
        while (mail := self.inbox.last_to(address)) is None:
            assert time.monotonic() < deadline, f"no mail to {address}"
            await asyncio.sleep(0.1)
        body = mail.get_body(("plain",))
        found = LINK.search(body.get_content() if body else "")
        assert found is not None, f"no link for {address}"
        return found[0]

    @asynccontextmanager
    async def database(self) -> AsyncIterator[Database]:
        """The portal's own, for what no page is made for."""
        load_models()
        database = Database(f"sqlite+aiosqlite:///{self.portal.data / 'parvis.db'}")
        EventLog(database, lambda: self.now)
        try:
            yield database
        finally:
            await database.close()


@asynccontextmanager
async def town_with_mail(folder: Path) -> AsyncIterator[Town]:
    """The demo town, whose mail goes to a server of the test's own."""
    port, ahead = find_free_port(), folder / "later"
    ahead.write_text("0")
    settings = {
        "PARVIS_SECRET_KEY": SECRET_KEY,
        "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{port}",
        "PYTHONPATH": f"{LATER}:{ROOT}",
        "LATER_BY_SECONDS": str(ahead),
    }
    with mail_server(port) as inbox:
        async with demo_portal(folder, settings=settings) as portal:
            yield Town(portal, inbox, ahead)


@dataclass(frozen=True)
class Plan:
    """What is to meet, and for what."""

    body: str
    rule_set: str
    mode: SittingMode
    members: int
    titles: tuple[str, ...]
    place: str


@dataclass
class Assembly:
    """A planned sitting; members are numbers from 1, who presides."""

    town: Town
    sitting_id: str
    body_id: str
    names: list[str]
    addresses: list[str]
    clients: list[FormClient] = field(default_factory=list)
    """Members' browsers, as far as posting forms goes; there once they have signed in."""
    staff: list[FormClient] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The public page; the other screens are below it."""
        return f"/sittings/{self.sitting_id}"

    @property
    def clerk(self) -> FormClient:
        """The clerk's other browser."""
        return self.staff[0]

    def name(self, number: int) -> str:
        """A member's."""
        return self.names[number - 1]

    def client(self, number: int) -> FormClient:
        """A member's other browser."""
        return self.clients[number - 1]

    async def sign_in(self) -> None:
        """Everybody signs in, on the day."""
        town, port = self.town, self.town.portal.port
        async with town.database() as database, database.write() as db:
            accounts = await db.scalars(select(Person).where(Person.email.in_([*self.addresses, CLERK])))
            people = {person.email: person for person in accounts}
            self.staff = [signed_in(db, people[CLERK], port, town.now)]
            self.clients = [signed_in(db, people[address], port, town.now) for address in self.addresses]
            members = await bodies.members_on(db, self.body_id, civil_date(town.now))
            for client, member in zip(self.clients, members, strict=True):
                client.mandate_id = member.mandate.id

    async def act(self, who: FormClient, act: str, **fields: str) -> dict[str, object]:
        """Carry out one act, which must be allowed."""
        answer = await who.act(f"{self.path}/{act}", fields)
        assert answer["status"] == 200, answer
        return answer

    async def arrive(self, *numbers: int, place: str = "hall") -> None:
        """The clerk, or an auxiliary in another room, sees these members."""
        for number in numbers:
            await self.act(self.clerk, "attendance/arrive", member=self.client(number).mandate_id, place=place)

    async def ask(self, kind: str, *numbers: int) -> None:
        """Members ask for a kind of ballot, each on their own device."""
        for number in numbers:
            await self.act(self.client(number), "ballots/ask", kind=kind)

    async def vote(self, ballot: str, choices: dict[int, str]) -> None:
        """Members vote on their own devices."""
        for number, choice in choices.items():
            voter = self.client(number)
            await self.act(voter, "ballots/vote", ballot=ballot, voice=voter.mandate_id, choice=choice)

    async def page(self, browser: Browser, number: int, size: ViewportSize | None = None) -> Page:
        """A member's own browser, signed in."""
        page = await self.town.portal.guest(browser)
        if size:
            await page.set_viewport_size(size)
        secret, address = self.client(number).secret, self.town.portal.address
        await page.context.add_cookies([{"name": LOGIN_COOKIE, "value": secret, "url": address}])
        return page

    def hang_up(self) -> None:
        """Close everybody's line."""
        for each in (self.clerk, *self.clients):
            each.hang_up()


async def planned(town: Town, plan: Plan, meets_at: datetime, *, called_at: datetime | None = None) -> Assembly:
    """Seat a body and plan its sitting; called as well, if it is said when."""
    names = [f"{first} {last}" for last in LAST_NAMES for first in FIRST_NAMES][: plan.members]
    addresses = [f"{plan.rule_set}-{number}@{DOMAIN}" for number in range(1, plan.members + 1)]
    async with town.database() as database:
        at = called_at or town.now
        async with database.write() as db:
            person = (await db.scalars(select(Person).where(Person.email == CLERK))).one()
            clerk = Actor(person.id, person.name, frozenset({Role.CLERK}), "login-of-a-test")
            for name, address in zip(names, addresses, strict=True):
                await add_person(db, name=name, email=address, roles={Role.COUNCILLOR}, at=at, locale="fr")
            kind = SessionKind.COMMITTEE if plan.rule_set == "fr-commission" else SessionKind.PLENARY
            body = await bodies.name_body(
                db, clerk, load_sets(), name=plan.body, rule_set=plan.rule_set, session=kind, seats=plan.members, at=at
            )
            clause = "Règlement intérieur, article 7"
            await bodies.record_video_clause(db, clerk, body, on=date(2026, 4, 1), clause=clause, at=at)
            await db.flush()
            for rank, address in enumerate(addresses, start=1):
                function = MandateFunction.CHAIR if rank == 1 else MandateFunction.MEMBER
                group = "Majorité" if rank % 4 else "Opposition"
                row = MemberRow(email=address, function=function, group=group, rank=rank, since=date(2026, 3, 22))
                await bodies.seat_member(db, clerk, body, row, at)
            draft = SittingDraft(meets_at=meets_at, place=plan.place, mode=plan.mode)
            sitting = await agenda.plan_sitting(db, clerk, body, draft, at)
            for title in plan.titles:
                item = ItemDraft(title=title, note="Le rapport est joint à la convocation.", draft="Il est décidé.")
                await agenda.add_item(db, clerk, sitting, item)
        if called_at is not None:
            await _call(database, clerk, sitting.id, called_at)
    return Assembly(town, sitting.id, body.id, names, addresses)


async def _call(database: Database, clerk: Actor, sitting_id: str, at: datetime) -> None:
    """The convocation as it went out on a day gone by, to members who have it on paper."""

    async def population() -> int:
        return 30_000

    async def hand_over(*_what: object) -> str | None:
        return new_id()

    async def never(*_what: object) -> None:
        """Nothing is cancelled."""

    convening = Convening(load_sets(), HOST, population, hand_over, never)
    async with database.write() as db:
        await convene(db, convening, clerk, await db.get_one(Sitting, sitting_id), now=at, decided={})
