"""What may be put to the vote, and who may oblige the mayor to call a meeting (CGCT L2121-9, L2121-10)."""

from __future__ import annotations

import datetime as dt

from meetings.rules.answers import Answer, Value
from meetings.rules.cases import Case, case, count, date, flag, kind
from meetings.rules.errors import CaseError
from meetings.rules.rules import Reasons, Rules
from meetings.rules.shares import Share
from meetings.rules.terms import number, rule, share, yes_no


@rule("agenda.listed_items", outcomes={"listed": "", "refused": "", "unanimous": "", "no_vote": ""})
class ListedItems:
    """Only items on the agenda sent with the convocation may be voted."""

    only: bool = yes_no(stricter=True)


@case
class AgendaItemCase(Case):
    """An item that comes up at a sitting."""

    on_agenda: bool = flag("Inscrit à l’ordre du jour envoyé", "On the agenda that was sent", default=False)
    unanimous: bool = flag("Tous sont d’accord pour l’ajouter", "All agree to add it", default=False)
    without_vote: bool = flag("Question sans vote", "Question without a vote", default=False)


@kind("agenda_item", AgendaItemCase, fr="Point hors de l’ordre du jour", en="Item not on the agenda")
def decide_agenda_item(case: AgendaItemCase, rules: Rules) -> Answer:
    """Say whether a vote may be opened on the item."""
    why = Reasons(rules)
    only_listed = why.rule(ListedItems).only
    vote = not case.without_vote and (case.on_agenda or not only_listed)
    if case.without_vote:
        outcome = "no_vote"
    elif vote:
        outcome = "listed"
    else:
        outcome = "unanimous" if case.unanimous else "refused"
    why.cite(ListedItems, outcome)
    return why.answer("agenda_item", {"vote_allowed": vote, "discussion_allowed": vote or case.without_vote})


_SIGNED = "signatures threshold"
_SENTENCES = {"obliged": _SIGNED, "not_obliged": _SIGNED}


@rule("requisition.small_town", outcomes=_SENTENCES)
class SmallTown:
    """Below the population of `requisition.large_town`: the share of members who may ask for a meeting."""

    share: Share = share()


@rule("requisition.large_town", outcomes=_SENTENCES)
class LargeTown:
    """From that population on."""

    from_population: int = number()
    share: Share = share()


@rule("requisition.deadline", outcomes={"prefect": "", "due": "due days"})
class Deadline:
    """Days that the mayor has to call the meeting; the prefect may always ask."""

    days: int = number(stricter="lower")


@case
class RequisitionCase(Case):
    """A reasoned request for a meeting."""

    population: int = count("Population totale", "Population (total)")
    in_office: int = count("Membres en exercice", "Members in office", minimum=1)
    signatures: int = count("Membres qui signent la demande", "Members who sign the request", default=0)
    prefect: bool = flag("Demande du préfet", "Asked by the prefect", default=False)
    requested_on: dt.date | None = date("Demande reçue le", "Request received on", default=None)

    def check(self) -> None:
        """Refuse more signatures than members."""
        if self.signatures > self.in_office:
            raise CaseError(
                f"Impossible : {self.signatures} signatures pour {self.in_office} membres en exercice.",
                f"Impossible: {self.signatures} signatures for {self.in_office} members in office.",
                field="signatures",
            )

    def day(self) -> dt.date | None:
        """Return the day of the request."""
        return self.requested_on


@kind("requisition", RequisitionCase, fr="Demande de réunion du conseil", en="Request for a meeting")
def decide_requisition(case: RequisitionCase, rules: Rules) -> Answer:
    """Say whether the mayor is obliged to call a meeting, and by when."""
    why = Reasons(rules)
    large = why.rule(LargeTown)
    band: type[LargeTown | SmallTown] = LargeTown if case.population >= large.from_population else SmallTown
    threshold = max(1, why.rule(band).share.smallest(case.in_office))
    signed = case.signatures >= threshold
    if not case.prefect:
        outcome = "obliged" if signed else "not_obliged"
        why.cite(band, outcome, signatures=case.signatures, threshold=threshold)
    else:
        why.cite(Deadline, "prefect")
    due: dt.date | None = None
    obliged = signed or case.prefect
    if obliged:
        days = why.rule(Deadline).days
        why.cite(Deadline)
        if case.requested_on is not None:
            due = case.requested_on + dt.timedelta(days=days)
            why.cite(Deadline, "due", due=due, days=days)
    result: dict[str, Value] = {"obliged": obliged, "threshold": threshold, "within_days": why.rule(Deadline).days}
    return why.answer("requisition", result | {"convene_by": due})
