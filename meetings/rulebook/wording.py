"""What an answer is called: the large words above it, and the names of its figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from meetings.rules import Answer
from portal.i18n import _, lazy, ngettext, show_date, show_list

Result = Mapping[str, object]
Tone = Literal["good", "bad", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Headline:
    """An answer in a few words, and whether it opens a way, bars it, warns, or only informs."""

    tone: Tone
    words: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of an answer."""

    label: str
    value: str


PERSON = lazy("A person decides")
LATER = lazy("To a later sitting in one place")

GRADES: Mapping[str, tuple[Tone, str, str]] = {
    "A": ("good", lazy("Settled"), lazy("The text or an official answer says so.")),
    "B": ("warn", lazy("Likely"), lazy("Ask a lawyer before relying on this.")),
    "C": ("bad", lazy("Left open by the law"), lazy("No text decides this; a person does.")),
}

OVERRIDES = {
    "none": lazy("Set by law"),
    "tighten": lazy("Internal rules may tighten it"),
    "free": lazy("Internal rules may change it"),
}

TOPICS = {
    "quorum": lazy("Quorum"),
    "proxies": lazy("Proxies"),
    "ballot": lazy("Ballots"),
    "ballot_request": lazy("Asking for a ballot"),
    "secrecy_waiver": lazy("Giving up secrecy"),
    "election": lazy("Elections"),
    "notice": lazy("Convocation"),
    "agenda": lazy("Agenda"),
    "requisition": lazy("Asking for a meeting"),
    "seats": lazy("Seats of the council"),
    "publication": lazy("Publication"),
    "remote": lazy("Meeting by video"),
}

KIND_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (lazy("Before the sitting"), ("notice", "agenda_item", "remote", "single_place", "requisition", "seats")),
    (
        lazy("During the sitting"),
        (
            "urgency",
            "quorum",
            "resumption",
            "ballot",
            "ballot_request",
            "closed_session_request",
            "secrecy_waiver",
            "election",
            "single_candidacy",
            "vote_rights",
            "member_votes",
        ),
    ),
    (lazy("After the sitting"), ("publication", "councillors_notice")),
)

_LABELS = {
    "counted": lazy("Counted"),
    "threshold": lazy("Needed"),
    "base": lazy("Members in office for this item"),
    "cast": lazy("Votes cast"),
    "majority": lazy("Majority"),
    "decided_by": lazy("Decided by"),
    "ballot": lazy("Kind of ballot"),
    "round": lazy("Round"),
    "next_round": lazy("Next round"),
    "secret": lazy("Requests for a secret ballot"),
    "public": lazy("Requests for a public ballot"),
    "clear_days": lazy("Clear days given"),
    "required": lazy("Days needed"),
    "unit": lazy("Counted in"),
    "explanatory_note": lazy("Explanatory note on each item"),
    "deemed_complete": lazy("Deemed complete from"),
    "list_due": lazy("List of deliberations by"),
    "minutes_due": lazy("Minutes by"),
    "list_includes_refused": lazy("Refused deliberations in the list"),
    "recording": lazy("Recording"),
    "barred": lazy("Barred from video"),
    "postponed": lazy("Postponed to a sitting in one place"),
    "stream": lazy("Streamed live to the public"),
    "accepted": lazy("Admissible"),
    "votes": lazy("Votes"),
    "for": lazy("Votes for"),
    "against": lazy("Votes against"),
    "abstain": lazy("Abstentions"),
    "blank": lazy("Blank papers"),
    "void": lazy("Void papers"),
    "discussion_allowed": lazy("Discussion"),
    "within_days": lazy("Days to call the meeting"),
    "convene_by": lazy("Meeting due by"),
    "semester_from": lazy("Half-year from"),
    "semester_to": lazy("Half-year to"),
}

_VALUES = {
    "majority": lazy("majority"),
    "casting_vote": lazy("the chair's casting vote"),
    "human": lazy("a person"),
    "postponed": lazy("a later sitting"),
    "absolute_majority": lazy("absolute majority"),
    "relative_majority": lazy("relative majority"),
    "age": lazy("age"),
    "next_round": lazy("the next round"),
    "no_votes": lazy("nobody had a vote"),
    "ordinary": lazy("ordinary"),
    "public": lazy("public"),
    "secret": lazy("secret"),
    "clear_days": lazy("clear days"),
    "days": lazy("days"),
    "published": lazy("published"),
    "withheld": lazy("withheld"),
}


def headline(answer: Answer) -> Headline:
    """The answer in large words."""
    return HEADLINES[answer.kind](answer.result)


def facts(answer: Answer) -> list[Fact]:
    """The figures of the answer that its large words do not say already."""
    said = SAID.get(answer.kind, ())
    return [
        Fact(_(_LABELS[name]), _shown(value))
        for name, value in answer.result.items()
        if name not in said and value not in (None, ())
    ]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dt.date):
        return show_date(value)
    if isinstance(value, tuple):
        return show_list([str(each) for each in value])
    return _(_VALUES[value]) if isinstance(value, str) and value in _VALUES else str(value)


