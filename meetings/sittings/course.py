"""The course of a sitting: where it stands, as it follows from its journal and from nothing else.

Each slice keeps its own *part* of the course (who is there, who has the floor, which ballot is open): an immutable
value that makes the next one of itself with each entry. So what a screen shows, what a rule is asked and what the
minutes say come out of the same entries, and a portal that was killed stands again where the journal ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar, cast

from meetings.sittings.journal import Entry


class Part(Protocol):
    """What one slice makes of the journal. Made without arguments before the first entry; never changed afterwards."""

    def apply(self, entry: Entry) -> Self:
        """The part after an entry; itself for entries that do not concern it. It never refuses one: what stands in
        the journal has happened."""
        ...


P = TypeVar("P", bound=Part)

_PARTS: list[type[Part]] = []


def part(kind: type[P]) -> type[P]:
    """Make a frozen dataclass a part of every course."""
    _PARTS.append(kind)
    return kind


@dataclass(frozen=True)
class Course:
    """All parts after the entry `number`."""

    number: int
    parts: Mapping[type[Part], Part]
    derived: dict[object, Any] = field(default_factory=dict, compare=False, repr=False)
    """What slices have worked out of it and would again for each of many screens; by a key of their own."""

    @classmethod
    def start(cls) -> Course:
        """Before the first entry."""
        return cls(0, {kind: kind() for kind in _PARTS})

    def after(self, entries: Iterable[Entry]) -> Course:
        """After these too. Raises `ValueError` for one that does not follow."""
        parts, number = dict(self.parts), self.number
        for entry in entries:
            if entry.number != number + 1:
                raise ValueError(f"entry {entry.number} does not follow {number}")
            number = entry.number
            for kind, each in parts.items():
                parts[kind] = each.apply(entry)
        return Course(number, parts)

    def of(self, kind: type[P]) -> P:
        """The part of one slice."""
        return cast("P", self.parts[kind])
