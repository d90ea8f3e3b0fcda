"""The authenticated stream between a controller and a worker: length-prefixed frames, each under its own tag.

Hello: the worker sends a nonce, the controller a nonce and its proof, the worker its proof; both are HMAC-SHA256 under
the control secret, over both nonces and the name of the side that speaks (so that neither can be reflected). Both ends
derive a key for this connection from the nonces; every later frame carries a tag over its direction, its number and
its bytes, so that nothing can be altered, repeated, dropped or moved between connections.
The stream is not encrypted: on a network between machines, put it inside a tunnel.
"""

import asyncio
import hmac
import secrets
import struct

MAX_FRAME, MAX_ANSWER = 1 << 20, 16 << 20
"""Bytes of what a controller asks, and of what a worker tells: a snapshot has 2 KiB or so for each seat."""
NONCE_SIZE = 32
TAG_SIZE = 32
MIN_SECRET = 16

_LENGTH = struct.Struct("!I")
_NUMBER = struct.Struct("!Q")
_LONGEST = {b"c": MAX_FRAME, b"w": MAX_ANSWER}


class ControlRefusedError(ConnectionError):
    """The other side does not know the control secret, or does not keep to the framing."""


def _mac(key: bytes, *parts: bytes) -> bytes:
    return hmac.digest(key, b"".join(parts), "sha256")


class ControlChannel:
    """One authenticated connection. Made by `accept_channel` and `open_channel`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: bytes, outward: bytes, inward: bytes
    ) -> None:
        self._reader, self._writer = reader, writer
        self._key, self._outward, self._inward = key, outward, inward
        self._longest_out, self._longest_in = _LONGEST[outward], _LONGEST[inward]
        self._sent = self._received = 0
        self._queued: list[bytes] = []

    async def receive(self) -> bytes:
        """Wait for the next frame. Raises ControlRefusedError for a bad tag or size, EOFError at the end."""
        (length,) = _LENGTH.unpack(await self._reader.readexactly(4))
        if not TAG_SIZE <= length <= self._longest_in + TAG_SIZE:
            raise ControlRefusedError("frame size out of bounds")
        frame = await self._reader.readexactly(length)
        tag, body = frame[:TAG_SIZE], frame[TAG_SIZE:]
        if not hmac.compare_digest(tag, _mac(self._key, self._inward, _NUMBER.pack(self._received), body)):
            raise ControlRefusedError("frame tag does not match")
        self._received += 1
        return body

    def send(self, body: bytes) -> None:
        """Queue a frame: those of one turn of the loop are given to the network together. Raises ValueError when it is
        larger than a frame may be."""
        if len(body) > self._longest_out:
            raise ValueError("control frame too large")
        tag = _mac(self._key, self._outward, _NUMBER.pack(self._sent), body)
        self._sent += 1
        if not self._queued:
            asyncio.get_running_loop().call_soon(self._flush)
        self._queued += (_LENGTH.pack(len(body) + TAG_SIZE), tag, body)

    def _flush(self) -> None:
        queued, self._queued = self._queued, []
        if queued and not self._writer.is_closing():
            self._writer.write(b"".join(queued))

    @property
    def backlog(self) -> int:
        """Bytes that the network did not take yet."""
        return self._writer.transport.get_write_buffer_size()

    async def drain(self) -> None:
        """Wait until the network has taken most of what is queued."""
        self._flush()
        await self._writer.drain()

    async def close(self) -> None:
        """Close the connection and wait for its end."""
        self._flush()
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            return  # the other side was faster

    def abort(self) -> None:
        """Cut the connection without flushing."""
        self._writer.transport.abort()


async def accept_channel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: bytes) -> ControlChannel:
    """Prove to each other, from the worker's side, that both know `secret`. Raises ControlRefusedError."""
    ours = secrets.token_bytes(NONCE_SIZE)
    writer.write(ours)
    hello = await reader.readexactly(NONCE_SIZE + TAG_SIZE)
    theirs, proof = hello[:NONCE_SIZE], hello[NONCE_SIZE:]
    if not hmac.compare_digest(proof, _mac(secret, b"controller", ours, theirs)):
        raise ControlRefusedError("controller does not know the control secret")
    writer.write(_mac(secret, b"worker", ours, theirs))
    return ControlChannel(reader, writer, _mac(secret, b"frames", ours, theirs), b"w", b"c")


async def open_channel(host: str, port: int, secret: bytes) -> ControlChannel:
    """Connect to a worker and prove to each other that both know `secret`. Raises ControlRefusedError or OSError."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        key = await _introduce(reader, writer, secret)
    except asyncio.IncompleteReadError as error:
        writer.close()
        raise ControlRefusedError("worker closed the connection during the hello") from error
    except BaseException:
        writer.close()
        raise
    return ControlChannel(reader, writer, key, b"c", b"w")


async def _introduce(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, secret: bytes) -> bytes:
    theirs = await reader.readexactly(NONCE_SIZE)
    ours = secrets.token_bytes(NONCE_SIZE)
    writer.write(ours + _mac(secret, b"controller", theirs, ours))
    proof = await reader.readexactly(TAG_SIZE)
    if not hmac.compare_digest(proof, _mac(secret, b"worker", theirs, ours)):
        raise ControlRefusedError("worker does not know the control secret")
    return _mac(secret, b"frames", theirs, ours)