def _yes_or_no(
    name: str, yes: str, no: str, otherwise: str = PERSON, tones: tuple[Tone, Tone] = ("good", "bad")
) -> Callable[[Result], Headline]:
    def words(result: Result) -> Headline:
        if result[name] is None:
            return Headline("warn", _(otherwise))
        return Headline(tones[0], _(yes)) if result[name] else Headline(tones[1], _(no))

    return words


def _ballot(result: Result) -> Headline:
    if result["decided_by"] == "postponed":
        return Headline("warn", _(LATER))
    return _yes_or_no("adopted", lazy("Adopted"), lazy("Not adopted"))(result)


def _election(result: Result) -> Headline:
    if result["elected"] is not None:
        return Headline("good", _("%(name)s is elected") % {"name": result["elected"]})
    by = {"postponed": LATER, "next_round": lazy("Another round is needed"), "no_votes": lazy("Nobody is elected")}
    return Headline("warn", _(by.get(str(result["decided_by"]), PERSON)))


def _ballot_request(result: Result) -> Headline:
    if "granted" not in result:
        return Headline("note", _("Secret: %(secret)s requests. Public: %(public)s requests.") % dict(result))
    if result.get("postponed"):
        return Headline("warn", _(LATER))
    ballots = {"secret": lazy("Secret ballot"), "public": lazy("Public ballot")}
    return Headline("note", _(ballots.get(str(result["granted"]), lazy("Ordinary ballot"))))


def _seats(result: Result) -> Headline:
    seats = result["seats"]
    if not isinstance(seats, int):
        return Headline("warn", _("The prefect's order says how many"))
    return Headline("note", ngettext("%(num)d seat", "%(num)d seats", seats) % {"num": seats})


def _due(result: Result) -> Headline:
    return Headline("note", _("The list is due by %(day)s") % {"day": _shown(result["list_due"])})


def _votes(result: Result) -> Headline:
    count = result["votes"]
    if not isinstance(count, int) or not count:
        return Headline("bad", _("No vote"))
    return Headline("note", ngettext("%(num)d vote", "%(num)d votes", count) % {"num": count})


def _item(result: Result) -> Headline:
    if result["discussion_allowed"] and not result["vote_allowed"]:
        return Headline("note", _("Discussion without a vote"))
    return _yes_or_no("vote_allowed", lazy("A vote may be opened"), lazy("No vote on this item"))(result)


HEADLINES: Mapping[str, Callable[[Result], Headline]] = {
    "quorum": _yes_or_no("quorum", lazy("There is a quorum"), lazy("There is no quorum")),
    "resumption": _yes_or_no("may_go_on", lazy("The item goes on"), lazy("The item may not go on")),
    "ballot": _ballot,
    "election": _election,
    "ballot_request": _ballot_request,
    "closed_session_request": _yes_or_no(
        "admissible", lazy("May be put to the vote"), lazy("May not be put to the vote")
    ),
    "notice": _yes_or_no("valid", lazy("The convocation is valid"), lazy("The convocation is not valid")),
    "seats": _seats,
    "publication": _due,
    "councillors_notice": _due,
    "remote": _yes_or_no("allowed", lazy("Possible by video"), lazy("Not possible by video")),
    "vote_rights": _votes,
    "member_votes": _yes_or_no("accepted", lazy("Votes accepted"), lazy("Votes refused")),
    "secrecy_waiver": _yes_or_no(
        "waived", lazy("Secrecy may be given up"), lazy("The ballot stays secret"), tones=("note", "note")
    ),
    "single_candidacy": _yes_or_no(
        "takes_effect", lazy("Appointed at once, without a vote"), lazy("No appointment without a vote")
    ),
    "agenda_item": _item,
    "urgency": _yes_or_no("may_call", lazy("The item may be called"), lazy("The item may not be called")),
    "requisition": _yes_or_no(
        "obliged", lazy("A meeting must be called"), lazy("No duty to call a meeting"), tones=("warn", "note")
    ),
    "single_place": _yes_or_no(
        "allowed", lazy("The sitting may be held like this"), lazy("This sitting must be held in one place")
    ),
}
"""For each kind of case, the large words of its result."""

SAID: Mapping[str, tuple[str, ...]] = {
    "quorum": ("quorum",),
    "resumption": ("may_go_on",),
    "ballot": ("adopted",),
    "election": ("elected",),
    "ballot_request": ("granted",),
    "closed_session_request": ("admissible",),
    "notice": ("valid",),
    "seats": ("seats",),
    "publication": ("list_due",),
    "councillors_notice": ("list_due",),
    "remote": ("allowed",),
    "vote_rights": ("votes",),
    "member_votes": ("accepted",),
    "secrecy_waiver": ("waived",),
    "single_candidacy": ("takes_effect",),
    "agenda_item": ("vote_allowed",),
    "urgency": ("may_call",),
    "requisition": ("obliged",),
    "single_place": ("allowed",),
}
"""What the large words say already."""
