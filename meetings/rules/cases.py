"""Cases: the facts put to the rules, read once from JSON into typed objects.

A kind of case is a frozen dataclass whose fields are made by the functions below. Each field knows how it is read, what
a form calls it and whether it must be given; a kind registers itself, so that adding one edits no list.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Generic, Literal, TypeVar, cast, dataclass_transform

from meetings.rules.answers import Answer
from meetings.rules.dates import parse_day
from meetings.rules.errors import CaseError
from meetings.rules.rules import Rules
from meetings.rules.wording import Text, listed

_REQUIRED: Any = MISSING
FieldType = Literal["count", "flag", "choice", "date", "words", "choices", "rounds", "ages"]


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """How a field is read from JSON, and what a form shows for it."""

    type: FieldType
    label: Text
    read: Callable[[Text, object], object]
    required: bool
    default: object
    choices: tuple[tuple[str, Text], ...] = ()
    key: str | None = None  # its name in JSON, where that is a word Python keeps for itself


class Case:
    """The facts of one case. `check` refuses numbers that no sitting can have, whatever the rules."""

    def check(self) -> None:
        """Raise CaseError when the facts contradict one another."""

    def day(self) -> dt.date | None:
        """Return the date of the sitting when the case states it: its law applies unless `on` says otherwise."""
        return None


C = TypeVar("C", bound=Case)


@dataclass(frozen=True, slots=True)
class Kind(Generic[C]):
    """One kind of case: its name, its fields, and the function that decides it."""

    name: str
    title: Text
    case: type[C]
    fields: Mapping[str, FieldSpec]
    attributes: Mapping[str, str]
    decide: Callable[[C, Rules], Answer]

    def read(self, facts: Mapping[str, object]) -> C:
        """Make the case from JSON values; raise CaseError for an unknown, missing or impossible one."""
        unknown = tuple(sorted(set(facts) - set(self.fields)))
        if unknown:
            raise CaseError(
                f"Champ inconnu pour « {self.name} » : {listed(unknown)}.",
                f"Unknown field for {self.name}: {listed(unknown)}.",
            )
        values: dict[str, object] = {}
        faults: dict[str, Text] = {}
        for name, spec in self.fields.items():
            if name in facts and not (facts[name] is None and not spec.required and spec.default is None):
                try:
                    values[self.attributes[name]] = spec.read(Text(name, name), facts[name])
                except CaseError as error:
                    faults[name] = error.text
            elif spec.required:
                faults[name] = Text(
                    f"Il manque le champ « {name} » ({spec.label.fr}).",
                    f"The field {name} is missing ({spec.label.en}).",
                )
        if faults:
            raise CaseError.of_fields(faults)
        case = self.case(**values)
        case.check()
        return case


KINDS: dict[str, Kind[Any]] = {}
"""Every kind of case by its name; filled by the modules of `meetings.rules.kinds`."""
_BY_CASE: dict[type, Kind[Any]] = {}


def kind_of(case: Case) -> Kind[Any]:
    """Return the kind that a case belongs to."""
    return _BY_CASE[type(case)]


def count(fr: str, en: str, *, default: int | None = _REQUIRED, minimum: int = 0, key: str | None = None) -> Any:
    """A whole number, `minimum` or more. JSON's true and 3.0 are no numbers of people."""

    def read(name: Text, raw: object) -> int:
        return read_count(name, raw, minimum)

    return _field("count", Text(fr, en), read, default, key=key)


def flag(fr: str, en: str, *, default: bool) -> Any:
    """True or false."""

    def read(name: Text, raw: object) -> bool:
        if not isinstance(raw, bool):
            raise CaseError(f"« {name.fr} » doit valoir true ou false.", f"{name.en} must be true or false.")
        return raw

    return _field("flag", Text(fr, en), read, default)


def choice(fr: str, en: str, *, values: Mapping[str, tuple[str, str]], default: str | None = _REQUIRED) -> Any:
    """One word out of a list; `values` gives what a form calls each."""

    def read(name: Text, raw: object) -> str:
        return read_choice(name, raw, values)

    return _field("choice", Text(fr, en), read, default, _labels(values))


def choices(fr: str, en: str, *, values: Mapping[str, tuple[str, str]], default: tuple[str, ...]) -> Any:
    """A list of words out of a list, repeats allowed."""

    def read(name: Text, raw: object) -> tuple[str, ...]:
        return tuple(read_choice(name, each, values) for each in read_list(name, raw))

    return _field("choices", Text(fr, en), read, default, _labels(values))


