"""How many votes a member holds, and what becomes of them: proxies, interest, one voice each (CGCT L2121-20)."""

from __future__ import annotations

from collections import Counter

from meetings.rules.answers import Answer
from meetings.rules.cases import Case, case, choice, choices, count, flag, kind
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import number, rule, words, yes_no


@rule("proxies.holding", outcomes={"within": "held", "accepted": "held", "refused": "held max_per_holder"})
class Holding:
    """How many proxies one member may hold; open when nothing limits them."""

    max_per_holder: int | None = number(stricter="lower", may_be_open=True)


@rule(
    "proxies.term",
    outcomes={"refused": "most sittings_before", "excused": "sittings_before"},
)
class Term:
    """For how many consecutive sittings a proxy may be valid; open when nothing limits it."""

    most: int | None = number(stricter="lower", may_be_open=True)


@rule("proxies.interest", outcomes={"suspended": ""})
class SuspendedWithHolder:
    """A proxy is suspended with its holder: an interested member casts neither their own vote nor another's."""

    suspended: bool = yes_no(stricter=True)


@rule("proxies.individual_votes", outcomes={"refused": "votes_cast votes"})
class IndividualVotes:
    """Each member votes in person, for themselves and the proxies they lawfully hold: nobody votes for a group."""

    required: bool = yes_no(stricter=True)


@rule("ballot.not_cast", outcomes={"counted": "", "no_part": ""})
class NotCast:
    """The choices that are no votes cast."""

    excluded: tuple[str, ...] = words("abstain", "blank", "void", "refuses")


@case
class VoteRightsCase(Case):
    """One member when an item is put to the vote."""

    holder_interested: bool = flag(
        "Le membre est intéressé à l’affaire", "The member is personally interested", default=False
    )
    proxies_held: int = count("Pouvoirs déjà détenus", "Proxies already held", default=0)
    another_proxy: bool = flag("Un autre pouvoir lui est donné", "Another proxy names the same holder", default=False)
    sittings_before: int = count(
        "Séances consécutives où ce pouvoir valait déjà",
        "Consecutive sittings for which this proxy was valid already",
        default=0,
    )
    illness: bool = flag("Maladie dûment constatée du mandant", "Duly established illness of the giver", default=False)


@kind("vote_rights", VoteRightsCase, fr="Voix d’un membre et pouvoirs", en="Votes of a member and proxies")
def decide_vote_rights(case: VoteRightsCase, rules: Rules) -> Answer:
    """Count the member's own vote and the proxies received, up to the most that one holder may have.

    The other proxy is refused as well once it would be valid for more consecutive sittings than the rules allow.
    """
    why = Reasons(rules)
    most = why.rule(Holding).max_per_holder
    named = case.proxies_held + case.another_proxy
    fits = most is None or named <= most
    lasts = not case.another_proxy or _lasts(case, why)
    held = case.proxies_held if not lasts else named
    held = held if most is None else min(held, most)
    suspended = case.holder_interested and why.rule(SuspendedWithHolder).suspended
    if not fits:
        why.cite(Holding, "refused", held=held, max_per_holder=most)
    elif not lasts:
        why.cite(Term, "refused", most=why.rule(Term).most, sittings_before=case.sittings_before)
    elif suspended:
        why.cite(Holding)
    else:
        why.cite(Holding, "accepted" if case.another_proxy else "within", held=held)
        if case.another_proxy and _needs_excuse(case, why):
            why.cite(Term, "excused", sittings_before=case.sittings_before)
    if suspended:
        why.cite(SuspendedWithHolder, "suspended")
    return why.answer("vote_rights", {"votes": 0 if suspended else 1 + held, "accepted": fits and lasts})


def _needs_excuse(case: VoteRightsCase, why: Reasons) -> bool:
    most = why.rule(Term).most
    return most is not None and case.sittings_before >= most


def _lasts(case: VoteRightsCase, why: Reasons) -> bool:
    return case.illness or not _needs_excuse(case, why)


CHOICES = {
    "for": ("Pour", "For"),
    "against": ("Contre", "Against"),
    "abstain": ("Abstention", "Abstains"),
    "blank": ("Blanc", "Blank"),
    "void": ("Nul", "Void"),
    "refuses": ("Refuse de prendre part au vote", "Refuses to take part"),
}


@case
class MemberVotesCase(Case):
    """What one member casts: their own choice, then one for each proxy they claim to hold."""

    own: str = choice("Vote du membre", "The member's own vote", values=CHOICES)
    proxies: tuple[str, ...] = choices(
        "Votes au titre des pouvoirs", "Votes cast as proxies", values=CHOICES, default=()
    )
    holder_interested: bool = flag(
        "Le membre est intéressé à l’affaire", "The member is personally interested", default=False
    )


@kind("member_votes", MemberVotesCase, fr="Votes exprimés par un membre", en="Votes cast by one member")
def decide_member_votes(case: MemberVotesCase, rules: Rules) -> Answer:
    """Say how a member's choices enter the count, or refuse them when they are more than the votes held."""
    why = Reasons(rules)
    most = why.rule(Holding).max_per_holder
    cast = (case.own, *case.proxies)
    if case.holder_interested and why.rule(SuspendedWithHolder).suspended:
        why.cite(SuspendedWithHolder, "suspended")
        return why.answer("member_votes", _counts((), accepted=False))
    if most is not None and len(case.proxies) > most:
        why.cite(Holding)
        why.cite(IndividualVotes, "refused", votes_cast=len(cast), votes=1 + most)
        return why.answer("member_votes", _counts((), accepted=False))
    why.cite(Holding, "within", held=len(case.proxies))
    why.cite(NotCast, "no_part" if "refuses" in cast else "counted")
    return why.answer("member_votes", _counts(cast, accepted=True))


def _counts(cast: tuple[str, ...], *, accepted: bool) -> dict[str, bool | int]:
    found = Counter("abstain" if each == "refuses" else each for each in cast)
    return {"accepted": accepted, "votes": len(cast)} | {
        each: found[each] for each in ("for", "against", "abstain", "blank", "void")
    }
