"""What comes back from members: opened, acknowledged, answered; proxies; paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rules import SetLibrary, rules_for
from meetings.sittings.journal import Value
from meetings.sittings.model import Body, Mandate, Reply, Sitting, Summons, VotingProxy
from meetings.sittings.model.progress import PROXY_GIVEN
from meetings.sittings.service.agenda import tell_sitting
from meetings.sittings.service.journal import note
from meetings.sittings.service.permissions import READ_SUMMONS, RECORD_PROXY
from meetings.sittings.service.proxy_terms import require_valid
from portal.clock import civil_date
from portal.db import digest
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, may, require


@dataclass(frozen=True)
class Own:
    """A member's own convocation."""

    summons: Summons
    mandate: Mandate


async def own_summons(db: AsyncSession, actor: Actor | None, sitting: Sitting) -> Own:
    """The convocation of the person who asks. Raises `NotSignedIn`, and `NotFound` for who is not a member."""
    require(actor, READ_SUMMONS)
    person_id = actor.account_id if actor else ""
    rows = await db.execute(
        select(Summons, Mandate)
        .join(Mandate, Mandate.id == Summons.mandate_id)
        .where(Summons.sitting_id == sitting.id, Mandate.person_id == person_id)
    )
    return _own(rows.first())


async def summons_by_secret(db: AsyncSession, secret: str) -> Own:
    """The convocation whose mail holds this secret. Raises `NotFound`."""
    rows = await db.execute(
        select(Summons, Mandate)
        .join(Mandate, Mandate.id == Summons.mandate_id)
        .where(Summons.secret_digest == digest(secret))
    )
    return _own(rows.first())


def _own(row: Sequence[Any] | None) -> Own:
    if row is None:
        raise NotFound
    summons, mandate = row
    return Own(summons, mandate)


async def open_summons(db: AsyncSession, sitting: Sitting, own: Own, town: str, now: datetime) -> None:
    """The member has it before them: noted the first time."""
    if own.summons.open(now):
        await _note(db, sitting, "summons.opened", _Said(own.mandate, own.mandate.person_id, {}), town=town, now=now)


async def acknowledge(db: AsyncSession, sitting: Sitting, own: Own, town: str, now: datetime) -> None:
    """The member confirms to have received it: noted the first time."""
    if own.summons.acknowledge(now):
        await _note(
            db, sitting, "summons.acknowledged", _Said(own.mandate, own.mandate.person_id, {}), town=town, now=now
        )


async def reply(
    db: AsyncSession, sitting: Sitting, own: Own, said: Reply, *, by: str, town: str, now: datetime
) -> None:
    """Whether the member comes; said by the member, or by the clerk for them. Raises `NotConvened`."""
    sitting.require_convened()
    own.summons.answer(said, now)
    await _note(db, sitting, "summons.answered", _Said(own.mandate, by, {"reply": said.value}), town=town, now=now)


async def access_summons(db: AsyncSession, actor: Actor | None, sitting: Sitting, mandate_id: str) -> Own:
    """A member's convocation, for the clerk. Raises `Forbidden`, `NotFound`."""
    require(actor, RECORD_PROXY)
    summons = (await db.scalars(select(Summons).filter_by(sitting_id=sitting.id, mandate_id=mandate_id))).one_or_none()
    mandate = await db.get(Mandate, mandate_id)
    return _own((summons, mandate) if summons is not None and mandate is not None else None)


async def hand_over(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, own: Own, *, town: str, now: datetime
) -> None:
    """The clerk records that the paper was handed over; the first time counts. Raises `Forbidden`."""
    require(actor, RECORD_PROXY)
    if own.summons.paper_at is None:
        own.summons.paper_at = now
        by = actor.account_id if actor else ""
        await _note(db, sitting, "summons.handed_over", _Said(own.mandate, by, {}), town=town, now=now)


async def proxies_of(db: AsyncSession, sitting: Sitting) -> Sequence[VotingProxy]:
    """Every proxy of a sitting, revoked ones too, in the order given."""
    found = select(VotingProxy).filter_by(sitting_id=sitting.id).order_by(VotingProxy.given_at, VotingProxy.id)
    return (await db.scalars(found)).all()


async def has_declined(db: AsyncSession, sitting: Sitting, mandate_id: str) -> bool:
    """Whether a member has answered that they will not come."""
    found = select(Summons.reply).filter_by(sitting_id=sitting.id, mandate_id=mandate_id)
    return await db.scalar(found) is Reply.ABSENT


async def givers_to(db: AsyncSession, sitting: Sitting, holder_id: str) -> Sequence[Mandate]:
    """Whose proxies a member holds: those that stand."""
    giver_ids = [
        proxy.giver_id for proxy in await proxies_of(db, sitting) if proxy.stands and proxy.holder_id == holder_id
    ]
    return (await db.scalars(select(Mandate).where(Mandate.id.in_(giver_ids)))).all()


