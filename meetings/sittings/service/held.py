"""A sitting under way: looked at by a page, or held by the one transaction that changes it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rules import Answer, Rules, SetLibrary, rules_for
from meetings.sittings.course import Course, P
from meetings.sittings.journal import Entry, Value
from meetings.sittings.model import Body, JournalEntry, Sitting
from meetings.sittings.model.progress import QUESTION_DECIDED, Progress, Seat
from meetings.sittings.service.agenda import tell_sitting
from meetings.sittings.service.convening import rule_set_of
from meetings.sittings.service.journal import note
from meetings.sittings.service.permissions import CONDUCT
from portal.clock import civil_date
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn
from portal.i18n import current_locale, lazy
from portal.permissions import Actor, may, require

COURSES_KEPT = 50
"""Sittings whose course a process keeps; the journal gives it again at any time."""


class RefusedByRule(Conflict):
    """The rules do not allow it; the words are theirs, with the article."""

    code = "refused-by-rule"
    text = lazy("The rules do not allow this.")

    def __init__(self, answer: Answer) -> None:
        """`answer` is what the rules said."""
        super().__init__()
        self.answer = answer

    def words(self) -> str:
        """The rules' own sentence, with its articles."""
        return self.answer.sentence(current_locale())


class AsksAPerson(RefusedByRule):
    """The law leaves it open, or a fact is missing: the question is put to the chair first."""

    code = "asks-a-person"


Guard = Callable[["Held", Mapping[str, Value]], None]
"""Looks at an act before it is noted, and raises a `DomainError` that says what must be done first."""

Caution = Callable[["Look"], str | None]
"""Says before an act, in a sentence marked by `lazy`, what may have been overlooked; it may be meant."""

Decided = Callable[["Look", str], tuple[str, str] | None]
"""What was decided on an item, in a word marked by `lazy`, and the kind of its chip; none if nothing was."""

Reaction = Callable[["Held", Entry], Awaitable[None]]
"""Carries on in the same transaction once an act is noted."""


@dataclass(frozen=True)
class Quiet:
    """What an entry changes that nobody sees but the clerk, the chair and the member whom it concerns."""

    panels: frozenset[str]
    """Those that are drawn anew."""
    concerns: str
    """The part of the entry's content that names the member."""


@dataclass
class Chamber:
    """What conducting sittings needs besides the database; one for the portal.

    Slices meet here: one guards an act of another, or carries on after it, by the kind of its entry.
    """

    library: SetLibrary
    town: str
    """The portal's name on the network, as journals carry it."""
    guards: dict[str, list[Guard]] = field(default_factory=dict)
    reactions: dict[str, list[Reaction]] = field(default_factory=dict)
    cautions: dict[str, list[Caution]] = field(default_factory=dict)
    decided: list[Decided] = field(default_factory=list)
    """Asked in turn; the first answer is the one that agendas show."""
    quiet: dict[str, Quiet] = field(default_factory=dict)
    """Kinds of entry that are shown at once to the clerk, the chair and one member only."""
    _courses: OrderedDict[str, Course] = field(default_factory=OrderedDict)
    _rules: dict[tuple[str, date], Rules] = field(default_factory=dict)

    def guard(self, kind: str, guard: Guard) -> None:
        """Ask `guard` before an entry of a kind is noted."""
        self.guards.setdefault(kind, []).append(guard)

    def caution(self, kind: str, caution: Caution) -> None:
        """Let the form of the act that notes a kind say it."""
        self.cautions.setdefault(kind, []).append(caution)

    def react(self, kind: str, reaction: Reaction) -> None:
        """Let `reaction` carry on after an entry of a kind."""
        self.reactions.setdefault(kind, []).append(reaction)

    async def course(self, db: AsyncSession, sitting: Sitting) -> Course:
        """The course up to the sitting's last entry; only what came since the last time is read."""
        known = self._courses.get(sitting.id)
        if known is None or known.number > sitting.journal_number:
            known = Course.start()
        if known.number < sitting.journal_number:
            rows = await db.scalars(
                select(JournalEntry)
                .where(
                    JournalEntry.sitting_id == sitting.id,
                    JournalEntry.number > known.number,
                    JournalEntry.number <= sitting.journal_number,
                )
                .order_by(JournalEntry.number)
            )
            known = known.after(row.entry for row in rows)
        self.keep(sitting.id, known)
        return known

    def known(self, sitting_id: str) -> Course | None:
        """How far a sitting had come when this process last read it; none if it did not."""
        return self._courses.get(sitting_id)

    def keep(self, sitting_id: str, course: Course) -> None:
        """Remember how far a sitting has come. Only what is on disk: never the course of an act that may be undone."""
        known = self._courses.get(sitting_id)
        if known is None or known.number < course.number:
            self._courses[sitting_id] = course
        self._courses.move_to_end(sitting_id)
        while len(self._courses) > COURSES_KEPT:
            self._courses.popitem(last=False)

    def rules(self, rule_set: str, on: date) -> Rules:
        """The rules of a set in force on a day."""
        key = (rule_set, on)
        if key not in self._rules:
            self._rules[key] = rules_for(self.library, rule_set, on)
        return self._rules[key]


