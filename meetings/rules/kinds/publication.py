"""When the list of deliberations and the minutes must be out (CGCT L2121-15, L2121-25, L5211-40-2)."""

from __future__ import annotations

import datetime as dt

from meetings.rules.answers import Answer, Value
from meetings.rules.cases import Case, case, date, flag, kind
from meetings.rules.dates import months_after
from meetings.rules.errors import CaseError
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import number, one_of, rule, yes_no


@rule("publication.list", outcomes={"due": "due days"})
class DeliberationsList:
    """Days after the sitting to post the list of deliberations examined, those refused too."""

    days: int = number(stricter="lower")
    includes_refused: bool = yes_no(stricter=True)


@rule("publication.minutes", outcomes={"due": "due days", "not_approved": "days"}, optional_outcomes={"no_date": ""})
class Minutes:
    """Days after the sitting that approved the minutes to publish them; open where no text fixed a date."""

    days: int | None = number(stricter="lower", may_be_open=True)


@rule("publication.closed_session", outcomes={"withheld": ""})
class ClosedSessionRecords:
    """What of a closed session is kept from the public."""

    recording: str = one_of("published", "withheld", loosest_first=True)


@rule("publication.councillors", outcomes={"list": "due months", "minutes": "due months"}, required=False)
class OtherCouncillors:
    """Months to send the list, then the minutes, to councillors of member communes who do not sit."""

    months: int = number(stricter="lower")


@case
class CouncillorsNoticeCase(Case):
    """A sitting by its day, and the day of the sitting that approved its minutes."""

    met_on: dt.date = date("Séance du", "Met on")
    approved_on: dt.date | None = date("Procès-verbal arrêté le", "Minutes approved on", default=None)

    def check(self) -> None:
        """Refuse minutes approved before the sitting."""
        if self.approved_on is not None and self.approved_on < self.met_on:
            raise CaseError(
                "Impossible : le procès-verbal est arrêté avant la séance.",
                "Impossible: the minutes are approved before the sitting.",
                field="approved_on",
            )

    def day(self) -> dt.date:
        """Return the day of the sitting."""
        return self.met_on


@case
class PublicationCase(CouncillorsNoticeCase):
    """The same sitting, for the public."""

    closed_session: bool = flag("Séance à huis clos", "Closed session", default=False)


@kind("publication", PublicationCase, fr="Publication", en="Publication")
def decide_publication(case: PublicationCase, rules: Rules) -> Answer:
    """Compute the last day for each document."""
    why = Reasons(rules)
    listed = why.rule(DeliberationsList)
    list_due = case.met_on + dt.timedelta(days=listed.days)
    why.cite(DeliberationsList, "due", due=list_due, days=listed.days)
    result: dict[str, Value] = {"list_due": list_due, "minutes_due": _minutes_due(case, why)}
    result["list_includes_refused"] = listed.includes_refused
    if case.closed_session:
        result["recording"] = why.cite(ClosedSessionRecords, "withheld").recording
    return why.answer("publication", result)


def _minutes_due(case: PublicationCase, why: Reasons) -> dt.date | None:
    days = why.rule(Minutes).days
    if days is None:
        why.cite(Minutes, "no_date")
        return None
    if case.approved_on is None:
        why.cite(Minutes, "not_approved", days=days)
        return None
    due = case.approved_on + dt.timedelta(days=days)
    why.cite(Minutes, "due", due=due, days=days)
    return due


@kind(
    "councillors_notice",
    CouncillorsNoticeCase,
    fr="Information des conseillers municipaux qui ne siègent pas",
    en="Notice to municipal councillors who do not sit",
)
def decide_councillors_notice(case: CouncillorsNoticeCase, rules: Rules) -> Answer:
    """Compute when the list and the minutes must have been sent to councillors of the member communes."""
    why = Reasons(rules)
    months = why.rule(OtherCouncillors).months
    list_due = months_after(case.met_on, months)
    why.cite(OtherCouncillors, "list", due=list_due, months=months)
    minutes_due = None
    if case.approved_on is not None:
        minutes_due = months_after(case.approved_on, months)
        why.cite(OtherCouncillors, "minutes", due=minutes_due, months=months)
    return why.answer("councillors_notice", {"list_due": list_due, "minutes_due": minutes_due})
