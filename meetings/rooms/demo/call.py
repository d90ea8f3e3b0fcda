"""The colleagues' end of a call: they join with grants of their own, take turns to speak, and come back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from meetings.rooms.demo.colleagues import PARTS, Part
from meetings.rooms.demo.loops import FRAMES_PER_S, LAYERS, LISTENS_S, PACKETS_PER_S, SILENT, SPEAKS_S, Frame, Second
from meetings.rooms.demo.loops import listening as encode_listening
from meetings.rooms.demo.loops import speaking as encode_speaking
from meetings.sfu import (
    CommandRefusedError,
    Notification,
    PeerGone,
    Permissions,
    Source,
    Wanted,
    WorkerAttached,
    WorkerClient,
    WorkerDetached,
    WorkerUnavailableError,
    issue_grant,
)
from meetings.sfu.bot import Bot, BotError
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.rtcp import SenderReport, to_ntp, write_sender_report

log = structlog.get_logger(__name__)

ENDED = frozenset({"left", "room_closed"})
"""Why a seat is free when the portal said so."""
RETRY_S = 1.0

_VIDEO_CLOCK, _AUDIO_CLOCK = 90_000, 48_000


@dataclass(frozen=True)
class Invited:
    """What the portal's process tells this one: where the worker is, and who sits where. docs/rooms.md"""

    control: str
    secret: str
    room_id: str
    seats: Sequence[tuple[str, int]]
    """Seats, each with the number of its part in `PARTS`."""


def turn_of(second: int, people: int) -> tuple[int, int]:
    """Who has the floor in a second, and how far they are."""
    return (second // SPEAKS_S) % people, second % SPEAKS_S


@dataclass
class _Colleague:
    seat_id: str
    part: Part
    bot: Bot | None = None
    listening: Sequence[Second] = ()
    speaking: Sequence[Second] = ()
    picture_ids: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LAYERS, 0))
    was_silent: bool = True
    joining: asyncio.Task[None] | None = None
    is_out: bool = False
    offer: BotOffer = field(default_factory=lambda: BotOffer(small_slots=1, rids=tuple(LAYERS)))

    def second(self, number: int, *, has_floor: bool) -> Second | None:
        """What they send in a second of the call, once it is encoded."""
        if has_floor and self.speaking:
            return self.speaking[number % SPEAKS_S]
        return self.listening[number % LISTENS_S] if self.listening else None


