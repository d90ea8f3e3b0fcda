"""The parameters a rule may have: how each is written in a file, and which way is the stricter one.

A rule's model is a frozen dataclass whose fields are made by the functions below. A file gives their values; a town's
internal rules may move them only in the stricter direction, or fill one that the law left `"open"`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Literal, TypeVar, dataclass_transform

from meetings.rules.shares import Share

OPEN = "open"
"""How a file says that the law leaves a parameter open; it is None in the model."""


@dataclass(frozen=True, slots=True)
class Term:
    """One parameter: `expected` says in English and French what a file may write."""

    expected: tuple[str, str]
    parse: Callable[[object], object]
    stricter: Callable[[Any, Any], bool] | None
    may_be_open: bool


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule that sets may hold: its model, its parameters, and the placeholders of each sentence it must word."""

    name: str
    model: type
    terms: Mapping[str, Term]
    outcomes: Mapping[str, frozenset[str]]
    optional_outcomes: Mapping[str, frozenset[str]]
    required: bool
    asks: bool


RULES: dict[str, RuleSpec] = {}
"""Every known rule by its name in the files; filled by the modules that use the rules."""

R = TypeVar("R")


def share(*, stricter: Literal["higher"] | None = None, may_be_open: bool = False) -> Any:
    """A share of a whole, written `more than 1/2` or `at least 1/3`."""

    def parse(raw: object) -> Share:
        if not isinstance(raw, str):
            raise TypeError(raw)
        return Share.parse(raw)

    compare = (lambda old, new: new.at_least_as_strict_as(old)) if stricter else None
    return _term(("“more than 1/2” or “at least 1/3”", "« more than 1/2 » ou « at least 1/3 »"), parse, compare,
                 may_be_open=may_be_open)  # fmt: skip


def number(*, stricter: Literal["higher", "lower"] | None = None, minimum: int = 0, may_be_open: bool = False) -> Any:
    """A whole number."""

    def parse(raw: object) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int) or raw < minimum:
            raise ValueError(raw)
        return raw

    compare: Callable[[int, int], bool] | None = None
    if stricter == "higher":
        compare = int.__le__
    elif stricter == "lower":
        compare = int.__ge__
    return _term((f"a whole number from {minimum}", f"un nombre entier à partir de {minimum}"), parse, compare,
                 may_be_open=may_be_open)  # fmt: skip


def yes_no(*, stricter: bool | None = None, may_be_open: bool = False) -> Any:
    """True or false; `stricter` is the value that binds more."""

    def parse(raw: object) -> bool:
        if not isinstance(raw, bool):
            raise TypeError(raw)
        return raw

    compare = None if stricter is None else (lambda old, new: new in (old, stricter))
    return _term(("true or false", "true ou false"), parse, compare, may_be_open=may_be_open)


def one_of(*values: str, loosest_first: bool = False, may_be_open: bool = False) -> Any:
    """One word out of a list; with `loosest_first` the later ones bind more."""

    def parse(raw: object) -> str:
        if not isinstance(raw, str) or raw not in values:
            raise ValueError(raw)
        return raw

    compare = (lambda old, new: values.index(new) >= values.index(old)) if loosest_first else None
    written = ", ".join(values)
    return _term((f"one of {written}", f"une valeur parmi {written}"), parse, compare, may_be_open=may_be_open)


def words(
    *allowed: str, stricter: Literal["fewer", "more"] | None = None, repeats: bool = False, empty: bool = False
) -> Any:
    """A list of words; without `allowed` any word may stand in it."""

    def parse(raw: object) -> tuple[str, ...]:
        if not isinstance(raw, list) or not all(isinstance(each, str) and each for each in raw):
            raise ValueError(raw)
        if (not raw and not empty) or (allowed and not set(raw) <= set(allowed)):
            raise ValueError(raw)
        if not repeats and len(set(raw)) < len(raw):
            raise ValueError(raw)
        return tuple(raw)

    compare: Callable[[tuple[str, ...], tuple[str, ...]], bool] | None = None
    if stricter == "fewer":
        compare = lambda old, new: set(new) <= set(old)  # noqa: E731 - one line beside its opposite
    elif stricter == "more":
        compare = lambda old, new: set(new) >= set(old)  # noqa: E731 - one line beside its opposite
    written = ", ".join(allowed)
    return _term((f"a list of {written or 'words'}", f"une liste de {written or 'mots'}"), parse, compare)


def bands(*, may_be_open: bool = False) -> Any:
    """Steps by population: `[[0, 7], [100, 11]]` is 7 from 0 inhabitants and 11 from 100."""

    def parse(raw: object) -> tuple[tuple[int, int], ...]:
        if not isinstance(raw, list) or not raw:
            raise ValueError(raw)
        steps = [tuple(step) for step in raw if isinstance(step, list)]
        whole = all(len(step) == 2 and all(type(each) is int and each >= 0 for each in step) for step in steps)
        starts = [step[0] for step in steps] if whole else []
        if len(steps) < len(raw) or not whole or starts[0] != 0 or starts != sorted(set(starts)):
            raise ValueError(raw)
        return tuple((start, value) for start, value in steps)

    return _term(("steps [[0, a], [population, b], …] in rising order of population",
                  "des paliers [[0, a], [population, b], …] par population croissante"), parse, None,
                 may_be_open=may_be_open)  # fmt: skip


def step(steps: tuple[tuple[int, int], ...], population: int) -> int:
    """Return the value of the last step that the population reaches."""
    return next(value for start, value in reversed(steps) if population >= start)


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(share, number, yes_no, one_of, words, bands)
)
def rule(
    name: str,
    *,
    outcomes: Mapping[str, str],
    optional_outcomes: Mapping[str, str] | None = None,
    required: bool = True,
    asks: bool = False,
) -> Callable[[type[R]], type[R]]:
    """Make a class the model of the rule of that name; `outcomes` maps each sentence to its placeholders.

    A rule that `asks` must word a question with its choices.
    """

    def declare(model: type[R]) -> type[R]:
        made = dataclass(frozen=True, kw_only=True)(model)
        RULES[name] = RuleSpec(
            name=name,
            model=made,
            terms={each.name: each.metadata["term"] for each in fields(made)},  # type: ignore[arg-type] # made just above
            outcomes={outcome: frozenset(names.split()) for outcome, names in outcomes.items()},
            optional_outcomes={
                outcome: frozenset(names.split()) for outcome, names in (optional_outcomes or {}).items()
            },
            required=required,
            asks=asks,
        )
        return made

    return declare


def _term(
    expected: tuple[str, str],
    parse: Callable[[object], object],
    stricter: Callable[[Any, Any], bool] | None,
    *,
    may_be_open: bool = False,
) -> Any:
    def read(raw: object) -> object:
        return None if may_be_open and raw == OPEN else parse(raw)

    return field(default=MISSING, metadata={"term": Term(expected, read, stricter, may_be_open)})
