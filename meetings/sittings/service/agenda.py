"""Preparing a sitting: when, where, with which items and documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import AgendaItem, Body, ItemDocument, ItemKind, Sitting, SittingMode, SittingState
from meetings.sittings.model.sitting import MOST_ITEMS, PLACE_LENGTH, TEXT_LENGTH, TITLE_LENGTH, in_order
from meetings.sittings.service.permissions import PREPARE
from portal.clock import civil_date
from portal.errors import Conflict, InvalidInput, NotFound
from portal.events import DomainEvent, record
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, require

Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=TITLE_LENGTH)]
LongText = Annotated[str, StringConstraints(max_length=TEXT_LENGTH)]


class ItemDraft(BaseModel):
    """An item as it is typed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Title
    kind: ItemKind = ItemKind.DELIBERATION
    subject: Annotated[str, StringConstraints(max_length=60)] = ""
    reporter_id: str | None = None
    note: LongText = ""
    draft: LongText = ""


class SittingDraft(BaseModel):
    """When and how a sitting is to be held."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    meets_at: datetime
    place: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=PLACE_LENGTH)]
    mode: SittingMode = SittingMode.HALL
    is_urgent: bool = False
    second_call_of: date | None = None


@dataclass(frozen=True)
class Agenda:
    """A sitting with its items in order and their documents."""

    sitting: Sitting
    body: Body
    items: Sequence[AgendaItem]
    documents: Sequence[ItemDocument]

    def documents_of(self, item: AgendaItem) -> list[ItemDocument]:
        """An item's documents, in the order in which they were added."""
        return [document for document in self.documents if document.item_id == item.id]


async def plan_sitting(
    db: AsyncSession, actor: Actor | None, body: Body, draft: SittingDraft, now: datetime
) -> Sitting:
    """A new sitting, not called yet. Raises `InvalidInput` for a time that is past."""
    require(actor, PREPARE)
    _check_time(draft, now)
    sitting = Sitting(
        id=new_id(),
        body_id=body.id,
        **draft.model_dump(),
        state=SittingState.DRAFT,
        created_by=actor.account_id if actor else "",
        created_at=now,
        journal_number=0,
        journal_hash="",
        version=1,
    )
    db.add(sitting)
    await db.flush()
    if draft.is_urgent:
        await _urgency_first(db, sitting)
    tell_sitting(db, sitting, "sitting.planned", actor)
    return sitting


async def access_sitting(db: AsyncSession, sitting_id: str, *, lock: bool = False) -> Sitting:
    """A sitting, locked until the transaction ends if it is going to change. Raises `NotFound`."""
    sitting = await db.get(Sitting, sitting_id, with_for_update=lock or None, populate_existing=lock)
    if sitting is None:
        raise NotFound
    return sitting


async def agenda_of(db: AsyncSession, sitting: Sitting) -> Agenda:
    """The sitting's agenda as it stands."""
    items = (await db.scalars(select(AgendaItem).filter_by(sitting_id=sitting.id).order_by(AgendaItem.position))).all()
    ids = [item.id for item in items]
    documents = await db.scalars(
        select(ItemDocument).where(ItemDocument.item_id.in_(ids)).order_by(ItemDocument.added_at, ItemDocument.id)
    )
    return Agenda(sitting, await db.get_one(Body, sitting.body_id), items, documents.all())


async def change_sitting(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, draft: SittingDraft, now: datetime
) -> None:
    """Change when and how, before it is called. Raises `NotADraft`, `InvalidInput`."""
    require(actor, PREPARE)
    sitting.require_draft()
    _check_time(draft, now)
    became_urgent = draft.is_urgent and not sitting.is_urgent
    for name, value in draft.model_dump().items():
        setattr(sitting, name, value)
    if became_urgent:
        await _urgency_first(db, sitting)
    if not draft.is_urgent:
        await db.execute(delete(AgendaItem).filter_by(sitting_id=sitting.id, kind=ItemKind.URGENCY))
        await _number(db, sitting)
    tell_sitting(db, sitting, "sitting.changed", actor)


