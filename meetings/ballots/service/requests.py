"""Asking for a public or a secret ballot, giving up the secrecy of an appointment (CGCT L2121-21), asking for a closed
session (L2121-18)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from meetings.ballots.model import Ballots, Kind, Post
from meetings.ballots.model.ballots import BALLOT_REQUEST_WITHDRAWN, BALLOT_REQUESTED, REQUEST_DECIDED, SECRECY_VOTED
from meetings.ballots.model.closed_session import closed_session_case
from meetings.ballots.service.voters import present_members, voters_on
from meetings.rules import BallotRequestCase, SecrecyWaiverCase, decide
from meetings.sittings.journal import Value
from meetings.sittings.model.progress import ITEM_ENDED, ItemOutcome, Point
from meetings.sittings.service.held import Held, RefusedByRule, reasons
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy

FEWER = lazy("These are fewer votes than there are voters. Confirm it if that is right.")


async def ask_for_own(held: Held, kind: Kind) -> None:
    """A member asks, on their own device."""
    seat = held.require_seat()
    await _ask(held, kind, [seat.mandate_id])


async def ask_for_members(held: Held, kind: Kind, members: Sequence[str]) -> None:
    """The clerk records who asks in the hall. Raises `InvalidInput` naming ``member``."""
    held.require_conducts()
    await _ask(held, kind, [held.seat(member).mandate_id for member in members])


async def _ask(held: Held, kind: Kind, members: Collection[str]) -> None:
    point = require_point(held)
    requests = held.of(Ballots).requests_on(point.item_id)
    if kind is Kind.ORDINARY or not members:
        raise InvalidInput(fields={"members": lazy("Please say who asks, and for which ballot.")})
    if not set(members) <= present_members(held):
        raise Conflict(lazy("Only members who are present may ask for a kind of ballot; a proxy does not count."))
    if held.of(Ballots).current_id is not None:
        raise Conflict(lazy("A ballot is under way."))
    new = set(members) - requests.by(kind)
    if not new:
        return
    await held.note(BALLOT_REQUESTED, {"item": point.item_id, "kind": kind.value, "members": sorted(new)})
    await _decide(held, point)


async def withdraw_own(held: Held, kind: Kind) -> None:
    """A member takes their request back, on their own device. Raises `Conflict` for who did not ask."""
    seat = held.require_seat()
    await _withdraw(held, kind, seat.mandate_id)


async def withdraw_for_member(held: Held, kind: Kind, member: str) -> None:
    """The clerk records who takes a request back in the hall. Raises `InvalidInput` naming ``member``, `Conflict`."""
    held.require_conducts()
    await _withdraw(held, kind, held.seat(member).mandate_id)


async def _withdraw(held: Held, kind: Kind, member: str) -> None:
    point = require_point(held)
    if member not in held.of(Ballots).requests_on(point.item_id).by(kind):
        raise Conflict(lazy("This member has not asked for it."))
    if held.of(Ballots).current_id is not None:
        raise Conflict(lazy("A ballot is under way."))
    await held.note(BALLOT_REQUEST_WITHDRAWN, {"item": point.item_id, "kind": kind.value, "members": [member]})
    await _decide(held, point, withdrawn=kind)


async def _decide(held: Held, point: Point, *, withdrawn: Kind | None = None) -> None:
    """Ask the rules whether enough members ask now; what they grant is noted at once.

    What was granted falls only when somebody takes back a request for that kind, not because members have left since.
    """
    requests = held.of(Ballots).requests_on(point.item_id)
    present = present_members(held)
    voters = voters_on(held, point.item_id)
    answer = decide(
        BallotRequestCase(
            present=len(present),
            represented=voters.represented,
            # Who asked and left since is no member present any more.
            asked_secret=len(requests.by(Kind.SECRET) & present),
            asked_public=len(requests.by(Kind.PUBLIC) & present),
        ),
        held.rules,
    )
    granted, standing = answer.result["granted"], requests.granted
    if granted == (standing.value if standing else None):
        return
    # A secret ballot goes before a public one that was obtained first.
    if standing is not None and standing is not withdrawn and granted != Kind.SECRET.value:
        return
    content: dict[str, Value] = {"item": point.item_id, "granted": str(granted or ""), "answer": reasons(answer)}
    await held.note(REQUEST_DECIDED, content)
    if answer.result.get("postponed"):
        ended = {
            "item": point.item_id,
            "outcome": ItemOutcome.POSTPONED.value,
            "reason": f"{answer.because.fr} ({', '.join(answer.articles)})",
        }
        await held.note(ITEM_ENDED, ended)


async def vote_on_secrecy(
    held: Held, post: Post, agree: int, refuse: int, abstain: int, *, confirmed: bool = False
) -> bool:
    """Record the vote on giving up the secrecy of an appointment; whether it is given up.

    It takes all of those who may vote: who said nothing has not agreed. Raises `InvalidInput` for more votes than
    voters, and for fewer unless `confirmed`.
    """
    held.require_conducts()
    point = require_point(held)
    voters = voters_on(held, point.item_id)
    if agree + refuse + abstain > len(voters.entitled):
        raise InvalidInput(fields={"agree": lazy("These are more votes than there are voters.")})
    if agree + refuse + abstain < len(voters.entitled) and not confirmed:
        raise InvalidInput(fields={"confirmed": FEWER})
    case = SecrecyWaiverCase(agree=agree, refuse=refuse, abstain=abstain, voters=len(voters.entitled), post=post.value)
    answer = decide(case, held.rules)
    waived = bool(answer.result["waived"])
    await held.note(
        SECRECY_VOTED,
        {
            "item": point.item_id,
            "post": post.value,
            "agree": agree,
            "refuse": refuse,
            "abstain": abstain,
            "voters": len(voters.entitled),
            "waived": waived,
            "answer": reasons(answer),
        },
    )
    return waived


def closed_session_asked(held: Held, asked_by: Collection[str]) -> dict[str, Value]:
    """Who asks for a closed session and what the rules say to it, as the journal keeps them.

    Raises `InvalidInput` naming ``asked_by`` for whoever is not present, `RefusedByRule` for too few.
    """
    if not set(asked_by) <= present_members(held):
        absent = lazy("Only members who are present may ask for a closed session; a proxy does not count.")
        raise InvalidInput(fields={"asked_by": absent})
    answer = decide(closed_session_case(held.progress, asked_by), held.rules)
    if not answer.result["admissible"]:
        raise RefusedByRule(answer)
    return {"asked_by": [seat for seat in held.progress.seats if seat in asked_by], "asked": reasons(answer)}


def require_point(held: Held) -> Point:
    """The item under discussion in a sitting that is open. Raises `Conflict`."""
    held.require_under_way()
    point = held.progress.point
    if point is None:
        raise Conflict(lazy("No item is under discussion. Call one first."))
    return point