@dataclass
class Look:
    """A sitting as it stands, for whoever reads it."""

    db: AsyncSession
    chamber: Chamber
    sitting: Sitting
    body: Body
    course: Course
    actor: Actor | None
    seat_id: str | None = None
    """Whose screen is drawn where nobody asks in person (pushes are made for a seat); empty for nobody's."""

    def of(self, kind: type[P]) -> P:
        """The part of one slice."""
        return self.course.of(kind)

    @property
    def progress(self) -> Progress:
        """How far the sitting has come."""
        return self.course.of(Progress)

    @property
    def rules(self) -> Rules:
        """The rules that bind the sitting, on its day."""
        rule_set = rule_set_of(self.chamber.library, self.body, self.sitting)
        return self.chamber.rules(rule_set, civil_date(self.sitting.meets_at))

    @property
    def own_seat(self) -> Seat | None:
        """The seat of who looks, if they have one."""
        if self.seat_id is not None:
            return self.progress.seats.get(self.seat_id)
        return self.progress.seat_of(self.actor.account_id) if self.actor else None

    @property
    def conducts(self) -> bool:
        """Whether who looks runs the sitting: a clerk, or its chair."""
        return may(self.actor, CONDUCT) or self.presides

    @property
    def presides(self) -> bool:
        """Whether who looks is the chair; before the opening, the head of the body."""
        seat = self.own_seat
        if seat is None:
            return False
        return seat.mandate_id == self.progress.presiding_id

    def choice(self, question: str, item_id: str | None = None) -> str | None:
        """What a person decided where the rules asked, on this item or on the sitting."""
        decided = self.progress.decided
        return decided.get(f"{question}:{item_id}") if item_id else decided.get(question)


