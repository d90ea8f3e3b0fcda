"""Pushes on their way: each is sent to its browser's push service (RFC 8030), at least once, under a lease."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import structlog
from sqlalchemy import delete, update

from portal.accounts.model import Person
from portal.clock import Clock
from portal.db import Database
from portal.i18n import speaking
from portal.notices.model import Notice, OutgoingPush, PushDevice
from portal.notices.service.devices import forget
from portal.notices.service.encryption import TownKey, encrypted
from portal.notices.service.reading import Shown, written
from portal.outbox import take_in_hand

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
SENDING_S = 20
"""Below the lease: nobody else takes a push while it is being sent."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60))
LOOK_EVERY_S = 3.0
TTL_S = 24 * 3600
"""How long a push service keeps it for a device that is off (RFC 8030, 5.2)."""
UNREACHED = 0


class PushRoom:
    """Sends pushes that are due; owns its one task."""

    def __init__(self, database: Database, clock: Clock, key: TownKey, contact: str) -> None:
        """`contact` is where a push service reaches the town: its public address (RFC 8292, 2.1)."""
        self._database = database
        self._clock = clock
        self._key = key
        self._contact = contact
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin sending."""
        self._task = asyncio.create_task(self._run(), name="push room")

    async def stop(self) -> None:
        """End; a push in hand is tried again after its lease."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.send_due()
            except Exception:
                log.exception("push room failed")
            await asyncio.sleep(LOOK_EVERY_S)

    async def send_due(self) -> int:
        """Send all that is due. Returns how many were taken in hand."""
        handled = 0
        while await self._send_next():
            handled += 1
        return handled

    async def _send_next(self) -> bool:
        push = await take_in_hand(self._database, OutgoingPush, now=self._clock(), lease=LEASE)
        if push is None:
            return False
        try:
            await self._deliver(push)
        except Exception:
            # Its failure is its own: it is tried again later and then given up, and the others do not wait for it.
            log.exception("push failed", push=push.id)
            await self._again_later(push)
        return True

    async def _deliver(self, push: OutgoingPush) -> None:
        async with self._database.read() as db:
            device = await db.get(PushDevice, push.device_id)
            notice = await db.get(Notice, push.notice_id)
            person = await db.get(Person, device.person_id) if device else None
            shown: list[Shown] = []
            if notice is not None and person is not None and person.is_active:
                with speaking(person.locale):
                    # Written now, not when it was queued: what was hidden meanwhile is not sent.
                    shown = await written(db, [notice])
        if device is None or not shown:
            await self._done(push)
        else:
            await self._settle(push, await self._send(device, shown[0]))

    async def _send(self, device: PushDevice, shown: Shown) -> int:
        """The push service's status, `UNREACHED` when there was none."""
        notice, words = shown.notice, shown.words
        # The tag lets a newer push of the same thing take the older one's place.
        told = {"title": words.title, "text": words.text, "path": f"/notices/{notice.id}", "tag": notice.subject_id}
        body = encrypted(json.dumps(told, ensure_ascii=False).encode(), p256dh=device.p256dh, auth=device.auth)
        headers = {
            "Authorization": self._key.authorisation(device.endpoint, self._contact, self._clock()),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(TTL_S),
            "Urgency": "high" if notice.is_urgent else "normal",
        }
        try:
            return await asyncio.to_thread(_post, device.endpoint, body, headers)
        except (HTTPException, OSError) as error:
            service = urlsplit(device.endpoint).hostname
            log.warning("push service not reached", service=service, reason=type(error).__name__)
            return UNREACHED

    async def _settle(self, push: OutgoingPush, status: int) -> None:
        if status in {404, 410}:
            await self._forget_device(push)
        elif status in {UNREACHED, 429} or status >= 500:
            await self._again_later(push)
        else:
            if not 200 <= status < 300:
                log.warning("push refused", status=status)
            await self._done(push)

    async def _forget_device(self, push: OutgoingPush) -> None:
        """The browser has unsubscribed (RFC 8030, 7.3): what it was to show goes out by mail instead."""
        async with self._database.write() as db:
            await db.execute(
                update(Notice).where(Notice.id == push.notice_id, Notice.read_at.is_(None)).values(due_at=self._clock())
            )
            device = await db.get(PushDevice, push.device_id)
            if device is not None:
                await forget(db, device, self._clock())

    async def _again_later(self, push: OutgoingPush) -> None:
        async with self._database.write() as db:
            row = await db.get(OutgoingPush, push.id)
            if row is None:
                return
            if row.attempts >= len(PAUSES):
                await db.delete(row)
                return
            row.due_at = self._clock() + PAUSES[row.attempts]
            row.attempts += 1

    async def _done(self, push: OutgoingPush) -> None:
        async with self._database.write() as db:
            await db.execute(delete(OutgoingPush).where(OutgoingPush.id == push.id))


def _post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post in a thread of its own; no redirect is followed, so nobody sends the portal elsewhere."""
    parts = urlsplit(endpoint)
    connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = connect(parts.netloc, timeout=SENDING_S)
    try:
        connection.request("POST", parts.path + (f"?{parts.query}" if parts.query else ""), body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()
