"""What a viewer of a sitting reads: the public, its members, the clerk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import (
    AgendaItem,
    Body,
    ItemDocument,
    Mandate,
    Sitting,
    SittingState,
    Summons,
    VotingProxy,
)
from meetings.sittings.service.agenda import Agenda, access_sitting, agenda_of
from meetings.sittings.service.audience import WAS_CALLED, known_to, require_known
from meetings.sittings.service.bodies import Member, members_on
from meetings.sittings.service.convening import summons_of
from meetings.sittings.service.permissions import PREPARE
from meetings.sittings.service.replies import proxies_of
from portal.clock import PARIS, civil_date
from portal.errors import NotFound
from portal.mail import MailState, mail_states
from portal.permissions import Actor, may

LISTED = 50


class Delivery(StrEnum):
    """Where a member's mail is."""

    ON_ITS_WAY = "on_its_way"
    HANDED_OVER = "handed_over"
    """A mail server has taken it."""
    GIVEN_UP = "given_up"
    """No server took it within two days."""
    NO_ADDRESS = "no_address"


@dataclass(frozen=True)
class Receipt:
    """One member's line in the clerk's table."""

    member: Member
    summons: Summons
    delivery: Delivery
    holder: str
    """Who votes for the member, if a proxy stands; empty otherwise."""
    proxy_id: str


@dataclass(frozen=True)
class Line:
    """A sitting in a list."""

    sitting: Sitting
    body: str


async def listed(db: AsyncSession, actor: Actor | None, *, now: datetime) -> list[Line]:
    """Sittings of today and later that are not over, the next first; drafts for those who prepare them only."""
    known = await known_to(db, actor, now)
    rows = await db.execute(
        select(Sitting, Body.name)
        .join(Body, Body.id == Sitting.body_id)
        .where(Sitting.meets_at >= day_of(now), Sitting.state != SittingState.CLOSED, known)
        .order_by(Sitting.meets_at, Sitting.id)
        .limit(LISTED)
    )
    return [Line(sitting, name) for sitting, name in rows]


async def held(db: AsyncSession, actor: Actor | None, *, now: datetime) -> list[Line]:
    """Sittings that are over or were called for an earlier day, the latest first."""
    known = await known_to(db, actor, now)
    rows = await db.execute(
        select(Sitting, Body.name)
        .join(Body, Body.id == Sitting.body_id)
        .where(or_(Sitting.meets_at < day_of(now), Sitting.state == SittingState.CLOSED), WAS_CALLED, known)
        .order_by(Sitting.meets_at.desc(), Sitting.id)
        .limit(LISTED)
    )
    return [Line(sitting, name) for sitting, name in rows]


def day_of(now: datetime) -> datetime:
    """When the day began: a sitting of today stays in sight until it is over."""
    return datetime.combine(civil_date(now), time(), PARIS)


async def next_of_member(db: AsyncSession, person_id: str, *, now: datetime) -> Line | None:
    """The next sitting to which a person is called; today's until it is over."""
    rows = await db.execute(
        select(Sitting, Body.name)
        .join(Body, Body.id == Sitting.body_id)
        .join(Summons, Summons.sitting_id == Sitting.id)
        .join(Mandate, Mandate.id == Summons.mandate_id)
        .where(
            Mandate.person_id == person_id,
            Sitting.meets_at >= day_of(now),
            Sitting.state.in_({SittingState.CONVENED, SittingState.OPEN}),
        )
        .order_by(Sitting.meets_at)
        .limit(1)
    )
    found = rows.first()
    return Line(*found) if found else None


async def view_agenda(db: AsyncSession, actor: Actor | None, sitting_id: str, *, now: datetime) -> Agenda:
    """A sitting that this viewer may see. Raises `NotFound` for one of which they may not know."""
    sitting = await access_sitting(db, sitting_id)
    await require_known(db, actor, sitting, now)
    return await agenda_of(db, sitting)


async def access_document(
    db: AsyncSession, actor: Actor | None, document_id: str, *, now: datetime, is_summoned: bool = False
) -> ItemDocument:
    """A document that this viewer may read: public ones of a sitting of which they may know; all of them for its
    members and for those who prepare it. `is_summoned`: they showed the secret of a convocation to it.

    Raises `NotFound`.
    """
    document = await db.get(ItemDocument, document_id)
    item = await db.get(AgendaItem, document.item_id) if document else None
    if document is None or item is None:
        raise NotFound
    sitting = await access_sitting(db, item.sitting_id)
    if may(actor, PREPARE):
        return document
    if is_summoned or (actor is not None and await _is_called(db, sitting, actor.account_id)):
        return document
    await require_known(db, actor, sitting, now)
    if not document.is_public:
        raise NotFound
    return document


async def sitting_of_document(db: AsyncSession, document_id: str) -> str:
    """The id of the sitting that a document belongs to. Raises `NotFound`."""
    found: str | None = await db.scalar(
        select(AgendaItem.sitting_id)
        .join(ItemDocument, ItemDocument.item_id == AgendaItem.id)
        .where(ItemDocument.id == document_id)
    )
    if found is None:
        raise NotFound
    return found


async def members_of(db: AsyncSession, sitting: Sitting) -> list[Member]:
    """Who sits in the body on the day of the sitting."""
    return await members_on(db, sitting.body_id, civil_date(sitting.meets_at))


async def receipts(db: AsyncSession, sitting: Sitting) -> list[Receipt]:
    """Every member called, with what came back, in the order of the table."""
    summons = {each.mandate_id: each for each in await summons_of(db, sitting)}
    members = [member for member in await members_of(db, sitting) if member.mandate.id in summons]
    names = {member.mandate.id: member.name for member in members}
    proxies = {proxy.giver_id: proxy for proxy in await proxies_of(db, sitting) if proxy.stands}
    states = await mail_states(db, [each.mail_id for each in summons.values() if each.mail_id])
    return [_receipt(member, summons[member.mandate.id], proxies, names, states) for member in members]


def _receipt(
    member: Member,
    summons: Summons,
    proxies: Mapping[str, VotingProxy],
    names: Mapping[str, str],
    states: Mapping[str, MailState],
) -> Receipt:
    proxy = proxies.get(member.mandate.id)
    if summons.mail_id is None:
        delivery = Delivery.NO_ADDRESS
    else:
        delivery = {
            MailState.WAITING: Delivery.ON_ITS_WAY,
            MailState.TAKEN: Delivery.HANDED_OVER,
            MailState.GIVEN_UP: Delivery.GIVEN_UP,
        }[states[summons.mail_id]]
    holder = names.get(proxy.holder_id, "") if proxy else ""
    return Receipt(member, summons, delivery, holder, proxy.id if proxy else "")


async def _is_called(db: AsyncSession, sitting: Sitting, person_id: str) -> bool:
    found = await db.scalar(
        select(Summons.id)
        .join(Mandate, Mandate.id == Summons.mandate_id)
        .where(Summons.sitting_id == sitting.id, Mandate.person_id == person_id)
    )
    return found is not None


def public_documents(documents: Sequence[ItemDocument]) -> list[ItemDocument]:
    """Those that everybody may read."""
    return [document for document in documents if document.is_public]