class Call:
    """All of them in one room, until `run` is cancelled or the last one is out."""

    def __init__(self, invited: Invited, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970."""
        self._invited = invited
        self._clock = clock
        self._people = [_Colleague(seat_id, PARTS[number]) for seat_id, number in invited.seats]
        self._boot: str | None = None
        self._empty = asyncio.Event()
        host, _, port = invited.control.rpartition(":")
        self._worker = WorkerClient(host, int(port), invited.secret.encode(), self._told)

    async def run(self) -> None:
        """Sit there and talk."""
        encoding = asyncio.create_task(self._encode(), name="encoding")
        playing = asyncio.create_task(self._play(), name="playing")
        try:
            async with self._worker:
                await self._empty.wait()
        finally:
            joining = [each.joining for each in self._people if each.joining is not None]
            for task in (encoding, playing, *joining):
                task.cancel()
            await asyncio.gather(encoding, playing, *joining, return_exceptions=True)
            for each in self._people:
                if each.bot is not None:
                    await each.bot.close()

    async def _encode(self) -> None:
        """Once, beside the call: everybody's picture first, then what they say."""
        for each in self._people:
            each.listening = await asyncio.to_thread(encode_listening, each.part.look)
        for each in self._people:
            each.speaking = await asyncio.to_thread(encode_speaking, each.part.look, each.part.voice)

    # Joining and coming back

    def _told(self, told: Notification | WorkerAttached | WorkerDetached) -> None:
        match told:
            case WorkerAttached(snapshot) if snapshot.boot != self._boot:
                self._boot = snapshot.boot
                for each in self._people:
                    self._join_again(each)
            case PeerGone(room, peer, reason) if room == self._invited.room_id:
                for each in self._people:
                    if each.seat_id == peer and reason in ENDED:
                        each.is_out = True
                    elif each.seat_id == peer:
                        self._join_again(each)
                if all(each.is_out for each in self._people):
                    self._empty.set()

    def _join_again(self, colleague: _Colleague) -> None:
        if colleague.is_out:
            return
        if colleague.joining is not None:
            colleague.joining.cancel()
        colleague.joining = asyncio.create_task(self._join(colleague), name="joining")

    async def _join(self, colleague: _Colleague) -> None:
        while True:
            try:
                await self._try_to_join(colleague)
            except (BotError, CommandRefusedError, WorkerUnavailableError) as error:
                log.info("colleague not in the call yet", reason=type(error).__name__)
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _try_to_join(self, colleague: _Colleague) -> None:
        before, colleague.bot = colleague.bot, None
        if before is not None:
            await before.close()
        room_id, seat_id = self._invited.room_id, colleague.seat_id
        grant = issue_grant(
            self._invited.secret.encode(),
            room=room_id,
            peer=seat_id,
            permissions=Permissions(),  # the portal allows what the host does, once they sit
            now=self._clock(),
        )
        bot = Bot(colleague.offer)
        await bot.connect(lambda sdp_offer: self._worker.join(room_id, seat_id, grant, sdp_offer))
        colleague.bot = bot
        # They look at nobody: what they are sent would only cost.
        await self._worker.watch(room_id, seat_id, Wanted(large="", small=()))

    # Sending

    async def _play(self) -> None:
        """Send what is due, fifty times a second, by the clock: what was late is sent at once."""
        loop = asyncio.get_running_loop()
        began, tick = loop.time(), 0
        while True:
            second, number = divmod(tick, PACKETS_PER_S)
            for index, each in enumerate(self._people):
                has_floor = turn_of(second, len(self._people))[0] == index
                due = each.second(second, has_floor=has_floor)
                if due is not None and each.bot is not None:
                    self._send(each, each.bot, due, second, number)
            tick += 1
            await asyncio.sleep(max(0.0, began + tick / PACKETS_PER_S - loop.time()))

    def _send(self, colleague: _Colleague, bot: Bot, due: Second, second: int, number: int) -> None:
        if number == 0:
            at = self._clock()
            bot.report_clock(Source.MICROPHONE, second * _AUDIO_CLOCK, at)
            for ssrc in bot.offer.layer_ssrcs.values():
                report = SenderReport(ssrc, to_ntp(at), second * _VIDEO_CLOCK & 0xFFFFFFFF, 0, 0)
                bot.send_rtcp(write_sender_report(report, b"bot"))
        sound = due.sounds.get(number)
        if sound is not None:
            packet, level = sound
            timestamp = (second * PACKETS_PER_S + number) * (_AUDIO_CLOCK // PACKETS_PER_S)
            is_silent = len(packet) == 1
            begins = colleague.was_silent and not is_silent
            colleague.was_silent = is_silent
            bot.send(Source.MICROPHONE, packet, timestamp, marker=begins, level=min(level, SILENT))
        first, past = (-(-at * FRAMES_PER_S // PACKETS_PER_S) for at in (number, number + 1))
        for frame in range(first, past):
            for rid in LAYERS:
                self._send_frame(colleague, bot, rid, due.frames[rid][frame], second * FRAMES_PER_S + frame)

    def _send_frame(self, colleague: _Colleague, bot: Bot, rid: str, fragments: Frame, frame: int) -> None:
        """Each fragment under its payload descriptor with a picture number of 15 bits (RFC 7741, 4.2)."""
        colleague.picture_ids[rid] = picture_id = (colleague.picture_ids[rid] + 1) & 0x7FFF
        number = (picture_id | 0x8000).to_bytes(2, "big")
        for at, fragment in enumerate(fragments):
            descriptor = bytes([0x90 if at == 0 else 0x80, 0x80]) + number
            timestamp = frame * (_VIDEO_CLOCK // FRAMES_PER_S)
            bot.send_layer(rid, descriptor + fragment, timestamp, marker=at == len(fragments) - 1)
