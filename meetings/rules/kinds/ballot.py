"""The result of a ballot: majority of the votes cast, casting vote, closed session, accounts (CGCT L2121-18, -20)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from meetings.rules.answers import Answer, Grade
from meetings.rules.cases import Case, case, choice, count, flag, kind
from meetings.rules.errors import CaseError
from meetings.rules.kinds.vote_rights import NotCast
from meetings.rules.rules import Reasons, Rules
from meetings.rules.shares import Share
from meetings.rules.terms import one_of, rule, share, words, yes_no

BALLOTS = {
    "ordinary": ("Ordinaire (main levée)", "Ordinary (show of hands)"),
    "public": ("Public (nominal)", "Public (names recorded)"),
    "secret": ("Secret", "Secret"),
}
PURPOSES = {
    "decision": ("Délibération", "Decision"),
    "closed_session": ("Huis clos", "Closed session"),
    "accounts": ("Comptes du maire ou du président", "Accounts of the mayor or president"),
    "appointment": ("Nomination ou présentation", "Appointment or presentation"),
}
CHAIR_VOTES = {"for": ("Pour", "For"), "against": ("Contre", "Against"), "abstain": ("Abstention", "Abstained")}
Outcome = tuple[bool | None, str]

_VOTES = "votes_for against cast majority"


@rule("ballot.kinds", outcomes={"postponed": "", "read_as_public": ""})
class Kinds:
    """The kinds of ballot a sitting may hold, and what becomes of an item that needs one it may not hold."""

    allowed: tuple[str, ...] = words("ordinary", "public", "secret", stricter="fewer")
    usual: Literal["ordinary", "public", "secret"] = one_of("ordinary", "public", "secret")


@rule("ballot.appointment", outcomes={"secret": ""})
class Appointment:
    """Whether appointments and presentations are voted in secret unless all agree otherwise."""

    secret: bool = yes_no(stricter=True)


@rule("ballot.appointment_shown", outcomes={"shown": "", "tie": ""}, asks=True)
class AppointmentShown:
    """An appointment voted without secrecy: lawful only if that was given up unanimously."""


@rule("ballot.majority", outcomes={"adopted": _VOTES, "rejected": _VOTES})
class Majority:
    """The share of the votes cast that adopts."""

    share: Share = share(stricter="higher")


@rule("ballot.no_vote_cast", outcomes={"not_adopted": ""})
class NoVoteCast:
    """When everybody abstains there is no majority."""

    adopted: bool = yes_no()


@rule(
    "ballot.tie",
    outcomes=dict.fromkeys(("adopted", "rejected", "unknown", "secret", "no_chair"), "votes_for"),
    asks=True,
)
class Tie:
    """What resolves equal votes, by kind of ballot."""

    ordinary: Literal["chair_casting", "not_adopted"] = one_of("chair_casting", "not_adopted")
    public: Literal["chair_casting", "not_adopted"] = one_of("chair_casting", "not_adopted")
    secret: Literal["chair_casting", "not_adopted"] = one_of("chair_casting", "not_adopted")


@rule("ballot.tie_chair_abstained", outcomes={"asks": "votes_for"}, asks=True)
class TieChairAbstained:
    """A tie in which the chair abstained: put to a person."""


@rule("ballot.closed_session", outcomes={"adopted": "votes_for needed base", "rejected": "votes_for needed base"})
class ClosedSession:
    """The share of the members present or represented that closes the doors."""

    share: Share = share(stricter="higher")


@rule("ballot.closed_session_tie", outcomes={"not_adopted": "votes_for"})
class ClosedSessionTie:
    """Whether the chair's vote can close the doors when exactly half of those present or represented want it."""


@rule("ballot.accounts", outcomes={"adopted": _VOTES, "rejected": _VOTES})
class Accounts:
    """The accounts are adopted unless this share of the votes cast is against."""

    share_against: Share = share()


