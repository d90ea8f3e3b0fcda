"""The documents that go with an item of an agenda: put there by the clerk before the sitting is called."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import AgendaItem, ItemDocument, Sitting
from meetings.sittings.service.agenda import tell_sitting
from meetings.sittings.service.permissions import PREPARE
from portal.errors import Conflict, InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, require

LARGEST_DOCUMENT = 20 * 1024 * 1024
"""Bytes."""
MOST_DOCUMENTS = 20
"""Of one item."""
MEDIA_TYPES = {
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/zip",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
"""By the first bytes: a file's name proves nothing. Office documents are zip files."""


async def add_document(
    db: AsyncSession,
    actor: Actor | None,
    sitting: Sitting,
    item: AgendaItem,
    store: DocumentStore,
    *,
    name: str,
    content: bytes,
    is_public: bool,
    at: datetime,
) -> ItemDocument:
    """Add a file to an item, before the sitting is called. Raises `NotADraft` and `InvalidInput` naming ``file``."""
    require(actor, PREPARE)
    sitting.require_draft()
    kept = (await db.scalars(select(ItemDocument.id).filter_by(item_id=item.id))).all()
    if len(kept) >= MOST_DOCUMENTS:
        raise Conflict(lazy("An item holds 20 documents at most."))
    media_type = next((kind for start, kind in MEDIA_TYPES.items() if content.startswith(start)), None)
    if media_type is None:
        raise InvalidInput(fields={"file": lazy("Please choose a PDF, an office document, or a PNG or JPEG picture.")})
    if len(content) > LARGEST_DOCUMENT:
        raise InvalidInput(fields={"file": lazy("This file is larger than 20 megabytes.")})
    clean = " ".join(name.replace("/", " ").replace("\\", " ").split())[:120] or "document"
    document = ItemDocument(
        id=new_id(),
        item_id=item.id,
        name=clean,
        media_type=media_type,
        size=len(content),
        sha256=store.keep(content),
        is_public=is_public,
        added_at=at,
    )
    db.add(document)
    tell_sitting(db, sitting, "sitting.agenda_changed", actor)
    return document


async def remove_document(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, item: AgendaItem, document_id: str
) -> None:
    """Take a file off an item, before the sitting is called. Raises `NotADraft`, `NotFound`."""
    await db.delete(await _draft_document(db, actor, sitting, item, document_id))
    tell_sitting(db, sitting, "sitting.agenda_changed", actor)


async def open_document(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, item: AgendaItem, document_id: str, *, is_public: bool
) -> None:
    """Say whether everybody or members only may read a file. Raises as `remove_document`."""
    document = await _draft_document(db, actor, sitting, item, document_id)
    document.is_public = is_public
    tell_sitting(db, sitting, "sitting.agenda_changed", actor)


async def _draft_document(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, item: AgendaItem, document_id: str
) -> ItemDocument:
    require(actor, PREPARE)
    sitting.require_draft()
    document = await db.get(ItemDocument, document_id)
    if document is None or document.item_id != item.id:
        raise NotFound
    return document


class DocumentStore:
    """Files by the hash of their content, in the data directory: the same file sent twice is kept once."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when the first file comes."""
        self._folder = folder

    def keep(self, content: bytes) -> str:
        """Keep a file; its SHA-256, hexadecimal. A file that was written half is not taken for a whole one."""
        name = hashlib.sha256(content).hexdigest()
        path = self.path(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{name}.{new_id()}")
            partial.write_bytes(content)
            partial.replace(path)
        return name

    def path(self, sha256: str) -> Path:
        """Where a file is kept."""
        return self._folder / sha256[:2] / sha256
