"""Which public area a place is shown as: a partition of the town whose every part holds at least 11 addresses.

Areas are disjoint sets of 200 m squares, so nothing is learnt by taking one from another. A new address file may only
split an area into parts that each hold the floor, or unite whole areas: what a person's old and new areas have in
common is never smaller than the floor either (docs/decisions/0004-place.md).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.town.grid import Level, Square

FLOOR = 11
"""Addresses in a published area: the floor under which INSEE publishes nothing about households in a square."""


@dataclass(frozen=True)
class Area:
    """A part of the town that places are shown as. `id` names this very set of squares for ever."""

    id: str
    level: Level
    squares: frozenset[Square]
    is_united: bool = False
    """Whether it was put together from areas published before: it is never split again."""

    @property
    def base(self) -> str:
        """What it was named after: a square's code, ``district-…`` or ``commune-…``."""
        return self.id.partition("~")[0]


@dataclass(frozen=True)
class Ground:
    """What the partition is computed from. `districts` gives the district id of a square, by its centre."""

    addresses: Mapping[Square, int]
    districts: Mapping[Square, str]
    squares: frozenset[Square]
    town_code: str

    def count(self, squares: Iterable[Square]) -> int:
        """How many addresses lie in some squares."""
        return sum(self.addresses.get(square, 0) for square in squares)


def ground_of(addresses: Mapping[Square, int], districts: Mapping[Square, str], town_code: str) -> Ground:
    """The town's ground: every 200 m square of the 1 km squares that hold an address, and of those around them."""
    kilometres = {near for square in addresses for near in square.within(Level.SQUARE_1_KM).around()}
    squares = frozenset(atom for kilometre in kilometres for atom in kilometre.atoms())
    return Ground(addresses, districts, squares, town_code)


def divide(ground: Ground, previous: Sequence[Area] = (), taken: frozenset[str] = frozenset()) -> list[Area]:
    """The partition of the ground, by id: the finest that the rules allow after `previous`.

    `taken` are the ids of areas of the past, which are not given to other squares. A town with fewer addresses than
    the floor is one area.
    """
    known = {square for area in previous for square in area.squares}
    fresh = ground.squares - known
    parts: list[_Part] = []
    for area in previous:
        block = _Part(area.level, area.base, area.squares, area.is_united)
        parts += [block] if area.is_united else _split(ground, block)
    # Squares that are new and empty after the first time stay outside: nobody lives there, and uniting them with an
    # area would forbid its splitting for ever.
    if fresh and (not previous or ground.count(fresh)):
        parts += _split(ground, _Part(Level.TOWN, _town(ground), fresh, is_united=False))
    return _named(_unite_small(ground, parts, is_first=not previous), previous, taken)


@dataclass(frozen=True)
class _Part:
    level: Level
    base: str
    squares: frozenset[Square]
    is_united: bool


def _town(ground: Ground) -> str:
    return f"commune-{ground.town_code}"


def _split(ground: Ground, block: _Part) -> list[_Part]:
    """The block's parts that hold the floor, from the finest level up, and what is left of it.

    Where too little is left, parts join it again, the coarsest and emptiest first. A block that is itself below the
    floor comes back whole.
    """
    rest = set(block.squares)
    parts: list[_Part] = []
    for level, base_of in _levels(ground):
        if level >= block.level:
            break
        groups: dict[str, set[Square]] = defaultdict(set)
        for square in rest:
            if base := base_of(square):
                groups[base].add(square)
        for base, squares in groups.items():
            if ground.count(squares) >= FLOOR:
                parts.append(_Part(level, base, frozenset(squares), is_united=False))
                rest -= squares
    if parts and not ground.count(rest):
        return _with_nearest(ground, parts, rest)
    parts.sort(key=lambda part: _coarsest_first(ground, part))
    while parts and ground.count(rest) < FLOOR:
        rest |= parts.pop(0).squares
    return [*parts, _Part(block.level, block.base, frozenset(rest), is_united=False)]


def _with_nearest(ground: Ground, parts: list[_Part], empty: set[Square]) -> list[_Part]:
    """Give squares where nobody lives to the part of the nearest address: a meeting point in a park has an area too."""
    owner = {square: index for index, part in enumerate(parts) for square in part.squares}
    nearest = {square: owner[square] for square in sorted(owner) if square in ground.addresses}
    waiting = deque(nearest)
    while waiting:
        here = waiting.popleft()
        for beside in here.around():
            if beside in ground.squares and beside not in nearest:
                nearest[beside] = nearest[here]
                waiting.append(beside)
    gained: dict[int, set[Square]] = defaultdict(set)
    for square in empty:
        gained[nearest.get(square, 0)].add(square)
    return [replace(part, squares=part.squares | gained[index]) for index, part in enumerate(parts)]


def _levels(ground: Ground) -> list[tuple[Level, Callable[[Square], str]]]:
    def grid(level: Level) -> tuple[Level, Callable[[Square], str]]:
        return level, lambda square: square.within(level).id

    def district(square: Square) -> str:
        found = ground.districts.get(square)
        return f"district-{found}" if found else ""

    squares = (Level.SQUARE_200_M, Level.SQUARE_400_M, Level.SQUARE_1_KM)
    return [*(grid(level) for level in squares), (Level.DISTRICT, district)]


def _coarsest_first(ground: Ground, part: _Part) -> tuple[int, int, str, Square]:
    return (-part.level, ground.count(part.squares), part.base, min(part.squares))


def _unite_small(ground: Ground, parts: list[_Part], *, is_first: bool) -> list[_Part]:
    """Put whatever fell below the floor together, and with the coarsest of the others until it holds the floor."""
    small = [part for part in parts if ground.count(part.squares) < FLOOR]
    if not small or len(parts) == 1:
        return parts
    large = sorted((part for part in parts if part not in small), key=lambda part: _coarsest_first(ground, part))
    squares = frozenset[Square]().union(*(part.squares for part in small))
    while large and ground.count(squares) < FLOOR:
        squares |= large.pop(0).squares
    return [*large, _Part(Level.TOWN, _town(ground), squares, is_united=not is_first)]


def _named(parts: list[_Part], previous: Sequence[Area], taken: frozenset[str]) -> list[Area]:
    """Give each part its id: the one that the same squares had, or its square's code with a number if that is taken."""
    known = {area.squares: area.id for area in previous}
    used = set(taken) | set(known.values())
    areas = []
    for part in sorted(parts, key=lambda part: (part.base, min(part.squares))):
        name = known.get(part.squares) or _free(part.base, used)
        used.add(name)
        areas.append(Area(name, part.level, part.squares, part.is_united))
    return sorted(areas, key=lambda area: area.id)


def _free(base: str, used: set[str]) -> str:
    if base not in used:
        return base
    number = 2
    while f"{base}~{number}" in used:
        number += 1
    return f"{base}~{number}"
