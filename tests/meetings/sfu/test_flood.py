"""A peer that floods a real worker process costs the others nothing that they can notice."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from meetings.sfu import limits, transport
from meetings.sfu.adapter import PacketBuffer
from meetings.sfu.client import WorkerClient
from meetings.sfu.grants import issue_grant
from meetings.sfu.limits import Drop
from meetings.sfu.messages import Source
from meetings.sfu.rtcp import write_nack, write_pli, write_remb
from tests.meetings.sfu.world import ALL, PATIENCE_S, SECRET, Guest, Town, until

PACKETS = 100
FLOOD_BETWEEN = 80
"""Datagrams of the flood between two of the others' packets: some ten thousand a second where the machine keeps up."""

ROUNDS, ROUNDS_PER_S = 250, 125
"""Two seconds of ten thousand datagrams each, on a clock that the test drives."""
CHECKS = FLOOD_BETWEEN // 8
"""How many of the datagrams of a round are connectivity checks, which have a cap of their own."""


@asynccontextmanager
async def worker_process(port: int) -> AsyncIterator[WorkerClient]:
    """A worker of its own on localhost, and a controller attached to it."""
    settings = {
        "PARVIS_MEDIA_SECRET": SECRET.decode(),
        "PARVIS_MEDIA_BIND": "127.0.0.1",
        "PARVIS_MEDIA_PORT": "0",
        "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{port}",
    }
    command = (sys.executable, "-m", "meetings.sfu")
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **settings}, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with WorkerClient("127.0.0.1", port, SECRET, lambda _: None) as client:
            async with asyncio.timeout(PATIENCE_S):
                await client.wait_attached()
            yield client
    finally:
        process.terminate()
        await process.wait()


async def seated(client: WorkerClient, name: str) -> Guest:
    """A bot in the room."""
    guest = Guest(name)
    grant = issue_grant(SECRET, room="council", peer=name, permissions=ALL, now=time.time())
    await guest.bot.connect(lambda sdp_offer: client.join("council", name, grant, sdp_offer))
    return guest


def flood(guest: Guest, target: int) -> None:
    """Everything that a broken or hostile browser could send, at once."""
    bot = guest.bot
    for number in range(FLOOD_BETWEEN):
        match number % 8:
            case 0:
                bot.send_rtcp(write_nack(1, target, list(range(500))))
            case 1:
                bot.send_rtcp(write_pli(1, target))
            case 2:
                bot.send_rtcp(write_remb(1, 1 << 40, [target]))
            case 3:
                bot.send(Source.CAMERA, bytes(1100), number)
            case 4:
                bot._check()
            case 5:
                bot.send_datagram(b"\x80\xc8" + bytes(1000))
            case 6:
                bot.send_datagram(b"\x16\xfe\xfd" + bytes(200))
            case _:
                bot.send_datagram(b"\x80\x60" + bytes(1200))


def heard(guest: Guest) -> set[int]:
    """The numbers of the voice packets that have come."""
    return {int.from_bytes(packet.payload, "big") for _, packet in guest.packets if packet.size == 2}


async def test_a_flood_does_not_make_the_others_lose_a_packet(free_port: int) -> None:
    async with worker_process(free_port) as client:
        anna, bruno, chloe = [await seated(client, name) for name in ("anna", "bruno", "chloe")]
        for number in range(PACKETS):
            bruno.bot.send(Source.MICROPHONE, number.to_bytes(2, "big"), 960 * number, level=30)
            flood(anna, anna.bot.ssrc_of("large"))
            await asyncio.sleep(0.005)
        await until(lambda: len(heard(chloe)) == PACKETS, "everything that bruno said arrives")
        counters = (await client.snapshot()).counters
        assert sum(count for name, count in counters.items() if name.startswith("drop_")) > PACKETS
        assert counters.get(Drop.INTERNAL, 0) == 0
        for guest in (anna, bruno, chloe):
            await guest.bot.close()


@contextmanager
def line_in_hand(guest: Guest) -> Iterator[Callable[[], bytes]]:
    """Where a guest's datagrams go to the test instead of to the worker; yields what takes the next one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    home, guest.bot._socket = guest.bot._socket, ours
    ours.setblocking(False)
    theirs.setblocking(False)
    try:
        with ours, theirs:
            yield lambda: theirs.recv(2048)
    finally:
        guest.bot._socket = home


async def test_of_ten_thousand_a_second_no_more_is_looked_at_than_the_caps_say(town: Town) -> None:
    anna, bruno, chloe = [await town.join(name) for name in ("anna", "bruno", "chloe")]
    assert anna.bot._socket is not None
    address, port, buffer = anna.bot._socket.getsockname(), town.worker._sockets[0], PacketBuffer()
    began, target = time.monotonic(), anna.bot.ssrc_of("large")
    for number in range(ROUNDS):
        bruno.bot.send(Source.MICROPHONE, number.to_bytes(2, "big"), 960 * number, level=30)
        with line_in_hand(anna) as taken:
            flood(anna, target)
            for _ in range(FLOOD_BETWEEN):
                datagram = taken()
                buffer.data[: len(datagram)] = datagram
                port.receive(buffer, len(datagram), address, began + number / ROUNDS_PER_S)
        await asyncio.sleep(0)
    await until(lambda: len(heard(chloe)) == ROUNDS, "everything that bruno said arrives")
    counters, lasted = town.worker.counters, ROUNDS / ROUNDS_PER_S
    looked_at = limits.PACKETS_AT_ONCE + limits.PACKETS_PER_S * lasted
    assert counters[Drop.PEER_RATE] >= ROUNDS * (FLOOD_BETWEEN - CHECKS) - looked_at
    answered = transport.CHECKS_AT_ONCE + transport.CHECKS_PER_S * lasted
    assert counters[Drop.STUN_RATE] >= ROUNDS * CHECKS - answered
    assert counters[Drop.REPORT_RATE] > 0
    assert counters[Drop.INTERNAL] == 0
