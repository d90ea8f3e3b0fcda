"""RTCP is read and written as the standards say, and feedback tells publishers the truth."""

from __future__ import annotations

import sys
from contextlib import suppress
from itertools import pairwise
from struct import pack, unpack_from
from types import FrameType
from typing import Any

import pytest
from aiortc.rtp import RtcpPacket, RtcpRrPacket, RtcpRtpfbPacket, RtcpSdesPacket, RtcpSrPacket
from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.reception import Reception
from meetings.sfu.rtcp import (
    LONGEST_COMPOUND,
    KeyframeRequest,
    Nack,
    Remb,
    ReportBlock,
    Reports,
    RtcpError,
    SenderReport,
    TransportFeedback,
    compounds,
    from_ntp,
    parse_rtcp,
    to_ntp,
    write_nack,
    write_pli,
    write_receiver_report,
    write_remb,
    write_sender_report,
)
from meetings.sfu.transport_cc import ArrivalRecorder, read_feedback


def read(data: bytes) -> list[object]:
    """Read bytes as a compound packet."""
    return list(parse_rtcp(data))


def test_reports_are_read_as_they_were_written() -> None:
    block = ReportBlock(7, 64, -3, 70_000, 12, 0xABCD, 99)
    report = SenderReport(5, to_ntp(1_700_000_000.25), 4_000_000_000, 10, 1000)
    assert read(write_receiver_report(1, [block])) == [Reports((block,))]
    assert read(write_sender_report(report)) == [report, Reports(())]
    assert from_ntp(report.ntp) == pytest.approx(1_700_000_000.25, abs=1e-6)


def test_keyframe_requests_come_as_pli_or_fir() -> None:
    fir = pack("!BBHIIII", 0x84, 206, 4, 1, 0, 42, 0x01000000)
    assert read(write_pli(1, 42)) == [KeyframeRequest(42)]
    assert read(fir) == [KeyframeRequest(42)]


def test_a_nack_names_packets_by_number_and_mask() -> None:
    assert read(write_nack(1, 42, [65535])) == [Nack(42, (65535,))]
    masked = pack("!BBHIIHH", 0x81, 205, 3, 1, 42, 65534, 0b101)
    assert read(masked) == [Nack(42, (65534, 65535, 1))]


def test_a_nack_is_written_with_as_few_pairs_as_there_are_groups() -> None:
    numbers = [65534, 65536, 65537, 65550, 65551, 65552, 70_000]
    packet = write_nack(1, 42, numbers)
    assert len(packet) == 12 + 3 * 4
    assert read(packet) == [Nack(42, tuple(each & 0xFFFF for each in numbers))]


def test_a_remb_gives_the_bit_rate() -> None:
    remb = pack("!BBHII4sBBHI", 0x8F, 206, 5, 1, 0, b"REMB", 1, 3 << 2 | 1, 0x86A0, 42)
    assert read(remb) == [Remb(100_000 << 3)]
    assert read(write_remb(1, 1_234_567, [42, 43])) == [Remb(1_234_567 >> 3 << 3)]
    assert read(write_remb(1, 30_000, [42])) == [Remb(30_000)]


def test_a_compound_is_read_to_its_end_and_unknown_types_are_passed_over() -> None:
    unknown = pack("!BBH", 0x80, 207, 1) + bytes(4)
    assert read(unknown + write_pli(1, 5) + write_pli(1, 6)) == [KeyframeRequest(5), KeyframeRequest(6)]


def reported_at_once(arrived: int) -> list[bytes]:
    """What leaves once a second: a report on what was published, one for each slot, and feedback on some packets."""
    recorder = ArrivalRecorder()
    for number in range(arrived):
        recorder.arrived(number, 1_000_000)
    feedback = recorder.feedback(1, 42)
    assert feedback is not None
    received = write_receiver_report(1, [ReportBlock(number, 0, 0, 1, 0, 0, 0) for number in range(5)])
    sent = [write_sender_report(SenderReport(100 + number, 1 << 40, 2, 3, 4)) for number in range(13)]
    return [received, *sent, feedback]


def test_what_leaves_at_once_is_one_datagram_that_others_read() -> None:
    (compound,) = compounds(reported_at_once(arrived=2))
    packets = RtcpPacket.parse(compound)  # aiortc's reading of the standards, not ours
    assert [type(each) for each in packets] == [RtcpRrPacket, *[RtcpSrPacket, RtcpSdesPacket] * 13, RtcpRtpfbPacket]
    assert [each.ssrc for each in packets if isinstance(each, RtcpSrPacket)] == list(range(100, 113))


