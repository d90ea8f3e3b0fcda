"""One layer and its viewers: each gets what its temporal layer lets through, in its own head, keys and numbers."""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from aiortc.rtcdtlstransport import SRTPProtectionProfile
from hypothesis import given, settings
from hypothesis import strategies as st

from meetings.sfu.adapter import PROFILES
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.departures import Departures
from meetings.sfu.lanes import Data
from meetings.sfu.limits import Counters, Drop
from meetings.sfu.messages import Source
from meetings.sfu.negotiation import ABS_SEND_TIME, AUDIO_LEVEL, TRANSPORT_CC, Inbound, Outbound, Plan, plan_sections
from meetings.sfu.publishing import Layer, Track
from meetings.sfu.reception import SenderClock
from meetings.sfu.resending import ResendBudget
from meetings.sfu.rtp import RtpPacket
from meetings.sfu.sdp import parse_offer
from meetings.sfu.slots import Slot
from meetings.sfu.vp8 import parse_vp8
from tests.meetings.sfu.ends import FarEnd

FINGERPRINT = "sha-256", "AA:" * 31 + "AA"
PLAN = plan_sections(parse_offer(BotOffer().text(FINGERPRINT)), ())
OTHER = BotOffer(opus=96, vp8=97, rtx=98, first_extension=7, mid_prefix="long")
OTHER_PLAN = plan_sections(parse_offer(OTHER.text(FINGERPRINT)), ())
PATTERN = (0, 2, 1, 2)
"""Temporal layers as Chromium sends them with three of them."""
SYNC = {1: 0x20, 2: 0x20}


class Nobody:
    """A publisher that hears nothing of what is asked of it."""

    def send_rtcp(self, packet: bytes) -> None:
        """Read it and forget it."""


@dataclass
class Frame:
    """One packet as it is filmed; frames are numbered from 0, their packets over all frames."""

    number: int
    frame: int
    temporal: int
    payload: bytes
    is_last: bool

    def packet(self) -> RtpPacket:
        """As it comes in."""
        return RtpPacket(96, (65_000 + self.number) & 0xFFFF, 3000 * self.frame, 5, self.payload, marker=self.is_last)


def film(parts: list[int]) -> list[Frame]:
    """Frames of so many packets; the first is a keyframe, the others follow the pattern. What is behind the descriptor
    tells which packet it was."""
    filmed: list[Frame] = []
    for frame, count in enumerate(parts):
        temporal = PATTERN[frame % 4]
        for part in range(count):
            head = bytes([0x90 if part == 0 else 0x80, 0xE0]) + (0x8000 | 77 + frame).to_bytes(2, "big")
            kind = bytes([frame // 4 & 0xFF, temporal << 6 | SYNC.get(temporal, 0), 0 if frame == 0 else 1])
            payload = head + kind + len(filmed).to_bytes(4, "big")
            filmed.append(Frame(len(filmed), frame, temporal, payload, part == count - 1))
    return filmed


def new_layer(source: Source = Source.CAMERA) -> tuple[Layer, Counters]:
    """A layer that flows."""
    inbound = next(each for each in PLAN.sections if isinstance(each, Inbound) and each.source is source)
    track, counters = Track("anna", inbound, SenderClock()), Counters()
    track.started_at = 0.0
    layer = Layer(track, "", 5, Nobody(), counters)
    layer.is_flowing = True
    return layer, counters


def outbound(plan: Plan = PLAN, name: str = "large") -> Outbound:
    """A receiving section of a viewer."""
    return next(each for each in plan.sections if isinstance(each, Outbound) and each.slot == name)


def which(packet: RtpPacket) -> int:
    """Which of the filmed packets it is."""
    return int.from_bytes(packet.payload[7:11], "big")


CHANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2), st.integers(0, 3)), max_size=12)


