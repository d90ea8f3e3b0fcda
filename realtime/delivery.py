"""One encoded frame to many connections."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from realtime.counters import Counters
from realtime.frames import Frame
from realtime.peers import Peer

_AT_ONCE = 200
"""Recipients between two turns of the loop: each wakes a writer, and thousands in one turn would hold up the rest."""


async def deliver(frame: Frame, peers: Sequence[Peer], counters: Counters) -> None:
    """Queue a frame for each connection. Never waits for a reader."""
    counters.frames += 1
    counters.deliveries += len(peers)
    for start in range(0, len(peers), _AT_ONCE):
        if start:
            await asyncio.sleep(0)
        for peer in peers[start : start + _AT_ONCE]:
            peer.link.post(frame)
