"""The whole portal, empty or with a small town, in front of browsers without script."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from quart import Quart, Response
from quart.typing import TestClientProtocol
from werkzeug.datastructures import FileStorage

from portal.accounts.model import Via
from portal.accounts.service import add_person
from portal.accounts.service.logins import begin_login
from portal.app import build
from portal.context import Portal
from portal.db import Base
from portal.pages import LOGIN_COOKIE, VISIT_COOKIE
from portal.permissions import Role
from portal.schema import load_models
from portal.security import form_token
from portal.settings import load
from tests.clock import FixedClock

ORIGIN = "http://portal.test"
VISIT = "visit-of-a-test"
HEADERS = {"Origin": ORIGIN, "Accept": "text/html", "Accept-Language": "en"}


@dataclass
class Browser:
    """Fills in forms and calls the API with the token of its visit."""

    client: TestClientProtocol
    token: str

    async def get(self, path: str, accept: str = "text/html", **headers: str) -> Response:
        return await self.client.get(path, headers={"Accept": accept, "Accept-Language": "en", **headers})

    async def text(self, path: str, status: int = 200) -> str:
        return await shown(await self.get(path), status)

    async def read(self, path: str) -> Any:
        answer = await self.get(path, "application/json")
        assert answer.status_code == 200, await answer.get_data(as_text=True)
        return json.loads(await answer.get_data())

    async def post(self, path: str, /, **fields: str) -> Response:
        return await self.client.post(path, form={"csrf_token": self.token, **fields}, headers=HEADERS)

    async def upload(self, path: str, /, **files: bytes) -> Response:
        sent = {name: FileStorage(BytesIO(content), filename="file") for name, content in files.items()}
        return await self.client.post(path, form={"csrf_token": self.token}, files=sent, headers=HEADERS)


async def shown(answer: Response, status: int) -> str:
    """An answer's words."""
    text = html.unescape(await answer.get_data(as_text=True))
    assert answer.status_code == status, text
    return text


@dataclass
class Site:
    """A portal that is not served: tests ask its pages directly."""

    app: Quart
    portal: Portal
    clock: FixedClock

    async def person(self, *roles: Role) -> Browser:
        """The browser of a new person, signed in."""
        async with self.portal.database.write() as db:
            who = await add_person(
                db,
                name="Claire Morel",
                email=f"{'.'.join(roles)}@mail.test",
                roles=roles,
                at=self.clock(),
                locale="en",
            )
            login = begin_login(db, who, via=Via.PASSWORD, at=self.clock(), user_agent="", is_shared=False)
        browser = self._browser(login.id)
        browser.client.set_cookie("localhost", LOGIN_COOKIE, login.secret)
        return browser

    def visitor(self) -> Browser:
        """The browser of somebody without an account."""
        return self._browser(None)

    def _browser(self, login_id: str | None) -> Browser:
        client = self.app.test_client()
        client.set_cookie("localhost", VISIT_COOKIE, VISIT)
        return Browser(client, form_token(self.portal.settings.secret_key, VISIT, login_id))


async def open_site(folder: Path, clock: FixedClock, **given: str) -> Site:
    """A portal without a town. `given` are further settings, as in docs/settings.md."""
    settings = load({"PARVIS_DATA": str(folder), "PARVIS_PUBLIC_URL": ORIGIN, "PARVIS_LOCALE": "en", **given})
    app, portal = build(settings, clock)
    load_models()
    async with portal.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    return Site(app, portal, clock)
