"""Shares of a whole, such as "more than 1/2", and the smallest number that reaches them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from meetings.rules.wording import Text

_WRITTEN = re.compile(r"(more than|at least) (\d+)(?:/(\d+))?")
_MORE_THAN = {
    Fraction(1, 2): Text("plus de la moitié", "more than half"),
    Fraction(1, 3): Text("plus du tiers", "more than a third"),
    Fraction(1, 4): Text("plus du quart", "more than a quarter"),
    Fraction(2, 3): Text("plus des deux tiers", "more than two thirds"),
    Fraction(3, 4): Text("plus des trois quarts", "more than three quarters"),
}
_AT_LEAST = {
    Fraction(0): Text("aucun minimum", "no minimum"),
    Fraction(1): Text("la totalité", "all"),
    Fraction(1, 2): Text("au moins la moitié", "at least half"),
    Fraction(1, 3): Text("au moins le tiers", "at least a third"),
    Fraction(1, 4): Text("au moins le quart", "at least a quarter"),
    Fraction(2, 3): Text("au moins les deux tiers", "at least two thirds"),
    Fraction(3, 4): Text("au moins les trois quarts", "at least three quarters"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole to be reached (`at least 1/3`) or passed (`more than 1/2`)."""

    fraction: Fraction
    strict: bool

    @classmethod
    def parse(cls, written: str) -> Share:
        """Read `more than 1/2` or `at least 1/3`; raise ValueError for anything else."""
        match = _WRITTEN.fullmatch(written)
        if match is None or match[3] == "0":
            raise ValueError(written)
        share = cls(Fraction(int(match[2]), int(match[3] or 1)), match[1] == "more than")
        if share.fraction > 1 or (share.strict and share.fraction == 1):
            raise ValueError(written)
        return share

    def smallest(self, whole: int) -> int:
        """Return the smallest whole number that suffices out of `whole`."""
        part, parts = self.fraction.numerator * whole, self.fraction.denominator
        return part // parts + 1 if self.strict else -(-part // parts)

    def at_least_as_strict_as(self, other: Share) -> bool:
        """Tell whether reaching this share always reaches the other."""
        return (self.fraction, self.strict) >= (other.fraction, other.strict)

    @property
    def words(self) -> Text:
        """The share as a person says it."""
        known = (_MORE_THAN if self.strict else _AT_LEAST).get(self.fraction)
        if known is not None:
            return known
        return (
            Text(f"plus de {self.fraction}", f"more than {self.fraction}")
            if self.strict
            else Text(f"au moins {self.fraction}", f"at least {self.fraction}")
        )

    def __str__(self) -> str:
        return f"{'more than' if self.strict else 'at least'} {self.fraction}"
