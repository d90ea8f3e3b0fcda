"""Whether a convocation may go out: what the rules say of its notice and of its mode, and what is still missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from meetings.rules import Answer, NoticeCase, RemoteCase, Rules, decide
from meetings.sittings.model.body import Body, Mandate, MandateFunction
from meetings.sittings.model.sitting import AgendaItem, ItemKind, Sitting, SittingMode
from portal.clock import civil_date
from portal.i18n import lazy


@dataclass(frozen=True)
class Obstacle:
    """Why the convocation cannot go out: the rules' answer, or something that is missing."""

    code: str
    says: str
    """A sentence to be translated; empty where `answer` has its own."""
    answer: Answer | None = None


@dataclass(frozen=True)
class Check:
    """What there is to know before the convocation goes out."""

    answers: tuple[Answer, ...]
    obstacles: tuple[Obstacle, ...]
    open: tuple[Answer, ...]
    """Answers whose question a person has yet to decide."""

    @property
    def may_go(self) -> bool:
        """Whether nothing stands against it."""
        return not self.obstacles and not self.open


def check(
    sitting: Sitting,
    body: Body,
    items: Sequence[AgendaItem],
    members: Sequence[Mandate],
    rules: Rules,
    *,
    population: int,
    at: datetime,
    decided: Mapping[str, str],
) -> Check:
    """Put the convocation to the rules as if it were sent at this instant.

    `rules` are those of the day of the sitting; `decided` holds, by question, what a person chose where the law is
    open.
    """
    sent_on, meets_on = civil_date(at), civil_date(sitting.meets_at)
    missing = list(_missing(sitting, items, members))
    if sent_on > meets_on or sitting.meets_at <= at:
        missing.append(Obstacle("past", lazy("The sitting would be over: choose a later day.")))
        return Check((), tuple(missing), ())
    answers = [
        decide(
            NoticeCase(
                population=population,
                sent_on=sent_on,
                meets_on=meets_on,
                urgent=sitting.is_urgent,
                second_call_of=sitting.second_call_of,
            ),
            rules,
        )
    ]
    if sitting.mode is SittingMode.REMOTE:
        # Both names: an item is no less barred for being called otherwise in one of them.
        subjects = tuple(name for item in items for name in (item.title, item.subject) if name)
        clause = body.provides_for_video(sent_on)
        answers.append(decide(RemoteCase(session=body.session.value, items=subjects, ri_clause=clause), rules))
    if answers[0].result.get("explanatory_note"):
        missing += _without_note(items)
    refused = [answer for answer in answers if _verdict(answer) is False]
    undecided = [
        answer
        for answer in answers
        if _verdict(answer) is None and answer.question is not None and answer.question.id not in decided
    ]
    obstacles = (*missing, *(Obstacle(answer.kind, "", answer) for answer in refused))
    return Check(tuple(answers), obstacles, tuple(undecided))


def _verdict(answer: Answer) -> bool | None:
    found = answer.result["valid" if answer.kind == "notice" else "allowed"]
    return None if found is None else bool(found)


def _missing(sitting: Sitting, items: Sequence[AgendaItem], members: Sequence[Mandate]) -> list[Obstacle]:
    found = []
    if not any(item.kind is not ItemKind.URGENCY for item in items):
        found.append(Obstacle("no-items", lazy("The agenda is empty.")))
    if not members:
        found.append(Obstacle("no-members", lazy("Nobody sits in this body on that day.")))
    elif not any(mandate.function is MandateFunction.CHAIR for mandate in members):
        found.append(Obstacle("no-chair", lazy("Nobody presides over this body on that day.")))
    if sitting.is_urgent and not (items and items[0].kind is ItemKind.URGENCY):
        found.append(Obstacle("no-urgency-item", lazy("The first item must be the question of urgency.")))
    return found


def _without_note(items: Sequence[AgendaItem]) -> list[Obstacle]:
    if all(item.note.strip() for item in items if item.kind is ItemKind.DELIBERATION):
        return []
    return [Obstacle("no-note", lazy("Each item to be voted needs its explanatory note."))]
