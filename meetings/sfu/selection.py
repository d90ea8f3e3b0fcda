"""Which publisher stands in which slot of a viewer. Pure, and stable: who keeps a slot keeps it where it is."""

from collections.abc import Mapping
from dataclasses import dataclass

from .messages import Wanted


@dataclass(frozen=True, slots=True)
class Stage:
    """What a room has to show. voices: the loudest, best first, and the runner-up after them; cameras those who
    spoke lately first; screens in order of starting."""

    voices: tuple[str, ...]
    runner_up: str | None
    cameras: tuple[str, ...]
    screens: tuple[str, ...]
    dominant: str | None


def place(current: dict[str, str | None], wanted: list[str]) -> dict[str, str | None]:
    """Put `wanted` (most important first) into the slots of `current`, moving nobody who may stay."""
    wanted = list(dict.fromkeys(wanted))[: len(current)]
    placed: dict[str, str | None] = {slot: held if held in wanted else None for slot, held in current.items()}
    waiting = [each for each in wanted if each not in placed.values()]
    for slot, held in placed.items():
        if held is None and waiting:
            placed[slot] = waiting.pop(0)
    return placed


class Lineup:
    """The cameras of a room by who comes first when there are more of them than small slots.

    The first `places` are those who spoke last. Within them nobody moves; somebody from outside who speaks takes the
    place of the one who has been quiet for longest.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._order: list[str] = []

    def settle(self, cameras: list[str], spoke_at: Mapping[str, float]) -> tuple[str, ...]:
        """The order of these cameras, given in order of joining."""
        present = set(cameras)
        self._order = [each for each in self._order if each in present]
        known = set(self._order)
        self._order += [each for each in cameras if each not in known]
        for place in range(self._places, len(self._order)):
            name = self._order[place]
            if name in spoke_at:
                inside = range(self._places)
                quietest = min(inside, key=lambda number: spoke_at.get(self._order[number], -1e9))
                if spoke_at[name] > spoke_at.get(self._order[quietest], -1e9):
                    self._order[place], self._order[quietest] = self._order[quietest], name
        return tuple(self._order)


def choose(viewer: str, stage: Stage, wanted: Wanted, current: dict[str, str | None]) -> dict[str, str | None]:
    """Decide on all slots of a viewer; nobody is shown to themselves."""
    cameras = [each for each in stage.cameras if each != viewer]
    large = _large(viewer, cameras, stage, wanted, current.get("large"))
    small = [each for each in cameras if each != large and (wanted.small is None or each in wanted.small)]
    screens = [each for each in stage.screens if each != viewer]
    screen = wanted.screen if wanted.screen in screens else (screens[-1] if screens and not wanted.screen else None)
    voices = [each for each in stage.voices if each != viewer]
    if viewer in stage.voices and stage.runner_up is not None:
        voices.append(stage.runner_up)
    chosen = {
        **place(_named("voice-", current), voices),
        **place(_named("small-", current), small),
    }
    return {slot: {"large": large, "screen": screen}.get(slot, chosen.get(slot)) for slot in current}


def _named(prefix: str, current: dict[str, str | None]) -> dict[str, str | None]:
    return {slot: held for slot, held in current.items() if slot.startswith(prefix)}


def _large(viewer: str, cameras: list[str], stage: Stage, wanted: Wanted, held: str | None) -> str | None:
    if wanted.large is not None:
        return wanted.large if wanted.large in cameras else None
    if stage.dominant in cameras and stage.dominant != viewer:
        return stage.dominant
    return held if held in cameras else next(iter(cameras), None)