async def add_item(db: AsyncSession, actor: Actor | None, sitting: Sitting, draft: ItemDraft) -> AgendaItem:
    """Put an item at the end. Raises `NotADraft`, and `Conflict` for more than two hundred."""
    require(actor, PREPARE)
    sitting.require_draft()
    items = (await agenda_of(db, sitting)).items
    if len(items) >= MOST_ITEMS:
        raise Conflict(lazy("An agenda holds 200 items at most."))
    item = AgendaItem(id=new_id(), sitting_id=sitting.id, position=len(items) + 1, **draft.model_dump(), version=1)
    db.add(item)
    await db.flush()
    tell_sitting(db, sitting, "sitting.agenda_changed", actor)
    return item


async def access_item(db: AsyncSession, sitting: Sitting, item_id: str) -> AgendaItem:
    """One of the sitting's items. Raises `NotFound`."""
    item = await db.get(AgendaItem, item_id)
    if item is None or item.sitting_id != sitting.id:
        raise NotFound
    return item


async def change_item(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, item: AgendaItem, draft: ItemDraft
) -> None:
    """Change an item, before the sitting is called. Raises `NotADraft`."""
    require(actor, PREPARE)
    sitting.require_draft()
    for name, value in draft.model_dump().items():
        setattr(item, name, value)
    tell_sitting(db, sitting, "sitting.agenda_changed", actor)


async def move_item(db: AsyncSession, actor: Actor | None, sitting: Sitting, item: AgendaItem, to: int) -> None:
    """Put an item at another place, counted from 1; a question of urgency stays first. Raises `NotADraft`."""
    require(actor, PREPARE)
    sitting.require_draft()
    others = [each for each in (await agenda_of(db, sitting)).items if each.id != item.id]
    others.insert(min(max(to, 1), len(others) + 1) - 1, item)
    for position, each in enumerate(others, start=1):
        each.position = position
    in_order(others)
    tell_sitting(db, sitting, "sitting.agenda_changed", actor)


async def remove_item(db: AsyncSession, actor: Actor | None, sitting: Sitting, item: AgendaItem) -> None:
    """Take an item off, with its documents. Raises `NotADraft`, and `Conflict` for the question of urgency."""
    require(actor, PREPARE)
    sitting.require_draft()
    if item.kind is ItemKind.URGENCY:
        raise Conflict(lazy("A sitting called with urgency begins with the question whether it is urgent."))
    await db.execute(delete(ItemDocument).filter_by(item_id=item.id))
    await db.delete(item)
    await db.flush()
    await _number(db, sitting)
    tell_sitting(db, sitting, "sitting.agenda_changed", actor)


def stream_of(sitting_id: str) -> str:
    """The name of a sitting's stream."""
    return f"sitting:{sitting_id}"


def tell_sitting(db: AsyncSession, sitting: Sitting, kind: str, actor: Actor | None, subject_id: str = "") -> None:
    """Record that something happened to a sitting, for those who follow it."""
    actor_id = actor.account_id if actor else None
    event = DomainEvent(stream_of(sitting.id), kind, subject_id or sitting.id, sitting.version, actor_id=actor_id)
    record(db, event)


def _check_time(draft: SittingDraft, now: datetime) -> None:
    if draft.meets_at <= now:
        raise InvalidInput(fields={"meets_at": lazy("This time is past.")})
    if draft.second_call_of is not None and draft.second_call_of > civil_date(now):
        raise InvalidInput(fields={"second_call_of": lazy("Please give the day of the sitting that failed.")})


async def _urgency_first(db: AsyncSession, sitting: Sitting) -> None:
    # Its words are the law's question; the clerk may change them.
    title = "Reconnaissance de l’urgence"
    db.add(AgendaItem(id=new_id(), sitting_id=sitting.id, position=0, kind=ItemKind.URGENCY, title=title, version=1))
    await db.flush()
    await _number(db, sitting)


async def _number(db: AsyncSession, sitting: Sitting) -> None:
    in_order((await agenda_of(db, sitting)).items)
