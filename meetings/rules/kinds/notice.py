"""Calling a meeting: clear days, urgency, first meeting, second call (CGCT L2121-7, -11, -12, -17)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from meetings.rules.answers import Answer, Value
from meetings.rules.cases import Case, case, count, date, flag, kind
from meetings.rules.dates import clear_days
from meetings.rules.errors import CaseError
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import number, one_of, rule, yes_no
from meetings.rules.wording import Text

Unit = Literal["clear_days", "days"]
UNITS = {"clear_days": Text("jours francs", "clear days"), "days": Text("jours", "days")}

_NOTICE = "given required unit"
_SENTENCES = {"enough": _NOTICE, "too_short": _NOTICE}


@rule("notice.small_town", outcomes=_SENTENCES)
class SmallTown:
    """Notice below the population of `notice.large_town`."""

    days: int = number(stricter="higher")
    unit: Unit = one_of("days", "clear_days", loosest_first=True)
    urgent_days: int = number(stricter="higher")
    urgent_unit: Unit = one_of("days", "clear_days", loosest_first=True)


@rule("notice.large_town", outcomes=_SENTENCES)
class LargeTown:
    """Notice from a population on, with an explanatory note on each item."""

    from_population: int = number(stricter="lower")
    days: int = number(stricter="higher")
    unit: Unit = one_of("days", "clear_days", loosest_first=True)
    urgent_days: int = number(stricter="higher")
    urgent_unit: Unit = one_of("days", "clear_days", loosest_first=True)
    explanatory_note: bool = yes_no(stricter=True)


@rule("notice.first_meeting", outcomes=_SENTENCES, required=False)
class FirstMeeting:
    """Notice of the first meeting after a general election, from a population on."""

    from_population: int = number(stricter="higher")
    days: int = number(stricter="higher")
    unit: Unit = one_of("days", "clear_days", loosest_first=True)


@rule("notice.first_meeting_urgent", outcomes={"asks": "given required"}, asks=True)
class FirstMeetingUrgent:
    """An urgent first meeting with less than its own notice: put to a person."""


@rule("notice.urgency", outcomes={"used": "", "undecided": "", "recognised": "", "refused": ""})
class Urgency:
    """The body itself votes on the urgency at the opening, and may postpone all or part."""

    ratified_by_body: bool = yes_no(stricter=True)


@rule(
    "notice.second_call",
    outcomes={"valid": "gap given required", "too_early": "gap days", "too_short": "given days", "sent_too_early": ""},
)
class SecondCall:
    """The days between the failed meeting and the next one."""

    days: int = number(stricter="higher")


@rule("notice.second_call_reading", outcomes={"asks": "gap given required days"}, asks=True)
class SecondCallReading:
    """Whether those days are clear days, and whether the ordinary notice binds too: put to a person."""


@case
class NoticeCase(Case):
    """A convocation: the population that sets the notice (population totale), the day of sending, that of meeting."""

    population: int = count("Population totale", "Population (total)")
    sent_on: dt.date = date("Convocation envoyée le", "Convocation sent on")
    meets_on: dt.date = date("Séance le", "Meets on")
    urgent: bool = flag("Urgence", "Urgent", default=False)
    first_after_election: bool = flag(
        "Première séance après les élections", "First meeting after a general election", default=False
    )
    second_call_of: dt.date | None = date("Séance sans quorum du", "Failed for want of quorum on", default=None)

    def check(self) -> None:
        """Refuse a convocation sent after the meeting, and a failed meeting that is not before it."""
        if self.sent_on > self.meets_on:
            raise CaseError(
                "Impossible : la convocation est envoyée après la séance.",
                "Impossible: the convocation is sent after the meeting.",
                field="sent_on",
            )
        if self.second_call_of is not None and self.second_call_of > self.meets_on:
            raise CaseError(
                "Impossible : la séance sans quorum est postérieure à la nouvelle séance.",
                "Impossible: the failed meeting comes after the new one.",
                field="second_call_of",
            )

    def day(self) -> dt.date:
        """Return the day of the meeting."""
        return self.meets_on


@dataclass(frozen=True, slots=True)
class Needed:
    """The notice asked of one convocation, and the rule that asks it."""

    rule: type
    days: int
    unit: Unit

    def given(self, sent_on: dt.date, meets_on: dt.date) -> int:
        """Return the notice given, in this rule's unit."""
        return (meets_on - sent_on).days if self.unit == "days" else clear_days(sent_on, meets_on)