@settings(max_examples=150)
@given(
    st.lists(st.integers(1, 3), min_size=2, max_size=40),
    st.sets(st.integers(1, 100)),
    st.lists(st.tuples(st.integers(1, 100), st.integers(1, 4)), max_size=8),
    CHANGES,
    st.sets(st.integers(0, 100)),
)
def test_every_viewer_sees_one_stream_whose_only_gaps_are_what_was_lost_before_us(
    parts: list[int],
    lost: set[int],
    delayed: list[tuple[int, int]],
    changes: list[tuple[int, int, int]],
    rounds: set[int],
) -> None:
    layer, _ = new_layer()
    departures = Departures(Counters())
    viewers = [FarEnd(departures=departures) for _ in range(3)]
    slots = [Slot(outbound(), viewer.path) for viewer in viewers]
    for slot in slots:
        slot.assign(layer, 0.0)
    filmed = film(parts)
    order = [each for each in filmed if each.number not in lost]
    for number, places in delayed:  # some come later than they were sent
        place = next((place for place, each in enumerate(order) if each.number == number), None)
        if place is not None:
            order.insert(place + places, order.pop(place))
    for tick, each in enumerate(order):
        for at, which_slot, temporal in changes:
            if at == tick:
                slots[which_slot].assign(layer, tick * 0.01, temporal)
        layer.receive(each.packet(), tick * 0.01)
        if tick in rounds:
            departures.flush()
    arrived = {each.number for each in order}
    for viewer in viewers:
        first = viewer.packets[0].sequence
        seen = {(packet.sequence - first) & 0xFFFF: packet for packet in viewer.packets}
        assert len(seen) == len(viewer.packets)  # no number twice
        pictures = sorted((number, packet) for number, packet in seen.items() if packet.size)
        for (number, one), (following, other) in pairwise(pictures):
            earlier, later = filmed[which(one)], filmed[which(other)]
            assert earlier.number < later.number
            filled = sum(number < each < following and not seen[each].size for each in seen)
            missing = [each for each in range(earlier.number + 1, later.number) if each not in arrived]
            assert following - number - 1 <= len(missing) + filled  # nothing that came is missed
            step = (parse_vp8(other.payload).picture_id - parse_vp8(one.payload).picture_id) & 0x7FFF
            assert step <= later.frame - earlier.frame
            assert (step > 0) == (later.frame > earlier.frame)
        assert {which(packet) for _, packet in pictures} >= {each.number for each in order if each.temporal == 0}


@given(st.lists(st.integers(1, 3), min_size=4, max_size=30), st.integers(0, 2))
def test_what_a_viewer_asks_for_again_is_the_packet_that_it_misses(parts: list[int], temporal: int) -> None:
    layer, _ = new_layer()
    viewer = FarEnd()
    slot = Slot(outbound(), viewer.path)
    slot.assign(layer, 0.0, temporal)
    for each in film(parts):
        layer.receive(each.packet(), 0.01 * each.number)
    sent, now = list(viewer.packets), 0.02 * sum(parts)
    for packet in sent:
        budget = ResendBudget()
        before = len(viewer.packets)
        assert slot.resend((packet.sequence,), 0.5, 0.05, budget) == 1, now
        again = viewer.packets[before]
        assert again.payload[:2] == packet.sequence.to_bytes(2, "big")  # RFC 4588, 4
        assert again.payload[2:] == packet.payload
        assert (again.timestamp, again.ssrc) == (packet.timestamp, slot.outbound.rtx_ssrc)


def test_viewers_with_other_ids_payload_types_and_profiles_each_get_their_own() -> None:
    layer, _ = new_layer()
    departures = Departures(Counters())
    chosen = [(PLAN, PROFILES[0]), (OTHER_PLAN, PROFILES[0]), (PLAN, PROFILES[2]), (OTHER_PLAN, PROFILES[1])]
    viewers = [FarEnd(profile, departures) for _, profile in chosen]
    sections = [outbound(plan) for plan, _ in chosen]
    bare = replace(sections[0], extensions={})
    last = FarEnd(departures=departures)
    for section, viewer in zip([*sections, bare], [*viewers, last], strict=True):
        Slot(section, viewer.path).assign(layer, 0.0)
    for each in film([2, 1, 1]):
        layer.receive(each.packet(), 0.25 * each.number)
    for section, viewer in zip([*sections, bare], [*viewers, last], strict=True):
        assert [which(packet) for packet in viewer.packets] == [0, 1, 2, 3]
        assert {packet.payload_type for packet in viewer.packets} == {section.codec.payload_type}
        assert {packet.ssrc for packet in viewer.packets} == {section.ssrc}
        assert [packet.marker for packet in viewer.packets] == [False, True, True, True]
        for number, packet in enumerate(viewer.packets):
            named = {
                uri: packet.extensions[each] for uri, each in section.extensions.items() if each in packet.extensions
            }
            assert set(packet.extensions) <= set(section.extensions.values())
            if section is not bare:
                assert named[TRANSPORT_CC] == (number + 1).to_bytes(2, "big")
                assert named[ABS_SEND_TIME] == (number << 16).to_bytes(3, "big")  # a quarter of a second each


