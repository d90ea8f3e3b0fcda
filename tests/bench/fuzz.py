"""A million seeded mutations of what reaches a media worker, while others talk in the same room.

Four kinds in turn: recorded datagrams (STUN, DTLS, encrypted RTP and RTCP) from everybody's addresses, packets of a
peer that has a seat, behind the encryption, SDP offers with a genuine grant, and frames of the control interface. The
rate limits, which would keep most of it out, are lifted. Nothing may raise, and every packet of the others must arrive.

scripts/bench fuzz [--mutations 1000000] [--seed 20261122]
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import random
import secrets
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from meetings.sfu import control, wire
from meetings.sfu.adapter import PacketBuffer
from meetings.sfu.connection import Connection
from meetings.sfu.grants import issue_grant
from meetings.sfu.limits import PeerLimits, TokenBucket
from meetings.sfu.messages import Join, Leave, RefusalCode, Refused, Source
from meetings.sfu.rtcp import write_nack, write_pli
from tests.meetings.sfu.mutations import commands, media_of, mutated
from tests.meetings.sfu.recorded import Recorded, Recording
from tests.meetings.sfu.world import ALL, INTER, KEYFRAME, SECRET, Guest, Town, picture, running_town, speak, until

ROUNDS = 20
AT_ONCE = 50
"""Mutations between two turns of the worker's own loop."""
SHARES = {"datagrams": 0.5, "packets": 0.4, "sdp": 0.01, "control": 0.09}
VOICE_S = 0.02
OFFERS = Path(__file__).parents[1] / "meetings/sfu"
OFFER_LIMIT = 1 << 20

Attack = Callable[[], None]


class Conversation:
    """Numbered voice packets from each to each, and which of them arrived."""

    def __init__(self, people: list[Guest]) -> None:
        self.people = people
        self.sent = 0
        self._task = asyncio.create_task(self._talk())

    async def _talk(self) -> None:
        for number in itertools.count():
            for person in self.people:
                payload = f"{person.name}#{number}#".encode() + secrets.token_bytes(60)
                person.bot.send(Source.MICROPHONE, payload, 960 * number, level=30)
            self.sent += 1
            await asyncio.sleep(VOICE_S)

    def arrived(self) -> int:
        """How many packets of one of them have reached another of them."""
        heard = Counter[tuple[str, bytes]]()
        names = [person.name.encode() for person in self.people]
        for person in self.people:
            for slot, packet in person.packets:
                if slot.startswith("voice") and packet.payload.partition(b"#")[0] in names:
                    heard[person.name, b"#".join(packet.payload.split(b"#")[:2])] = 1
        return heard.total()

    async def end(self) -> tuple[int, int]:
        """Fall silent; how many packets should have arrived, and how many did not."""
        self._task.cancel()
        await asyncio.wait([self._task])
        due = self.sent * len(self.people) * (len(self.people) - 1)
        with suppress(AssertionError):
            await until(lambda: self.arrived() == due, "everything has arrived")
        return due, due - self.arrived()


