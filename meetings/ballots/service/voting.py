"""Public ballots: votes on a member's own device or entered by the clerk, and the end of the voting."""

from __future__ import annotations

from collections.abc import Sequence

from meetings.ballots.model import Ballot, Ballots, Choice, Kind, Method, State, Vote
from meetings.ballots.model.ballot import Means
from meetings.ballots.model.ballots import (
    BALLOT_CLOSED,
    BALLOT_REOPENED,
    LAST_CALL,
    VOTE_CALLED,
    VOTE_RECORDED,
)
from meetings.ballots.service.permissions import ENTER_VOTE, VOTE
from meetings.ballots.service.voters import casts_now, chair_is_present, present_members
from meetings.sittings.journal import Value
from meetings.sittings.service.held import Held
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.i18n import lazy
from portal.permissions import require

REASON_LENGTH = 500


class BallotClosed(Conflict):
    """The vote came after the closing."""

    code = "ballot-closed"
    text = lazy("This ballot is closed: your vote was not recorded.")


async def cast_vote(held: Held, ballot_id: str, voice: str, choice: Choice) -> Vote:
    """A member votes on their own device, for themselves or for whose proxy they hold; may change it until closing.

    The same choice again is the same vote, with the same receipt. Raises `Forbidden` for somebody else's voice,
    `BallotClosed` after the closing, `Conflict` in a roll call before the voice is asked.
    """
    require(held.actor, VOTE)
    seat = held.require_seat()
    ballot = access_ballot(held, ballot_id)
    if ballot.entitled.get(voice) != seat.mandate_id:
        raise Forbidden(lazy("You may vote for yourself and for members whose proxy you held when the ballot opened."))
    return await _record(held, ballot, voice, choice, Means.DEVICE)


async def enter_vote(held: Held, ballot_id: str, voice: str, choice: Choice, means: Means) -> Vote:
    """The clerk enters what a member says aloud or on the telephone. Raises `InvalidInput` naming ``voice``."""
    require(held.actor, ENTER_VOTE)
    ballot = access_ballot(held, ballot_id)
    if voice not in ballot.entitled:
        raise InvalidInput(fields={"voice": lazy("This member has no vote in this ballot.")})
    if means is Means.DEVICE:
        raise InvalidInput(fields={"means": lazy("Please choose one of the answers offered.")})
    return await _record(held, ballot, voice, choice, means)


async def _record(held: Held, ballot: Ballot, voice: str, choice: Choice, means: Means) -> Vote:
    if ballot.kind is not Kind.PUBLIC:
        raise Conflict(lazy("No names are kept in this ballot."))
    if ballot.state is not State.OPEN:
        raise BallotClosed
    standing = ballot.votes.get(voice)
    if standing is not None and standing.choice is choice:
        # A repetition over a bad line, or a second press: it counts once.
        return standing
    held.require_under_way()
    _require_casts(held, ballot, voice)
    if ballot.method is Method.ROLL_CALL and means is Means.DEVICE and voice not in ballot.called:
        raise Conflict(lazy("The roll call has not come to this name yet."))
    content = {
        "ballot": ballot.ballot_id,
        "voice": voice,
        "caster": ballot.entitled[voice],
        "choice": choice.value,
        "method": means.value,
    }
    await held.note(VOTE_RECORDED, content)
    if ballot.method is Method.ROLL_CALL and voice == ballot.asked:
        await call_on(held, access_ballot(held, ballot.ballot_id))
    return access_ballot(held, ballot.ballot_id).votes[voice]


def _require_casts(held: Held, ballot: Ballot, voice: str) -> None:
    """Raise `Conflict` for who has left since the ballot opened, or whose proxy has ended."""
    if casts_now(held, ballot.item_id).get(voice) == ballot.entitled[voice]:
        return
    if ballot.entitled[voice] in present_members(held):
        raise Conflict(lazy("This proxy has ended: the vote can no longer be cast by its holder (CGCT L2121-20)."))
    raise Conflict(lazy("Who has left casts no vote. What was cast before the departure stands (CGCT L2121-20)."))


async def call_next(held: Held, ballot_id: str) -> None:
    """Pass over the voice that is being asked and ask the next; at the end of the table, those passed over."""
    held.require_conducts()
    ballot = access_ballot(held, ballot_id)
    if ballot.method is not Method.ROLL_CALL or ballot.state is not State.OPEN:
        raise Conflict
    await call_on(held, ballot)


async def call_on(held: Held, ballot: Ballot) -> None:
    """Ask the next voice, if one is left."""
    voice = ballot.next_voice()
    if voice is not None and voice != ballot.asked:
        await held.note(VOTE_CALLED, {"ballot": ballot.ballot_id, "voice": voice})


async def close_ballot(held: Held, ballot_id: str, *, confirmed: bool = False) -> bool:
    """End the voting; whether it has ended.

    While somebody has not voted, the first attempt warns them and names them to who closes; a second, `confirmed`,
    closes without them.
    """
    held.require_conducts()
    ballot = access_ballot(held, ballot_id)
    if ballot.state is not State.OPEN:
        raise Conflict(lazy("This ballot is closed already."))
    if ballot.kind is not Kind.PUBLIC:
        raise Conflict(lazy("Enter what was counted: that closes this ballot."))
    missing = list(ballot.missing)
    if missing and (ballot.last_call_at is None or not confirmed):
        if ballot.last_call_at is None:
            await held.note(LAST_CALL, {"ballot": ballot_id, "missing": missing})
        return False
    await note_closed(held, ballot, missing)
    return True


async def note_closed(held: Held, ballot: Ballot, missing: Sequence[str] = ()) -> None:
    """The voting has ended: without these, and with or without a chair who could settle equal votes."""
    present = chair_is_present(held, ballot.item_id)
    content: dict[str, Value] = {"ballot": ballot.ballot_id, "missing": [*missing], "chair_present": present}
    await held.note(BALLOT_CLOSED, content)


async def reopen_ballot(held: Held, ballot_id: str, reason: str) -> None:
    """Let members vote again before the result is proclaimed, for instance who lost the line meanwhile."""
    held.require_conducts()
    held.require_under_way()
    ballot = access_ballot(held, ballot_id)
    if ballot.state is not State.CLOSED or ballot.kind is not Kind.PUBLIC:
        raise Conflict(lazy("Only a public ballot that is closed and not proclaimed can be opened again."))
    await held.note(BALLOT_REOPENED, {"ballot": ballot_id, "reason": required_reason(reason)})


def access_ballot(held: Held, ballot_id: str) -> Ballot:
    """A ballot of this sitting. Raises `NotFound`, also for one of another sitting."""
    ballot = held.of(Ballots).ballots.get(ballot_id)
    if ballot is None:
        raise NotFound(lazy("There is no such ballot in this sitting."))
    return ballot


def required_reason(reason: str) -> str:
    """A reason for the journal. Raises `InvalidInput` naming ``reason``."""
    clean = " ".join(reason.split())
    if not clean or len(clean) > REASON_LENGTH:
        raise InvalidInput(fields={"reason": lazy("Please give a reason: it goes into the journal.")})
    return clean
