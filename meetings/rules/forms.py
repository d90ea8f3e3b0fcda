"""Forms for trying a case: each kind's fields with their labels, and the reading back of what a person typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from meetings.rules.cases import KINDS, FieldSpec, FieldType
from meetings.rules.errors import CaseError
from meetings.rules.wording import Text

_HELP: Mapping[FieldType, Text] = {
    "words": Text("Un par ligne, ou séparés par des virgules.", "One a line, or separated by commas."),
    "rounds": Text(
        "Un tour par ligne : Durand=10, Petit=8, blancs=1, nuls=0.",
        "One round a line: Durand=10, Petit=8, blank=1, void=0.",
    ),
    "ages": Text("Nom=âge, séparés par des virgules : Durand=61, Petit=58.", "Name=age: Durand=61, Petit=58."),
}
_TICKED = {"on", "true", "1", "yes"}
_PAPERS = {"blank": "blank", "blancs": "blank", "void": "void", "nuls": "void"}
_LIKE_PAPERS = {"blanc": "blancs", "nul": "nuls"}
_LONGEST_NUMBER = 12
_DAY_FIRST = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", re.ASCII)


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
        raise CaseError(f"Il n’existe pas de formulaire pour « {kind} ».", f"There is no form for {kind}.")
    return Form(kind, found.title, tuple(_form_field(name, spec) for name, spec in found.fields.items()))


def read_form(kind: str, typed: Mapping[str, str]) -> dict[str, object]:
    """Return the JSON case of what a person typed; empty fields are left out, ready for `parse`.

    Names that the form has not are kept as they are, so that `parse` refuses them. Raises CaseError, with a sentence
    for each field that is missing or cannot be read.
    """
    expected = {each.name: each for each in form(kind).fields}
    specs = KINDS[kind].fields
    case: dict[str, object] = {name: text for name, text in typed.items() if name not in expected}
    case["kind"] = kind
    faults: dict[str, Text] = {}
    for name, field in expected.items():
        text = typed.get(name, "").strip()
        if not text:
            if field.required:
                faults[name] = Text(f"Il manque : {field.label.fr}.", f"Missing: {field.label.en}.")
            continue
        try:
            case[name] = _read(field, text)
            specs[name].read(field.label, case[name])
        except CaseError as error:
            faults[name] = error.text
    if faults:
        raise CaseError.of_fields(faults)
    return case


def _form_field(name: str, spec: FieldSpec) -> FormField:
    default = spec.default if isinstance(spec.default, int | str | bool) else None
    return FormField(name, spec.type, spec.label, spec.required, default, spec.choices, _help(spec))


def _help(spec: FieldSpec) -> Text | None:
    if spec.type != "choices":
        return _HELP.get(spec.type)
    return Text(
        f"Un par ligne : {', '.join(label.fr for _, label in spec.choices)}.",
        f"One a line: {', '.join(label.en for _, label in spec.choices)}.",
    )


def _read(field: FormField, text: str) -> object:
    reader = _READERS.get(field.type)
    return text if reader is None else reader(field, text)


def _day(text: str) -> str:
    """Return a date as JSON has it; people also write the day first, with slashes or dots."""
    found = _DAY_FIRST.fullmatch(text)
    return f"{found[3]}-{found[2]:0>2}-{found[1]:0>2}" if found else text


def _rounds(label: Text, text: str) -> list[dict[str, object]]:
    return [_round(label, line) for line in text.splitlines() if line.strip()]


def _chosen(field: FormField, part: str) -> str:
    """Return the value behind a label in either language; anything else as it is, for the field to refuse."""
    for value, label in field.choices:
        if part.casefold() in (value.casefold(), label.fr.casefold(), label.en.casefold()):
            return value
    return part


def _round(label: Text, line: str) -> dict[str, object]:
    papers = {"blank": 0, "void": 0}
    candidates: dict[str, int] = {}
    for name, figure in _pairs(label, line).items():
        like = _LIKE_PAPERS.get(name.casefold())
        if like is not None:
            raise CaseError(
                f"« {name} » : écrivez « {like} » pour les bulletins, ou le prénom et le nom du candidat.",
                f"{name}: write {like} for the papers, or the candidate's whole name.",
            )
        paper = _PAPERS.get(name.casefold())
        if paper is None:
            candidates[name] = figure
        else:
            papers[paper] += figure
    return {"candidates": candidates, **papers}


def _pairs(label: Text, text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _parts(text):
        who, equals, figure = (each.strip() for each in part.rpartition("="))
        if not equals or not who or who in found:
            raise CaseError(
                f"« {label.fr} » : « {part} » n’est pas un nom=nombre, ou ce nom est donné deux fois.",
                f"{label.en}: {part} is not a name=number, or that name is given twice.",
            )
        found[who] = _number(Text(who, who), figure)
    return found


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]


def _number(label: Text, text: str) -> int:
    digits = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}\b)", "", text)  # people write 3 500
    if not digits.isascii() or not digits.isdigit() or len(digits) > _LONGEST_NUMBER:
        raise CaseError(f"« {label.fr} » doit être un nombre entier.", f"{label.en} must be a whole number.")
    return int(digits)


_READERS: Mapping[FieldType, Callable[[FormField, str], object]] = {
    "count": lambda field, text: _number(field.label, text),
    "flag": lambda _, text: text.lower() in _TICKED,
    "date": lambda _, text: _day(text),
    "words": lambda _, text: _parts(text),
    "choices": lambda field, text: [_chosen(field, part) for part in _parts(text)],
    "ages": lambda field, text: _pairs(field.label, text),
    "rounds": lambda field, text: _rounds(field.label, text),
}
"""How each type's text becomes the JSON value; a choice is its own."""
