"""Reading a rule file: every value checked against what its rule may hold, every fault kept with its line."""

from __future__ import annotations

import datetime as dt
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from meetings.rules.answers import Choice, Grade
from meetings.rules.errors import Problem, RuleFileError
from meetings.rules.rules import Asks
from meetings.rules.terms import RULES, RuleSpec
from meetings.rules.toml_lines import Path as Keys
from meetings.rules.toml_lines import key_lines
from meetings.rules.wording import Text

T = TypeVar("T")
Table = Mapping[str, object]

RESERVED = ("articles", "sources", "grade", "valid_from", "valid_to", "says", "because", "conditions", "asks",
            "choices", "override")  # fmt: skip
_TOO_DEEP = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++\s*+\.\s*+){20}""")
"""No rule file nests keys like this, and reading them takes tomllib time in the square of their length."""
POLICIES = ("none", "tighten", "free")


@dataclass(frozen=True, slots=True)
class Block:
    """One rule as a file states it. What it leaves out comes from the set that the file extends."""

    name: str
    keys: Keys
    valid_from: dt.date | None
    valid_to: dt.date | None
    articles: tuple[str, ...]
    sources: tuple[str, ...]
    grade: Grade
    says: Text | None
    because: Mapping[str, Text]
    conditions: tuple[Text, ...] | None
    asks: Asks | None
    override: str | None
    parameters: Mapping[str, object]

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether the rule is stated for that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class RuleFile:
    """A parsed TOML file and the faults found so far; the reader of a set or an overlay asks it for each value."""

    def __init__(self, path: Path, text: str | None = None) -> None:
        """Read a file, or the `text` that would stand in it; raise RuleFileError when it is no TOML."""
        self.path = path
        self.problems: list[Problem] = []
        if text is None:
            try:
                text = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                problem = Problem(path, 1, Text("Fichier illisible.", f"Unreadable file: {error}."))
                raise RuleFileError([problem]) from error
        self.table: Table = _parse(path, text)
        self._lines = key_lines(text)

    def line(self, keys: Keys) -> int:
        """Return the line of a key, or of the nearest table that holds it."""
        while keys not in self._lines:
            keys = keys[:-1]
        return self._lines[keys]

    def fault(self, keys: Keys, fr: str, en: str) -> None:
        """Note one fault."""
        self.problems.append(Problem(self.path, self.line(keys), Text(fr, en)))

    def refuse_faults(self) -> None:
        """Raise RuleFileError when anything was wrong."""
        if self.problems:
            raise RuleFileError(self.problems)

    def value(self, table: Table, keys: Keys, name: str, wanted: type[T], default: T | None = None) -> T | None:
        """Return a value of the wanted type; note a fault when it has another, or is missing without default."""
        found = table.get(name)
        right = isinstance(found, wanted) and not (wanted is dt.date and isinstance(found, dt.datetime))
        if right and found not in ("", []):
            return cast("T", found)
        if name in table or default is None:
            self.fault(
                (*keys, name),
                f"« {name} » manque ou n’a pas la forme attendue ({wanted.__name__}).",
                f"{name} is missing or has another form than expected ({wanted.__name__}).",
            )
        return default

    def optional(self, table: Table, keys: Keys, name: str, wanted: type[T]) -> T | None:
        """Return a value that may be left out."""
        return self.value(table, keys, name, wanted) if name in table else None

    def text(self, table: Table, keys: Keys, name: str, placeholders: frozenset[str] | None = None) -> Text:
        """Return a text given in both languages, with known placeholders only."""
        found = table.get(name)
        if (
            not isinstance(found, dict)
            or set(found) != {"fr", "en"}
            or not all(isinstance(each, str) and each for each in found.values())
        ):
            self.fault(
                (*keys, name), f"« {name} » doit être donné en fr et en en.", f"{name} must be given in fr and in en."
            )
            return Text("?", "?")
        if placeholders is not None:
            for lang, sentence in found.items():
                self._check_placeholders((*keys, name, lang), sentence, placeholders)
        return Text(found["fr"], found["en"])

    def names(self, table: Table, keys: Keys, name: str, *, required: bool = True) -> tuple[str, ...]:
        """Return a list of words."""
        if not required and name not in table:
            return ()
        found = self.value(table, keys, name, list)
        if found is not None and all(isinstance(each, str) and each for each in found):
            return tuple(found)
        if found is not None:
            self.fault((*keys, name), f"« {name} » est une liste de textes.", f"{name} is a list of texts.")
        return ()

    def unknown_keys(self, table: Table, keys: Keys, known: tuple[str, ...]) -> None:
        """Note every key that is not known."""
        for name in table:
            if name not in known:
                self.fault((*keys, name), f"« {name} » est inconnu ici.", f"{name} is unknown here.")

    def period(self, table: Table, keys: Keys) -> tuple[dt.date | None, dt.date | None]:
        """Return the first and last day; note a fault when they cross."""
        start = self.optional(table, keys, "valid_from", dt.date)
        end = self.optional(table, keys, "valid_to", dt.date)
        if start is not None and end is not None and end < start:
            self.fault(
                (*keys, "valid_to"), "La date de fin précède la date de début.", "The last day comes before the first."
            )
        return start, end

    def blocks(self, known: tuple[str, ...], *, law: bool) -> tuple[Block, ...]:
        """Read every rule of the file; an overlay (`law=False`) states articles and parameters only."""
        found: list[Block] = []
        for topic, rules in self.table.items():
            if topic in known:
                continue
            named = {name: f"{topic}.{name}" for name in rules} if isinstance(rules, dict) else {}
            if not named or not any(each.startswith(f"{topic}.") for each in RULES):
                self.fault((topic,), f"« {topic} » est inconnu.", f"{topic} is unknown.")
                continue
            for name, full in named.items():
                found.extend(self._blocks_of(full, (topic, name), cast("dict[str, object]", rules)[name], law=law))
        return tuple(found)

    def _blocks_of(self, name: str, keys: Keys, stated: object, *, law: bool) -> list[Block]:
        spec = RULES.get(name)
        if spec is None:
            self.fault(keys, f"La règle « {name} » est inconnue.", f"The rule {name} is unknown.")
            return []
        if not isinstance(stated, list) or not all(isinstance(each, dict) for each in stated):
            self.fault(keys, f"Écrire [[{name}]].", f"Write [[{name}]].")
            return []
        return [self._block(spec, (*keys, place), each, law=law) for place, each in enumerate(stated)]

    def _block(self, spec: RuleSpec, keys: Keys, table: Table, *, law: bool) -> Block:
        parameters = self._parameters(spec, keys, table, law=law)
        grade = self.value(table, keys, "grade", str) if law else "A"
        if grade not in tuple(Grade):
            self.fault((*keys, "grade"), "« grade » vaut A, B ou C.", "grade is A, B or C.")
            grade = "C"
        override = self.optional(table, keys, "override", str)
        if override not in (None, *POLICIES):
            self.fault((*keys, "override"), "« override » vaut none, tighten ou free.",
                       "override is none, tighten or free.")  # fmt: skip
        start, end = self.period(table, keys)
        return Block(
            name=spec.name,
            keys=keys,
            valid_from=start,
            valid_to=end,
            articles=self.names(table, keys, "articles"),
            sources=self.names(table, keys, "sources", required=law),
            grade=Grade(grade),
            says=self.text(table, keys, "says") if "says" in table else None,
            because=self._because(spec, keys, table),
            conditions=self._conditions(keys, table),
            asks=self._asks(spec, keys, table),
            override=override,
            parameters=parameters,
        )

    def _parameters(self, spec: RuleSpec, keys: Keys, table: Table, *, law: bool) -> dict[str, object]:
        found: dict[str, object] = {}
        reserved = RESERVED if law else ("articles", "sources", "says")
        for name, raw in table.items():
            if name in reserved:
                continue
            term = spec.terms.get(name)
            if term is None:
                self.fault(
                    (*keys, name),
                    f"« {name} » n’est pas un paramètre de la règle {spec.name}.",
                    f"{name} is not a parameter of the rule {spec.name}.",
                )
                continue
            try:
                found[name] = term.parse(raw)
            except (TypeError, ValueError):
                en, fr = term.expected
                self.fault((*keys, name), f"« {name} » doit être {fr}.", f"{name} must be {en}.")
        return found

    def _because(self, spec: RuleSpec, keys: Keys, table: Table) -> dict[str, Text]:
        stated = self.optional(table, keys, "because", dict) or {}
        known = {**spec.outcomes, **spec.optional_outcomes}
        self.unknown_keys(stated, (*keys, "because"), tuple(known))
        return {
            outcome: self.text(stated, (*keys, "because"), outcome, known[outcome])
            for outcome in stated
            if outcome in known
        }

    def _conditions(self, keys: Keys, table: Table) -> tuple[Text, ...] | None:
        if "conditions" not in table:
            return None
        stated = table["conditions"]
        if not isinstance(stated, list):
            self.fault((*keys, "conditions"), "« conditions » est une liste.", "conditions is a list.")
            return None
        return tuple(self.text({"conditions": each}, keys, "conditions") for each in stated)

    def _asks(self, spec: RuleSpec, keys: Keys, table: Table) -> Asks | None:
        if "asks" not in table and "choices" not in table:
            return None
        stated = self.value(table, keys, "choices", list) or []
        if not all(isinstance(each, dict) for each in stated) or len(stated) < 2:
            self.fault((*keys, "choices"), "Il faut au moins deux choix.", "At least two choices are needed.")
            return None
        choices: list[Choice] = []
        for place, each in enumerate(stated):
            at = (*keys, "choices", place)
            self.unknown_keys(each, at, ("value", "label", "consequence"))
            value = self.value(each, at, "value", str) or "?"
            choices.append(Choice(value, self.text(each, at, "label"), self.text(each, at, "consequence")))
        outcomes = {**spec.outcomes, **spec.optional_outcomes}
        placeholders = frozenset[str]().union(*outcomes.values()) if outcomes else frozenset()
        return Asks(self.text(table, keys, "asks", placeholders), tuple(choices))

    def _check_placeholders(self, keys: Keys, sentence: str, known: frozenset[str]) -> None:
        try:
            used = {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}
        except ValueError:
            used = {"{"}
        for name in sorted(used - known):
            self.fault(
                keys, f"« {{{name}}} » est inconnu dans cette phrase.", f"{{{name}}} is unknown in this sentence."
            )


def _parse(path: Path, text: str) -> Table:
    deep = _TOO_DEEP.search(text)
    if deep is not None:
        line = text.count("\n", 0, deep.start()) + 1
        raise RuleFileError([Problem(path, line, Text("Clé trop profonde.", "This key is too deep."))])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = _line_of_syntax_error(str(error), text)
        problem = Problem(path, line, Text(f"Syntaxe TOML : {error}", f"TOML syntax: {error}"))
        raise RuleFileError([problem]) from error
    except (ValueError, RecursionError) as error:
        # A number of thousands of digits, or brackets within thousands of brackets.
        problem = Problem(path, 1, Text("Ce fichier ne peut pas être lu.", "This file cannot be read."))
        raise RuleFileError([problem]) from error


def _line_of_syntax_error(message: str, text: str) -> int:
    """Find the line in what tomllib says; at the end of the document it names none."""
    _, _, place = message.partition("(at line ")
    digits = place.partition(",")[0]
    return int(digits) if digits.isdigit() else text.count("\n") + 1