@rule("ballot.accounts_no_casting_vote", outcomes={"adopted": "votes_for"})
class AccountsNoCastingVote:
    """Accounts with equal votes and no casting vote: no majority against has appeared."""


@rule("ballot.accounts_tie_against", outcomes={"asks": "votes_for"}, asks=True)
class AccountsTieAgainst:
    """Accounts with equal votes and a chair who voted against: put to a person."""


@case
class BallotCase(Case):
    """The count of one ballot."""

    ballot: str | None = choice("Mode de scrutin", "Kind of ballot", values=BALLOTS, default=None)
    purpose: str = choice("Objet du vote", "Purpose", values=PURPOSES, default="decision")
    votes_for: int = count("Pour", "For", default=0, key="for")
    against: int = count("Contre", "Against", default=0)
    abstain: int = count("Abstentions", "Abstentions", default=0)
    blank: int = count("Blancs", "Blank", default=0)
    void: int = count("Nuls", "Void", default=0)
    present: int = count("Présents", "Present")
    represented: int = count("Représentés", "Represented", default=0)
    chair_vote: str | None = choice("Vote du président de séance", "The chair's vote", values=CHAIR_VOTES, default=None)
    chair_takes_part: bool = flag(
        "Le président de séance prend part au vote, jusqu’à sa clôture", "The chair takes part in the vote, to its end",
        default=True,
    )  # fmt: skip

    @property
    def counted(self) -> int:
        """How many votes of every kind there are."""
        return self.votes_for + self.against + self.abstain + self.blank + self.void

    def check(self) -> None:
        """Refuse more votes than voters, and a chair's vote that nobody cast."""
        votes = self.counted
        voters = self.present + self.represented
        if votes > voters:
            raise CaseError(
                f"Impossible : {votes} votes pour {voters} membres présents ou représentés.",
                f"Impossible: {votes} votes for {voters} members present or represented.",
                field="present",
            )
        if {"for": self.votes_for, "against": self.against}.get(self.chair_vote or "", 1) == 0:
            raise CaseError(
                "Impossible : le vote du président de séance ne figure pas dans le décompte.",
                "Impossible: the chair's vote is not among the votes counted.",
                field="chair_vote",
            )
        if self.chair_vote is not None and not self.chair_takes_part:
            raise CaseError(
                "Impossible : le président de séance ne prend pas part au vote.",
                "Impossible: the chair takes no part in the vote.",
                field="chair_vote",
            )


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of a ballot once the kind of ballot is known."""

    case: BallotCase
    ballot: str
    cast: int

    @property
    def tied(self) -> bool:
        """Whether both sides have the same, and at least one vote each."""
        return self.case.votes_for == self.case.against > 0


@kind("ballot", BallotCase, fr="Résultat d’un vote", en="Result of a ballot")
def decide_ballot(case: BallotCase, rules: Rules) -> Answer:
    """Proclaim a ballot, or put it to a person when the law does not say."""
    why = Reasons(rules)
    kinds = why.rule(Kinds)
    secret_by_law = case.purpose == "appointment" and why.rule(Appointment).secret
    ballot = case.ballot or ("secret" if secret_by_law else kinds.usual)
    count_ = Count(case, ballot, case.votes_for + case.against)
    if secret_by_law and ballot == "secret":
        why.cite(Appointment, "secret")
    majority = why.rule(Majority).share.smallest(count_.cast)
    if ballot not in kinds.allowed:
        if ballot == "secret" or "public" not in kinds.allowed:
            why.cite(Kinds, "postponed")
            return _answer(why, count_, majority, (None, "postponed"))
        why.cite(Kinds, "read_as_public")
        count_ = Count(case, "public", count_.cast)
    if case.purpose == "closed_session":
        majority, outcome = _closed_session(count_, why)
    elif case.purpose == "accounts":
        majority = why.rule(Accounts).share_against.smallest(count_.cast)
        outcome = _accounts(count_, majority, why)
    else:
        outcome = _decision(count_, majority, why, shown=secret_by_law and ballot != "secret")
    return _answer(why, count_, majority, outcome)


def _answer(why: Reasons, count_: Count, majority: int, outcome: Outcome) -> Answer:
    adopted, decided_by = outcome
    return why.answer(
        "ballot",
        {
            "adopted": adopted,
            "cast": count_.cast,
            "majority": majority,
            "decided_by": decided_by,
            "ballot": count_.ballot,
        },
    )


def _decision(count_: Count, majority: int, why: Reasons, *, shown: bool) -> Outcome:
    case = count_.case
    if case.abstain or case.blank or case.void:
        why.cite(NotCast)
    if shown:
        if count_.tied:
            why.ask(AppointmentShown, "tie", about="fact")
            return None, "human"
        why.cite(AppointmentShown, "shown")
    if count_.cast == 0:
        if not case.counted and case.ballot not in {None, count_.ballot}:
            # Asked whether such a ballot may be held: that it is read as another one is the whole answer.
            return why.rule(NoVoteCast).adopted, "majority"
        return why.cite(NoVoteCast, "not_adopted").adopted, "majority"
    if count_.tied:
        return _tie(count_, why)
    adopted = case.votes_for >= majority
    why.cite(Majority, "adopted" if adopted else "rejected", votes_for=case.votes_for, against=case.against,
             cast=count_.cast, majority=majority)  # fmt: skip
    return adopted, "majority"


def _casting(count_: Count, why: Reasons) -> bool:
    tie = why.rule(Tie)
    return {"ordinary": tie.ordinary, "public": tie.public, "secret": tie.secret}[count_.ballot] == "chair_casting"


def _tie(count_: Count, why: Reasons) -> Outcome:
    votes = count_.case.votes_for
    if not _casting(count_, why):
        why.cite(Tie, "secret", votes_for=votes)
        return False, "majority"
    if not count_.case.chair_takes_part:
        # Read out of the article: it names the vote of whoever presides, and there is none.
        why.cite(Tie, "no_chair", votes_for=votes)
        why.doubt(Grade.B)
        return False, "majority"
    match count_.case.chair_vote:
        case "for":
            why.cite(Tie, "adopted", votes_for=votes)
            return True, "casting_vote"
        case "against":
            why.cite(Tie, "rejected", votes_for=votes)
            return False, "casting_vote"
        case "abstain":
            why.ask(TieChairAbstained, "asks", votes_for=votes)
        case _:
            why.ask(Tie, "unknown", about="fact", votes_for=votes)
    return None, "human"


def _closed_session(count_: Count, why: Reasons) -> tuple[int, Outcome]:
    case = count_.case
    base = case.present + case.represented
    needed = why.rule(ClosedSession).share.smallest(base)
    adopted = case.votes_for >= needed
    why.cite(ClosedSession, "adopted" if adopted else "rejected", votes_for=case.votes_for, needed=needed, base=base)
    if count_.tied and case.votes_for * 2 == base and case.chair_vote == "for" and _casting(count_, why):
        why.cite(ClosedSessionTie, "not_adopted", votes_for=case.votes_for)
    return needed, (adopted, "majority")


def _accounts(count_: Count, majority: int, why: Reasons) -> Outcome:
    case = count_.case
    if case.votes_for != case.against:
        rejected = case.against >= majority
        why.cite(Accounts, "rejected" if rejected else "adopted", votes_for=case.votes_for, against=case.against,
                 cast=count_.cast, majority=majority)  # fmt: skip
        return not rejected, "majority"
    why.cite(Accounts)
    if count_.cast == 0 or not case.chair_takes_part or not _casting(count_, why):
        why.cite(AccountsNoCastingVote, "adopted", votes_for=case.votes_for)
        return True, "majority"
    if case.chair_vote == "against":
        why.ask(AccountsTieAgainst, "asks", votes_for=case.votes_for)
        return None, "human"
    return _tie(count_, why)
