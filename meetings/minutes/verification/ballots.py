"""Ballots, elections and appointments computed again: who might vote, who did, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from meetings.attendance.model.gathering import Gathering
from meetings.ballots.model import Ballot, Count, ElectionRound, Kind, State
from meetings.ballots.model.closed_session import closed_session_case
from meetings.ballots.model.deciding import decision
from meetings.minutes.verification.standing import Check, Content, Standing, same_people, shown
from meetings.rules import (
    BallotCase,
    CaseError,
    ElectionCase,
    Round,
    Rules,
    SecrecyWaiverCase,
    SingleCandidacyCase,
    decide,
)


def _opened(again: Standing, content: Content) -> Iterator[str]:
    voices, entitled = content["order"], content["entitled"]
    present = sum(voice == entitled[voice] for voice in voices)
    if (present, len(voices) - present) != (content["present"], content["represented"]):
        yield f"states {content['present']} present and {content['represented']} represented; its voices say otherwise"
    unknown = {*voices, *entitled.values()} - again.progress.seats.keys()
    if unknown:
        yield f"entitles who is not a member: {', '.join(sorted(unknown))}"
    if again.rules is None:
        return
    yield from _in_the_open(again, content, again.rules)
    yield from _closed_session(again, content, again.rules)
    if content["purpose"] == "accounts":
        return
    found = Gathering.of(again.presence, again.progress, again.rules, content["item"]).voices
    if found != dict(entitled):
        yield from same_people("entitled", found.keys(), voices)
        changed = sorted(voice for voice in found.keys() & set(voices) if found[voice] != entitled[voice])
        if changed:
            yield f"lets another cast the voice of {', '.join(changed)} than the proxies before say"


def _in_the_open(again: Standing, content: Content, rules: Rules) -> Iterator[str]:
    """An appointment that is not voted in secret needs a vote that gave it up for that post (CGCT L2121-21)."""
    if content["purpose"] != "appointment" or content["kind"] == "secret":
        return
    case = BallotCase(purpose="appointment", present=content["present"], represented=content["represented"])
    waiver, post = again.ballots.waivers.get(content["item"]), content.get("post")
    # Older journals do not name the post: any waiver on the item may be the one.
    is_waived = waiver is not None and waiver.is_waived and (post or waiver.post) == waiver.post
    if not is_waived and decide(case, rules).result["ballot"] == "secret":
        yield f"votes in the open on an appointment ({post or 'post not named'}) whose secrecy was not given up"


def _closed_session(again: Standing, content: Content, rules: Rules) -> Iterator[str]:
    """The doors are voted on when the head of the body or enough members present ask (CGCT L2121-18, L5211-11)."""
    if content["purpose"] != "closed_session" or "asked_by" not in content:
        # Older journals do not name who asked.
        return
    asked = content["asked_by"]
    absent = set(asked) - set(Gathering.of(again.presence, again.progress, rules, content["item"]).present)
    if absent:
        yield f"lets ask for a closed session who by the entries before is not there: {', '.join(sorted(absent))}"
    answer = decide(closed_session_case(again.progress, asked), rules)
    if not answer.result["admissible"]:
        yield f"votes on a closed session that {len(set(asked))} ask for; the rules want {answer.result['threshold']}"


def _secrecy(again: Standing, content: Content) -> Iterator[str]:
    """Given up only by all: whoever said nothing has not agreed (CGCT L2121-21)."""
    voices = again.voices(content["item"])
    if again.rules is None or voices is None or "voters" not in content:
        return
    if content["voters"] != len(voices):
        yield f"states {content['voters']} voters; by the entries before they are {len(voices)}"
    counts = {name: content[name] for name in ("agree", "refuse", "abstain")}
    if sum(counts.values()) > len(voices):
        yield f"states {sum(counts.values())} votes of {len(voices)} voices"
        return
    waived = decide(SecrecyWaiverCase(**counts, voters=len(voices), post=content["post"]), again.rules).result["waived"]
    if content["waived"] != waived:
        yield f"states that secrecy was given up: {shown(content['waived'])}; by the rules: {shown(waived)}"


def _vote(again: Standing, content: Content) -> Iterator[str]:
    again.done["vote"] += 1
    ballot = again.ballots.ballots[content["ballot"]]
    voice, caster = content["voice"], content["caster"]
    if ballot.kind is not Kind.PUBLIC:
        yield "names a vote in a ballot whose votes are not kept"
    if ballot.state is not State.OPEN:
        yield "records a vote while the ballot is not open"
    if ballot.entitled.get(voice) != caster:
        yield f"records a vote of {voice} by {caster}, who may not cast it"
        return
    voices = again.voices(ballot.item_id)
    if voices is not None and voices.get(voice) != caster:
        yield f"records a vote of {voice} by {caster}, who by the entries before has left or takes no part"


def _lost(again: Standing, content: Content) -> Iterator[str]:
    """Voices fall for an interest that was declared, and for nothing else."""
    ballot, member = again.ballots.ballots[content["ballot"]], content["member"]
    if member not in again.presence.grounds(ballot.item_id):
        yield f"takes the vote from {member}, who has declared no interest in the item"
    theirs = {voice for voice, caster in ballot.entitled.items() if member in {voice, caster}}
    if theirs != set(content["voices"]):
        yield from same_people("without a vote", theirs, content["voices"])


def _closed(again: Standing, content: Content) -> Iterator[str]:
    ballot = again.ballots.ballots[content["ballot"]]
    if again.rules is None or "chair_present" not in content:
        return
    found = Gathering.of(again.presence, again.progress, again.rules, ballot.item_id).present
    is_there = ballot.chair_id in found
    if is_there != content["chair_present"]:
        yield f"states whether the chair is present: {shown(not is_there)}; by the arrivals before: {shown(is_there)}"


def _proclaimed(again: Standing, content: Content) -> Iterator[str]:
    again.done["ballot"] += 1
    ballot = again.ballots.ballots[content["ballot"]]
    said = Count.read(content)
    counted = ballot.tally or Count()
    for name, value in counted.line.items():
        if said.line[name] != value:
            yield f"proclaims {said.line[name]} {name}; the votes before are {value}"
    if said.votes > len(ballot.entitled):
        yield f"proclaims {said.votes} votes of {len(ballot.entitled)} voices"
    if content["cast"] != counted.votes_for + counted.against:
        yield f"proclaims {content['cast']} votes cast; they are {counted.votes_for + counted.against}"
    barred = again.presence.grounds(ballot.item_id).keys() & {*ballot.entitled, *ballot.entitled.values()}
    if barred:
        yield f"counts who takes no part in the item: {', '.join(sorted(barred))}"
    if again.rules is not None:
        yield from _by_the_rules(ballot, content, again.rules)


def _by_the_rules(ballot: Ballot, content: Content, rules: Rules) -> Iterator[str]:
    try:
        found = decision(ballot, rules)
    except CaseError as error:
        yield f"proclaims what no ballot can be: {error}"
        return
    if found.question is not None:
        yield "proclaims what a person had to decide first"
    result = {"adopted": found.adopted, "decided_by": found.decided_by, "majority": found.answer.result["majority"]}
    for name, value in result.items():
        if content[name] != value:
            yield f"proclaims {name} {shown(content[name])}; by the rules it is {shown(value)}"


def _round(again: Standing, content: Content) -> Iterator[str]:
    again.done["round"] += 1
    election = again.ballots.elections[content["election"]]
    yield from _papers(again, content, election.rounds, len(election.entitled))


def _corrected(again: Standing, content: Content) -> Iterator[str]:
    *before, last = again.ballots.elections[content["election"]].rounds
    yield from _papers(again, content, tuple(before), last.voters)


def _papers(again: Standing, content: Content, before: Sequence[ElectionRound], voters: int) -> Iterator[str]:
    papers = sum(content["candidates"].values()) + content["blank"] + content["void"]
    if "papers" in content and content["papers"] != papers:
        yield f"states {content['papers']} papers; its counts are {papers}"
    if papers > voters:
        yield f"states {papers} papers of {voters} voices"
    if again.rules is None:
        return
    rounds = [Round(each.candidates, each.blank, each.void) for each in before]
    rounds.append(Round(content["candidates"], content["blank"], content["void"]))
    outcome = decide(ElectionCase(rounds=tuple(rounds)), again.rules).result["decided_by"]
    if content["outcome"] != outcome:
        yield f"states that the round was decided by {content['outcome']}; by the rules it is {outcome}"


def _round_opened(again: Standing, content: Content) -> Iterator[str]:
    voices = again.voices(again.ballots.elections[content["election"]].item_id)
    if voices is not None and voices != dict(content["entitled"]):
        yield from same_people("entitled", voices, content["entitled"])


def _appointed(again: Standing, content: Content) -> Iterator[str]:
    if again.rules is None:
        return
    found = SingleCandidacyCase(
        post=content["post"],
        candidacies=0 if content["list"] else len(content["candidates"]),
        lists=1 if content["list"] else 0,
    )
    if not decide(found, again.rules).result["takes_effect"]:
        yield "appoints without a vote where the rules want one"


BALLOT_CHECKS: Mapping[str, Check] = {
    "ballot.opened": _opened,
    "ballot.voices_lost": _lost,
    "secrecy.voted": _secrecy,
    "vote.recorded": _vote,
    "ballot.closed": _closed,
    "ballot.proclaimed": _proclaimed,
    "round.opened": _round_opened,
    "round.counted": _round,
    "round.corrected": _corrected,
    "candidacy.took_effect": _appointed,
}
