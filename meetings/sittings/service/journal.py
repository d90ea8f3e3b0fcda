"""Writing the journal within a use case, and handing it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.journal import Entry, Heading, Link, Value, end_of, exported
from meetings.sittings.model import Body, JournalEntry, Sitting
from meetings.sittings.service.permissions import READ_JOURNAL
from portal.permissions import Actor, require


async def note(
    db: AsyncSession, sitting: Sitting, town: str, *, at: datetime, kind: str, by: str, content: Mapping[str, Value]
) -> Entry:
    """Append to the journal in the transaction of what happened.

    `sitting` was loaded for update, or is new: its row is the lock under which entries follow one another.
    """
    end = sitting.journal_end
    if end is None:
        end = Link.start(await heading_of(db, sitting, town))
    entry = end.append(at=at, kind=kind, by=by, content=content)
    db.add(JournalEntry.of(sitting.id, entry))
    new = end_of(entry)
    sitting.journal_number, sitting.journal_hash = new.number, new.hash
    return entry


async def heading_of(db: AsyncSession, sitting: Sitting, town: str) -> Heading:
    """What the journal is of."""
    body = await db.get_one(Body, sitting.body_id)
    return Heading(town, sitting.id, body.name, sitting.created_at)


async def entries_of(db: AsyncSession, sitting_id: str) -> list[Entry]:
    """The journal, in order."""
    rows = await db.scalars(select(JournalEntry).filter_by(sitting_id=sitting_id).order_by(JournalEntry.number))
    return [row.entry for row in rows]


async def export_journal(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, town: str, key: Ed25519PrivateKey
) -> bytes:
    """The journal as a file that `python -m meetings.minutes verify` checks."""
    require(actor, READ_JOURNAL)
    return exported(await heading_of(db, sitting, town), await entries_of(db, sitting.id), key)


def journal_key(secret_key: str) -> Ed25519PrivateKey:
    """The town's key for its journals, derived from its secret."""
    seed = HKDF(hashes.SHA256(), 32, salt=None, info=b"parvis journal").derive(secret_key.encode())
    return Ed25519PrivateKey.from_private_bytes(seed)
