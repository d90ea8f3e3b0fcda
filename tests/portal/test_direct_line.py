"""The way out of a push in the whole stack: nothing that is put around the live channel may lengthen it unseen."""

from __future__ import annotations

import asyncio
import logging
import socket
from pathlib import Path

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config

from portal.app import create_app
from portal.clock import utc_now
from portal.db import Database
from portal.events import EventLog
from portal.schema import migrate
from portal.settings import load
from tests.realtime.wire import Browser, open_wire


async def test_portals_pushes_go_to_the_transport_directly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "realtime.lines")
    settings = load({"PARVIS_DATA": str(tmp_path), "PARVIS_DEMO": "0"})
    database = Database(settings.database_url)
    EventLog(database, utc_now)
    await migrate(database)
    await database.close()
    app, _ = create_app(settings)
    config = Config()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None
    stopped = asyncio.Event()
    server = asyncio.create_task(serve(app, config, shutdown_trigger=stopped.wait))

    wire = await open_wire(port, origin=f"http://127.0.0.1:{port}")
    wire.read()
    tab = Browser(wire)
    await tab.connect()
    answer = await tab.ask("connection:check")
    await wire.close()
    stopped.set()
    await server

    assert answer == {"ok": True}
    assert not wire.is_compressed
    assert "no direct line" not in caplog.text
