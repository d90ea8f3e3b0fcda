"""The map's counts, gathered for how near the map is looked at: groups of whole areas, never anything finer.

A group is the areas whose middles lie in one square of the grid, so it says nothing that its areas do not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from helpdesk.board.service.listing import CellCount
from portal.town.service.area_book import AreaBook, AreaGroup

NEAREST = 15
"""The zoom (Web Mercator, 256 pixels a tile) from which areas stand for themselves: 200 m are some sixty pixels."""

_SIDE_AT_14 = 600
_WIDEST = 40_000


@dataclass(frozen=True)
class Cluster:
    """Open postings of a group of areas."""

    group: AreaGroup
    requests: int
    offers: int


def side_for(zoom: int) -> int | None:
    """Side in metres of the squares in which areas are gathered; None: not at all."""
    if zoom >= NEAREST:
        return None
    return min(_SIDE_AT_14 << (NEAREST - 1 - max(zoom, 0)), _WIDEST)


def clustered(book: AreaBook, counts: Iterable[CellCount], zoom: int) -> tuple[list[CellCount], list[Cluster]]:
    """Areas that stand for themselves, and groups; a group with one area in all is that area."""
    side = side_for(zoom)
    if side is None:
        return list(counts), []
    grouping = book.grouped(side)
    alone: list[CellCount] = []
    found: dict[str, list[CellCount]] = {}
    for count in counts:
        group = grouping[count.cell_id]
        if group.areas == 1:
            alone.append(count)
        else:
            found.setdefault(group.id, []).append(count)
    return alone, [_cluster(grouping[of[0].cell_id], of) for _id, of in sorted(found.items())]


def _cluster(group: AreaGroup, counts: Sequence[CellCount]) -> Cluster:
    return Cluster(group, sum(count.requests for count in counts), sum(count.offers for count in counts))


def by_district(book: AreaBook, counts: Sequence[CellCount]) -> dict[str, tuple[int, int]]:
    """Requests and offers by district, most first: what the map says, in words. An empty id: of no district."""
    areas = book.areas(count.cell_id for count in counts)
    found: dict[str, tuple[int, int]] = {}
    for count in counts:
        id_ = areas[count.cell_id].district_id
        requests, offers = found.get(id_, (0, 0))
        found[id_] = requests + count.requests, offers + count.offers
    return dict(sorted(found.items(), key=lambda item: (-sum(item[1]), item[0])))
