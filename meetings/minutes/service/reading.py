"""The record of a sitting for who may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.minutes.model import Publication, Record, record_of
from meetings.minutes.model.open_data import Authority
from meetings.minutes.service.permissions import KEEP_MINUTES
from meetings.minutes.telling import ItemText
from meetings.rules import Answer, PublicationCase, decide
from meetings.sittings.model import Body, Sitting
from meetings.sittings.service.agenda import access_sitting, agenda_of
from meetings.sittings.service.audience import require_known
from meetings.sittings.service.held import Chamber
from meetings.sittings.service.journal import entries_of, heading_of
from portal.clock import civil_date
from portal.errors import NotFound
from portal.permissions import Actor, may, require


@dataclass(frozen=True)
class Found:
    """A sitting with its record and the texts that went out with its convocation."""

    sitting: Sitting
    body: Body
    record: Record
    texts: dict[str, ItemText]
    keeps: bool
    """Whether who reads keeps the minutes."""

    @property
    def authority(self) -> Authority:
        """Whose deliberations they are, as the body's page says."""
        return Authority(self.body.authority, self.body.siret)

    @property
    def list_publication(self) -> Publication:
        """The list as it was put online. Raises `NotFound` before."""
        if self.record.published_list is None:
            raise NotFound
        return self.record.published_list

    @property
    def minutes_publication(self) -> Publication:
        """The minutes as they were put online. Raises `NotFound` before."""
        if self.record.published_minutes is None:
            raise NotFound
        return self.record.published_minutes


async def read_record(db: AsyncSession, chamber: Chamber, actor: Actor | None, sitting_id: str, now: datetime) -> Found:
    """The record of a sitting: at any time for who keeps the minutes, once it is over for all who may know of it.

    Raises `NotFound`.
    """
    sitting = await access_sitting(db, sitting_id)
    await require_known(db, actor, sitting, now)
    keeps = may(actor, KEEP_MINUTES)
    record = record_of(await heading_of(db, sitting, chamber.town), await entries_of(db, sitting.id))
    if not keeps and not record.is_over:
        raise NotFound
    agenda = await agenda_of(db, sitting)
    texts = {item.id: ItemText(item.note, item.draft) for item in agenda.items}
    return Found(sitting, agenda.body, record, texts, keeps)


async def read_draft(db: AsyncSession, chamber: Chamber, actor: Actor | None, sitting_id: str, now: datetime) -> Found:
    """The same for who keeps the minutes, and for nobody else. Raises `NotSignedIn`, `Forbidden`, `NotFound`."""
    require(actor, KEEP_MINUTES)
    return await read_record(db, chamber, actor, sitting_id, now)


def due(found: Found, chamber: Chamber) -> Answer:
    """By when list and minutes must be out, in the words of the rules (CGCT L2121-15, L2121-25)."""
    record = found.record
    met_on = civil_date(record.opened_at or found.sitting.meets_at)
    published = record.published_minutes
    case = PublicationCase(
        met_on=met_on,
        approved_on=published.approved_on if published else None,
        closed_session=bool(record.closed_sessions),
    )
    return decide(case, chamber.rules(record.rule_set or found.body.rule_set, met_on))
