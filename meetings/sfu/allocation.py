"""Which layer of its publisher each slot of a viewer gets: by the size of its tile, within what the line allows. Pure.

`ladder.Allowance` says how many small pictures and how large a picture a line takes; everything else is the tile.
"""

from dataclasses import dataclass

from .ladder import Allowance

EXPECTED_BPS = (120_000.0, 400_000.0, 1_200_000.0)
EXPECTED_HEIGHT = (180, 360, 720)
EXPECTED_SCREEN_BPS = 800_000.0
"""What a layer is taken for until it has been measured; static/media/peer.js sets these limits."""
TILE_COVERED = 0.75  # a picture of this share of the tile's height is sharp enough
SMALL_FRAMES_PER_S = 16.0
"""A small picture gets no more, if its layer can be thinned out: a packet or so a frame, 14 to 16 a second."""
ALL_TEMPORAL = 3


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """A layer that could be shown. rank: 0 for the smallest of its track. height: in pixels, 0 while unknown.

    is_withheld: its publisher was asked for it and does not send it, as cameras of few pixels or on a weak line.
    bitrates and frame_rates: a second, by temporal layer with those below included; empty while unknown.
    """

    rid: str
    rank: int
    is_flowing: bool
    height: int = 0
    bitrates: tuple[float, ...] = ()
    frame_rates: tuple[float, ...] = ()
    is_withheld: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A slot that wants a picture. height: of its tile in device pixels. layers: of its publisher, smallest first."""

    slot: str
    layers: tuple[LayerChoice, ...]
    height: int

    @property
    def is_small(self) -> bool:
        """Whether it is one of the small pictures, of which the last ones go first and frames may be left out."""
        return self.slot.startswith("small")


@dataclass(frozen=True, slots=True)
class Allotment:
    """What a slot gets. target: the layer to show now, of those that flow; wish: the one that should flow for it.

    temporal: the highest temporal layer that is passed on. bitrate_bps: what the wish takes, or the target while the
    wish is withheld.
    """

    target: str | None
    wish: str
    temporal: int
    bitrate_bps: float


def allot(requests: list[Request], allowance: Allowance) -> dict[str, Allotment]:
    """Serve the requests, given in order of importance; who is left out is not in the answer."""
    allotted: dict[str, Allotment] = {}
    small = 0
    for request in requests:
        small += request.is_small
        highest = allowance.large if not request.is_small or small <= allowance.small else -1
        if request.layers and highest >= 0:
            allotted[request.slot] = _serve(request, highest)
    return allotted


def _serve(request: Request, highest: int) -> Allotment:
    """The smallest layer that covers the tile; until it flows the best that does: the next smaller, or else larger."""
    allowed = [each for each in request.layers if each.rank <= highest]
    covering = (each for each in allowed if _height(each, request) >= TILE_COVERED * request.height)
    wish = next(covering, allowed[-1])
    temporal = _enough_temporal(wish) if request.is_small else ALL_TEMPORAL
    flowing = [each for each in request.layers if each.is_flowing]
    below = [each for each in flowing if each.rank <= wish.rank]
    target = below[-1] if below else (flowing[0] if flowing else None)
    paid = target if target is not None and wish.is_withheld else wish
    return Allotment(target.rid if target else None, wish.rid, temporal, _bitrate(paid, request, temporal))


def _enough_temporal(layer: LayerChoice) -> int:
    """The highest temporal layer that a small picture has a use for."""
    if not layer.frame_rates:
        return ALL_TEMPORAL
    return max((number for number, rate in enumerate(layer.frame_rates) if rate <= SMALL_FRAMES_PER_S), default=0)


def _height(layer: LayerChoice, request: Request) -> int:
    if layer.height:
        return layer.height
    known = next((each for each in request.layers if each.height), None)
    if known is not None:  # layers differ by factors of two
        return int(known.height * 2.0 ** (layer.rank - known.rank))
    return EXPECTED_HEIGHT[min(layer.rank, len(EXPECTED_HEIGHT) - 1)]


def _bitrate(layer: LayerChoice, request: Request, temporal: int) -> float:
    if layer.is_flowing and layer.bitrates:
        return layer.bitrates[min(temporal, len(layer.bitrates) - 1)]
    if request.slot == "screen":
        return EXPECTED_SCREEN_BPS
    return EXPECTED_BPS[min(layer.rank, len(EXPECTED_BPS) - 1)]