async def give_proxy(
    db: AsyncSession,
    actor: Actor | None,
    sitting: Sitting,
    *,
    giver_id: str,
    holder_id: str,
    library: SetLibrary,
    town: str,
    now: datetime,
    illness: bool = False,
) -> VotingProxy:
    """Let a member vote for another: given by the member, or recorded by the clerk from paper.

    Only the clerk says that illness is duly established, which lets a proxy last beyond three sittings in a row.
    Raises `ProxyRefused` in the words of the rules, `Forbidden` for whose mandate it is not, `InvalidInput` for a
    person who does not sit in the body that day.
    """
    giver = await _member(db, sitting, "giver_id", giver_id)
    by = _require_giver(actor, giver)
    if illness:
        require(actor, RECORD_PROXY)
    return await _give(db, sitting, giver, holder_id, by=by, library=library, town=town, now=now, illness=illness)


async def give_own_proxy(
    db: AsyncSession, own: Own, sitting: Sitting, *, holder_id: str, library: SetLibrary, town: str, now: datetime
) -> VotingProxy:
    """Let somebody vote for the member whose convocation was shown. Raises as `give_proxy`.

    Nobody signed in for it, and the journal says so: whoever has the link gives in the member's name.
    """
    by = own.mandate.person_id
    return await _give(db, sitting, own.mandate, holder_id, by=by, library=library, town=town, now=now, means="link")


async def _give(
    db: AsyncSession,
    sitting: Sitting,
    giver: Mandate,
    holder_id: str,
    *,
    by: str,
    library: SetLibrary,
    town: str,
    now: datetime,
    means: str = "account",
    illness: bool = False,
) -> VotingProxy:
    holder = await _member(db, sitting, "holder_id", holder_id)
    sitting.require_not_over()
    body = await db.get_one(Body, sitting.body_id)
    rules = rules_for(library, body.rule_set, _day(sitting))
    standing = await proxies_of(db, sitting)
    await require_valid(db, sitting, rules, standing, giver_id=giver.id, holder_id=holder.id, illness=illness)
    proxy = VotingProxy(
        id=new_id(), sitting_id=sitting.id, giver_id=giver.id, holder_id=holder.id, given_at=now, recorded_by=by
    )
    db.add(proxy)
    content: dict[str, Value] = {"proxy": proxy.id, "holder": holder.id, "means": means}
    content |= {"excused": True} if illness else {}
    await _note(db, sitting, PROXY_GIVEN, _Said(giver, by, content), town=town, now=now)
    return proxy


async def revoke_proxy(
    db: AsyncSession, actor: Actor | None, sitting: Sitting, proxy_id: str, *, town: str, now: datetime
) -> None:
    """Take a proxy back, at any time: by its giver, or by the clerk for them. Raises `NotFound`, `Forbidden`."""
    proxy = await _proxy(db, sitting, proxy_id)
    giver = await db.get_one(Mandate, proxy.giver_id)
    by = _require_giver(actor, giver)
    await _revoke(db, sitting, proxy, _Said(giver, by, {"proxy": proxy.id}), town=town, now=now)


async def revoke_own_proxy(
    db: AsyncSession, own: Own, sitting: Sitting, proxy_id: str, *, town: str, now: datetime
) -> None:
    """Take back the proxy of the member whose convocation was shown. Raises `NotFound`, also for somebody else's."""
    proxy = await _proxy(db, sitting, proxy_id)
    if proxy.giver_id != own.mandate.id:
        raise NotFound
    said = _Said(own.mandate, own.mandate.person_id, {"proxy": proxy.id})
    await _revoke(db, sitting, proxy, said, town=town, now=now)


async def _proxy(db: AsyncSession, sitting: Sitting, proxy_id: str) -> VotingProxy:
    proxy = await db.get(VotingProxy, proxy_id, with_for_update=True)
    if proxy is None or proxy.sitting_id != sitting.id:
        raise NotFound
    return proxy


async def _revoke(
    db: AsyncSession, sitting: Sitting, proxy: VotingProxy, said: _Said, *, town: str, now: datetime
) -> None:
    proxy.revoke(now)
    await _note(db, sitting, "proxy.revoked", said, town=town, now=now)


def _require_giver(actor: Actor | None, giver: Mandate) -> str:
    """Who enters it: the giver themself, or somebody who may record for others."""
    require(actor, READ_SUMMONS)
    if actor is None or (actor.account_id != giver.person_id and not may(actor, RECORD_PROXY)):
        require(actor, RECORD_PROXY)
    return actor.account_id if actor else ""


async def _member(db: AsyncSession, sitting: Sitting, field: str, mandate_id: str) -> Mandate:
    mandate = await db.get(Mandate, mandate_id)
    if mandate is None or mandate.body_id != sitting.body_id or not mandate.is_valid(_day(sitting)):
        raise InvalidInput(fields={field: lazy("Please choose a member of this body.")})
    return mandate


def _day(sitting: Sitting) -> date:
    return civil_date(sitting.meets_at)


@dataclass(frozen=True)
class _Said:
    """What is noted of a member: by whom, with what."""

    mandate: Mandate
    by: str
    content: dict[str, Value]


async def _note(db: AsyncSession, sitting: Sitting, kind: str, said: _Said, *, town: str, now: datetime) -> None:
    content: dict[str, Value] = {"member": said.mandate.id, **said.content}
    tell_sitting(db, sitting, "sitting.answered", None)
    await note(db, sitting, town, at=now, kind=kind, by=said.by, content=content)
