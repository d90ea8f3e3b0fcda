"""The microphones of a sitting's room follow the floor: reactions that say who may be heard from now on.

What is written here the media workers enforce, from the seat's next packet on and after each reconnection. A host can
still open or close a microphone by hand; that holds until the floor next says something about the same person.
"""

from __future__ import annotations

from meetings.attendance.service import voices
from meetings.floor.model import Floor
from meetings.rooms.service.sitting_rooms import allow_microphones
from meetings.sittings.journal import Entry
from meetings.sittings.model.progress import Phase
from meetings.sittings.service.held import Held

VOTE_CALLED = "vote.called"
"""A member is called in a roll call by voice: they are heard until their vote is recorded."""
VOTE_RECORDED = "vote.recorded"


async def follow_phase(held: Held, _entry: Entry) -> None:
    """While the sitting is open, only its chair and who has the floor are heard; before, after and in a pause,
    everybody is."""
    seats = held.progress.seats
    if held.progress.phase is Phase.OPEN:
        await _allow(held, _heard(held), set(seats) - _heard(held))
    else:
        await _allow(held, set(seats), set(), to_all=True)


async def open_for_speaker(held: Held, entry: Entry) -> None:
    """The floor opens the microphone."""
    await _allow(held, {str(entry.content["member"])}, set())


async def close_after_speaker(held: Held, entry: Entry) -> None:
    """Its end closes it; the chair's own stays open."""
    await _allow(held, set(), {str(entry.content["member"])} - _heard(held))


async def open_for_vote(held: Held, entry: Entry) -> None:
    """Who is called to vote says so; whoever was called before and passed over is silent again."""
    called = _caster(held, entry)
    await _allow(held, {called}, set(held.progress.seats) - _heard(held) - {called})


async def close_after_vote(held: Held, entry: Entry) -> None:
    """And is silent again, by whichever means the vote came in."""
    if held.progress.phase is Phase.OPEN:
        await _allow(held, set(), {_caster(held, entry)} - _heard(held))


def _caster(held: Held, entry: Entry) -> str:
    voice = str(entry.content["voice"])
    said = entry.content.get("caster")
    return str(said) if said else voices(held, held.progress.item_id or "").get(voice, voice)


def _heard(held: Held) -> set[str]:
    turn = held.of(Floor).turn
    return {who for who in (held.progress.chair_id, turn.mandate_id if turn else None) if who is not None}


async def _allow(held: Held, speaking: set[str], silent: set[str], *, to_all: bool = False) -> None:
    if held.sitting.room_id is None:
        return
    persons = {who: seat.person_id for who, seat in held.progress.seats.items()}
    await allow_microphones(
        held.db,
        held.sitting.room_id,
        {persons[who] for who in speaking if who in persons},
        {persons[who] for who in silent if who in persons},
        to_all=to_all,
    )
