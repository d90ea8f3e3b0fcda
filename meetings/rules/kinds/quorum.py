"""Quorum: may this body deliberate on this item with the people who are there? (CGCT L2121-17)."""

from __future__ import annotations

from typing import Literal

from meetings.rules.answers import Answer
from meetings.rules.cases import Case, case, count, flag, kind
from meetings.rules.errors import CaseError
from meetings.rules.kinds.vote_rights import Holding
from meetings.rules.rules import Reasons, Rules
from meetings.rules.shares import Share
from meetings.rules.terms import one_of, rule, share, yes_no

_COUNT = "counted threshold share base"


@rule(
    "quorum.threshold",
    outcomes={"met": _COUNT, "not_met": _COUNT, "resumed": "counted threshold"},
    optional_outcomes={"open": "counted"},
)
class Threshold:
    """The share of the members in office that must be there; `represented` counts those who gave a proxy."""

    share: Share | None = share(stricter="higher", may_be_open=True)
    represented: bool = yes_no(stricter=False)


@rule("quorum.rooms", outcomes={"counted": "other_sites", "not_counted": "other_sites"})
class Rooms:
    """Whether members in other rooms of the sitting, joined by video, are present."""

    counted: bool = yes_no(stricter=False)


@rule("quorum.member_location", outcomes={"counted": "remote", "not_counted": "remote"})
class MemberLocation:
    """From where a member on video is present: anywhere, a listed room, or the main room only."""

    location: Literal["any", "listed_rooms", "main_room"] = one_of(
        "any", "listed_rooms", "main_room", loosest_first=True
    )


@rule("quorum.sound_alone", outcomes={"counted": "by_sound", "not_counted": "by_sound"})
class SoundAlone:
    """Whether a member who is only heard is present where one on video is."""

    counted: bool = yes_no(stricter=False)


@rule("quorum.interest", outcomes={"counted_out": "interested"})
class Interest:
    """Members personally interested in the item are not counted present; the members in office stay the same."""

    counted_out: bool = yes_no(stricter=True)


@rule("quorum.half_interested", outcomes={"waived": "interested base share"}, required=False)
class HalfInterested:
    """No quorum is needed once this share of the members in office is personally interested."""

    share: Share = share()


@rule("quorum.withdrawal", outcomes={"removed": "withdrawn base"})
class Withdrawal:
    """Members who withdraw because they represent the authority elsewhere leave the members in office."""

    leave_in_office: bool = yes_no()


@rule("quorum.departure", outcomes={"kept": "called_with", "late": "called_with"})
class Departure:
    """A departure once the item has been called does not break the quorum of that item."""

    keeps_item: bool = yes_no(stricter=False)


@rule("quorum.second_call", outcomes={"waived": "counted", "other_item": ""})
class SecondCall:
    """After a failed first meeting no quorum is needed, for the items carried over from its agenda."""

    waives_quorum: bool = yes_no(stricter=False)
    carried_items_only: bool = yes_no(stricter=True)


@case
class QuorumCase(Case):
    """Who is there when an item is called. `present` is everybody in the main room, interested members too."""

    in_office: int = count("Membres en exercice", "Members in office", minimum=1)
    present: int = count("Présents dans la salle", "Present in the main room")
    represented: int = count("Représentés par un pouvoir", "Represented by a proxy", default=0)
    remote: int = count("En visioconférence hors des salles", "On video outside the rooms", default=0)
    by_sound: int = count("Reliés par le son seul, hors des salles", "Connected by sound alone", default=0)
    other_sites: int = count(
        "Présents dans d’autres salles reliées", "Present in other rooms joined by video", default=0
    )
    interested: int = count("Présents mais intéressés à l’affaire", "Present but personally interested", default=0)
    withdrawn: int = count(
        "Présents qui se retirent, représentant la collectivité ailleurs",
        "Present who withdraw, representing the authority elsewhere",
        default=0,
    )
    second_call: bool = flag("Seconde convocation, faute de quorum", "Second call after a failed quorum", default=False)
    item_carried_over: bool = flag(
        "Affaire reprise de la première convocation", "Item carried over from the first call", default=False
    )
    called_with: int | None = count("Présents à l’appel de l’affaire", "Present when the item was called", default=None)

    def check(self) -> None:
        """Refuse more people than there are members."""
        on_video = self.other_sites + self.remote + self.by_sound
        refuse_more(self.present, self.in_office, "present", "présents dans la salle", "present in the main room")
        refuse_more(self.called_with or 0, self.in_office, "called_with", "présents à l’appel", "present at the call")
        refuse_more(
            self.present + on_video,
            self.in_office,
            "remote" if self.remote else "by_sound" if self.by_sound else "other_sites",
            "présents et en visioconférence",
            "present and on video",
        )
        _refuse_represented(self.present + self.represented, self.in_office)


