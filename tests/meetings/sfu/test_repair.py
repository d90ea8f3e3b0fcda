"""Repairing: what is kept for those who miss it, what is asked of a publisher, and what nobody may ask too often."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.missing import PICTURE, VOICE, MissingPackets
from meetings.sfu.packet_cache import PacketCache
from meetings.sfu.resending import KNOWN, TIMES, ResendBudget, ResendLedger
from meetings.sfu.rtp import RtpPacket, unwrap_rtx
from meetings.sfu.sent_voices import KEPT, SentVoices


def numbered(sequence: int) -> RtpPacket:
    """A packet of that extended number."""
    packet = RtpPacket(96, sequence & 0xFFFF, 0, 7, b"payload")
    packet.extended = sequence
    return packet


def test_a_cache_gives_a_packet_back_for_a_second() -> None:
    cache, packet = PacketCache(16, kept_s=1.0), numbered(70_000)
    cache.put(packet, 10.0)
    assert cache.get(70_000) is packet
    assert cache.get(70_000 + 16) is None
    cache.put(numbered(70_001), 11.1)
    assert (cache.get(70_000), cache.latest() is not None) == (None, True)
    cache.expire(20.0)
    assert (len(cache), cache.latest()) == (0, None)


def test_a_cache_takes_a_late_packet_and_refuses_one_from_the_round_before() -> None:
    cache = PacketCache(16)
    for sequence in (100, 102, 101, 90, 84):
        cache.put(numbered(sequence), 0.0)
    assert [sequence for sequence in range(80, 110) if cache.get(sequence)] == [90, 100, 101, 102]


@given(st.lists(st.tuples(st.integers(-40, 40), st.floats(0, 0.4)), max_size=200))
def test_a_cache_holds_what_came_within_its_time_and_its_ring_and_nothing_else(steps: list[tuple[int, float]]) -> None:
    cache, came, now, sequence = PacketCache(32, kept_s=1.0), dict[int, float](), 0.0, 1000
    for step, passed in steps:
        now += passed
        sequence = max(0, sequence + step)
        newest = max([*came, sequence])
        if sequence > newest - 32:
            came[sequence] = now
        cache.put(numbered(sequence), now)
        assert len(cache) <= 32
        for each, at in came.items():
            if cache.get(each) is not None:
                assert each > newest - 32
            elif each > newest - 32:
                assert now - at > 1.0


def test_what_is_merely_out_of_order_is_not_asked_for() -> None:
    missing = MissingPackets(PICTURE)
    for sequence in (1, 2, 4, 3, 5):
        missing.arrived(sequence, 0.0)
        assert missing.due(0.0, 0.05) == []
    assert (len(missing), missing.repaired) == (0, 0)


def test_a_gap_is_asked_for_after_a_moment_or_a_few_newer_packets() -> None:
    missing = MissingPackets(PICTURE)
    for sequence in (1, 3, 4):
        missing.arrived(sequence, 0.0)
    assert missing.due(0.005, 0.05) == []
    assert missing.due(0.010, 0.05) == [2]
    missing.arrived(8, 0.011)
    assert missing.due(0.011, 0.05) == [5]  # three newer ones; 6 and 7 wait a moment
    assert missing.due(0.021, 0.05) == [6, 7]


def test_a_packet_is_asked_for_again_once_an_answer_had_time_to_come() -> None:
    missing = MissingPackets(PICTURE)
    missing.arrived(1, 0.0)
    missing.arrived(3, 0.0)
    asked = [round(0.01 * step, 2) for step in range(1, 60) if missing.due(0.01 * step, rtt_s=0.1)]
    assert asked == [0.01, 0.13, 0.25, 0.37, 0.49]
    assert missing.arrived(4, 0.6) is False
    assert missing.arrived(2, 0.6) is True
    assert (len(missing), missing.repaired, missing.asked, missing.lost) == (0, 1, 5, 0)


def test_a_packet_that_does_not_come_is_given_up() -> None:
    missing = MissingPackets(PICTURE)
    missing.arrived(1, 0.0)
    missing.arrived(3, 0.0)
    asked = sum(len(missing.due(0.01 * step, rtt_s=0.01)) for step in range(200))
    assert asked == PICTURE.tries
    assert (len(missing), missing.lost, missing.has_given_up) == (0, 1, True)
    missing.pardon()
    assert missing.has_given_up is False


def test_a_voice_is_given_up_before_it_would_be_late() -> None:
    missing = MissingPackets(VOICE)
    missing.arrived(1, 0.0)
    missing.arrived(3, 0.0)
    assert missing.due(0.030, rtt_s=0.05) == [2]
    assert missing.due(0.200, rtt_s=0.05) == []
    assert missing.lost == 1


def test_nothing_is_asked_for_that_nobody_is_shown() -> None:
    missing = MissingPackets(PICTURE)
    missing.arrived(1, 0.0)
    missing.arrived(9, 0.0)
    missing.nobody_waits()
    assert (missing.due(1.0, 0.05), missing.has_given_up) == ([], False)


def test_a_sent_voice_is_kept_for_half_a_second_and_comes_back_byte_for_byte() -> None:
    voices = SentVoices()
    for number in range(65_530, 65_530 + 40):
        voices.keep(number & 0xFFFF, str(number).encode())
    first = 65_530 + 40 - KEPT
    assert [number for number in range(65_530, 65_600) if voices.get(number & 0xFFFF)] == list(range(first, 65_570))
    assert voices.get(10) == b"65546"


def test_a_great_gap_is_given_up_at_once() -> None:
    missing = MissingPackets(PICTURE)
    missing.arrived(1, 0.0)
    missing.arrived(1 + PICTURE.most + 2, 0.0)
    assert (missing.due(1.0, 0.05), missing.has_given_up) == ([], True)


def test_nothing_before_a_keyframe_is_needed() -> None:
    missing = MissingPackets(PICTURE)
    for sequence in (1, 4, 6):
        missing.arrived(sequence, 0.0)
    missing.needed_from(4)
    assert missing.due(0.02, 0.05) == [5]


@given(st.lists(st.integers(0, 400), max_size=300))
def test_what_is_missing_is_bounded_whatever_comes(order: list[int]) -> None:
    missing = MissingPackets(PICTURE)
    for step, sequence in enumerate(order):
        missing.arrived(sequence, 0.001 * step)
        assert len(missing) <= PICTURE.most
        assert all(each < max(order) for each in missing.due(0.001 * step, 0.05))


def test_a_packet_is_sent_again_a_few_times_and_not_twice_within_a_round_trip() -> None:
    ledger = ResendLedger()
    assert [ledger.may_send(5, now, rtt_s=0.1) for now in (0.0, 0.05, 0.09, 0.2, 0.3, 0.4, 0.5)] == [
        True,
        False,
        True,
        True,
        True,
        False,
        False,
    ]
    assert ledger.may_send(6, 0.5, rtt_s=0.1)


def test_a_ledger_does_not_grow_without_end() -> None:
    ledger = ResendLedger()
    for sequence in range(3 * KNOWN):
        assert ledger.may_send(sequence, 0.0, 0.1)
    assert len(ledger._sent) == KNOWN
    assert TIMES > 1


@pytest.mark.parametrize(("estimate_bps", "bytes_a_second"), [(None, 250_000), (100_000, 16_000), (4_000_000, 125_000)])
def test_repairs_take_a_share_of_the_line(estimate_bps: float | None, bytes_a_second: int) -> None:
    budget = ResendBudget()
    budget.follow(estimate_bps)
    sent = sum(budget.take(0.0, 1000) for _ in range(1000))
    assert sent == bytes_a_second // 1000
    assert not budget.take(0.0, 1000)
    assert budget.take(1.0, 1000)


def test_a_retransmission_becomes_the_packet_that_it_holds() -> None:
    rtx = RtpPacket(97, 9, 3000, 8, b"\x12\x34frame\x00\x02", marker=True, padded=True, size=7, extensions={1: b"0"})
    packet = unwrap_rtx(rtx, 96, 7)
    assert packet is not None
    assert (packet.payload_type, packet.sequence, packet.timestamp, packet.ssrc) == (96, 0x1234, 3000, 7)
    assert (packet.payload, packet.size, packet.marker, packet.padded) == (b"frame\x00\x02", 5, True, True)


def test_a_retransmission_of_padding_alone_holds_nothing() -> None:
    assert unwrap_rtx(RtpPacket(97, 9, 0, 8, b"\x00\x02", padded=True, size=0), 96, 7) is None
    assert unwrap_rtx(RtpPacket(97, 9, 0, 8, b"\x00"), 96, 7) is None
