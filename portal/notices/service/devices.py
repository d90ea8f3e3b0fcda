"""Devices that take web push: adding this browser, taking one off, trying it out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.service import agree, define_agreement
from portal.db import Database, digest
from portal.errors import InvalidInput, NotFound
from portal.i18n import _, lazy
from portal.ids import new_id
from portal.notices.model import Notice, OutgoingPush, PushDevice, Words
from portal.notices.service.encryption import browser_key, from_base64url
from portal.notices.service.reading import owner
from portal.permissions import Actor

MOST_DEVICES = 10
TEST = "notices.test"
_ADDRESS = re.compile(r"[!-~]{1,1000}")
WEB_PUSH = define_agreement("notices.web_push", lazy("Notices are pushed to a browser of mine"))


@dataclass(frozen=True)
class Subscription:
    """What a browser hands over when it subscribes (W3C Push API 7.2)."""

    endpoint: str
    p256dh: str
    auth: str

    @classmethod
    def parse(cls, endpoint: str, *, p256dh: str, auth: str, services: Sequence[str]) -> Subscription:
        """One that can be used. `services` are the host names of push services; their subdomains count.

        Raises `InvalidInput` for keys that are none, for what is not an address, and for a server that is no push
        service we know: otherwise anybody could have the portal post to addresses of their choosing.
        """
        if not _is_at(services, endpoint):
            raise InvalidInput(fields={"endpoint": lazy("This browser's push service is not one that we know.")})
        try:
            browser_key(p256dh)
            has_auth = len(from_base64url(auth)) == 16
        except ValueError:
            has_auth = False
        if not has_auth:
            raise InvalidInput(fields={"keys": lazy("This browser's keys cannot be read. Please switch it on again.")})
        return cls(endpoint, p256dh, auth)


def _is_at(services: Sequence[str], endpoint: str) -> bool:
    # RFC 3986, 2: an address has visible ASCII signs only; what else there is stands in it as %C3%A9.
    if not _ADDRESS.fullmatch(endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_known = any(host == service or host.endswith("." + service) for service in services)
    # Unencrypted and at a port of its own on this very machine only: a push service under test.
    is_safe = host == "localhost" if parts.scheme == "http" else parts.scheme == "https" and port in {None, 443}
    return is_safe and is_known and parts.username is None and not parts.fragment


async def own_devices(db: AsyncSession, actor: Actor | None) -> Sequence[PushDevice]:
    """The person's devices, newest first. Raises `NotSignedIn`."""
    found = select(PushDevice).where(PushDevice.person_id == owner(actor)).order_by(PushDevice.created_at.desc())
    return (await db.scalars(found)).all()


async def add_device(
    database: Database, actor: Actor | None, given: Subscription, *, browser: str, at: datetime
) -> str:
    """Push to this browser from now on, and to no more than ten: the oldest gives way. Returns the device's id."""
    person_id = owner(actor)
    async with database.write() as db:
        # The browser may have been somebody else's until they signed out.
        same = select(PushDevice).where(PushDevice.endpoint_digest == digest(given.endpoint))
        for device in await db.scalars(same):
            await forget(db, device, at)
        kept = select(PushDevice).where(PushDevice.person_id == person_id).order_by(PushDevice.created_at.desc())
        for device in (await db.scalars(kept)).all()[MOST_DEVICES - 1 :]:
            await forget(db, device, at)
        await db.flush()
        device_id = new_id()
        agree(db, person_id, WEB_PUSH, at=at, about_id=device_id)
        db.add(
            PushDevice(
                id=device_id,
                person_id=person_id,
                endpoint=given.endpoint,
                endpoint_digest=digest(given.endpoint),
                p256dh=given.p256dh,
                auth=given.auth,
                browser=browser[:80],
                created_at=at,
            )
        )
    return device_id


async def remove_device(database: Database, actor: Actor | None, device_id: str, at: datetime) -> None:
    """Push to it no longer. Raises `NotFound`, also for somebody else's."""
    person_id = owner(actor)
    async with database.write() as db:
        device = await db.get(PushDevice, device_id)
        if device is None or device.person_id != person_id:
            raise NotFound
        await forget(db, device, at)


async def forget(db: AsyncSession, device: PushDevice, at: datetime) -> None:
    """Push to it no longer, in the caller's transaction; the log of what its owner has agreed to says since when."""
    agree(db, device.person_id, WEB_PUSH, at=at, is_given=False, about_id=device.id)
    await db.delete(device)


async def try_device(database: Database, actor: Actor | None, device_id: str, at: datetime) -> None:
    """Send a test to one device, at once. Raises `NotFound`, also for somebody else's."""
    person_id = owner(actor)
    async with database.write() as db:
        device = await db.get(PushDevice, device_id)
        if device is None or device.person_id != person_id:
            raise NotFound
        notice = Notice(
            id=new_id(), person_id=person_id, kind=TEST, subject_id=new_id(), why="", at=at, is_instant=True, read_at=at
        )
        db.add(notice)
        await db.flush()
        db.add(OutgoingPush(id=new_id(), device_id=device_id, notice_id=notice.id, due_at=at))


async def test_words(db: AsyncSession, notices: Sequence[Notice]) -> dict[str, Words]:
    """What a test says."""
    del db
    words = Words(_("This is a test"), _("It works: this device is told."), "/account/notices")
    return {notice.id: words for notice in notices}
