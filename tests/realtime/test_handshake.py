"""What is read of the request that asks for a connection."""

from __future__ import annotations

from typing import Any

import pytest

from realtime.handshake import AllowedOrigins, read_handshake
from tests.realtime.town import Log, make_hub, nothing_else

OURS = "https://town.example"


def scope(*headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    return {"type": "websocket", "headers": list(headers), "client": ("192.0.2.7", 4711), "scheme": "wss", **more}


def test_handshake_reads_headers_cookies_and_address() -> None:
    handshake = read_handshake(
        scope((b"Host", b"town.example"), (b"cookie", b"who=anna; theme=dark"), (b"cookie", b'odd="x y"')),
        {"room": "1"},
    )

    assert handshake.headers["host"] == "town.example"
    assert handshake.cookies == {"who": "anna", "theme": "dark", "odd": "x y"}
    assert (handshake.client, handshake.scheme, handshake.auth) == ("192.0.2.7", "wss", {"room": "1"})


@pytest.mark.parametrize("odd", [b"", b";;;", b"novalue", b"a[b]={c}", b"\xff\xfe=1", b"=x"])
def test_handshake_finds_our_cookie_beside_odd_ones(odd: bytes) -> None:
    assert read_handshake(scope((b"cookie", odd + b"; who=anna"))).cookies["who"] == "anna"


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        (OURS, True),
        ("HTTPS://Town.Example", True),
        ("http://town.example", False),
        ("https://town.example:8443", False),
        ("https://town.example.evil.example", False),
        ("https://evil.example/https://town.example", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_allowed_origins_are_ours_alone(origin: str | None, is_allowed: bool) -> None:
    assert AllowedOrigins([OURS + "/"])(origin, read_handshake(scope())) is is_allowed


async def test_websocket_over_http2_has_no_upgrade_header_and_is_accepted() -> None:
    hub = make_hub(Log())
    await hub.start()
    arriving: list[dict[str, Any]] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1001}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return arriving.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    request = scope(
        (b"origin", OURS.encode()),
        path="/socket.io/",
        query_string=b"EIO=4&transport=websocket",
        http_version="2",
        extensions={},
    )
    await hub.asgi(nothing_else)(request, receive, send)
    await hub.stop()

    assert sent[0] == {"type": "websocket.accept"}
