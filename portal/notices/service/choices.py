"""What a person wants to be told, how, and at what hours; and switching one kind off from a mail."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person
from portal.db import Database
from portal.errors import InvalidInput, NotFound
from portal.notices.model import KINDS, Hours, How, NoticeChoice, NoticeHours, NoticeKind
from portal.notices.service.reading import owner
from portal.notices.service.telling import hours_of
from portal.permissions import Actor


@dataclass(frozen=True)
class Choices:
    """A person's choices: every kind, and the quiet hours."""

    kinds: tuple[tuple[NoticeKind, How], ...]
    hours: Hours


async def own_choices(db: AsyncSession, actor: Actor | None) -> Choices:
    """The person's choices, defaults filled in. Raises `NotSignedIn`."""
    person_id = owner(actor)
    chosen = {row.kind: row.how for row in await db.scalars(select(NoticeChoice).filter_by(person_id=person_id))}
    kinds = tuple((kind, chosen.get(kind.name, kind.default)) for kind in KINDS.values())
    return Choices(kinds, await hours_of(db, person_id))


async def choose(database: Database, actor: Actor | None, chosen: Mapping[str, How], hours: Hours) -> None:
    """Keep what the person chose; kinds that are not named stay as they are. Raises `NotFound` for an unknown kind,
    `InvalidInput` for a way in which that kind is not told.
    """
    person_id = owner(actor)
    if not chosen.keys() <= KINDS.keys():
        raise NotFound
    if any(how not in KINDS[kind].choices for kind, how in chosen.items()):
        raise InvalidInput
    async with database.write() as db:
        for kind, how in sorted(chosen.items()):
            await db.merge(NoticeChoice(person_id=person_id, kind=kind, how=how))
        await db.merge(NoticeHours(person_id=person_id, begin=hours.begin, end=hours.end))


def off_token(secret_key: str, person_id: str, kind: str) -> str:
    """What the link in a mail carries: it switches one kind off for one person, without signing in, and no more."""
    signed = hmac.new(secret_key.encode(), f"notice off\0{person_id}\0{kind}".encode(), hashlib.sha256)
    return f"{person_id}.{kind}.{signed.hexdigest()[:32]}"


def read_off_token(secret_key: str, token: str) -> tuple[str, NoticeKind]:
    """The person and the kind that a link names. Raises `NotFound` for one that we did not make."""
    person_id, _, rest = token.partition(".")
    kind = rest.rpartition(".")[0]
    if kind not in KINDS or not hmac.compare_digest(token.encode(), off_token(secret_key, person_id, kind).encode()):
        raise NotFound
    return person_id, KINDS[kind]


async def switch_off(database: Database, person_id: str, kind: str) -> bool:
    """Tell the person of this kind no longer; False when there is no such account any more."""
    async with database.write() as db:
        person = await db.get(Person, person_id)
        if person is None or not person.is_active:
            return False
        await db.merge(NoticeChoice(person_id=person_id, kind=kind, how=How.OFF))
        return True
