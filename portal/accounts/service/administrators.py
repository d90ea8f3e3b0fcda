"""A town is never without an administrator."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person, RoleHolding, Status
from portal.clock import civil_date
from portal.errors import Conflict
from portal.i18n import lazy
from portal.permissions import Role


class LastAdministrator(Conflict):
    """Nobody would be left who can give roles."""

    code = "last-administrator"
    text = lazy("This is the town’s last administrator. Please give somebody else the role first, with no end.")


async def keep_an_administrator(
    db: AsyncSession, at: datetime, *, without_person: str | None = None, without_holding: str | None = None
) -> None:
    """Raise `LastAdministrator` if nobody else would hold the role without an end.

    Does nothing where the person or the holding is no administrator's. The rows are locked: of two administrators who
    remove each other at once, the second finds that they are the last.
    """
    today = civil_date(at)
    lasting = (
        select(RoleHolding, Person.id)
        .join(Person, Person.id == RoleHolding.person_id)
        .where(
            RoleHolding.role == Role.ADMINISTRATOR,
            RoleHolding.ended_at.is_(None),
            RoleHolding.until.is_(None),
            RoleHolding.since <= today,
            Person.status == Status.ACTIVE,
        )
        .order_by(RoleHolding.id)
        .with_for_update()
    )
    holdings = [holding for holding, _person_id in await db.execute(lasting)]
    staying = [item for item in holdings if item.person_id != without_person and item.id != without_holding]
    if holdings and len(staying) < len(holdings) and not staying:
        raise LastAdministrator
