"""Who is connected to this process, and in which channels. Plain data: no loop, no socket."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from realtime.limits import Allowance
from realtime.links import Link
from realtime.messages import Json
from realtime.sources import Connection

Work = Callable[[], Awaitable[Mapping[str, Json] | None]]
"""A parsed message with its handler, ready to be carried out."""


@dataclass(eq=False, slots=True)
class Peer:
    """One connection with what the hub keeps about it."""

    connection: Connection
    link: Link
    allowance: Allowance
    faults: Allowance
    inbox: deque[tuple[Work, int]] = field(default_factory=deque)
    """Parsed messages that wait for their turn, each with the number of its acknowledgement."""
    busy: bool = False
    """A task is carrying out this peer's inbox."""
    over: bool = False
    """Ended: nothing more is taken in or sent."""
    channels: set[str] = field(default_factory=set)
    streams: dict[str, str] = field(default_factory=dict)
    """Streams followed, each with the audience this connection belongs to."""
    stands_at: int = 0
    """The number up to which the stream of its footing was found not to end it."""


class Peers:
    """The connections of this process, found by their id, by who they belong to, and by channel."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.by_sid: dict[str, Peer] = {}
        self._by_principal: defaultdict[str, set[Peer]] = defaultdict(set)
        self._by_login: defaultdict[str, set[Peer]] = defaultdict(set)
        self._by_address: defaultdict[str, set[Peer]] = defaultdict(set)
        self._by_footing: defaultdict[str, set[Peer]] = defaultdict(set)
        self._channels: defaultdict[str, set[Peer]] = defaultdict(set)
        self.visitors = 0
        """Connections without a sign-in."""

    def __len__(self) -> int:
        """How many are connected."""
        return len(self.by_sid)

    def add(self, peer: Peer) -> None:
        """Take a connection in."""
        connection = peer.connection
        self.by_sid[connection.sid] = peer
        self.visitors += connection.login is None
        if connection.client is not None:
            self._by_address[connection.client].add(peer)
        if connection.footing is not None:
            peer.stands_at = connection.footing.number
            self._by_footing[connection.footing.stream].add(peer)
        if connection.principal is not None:
            self._by_principal[connection.principal.id].add(peer)
        if connection.login is not None:
            self._by_login[connection.login].add(peer)

    def remove(self, peer: Peer) -> None:
        """Forget a connection and leave its channels. Removing twice is harmless."""
        connection = peer.connection
        if self.by_sid.pop(connection.sid, None) is not None:
            self.visitors -= connection.login is None
        if connection.client is not None:
            _discard(self._by_address, connection.client, peer)
        if connection.footing is not None:
            _discard(self._by_footing, connection.footing.stream, peer)
        for channel in tuple(peer.channels):
            self.leave(peer, channel)
        if connection.principal is not None:
            _discard(self._by_principal, connection.principal.id, peer)
        if connection.login is not None:
            _discard(self._by_login, connection.login, peer)

    def enter(self, peer: Peer, channel: str) -> None:
        """Put a connection into a channel."""
        peer.channels.add(channel)
        self._channels[channel].add(peer)

    def leave(self, peer: Peer, channel: str) -> None:
        """Take a connection out of a channel."""
        peer.channels.discard(channel)
        _discard(self._channels, channel, peer)

    def in_channel(self, channel: str) -> tuple[Peer, ...]:
        """The connections in a channel, as of now."""
        return tuple(self._channels.get(channel, ()))

    def of_address(self, client: str) -> int:
        """How many come from one address."""
        return len(self._by_address.get(client, ()))

    def standing_on(self, stream: str) -> tuple[Peer, ...]:
        """The connections whose right to be here rests on a stream, as of now."""
        return tuple(self._by_footing.get(stream, ()))

    @property
    def footings(self) -> tuple[str, ...]:
        """Every stream on which a connection stands."""
        return tuple(self._by_footing)

    def of_principal(self, principal_id: str) -> tuple[Peer, ...]:
        """The connections of one principal, as of now."""
        return tuple(self._by_principal.get(principal_id, ()))

    def of_login(self, login_id: str) -> tuple[Peer, ...]:
        """The connections of one sign-in, as of now."""
        return tuple(self._by_login.get(login_id, ()))


def _discard(index: defaultdict[str, set[Peer]], key: str, peer: Peer) -> None:
    peers = index.get(key)
    if peers is not None:
        peers.discard(peer)
        if not peers:
            del index[key]
