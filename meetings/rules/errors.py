"""What the library refuses: a case that cannot be, and a rule file that does not hold together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from meetings.rules.wording import Text


class CaseError(ValueError):
    """A case that cannot be decided: unknown kind or field, missing fact, impossible number, date without law."""

    def __init__(self, fr: str, en: str) -> None:
        super().__init__(en)
        self.text = Text(fr, en)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a rule file, at a line counted from 1."""

    path: Path
    line: int
    text: Text


class RuleFileError(Exception):
    """A set or an overlay that is refused, with every problem found in it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(set(problems), key=lambda problem: (str(problem.path), problem.line)))
        super().__init__("\n".join(f"{each.path}:{each.line}: {each.text.en}" for each in self.problems))
