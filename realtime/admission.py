"""Who is let in: origin and numbers at the handshake, then identity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from realtime.counters import Counters
from realtime.errors import ConnectionRefused, TooManyConnections, TryAgain
from realtime.handshake import read_handshake
from realtime.limits import Allowance, Limits
from realtime.links import Link, Refusal, Scope
from realtime.messages import Json
from realtime.peers import Peer, Peers
from realtime.sources import Authenticate, Connection, Identity, OriginCheck, Translate

_FULL_RETRY_MS = 30_000
_AGAIN_RETRY_MS = 1_000
_FAILED_RETRY_MS = 5_000


@dataclass(eq=False)
class _Pending:
    """A connection being identified, and what was closed meanwhile: its answer may already be out of date."""

    closed: set[tuple[str, str]] = field(default_factory=set)
    heads: dict[str, int] = field(default_factory=dict)

    def is_outdated(self, identity: Identity) -> bool:
        """Whether the sign-in or the principal just found was closed since the question was asked."""
        principal, footing = identity.principal, identity.footing
        return (
            (principal is not None and ("principal", principal.id) in self.closed)
            or (identity.login is not None and ("login", identity.login) in self.closed)
            or (footing is not None and self.heads.get(footing.stream, 0) > footing.number)
        )


class Admission:
    """Turns handshakes into peers, or turns them away."""

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        origins: OriginCheck,
        translate: Translate,
        limits: Limits,
        peers: Peers,
        counters: Counters,
        clock: Callable[[], float],
    ) -> None:
        """Closed until the hub starts."""
        self.is_open = False
        self._authenticate = authenticate
        self._origins = origins
        self._translate = translate
        self._limits = limits
        self._peers = peers
        self._counters = counters
        self._clock = clock
        self._pending: set[_Pending] = set()

    def refusal_status(self, scope: Scope) -> int | None:
        """The HTTP status with which a handshake is turned away before any websocket is opened; None: go on."""
        handshake = read_handshake(scope)
        if not self._origins(handshake.headers.get("origin"), handshake):
            self._counters.refused += 1
            return 403
        if not self.is_open or len(self._peers) + len(self._pending) >= self._limits.connections:
            self._counters.refused += 1
            return 503
        return None

    async def admit(self, sid: str, link: Link, scope: Scope, auth: dict[str, Json]) -> Peer:
        """Find out who connects and take them in. Raises `Refusal`."""
        pending = _Pending()
        self._pending.add(pending)
        try:
            handshake = read_handshake(scope, auth)
            identity = await self._authenticate(handshake)
            # No await from here on: whoever is closed later is closed as a peer.
            self._check(identity, handshake.client, pending)
        except Exception as error:
            self._counters.refused += 1
            raise Refusal(self._translate(error, None), _retry_after_ms(error)) from error
        finally:
            self._pending.discard(pending)
        now = self._clock()
        peer = Peer(
            connection=Connection(
                sid, identity.principal, identity.login, identity.locale, handshake.client, identity.footing
            ),
            link=link,
            allowance=Allowance(self._limits.messages_burst, self._limits.messages_per_s, now),
            faults=Allowance(self._limits.faults_burst, self._limits.faults_per_s, now),
        )
        self._peers.add(peer)
        self._counters.connected += 1
        return peer

    def note_closed(self, kind: str, target: str) -> None:
        """Remember for the connections being identified right now that a principal or login was closed."""
        for pending in self._pending:
            pending.closed.add((kind, target))

    def note_advanced(self, stream: str, head: int) -> None:
        """Remember likewise how far a stream went on: somebody's right to be connected may rest on it."""
        for pending in self._pending:
            pending.heads[stream] = max(head, pending.heads.get(stream, 0))

    def _check(self, identity: Identity, client: str | None, pending: _Pending) -> None:
        if not self.is_open or pending.is_outdated(identity):
            raise TryAgain
        if identity.login is None and self._peers.visitors >= self._limits.visitors:
            raise TooManyConnections("visitors")
        if (
            client is not None
            and self._peers.of_address(client) >= self._limits.connections_per_address
            and not is_own_address(client)
        ):
            raise TooManyConnections("one address")
        if identity.principal is not None:
            theirs = self._peers.of_principal(identity.principal.id)
            if len(theirs) >= self._limits.connections_per_principal:
                raise TooManyConnections(f"principal {identity.principal.id}")


def is_own_address(client: str) -> bool:
    """Whether a peer's address is this machine: a tool of ours, or a reverse proxy that was not named as one."""
    try:
        return ip_address(client).is_loopback
    except ValueError:
        return False


def _retry_after_ms(error: Exception) -> int | None:
    match error:
        case ConnectionRefused():
            return None
        case TooManyConnections():
            return _FULL_RETRY_MS
        case TryAgain():
            return _AGAIN_RETRY_MS
        case _:
            return _FAILED_RETRY_MS
