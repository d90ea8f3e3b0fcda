"""One-time links: made, looked at without using them up, and used once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from portal.accounts.model import LINK_LIFE, OneTimeLink, Person, Purpose
from portal.db import digest
from portal.errors import DomainError
from portal.i18n import lazy
from portal.ids import new_secret


class LinkOver(DomainError):
    """The link was used, has expired, or never was: from outside the three look alike."""

    code = "link-over"
    status = 410
    text = lazy("This link has been used or is too old. Please ask for a new one.")


async def make_link(db: AsyncSession, person: Person, purpose: Purpose, *, at: datetime, email: str) -> str:
    """A fresh link's secret. Earlier links of this person for the same purpose end."""
    await db.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id, OneTimeLink.purpose == purpose))
    secret = new_secret()
    db.add(
        OneTimeLink(
            digest=digest(secret), purpose=purpose, person_id=person.id, email=email, expires_at=at + LINK_LIFE[purpose]
        )
    )
    return secret


async def open_link(
    db: AsyncSession, secret: str, *purposes: Purpose, at: datetime, lock: bool = False
) -> tuple[OneTimeLink, Person]:
    """The link and whom it is for, with their roles, still unused. Raises `LinkOver`.

    With `lock` the two rows are held, so that of two clicks at once one finds it used.
    """
    find = select(OneTimeLink).where(OneTimeLink.digest == digest(secret))
    link = await db.scalar(find.with_for_update() if lock else find)
    if link is None:
        raise LinkOver
    whom = select(Person).where(Person.id == link.person_id).options(selectinload(Person.holdings))
    person = await db.scalar(whom.with_for_update() if lock else whom)
    if person is None or not any(link.is_valid(at, purpose=purpose, email=person.email) for purpose in purposes):
        raise LinkOver
    return link, person


async def use_link(db: AsyncSession, secret: str, *purposes: Purpose, at: datetime) -> tuple[OneTimeLink, Person]:
    """Use the link up in this transaction. Raises `LinkOver`."""
    link, person = await open_link(db, secret, *purposes, at=at, lock=True)
    await db.delete(link)
    await db.flush()
    return link, person


async def end_links(db: AsyncSession, person_id: str) -> None:
    """End every link of a person: their password or address has changed, or the account is closed."""
    await db.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person_id))
