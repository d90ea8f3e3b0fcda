"""What the library refuses: a case that cannot be, and a rule file that does not hold together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meetings.rules.wording import Text, joined


class CaseError(ValueError):
    """A case that cannot be decided: unknown kind or field, missing fact, impossible number, date without law.

    `fields` says which inputs to look at, each with its sentence.
    """

    def __init__(self, fr: str, en: str, *, field: str | None = None) -> None:
        super().__init__(en)
        self.text = Text(fr, en)
        self.fields: Mapping[str, Text] = {} if field is None else {field: self.text}

    @classmethod
    def of_fields(cls, faults: Mapping[str, Text]) -> CaseError:
        """Make one refusal of several inputs that cannot be read; there is at least one."""
        text = joined(list(faults.values()))
        error = cls(text.fr, text.en)
        error.fields = dict(faults)
        return error


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a rule file, at a line counted from 1."""

    path: Path
    line: int
    text: Text


class RuleFileError(Exception):
    """A set or an overlay that is refused, with every problem found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(dict.fromkeys(problems), key=lambda problem: (str(problem.path), problem.line)))
        super().__init__("\n".join(f"{each.path}:{each.line}: {each.text.en}" for each in self.problems))