def test_only_the_end_of_a_compound_is_padded() -> None:
    (compound,) = compounds(reported_at_once(arrived=1))
    padded = [bool(packet[0] & 0x20) for packet in _split(compound)]
    assert padded == [False] * 27 + [True]  # RFC 3550, 6.4.1
    assert read(compound) == [each for packet in reported_at_once(arrived=1) for each in read(packet)]


def _split(compound: bytes) -> list[bytes]:
    """The packets of a compound."""
    packets: list[bytes] = []
    while compound:
        size = 4 * (1 + int.from_bytes(compound[2:4], "big"))
        packets.append(compound[:size])
        compound = compound[size:]
    return packets


@given(st.lists(st.integers(1, 600), max_size=30))
def test_a_compound_stays_within_a_datagram_and_keeps_the_order(words: list[int]) -> None:
    packets = [bytes([0x80, 207]) + (size - 1).to_bytes(2, "big") + bytes(4 * (size - 1)) for size in words]
    joined = compounds(packets)
    assert b"".join(joined) == b"".join(packets)
    assert all(len(each) <= LONGEST_COMPOUND or each in packets for each in joined)
    assert all(len(one) + len(_split(after)[0]) > LONGEST_COMPOUND for one, after in pairwise(joined))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80\xc9\x00\x00",
        b"\x80\xc9\x00\x09" + bytes(8),  # longer than it is
        b"\x41\xc9\x00\x01" + bytes(4),  # version 1
        b"\x9f\xc9\x00\x01" + bytes(4),  # thirty-one blocks, none there
        b"\x80\xc8\x00\x01" + bytes(4),  # a sender report without its body
        b"\x81\xce\x00\x01" + bytes(4),  # a PLI for nothing
    ],
)
def test_a_malformed_compound_is_refused(data: bytes) -> None:
    with pytest.raises(RtcpError):
        read(data)


