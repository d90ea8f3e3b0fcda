"""The private names that `realtime/engine.py` leans on: fails by name when a new version moves one."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import engineio
import pytest
import socketio
from engineio import packet as engine_packet
from engineio.async_socket import AsyncSocket
from socketio import packet as socket_packet

SOURCE = Path(__file__).parents[2] / "realtime"


def parameters(function: object) -> list[str]:
    assert callable(function)
    return [name for name in inspect.signature(function).parameters if name != "self"]


def test_engine_is_the_only_file_that_imports_the_libraries() -> None:
    importing = {
        path.name
        for path in SOURCE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for module in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if module.split(".")[0] in ("socketio", "engineio")
    }

    assert importing == {"engine.py"}


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (engineio.AsyncServer._handle_connect, ["environ", "transport", "jsonp_index"]),
        (engineio.AsyncServer._trigger_event, ["event", "args", "kwargs"]),
        (engineio.AsyncServer.create_queue, ["args", "kwargs"]),
        (engineio.AsyncServer.generate_id, []),
        (engineio.AsyncServer.send_packet, ["sid", "pkt"]),
        (AsyncSocket.__init__, ["server", "sid"]),
        (AsyncSocket.send, ["pkt"]),
        (AsyncSocket.close, ["wait", "abort", "reason"]),
        (AsyncSocket.schedule_ping, []),
        (socketio.AsyncServer._engineio_server_class, []),
        (socketio.AsyncServer._handle_connect, ["eio_sid", "namespace", "data"]),
        (socketio.AsyncServer._handle_eio_message, ["eio_sid", "data"]),
        (socketio.AsyncServer._handle_eio_disconnect, ["eio_sid", "reason"]),
        (socketio.AsyncManager.basic_enter_room, ["sid", "namespace", "room", "eio_sid"]),
        (socketio.AsyncManager.basic_leave_room, ["sid", "namespace", "room"]),
        (socketio.AsyncManager.basic_disconnect, ["sid", "namespace", "kwargs"]),
        (socketio.AsyncManager.eio_sid_from_sid, ["sid", "namespace"]),
    ],
)
def test_engine_overrides_and_calls_what_the_libraries_still_have(function: object, expected: list[str]) -> None:
    assert parameters(function) == expected


def test_engine_reads_attributes_that_the_libraries_still_set() -> None:
    server = socketio.AsyncServer(async_mode="asgi")

    assert {"connect", "message", "disconnect"} <= server.eio.handlers.keys()
    assert (server.eio.sockets, server.environ) == ({}, {})
    assert (server.manager.pending_connect, server.manager.pending_disconnect) == ({}, {})
    assert server.packet_class is socket_packet.Packet
    assert server.eio.reason.TRANSPORT_CLOSE == "transport close"


def test_engine_speaks_the_packet_numbers_of_both_protocols() -> None:
    assert (engine_packet.OPEN, engine_packet.PING, engine_packet.PONG, engine_packet.MESSAGE) == (0, 2, 3, 4)
    assert (socket_packet.CONNECT, socket_packet.DISCONNECT, socket_packet.EVENT, socket_packet.ACK) == (0, 1, 2, 3)
