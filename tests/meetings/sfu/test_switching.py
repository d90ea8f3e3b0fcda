"""A slot that is switched at will looks like one stream that was never interrupted: all its numbers and its clock."""

from __future__ import annotations

import secrets
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.limits import Counters
from meetings.sfu.messages import Source
from meetings.sfu.negotiation import Inbound, Outbound, plan_sections
from meetings.sfu.publishing import Layer, Track
from meetings.sfu.reception import SenderClock
from meetings.sfu.rtp import RtpPacket
from meetings.sfu.sdp import parse_offer
from meetings.sfu.slots import Slot
from meetings.sfu.vp8 import parse_vp8
from tests.meetings.sfu.ends import FarEnd

FRAME_S = 1 / 30
CLOCK = 90_000
PLAN = plan_sections(parse_offer(BotOffer().text(("sha-256", "AA:" * 31 + "AA"))), ())


class Camera:
    """One publisher's camera. Its numbers begin anywhere, also just before they wrap."""

    def __init__(self, name: str, start: tuple[int, int, int, int]) -> None:
        inbound = next(each for each in PLAN.sections if isinstance(each, Inbound) and each.source is Source.CAMERA)
        self.track = Track(name, inbound, SenderClock())
        self.track.started_at = 0.0
        self.layer = Layer(self.track, "", 1 + secrets.randbelow(1 << 31), self, Counters())
        self.layer.is_flowing = True
        self._sequence, self._timestamp, self._picture, self._tl0 = start
        self._asked = True

    def send_rtcp(self, packet: bytes) -> None:
        """The only thing that is sent to a camera here is the wish for a keyframe."""
        self._asked = True

    def film(self, parts: list[bool], now: float) -> None:
        """Send one frame of some packets, of which those that are False get lost on the way."""
        is_keyframe, self._asked = self._asked, False
        for number, arrives in enumerate(parts):
            head = bytes([0x90 if number == 0 else 0x80, 0xE0])
            head += (0x8000 | self._picture).to_bytes(2, "big") + bytes([self._tl0, 0, 0 if is_keyframe else 1])
            packet = RtpPacket(
                self.layer.track.inbound.codec.payload_type,
                self._sequence,
                self._timestamp,
                self.layer.ssrc,
                head + secrets.token_bytes(8),
                marker=number == len(parts) - 1,
                size=15,
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            if arrives:
                self.layer.receive(packet, now)
        self._timestamp = (self._timestamp + round(FRAME_S * CLOCK)) & 0xFFFFFFFF
        self._picture = (self._picture + 1) & 0x7FFF
        self._tl0 = (self._tl0 + 1) & 0xFF


def new_slot() -> tuple[Slot, FarEnd]:
    """A large slot and its far end."""
    outbound = next(each for each in PLAN.sections if isinstance(each, Outbound) and each.slot == "large")
    viewer = FarEnd()
    return Slot(outbound, viewer.path), viewer


def near(limit: int) -> st.SearchStrategy[int]:
    """A number below a limit, often just before it."""
    return st.integers(0, limit - 1) | st.integers(limit - 12, limit - 1)


STARTS = st.tuples(near(1 << 16), near(1 << 32), near(1 << 15), near(1 << 8))
FRAMES = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=60)


@given(st.tuples(STARTS, STARTS, STARTS), FRAMES)
def test_numbers_and_clock_of_a_slot_go_on_through_every_switch(
    starts: tuple[tuple[int, int, int, int], ...], frames: list[tuple[int, int]]
) -> None:
    cameras = [Camera(str(number), start) for number, start in enumerate(starts)]
    slot, viewer = new_slot()
    for tick, (shown, parts) in enumerate(frames):
        slot.assign(cameras[shown].layer, tick * FRAME_S)
        for camera in cameras:
            camera.film([True] * parts, tick * FRAME_S)
    packets = viewer.packets
    pictures = [parse_vp8(packet.payload) for packet in packets]
    assert pictures[0].is_keyframe
    for (packet, picture), (after, following) in pairwise(zip(packets, pictures, strict=True)):
        assert (after.sequence - packet.sequence) & 0xFFFF == 1
        step = int(packet.marker)  # after the last packet of a frame comes the next frame
        assert (following.picture_id - picture.picture_id) & 0x7FFF == step
        assert (following.tl0 - picture.tl0) & 0xFF == step
        assert following.starts_frame == packet.marker
        passed = (after.timestamp - packet.timestamp) & 0xFFFFFFFF
        assert 0 < passed <= round(FRAME_S * CLOCK) + 1 if step else passed == 0
    passed = (packets[-1].timestamp - packets[0].timestamp) & 0xFFFFFFFF
    switches = len({shown for shown, _ in frames}) and sum(one[0] != other[0] for one, other in pairwise(frames))
    assert abs(passed - (len(frames) - 1) * FRAME_S * CLOCK) <= 1 + 2 * switches


@given(STARTS, st.lists(st.lists(st.booleans(), min_size=1, max_size=3), min_size=1, max_size=40), STARTS)
def test_what_is_lost_before_us_stays_a_gap_of_its_own_size_and_none_is_made_by_a_switch(
    start: tuple[int, int, int, int], frames: list[list[bool]], other: tuple[int, int, int, int]
) -> None:
    first, second = Camera("first", start), Camera("second", other)
    slot, viewer = new_slot()
    slot.assign(first.layer, 0.0)
    first.film([True], 0.0)
    for tick, parts in enumerate(frames, 1):
        first.film(parts, tick * FRAME_S)
    first.film([True], (len(frames) + 1) * FRAME_S)
    sent = [True, *(part for parts in frames for part in parts), True]
    begins = viewer.packets[0].sequence
    places = [(packet.sequence - begins) & 0xFFFF for packet in viewer.packets]
    assert places == [place for place, arrives in enumerate(sent) if arrives]
    slot.assign(second.layer, (len(frames) + 2) * FRAME_S)
    second.film([True, True], (len(frames) + 2) * FRAME_S)
    assert [(packet.sequence - begins) & 0xFFFF for packet in viewer.packets[-2:]] == [len(sent), len(sent) + 1]
