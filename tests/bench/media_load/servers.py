"""What a measured media server is to the bench: a process that peers publish into and watch from."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Protocol

from tests.bench.media_load.clients import MediaClient, Server, VideoSource


class MediaServer(Protocol):
    """A running server with one room."""

    name: str

    @property
    def pid(self) -> int:
        """Of its process."""

    async def publish(self, client: MediaClient) -> VideoSource:
        """Connect a peer that sends one video stream."""

    async def watch(self, client: MediaClient, streams: int) -> None:
        """Connect a peer that receives the video of so many publishers."""


def cpu_s(pid: int) -> float:
    """CPU time of a process, user and system, as the operating system counts it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server_of(sdp: str) -> Server:
    """Where ICE and DTLS are, by an SDP answer or offer."""
    address = _one(r"^a=candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+) typ host", sdp)
    digest = _one(r"^a=fingerprint:(\S+) (\S+)", sdp)
    return Server(
        (address[0], int(address[1])),
        _one(r"^a=ice-ufrag:(\S+)", sdp)[0],
        _one(r"^a=ice-pwd:(\S+)", sdp)[0],
        (digest[0].lower(), digest[1].upper()),
    )


def _one(pattern: str, text: str) -> tuple[str, ...]:
    match = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
    if match is None:
        raise ValueError(f"the SDP has no line like {pattern}")
    return match.groups()


async def end(process: asyncio.subprocess.Process) -> None:
    """Stop a server and wait for its end."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
