"""The whole portal in front of a small town: browsers without script, callers of the API, people signed in."""

from __future__ import annotations

import html
import re
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from quart import Quart, Response
from quart.typing import TestClientProtocol
from sqlalchemy import event

from helpdesk.trust.service.guidance import AGREEMENTS
from portal.accounts.model import Via
from portal.accounts.service import add_person, agree
from portal.accounts.service.logins import begin_login
from portal.app import build
from portal.context import Portal
from portal.db import Base, Database
from portal.events import EventLog
from portal.ids import new_id
from portal.pages import LOGIN_COOKIE, VISIT_COOKIE
from portal.permissions import Actor, Role
from portal.schema import load_models
from portal.security import form_token
from portal.settings import load
from portal.town.grid import Place
from portal.town.model import Town
from tests.clock import FixedClock
from tests.helpdesk.board.world import found_town

ORIGIN = "http://portal.test"


@dataclass
class Site:
    """A portal that is not served: tests ask its pages directly."""

    app: Quart
    portal: Portal
    clock: FixedClock

    async def person(self, name: str, *roles: Role) -> Browser:
        """A person's browser, signed in; the account is a month old, and its owner has read what there is to read."""
        async with self.portal.database.write() as db:
            who = await add_person(
                db,
                name=name,
                email=f"{name.lower()}@mail.test",
                roles=roles or {Role.RESIDENT},
                at=self.clock() - timedelta(days=30),
                locale="en",
            )
            for what in AGREEMENTS.values():
                agree(db, who.id, what, at=self.clock() - timedelta(days=30))
            login = begin_login(db, who, via=Via.PASSWORD, at=self.clock(), user_agent="", is_shared=False)
        client = self.app.test_client()
        client.set_cookie("localhost", LOGIN_COOKIE, login.secret)
        actor = await self.portal.identify(login.secret)
        return self._browser(client, login.id, actor)

    def visitor(self) -> Browser:
        """A browser of somebody without an account."""
        return self._browser(self.app.test_client(), None, None)

    def _browser(self, client: TestClientProtocol, login_id: str | None, actor: Actor | None) -> Browser:
        visit = "visit-of-a-test"
        client.set_cookie("localhost", VISIT_COOKIE, visit)
        return Browser(client, form_token(self.portal.settings.secret_key, visit, login_id), actor)


@dataclass
class Browser:
    """Fills in forms and calls the API with the token of its visit."""

    client: TestClientProtocol
    token: str
    actor: Actor | None
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN, "Accept-Language": "en"})

    async def get(self, path: str) -> Response:
        return await self.client.get(path, headers={**self.headers, "Accept": "text/html"})

    async def text(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return html.unescape(await answer.get_data(as_text=True))

    async def post(self, path: str, **fields: str) -> Response:
        form = {"csrf_token": self.token, "command_id": new_id(), **fields}
        return await self.client.post(path, form=form, headers={**self.headers, "Accept": "text/html"})

    async def call(self, path: str, **body: Any) -> Response:
        """A command to the API."""
        headers = {**self.headers, "X-CSRF-Token": self.token}
        return await self.client.post(path, json={"command_id": new_id(), **body}, headers=headers)

    async def read(self, path: str) -> Any:
        """Something from the API, as JSON."""
        answer = await self.client.get(path, headers=self.headers)
        assert answer.status_code == 200, (path, answer.status_code, await answer.get_data(as_text=True))
        return await answer.get_json()


async def found_site(database: Path, clock: FixedClock) -> None:
    """A SQLite file with the small town in it and nobody yet: what every site of a run begins with."""
    opened = Database(f"sqlite+aiosqlite:///{database}")
    EventLog(opened, clock)
    load_models()
    async with opened.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    town = Town.found(name="Essai", insee="95001", department="95", population=900, centre=Place(48.9901, 2.1601))
    async with opened.write() as db:
        db.add(town)
    await found_town(opened)
    await opened.close()


def open_site(folder: Path, founded: Path, static_cache: Path, clock: FixedClock) -> Site:
    """A portal of its own, on a copy of the database that was founded."""
    (folder / "cache").mkdir(parents=True)
    (folder / "cache" / "static").symlink_to(static_cache)
    shutil.copy(founded, folder / "parvis.db")
    settings = load(
        {
            "PARVIS_DATA": str(folder),
            "PARVIS_PUBLIC_URL": ORIGIN,
            "PARVIS_LOCALE": "en",
            "PARVIS_SECRET_KEY": "the same for every site of the tests",
        }
    )
    app, portal = build(settings, clock)
    return Site(app, portal, clock)


class Statements:
    """Counts what is asked of the database while it is entered."""

    def __init__(self, portal: Portal) -> None:
        self._engines = {portal.database.engine.sync_engine, portal.database._reader.sync_engine}
        self.count = 0

    def _heard(self, *_: object) -> None:
        self.count += 1

    def __enter__(self) -> Statements:
        for engine in self._engines:
            event.listen(engine, "before_cursor_execute", self._heard)
        return self

    def __exit__(self, *_: object) -> None:
        for engine in self._engines:
            event.remove(engine, "before_cursor_execute", self._heard)


def hidden_fields(page: str) -> dict[str, str]:
    """What a form carries along: names and values of its hidden fields, without the token."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}