def test_a_report_block_counts_loss_since_the_last_one_and_in_all() -> None:
    reception = Reception(90_000)
    for sequence in (1000, 1001, 1003, 1002, 1006, 1007):  # 1004 and 1005 are lost
        reception.arrived(sequence, 0, now=0.0)
    first = reception.block(7, now=1.0)
    assert (first.ssrc, first.lost, first.fraction_lost, first.highest) == (7, 2, (2 << 8) // 8, 1007)
    reception.arrived(1008, 0, now=1.0)
    second = reception.block(7, now=2.0)
    assert (second.lost, second.fraction_lost) == (2, 0)


def test_a_report_block_answers_the_senders_clock() -> None:
    reception = Reception(90_000)
    reception.arrived(1, 0, now=0.0)
    assert reception.block(7, now=0.0).last_sender_report == 0
    reception.sender_reported(SenderReport(7, 0x0123_4567_89AB_CDEF, 0, 0, 0), now=10.0)
    block = reception.block(7, now=10.5)
    assert (block.last_sender_report, block.delay) == (0x4567_89AB, 0x8000)


def test_jitter_grows_with_uneven_arrival_and_is_zero_without() -> None:
    even, uneven = Reception(48_000), Reception(48_000)
    for number in range(50):
        even.arrived(number, 960 * number, now=0.02 * number)
        uneven.arrived(number, 960 * number, now=0.02 * number + (0.01 if number % 2 else 0.0))
    assert even.block(1, 1.0).jitter <= 1
    assert 400 < uneven.block(1, 1.0).jitter < 500  # towards 480 clock units


def arrivals(packet: bytes) -> tuple[dict[int, int], set[int]]:
    """Decode a feedback packet on its own: arrival in microseconds by number, and the numbers that are missing."""
    (feedback,) = read(packet)
    assert isinstance(feedback, TransportFeedback)
    body = feedback.body
    base, count, word = unpack_from("!HHI", body)
    at, position = (word >> 8) * 64_000, 8
    symbols: list[int] = []
    while len(symbols) < count:
        (chunk,) = unpack_from("!H", body, position)
        is_run = chunk >> 15 == 0
        symbols += [chunk >> 13] * (chunk & 0x1FFF) if is_run else [chunk >> (12 - 2 * place) & 3 for place in range(7)]
        position += 2
    arrived, missing = {}, set()
    for offset, symbol in enumerate(symbols[:count]):
        number = (base + offset) & 0xFFFF
        if symbol == 0:
            missing.add(number)
            continue
        (delta,) = unpack_from("!B" if symbol == 1 else "!h", body, position)
        position += symbol
        at += delta * 250
        arrived[number] = at
    return arrived, missing


def test_feedback_gives_arrivals_to_a_quarter_of_a_millisecond() -> None:
    recorder = ArrivalRecorder()
    times = {65534: 1_000_000, 65535: 1_000_300, 1: 1_090_000, 0: 1_100_000, 3: 1_100_250}
    for number, at_us in times.items():
        recorder.arrived(number, at_us)
    packet = recorder.feedback(1, 42)
    assert packet is not None
    arrived, missing = arrivals(packet)
    assert missing == {2}
    assert arrived.keys() == times.keys()
    assert all(0 <= times[number] - at < 250 for number, at in arrived.items())


def test_feedback_goes_on_where_the_last_one_ended() -> None:
    recorder = ArrivalRecorder()
    recorder.arrived(10, 1_000_000)
    assert recorder.feedback(1, 42) is not None
    assert recorder.feedback(1, 42) is None
    recorder.arrived(13, 1_010_000)
    packet = recorder.feedback(1, 42)
    assert packet is not None
    arrived, missing = arrivals(packet)
    assert (set(arrived), missing) == ({13}, {11, 12})


@given(st.permutations(range(40)), st.lists(st.integers(1, 10), min_size=4, max_size=40))
def test_what_has_arrived_is_never_said_to_be_missing_afterwards(order: list[int], rounds: list[int]) -> None:
    recorder, has_arrived, coming = ArrivalRecorder(), set[int](), list(enumerate(order))
    for count in rounds:
        for place, number in coming[:count]:
            recorder.arrived(number, 1_000_000 + 1000 * place)
            has_arrived.add(number)
        del coming[:count]
        if packet := recorder.feedback(1, 42):
            arrived, missing = arrivals(packet)
            assert not missing & has_arrived
            assert arrived.keys() <= has_arrived


@given(st.dictionaries(st.integers(0, 300), st.integers(0, 4_000_000), min_size=1, max_size=200), st.integers(0, 65535))
def test_feedback_is_read_as_it_was_written(times: dict[int, int], base: int) -> None:
    recorder, told = ArrivalRecorder(), dict[int, int]()
    for offset, at_us in times.items():
        recorder.arrived((base + offset) & 0xFFFF, at_us)
    while packet := recorder.feedback(1, 42):
        (feedback,) = read(packet)
        assert isinstance(feedback, TransportFeedback)
        told.update(read_feedback(feedback.body))
    for offset, at_us in times.items():
        if (base + offset) & 0xFFFF in told:
            assert 0 <= at_us - told[(base + offset) & 0xFFFF] < 250


def test_every_kind_of_chunk_is_read() -> None:
    head = pack("!HHI", 65534, 25, 10 << 8)
    runs = pack("!H", 1 << 13 | 3)  # three small ones
    bits = pack("!H", 0x8000 | 0b10000000000001)  # fourteen, the first and the last arrived
    pairs = pack("!H", 0xC000 | 2 << 12)  # seven, the first one large
    none = pack("!H", 0 << 13 | 1)
    deltas = bytes([1, 2, 3, 4, 5]) + pack("!h", -2)
    ticks = [1, 3, 6, 10, 15, 13]
    numbers = [65534, 65535, 0, 1, 14, 15]
    expected = [(number, 640_000 + 250 * tick) for number, tick in zip(numbers, ticks, strict=True)]
    assert read_feedback(head + runs + bits + pairs + none + deltas) == expected


@pytest.mark.parametrize(
    "body",
    [b"", bytes(7), pack("!HHI", 0, 5, 0), pack("!HHIH", 0, 2, 0, 1 << 13 | 2), pack("!HHI", 0, 65535, 0) + bytes(60)],
)
def test_feedback_that_is_cut_off_is_refused(body: bytes) -> None:
    with pytest.raises(RtcpError):
        read_feedback(body)


def test_what_reading_feedback_costs_is_bounded_by_its_length_and_not_by_what_it_claims() -> None:
    nothing_arrived = pack("!HHI", 0, 8191, 0) + pack("!H", 8191)
    all_arrived = pack("!HHI", 0, 8191, 0) + pack("!H", 1 << 13 | 8191) + bytes(8)
    lines = 0

    def count(_frame: FrameType, event: str, _: object) -> Any:
        nonlocal lines
        lines += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        read = read_feedback(nothing_arrived)
        with suppress(RtcpError):
            read += read_feedback(all_arrived)
    finally:
        sys.settrace(before)
    assert read == []
    assert 0 < lines < 100


def test_feedback_stays_within_a_datagram_however_much_has_come() -> None:
    recorder = ArrivalRecorder()
    for number in range(5000):
        recorder.arrived(number & 0xFFFF, 1_000_000 + 300 * number)
    sizes = []
    while packet := recorder.feedback(1, 42):
        sizes.append(len(packet))
    assert sizes
    assert max(sizes) < 1200
