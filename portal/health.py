"""Whether the portal lives, and whether it can work: for the supervisor of the machine and for a load balancer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from quart import Quart, Response, jsonify
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from portal.context import Portal
from portal.errors import Unavailable

PATIENCE_S = 2.0
KEPT_S = 1.0
"""However often it is asked, the database is asked once in this time."""


class Readiness:
    """How the parts are that the portal works with."""

    def __init__(self, portal: Portal, now: Callable[[], float] = time.monotonic) -> None:
        """`now` counts seconds."""
        self._portal = portal
        self._now = now
        self._looking = asyncio.Lock()
        self._looked_at: float | None = None
        self._database_answers = False

    async def parts(self) -> dict[str, bool]:
        """Which part answers. No reason is given: the log has it."""
        async with self._looking:
            if self._looked_at is None or self._now() - self._looked_at > KEPT_S:
                self._database_answers = await _in_time(self._database)
                self._looked_at = self._now()
        probes = {name: answers() for name, answers in self._portal.probes.items()}
        return {"database": self._database_answers, "live": self._portal.hub.is_joined, **probes}

    async def _database(self) -> None:
        async with self._portal.database.read() as db:
            await db.execute(select(1))


async def _in_time(look: Callable[[], Awaitable[None]]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            await look()
    except (OSError, TimeoutError, SQLAlchemyError, Unavailable):
        return False
    return True


def register(app: Quart, portal: Portal) -> Readiness:
    """Add ``/healthz`` and ``/readyz``."""
    readiness = Readiness(portal)

    @app.get("/healthz")
    async def healthz() -> Response:
        """Answers as long as the process does."""
        return jsonify({"ok": True})

    @app.get("/readyz")
    async def readyz() -> tuple[Response, int]:
        """200 when pages and sockets can be served; a media worker that is away is told and takes no page away."""
        parts = await readiness.parts()
        is_ready = parts["database"] and parts["live"]
        return jsonify({"ready": is_ready, "parts": parts}), 200 if is_ready else 503

    return readiness
