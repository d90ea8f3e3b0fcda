"""An item is called: who presided, who was there, and whether they were enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self


@dataclass(frozen=True)
class Quorum:
    """The quorum as it was taken and frozen (CGCT L2121-17)."""

    met: bool | None
    counted: int | None
    threshold: int | None
    base: int | None
    because: str
    articles: tuple[str, ...]

    @classmethod
    def read(cls, reasons: Mapping[str, Any]) -> Self:
        """What the journal kept of the rules' answer."""
        result = reasons.get("result", {})
        return cls(
            result.get("quorum"),
            result.get("counted"),
            result.get("threshold"),
            result.get("base"),
            reasons.get("because", ""),
            tuple(reasons.get("articles", ())),
        )


@dataclass(frozen=True)
class Calling:
    """An item was called: who presided, who was there, whether they were enough."""

    at: datetime
    number: int
    chair: str | None
    quorum: Quorum
    present: tuple[str, ...]
    represented: Mapping[str, str]
    """The holder by the giver."""
    interested: tuple[str, ...]


@dataclass(frozen=True)
class ChairTurn:
    """Who presided from when on, and why it changed."""

    chair: str
    at: datetime
    reason: str = ""
