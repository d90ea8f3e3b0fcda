"""Somebody who posts a sitting's forms over HTTP, as the script of their page does, without a browser."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person, Via
from portal.accounts.service.logins import begin_login
from portal.clock import utc_now
from portal.pages import LOGIN_COOKIE, VISIT_COOKIE
from portal.security import form_token

SECRET_KEY = "not a secret: a key for tests and benches"
"""PARVIS_SECRET_KEY of the portal: the token of a form follows from it."""
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 2.0
"""Between two attempts, as the script of a member's page has them."""
ANSWER_PATIENCE_S = 10.0
SERVER_FAULT = 500
TOO_MANY = 429
VISIT = "visit-of-a-member"


class NoAnswer(Exception):
    """The line was lost, or the portal is being started again."""


@dataclass
class FormClient:
    """Somebody's browser, as far as posting forms goes."""

    port: int
    secret: str
    """Of the sign-in, as its cookie bears it."""
    token: str
    mandate_id: str = ""
    _line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def cookie(self) -> str:
        """The line that a browser would send along."""
        return f"{LOGIN_COOKIE}={self.secret}; {VISIT_COOKIE}={VISIT}"

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


def signed_in(db: AsyncSession, person: Person, port: int, at: datetime | None = None) -> FormClient:
    """Somebody's client of the portal on a port of this machine, signed in just now, or `at` another instant."""
    login = begin_login(db, person, via=Via.PASSWORD, at=at or utc_now(), user_agent="", is_shared=False)
    return FormClient(port, login.secret, form_token(SECRET_KEY, VISIT, login.id))