@dataclass(kw_only=True)
class Held(Look):
    """A sitting whose row this transaction has locked: acts follow one another, on every worker."""

    now: datetime

    async def note(self, kind: str, content: Mapping[str, Value], *, by: str | None = None) -> Entry:
        """Append to the journal, tell those who follow, and go on from there.

        `by` is the actor's account; the empty text for what the portal noted by itself.
        """
        self.require_allowed(kind, content)
        who = (self.actor.account_id if self.actor else "") if by is None else by
        entry = await note(self.db, self.sitting, self.chamber.town, at=self.now, kind=kind, by=who, content=content)
        self.course = self.course.after([entry])
        quiet = self.chamber.quiet.get(kind)
        concerned = str(content[quiet.concerns]) if quiet else ""
        tell_sitting(self.db, self.sitting, kind, self.actor, subject_id=concerned)
        for react in self.chamber.reactions.get(kind, ()):
            await react(self, entry)
        return entry

    def require_allowed(self, kind: str, content: Mapping[str, Value]) -> None:
        """Ask the guards of a kind of entry; each raises a `DomainError` where something stands against it."""
        for guard in self.chamber.guards.get(kind, ()):
            guard(self, content)

    def require_conducts(self) -> None:
        """Raise `NotSignedIn` or `Forbidden` for whoever neither clerks nor presides."""
        if not self.conducts:
            require(self.actor, CONDUCT)

    def require_seat(self) -> Seat:
        """The seat of who acts. Raises `NotSignedIn`, and `Forbidden` for who is not a member of this sitting."""
        if self.actor is None:
            raise NotSignedIn
        seat = self.own_seat
        if seat is None:
            raise Forbidden
        return seat

    def seat(self, mandate_id: str) -> Seat:
        """A member named in a form. Raises `InvalidInput` naming ``member``."""
        seat = self.progress.seats.get(mandate_id)
        if seat is None:
            raise InvalidInput(fields={"member": lazy("This person is not a member of this sitting.")})
        return seat

    def require_under_way(self) -> None:
        """Raise `Conflict` unless the sitting is open and not suspended."""
        if self.progress.suspended_for is not None:
            raise Conflict(lazy("The sitting is suspended. Resume it first."))
        if not self.progress.is_under_way:
            raise Conflict(lazy("The sitting is not open."))

    async def decide_question(self, answer: Answer, choice: str, item_id: str | None = None) -> None:
        """Keep what the chair chose where the law is open, with the question's words and its articles.

        The entry names for which chair the answer stands; who entered it, the chair or a clerk, is its ``by``.

        Raises `InvalidInput` for a choice that was not offered.
        """
        self.require_conducts()
        question = answer.question
        if question is None or choice not in {offered.value for offered in question.choices}:
            raise InvalidInput(fields={"choice": lazy("Please choose one of the answers offered.")})
        content: dict[str, Value] = {
            "question": question.id,
            "about": question.about,
            "text": question.text.fr,
            "choice": choice,
            "answer": next(offered.label.fr for offered in question.choices if offered.value == choice),
            "articles": list(answer.articles),
            "chair": self.progress.presiding_id,
        }
        await self.note(QUESTION_DECIDED, content | ({"item": item_id} if item_id else {}))


async def look(db: AsyncSession, chamber: Chamber, actor: Actor | None, sitting_id: str) -> Look:
    """A sitting as it stands. Raises `NotFound`; whether this viewer may see it, the page decides."""
    sitting, body = await _sitting_and_body(db, sitting_id)
    return Look(db, chamber, sitting, body, await chamber.course(db, sitting), actor)


async def hold(db: AsyncSession, chamber: Chamber, actor: Actor | None, sitting_id: str, now: datetime) -> Held:
    """Lock a sitting for one act. Raises `NotFound`."""
    sitting, body = await _sitting_and_body(db, sitting_id, lock=True)
    return Held(db, chamber, sitting, body, await chamber.course(db, sitting), actor, now=now)


async def _sitting_and_body(db: AsyncSession, sitting_id: str, *, lock: bool = False) -> tuple[Sitting, Body]:
    find = select(Sitting, Body).join(Body, Body.id == Sitting.body_id).where(Sitting.id == sitting_id)
    if lock:
        find = find.with_for_update(of=Sitting).execution_options(populate_existing=True)
    found = (await db.execute(find)).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def reasons(answer: Answer) -> dict[str, Value]:
    """What the journal keeps of an answer of the rules: its result, its sentence in French and its articles."""
    return {
        "result": {name: _plain(value) for name, value in answer.result.items()},
        "because": answer.because.fr,
        "articles": list(answer.articles),
        "certainty": answer.certainty.value,
    }


def _plain(value: object) -> Value:
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, tuple):
        return [str(each) for each in value]
    if isinstance(value, Mapping):
        return {str(name): int(each) for name, each in value.items()}
    return str(value)
