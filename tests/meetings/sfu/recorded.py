"""Datagrams of one call, recorded at the worker's port before anything looks at them."""

from __future__ import annotations

from meetings.sfu.adapter import PacketBuffer
from meetings.sfu.ports import UdpSocket
from meetings.sfu.transport import Address

Recorded = tuple[bytes, Address]


class Recording:
    """Writes down what a socket of the worker receives, and can put it in again, changed."""

    def __init__(self, port: UdpSocket) -> None:
        self.datagrams: list[Recorded] = []
        self._port = port
        self._buffer = PacketBuffer()
        self._receive = port.receive
        port.receive = self._record  # type: ignore[method-assign]  # it listens in front of the real one

    def _record(self, buffer: PacketBuffer, length: int, address: Address, now: float) -> None:
        self.datagrams.append((bytes(buffer.view[:length]), address))
        self._receive(buffer, length, address, now)

    def replay(self, data: bytes, address: Address, now: float) -> None:
        """Put a datagram in as if it had just come from `address`. Raises whatever it triggers."""
        self._buffer.data[: len(data)] = data
        self._receive(self._buffer, len(data), address, now)
