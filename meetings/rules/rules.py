"""The rules of one set in force on one date, and the reasons collected while a case is decided."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar, cast

from meetings.rules.answers import Answer, Choice, Grade, Question, Value
from meetings.rules.errors import CaseError
from meetings.rules.wording import Text, joined

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Asks:
    """The question that a rule puts to a person when the law leaves it open or the case does not say."""

    text: Text
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """One rule in force: the values of its model, its articles, and the sentences that explain it."""

    name: str
    values: object
    articles: tuple[str, ...]
    sources: tuple[str, ...]
    grade: Grade
    says: Text
    because: Mapping[str, Text]
    conditions: tuple[Text, ...]
    asks: Asks | None


@dataclass(frozen=True, slots=True)
class Rules:
    """A rule set as it stands on a date, overlays included. Immutable: compute it once, ask it often."""

    id: str
    version: str
    on: dt.date
    session: str
    applied: Mapping[type, Applied]
    overlays: tuple[str, ...] = ()

    def find(self, model: type[R]) -> R | None:
        """Return a rule's values, or None when the set has no such rule on its date."""
        found = self.applied.get(model)
        return None if found is None else cast("R", found.values)


class Reasons:
    """Collects, while a case is decided, the articles, the lowest grade, the sentences and the conditions."""

    __slots__ = ("_articles", "_conditions", "_grade", "_question", "_rules", "_sentences")

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._articles: dict[str, None] = {}
        self._sentences: list[Text] = []
        self._conditions: list[Text] = []
        self._grade = Grade.A
        self._question: Question | None = None

    def rule(self, model: type[R]) -> R:
        """Return a rule's values without citing it; raise CaseError when the set has no such rule on its date."""
        return cast("R", self._find(model).values)

    def cite(self, model: type[R], outcome: str | None = None, **values: object) -> R:
        """Cite a rule: its articles, its grade, its conditions and, with an outcome, the sentence for it."""
        found = self._find(model)
        self._articles.update(dict.fromkeys(found.articles))
        self._grade = max(self._grade, found.grade)
        self._conditions.extend(each for each in found.conditions if each not in self._conditions)
        if outcome is not None:
            self._sentences.append(found.because[outcome].fill(values))
        return cast("R", found.values)

    def ask(self, model: type, outcome: str, about: Literal["law", "fact"] = "law", **values: object) -> None:
        """Put the rule's question to a person; a point of law makes the answer's certainty C."""
        self.cite(model, outcome, **values)
        found = self._find(model)
        if found.asks is None:
            raise LookupError(f"{found.name} asks nothing")
        self._question = Question(found.name, about, found.asks.text.fill(values), found.asks.choices)
        if about == "law":
            self._grade = Grade.C

    def ask_about(self, question: Question) -> None:
        """Put a question whose choices come from the case itself, such as names."""
        self._question = question

    def doubt(self, grade: Grade) -> None:
        """Lower the certainty of the answer to at most this grade."""
        self._grade = max(self._grade, grade)

    def answer(self, kind: str, result: Mapping[str, Value]) -> Answer:
        """Return the answer with everything cited so far."""
        return Answer(
            kind=kind,
            result=result,
            articles=tuple(self._articles),
            because=joined(self._sentences),
            certainty=self._grade,
            conditions=tuple(self._conditions),
            question=self._question,
            rule_set=self._rules.id,
            version=self._rules.version,
            on=self._rules.on,
        )

    def _find(self, model: type) -> Applied:
        found = self._rules.applied.get(model)
        if found is None:
            name, day = self._rules.id, self._rules.on.isoformat()
            raise CaseError(
                f"Le jeu de règles {name} ne dit rien sur ce point à la date du {day}.",
                f"The rule set {name} has nothing on this point on {day}.",
                field="rule_set",
            )
        return found