@kind("notice", NoticeCase, fr="Délai de convocation", en="Notice of meeting")
def decide_notice(case: NoticeCase, rules: Rules) -> Answer:
    """Compare the days given with the days asked."""
    why = Reasons(rules)
    ordinary, urgent = _ordinary(case, why), _urgent(case, why)
    first = rules.find(FirstMeeting)
    if case.first_after_election and first is not None and case.population >= first.from_population:
        ordinary = Needed(FirstMeeting, first.days, first.unit)
    if case.second_call_of is not None:
        valid = _second_call(case, case.second_call_of, ordinary, urgent, why)
        needed = ordinary
    else:
        needed = urgent if case.urgent and ordinary.rule is not FirstMeeting else ordinary
        valid = _first_call(case, needed, ordinary, urgent, why)
    large = why.rule(LargeTown)
    result: dict[str, Value] = {
        "valid": valid,
        "clear_days": clear_days(case.sent_on, case.meets_on),
        "required": needed.days,
        "unit": needed.unit,
        "explanatory_note": large.explanatory_note and case.population >= large.from_population,
    }
    return why.answer("notice", result)


def _band(case: NoticeCase, why: Reasons) -> SmallTown | LargeTown:
    large = why.rule(LargeTown)
    return large if case.population >= large.from_population else why.rule(SmallTown)


def _ordinary(case: NoticeCase, why: Reasons) -> Needed:
    band = _band(case, why)
    return Needed(type(band), band.days, band.unit)


def _urgent(case: NoticeCase, why: Reasons) -> Needed:
    band = _band(case, why)
    return Needed(type(band), band.urgent_days, band.urgent_unit)


def _first_call(case: NoticeCase, needed: Needed, ordinary: Needed, urgent: Needed, why: Reasons) -> bool | None:
    given = needed.given(case.sent_on, case.meets_on)
    if case.urgent and needed.rule is FirstMeeting and given < needed.days:
        if urgent.given(case.sent_on, case.meets_on) >= urgent.days:
            why.cite(needed.rule)
            why.ask(FirstMeetingUrgent, "asks", given=given, required=needed.days)
            return None
        needed = urgent
        given = needed.given(case.sent_on, case.meets_on)
    valid = given >= needed.days
    why.cite(
        needed.rule, "enough" if valid else "too_short", given=given, required=needed.days, unit=UNITS[needed.unit]
    )
    if valid and ordinary.given(case.sent_on, case.meets_on) < ordinary.days:
        why.cite(Urgency, "used")
    return valid


def _second_call(case: NoticeCase, failed_on: dt.date, ordinary: Needed, urgent: Needed, why: Reasons) -> bool | None:
    """Valid on the longest reading of the text, invalid on the shortest, and put to a person in between."""
    days = why.rule(SecondCall).days
    gap = (case.meets_on - failed_on).days
    given = ordinary.given(case.sent_on, case.meets_on)
    if case.sent_on < failed_on:
        why.cite(SecondCall, "sent_too_early")
        return False
    if gap < days:
        why.cite(SecondCall, "too_early", gap=gap, days=days)
        return False
    least = (
        (urgent.days, urgent.given(case.sent_on, case.meets_on))
        if case.urgent
        else (days, (case.meets_on - case.sent_on).days)
    )
    if least[1] < least[0]:
        why.cite(SecondCall, "too_short", given=least[1], days=least[0])
        return False
    why.cite(ordinary.rule)
    if clear_days(failed_on, case.meets_on) >= days and given >= ordinary.days:
        why.cite(SecondCall, "valid", gap=clear_days(failed_on, case.meets_on), given=given, required=ordinary.days)
        return True
    why.cite(SecondCall)
    why.ask(SecondCallReading, "asks", gap=gap, given=given, required=ordinary.days, days=days)
    return None
