"""Forms for trying a case: each kind's fields with their labels, and the reading back of what a person typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meetings.rules.cases import KINDS, FieldSpec, FieldType
from meetings.rules.errors import CaseError
from meetings.rules.wording import Text

_HELP: Mapping[FieldType, Text] = {
    "words": Text("Un par ligne, ou séparés par des virgules.", "One a line, or separated by commas."),
    "choices": Text("Un par ligne, ou séparés par des virgules.", "One a line, or separated by commas."),
    "rounds": Text(
        "Un tour par ligne : Durand=10, Petit=8, blank=1, void=0.",
        "One round a line: Durand=10, Petit=8, blank=1, void=0.",
    ),
    "ages": Text("Nom=âge, séparés par des virgules : Durand=61, Petit=58.", "Name=age: Durand=61, Petit=58."),
}
_TICKED = {"on", "true", "1", "yes"}


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. `default` is what the rules assume when it is left empty."""

    name: str
    type: FieldType
    label: Text
    required: bool
    default: int | str | bool | None
    choices: tuple[tuple[str, Text], ...]
    help: Text | None


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one kind of case."""

    kind: str
    title: Text
    fields: tuple[FormField, ...]


def forms() -> tuple[Form, ...]:
    """Return the form of every kind, in the order in which kinds are named."""
    return tuple(form(name) for name in sorted(KINDS))


def form(kind: str) -> Form:
    """Return the form of one kind; raise CaseError when there is none of that name."""
    found = KINDS.get(kind)
    if found is None:
        raise CaseError(f"Il n'existe pas de formulaire pour « {kind} ».", f"There is no form for {kind}.")
    return Form(kind, found.title, tuple(_form_field(name, spec) for name, spec in found.fields.items()))


def read_form(kind: str, typed: Mapping[str, str]) -> dict[str, object]:
    """Return the JSON case of what a person typed; empty fields are left out, ready for `parse`.

    Names that the form has not are kept as they are, so that `parse` refuses them. Raises CaseError for a text that
    cannot be read.
    """
    fields = {each.name: each for each in form(kind).fields}
    case: dict[str, object] = {"kind": kind}
    for name, text in typed.items():
        field = fields.get(name)
        if field is None:
            case[name] = text
        elif text.strip():
            case[name] = _read(field, text.strip())
    return case


def _form_field(name: str, spec: FieldSpec) -> FormField:
    default = spec.default if isinstance(spec.default, int | str | bool) else None
    return FormField(name, spec.type, spec.label, spec.required, default, spec.choices, _HELP.get(spec.type))


def _read(field: FormField, text: str) -> object:
    match field.type:
        case "count":
            return _number(field.name, text)
        case "flag":
            return text.lower() in _TICKED
        case "words" | "choices":
            return _parts(text)
        case "ages":
            return _pairs(field.name, text)
        case "rounds":
            return [_round(field.name, line) for line in text.splitlines() if line.strip()]
        case _:
            return text


def _round(name: str, line: str) -> dict[str, object]:
    found = _pairs(name, line)
    papers = {each: found.pop(each, 0) for each in ("blank", "void")}
    return {"candidates": found, **papers}


def _pairs(name: str, text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _parts(text):
        who, equals, figure = part.rpartition("=")
        if not equals or not who.strip() or who.strip() in found:
            raise CaseError(
                f"« {name} » : « {part} » n'est pas un nom=nombre.", f"{name}: {part} is not a name=number."
            )
        found[who.strip()] = _number(name, figure.strip())
    return found


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise CaseError(f"« {name} » doit être un nombre entier.", f"{name} must be a whole number.")
    return int(text)
