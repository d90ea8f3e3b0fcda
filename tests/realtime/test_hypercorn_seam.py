"""What `realtime/hypercorn_line.py` leans on in Hypercorn, and what it may not break; both event loops are used."""

from __future__ import annotations

import ast
import asyncio
import ipaddress
import ssl
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvloop
from wsproto.events import CloseConnection

from portal.local_certificate import kept_certificate
from realtime.frames import Frame
from realtime.hub import Hub
from realtime.hypercorn_line import DirectLine, decline_compression, direct_line
from realtime.limits import Limits
from realtime.messages import ConnectionClosed
from tests.realtime.town import Log, authenticate, make_hub, served, translate
from tests.realtime.wire import Browser, Wire, browser, open_wire

SOURCE = Path(__file__).parents[2] / "realtime"
Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a scenario: the portal runs on uvloop, where transports are not asyncio's."""
    chosen: Run = request.param
    return chosen


def test_hypercorn_line_is_the_only_file_that_imports_hypercorn() -> None:
    importing = {
        path.name
        for path in SOURCE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom | ast.Import)
        for module in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        if module.split(".")[0] in ("hypercorn", "wsproto")
    }

    assert importing == {"hypercorn_line.py"}


class Accepting:
    """An application that accepts every websocket and keeps what it was given."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[DirectLine | None] = asyncio.Queue()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        decline_compression(send)
        await send({"type": "websocket.accept"})
        self.lines.put_nowait(direct_line(send))
        while (await receive())["type"] != "websocket.disconnect":
            pass


async def accepted(app: Accepting, port: int, **options: Any) -> tuple[Wire, DirectLine]:
    wire = await open_wire(port, **options)
    wire.read()
    line = await asyncio.wait_for(app.lines.get(), 10)
    assert line is not None, "Hypercorn's parts are not where they were"
    return wire, line


class AppAlone(Hub):
    """Leaves every path to the application."""

    def asgi(self, other: Any) -> Any:
        return other


def app_alone() -> Hub:
    return AppAlone(authenticate=authenticate, origins=lambda *_: True, source=Log(), translate=translate)


def test_direct_line_is_found_behind_hypercorns_send_and_what_it_writes_arrives(run: Run) -> None:
    async def scenario() -> None:
        app = Accepting()
        async with served(app_alone(), app) as port:
            wire, line = await accepted(app, port)
            texts = ["é", "x" * 125, "x" * 126, "x" * 65_535, "x" * 65_536]
            for text in texts:
                assert line.write(Frame(text))
                assert await wire.next() == text
            assert not wire.is_compressed
            await wire.close()

    run(scenario())


def test_direct_line_writes_nothing_after_the_end(run: Run) -> None:
    async def scenario() -> None:
        app = Accepting()
        async with served(app_alone(), app) as port:
            wire, line = await accepted(app, port)
            wire.send(CloseConnection(code=1001))
            assert await wire.next() is None

            assert line.write(Frame("too late"))
            await line.drain()
            await line.send(Frame("too late"))
            assert wire.frames.empty()
            assert wire.close_code == 1001
            await wire.close()

    run(scenario())


def test_direct_line_says_when_its_reader_is_behind_and_waits_for_room(run: Run) -> None:
    async def scenario() -> None:
        app = Accepting()
        async with served(app_alone(), app) as port:
            wire, line = await accepted(app, port, receive_buffer=4096)
            wire.stop_reading()
            frame = Frame("x" * 50_000)
            written = 0
            while line.write(frame):
                written += 1
                assert written < 2000, "nothing ever filled up"
            waiting = asyncio.create_task(line.drain())
            await asyncio.sleep(0)
            assert not waiting.done()

            wire.go_on_reading()
            await asyncio.wait_for(waiting, 10)
            assert line.write(frame)
            assert [len(await wire.next() or "") for _ in range(written + 1)] == [50_000] * (written + 1)
            await wire.close()

    run(scenario())


def test_there_is_no_direct_line_behind_another_send() -> None:
    async def send(message: object) -> None:
        del message

    decline_compression(send)
    assert direct_line(send) is None


def test_reader_that_pauses_gets_every_frame_once_and_in_order(run: Run) -> None:
    async def scenario() -> None:
        log = Log()
        hub = make_hub(log, limits=Limits(frame_interval_s=0.0))
        async with served(hub) as port:
            wire = await open_wire(port, receive_buffer=4096)
            wire.read()
            tab = Browser(wire)
            await tab.connect()
            await tab.ask("stream:follow", {"stream": "board", "after": 0})
            wire.stop_reading()
            async with browser(port) as witness:
                await witness.ask("stream:follow", {"stream": "board", "after": 0})
                for number in range(1, 121):
                    await hub.advance("board", log.add("board", "x" * 20_000))
                    assert (await witness.pushed("stream:advanced"))["upto"] == number
            wire.go_on_reading()
            seen = [(await tab.pushed("stream:advanced"))["upto"] for _ in range(120)]
            assert seen == list(range(1, 121))
            assert await tab.ask("connection:check") == {"ok": True}
            await wire.close()

    run(scenario())


def test_direct_line_works_through_tls(run: Run, tmp_path: Path) -> None:
    files = kept_certificate(tmp_path, ipaddress.ip_address("127.0.0.1"), datetime.now(UTC))

    async def scenario() -> None:
        app = Accepting()
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        async with served(app_alone(), app, tls=files) as port:
            wire, line = await accepted(app, port, tls=trusting)
            for text in ("short", "x" * 300_000):
                await line.drain()
                assert line.write(Frame(text))
                assert await wire.next() == text
            await wire.close()

    run(scenario())


async def test_hub_declines_compression_and_says_farewell_before_the_close() -> None:
    hub = make_hub(Log())

    async with served(hub) as port:
        wire = await open_wire(port, cookie="who=anna.phone")
        wire.read()
        tab = Browser(wire)
        await tab.connect()
        await hub.close_principal("anna")
        await tab.ended()
        await wire.close()

    assert not wire.is_compressed
    assert [name for name, _ in tab.pushes] == [ConnectionClosed.name]
    assert wire.close_code == 1000