class Errors(logging.Handler):
    """Counts what the worker logs as an error, and shows the first."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        if self.count == 1:
            print("logged:", self.format(record))


class Attacks:
    """The four kinds; each call is one mutation."""

    def __init__(self, town: Town, recording: Recording, attacker: Guest, chance: random.Random) -> None:
        self._town, self._recording, self._chance = town, recording, chance
        self._recorded: list[Recorded] = list(recording.datagrams)
        self._media = [*media_of(attacker.bot.ssrcs), write_pli(1, attacker.bot.ssrc_of("large"))]
        self._media.append(write_nack(1, attacker.bot.ssrc_of("large"), [1, 2, 3]))
        seated = town.worker.rooms["council"].peers[attacker.name].connection
        assert isinstance(seated, Connection)
        self._seated, self._buffer = seated, PacketBuffer()
        self._offers = [path.read_bytes().replace(b"\n", b"\r\n") for path in sorted(OFFERS.glob("*_offer.sdp"))]
        self._commands = commands()
        self.crashes = 0

    def kinds(self) -> dict[str, Attack]:
        """By name."""
        return {"datagrams": self.datagram, "packets": self.packet, "sdp": self.sdp, "control": self.control}

    def datagram(self) -> None:
        """What anybody on the network could send, from an address of somebody who is in the call."""
        data, address = self._chance.choice(self._recorded)
        self._recording.replay(mutated(data, self._chance), address, time.monotonic())

    def packet(self) -> None:
        """What a peer with a seat could send."""
        data = mutated(self._chance.choice(self._media), self._chance)
        if len(data) > 1 and 192 <= data[1] <= 223:
            self._seated.received_rtcp(data, time.monotonic())
        else:
            self._buffer.data[: len(data)] = data
            self._seated.received_rtp(self._buffer, len(data), time.monotonic())

    def sdp(self) -> None:
        """What a page with a grant could offer; a seat that it gets is left again."""
        offer = mutated(self._chance.choice(self._offers), self._chance, OFFER_LIMIT).decode(errors="replace")
        name = f"offers-{self._chance.randrange(8)}"
        grant = issue_grant(SECRET, room="council", peer=name, permissions=ALL, now=time.time())
        self._refuse_internal(control._carry_out(self._town.worker, Join("council", name, grant, offer)))
        self._refuse_internal(control._carry_out(self._town.worker, Leave("council", name)))

    def control(self) -> None:
        """What whoever holds the control line could say."""
        frame = mutated(self._chance.choice(self._commands), self._chance)
        with suppress(wire.MalformedMessageError):
            _, command = wire.decode(frame, wire.COMMANDS)
            self._refuse_internal(control._carry_out(self._town.worker, command))

    def _refuse_internal(self, reply: object) -> None:
        if isinstance(reply, Refused) and reply.code == RefusalCode.INTERNAL.value:
            self.crashed(reply.message)

    def crashed(self, words: str) -> None:
        """Count a crash, and show the first."""
        self.crashes += 1
        if self.crashes == 1:
            print("crashed:", words)


async def a_call(town: Town) -> tuple[Recording, list[Guest]]:
    """Four seats, a recording of everything that they sent; the last one turns against the others."""
    recording = Recording(town.worker._sockets[0])
    guests = [await town.join(name) for name in ("anna", "bruno", "carla", "mallory")]
    for guest in guests:
        await speak(guest, count=20)
        for number in range(20):
            guest.bot.send(Source.CAMERA, picture(INTER if number else KEYFRAME), 3000 * number, marker=True)
        guest.bot.report_clock(Source.CAMERA, 0)
    for guest in guests:
        await until(lambda: guest.received("voice-2"), "three voices arrive")  # noqa: B023  # awaited at once
        guest.bot.request_keyframe("large")
    return recording, guests


async def measure(mutations: int, seed: int) -> tuple[dict[str, tuple[int, float]], dict[str, int]]:
    """For each kind how many there were and how long they took in seconds; and the figures of the last line."""
    errors = Errors()
    logging.getLogger("meetings.sfu").addHandler(errors)
    done = dict.fromkeys(SHARES, (0, 0.0))
    async with running_town() as town:
        recording, guests = await a_call(town)
        *others, attacker = guests
        genuine = TokenBucket.take, PeerLimits.lets_in
        TokenBucket.take = lambda *_: True  # type: ignore[method-assign]
        PeerLimits.lets_in = lambda *_: True  # type: ignore[method-assign]
        attacks = Attacks(town, recording, attacker, random.Random(seed))
        conversation = Conversation(others)
        for _, (name, attack) in itertools.product(range(ROUNDS), attacks.kinds().items()):
            count = round(mutations * SHARES[name] / ROUNDS)
            took = 0.0
            for start in range(0, count, AT_ONCE):
                began = time.perf_counter()
                for _ in range(min(AT_ONCE, count - start)):
                    try:
                        attack()
                    except Exception:  # noqa: BLE001  # whatever it is, it is what is looked for
                        attacks.crashed(traceback.format_exc())
                took += time.perf_counter() - began
                await asyncio.sleep(0)
            done[name] = (done[name][0] + count, done[name][1] + took)
        sent, lost = await conversation.end()
        TokenBucket.take, PeerLimits.lets_in = genuine  # type: ignore[method-assign]
        crashes = attacks.crashes + errors.count + town.worker.counters["drop_internal_error"]
        gone = len({guest.name for guest in others} - town.worker.rooms["council"].peers.keys())
    total = sum(count for count, _ in done.values())
    figures = {
        "mutations": total,
        "crashes": crashes,
        "sent_by_others": sent,
        "lost_by_others": lost,
        "seats_lost": gone,
    }
    return done, figures


def main() -> None:
    """Print a table of the kinds, then one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--mutations", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=20261122)
    given = parser.parse_args()
    done, figures = asyncio.run(measure(given.mutations, given.seed))
    print(f"{'mutations of':<12} {'count':>9} {'µs each':>9}   ({ROUNDS} rounds in turn)")
    for name, (count, took) in done.items():
        print(f"{name:<12} {count:9d} {1e6 * took / max(count, 1):9.1f}")
    print(json.dumps({"bench": "fuzz", **figures, "seed": given.seed}))


if __name__ == "__main__":
    main()
