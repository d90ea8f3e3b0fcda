"""Opening a ballot: what is put to the vote, how, and who may vote for whom, frozen at that moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from meetings.ballots.model import Ballot, Ballots, Kind, Method, Post, Purpose
from meetings.ballots.model.ballot import METHODS
from meetings.ballots.model.ballots import BALLOT_OPENED, VOTE_CALLED
from meetings.ballots.service.options import Asked, options
from meetings.ballots.service.requests import closed_session_asked, require_point
from meetings.ballots.service.voters import Voters, quorum_line, voters_on
from meetings.sittings.journal import Value
from meetings.sittings.model import ItemKind, MandateFunction
from meetings.sittings.model.progress import Point
from meetings.sittings.service.held import Held, RefusedByRule
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy
from portal.ids import new_id

QUESTION_LENGTH = 500


class BallotDraft(BaseModel):
    """A ballot as the clerk asks for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: Annotated[str, StringConstraints(strip_whitespace=True, max_length=QUESTION_LENGTH)] = ""
    """Empty: the item's title."""
    purpose: Purpose = Purpose.DECISION
    post: Post = Post.OTHER
    kind: Kind = Kind.ORDINARY
    method: Method | None = None
    """None: the usual one of the kind."""
    asked_by: tuple[str, ...] = ()
    """Members who ask for a closed session; counts for no other purpose."""


@dataclass(frozen=True)
class _Opening:
    draft: BallotDraft
    point: Point
    voters: Voters
    method: Method
    asked: Mapping[str, Value]
    """Who asked for it, where somebody must."""


async def open_ballot(held: Held, draft: BallotDraft) -> Ballot:
    """Put the item under discussion to the vote.

    Raises `RefusedByRule` for a kind that the rules do not allow and a closed session that too few ask for,
    `InvalidInput` for who asks and is not present, `Conflict` while another ballot is under way, for an item without
    a vote, and for accounts over which the mayor still presides.
    """
    held.require_conducts()
    opening = _prepared(held, draft)
    ballot_id = new_id()
    entitled = opening.voters.entitled
    await held.note(
        BALLOT_OPENED,
        {
            "ballot": ballot_id,
            "item": opening.point.item_id,
            "question": draft.question or opening.point.title,
            "purpose": draft.purpose.value,
            "post": draft.post.value if draft.purpose is Purpose.APPOINTMENT else None,
            "kind": draft.kind.value,
            "method": opening.method.value,
            "entitled": dict(entitled),
            # An object's names have no order of their own in the journal.
            "order": list(entitled),
            "present": opening.voters.present,
            "represented": opening.voters.represented,
            "chair": held.progress.chair_id,
            "quorum": quorum_line(held),
            **opening.asked,
        },
    )
    if opening.method is Method.ROLL_CALL:
        await held.note(VOTE_CALLED, {"ballot": ballot_id, "voice": next(iter(entitled))})
    return held.of(Ballots).ballots[ballot_id]


def _prepared(held: Held, draft: BallotDraft) -> _Opening:
    point = require_point(held)
    if held.of(Ballots).current_id is not None:
        raise Conflict(lazy("A ballot is under way. Proclaim it first, or declare it void."))
    if point.kind is ItemKind.INFORMATION and draft.purpose is not Purpose.CLOSED_SESSION:
        raise Conflict(lazy("This item is for information: there is no vote on it."))
    voters = voters_on(held, point.item_id)
    if draft.purpose is Purpose.ACCOUNTS:
        voters = _without_head(held, voters)
    if not voters.entitled:
        raise Conflict(lazy("Nobody who may vote on this item is present."))
    asked = Asked(draft.purpose, voters, draft.post)
    chosen = next(each for each in options(held, asked) if each.kind is draft.kind)
    if chosen.refused is not None:
        raise RefusedByRule(chosen.refused)
    if chosen.why:
        raise Conflict(chosen.why)
    method = draft.method or chosen.methods[0]
    if method not in METHODS[draft.kind]:
        raise InvalidInput(fields={"method": lazy("Please choose one of the answers offered.")})
    asked_for = closed_session_asked(held, draft.asked_by) if draft.purpose is Purpose.CLOSED_SESSION else {}
    return _Opening(draft, point, voters, method, asked_for)


def _without_head(held: Held, voters: Voters) -> Voters:
    """Who votes on the accounts: not their author, who leaves for the vote (CGCT L2121-14)."""
    heads = {seat.mandate_id for seat in held.progress.seats.values() if seat.function is MandateFunction.CHAIR}
    if held.progress.chair_id in heads:
        raise Conflict(
            lazy("The mayor or president does not preside over the vote on their accounts: hand over the chair first "
                 "(CGCT L2121-14).")
        )  # fmt: skip
    return Voters({voice: by for voice, by in voters.entitled.items() if voice not in heads and by not in heads})
