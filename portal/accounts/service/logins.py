"""Sign-ins of a person: begun, listed, ended one by one or all. Each end is an event, which closes its sockets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import LONG_STAYING, Login, Person, Via
from portal.clock import civil_date
from portal.db import digest
from portal.errors import NotFound
from portal.events import DomainEvent, record
from portal.ids import new_id, new_secret

LOGIN_ENDED = "login.ended"

_BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "SamsungBrowser": "Samsung",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
"""What stands in a browser's own description of itself, the telling word before those that others borrow."""

_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Macintosh": "Mac",
    "Linux": "Linux",
}


@dataclass(frozen=True)
class NewLogin:
    """A sign-in just begun: the only moment at which its secret exists outside the cookie."""

    id: str
    person_id: str
    secret: str
    is_shared: bool


def person_stream(person_id: str) -> str:
    """The stream of what concerns one person."""
    return f"person:{person_id}"


def begin_login(
    db: AsyncSession, person: Person, *, via: Via, at: datetime, user_agent: str, is_shared: bool
) -> NewLogin:
    """Sign a person in on one browser, with a fresh secret."""
    secret = new_secret()
    login = Login(
        id=new_id(),
        digest=digest(secret),
        person_id=person.id,
        via=via,
        created_at=at,
        used_at=at,
        is_shared=is_shared,
        browser=browser_label(user_agent),
    )
    db.add(login)
    person.seen_on = civil_date(at)
    return NewLogin(login.id, person.id, secret, is_shared)


async def end_login(db: AsyncSession, person_id: str, login_id: str, *, actor_id: str | None) -> None:
    """End one sign-in of a person. Raises `NotFound` for one that is not theirs."""
    login = await db.scalar(select(Login).where(Login.id == login_id, Login.person_id == person_id))
    if login is None:
        raise NotFound
    await _end(db, login, actor_id)


async def end_logins(db: AsyncSession, person_id: str, *, actor_id: str | None, but: str | None = None) -> int:
    """End every sign-in of a person except `but`; the number ended."""
    logins = (await db.scalars(select(Login).where(Login.person_id == person_id))).all()
    ending = [login for login in logins if login.id != but]
    for login in ending:
        await _end(db, login, actor_id)
    return len(ending)


async def logins_of(db: AsyncSession, person: Person, now: datetime) -> Sequence[Login]:
    """The sign-ins that still hold, the last used first. `person.holdings` must have been loaded."""
    is_staff = not person.roles_on(civil_date(now)) <= LONG_STAYING
    found = await db.scalars(
        select(Login).where(Login.person_id == person.id).order_by(Login.used_at.desc(), Login.created_at.desc())
    )
    return [login for login in found if login.is_alive(now, is_staff=is_staff)]


def browser_label(user_agent: str) -> str:
    """What a browser calls itself, in two words: enough to tell one's own telephone from a stranger's."""
    browser = next((name for mark, name in _BROWSERS.items() if re.search(rf"\b{mark}\w*/", user_agent)), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system)))


async def _end(db: AsyncSession, login: Login, actor_id: str | None) -> None:
    await db.delete(login)
    record(db, DomainEvent(person_stream(login.person_id), LOGIN_ENDED, login.id, version=1, actor_id=actor_id))
