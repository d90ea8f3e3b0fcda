"""What sittings keep about a person who sits in a body, for their export.

Nothing of it goes with the account: mandates, convocations, answers and proxies belong to the record of the body.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from meetings.sittings.model import Body, Mandate, Sitting, Summons, VotingProxy
from portal.accounts.model import Person
from portal.accounts.service import exports, warns_before_erasure
from portal.i18n import _, show_list

Line = Mapping[str, str | bool | None]


@exports("sittings")
async def my_sittings(db: AsyncSession, person_id: str) -> dict[str, Sequence[Line]]:
    """One's mandates, what one was called to and answered, and the proxies that one gave or held."""
    return {
        "mandates": await _mandates(db, person_id),
        "convocations": await _convocations(db, person_id),
        "proxies": await _proxies(db, person_id),
    }


@warns_before_erasure
async def my_seats(db: AsyncSession, person_id: str, today: date) -> Sequence[str]:
    """A seat is not given up with the account, but nobody is called to a sitting without one."""
    held = await db.execute(
        select(Mandate, Body.name).join(Body, Body.id == Mandate.body_id).where(Mandate.person_id == person_id)
    )
    bodies = sorted({name for mandate, name in held if mandate.is_valid(today)})
    if not bodies:
        return []
    return [
        _(
            "You sit in: %(bodies)s. Please tell the clerk first: without an account you are not called to its"
            " sittings, and lists name your seat “Closed account”. The records of sittings that were held keep your"
            " name."
        )
        % {"bodies": show_list(bodies)}
    ]


async def _mandates(db: AsyncSession, person_id: str) -> list[Line]:
    rows = await db.execute(
        select(Mandate, Body.name)
        .join(Body, Body.id == Mandate.body_id)
        .where(Mandate.person_id == person_id)
        .order_by(Mandate.since, Mandate.id)
    )
    return [
        {
            "body": name,
            "function": mandate.function.value,
            "group": mandate.group,
            "rank": str(mandate.rank),
            "since": mandate.since.isoformat(),
            "until": mandate.until.isoformat() if mandate.until else None,
            "on_paper": mandate.on_paper,
        }
        for mandate, name in rows
    ]


async def _convocations(db: AsyncSession, person_id: str) -> list[Line]:
    rows = await db.execute(
        select(Summons, Sitting, Body.name)
        .join(Sitting, Sitting.id == Summons.sitting_id)
        .join(Body, Body.id == Sitting.body_id)
        .join(Mandate, Mandate.id == Summons.mandate_id)
        .where(Mandate.person_id == person_id)
        .order_by(Sitting.meets_at, Summons.id)
    )
    found: list[Line] = []
    for summons, sitting, name in rows:
        times = ("sent_at", "paper_at", "opened_at", "acknowledged_at", "replied_at")
        told = {each: at.isoformat() if (at := getattr(summons, each)) else None for each in times}
        reply = summons.reply.value if summons.reply else None
        found.append({"body": name, "meets_at": sitting.meets_at.isoformat(), "reply": reply, **told})
    return found


async def _proxies(db: AsyncSession, person_id: str) -> list[Line]:
    giver, holder = aliased(Mandate), aliased(Mandate)
    gave, holds = aliased(Person), aliased(Person)
    rows = await db.execute(
        select(VotingProxy, Sitting, Body.name, gave.name, holds.name)
        .join(Sitting, Sitting.id == VotingProxy.sitting_id)
        .join(Body, Body.id == Sitting.body_id)
        .join(giver, giver.id == VotingProxy.giver_id)
        .join(holder, holder.id == VotingProxy.holder_id)
        .join(gave, gave.id == giver.person_id)
        .join(holds, holds.id == holder.person_id)
        .where(or_(giver.person_id == person_id, holder.person_id == person_id))
        .order_by(VotingProxy.given_at, VotingProxy.id)
    )
    return [
        {
            "body": body,
            "meets_at": sitting.meets_at.isoformat(),
            "giver": giver_name,
            "holder": holder_name,
            "given_at": proxy.given_at.isoformat(),
            "revoked_at": proxy.revoked_at.isoformat() if proxy.revoked_at else None,
        }
        for proxy, sitting, body, giver_name, holder_name in rows
    ]