def words(fr: str, en: str, *, default: tuple[str, ...]) -> Any:
    """A list of free names."""

    def read(name: Text, raw: object) -> tuple[str, ...]:
        found = read_list(name, raw)
        if not all(isinstance(each, str) and each.strip() for each in found):
            raise CaseError(f"« {name.fr} » doit être une liste de noms.", f"{name.en} must be a list of names.")
        return tuple(dict.fromkeys(cast("list[str]", found)))

    return _field("words", Text(fr, en), read, default)


def date(fr: str, en: str, *, default: dt.date | None = _REQUIRED) -> Any:
    """A date, written YYYY-MM-DD."""
    return _field("date", Text(fr, en), read_date, default)


def structured(
    fr: str,
    en: str,
    *,
    type: FieldType,  # noqa: A002 - the word a form uses
    read: Callable[[Text, object], object],
    default: object = MISSING,
) -> Any:
    """A field with a shape of its own, read by the kind that has it."""
    return _field(type, Text(fr, en), read, default)


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(count, flag, choice, choices, words, date, structured)
)
def case(cls: type[C]) -> type[C]:
    """Make a class a frozen, keyword-only case."""
    return dataclass(frozen=True, kw_only=True)(cls)


def kind(
    name: str, case_type: type[C], *, fr: str, en: str
) -> Callable[[Callable[[C, Rules], Answer]], Callable[[C, Rules], Answer]]:
    """Register the function that decides cases of a type, under the name that `kind` has in JSON."""

    def register(decide: Callable[[C, Rules], Answer]) -> Callable[[C, Rules], Answer]:
        specs = {each.name: each.metadata["spec"] for each in fields(case_type)}  # type: ignore[arg-type] # made by @case
        attributes = {spec.key or attribute: attribute for attribute, spec in specs.items()}
        keyed = {key: specs[attribute] for key, attribute in attributes.items()}
        made = Kind(name, Text(fr, en), case_type, keyed, attributes, decide)
        KINDS[name] = made
        _BY_CASE[case_type] = made
        return decide

    return register


def read_count(name: Text, raw: object, minimum: int = 0) -> int:
    """Read a whole number that is at least `minimum`."""
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise CaseError(f"« {name.fr} » doit être un nombre entier.", f"{name.en} must be a whole number.")
    if raw < minimum:
        raise CaseError(f"« {name.fr} » doit valoir au moins {minimum}.", f"{name.en} must be at least {minimum}.")
    return raw


def read_choice(name: Text, raw: object, values: Mapping[str, object]) -> str:
    """Read one word out of those allowed."""
    if not isinstance(raw, str) or raw not in values:
        allowed = listed(tuple(values))
        raise CaseError(f"« {name.fr} » doit être l’un de : {allowed}.", f"{name.en} must be one of: {allowed}.")
    return raw


def read_list(name: Text, raw: object) -> list[object]:
    """Read a JSON list."""
    if not isinstance(raw, list):
        raise CaseError(f"« {name.fr} » doit être une liste.", f"{name.en} must be a list.")
    return raw


def read_object(name: Text, raw: object) -> dict[str, object]:
    """Read a JSON object."""
    if not isinstance(raw, dict):
        raise CaseError(f"« {name.fr} » doit être un objet JSON.", f"{name.en} must be a JSON object.")
    return raw


def read_date(name: Text, raw: object) -> dt.date:
    """Read a date written YYYY-MM-DD."""
    try:
        if isinstance(raw, str):
            return parse_day(raw)
    except ValueError:
        pass
    raise CaseError(
        f"« {name.fr} » doit être une date du calendrier, au format AAAA-MM-JJ.",
        f"{name.en} must be a date of the calendar, written YYYY-MM-DD.",
    )


def _labels(values: Mapping[str, tuple[str, str]]) -> tuple[tuple[str, Text], ...]:
    return tuple((value, Text(*label)) for value, label in values.items())


def _field(
    type_: FieldType,
    label: Text,
    read: Callable[[Text, object], object],
    default: object,
    labels: tuple[tuple[str, Text], ...] = (),
    *,
    key: str | None = None,
) -> Any:
    required = default is MISSING
    spec = FieldSpec(type_, label, read, required, None if required else default, labels, key)
    return field(default=default, metadata={"spec": spec})
