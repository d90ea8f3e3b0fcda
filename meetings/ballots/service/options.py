"""Which ballots may be opened on the item under discussion, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass

from meetings.ballots.model import Ballots, Kind, Method, Post, Purpose
from meetings.ballots.model.ballot import METHODS
from meetings.ballots.model.deciding import Option
from meetings.ballots.service.voters import Voters
from meetings.rules import Answer, BallotCase, Rules, SecrecyWaiverCase, decide
from meetings.sittings.model import ItemKind, SittingMode
from meetings.sittings.service.held import Look
from portal.i18n import lazy


@dataclass(frozen=True)
class Asked:
    """What would be put to the vote, and before whom."""

    purpose: Purpose
    voters: Voters
    post: Post = Post.OTHER

    def answer(self, rules: Rules, kind: Kind | None = None) -> Answer:
        """What the rules say of such a ballot; None asks for the kind that they call usual."""
        case = BallotCase(
            ballot=kind.value if kind else None,
            purpose=self.purpose.for_rules,
            present=self.voters.present,
            represented=self.voters.represented,
        )
        return decide(case, rules)


def options(look: Look, asked: Asked) -> list[Option]:
    """Each kind of ballot on the item under discussion, with what stands against it."""
    return [Option(kind, METHODS[kind], _refused(look, asked, kind), _against(look, asked, kind)) for kind in Kind]


def usual(look: Look, asked: Asked) -> Kind:
    """The kind that is chosen beforehand: what was asked for and granted, otherwise what the rules call usual."""
    found = [option.kind for option in options(look, asked) if option.is_allowed]
    kind = Kind(str(asked.answer(look.rules).result["ballot"]))
    return kind if kind in found or not found else found[0]


def purpose_of(look: Look) -> Purpose:
    """What a ballot on the item under discussion usually decides."""
    point = look.progress.point
    return Purpose.URGENCY if point is not None and point.kind is ItemKind.URGENCY else Purpose.DECISION


def _refused(look: Look, asked: Asked, kind: Kind) -> Answer | None:
    """The rules' answer, where they do not allow a kind."""
    answer = asked.answer(look.rules, kind)
    if answer.result["decided_by"] == "postponed" or answer.result["ballot"] != kind.value:
        return answer
    if asked.purpose is not Purpose.APPOINTMENT or kind is Kind.SECRET:
        return None
    is_secret_by_law = asked.answer(look.rules).result["ballot"] == Kind.SECRET.value
    if not is_secret_by_law or look.of(Ballots).is_waived(look.progress.item_id or "", asked.post):
        return None
    return decide(SecrecyWaiverCase(post=asked.post.value), look.rules)


def _against(look: Look, asked: Asked, kind: Kind) -> str:
    granted = look.of(Ballots).requests_on(look.progress.item_id or "").granted
    if granted is not None and asked.purpose.is_on_the_matter and kind is not granted:
        return _GRANTED[granted]
    if kind is Kind.SECRET and look.progress.mode is SittingMode.REMOTE:
        return lazy("A secret ballot is held on paper, in one place. Postpone the item to such a sitting.")
    return ""


_GRANTED = {
    Kind.PUBLIC: lazy("Enough members present asked for a public ballot."),
    Kind.SECRET: lazy("Enough members present asked for a secret ballot."),
    Kind.ORDINARY: "",
}

WORDS = {
    Kind.ORDINARY: lazy("Show of hands"),
    Kind.PUBLIC: lazy("Public ballot"),
    Kind.SECRET: lazy("Secret ballot"),
}
METHOD_WORDS = {
    Method.HANDS: lazy("show of hands"),
    Method.ROLL_CALL: lazy("roll call, in the order of the table"),
    Method.DEVICES: lazy("each on their own device"),
    Method.PAPER: lazy("on paper"),
}
PURPOSE_WORDS = {
    Purpose.DECISION: lazy("Deliberation"),
    Purpose.CLOSED_SESSION: lazy("Closed session"),
    Purpose.ACCOUNTS: lazy("Accounts of the mayor or president"),
    Purpose.APPOINTMENT: lazy("Appointment"),
    Purpose.URGENCY: lazy("Urgency"),
}
POST_WORDS = {
    Post.MAYOR: lazy("Mayor or president"),
    Post.DEPUTY: lazy("Deputy or vice-president"),
    Post.COMMITTEE: lazy("Committee or outside body"),
    Post.OTHER: lazy("Another appointment"),
}
