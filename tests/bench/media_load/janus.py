"""Janus with its VideoRoom as a measured server, commanded over its Unix socket."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meetings.sfu.negotiation import MID, TRANSPORT_CC
from tests.bench.media_load.clients import MediaClient, VideoSource, host_address
from tests.bench.media_load.servers import end, server_of

ROOM = 4711
VP8, RTX = 96, 97
KEPT_ALIVE_EVERY_S = 25.0
PATIENCE_S = 20.0
STARTS = 8
USED = {"videoroom", "pfunix"}

CONFIGURATION = """
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{libraries}/plugins"
  transports_folder = "{libraries}/transports"
  events_folder = "{folder}"
  loggers_folder = "{folder}"
  debug_level = 2
}}
nat: {{
  ice_lite = true
  ice_enforce_list = "{address}"
}}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
"""
SOCKET_CONFIGURATION = """
general: {{
  enabled = true
  json = "compact"
  path = "{path}"
  type = "SOCK_SEQPACKET"
}}
"""

Answer = dict[str, Any]


class JanusError(Exception):
    """Janus refused something, or is not there."""


@dataclass
class JanusApi:
    """One session of Janus' interface: `ask` a handle of a plugin something and wait for what comes of it."""

    connection: socket.socket
    session: int = 0
    _waiting: dict[str, asyncio.Future[Answer]] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def open(self) -> None:
        """Begin a session."""
        self._tasks.append(asyncio.create_task(self._listen()))
        self.session = (await self._exchange({"janus": "create"}))["data"]["id"]
        self._tasks.append(asyncio.create_task(self._keep_alive()))

    async def close(self) -> None:
        """End the tasks and the connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.connection.close()

    async def attach(self) -> int:
        """A new handle of the VideoRoom, one for each peer."""
        answer = await self._exchange({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        return int(answer["data"]["id"])

    async def ask(self, handle: int, body: Answer, sdp: str | None = None, kind: str = "offer") -> Answer:
        """Ask the VideoRoom; its answer, with `jsep` when it brings SDP. Raises JanusError."""
        message: Answer = {"janus": "message", "handle_id": handle, "body": body}
        if sdp is not None:
            message["jsep"] = {"type": kind, "sdp": sdp, "trickle": False}
        answer = await self._exchange(message)
        data = answer["plugindata"]["data"]
        if "error" in data:
            raise JanusError(data["error"])
        return {**data, "jsep": answer.get("jsep")}

    async def _exchange(self, message: Answer) -> Answer:
        transaction = secrets.token_hex(8)
        future = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        if self.session:
            message["session_id"] = self.session
        data = json.dumps({**message, "transaction": transaction}).encode()
        await asyncio.get_running_loop().sock_sendall(self.connection, data)
        async with asyncio.timeout(PATIENCE_S):
            answer: Answer = await future
            return answer

    async def _listen(self) -> None:
        while data := await asyncio.get_running_loop().sock_recv(self.connection, 1 << 20):
            told = json.loads(data)
            future = self._waiting.get(told.get("transaction", ""))
            if future is None or future.done() or told["janus"] == "ack":
                continue
            if told["janus"] == "error":
                future.set_exception(JanusError(told["error"]["reason"]))
            else:
                future.set_result(told)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEPT_ALIVE_EVERY_S)
            message = {"janus": "keepalive", "session_id": self.session, "transaction": "alive"}
            await asyncio.get_running_loop().sock_sendall(self.connection, json.dumps(message).encode())


@dataclass
class JanusServer:
    """A Janus process with one room."""

    process: asyncio.subprocess.Process
    api: JanusApi
    name: str = "Janus"
    feeds: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """Of Janus."""
        return self.process.pid

    async def create_room(self) -> None:
        """As many publishers as are measured, VP8, no limit to their bit rate."""
        handle = await self.api.attach()
        await self.api.ask(
            handle, {"request": "create", "room": ROOM, "publishers": 100, "videocodec": "vp8", "bitrate": 0}
        )

    async def publish(self, client: MediaClient) -> VideoSource:
        """Connect a peer that sends one video stream."""
        handle, feed = await self.api.attach(), len(self.feeds) + 1
        await self.api.ask(handle, {"request": "join", "ptype": "publisher", "room": ROOM, "id": feed})
        ssrc = 1 + secrets.randbelow((1 << 32) - 2)
        answer = await self.api.ask(handle, {"request": "publish"}, publishing_offer(client, ssrc))
        await client.connect(server_of(answer["jsep"]["sdp"]))
        self.feeds.append(feed)
        return VideoSource(client, VP8, ssrc, {1: b"0"}, transport_cc_id=2)

    async def watch(self, client: MediaClient, streams: int) -> None:
        """Connect a peer that receives the video of so many publishers over one connection."""
        handle = await self.api.attach()
        feeds = [{"feed": feed} for feed in self.feeds[:streams]]
        offered = await self.api.ask(handle, {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": feeds})
        sdp = offered["jsep"]["sdp"]
        await self.api.ask(handle, {"request": "start"}, watching_answer(client, sdp), "answer")
        await client.connect(server_of(sdp))


def publishing_offer(client: MediaClient, ssrc: int) -> str:
    """An offer of one video stream."""
    lines = [
        *_session_lines(client, "BUNDLE 0"),
        "a=setup:active",
        f"m=video 9 UDP/TLS/RTP/SAVPF {VP8} {RTX}",
        "c=IN IP4 0.0.0.0",
        "a=mid:0",
        "a=sendonly",
        "a=rtcp-mux",
        f"a=extmap:1 {MID}",
        f"a=extmap:2 {TRANSPORT_CC}",
        f"a=rtpmap:{VP8} VP8/90000",
        f"a=rtcp-fb:{VP8} transport-cc",
        f"a=rtcp-fb:{VP8} nack",
        f"a=rtcp-fb:{VP8} nack pli",
        f"a=rtpmap:{RTX} rtx/90000",
        f"a=fmtp:{RTX} apt={VP8}",
        f"a=ssrc:{ssrc} cname:bench",
        *_candidate_lines(client),
    ]
    return "\r\n".join(lines) + "\r\n"


def watching_answer(client: MediaClient, offer: str) -> str:
    """Take everything that is offered."""
    group = re.search(r"^a=group:(BUNDLE.*?)\r?$", offer, re.MULTILINE)
    lines = [*_session_lines(client, group[1] if group else "BUNDLE 0"), "a=setup:active"]
    kept = ("a=mid:", "a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:")
    for section in re.split(r"^m=", offer, flags=re.MULTILINE)[1:]:
        media, *attributes = section.splitlines()
        lines += [f"m={media}", "c=IN IP4 0.0.0.0", "a=recvonly", "a=rtcp-mux"]
        lines += [*(line for line in attributes if line.startswith(kept)), *_candidate_lines(client)]
    return "\r\n".join(lines) + "\r\n"


def _session_lines(client: MediaClient, group: str) -> list[str]:
    return [
        "v=0",
        f"o=- {secrets.randbelow(1 << 62)} 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:{group}",
        f"a=fingerprint:{client.fingerprint[0]} {client.fingerprint[1]}",
        f"a=ice-ufrag:{client.ice_ufrag}",
        f"a=ice-pwd:{client.ice_pwd}",
    ]


def _candidate_lines(client: MediaClient) -> list[str]:
    host, port = client.address
    return [f"a=candidate:1 1 udp 2130706431 {host} {port} typ host", "a=end-of-candidates"]


def _libraries() -> Path:
    """Where Debian puts Janus' plugins."""
    found = next(iter(sorted(Path("/usr/lib").glob("*/janus"))), None)
    if found is None:
        raise JanusError("Janus' plugins are not where its package puts them")
    return found


