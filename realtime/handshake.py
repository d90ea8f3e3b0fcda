"""The request that asks for a connection, parsed once, and the usual check of its origin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from realtime.messages import Json
from realtime.sources import Handshake


def read_handshake(scope: MutableMapping[str, Any], auth: Mapping[str, Json] | None = None) -> Handshake:
    """Parse an ASGI websocket scope. Repeated headers are joined."""
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key = name.decode("latin-1").lower()
        separator = "; " if key == "cookie" else ", "
        headers[key] = separator.join(filter(None, [headers.get(key), value.decode("latin-1")]))
    client = scope.get("client")
    return Handshake(
        headers=headers,
        cookies=_cookies(headers.get("cookie", "")),
        client=client[0] if client else None,
        scheme=scope.get("scheme", "ws"),
        auth=auth or {},
    )


def _cookies(header: str) -> dict[str, str]:
    # By hand: the standard library's parser gives up at the first cookie that it finds odd, and with it on ours.
    pairs = (part.partition("=") for part in header.split(";"))
    return {name.strip(): value.strip().strip('"') for name, separator, value in pairs if separator}


class AllowedOrigins:
    """The usual `OriginCheck`: the portal's own public origins, and nothing without an ``Origin`` header."""

    def __init__(self, origins: Iterable[str]) -> None:
        """`origins` as browsers write them: ``https://town.example``, with a port if it is not the usual one."""
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)

    def __call__(self, origin: str | None, handshake: Handshake) -> bool:
        """Whether pages of this origin may connect."""
        return origin is not None and origin.lower() in self._origins
