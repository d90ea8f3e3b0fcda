"""The world of the accounts' tests: a portal with nothing but accounts, people in it, browsers in front of it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from argon2 import PasswordHasher
from quart import Quart, Response
from quart.typing import TestClientProtocol
from quart_schema import QuartSchema
from sqlalchemy import select

from portal import pages
from portal.accounts import live
from portal.accounts.model import Person
from portal.accounts.service import Identification, Passwords, add_person, names_by_id
from portal.accounts.service.accounts import Accounts
from portal.accounts.service.logins import NewLogin
from portal.accounts.service.sign_in import sign_in
from portal.accounts.service.throttle import Visitor
from portal.accounts.web import accounts_of, add_accounts
from portal.audit import AuditEntry
from portal.context import Portal
from portal.db import Base, Database
from portal.events import Event, EventLog
from portal.jobs import Jobs
from portal.live import open_hub
from portal.mail import MailRoom, OutgoingMail, by_log
from portal.permissions import Actor, Role
from portal.security import RateLimiter
from portal.settings import Settings, load
from portal.static_files import StaticFiles
from portal.streams import StreamRegistry
from tests.clock import FixedClock

ROOT = Path(__file__).parents[3]
ORIGIN = "http://portal.test"
PASSWORD = "quatre chevaux dans un pré"
HERE = Visitor("192.0.2.1")


@dataclass(frozen=True)
class Town:
    """What the pages show of the town."""

    name: str = "Saint-Aubin"
    arms_url: str = ""


def cheap_passwords() -> Passwords:
    """Argon2 at the least cost it takes."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class World:
    """What a test touches."""

    app: Quart
    portal: Portal
    accounts: Accounts
    clock: FixedClock

    @property
    def database(self) -> Database:
        return self.portal.database

    def browser(self, **headers: str) -> Browser:
        """A browser that nobody has used yet."""
        return Browser(self.app.test_client(), headers)

    async def person(self, name: str, *roles: Role, password: str | None = PASSWORD) -> Person:
        """An active account with the address ``name@mail.test``, resident unless roles are given."""
        kept = await self.accounts.passwords.hash(password) if password else None
        async with self.database.write() as db:
            return await add_person(
                db,
                name=name.capitalize(),
                email=f"{name}@mail.test",
                roles=roles or {Role.RESIDENT},
                at=self.clock(),
                password_hash=kept,
                locale="en",
            )

    async def signed_in(self, name: str, *roles: Role) -> Browser:
        """A browser in which a new person has signed in."""
        await self.person(name, *roles)
        browser = self.browser()
        await browser.sign_in(name)
        return browser

    async def login(self, name: str) -> NewLogin:
        """Sign in without a browser."""
        return await sign_in(
            self.accounts, HERE, email=f"{name}@mail.test", password=PASSWORD, user_agent="", is_shared=False
        )

    async def actor(self, name: str) -> Actor:
        """The person as services see them, freshly signed in."""
        found = await self.portal.identify((await self.login(name)).secret)
        assert found is not None
        return found

    async def stored(self, name: str) -> Person:
        """The account of ``name@mail.test`` as it is in the database."""
        async with self.database.read() as db:
            return (await db.scalars(select(Person).where(Person.email == f"{name}@mail.test"))).one()

    async def mails(self, to: str = "") -> list[OutgoingMail]:
        """Mails on their way, oldest first."""
        async with self.database.read() as db:
            found = list(await db.scalars(select(OutgoingMail)))
        return [mail for mail in found if mail.recipient == (to or mail.recipient)]

    async def link(self, to: str, page: str) -> str:
        """The path of the one link to a page in mails to an address: ``/confirm/…``."""
        bodies = [mail.body for mail in await self.mails(to)]
        found: list[str] = [path for body in bodies for path in re.findall(rf"{re.escape(ORIGIN)}({page}/\S+)", body)]
        assert len(found) == 1, bodies
        return found[0]

    async def forget_mails(self) -> None:
        """As if all had been delivered."""
        async with self.database.write() as db:
            for mail in await db.scalars(select(OutgoingMail)):
                await db.delete(mail)

    async def events(self, person_id: str) -> list[Event]:
        return list(await self.portal.log.after(f"person:{person_id}", 0, 100))

    async def audited(self) -> list[tuple[str, str | None, str]]:
        """Every act: what, by whom, to whom."""
        async with self.database.read() as db:
            found = await db.scalars(select(AuditEntry).order_by(AuditEntry.at))
            return [(entry.act, entry.actor_id, entry.subject_id) for entry in found]


@dataclass
class Browser:
    """A browser without script: follows nothing by itself, keeps cookies, fills in the forms it is given."""

    client: TestClientProtocol
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Response:
        return await self.client.get(path, headers={"Accept": "text/html", **self.headers, **headers})

    async def text(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.status_code
        body: str = await answer.get_data(as_text=True)
        return html.unescape(body)

    async def token(self, path: str) -> str:
        """The form token of a page."""
        found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', await self.text(path))
        assert found, path
        return found[1]

    async def send(self, page: str, action: str = "", /, **fields: Any) -> Response:
        """Open a page and send a form of it, to its own address unless `action` says another."""
        return await self.post(action or page, csrf_token=await self.token(page), **fields)

    async def post(self, path: str, /, **fields: Any) -> Response:
        return await self.client.post(
            path,
            data=urlencode(fields, doseq=True),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": ORIGIN,
                "Accept": "text/html",
                **self.headers,
            },
        )

    async def sign_in(self, name: str, password: str = PASSWORD) -> None:
        answer = await self.send("/sign-in", email=f"{name}@mail.test", password=password)
        assert answer.status_code == 303, await answer.get_data(as_text=True)

    def cookie(self, name: str) -> str:
        """A cookie's value, empty when there is none."""
        values = [cookie.value or "" for cookie in self.client.cookie_jar or () if cookie.name == name]
        return values[0] if values else ""


def settings_in(folder: Path, database_url: str, **more: str) -> Settings:
    return load(
        {
            "PARVIS_DATA": str(folder),
            "PARVIS_DATABASE_URL": database_url,
            "PARVIS_PUBLIC_URL": ORIGIN,
            "PARVIS_LOCALE": "en",
            **more,
        }
    )


async def open_world(settings: Settings, clock: FixedClock, static: StaticFiles) -> World:
    database = Database(settings.database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    log = EventLog(database, clock)
    identify = Identification(database, clock)
    streams = StreamRegistry(database, log)
    hub = open_hub(settings, identify, streams)
    log.on_advanced(hub.advance)

    async def town() -> Town:
        return Town()

    portal = Portal(
        settings=settings,
        database=database,
        log=log,
        clock=clock,
        limits=RateLimiter(lambda: clock().timestamp()),
        mail=MailRoom(database, clock, by_log, settings.mail_from),
        jobs=Jobs(database, clock),
        static=static,
        streams=streams,
        hub=hub,
        identify=identify,
        town_view=town,
        names=names_by_id,
    )
    app = Quart("portal", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 256 * 1024
    QuartSchema(app)
    pages.install(app, portal, {"accounts": ROOT / "portal" / "accounts" / "templates"})
    accounts = accounts_of(portal, cheap_passwords())
    add_accounts(app, portal, accounts)
    live.register(app, portal)
    return World(app, portal, accounts, clock)
