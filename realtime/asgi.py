"""The hub's place in the ASGI stack: one path is its own, the rest goes on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

PATH = "/socket.io/"

Gate = Callable[[MutableMapping[str, Any]], int | None]
"""The HTTP status that refuses a handshake; None lets it pass."""


def with_live_channel(serve: AsgiApp, gate: Gate, other: AsgiApp) -> AsgiApp:
    """`serve` gets websockets below `PATH` that pass the gate; `other` gets everything else, lifespan included."""

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(PATH):
            await other(scope, receive, send)
        elif scope["type"] == "http":
            # Polling is not offered: with it every worker would need to see all requests of one browser.
            await _answer(send, "http.response", 400)
        elif (status := gate(scope)) is not None:
            await receive()
            await _refuse(scope, send, status)
        else:
            await serve(_with_upgrade(scope), receive, send)

    return app


def _with_upgrade(scope: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    # Over HTTP/2 (RFC 8441) there is no Upgrade header, and Engine.IO asks for one.
    if scope.get("http_version") == "1.1":
        return scope
    return {**scope, "headers": [*scope["headers"], (b"upgrade", b"websocket")]}


async def _refuse(scope: MutableMapping[str, Any], send: Any, status: int) -> None:
    if "websocket.http.response" in scope.get("extensions", {}):
        await _answer(send, "websocket.http.response", status)
    else:
        await send({"type": "websocket.close"})


async def _answer(send: Any, kind: str, status: int) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"0")]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    await send({"type": f"{kind}.body", "body": b""})
