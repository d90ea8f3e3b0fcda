"""What the rules answer: a result, how certain it is, the articles behind it and a sentence that says why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from meetings.rules.wording import Lang, Text

Value = bool | int | str | dt.date | None | tuple[str, ...] | Mapping[str, int]


class Grade(StrEnum):
    """How safe a rule is: A is settled, B is likely, C is left open and always put to a person."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way a person may answer a question, and what follows from it."""

    value: str
    label: Text
    consequence: Text


@dataclass(frozen=True, slots=True)
class Question:
    """What only a person may decide; the sitting's journal keeps the question, the choice and who made it.

    `about` is "law" when the texts leave the point open, "fact" when the case does not state something.
    """

    id: str
    about: Literal["law", "fact"]
    text: Text
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one case. Raises ValueError without an article or without a sentence."""

    kind: str
    result: Mapping[str, Value]
    articles: tuple[str, ...]
    because: Text
    certainty: Grade
    conditions: tuple[Text, ...]
    question: Question | None
    rule_set: str
    version: str
    on: dt.date

    def __post_init__(self) -> None:
        if not self.articles or not self.because.fr or not self.because.en:
            raise ValueError(f"an answer on {self.kind} needs an article and a sentence")

    def sentence(self, lang: Lang) -> str:
        """Say why in one line, with the articles behind it: ``16 présents pour 18. (CGCT L2121-17)``."""
        return f"{self.because.get(lang)} ({', '.join(self.articles)})"

    def as_json(self, lang: Lang) -> dict[str, object]:
        """Return what the command line prints: the result's own fields first, then the reasons."""
        answer: dict[str, object] = {"kind": self.kind}
        answer.update((name, _plain(value)) for name, value in self.result.items())
        answer["certainty"] = self.certainty.value
        answer["articles"] = list(self.articles)
        answer["because"] = self.because.get(lang)
        answer["conditions"] = [each.get(lang) for each in self.conditions]
        if self.question is not None:
            answer["question"] = {
                "id": self.question.id,
                "about": self.question.about,
                "text": self.question.text.get(lang),
                "choices": [
                    {
                        "value": choice.value,
                        "label": choice.label.get(lang),
                        "consequence": choice.consequence.get(lang),
                    }
                    for choice in self.question.choices
                ],
            }
        answer["rule_set"] = self.rule_set
        answer["version"] = self.version
        answer["on"] = self.on.isoformat()
        return answer


def _plain(value: Value) -> object:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return value