def test_a_voice_brings_its_level_and_is_kept_as_it_went_out() -> None:
    layer, _ = new_layer(Source.MICROPHONE)
    viewer = FarEnd()
    slot = Slot(outbound(name="voice-0"), viewer.path)
    slot.assign(layer, 0.0)
    for number in range(3):
        spoken = RtpPacket(111, number, 960 * number, 5, b"opus")
        spoken.level = 0x80 | number
        layer.receive(spoken, 0.02 * number)
    theirs = slot.outbound.extensions[AUDIO_LEVEL]
    assert [packet.extensions[theirs] for packet in viewer.packets] == [bytes([0x80 | number]) for number in range(3)]
    before, again = viewer.packets[1].sequence, list[bytes]()
    viewer.path.write = lambda data: again.append(bytes(data))  # its reader would refuse what it has read before
    assert slot.resend((before,), 1.0, 0.05, ResendBudget()) == 1
    assert again == [viewer.datagrams[1]]


def test_pictures_whose_numbers_stand_elsewhere_are_rewritten_too() -> None:
    layer, _ = new_layer()
    viewer = FarEnd()
    Slot(outbound(), viewer.path).assign(layer, 0.0)
    for number, (descriptor, is_key) in enumerate([(b"\x90\xe0\x05\x09\x00", True), (b"\x90\xe0\x06\x0a\x00", False)]):
        payload = descriptor + bytes([0 if is_key else 1]) + b"short picture id"
        layer.receive(RtpPacket(96, number, 3000 * number, 5, payload, marker=True), 0.03 * number)
    first, second = (parse_vp8(packet.payload) for packet in viewer.packets)
    assert (second.picture_id - first.picture_id) & 0x7F == 1
    assert (second.tl0 - first.tl0) & 0xFF == 1
    assert all(packet.payload.endswith(b"short picture id") for packet in viewer.packets)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: str(profile.openssl_profile))
def test_one_viewer_whose_way_is_closed_or_full_costs_the_others_nothing(profile: SRTPProtectionProfile) -> None:
    layer, _ = new_layer()
    counters = Counters()
    departures = Departures(counters)
    before, full, leaving, after = (FarEnd(profile, departures) for _ in range(4))

    def refuse(_: Data) -> None:
        raise OSError(errno.ENOBUFS, "no buffer space")

    full.path.write = refuse
    for viewer in (before, full, leaving, after):
        Slot(outbound(), viewer.path).assign(layer, 0.0)
    leaving.path.close()
    for each in film([1] * 5):
        layer.receive(each.packet(), 0.0)
    assert [len(viewer.packets) for viewer in (before, leaving, after)] == [5, 0, 5]
    assert counters[Drop.KERNEL_FULL] == 5


def test_what_goes_wrong_for_one_viewer_does_not_reach_the_others_and_is_over_with_the_next_packet() -> None:
    layer, _ = new_layer()
    counters = Counters()
    departures = Departures(counters)
    broken, other = FarEnd(departures=departures), FarEnd(departures=departures)
    for viewer in (broken, other):
        Slot(outbound(), viewer.path).assign(layer, 0.0)
    filmed, works = film([1] * 3), broken.path.write

    def fail(_: Data) -> None:
        raise RuntimeError("nobody thought of this")

    for each, write in zip(filmed, (works, fail, works), strict=True):
        broken.path.write = write
        layer.receive(each.packet(), 0.0)
        departures.flush()
    assert [which(packet) for packet in broken.packets] == [0, 2]
    assert [which(packet) for packet in other.packets] == [0, 1, 2]
    assert counters[Drop.INTERNAL] == 1


def test_a_layer_that_nobody_is_shown_is_handed_to_nobody() -> None:
    layer, _ = new_layer()
    viewer = FarEnd()
    slot = Slot(outbound(), viewer.path)
    slot.assign(layer, 0.0)
    filmed = film([1] * 6)
    for each in filmed[:3]:
        layer.receive(each.packet(), 0.0)
    was_watched = layer.fanout.is_watched
    slot.clear()
    assert (was_watched, layer.fanout.is_watched) == (True, False)
    for each in filmed[3:]:
        layer.receive(each.packet(), 0.0)
    assert [which(packet) for packet in viewer.packets] == [0, 1, 2]
