"""Elections: candidates, rounds on paper in the hall, the proclamation (CGCT L2121-21, L2122-7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meetings.ballots.model import Ballots, Election, ElectionRound, Post
from meetings.ballots.model.ballots import ELECTION_OPENED, ELECTION_PROCLAIMED, ELECTION_VOIDED, ROUND_COUNTED
from meetings.ballots.service.requests import require_point
from meetings.ballots.service.voters import quorum_line, voters_on
from meetings.ballots.service.voting import required_reason
from meetings.rules import Answer, CaseError, ElectionCase, Round, decide
from meetings.sittings.journal import Value
from meetings.sittings.model import SittingMode
from meetings.sittings.model.progress import Point
from meetings.sittings.service.held import AsksAPerson, Held, Look, RefusedByRule, reasons
from portal.errors import Conflict, InvalidInput, NotFound
from portal.i18n import current_locale, lazy
from portal.ids import new_id

MOST_CANDIDATES = 40
NAME_LENGTH = 120


@dataclass(frozen=True)
class ElectionDraft:
    """A post to be filled."""

    title: str
    post: Post
    candidates: tuple[str, ...]


async def open_election(held: Held, draft: ElectionDraft) -> Election:
    """Begin an election under the item that is under discussion.

    Raises `RefusedByRule` where this sitting may not hold one, `InvalidInput` naming ``candidates``, `Conflict`.
    """
    held.require_conducts()
    point = require_point(held)
    if held.of(Ballots).current_id is not None:
        raise Conflict(lazy("A ballot is under way. Proclaim it first, or declare it void."))
    candidates = candidate_names(draft.candidates)
    probe = decide(ElectionCase(rounds=(Round(dict.fromkeys(candidates, 0), 0, 0),)), held.rules)
    if probe.result["decided_by"] == "postponed":
        raise RefusedByRule(probe)
    if held.progress.mode is SittingMode.REMOTE:
        raise Conflict(lazy("A secret ballot is held on paper, in one place. Postpone the item to such a sitting."))
    voters = voters_on(held, point.item_id)
    election_id = new_id()
    content: dict[str, Value] = {
        "election": election_id,
        "item": point.item_id,
        "title": title_of(draft, point),
        "post": draft.post.value,
        "candidates": list(candidates),
        "secret": not held.of(Ballots).is_waived(point.item_id, draft.post),
        "entitled": dict(voters.entitled),
        "order": list(voters.entitled),
        "present": voters.present,
        "represented": voters.represented,
        "chair": held.progress.chair_id,
        "quorum": quorum_line(held),
    }
    await held.note(ELECTION_OPENED, content)
    return held.of(Ballots).elections[election_id]


async def count_round(held: Held, election_id: str, candidates: Mapping[str, int], blank: int, void: int) -> Election:
    """Enter what was found in the box; the rules say whether somebody is elected or another round is needed.

    Raises `InvalidInput` for more papers than voters, `Conflict` when no round is due.
    """
    held.require_conducts()
    held.require_under_way()
    election = access_election(held, election_id)
    if not election.awaits_round:
        raise Conflict(lazy("No round of this election is due."))
    found = ElectionRound({name: candidates[name] for name in candidate_names(tuple(candidates))}, blank, void)
    if found.papers > len(election.entitled):
        raise InvalidInput(fields={"blank": lazy("These are more papers than there are voters.")})
    answer = _ask((*election.rounds, found), held)
    await held.note(
        ROUND_COUNTED,
        {
            "election": election_id,
            "round": len(election.rounds) + 1,
            "papers": found.papers,
            "candidates": dict(found.candidates),
            "blank": blank,
            "void": void,
            "outcome": str(answer.result["decided_by"]),
            "answer": reasons(answer),
        },
    )
    return access_election(held, election_id)


async def proclaim_election(held: Held, election_id: str, eldest: str | None = None) -> Election:
    """Say aloud who is elected. Among equals in the last round the eldest is; the chair says who that is.

    Raises `AsksAPerson` until the chair has said it, `Conflict` while a round is due.
    """
    held.require_conducts()
    election = access_election(held, election_id)
    if election.is_settled or election.awaits_round:
        raise Conflict(lazy("Nobody can be proclaimed yet: a round is due."))
    answer = _ask(election.rounds, held)
    elected, decided_by = answer.result["elected"], str(answer.result["decided_by"])
    if answer.question is not None:
        if eldest is None:
            raise AsksAPerson(answer)
        await held.decide_question(answer, eldest, election.item_id)
        elected, decided_by = eldest, "age"
    await _proclaim(held, election, str(elected) if elected else None, decided_by, answer)
    return access_election(held, election_id)


async def void_election(held: Held, election_id: str, reason: str) -> None:
    """Give an election up before anybody is proclaimed; its rounds stay in the journal."""
    held.require_conducts()
    election = access_election(held, election_id)
    if election.is_settled:
        raise Conflict(lazy("This ballot is settled already."))
    await held.note(ELECTION_VOIDED, {"election": election_id, "reason": required_reason(reason)})


def pending_answer(look: Look, election: Election) -> Answer | None:
    """What the rules said of the rounds so far; none before the first."""
    return _ask(election.rounds, look) if election.rounds else None


def access_election(held: Held, election_id: str) -> Election:
    """An election of this sitting. Raises `NotFound`."""
    election = held.of(Ballots).elections.get(election_id)
    if election is None:
        raise NotFound(lazy("There is no such ballot in this sitting."))
    return election


async def _proclaim(held: Held, election: Election, elected: str | None, decided_by: str, answer: Answer) -> None:
    majority = answer.result["majority"]
    content: dict[str, Value] = {
        "election": election.election_id,
        "elected": elected,
        "round": len(election.rounds),
        "decided_by": decided_by,
        "cast": int(str(answer.result["cast"])),
        "majority": majority if isinstance(majority, int) else None,
        "answer": reasons(answer),
    }
    await held.note(ELECTION_PROCLAIMED, content)


def _ask(rounds: tuple[ElectionRound, ...], look: Look) -> Answer:
    case = ElectionCase(rounds=tuple(Round(each.candidates, each.blank, each.void) for each in rounds))
    try:
        return decide(case, look.rules)
    except CaseError as error:
        raise Conflict(error.text.get(current_locale())) from error


def title_of(draft: ElectionDraft, point: Point) -> str:
    """What is filled; the item's own title where nothing was typed."""
    return " ".join(draft.title.split())[:NAME_LENGTH] or point.title


def candidate_names(typed: tuple[str, ...]) -> tuple[str, ...]:
    """Names as they were typed, each once. Raises `InvalidInput` naming ``candidates`` for none and for too many."""
    names = tuple(dict.fromkeys(clean for name in typed if (clean := " ".join(name.split()))))
    if not names or len(names) > MOST_CANDIDATES or any(len(name) > NAME_LENGTH for name in names):
        raise InvalidInput(fields={"candidates": lazy("Please give the candidates' names, one to a line.")})
    return names
