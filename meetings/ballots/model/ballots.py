"""The part of a sitting's course that belongs to its ballots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from meetings.ballots.model.ballot import Ballot, Choice, Count, Kind, Means, Method, Post, Purpose, Result, Vote
from meetings.ballots.model.closed_session import Demand
from meetings.ballots.model.election import SINGLE_CANDIDACY, Election, ElectionRound, Waiver
from meetings.ballots.model.requests import Requests
from meetings.sittings.course import part
from meetings.sittings.journal import Entry
from meetings.sittings.model.progress import QUESTION_DECIDED

BALLOT_REQUESTED = "ballot.requested"
BALLOT_REQUEST_WITHDRAWN = "ballot.request_withdrawn"
REQUEST_DECIDED = "ballot.request_decided"
SECRECY_VOTED = "secrecy.voted"
BALLOT_OPENED = "ballot.opened"
VOTE_CALLED = "vote.called"
VOTE_RECORDED = "vote.recorded"
BALLOT_COUNTED = "ballot.counted"
VOICES_LOST = "ballot.voices_lost"
"""Of a member who declares an interest while a ballot on the item is not proclaimed: they fall, with their votes."""
LAST_CALL = "ballot.last_call"
BALLOT_CLOSED = "ballot.closed"
BALLOT_REOPENED = "ballot.reopened"
BALLOT_PROCLAIMED = "ballot.proclaimed"
BALLOT_VOIDED = "ballot.voided"
ELECTION_OPENED = "election.opened"
ROUND_OPENED = "round.opened"
"""A round after the first: who may vote is settled anew."""
ROUND_COUNTED = "round.counted"
ROUND_CORRECTED = "round.corrected"
"""What the last count should have said; the first one stands in the journal."""
ELECTION_PROCLAIMED = "election.proclaimed"
ELECTION_VOIDED = "election.voided"
CANDIDACY_TOOK_EFFECT = "candidacy.took_effect"


@part
@dataclass(frozen=True)
class Ballots:
    """Every ballot and election of a sitting, and what was asked before them."""

    ballots: Mapping[str, Ballot] = field(default_factory=dict)
    """In the order they were opened."""
    elections: Mapping[str, Election] = field(default_factory=dict)
    requests: Mapping[str, Requests] = field(default_factory=dict)
    """By item."""
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    """By item: the last vote on giving up the secrecy of an appointment."""
    current_id: str | None = None
    """The ballot or the election that is not settled yet: there is one at a time."""

    @property
    def current(self) -> Ballot | None:
        """The ballot under way: open, or closed and not proclaimed."""
        return self.ballots.get(self.current_id) if self.current_id else None

    @property
    def election(self) -> Election | None:
        """The election under way."""
        return self.elections.get(self.current_id) if self.current_id else None

    def requests_on(self, item_id: str) -> Requests:
        """What members ask for on an item."""
        return self.requests.get(item_id, Requests())

    def on(self, item_id: str) -> tuple[Ballot, ...]:
        """The ballots on an item, in order."""
        return tuple(ballot for ballot in self.ballots.values() if ballot.item_id == item_id)

    def elections_on(self, item_id: str) -> tuple[Election, ...]:
        """The elections under an item, in order."""
        return tuple(election for election in self.elections.values() if election.item_id == item_id)

    def is_waived(self, item_id: str, post: Post) -> bool:
        """Whether the secrecy of an appointment was given up."""
        waiver = self.waivers.get(item_id)
        return waiver is not None and waiver.post is post and waiver.is_waived

    def apply(self, entry: Entry) -> Self:
        """The ballots after an entry."""
        change = _CHANGES.get(entry.kind)
        return self if change is None else replace(self, **change(self, entry, entry.content))


_Change = Callable[[Ballots, Entry, Mapping[str, Any]], dict[str, Any]]


def _requested(before: Ballots, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    requests = before.requests_on(content["item"])
    kind = Kind(content["kind"])
    asking = {**requests.asking, kind: requests.by(kind) | frozenset(content["members"])}
    return {"requests": {**before.requests, content["item"]: replace(requests, asking=asking)}}


def _request_withdrawn(before: Ballots, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    requests = before.requests_on(content["item"])
    kind = Kind(content["kind"])
    asking = {**requests.asking, kind: requests.by(kind) - frozenset(content["members"])}
    return {"requests": {**before.requests, content["item"]: replace(requests, asking=asking)}}


def _request_decided(before: Ballots, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    granted = content["granted"]
    requests = replace(
        before.requests_on(content["item"]),
        granted=Kind(granted) if granted else None,
        because=content["answer"]["because"],
    )
    return {"requests": {**before.requests, content["item"]: requests}}


def _secrecy_voted(before: Ballots, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    waiver = Waiver(content["item"], Post(content["post"]), content["waived"], content["answer"]["because"])
    return {"waivers": {**before.waivers, waiver.item_id: waiver}}


def _entitled(content: Mapping[str, Any]) -> dict[str, str]:
    return {voice: content["entitled"][voice] for voice in content["order"]}


def _opened(before: Ballots, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    ballot = Ballot(
        ballot_id=content["ballot"],
        item_id=content["item"],
        question=content["question"],
        purpose=Purpose(content["purpose"]),
        post=Post(content["post"]) if content.get("post") else None,
        kind=Kind(content["kind"]),
        method=Method(content["method"]),
        entitled=_entitled(content),
        present=content["present"],
        represented=content["represented"],
        chair_id=content["chair"],
        opened_at=entry.at,
        demand=Demand.read(content),
    )
    return {"ballots": {**before.ballots, ballot.ballot_id: ballot}, "current_id": ballot.ballot_id}


def _change(of: Callable[[Ballot, Entry, Mapping[str, Any]], dict[str, Any]]) -> _Change:
    """A change of the one ballot that an entry names."""

    def change(before: Ballots, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
        ballot = before.ballots[content["ballot"]]
        after = replace(ballot, **of(ballot, entry, content))
        current_id = None if after.is_settled and before.current_id == after.ballot_id else before.current_id
        return {"ballots": {**before.ballots, after.ballot_id: after}, "current_id": current_id}

    return change


def _recorded(ballot: Ballot, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    vote = Vote(
        voice=content["voice"],
        caster=content["caster"],
        choice=Choice(content["choice"]),
        means=Means(content["method"]),
        at=entry.at,
        number=entry.number,
        hash=entry.hash,
    )
    return {"votes": {**ballot.votes, vote.voice: vote}}


def _lost(ballot: Ballot, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    gone = set(content["voices"])
    entitled = {voice: caster for voice, caster in ballot.entitled.items() if voice not in gone}
    present = sum(voice == caster for voice, caster in entitled.items())
    return {
        "entitled": entitled,
        "present": present,
        "represented": len(entitled) - present,
        "votes": {voice: vote for voice, vote in ballot.votes.items() if voice not in gone},
        "called": tuple(voice for voice in ballot.called if voice not in gone),
    }


def _counted(_ballot: Ballot, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    # What the chair said of another count says nothing of this one.
    return {"count": Count.read(content), "decided": {}}


def _closed(_ballot: Ballot, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"closed_at": entry.at, "chair_stayed": bool(content.get("chair_present", True))}


def _reopened(_ballot: Ballot, _entry: Entry, _content: Mapping[str, Any]) -> dict[str, Any]:
    return {"closed_at": None, "last_call_at": None, "decided": {}}


def _proclaimed(before: Ballots, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    found = _change(lambda _ballot, entry, _content: {"result": Result.read(entry)})(before, entry, content)
    ballot = before.ballots[content["ballot"]]
    if ballot.purpose.is_on_the_matter:
        found["requests"] = {item: each for item, each in before.requests.items() if item != ballot.item_id}
    return found


def _decided(before: Ballots, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    ballot = before.current
    if ballot is None or not str(content["question"]).startswith("ballot."):
        return {}
    decided = {**ballot.decided, content["question"]: content["choice"]}
    return {"ballots": {**before.ballots, ballot.ballot_id: replace(ballot, decided=decided)}}


def _election_opened(before: Ballots, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    election = Election(
        election_id=content["election"],
        item_id=content["item"],
        title=content["title"],
        post=Post(content["post"]),
        candidates=tuple(content["candidates"]),
        is_secret=content["secret"],
        entitled=_entitled(content),
        opened_at=entry.at,
    )
    return {"elections": {**before.elections, election.election_id: election}, "current_id": election.election_id}


def _of_election(of: Callable[[Election, Entry, Mapping[str, Any]], dict[str, Any]]) -> _Change:
    def change(before: Ballots, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
        election = before.elections[content["election"]]
        after = replace(election, **of(election, entry, content))
        current_id = None if after.is_settled and before.current_id == after.election_id else before.current_id
        return {"elections": {**before.elections, after.election_id: after}, "current_id": current_id}

    return change


def _round(election: Election, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rounds": (*election.rounds, ElectionRound.read(content, len(election.entitled))),
        "outcome": content["outcome"],
        "because": content["answer"]["because"],
        "is_round_open": False,
    }


def _corrected(election: Election, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    *before, last = election.rounds
    right = ElectionRound.read(content, last.voters, (*last.corrections, content["reason"]))
    return {
        "rounds": (*before, right),
        "outcome": content["outcome"],
        "because": content["answer"]["because"],
        "is_round_open": False,
    }


def _round_opened(_election: Election, _entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    return {"entitled": _entitled(content), "is_round_open": True}


def _elected(_election: Election, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "elected": content["elected"],
        "outcome": content["decided_by"],
        "because": content["answer"]["because"],
        "proclaimed_at": entry.at,
    }


def _appointed(before: Ballots, entry: Entry, content: Mapping[str, Any]) -> dict[str, Any]:
    names = tuple(content["candidates"])
    election = Election(
        election_id=content["election"],
        item_id=content["item"],
        title=content["title"],
        post=Post(content["post"]),
        candidates=names,
        is_secret=False,
        entitled={},
        opened_at=entry.at,
        outcome=SINGLE_CANDIDACY,
        because=content["answer"]["because"],
        elected=", ".join(names),
        proclaimed_at=entry.at,
    )
    return {"elections": {**before.elections, election.election_id: election}}


_CHANGES: Mapping[str, _Change] = {
    BALLOT_REQUESTED: _requested,
    BALLOT_REQUEST_WITHDRAWN: _request_withdrawn,
    REQUEST_DECIDED: _request_decided,
    SECRECY_VOTED: _secrecy_voted,
    BALLOT_OPENED: _opened,
    VOTE_CALLED: _change(lambda ballot, _entry, content: {"called": (*ballot.called, content["voice"])}),
    VOTE_RECORDED: _change(_recorded),
    VOICES_LOST: _change(_lost),
    BALLOT_COUNTED: _change(_counted),
    LAST_CALL: _change(lambda _ballot, entry, _content: {"last_call_at": entry.at}),
    BALLOT_CLOSED: _change(_closed),
    BALLOT_REOPENED: _change(_reopened),
    BALLOT_PROCLAIMED: _proclaimed,
    BALLOT_VOIDED: _change(lambda _ballot, _entry, content: {"void_reason": content["reason"]}),
    QUESTION_DECIDED: _decided,
    ELECTION_OPENED: _election_opened,
    ROUND_OPENED: _of_election(_round_opened),
    ROUND_COUNTED: _of_election(_round),
    ROUND_CORRECTED: _of_election(_corrected),
    ELECTION_PROCLAIMED: _of_election(_elected),
    ELECTION_VOIDED: _of_election(lambda _election, _entry, content: {"void_reason": content["reason"]}),
    CANDIDACY_TOOK_EFFECT: _appointed,
}