def _unused(folder: Path) -> str:
    files = {each.name for each in folder.glob("libjanus_*.so")}
    return ",".join(sorted(each for each in files if each[len("libjanus_") : -len(".so")] not in USED))


@asynccontextmanager
async def running_janus(folder: Path) -> AsyncIterator[JanusServer]:
    """A Janus of its own, with nothing but what is measured, and one room. folder: for its configuration."""
    libraries, path = _libraries(), folder / "api"
    configuration = CONFIGURATION.format(
        folder=folder,
        libraries=libraries,
        address=host_address(),
        plugins=_unused(libraries / "plugins"),
        transports=_unused(libraries / "transports"),
    )
    (folder / "janus.jcfg").write_text(configuration)
    (folder / "janus.transport.pfunix.jcfg").write_text(SOCKET_CONFIGURATION.format(path=path))
    process, connection = await _started(folder, path)
    try:
        api = JanusApi(connection)
        await api.open()
        server = JanusServer(process, api)
        await server.create_room()
        yield server
        await api.close()
    finally:
        await end(process)


async def _started(folder: Path, path: Path) -> tuple[asyncio.subprocess.Process, socket.socket]:
    """A Janus that answers. It is asked again: now and then its socket's thread begins before its plugin is ready."""
    for _ in range(STARTS):
        process = await asyncio.create_subprocess_exec(
            *("janus", "--configs-folder", str(folder), "--config", str(folder / "janus.jcfg"), "--disable-colors"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        connection = await _connected(path, process)
        if connection is not None:
            return process, connection
        await end(process)
    raise JanusError("Janus does not answer on its socket")


async def _connected(path: Path, process: asyncio.subprocess.Process) -> socket.socket | None:
    for _ in itertools.takewhile(lambda _: process.returncode is None, range(100)):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            await asyncio.sleep(0.1)
        else:
            connection.setblocking(False)
            return connection
    return None
