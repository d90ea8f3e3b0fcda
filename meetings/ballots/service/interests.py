"""An interest declared while a ballot is under way: the member's voices fall, or it must wait (CGCT L2131-11)."""

from __future__ import annotations

from collections.abc import Mapping

from meetings.ballots.model import Ballot, Ballots, Kind, State
from meetings.ballots.model.ballot import Method
from meetings.ballots.model.ballots import VOICES_LOST
from meetings.ballots.service.voting import call_on
from meetings.sittings.journal import Entry, Value
from meetings.sittings.service.held import Held
from portal.errors import Conflict
from portal.i18n import lazy


def require_separable(held: Held, content: Mapping[str, Value]) -> None:
    """Guards the declaration: what cannot be told apart any more must be voted again.

    A vote by name can be taken out, and a hand that has not been counted is left out of the count. Raises `Conflict`
    over hands that were counted, and over papers, which nobody may tell apart.
    """
    item_id, member = str(content["item"]), str(content["member"])
    ballots = held.of(Ballots)
    ballot, election = ballots.current, ballots.election
    if ballot is not None and ballot.item_id == item_id and _hides(ballot) and voices_with(ballot.entitled, member):
        raise Conflict(
            lazy("This member had a vote in the ballot under way, and it cannot be told apart: declare the ballot "
                 "void first, then note the interest and vote again (CGCT L2131-11).")
        )  # fmt: skip
    if election is None or election.item_id != item_id or election.awaits_opening:
        return
    if voices_with(election.entitled, member):
        raise Conflict(
            lazy("This member votes in the election under way, and papers cannot be told apart: give the election up "
                 "first, then note the interest and vote again (CGCT L2131-11).")
        )  # fmt: skip


def _hides(ballot: Ballot) -> bool:
    """Whether one voice cannot be taken out of it: papers, and hands once they are counted."""
    return ballot.kind is Kind.SECRET or (ballot.kind is Kind.ORDINARY and ballot.state is State.CLOSED)


async def drop_voices(held: Held, entry: Entry) -> None:
    """Reaction to the declaration: the member votes no more, for nobody, and nobody for them; votes they gave fall."""
    ballot = held.of(Ballots).current
    if ballot is None or ballot.item_id != entry.content["item"]:
        return
    member = str(entry.content["member"])
    lost = voices_with(ballot.entitled, member)
    if not lost:
        return
    content: dict[str, Value] = {"ballot": ballot.ballot_id, "member": member, "voices": [*lost], "cause": "interest"}
    await held.note(VOICES_LOST, content, by="")
    await _ask_on(held, held.of(Ballots).ballots[ballot.ballot_id], was_asked=ballot.asked in lost)


async def _ask_on(held: Held, ballot: Ballot, *, was_asked: bool) -> None:
    if was_asked and ballot.method is Method.ROLL_CALL and ballot.state is State.OPEN:
        await call_on(held, ballot)


def voices_with(entitled: Mapping[str, str], member: str) -> tuple[str, ...]:
    """A member's own voice, and those that they cast for others."""
    return tuple(voice for voice, caster in entitled.items() if member in {voice, caster})
