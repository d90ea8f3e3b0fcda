"""Elections: candidates, rounds on paper in the hall, the proclamation (CGCT L2121-21, L2122-7)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from meetings.ballots.model import Ballots, Election, ElectionRound, Post
from meetings.ballots.model.ballots import (
    ELECTION_OPENED,
    ELECTION_PROCLAIMED,
    ELECTION_VOIDED,
    ROUND_CORRECTED,
    ROUND_COUNTED,
    ROUND_OPENED,
)
from meetings.ballots.service.requests import FEWER, require_point
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
    election_id = new_id()
    content: dict[str, Value] = {
        "election": election_id,
        "item": point.item_id,
        "title": title_of(draft, point),
        "post": draft.post.value,
        "candidates": list(candidates),
        "secret": not held.of(Ballots).is_waived(point.item_id, draft.post),
        "chair": held.progress.chair_id,
        **_voters_line(held, point),
    }
    await held.note(ELECTION_OPENED, content)
    return held.of(Ballots).elections[election_id]


async def open_round(held: Held, election_id: str) -> Election:
    """Begin another round: who may vote in it is settled now, so that whoever has come since the last one votes too.

    Raises `Conflict` when none is due.
    """
    held.require_conducts()
    point = require_point(held)
    election = access_election(held, election_id)
    if not election.awaits_opening:
        raise Conflict(lazy("No round of this election is due."))
    content: dict[str, Value] = {"election": election_id, "round": len(election.rounds) + 1}
    await held.note(ROUND_OPENED, content | _voters_line(held, point))
    return access_election(held, election_id)


Papers = Sequence[tuple[str, int]]
"""Each name with its papers."""


@dataclass(frozen=True)
class RoundCount:
    """What was found in the box, as it was typed."""

    papers: Papers
    blank: int = 0
    void: int = 0
    confirmed: bool = False
    """Fewer papers than voters, and that is right: somebody put none into the box."""

    def read(self, voters: int) -> ElectionRound:
        """As the model holds it. Raises `InvalidInput` for a name twice, and for more or fewer papers than voters."""
        names = [_clean(name) for name, _number in self.papers]
        if not all(names) or any(len(name) > NAME_LENGTH for name in names) or not 0 < len(names) <= MOST_CANDIDATES:
            raise InvalidInput(fields={"name": lazy("Please give the candidates' names, one to a line.")})
        if len({_folded(name) for name in names}) < len(names):
            raise InvalidInput(fields={"name": lazy("The same name stands here twice: add its papers up on one line.")})
        counts = dict(zip(names, (number for _name, number in self.papers), strict=True))
        found = ElectionRound(counts, self.blank, self.void, voters)
        if found.papers > voters:
            raise InvalidInput(fields={"blank": lazy("These are more papers than there are voters.")})
        if found.papers < voters and not self.confirmed:
            raise InvalidInput(fields={"confirmed": FEWER})
        return found


async def count_round(held: Held, election_id: str, count: RoundCount) -> Election:
    """Enter what was found in the box; the rules say whether somebody is elected or another round is needed.

    Raises `InvalidInput` as `RoundCount.read`, `Conflict` when no round is due.
    """
    held.require_conducts()
    held.require_under_way()
    election = access_election(held, election_id)
    if not election.awaits_round:
        raise Conflict(lazy("No round of this election is due."))
    found = count.read(len(election.entitled))
    answer = _ask((*election.rounds, found), held)
    content: dict[str, Value] = {"election": election_id, "round": len(election.rounds) + 1}
    await held.note(ROUND_COUNTED, content | _round_line(found, answer))
    return access_election(held, election_id)


async def correct_round(held: Held, election_id: str, count: RoundCount, reason: str) -> Election:
    """Put the last count right before anybody is proclaimed; what was entered first stands in the journal.

    A round that was opened on its strength is closed again. Raises `InvalidInput`, `Conflict` before the first count.
    """
    held.require_conducts()
    held.require_under_way()
    election = access_election(held, election_id)
    if election.is_settled or not election.rounds:
        raise Conflict(lazy("There is no count to correct."))
    *before, last = election.rounds
    found = count.read(last.voters)
    answer = _ask((*before, found), held)
    content: dict[str, Value] = {
        "election": election_id,
        "round": len(election.rounds),
        "reason": required_reason(reason),
    }
    await held.note(ROUND_CORRECTED, content | _round_line(found, answer))
    return access_election(held, election_id)


def _voters_line(held: Held, point: Point) -> dict[str, Value]:
    """Who may vote, as the journal keeps it."""
    voters = voters_on(held, point.item_id)
    return {
        "entitled": dict(voters.entitled),
        "order": list(voters.entitled),
        "present": voters.present,
        "represented": voters.represented,
        "quorum": quorum_line(held),
    }


def _round_line(found: ElectionRound, answer: Answer) -> dict[str, Value]:
    return {
        "papers": found.papers,
        "candidates": dict(found.candidates),
        "blank": found.blank,
        "void": found.void,
        "outcome": str(answer.result["decided_by"]),
        "answer": reasons(answer),
    }


async def proclaim_election(held: Held, election_id: str, eldest: str | None = None) -> Election:
    """Say aloud who is elected. Among equals in the last round the eldest is; the chair says who that is.

    Raises `AsksAPerson` until the chair has said it, `Conflict` while a round is due.
    """
    held.require_conducts()
    election = access_election(held, election_id)
    if election.is_settled or election.awaits_round or election.awaits_opening:
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
    once: dict[str, str] = {}
    for name in typed:
        once.setdefault(_folded(name), _clean(name))
    names = tuple(name for name in once.values() if name)
    if not names or len(names) > MOST_CANDIDATES or any(len(name) > NAME_LENGTH for name in names):
        raise InvalidInput(fields={"candidates": lazy("Please give the candidates' names, one to a line.")})
    return names


def _clean(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).split())


def _folded(name: str) -> str:
    """What two spellings of one name have in common."""
    return unicodedata.normalize("NFKC", _clean(name)).casefold()