def _refuse_represented(people: int, limit: int) -> None:
    refuse_more(people, limit, "represented", "présents et représentés", "present and represented")


def refuse_more(people: int, limit: int, field: str, fr: str, en: str) -> None:
    """Raise CaseError when people are more than the members in office; `field` is the input to look at."""
    if people > limit:
        raise CaseError(
            f"Impossible : {people} membres {fr} pour {limit} en exercice.",
            f"Impossible: {people} members {en} for {limit} in office.",
            field=field,
        )


@kind("quorum", QuorumCase, fr="Quorum", en="Quorum")
def decide_quorum(case: QuorumCase, rules: Rules) -> Answer:
    """Count the members present as the set counts them and compare with the share of those in office."""
    why = Reasons(rules)
    there = _deemed_present(case, why)
    base = _in_office(case, why)
    counted = there - case.interested - case.withdrawn + _proxies(case, why, there)
    if case.interested:
        why.cite(Interest, "counted_out", interested=case.interested)
    threshold = why.rule(Threshold)
    if threshold.share is None:
        why.ask(Threshold, "open", counted=counted)
        return why.answer("quorum", {"quorum": None, "counted": counted, "threshold": None, "base": base})
    needed = 0 if _waived(case, why, rules, counted) else threshold.share.smallest(base)
    met = counted >= needed
    if needed:
        why.cite(Threshold, "met" if met else "not_met", counted=counted, threshold=needed, base=base,
                 share=threshold.share.words)  # fmt: skip
    else:
        why.cite(Threshold)
    return why.answer("quorum", {"quorum": met, "counted": counted, "threshold": needed, "base": base})


def _deemed_present(case: QuorumCase, why: Reasons) -> int:
    """Return how many members the set holds present, before interest: everybody in exactly one place."""
    there = case.present
    if case.called_with is not None and why.rule(Departure).keeps_item:
        there = case.called_with
        if there != case.present:
            why.cite(Departure, "kept" if case.present < there else "late", called_with=there)
    now = case.present
    if case.other_sites:
        counted = why.rule(Rooms).counted
        why.cite(Rooms, "counted" if counted else "not_counted", other_sites=case.other_sites)
        there, now = (there + case.other_sites, now + case.other_sites) if counted else (there, now)
    if case.remote:
        counted = why.rule(MemberLocation).location == "any"
        why.cite(MemberLocation, "counted" if counted else "not_counted", remote=case.remote)
        there, now = (there + case.remote, now + case.remote) if counted else (there, now)
    if case.by_sound and _counts_sound(case, why):
        there, now = there + case.by_sound, now + case.by_sound
    refuse_more(there, case.in_office, "present", "comptés présents", "counted present")
    _refuse_represented(now + case.represented, case.in_office)
    if case.interested + case.withdrawn > there:
        raise CaseError(
            "Impossible : plus de membres intéressés ou retirés que de membres présents.",
            "Impossible: more members interested or withdrawn than present.",
            field="interested" if case.interested else "withdrawn",
        )
    return there


def _counts_sound(case: QuorumCase, why: Reasons) -> bool:
    """Return whether those who are only heard are present: never where somebody on video would not be."""
    counted = why.rule(SoundAlone).counted and why.rule(MemberLocation).location == "any"
    why.cite(SoundAlone, "counted" if counted else "not_counted", by_sound=case.by_sound)
    return counted


def _in_office(case: QuorumCase, why: Reasons) -> int:
    if case.withdrawn and why.rule(Withdrawal).leave_in_office:
        base = case.in_office - case.withdrawn
        why.cite(Withdrawal, "removed", withdrawn=case.withdrawn, base=base)
        return base
    return case.in_office


def _proxies(case: QuorumCase, why: Reasons, there: int) -> int:
    """Return the proxies that count: never more than the holders there may hold, nor a giver counted present."""
    if not case.represented or not why.rule(Threshold).represented:
        return 0
    most = why.rule(Holding).max_per_holder
    held = case.represented if most is None else min(case.represented, most * there)
    return min(held, case.in_office - there)


def _waived(case: QuorumCase, why: Reasons, rules: Rules, counted: int) -> bool:
    half = rules.find(HalfInterested)
    if half is not None and case.interested and case.interested >= half.share.smallest(case.in_office):
        why.cite(HalfInterested, "waived", interested=case.interested, base=case.in_office, share=half.share.words)
        return True
    if not case.second_call:
        return False
    second = why.rule(SecondCall)
    if not second.waives_quorum:
        return False
    if case.item_carried_over or not second.carried_items_only:
        why.cite(SecondCall, "waived", counted=counted)
        return True
    why.cite(SecondCall, "other_item")
    return False
