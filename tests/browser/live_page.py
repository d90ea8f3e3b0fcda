"""A page with the live channel and nothing else, and a line to it that a test can cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.realtime.town import nothing_else

STATIC = Path(__file__).parents[2] / "static"

IMPORTS = {f"parvis/core/{path.name}": f"/static/core/{path.name}" for path in (STATIC / "core").glob("*.js")} | {
    "socket.io-client": "/static/vendor/socket.io-client/socket.io.esm.min.js"
}

STRINGS = {"greeting": "Bonjour {name}", "people": {"one": "{count} personne", "other": "{count} personnes"}}

PAGE = f"""<!doctype html>
<html lang="fr">
<head>
  <title>Live</title>
  <meta name="csrf-token" content="the-token">
  <script type="importmap">{json.dumps({"imports": IMPORTS})}</script>
  <script type="application/json" data-strings>{json.dumps(STRINGS)}</script>
  <script type="module">
    window.core = {{
      ...(await import("parvis/core/live.js")),
      ...(await import("parvis/core/http.js")),
      ...(await import("parvis/core/dom.js")),
      ...(await import("parvis/core/i18n.js")),
    }};
    document.documentElement.dataset.ready = "";
  </script>
</head>
<body data-live>
  <p data-connection hidden>Pas de connexion</p>
  <p data-connection-ended hidden>Rechargez la page</p>
  <ul id="list"></ul>
  <template id="card"><li><b data-slot="text"></b><button>supprimer</button></li></template>
</body>
</html>
"""


async def pages(scope: Any, receive: Any, send: Any) -> None:
    """The page at ``/``, its scripts, and an API at ``/api/`` that tells back or refuses."""
    if scope["type"] != "http":
        await nothing_else(scope, receive, send)
        return
    path = scope["path"]
    if path == "/":
        await _answer(send, 200, "text/html; charset=utf-8", PAGE.encode())
    elif path.startswith("/static/") and (file := STATIC / path.removeprefix("/static/")).is_file():
        await _answer(send, 200, "text/javascript", await asyncio.to_thread(file.read_bytes))
    elif path == "/api/echo":
        body = (await receive()).get("body", b"")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        told = {
            "method": scope["method"],
            "body": json.loads(body or b"null"),
            "token": headers.get("x-csrf-token"),
            "type": headers.get("content-type"),
        }
        await _answer(send, 200, "application/json", json.dumps(told).encode())
    elif path == "/api/refuse":
        problem = {"code": "invalid-input", "message": "Trop court.", "id": "k3", "fields": {"text": "Trop court."}}
        await _answer(send, 422, "application/json", json.dumps({"error": problem}).encode())
    else:
        await _answer(send, 502, "text/html", b"<h1>Bad gateway</h1>")


async def _answer(send: Any, status: int, media_type: str, body: bytes) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", media_type.encode())]},
    )
    await send({"type": "http.response.body", "body": body})


class Line:
    """Carries TCP from a port of its own to the server's, until it is cut."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._carriers: set[asyncio.Task[None]] = set()
        self.is_cut = False
        self.attempts_while_cut = 0
        self.port = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """Break every connection, and every new one until `mend`."""
        self.is_cut = True
        for writer in tuple(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        self.is_cut = False

    async def close(self) -> None:
        assert self._server is not None
        self.cut()
        self._server.close()
        if self._carriers:
            await asyncio.wait(self._carriers)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            self.attempts_while_cut += 1
            writer.transport.abort()
            return
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        for source, sink in ((reader, inner_writer), (inner_reader, writer)):
            task = asyncio.create_task(self._carry(source, sink))
            self._carriers.add(task)
            task.add_done_callback(self._carriers.discard)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        self._writers.add(sink)
        try:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            self._writers.discard(sink)
            sink.transport.abort()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    """A line that stands, and is closed at the end."""
    line = Line(port)
    await line.open()
    try:
        yield line
    finally:
        await line.close()
