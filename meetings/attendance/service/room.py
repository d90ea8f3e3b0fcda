"""The room of a sitting: opened with the roll when members are at a distance, run by who presides, closed with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.attendance.model.presence import ROOM_OPENED
from meetings.attendance.service.members import require_roll
from meetings.rooms.service import sitting_rooms
from meetings.sittings.journal import Entry
from meetings.sittings.model import MandateFunction, Sitting, SittingMode, SittingState
from meetings.sittings.service.held import Held, Look
from portal.accounts.model import RoleHolding
from portal.clock import civil_date
from portal.errors import Conflict
from portal.i18n import lazy
from portal.permissions import Role


async def open_room(held: Held) -> None:
    """Give the sitting sound and picture. In the hall they make nobody present: they carry and show who speaks.

    Raises `Conflict` when it has its room, and before the roll.
    """
    held.require_conducts()
    require_roll(held)
    if held.sitting.room_id is not None:
        raise Conflict(lazy("This sitting has its room already."))
    await _open(held)


async def open_with_roll(held: Held, _entry: Entry) -> None:
    """Reaction to the opening of the roll: members at a distance need the room."""
    if held.progress.mode is SittingMode.REMOTE and held.sitting.room_id is None:
        await _open(held)


async def hand_over(held: Held, _entry: Entry) -> None:
    """Reaction to a change in the chair: who presides runs the room."""
    chair = held.progress.seats.get(held.progress.chair_id or "")
    if held.sitting.room_id is not None and chair is not None:
        await sitting_rooms.hand_over(held.db, held.sitting.room_id, chair.person_id)


async def end_room(held: Held, _entry: Entry) -> None:
    """Reaction to the end of the sitting."""
    if held.sitting.room_id is not None:
        await sitting_rooms.end_sitting_room(held.db, held.sitting.room_id, held.now)


async def close_doors(held: Held, _entry: Entry) -> None:
    """Reaction to a closed session: members and clerks stay, everybody else is put out (CGCT L2121-18)."""
    if held.sitting.room_id is not None:
        staying = {seat.person_id for seat in held.progress.seats.values()} | await _clerks(held)
        await sitting_rooms.shut_out(held.db, held.sitting.room_id, staying, by=_by(held), now=held.now)


async def open_doors(held: Held, _entry: Entry) -> None:
    """Reaction to the end of a closed session."""
    if held.sitting.room_id is not None:
        await sitting_rooms.unlock(held.db, held.sitting.room_id, _by(held))


async def sitting_of_room(db: AsyncSession, room_id: str) -> str | None:
    """The sitting whose room this is."""
    found: str | None = await db.scalar(select(Sitting.id).filter_by(room_id=room_id))
    return found


async def rooms_in_use(db: AsyncSession) -> dict[str, str]:
    """Sittings that are not over, by their room."""
    rows = await db.execute(
        select(Sitting.room_id, Sitting.id).where(
            Sitting.room_id.is_not(None), Sitting.state.in_([SittingState.CONVENED, SittingState.OPEN])
        )
    )
    return {room_id: sitting_id for room_id, sitting_id in rows if room_id is not None}


async def _open(held: Held) -> None:
    seats = held.progress.seats.values()
    chair = next((seat for seat in seats if seat.mandate_id == held.progress.chair_id), None)
    chair = chair or next((seat for seat in seats if seat.function is MandateFunction.CHAIR), None)
    room = await sitting_rooms.open_sitting_room(
        held.db,
        title=held.body.name,
        host_id=chair.person_id if chair else _by(held),
        members={seat.person_id: seat.name for seat in seats},
        now=held.now,
    )
    held.sitting.room_id = room.id
    await held.note(ROOM_OPENED, {"room": room.id})


async def _clerks(look: Look) -> set[str]:
    today = civil_date(look.sitting.meets_at)
    holdings = await look.db.scalars(select(RoleHolding).where(RoleHolding.role.in_([Role.CLERK, Role.MAYOR])))
    return {holding.person_id for holding in holdings if holding.is_valid(today)}


def _by(held: Held) -> str:
    return held.actor.account_id if held.actor else ""
