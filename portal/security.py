"""Defences that every page and socket shares: form tokens, headers, rate limits, believed reverse proxies."""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

from portal.errors import TooMany

Scope = MutableMapping[str, Any]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application. Servers and frameworks each type the three arguments their own way."""


def form_token(secret_key: str, visit: str, login_id: str | None) -> str:
    """The token that a form of this browser and sign-in carries (OWASP: HMAC-based token, bound to the session)."""
    text = f"form\0{visit}\0{login_id or ''}".encode()
    return hmac.new(secret_key.encode(), text, hashlib.sha256).hexdigest()


def is_form_token(token: str, secret_key: str, visit: str, login_id: str | None) -> bool:
    """Whether the token was made for this browser and sign-in."""
    given = token.encode(errors="replace")
    return bool(visit) and hmac.compare_digest(given, form_token(secret_key, visit, login_id).encode())


def same_origin(origin: str | None, host: str | None, public_url: str) -> bool:
    """Whether an ``Origin`` header names this portal: its public address, or the host that was asked.

    A missing header is refused: every browser sends one with a form post and a socket.
    """
    if not origin:
        return False
    if origin == public_url:
        return True
    try:
        return bool(host) and urlsplit(origin).netloc == host
    except ValueError:
        return False


def headers(*, import_map_hash: str, tiles: str | None, is_secure: bool) -> dict[str, str]:
    """Headers of every page: content security policy without inline script, no framing, no referrer to others."""
    images = "img-src 'self' data: blob:"
    if tiles:
        images += f" {urlsplit(tiles.replace('{s}', '*')).scheme}://{urlsplit(tiles.replace('{s}', '*')).netloc}"
    policy = (
        "default-src 'self'",
        f"script-src 'self' {import_map_hash}",
        # Leaflet places its panes by style attributes; no <style> of ours stands in a page.
        "style-src 'self'; style-src-attr 'unsafe-inline'",
        images,
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    )
    found = {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(self)",
    }
    if is_secure:
        found["Strict-Transport-Security"] = "max-age=31536000"
    return found


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 household has a whole /64."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


@dataclass(frozen=True)
class Rate:
    """At most `count` in `per_s` seconds, spent from a bucket that refills evenly."""

    count: int
    per_s: float


REPETITIONS = 20
"""How often a command may be sent again on the token that it took: enough for an outage, too few for a flood."""


class RateLimiter:
    """Token buckets in memory, by kind and key. Forgets the longest unused above `capacity`.

    Keys are people's addresses and names: what is kept, and told to others, is a digest of each.
    """

    def __init__(self, monotonic: Callable[[], float], capacity: int = 50_000, secret_key: str = "") -> None:
        """`monotonic` returns seconds that never go back; `secret_key` keeps digests from being guessed."""
        self._now = monotonic
        self._capacity = capacity
        self._secret = secret_key.encode()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._commands: OrderedDict[str, int] = OrderedDict()
        """Commands that have taken their token, the latest last, and how often each may still be sent again."""
        self.on_spent: Callable[[str, Rate, str], None] = lambda _bucket, _rate, _command: None
        """Told of each token taken here, by its bucket: other workers take it too (`portal.shared_limits`)."""
        self.on_forgotten: Callable[[str], None] = lambda _bucket: None

    def spend(self, kind: str, key: str, rate: Rate, command_id: str = "") -> None:
        """Take one token. Raises `TooMany` when none is left.

        One command takes one token, however often it is sent again because the portal or the line was away meanwhile.
        """
        bucket = self._bucket(kind, key)
        command = self._bucket(kind, f"{key}\0{command_id}") if command_id else ""
        if self._commands.get(command, 0) > 0:
            self._commands[command] -= 1
            return
        left = self._left(bucket, rate)
        allowed = left >= 1
        self._keep(bucket, left - 1 if allowed else left)
        if not allowed:
            raise TooMany
        self._remember(command)
        self.on_spent(bucket, rate, command)

    def forget(self, kind: str, key: str) -> None:
        """Refill a bucket: after a sign-in that succeeded, earlier failures do not count."""
        bucket = self._bucket(kind, key)
        self._buckets.pop(bucket, None)
        self.on_forgotten(bucket)

    def heard_spent(self, bucket: str, rate: Rate, command: str) -> None:
        """Another worker has taken a token; what several took at once may leave less than none."""
        self._keep(bucket, max(self._left(bucket, rate) - 1, -float(rate.count)))
        self._remember(command)

    def heard_forgotten(self, bucket: str) -> None:
        """Another worker has refilled a bucket."""
        self._buckets.pop(bucket, None)

    def _bucket(self, kind: str, key: str) -> str:
        return hmac.new(self._secret, f"{kind}\0{key}".encode(), hashlib.sha256).hexdigest()[:24]

    def _left(self, bucket: str, rate: Rate) -> float:
        now = self._now()
        left, since = self._buckets.pop(bucket, (float(rate.count), now))
        return min(float(rate.count), left + (now - since) * rate.count / rate.per_s)

    def _remember(self, command: str) -> None:
        if command:
            self._commands[command] = REPETITIONS
        if len(self._commands) > self._capacity:
            self._commands.popitem(last=False)

    def _keep(self, bucket: str, left: float) -> None:
        self._buckets[bucket] = (left, self._now())
        if len(self._buckets) > self._capacity:
            self._buckets.popitem(last=False)


class ReverseProxy:
    """ASGI wrapper that believes ``X-Forwarded-For`` and ``-Proto`` from trusted reverse proxies, from nobody else."""

    def __init__(self, app: AsgiApp, trusted: Iterable[IPv4Network | IPv6Network]) -> None:
        """`trusted` are the networks of the town's own reverse proxies."""
        self._app = app
        self._trusted = tuple(trusted)

    async def __call__(self, scope: Scope, receive: object, send: object) -> None:
        """Put the visitor's own address and scheme into the scope."""
        if scope["type"] in {"http", "websocket"} and self._is_trusted((scope.get("client") or ("",))[0]):
            scope = self._believe(scope)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> Scope:
        scope = dict(scope)
        hops = _values(scope, b"x-forwarded-for")
        # From the right: the first hop that is no proxy of ours is the visitor; anybody can write what stands before.
        for hop in reversed(hops):
            if _address(hop) is not None:
                scope["client"] = (hop, 0)
            if not self._is_trusted(hop):
                break
        scheme = (_values(scope, b"x-forwarded-proto") or [""])[-1]
        if scheme in {"http", "https"}:
            is_socket = scope["type"] == "websocket"
            scope["scheme"] = {"http": "ws", "https": "wss"}[scheme] if is_socket else scheme
        return scope

    def _is_trusted(self, address: str) -> bool:
        found = _address(address)
        return found is not None and any(found in network for network in self._trusted)


def _values(scope: Scope, wanted: bytes) -> list[str]:
    """The comma-separated values of a header; several lines of one name are one list (RFC 9110, 5.3)."""
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == wanted]
    return [value.strip() for value in ",".join(lines).split(",") if value.strip()]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text names; IPv4 as a dual-stack socket shows it (``::ffff:192.0.2.7``) is IPv4."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return (found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found
