"""How far a posting is from somebody, in steps between public areas: exact metres would give homes away."""

from __future__ import annotations

from enum import IntEnum

from portal.town.grid import Level
from portal.town.model import PublicArea

_UNDER_500_M, _UNDER_1_KM = 500, 1000


class Distance(IntEnum):
    """The steps, nearest first."""

    SAME_AREA = 0
    UNDER_500_M = 1
    UNDER_1_KM = 2
    FURTHER = 3
    SOMEWHERE_IN_TOWN = 4
    """One of the two is known by its district or town only."""


def distance_between(own: PublicArea, other: PublicArea) -> Distance:
    """From the middles of two areas, and never finer than the coarser of them."""
    if own.id == other.id:
        return Distance.SAME_AREA
    coarser = max(own.level, other.level)
    if coarser > Level.SQUARE_1_KM:
        return Distance.SOMEWHERE_IN_TOWN
    metres = own.middle.metres_to(other.middle)
    if metres < _UNDER_500_M and coarser < _UNDER_500_M:
        return Distance.UNDER_500_M
    return Distance.UNDER_1_KM if metres < _UNDER_1_KM else Distance.FURTHER
