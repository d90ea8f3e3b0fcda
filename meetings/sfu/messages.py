"""The control interface of a media worker, as types: what a controller asks, what it is answered, what it is told.

Words: a *room* is an SFU room; a *peer* is one seat in it, held by one browser connection at a time; a *publisher* is a
peer seen from those who receive it; a *slot* is one of the fixed receiving sections of a viewer.
docs/media.md describes the exchange.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Source(StrEnum):
    """What a peer can publish."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"


class PeerCondition(StrEnum):
    """Where a peer's connection stands."""

    JOINING = "joining"
    CONNECTED = "connected"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a peer may publish. The worker drops what is not allowed before it reaches anybody."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False
    version: int = 0
    """Of what they were read from. Several controllers tell of the same seat, and one may be late: what is told with a
    lower version than a peer has is older, and changes nothing."""

    def allows(self, source: Source) -> bool:
        """Say whether `source` may be published."""
        return bool(getattr(self, source.value))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a viewer's page shows. `None` leaves the choice to the worker.

    large: the publisher pinned in the large slot; by default the dominant speaker.
    small: the publishers whose small tiles are in sight; by default everybody. When there are more of them than small
    slots, those who spoke last are shown.
    screen: the publisher whose screen is shown; by default the screen that started last.
    large_height, small_height: of the tiles, in device pixels.
    """

    large: str | None = None
    small: tuple[str, ...] | None = None
    screen: str | None = None
    large_height: int = 720
    small_height: int = 180


@dataclass(frozen=True, slots=True)
class SlotState:
    """One receiving slot of a viewer. `live` turns true with the first packet that was sent into it."""

    slot: str
    publisher: str | None
    source: Source | None
    live: bool


@dataclass(frozen=True, slots=True)
class PeerState:
    """A peer as it stands in a snapshot; `publishing` lists the sources that flow now, `layers` by source the simulcast
    layers that anybody watches, `shown` and `is_weak` are those of `LineChanged`.

    line: figures of the moment for operators: `sent_bps`, `queue_ms`, `lost_down_permille` and `lost_up_permille`
    (before repair), `pictures_bps` of what it publishes; `estimate_bps` and `rtt_ms` once there is one.
    """

    peer: str
    condition: PeerCondition
    permissions: Permissions
    publishing: tuple[Source, ...]
    slots: tuple[SlotState, ...]
    layers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shown: str = "all"
    is_weak: bool = False
    line: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoomState:
    """A room as it stands in a snapshot, peers in order of joining."""

    room: str
    peers: tuple[PeerState, ...]
    speaking: tuple[str, ...]
    dominant: str | None


# What a controller asks -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Join:
    """Seat `peer` in `room` on the strength of a media grant; a peer that is already seated gets a new transport."""

    room: str
    peer: str
    grant: str
    sdp_offer: str


@dataclass(frozen=True, slots=True)
class RestartIce:
    """Give a seated peer new ICE credentials (RFC 8445, section 9); DTLS, tracks and slots stay."""

    room: str
    peer: str
    sdp_offer: str


@dataclass(frozen=True, slots=True)
class Allow:
    """Replace what a peer may publish, from this moment on; nothing if the worker knows a newer version."""

    room: str
    peer: str
    permissions: Permissions


@dataclass(frozen=True, slots=True)
class EndSource:
    """A peer's page has stopped a source: the others see so at once. It begins again with its next packets."""

    room: str
    peer: str
    source: Source


@dataclass(frozen=True, slots=True)
class Leave:
    """Unseat a peer and forget its transport. Unknown peers are no error: leaving is idempotent."""

    room: str
    peer: str


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """Unseat everybody. Unknown rooms are no error."""

    room: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Say what a viewer's page shows."""

    room: str
    peer: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class TakeSnapshot:
    """Ask for everything that a controller needs to attach to a running worker."""


Command = Join | RestartIce | Allow | EndSource | Leave | CloseRoom | Watch | TakeSnapshot


# What it is answered ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """The SDP answer to the offer of a `Join` or a `RestartIce`."""

    sdp_answer: str


@dataclass(frozen=True, slots=True)
class Done:
    """The command was carried out."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A worker as it stands. `boot` changes with every start of the process: a new value means that all seats are lost.

    `counters` are totals since the start, by name: packets forwarded, drops by reason, and `cpu_us`, the CPU time of
    the process (user and system).
    """

    worker: str
    boot: str
    rooms: tuple[RoomState, ...]
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a command was not carried out; `code` is one of `RefusalCode`."""

    code: str
    message: str


class RefusalCode(StrEnum):
    """The reasons for which a worker refuses a command."""

    MALFORMED = "malformed"
    UNKNOWN_PEER = "unknown_peer"
    GRANT_INVALID = "grant_invalid"
    GRANT_EXPIRED = "grant_expired"
    GRANT_USED = "grant_used"
    SDP_INVALID = "sdp_invalid"
    TOO_MANY = "too_many"
    INTERNAL = "internal"


Reply = Answered | Done | Snapshot | Refused


# What it is told --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PeerConnected:
    """ICE and DTLS stand for the first time: the peer can send and receive."""

    room: str
    peer: str


@dataclass(frozen=True, slots=True)
class PeerLost:
    """Nothing has been heard of a connected peer for some seconds (`silence`), or it closed its side (`closed`)."""

    room: str
    peer: str
    reason: str


@dataclass(frozen=True, slots=True)
class PeerReturned:
    """A lost peer is heard again, on its old transport or on a new one."""

    room: str
    peer: str


@dataclass(frozen=True, slots=True)
class PeerGone:
    """The seat is free: `left`, `room_closed`, `never_connected` or `lost` for too long."""

    room: str
    peer: str
    reason: str


@dataclass(frozen=True, slots=True)
class TrackPublished:
    """Packets of a source have begun, or begun again, to arrive."""

    room: str
    peer: str
    source: Source


@dataclass(frozen=True, slots=True)
class TrackMuted:
    """A source has stopped: nothing arrives (`silent`), its page said so (`stopped`), it is not allowed any more
    (`revoked`), its peer went (`gone`)."""

    room: str
    peer: str
    source: Source
    reason: str


@dataclass(frozen=True, slots=True)
class SlotsAssigned:
    """All slots of one viewer, after a change. Sent to that viewer's page by the controller."""

    room: str
    viewer: str
    slots: tuple[SlotState, ...]


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Who is speaking now, loudest first, and who has been the dominant speaker most recently."""

    room: str
    speaking: tuple[str, ...]
    dominant: str | None


@dataclass(frozen=True, slots=True)
class LayersWanted:
    """The simulcast layers of a source that anybody watches: the publisher's page pauses the others. After each
    connection all of them are taken to be sent."""

    room: str
    peer: str
    source: Source
    rids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LineChanged:
    """How much a peer's line takes. shown: of what its page could show, `all`, `fewer` pictures, `smaller` ones, `one`
    small picture, or `sound` alone. is_weak: much of what it publishes is lost on its way here."""

    room: str
    peer: str
    shown: str
    is_weak: bool


Notification = (
    PeerConnected
    | PeerLost
    | PeerReturned
    | PeerGone
    | TrackPublished
    | TrackMuted
    | SlotsAssigned
    | SpeakersChanged
    | LayersWanted
    | LineChanged
)
