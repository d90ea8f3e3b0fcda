"""The quorum: always known, taken when the sitting is opened and when an item is called (CGCT L2121-17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meetings.attendance.model.gathering import Gathering, presiding_order
from meetings.attendance.model.presence import Presence
from meetings.rules import Answer, ResumptionCase, decide
from meetings.sittings.journal import Entry, Value
from meetings.sittings.model.progress import (
    ITEM_CALLED,
    SITTING_FAILED,
    SITTING_OPENED,
    SITTING_RESUMED,
    Cause,
    ItemOutcome,
    Phase,
)
from meetings.sittings.service.conduct import propose_suspension, withdraw_suspension
from meetings.sittings.service.held import AsksAPerson, Held, Look, RefusedByRule, reasons
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy

NO_QUORUM_NEEDED = "no_quorum"
"""A person's answer that holds for the whole sitting (`quorum.threshold` of a committee)."""
SAID_TO_BE_MET = "quorum_met"
STAY_SUSPENDED = "stay"
"""The chair's answer to `quorum.resumption` after which nothing is resumed."""


@dataclass(frozen=True)
class Quorum:
    """The quorum on an item, or on none, as it stands."""

    answer: Answer
    gathering: Gathering
    choice: str | None
    """What a person decided where the rules leave it open."""

    @property
    def is_met(self) -> bool | None:
        """None while a person has yet to decide."""
        found = self.answer.result["quorum"]
        if found is None and self.choice is not None:
            return self.choice in {NO_QUORUM_NEEDED, SAID_TO_BE_MET}
        return None if found is None else bool(found)

    @property
    def counted(self) -> int:
        """How many are counted."""
        return _number(self.answer.result["counted"])

    @property
    def threshold(self) -> int | None:
        """How many are needed; None where the rules leave it open."""
        found = self.answer.result["threshold"]
        return None if found is None else _number(found)

    @property
    def line(self) -> dict[str, Value]:
        """As the journal keeps it."""
        return reasons(self.answer) | ({"decided": self.choice} if self.choice else {})


def gathering_of(look: Look, item_id: str | None = None, *, now_only: bool = False) -> Gathering:
    """Who counts on an item at this moment."""
    key = (Gathering, item_id, now_only)
    found: Gathering | None = look.course.derived.get(key)
    if found is None:
        found = Gathering.of(look.of(Presence), look.progress, look.rules, item_id, now_only=now_only)
        look.course.derived[key] = found
    return found


def voices(look: Look, item_id: str) -> dict[str, str]:
    """Who may be voted for on an item now, with who casts it, in the order of the table.

    A member's own voice while they are present and take part; an absent member's while the holder of their proxy is
    and does. Somebody whose connection is lost for a moment still has theirs: they are called again.
    """
    return gathering_of(look, item_id).voices


def quorum_of(look: Look, item_id: str | None = None, *, now_only: bool = False) -> Quorum:
    """The quorum as it stands; `now_only` counts nobody whose connection is lost, as is right when it is taken."""
    found = gathering_of(look, item_id, now_only=now_only)
    answer = decide(found.case, look.rules)
    question = answer.question
    choice = None
    if question is not None:
        general = look.choice(question.id)
        choice = look.choice(question.id, item_id) if item_id else general
        choice = NO_QUORUM_NEEDED if general == NO_QUORUM_NEEDED else choice
    return Quorum(answer, found, choice)


def require_part(look: Look, mandate_id: str) -> None:
    """Raise `Conflict` for who is absent or takes no part in the item under discussion."""
    if mandate_id not in gathering_of(look, look.progress.item_id).present:
        raise Conflict(lazy("This member is absent, or takes no part in this item."))


async def decide_quorum(held: Held, choice: str, item_id: str | None = None) -> None:
    """The chair settles what no text fixes, such as the quorum of a committee. Raises `Conflict`, `InvalidInput`."""
    held.require_conducts()
    if item_id is not None and item_id not in held.progress.points:
        raise InvalidInput(fields={"item": lazy("This item is not on the agenda.")})
    found = quorum_of(held, item_id, now_only=True)
    if found.answer.question is None:
        raise Conflict(lazy("The rules leave nothing open here."))
    await held.decide_question(found.answer, choice, item_id)


async def open_sitting(held: Held, chair_id: str = "") -> None:
    """Open the sitting with a quorum, under its head or who takes their place.

    Raises `RefusedByRule` without a quorum, `AsksAPerson` where the rules leave it open, `Conflict` for a chair who is
    not there.
    """
    held.require_conducts()
    if held.progress.phase is not Phase.ROLL:
        raise Conflict(lazy("The sitting is opened once, after the roll."))
    found = _taken(held, None)
    order = presiding_order(found.gathering, held.progress)
    chair = chair_id or (order[0] if order else "")
    if chair not in order:
        raise Conflict(lazy("Who presides must be present."))
    held.sitting.open()
    await held.note(SITTING_OPENED, {"chair": chair, **_frozen(found)})


