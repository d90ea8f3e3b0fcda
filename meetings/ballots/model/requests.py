"""Requests for a public or a secret ballot on an item (CGCT L2121-21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meetings.ballots.model.ballot import Kind


@dataclass(frozen=True)
class Requests:
    """Who asks on one item, until a ballot on it is proclaimed: a request is for one vote, not for the sitting."""

    asking: Mapping[Kind, frozenset[str]] = field(default_factory=dict)
    """Members by the kind they ask for."""
    granted: Kind | None = None
    because: str = ""
    """The rules' sentence on the last request, in French."""

    def by(self, kind: Kind) -> frozenset[str]:
        """Who asks for a kind."""
        return self.asking.get(kind, frozenset())
