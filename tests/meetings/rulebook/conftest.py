"""The whole portal, and people of each role in front of it."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from quart import Quart, Response
from quart.datastructures import FileStorage
from quart.typing import TestClientProtocol

from portal.accounts.model import Via
from portal.accounts.service import add_person
from portal.accounts.service.logins import begin_login
from portal.app import build
from portal.context import Portal
from portal.db import Base
from portal.pages import LOCALE_COOKIE, LOGIN_COOKIE, VISIT_COOKIE
from portal.permissions import Role
from portal.schema import load_models
from portal.security import form_token
from portal.settings import load
from portal.town.grid import Place
from portal.town.model import Town
from tests.clock import FixedClock

ORIGIN = "http://portal.test"
VISIT = "visit-of-a-test"


@dataclass
class Browser:
    """A browser without script, with the token of its visit."""

    client: TestClientProtocol
    token: str
    headers: dict[str, str] = field(default_factory=lambda: {"Origin": ORIGIN})

    async def get(self, path: str) -> Response:
        return await self.client.get(path, headers={**self.headers, "Accept": "text/html"})

    async def text(self, path: str, status: int = 200) -> str:
        answer = await self.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return html.unescape(await answer.get_data(as_text=True))

    async def check(self, text: str, file: bytes | None = None) -> tuple[int, str]:
        """Paste internal rules, or choose a file with them; returns the status and the page."""
        files = {"file": FileStorage(BytesIO(file), filename="ri.toml")} if file is not None else {}
        answer = await self.client.post(
            "/rules/overlay",
            form={"csrf_token": self.token, "text": text},
            files=files or None,
            headers={**self.headers, "Accept": "text/html"},
        )
        return answer.status_code, html.unescape(await answer.get_data(as_text=True))

    async def ask(self, **case: Any) -> tuple[int, Any]:
        """Ask the API; returns the status and the JSON."""
        answer = await self.client.post("/api/rules", json=case, headers={**self.headers, "X-CSRF-Token": self.token})
        return answer.status_code, await answer.get_json()


@dataclass
class Site:
    """A portal that is not served: tests ask its pages directly."""

    app: Quart
    portal: Portal
    clock: FixedClock

    async def person(self, *roles: Role, locale: str = "en") -> Browser:
        """A new person's browser, signed in."""
        async with self.portal.database.write() as db:
            who = await add_person(
                db, name="Camille", email="camille@mail.test", roles=roles or {Role.RESIDENT}, at=self.clock()
            )
            login = begin_login(db, who, via=Via.PASSWORD, at=self.clock(), user_agent="", is_shared=False)
        browser = self._browser(login.id, locale)
        browser.client.set_cookie("localhost", LOGIN_COOKIE, login.secret)
        return browser

    def visitor(self) -> Browser:
        """A browser of somebody without an account."""
        return self._browser(None, "en")

    def _browser(self, login_id: str | None, locale: str) -> Browser:
        client = self.app.test_client()
        client.set_cookie("localhost", VISIT_COOKIE, VISIT)
        client.set_cookie("localhost", LOCALE_COOKIE, locale)
        return Browser(client, form_token(self.portal.settings.secret_key, VISIT, login_id))


@pytest.fixture
async def site(tmp_path: Path, static_cache: Path, clock: FixedClock) -> AsyncIterator[Site]:
    """Nothing here is stored, so one kind of database is enough."""
    folder = tmp_path / "data"
    (folder / "cache").mkdir(parents=True)
    (folder / "cache" / "static").symlink_to(static_cache)
    settings = load(
        {
            "PARVIS_DATA": str(folder),
            "PARVIS_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'parvis.db'}",
            "PARVIS_PUBLIC_URL": ORIGIN,
            "PARVIS_LOCALE": "en",
            "PARVIS_SECRET_KEY": "the same for every site of the tests",
        }
    )
    app, portal = build(settings, clock)
    load_models()
    async with portal.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with portal.database.write() as db:
        db.add(Town.found(name="Essai", insee="95001", department="95", population=900, centre=Place(48.9901, 2.1601)))
    yield Site(app, portal, clock)
    await portal.database.close()