async def fail_sitting(held: Held) -> None:
    """There is no quorum and the sitting is not held: a second call may follow, without one (CGCT L2121-17).

    Raises `Conflict` while there is a quorum.
    """
    held.require_conducts()
    if held.progress.phase is not Phase.ROLL:
        raise Conflict(lazy("The sitting is opened once, after the roll."))
    found = quorum_of(held, now_only=True)
    if found.is_met is None:
        raise AsksAPerson(found.answer)
    if found.is_met:
        raise Conflict(lazy("There is a quorum: the sitting can be opened."))
    held.sitting.close()
    await held.note(SITTING_FAILED, _frozen(found))


async def call_item(held: Held, item_id: str) -> None:
    """Take an item up: the quorum is taken and stands for it, whoever leaves afterwards.

    Raises `RefusedByRule` with the article without a quorum, `AsksAPerson`, `Conflict`, `InvalidInput`.
    """
    held.require_conducts()
    held.require_under_way()
    point = held.progress.points.get(item_id)
    if point is None:
        raise InvalidInput(fields={"item": lazy("This item is not on the agenda.")})
    if held.progress.item_id is not None:
        raise Conflict(lazy("End the item under discussion first."))
    if point.outcome is ItemOutcome.DONE:
        raise Conflict(lazy("This item has ended already."))
    found = _taken(held, item_id)
    await held.note(ITEM_CALLED, {"item": item_id, **_frozen(found), "interested": [*found.gathering.interested]})


def require_present_chair(held: Held, content: Mapping[str, Value]) -> None:
    """Guard of a change in the chair: who presides is there and takes part in the item."""
    if str(content["chair"]) not in gathering_of(held, held.progress.item_id).present:
        raise Conflict(lazy("Who presides must be present and take part in the item."))


def require_present_secretary(held: Held, content: Mapping[str, Value]) -> None:
    """Guard of the appointment of the secretary: a member who is there."""
    if str(content["secretary"]) not in gathering_of(held).counted_present:
        raise Conflict(lazy("The secretary must be present."))


async def propose_when_lost(held: Held, entry: Entry) -> None:
    """Reaction to a departure: without its chair, or with the one that broke the quorum, the sitting should pause."""
    member = str(entry.content["member"])
    if held.progress.phase is not Phase.OPEN:
        return
    if member == held.progress.chair_id:
        await propose_suspension(held, Cause.CHAIR_LOST, member)
        return
    found = quorum_of(held)
    # Proposed once, when it is lost, and not again for each who leaves after that: the chair may have gone on.
    if found.is_met is False and found.threshold is not None and found.counted == found.threshold - 1:
        await propose_suspension(held, Cause.QUORUM_LOST, member)


async def withdraw_when_found(held: Held, _entry: Entry) -> None:
    """Reaction to an arrival and to a change in the chair: nothing stands any more for what is there again."""
    present = gathering_of(held, held.progress.item_id).present
    match held.progress.proposed:
        case Cause.QUORUM_LOST:
            is_found = quorum_of(held).is_met is True
        case Cause.CHAIR_LOST:
            is_found = held.progress.chair_id in present
        case Cause.SPEAKER_LOST:
            is_found = held.progress.missed_id in present
        case _:
            is_found = False
    if is_found:
        await withdraw_suspension(held)


def resumption_of(look: Look) -> Answer | None:
    """What is put to the chair before a suspended sitting goes on with its item; none with a quorum, without an item,
    or where no quorum is fixed."""
    item_id = look.progress.item_id
    found = quorum_of(look, item_id, now_only=True)
    if item_id is None or found.is_met is not False or found.threshold is None:
        return None
    return decide(ResumptionCase(counted=found.counted, threshold=found.threshold), look.rules)


async def resume(held: Held, choice: str = "") -> None:
    """The sitting goes on, with the quorum as it stands; whether it does without one is for the chair to say.

    Raises `AsksAPerson` while the chair has not said it, `InvalidInput` for a choice that was not offered, `Conflict`.
    """
    held.require_conducts()
    if held.progress.phase is not Phase.SUSPENDED:
        raise Conflict(lazy("The sitting is not suspended."))
    item_id, asked = held.progress.item_id, resumption_of(held)
    if asked is not None:
        if not choice:
            raise AsksAPerson(asked)
        await held.decide_question(asked, choice, item_id)
        if choice == STAY_SUSPENDED:
            return
    found = quorum_of(held, item_id, now_only=True)
    taken = _frozen(found)
    if item_id is not None:
        taken |= {"item": item_id, "interested": [*found.gathering.interested]}
    await held.note(SITTING_RESUMED, taken)


def _taken(held: Held, item_id: str | None) -> Quorum:
    found = quorum_of(held, item_id, now_only=True)
    if found.is_met is None:
        raise AsksAPerson(found.answer)
    if not found.is_met:
        raise RefusedByRule(found.answer)
    return found


def _frozen(found: Quorum) -> dict[str, Value]:
    """Who was there, as the journal keeps it with the quorum."""
    people = found.gathering
    return {
        "quorum": found.line,
        "present": [*people.present],
        "represented": [*people.represented],
        "proxies": dict(people.represented),
    }


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
