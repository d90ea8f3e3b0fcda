"""Arithmetic of packets: sequence numbers that wrap, VP8's running numbers, slots that change their source."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.rewriter import StreamRewriter, random_start
from meetings.sfu.rtp import (
    PADDING_BIT,
    RtpError,
    RtpPacket,
    SequenceUnwrapper,
    one_byte_block,
    parse_rtp,
    write_rtp,
)
from meetings.sfu.vp8 import Vp8Descriptor, Vp8Error, keyframe_height, parse_vp8


def numbers(stream: StreamRewriter, sequence: int, timestamp: int, now: float) -> tuple[int, int] | None:
    """A slot's sequence number and timestamp."""
    mapped = stream.map(sequence, timestamp, now)
    return mapped[:2] if mapped else None


def parsed(data: bytes) -> RtpPacket:
    """Read bytes as a packet."""
    return parse_rtp(data)


def test_a_packet_is_read_as_it_was_written() -> None:
    sent = RtpPacket(96, 65535, 0xFFFFFFFF, 7, b"payload", marker=True, extensions={1: b"a", 14: b"0123456789abcdef"})
    read = parsed(write_rtp(sent))
    assert (read.payload_type, read.sequence, read.timestamp, read.ssrc) == (96, 65535, 0xFFFFFFFF, 7)
    assert (read.marker, read.padded, read.payload, read.size) == (True, False, b"payload", 7)
    assert read.extensions == {1: b"a", 14: b"0123456789abcdef"}


def test_padding_is_kept_and_not_counted() -> None:
    read = parsed(write_rtp(RtpPacket(96, 1, 0, 7, b"abc\x00\x00\x03", padded=True)))
    assert (read.payload, read.size, read.padded) == (b"abc\x00\x00\x03", 3, True)


def test_sources_are_skipped() -> None:
    whole = bytearray(write_rtp(RtpPacket(96, 1, 0, 7, b"payload")))
    whole[0] |= 2
    assert parsed(bytes(whole[:12]) + bytes(8) + bytes(whole[12:])).payload == b"payload"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + bytes(11),  # version 1
        b"\x8f" + bytes(11),  # fifteen sources, none there
        b"\x90" + bytes(11),  # an extension, none there
        b"\x90" + bytes(11) + b"\xbe\xde\x00\x09",  # nine words announced
        b"\x90" + bytes(11) + b"\xbe\xde\x00\x01\x1f\x00\x00\x00",  # an element longer than the block
        bytes([0x80 | PADDING_BIT]) + bytes(11),  # padding of nothing
        bytes([0x80 | PADDING_BIT]) + bytes(11) + b"\x09",  # more padding than payload
    ],
)
def test_a_malformed_packet_is_refused(data: bytes) -> None:
    with pytest.raises(RtpError):
        parsed(data)


def test_extension_padding_and_the_reserved_id_are_passed_over() -> None:
    block = b"\xbe\xde\x00\x02" + b"\x00\x10a\x00" + b"\xf0\x20b\x00"
    assert parsed(b"\x90" + bytes(11) + block).extensions == {1: b"a"}


def test_a_block_of_elements_is_padded_to_words() -> None:
    assert one_byte_block([(1, b"a"), (2, b"bcd")]) == b"\xbe\xde\x00\x02\x10a\x22bcd\x00\x00"


@given(st.integers(0, 65535), st.lists(st.integers(-3000, 3000), max_size=60))
def test_sequence_numbers_are_unwrapped_by_the_nearest(first: int, steps: list[int]) -> None:
    unwrapper, true = SequenceUnwrapper(), first
    start = unwrapper.unwrap(first)
    for step in steps:
        true += step
        near = abs(start + true - first - unwrapper.highest) < 0x8000
        if near:
            assert unwrapper.unwrap(true & 0xFFFF) == start + true - first
        else:
            true -= step


def test_numbers_of_a_slot_go_on_when_its_source_changes() -> None:
    stream = StreamRewriter(90_000, first=(100, 5000))
    stream.switch(70_000, 1_000_000, now=10.0)
    assert numbers(stream, 70_000, 1_000_000, 10.0) == (100, 5000)
    assert numbers(stream, 70_001, 1_003_000, 10.1) == (101, 8000)
    stream.switch(65_600, 4_294_967_000, now=10.2)  # another source, its timestamp about to wrap
    assert numbers(stream, 65_600, 4_294_967_000, 10.2) == (102, 8000 + 9000)
    assert numbers(stream, 65_601, 2704, 10.3) == (103, 8000 + 9000 + 3000)


def test_a_packet_from_before_the_switch_is_not_sent() -> None:
    stream = StreamRewriter(90_000, (100, 0))
    stream.switch(70_000, 0, now=1.0)
    assert stream.map(69_999, 0, 1.0) is None


def test_a_late_packet_keeps_its_place_and_turns_nothing_back() -> None:
    stream = StreamRewriter(90_000, (100, 0))
    stream.switch(70_000, 0, now=1.0)
    assert numbers(stream, 70_002, 6000, 1.0) == (102, 6000)
    assert numbers(stream, 70_001, 3000, 1.0) == (101, 3000)
    stream.switch(80_000, 0, now=2.0)
    assert numbers(stream, 80_000, 0, 2.0) == (103, 6000 + 90_000)


@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 40)), min_size=1, max_size=20))
def test_no_number_is_ever_given_twice(sources: list[tuple[int, int]]) -> None:
    stream = StreamRewriter(48_000, (1, 0))
    given_out: list[int] = []
    for start, count in sources:
        stream.switch(start, 0, now=0.0)
        for sequence in range(start, start + count):
            mapped = stream.map(sequence, 0, 0.0)
            assert mapped is not None
            given_out.append(mapped[0])
    assert given_out == list(range(1, len(given_out) + 1))


def test_what_was_sent_is_found_again_across_a_wrap_of_the_slot() -> None:
    stream = StreamRewriter(90_000, (65_530, 0))
    stream.switch(1000, 0, now=0.0)
    for sequence in range(1000, 1020):
        stream.map(sequence, 0, 0.0)
    assert stream.source_of(65_530) == (1000, 0)
    assert stream.source_of((65_530 + 19) & 0xFFFF) == (1019, 0)
    assert stream.source_of(65_529) is None  # from before this source


def thinned(stream: StreamRewriter, packets: list[tuple[int, int, int]], highest: int) -> dict[int, tuple[int, int]]:
    """Send packets (sequence, picture id, temporal layer) without those above `highest`; the numbers by sequence."""
    sent: dict[int, tuple[int, int]] = {}
    for sequence, picture_id, temporal in packets:
        picture = parse_vp8(descriptor(picture_id, 0, temporal=temporal))
        if temporal > highest and stream.skip(sequence, picture):
            continue
        mapped = stream.map(sequence, 0, 0.0)
        assert mapped is not None
        sent[sequence] = mapped[0], picture_id + mapped[2]
    return sent


def test_a_temporal_layer_that_is_left_out_leaves_no_gap_in_any_number() -> None:
    stream = StreamRewriter(90_000, (100, 0))
    stream.switch(1000, 0, 0.0)
    # Frames of two packets each, in the pattern 0 2 1 2.
    packets = [(1000 + 2 * frame + part, frame, (0, 2, 1, 2)[frame % 4]) for frame in range(8) for part in (0, 1)]
    sent = thinned(stream, packets, highest=1)
    assert [number for number, _ in sent.values()] == list(range(100, 108))
    assert [picture for _, picture in sent.values()] == [0, 0, 1, 1, 2, 2, 3, 3]
    for sequence, (number, picture) in sent.items():
        source = stream.source_of(number)
        assert source is not None
        assert (source[0], (sequence - 1000) // 2 + source[1]) == (sequence, picture)


def test_a_packet_that_comes_late_gets_the_number_that_was_kept_for_it() -> None:
    stream = StreamRewriter(90_000, (100, 0))
    stream.switch(1000, 0, 0.0)
    packets = [(1000, 0, 0), (1001, 1, 2), (1003, 3, 2), (1004, 4, 0), (1002, 2, 1)]
    sent = thinned(stream, packets, highest=1)
    assert sent == {1000: (100, 0), 1002: (101, 1), 1004: (102, 2)}


@given(st.data())
def test_thinning_never_gives_a_number_twice_and_keeps_the_order(data: st.DataObject) -> None:
    stream = StreamRewriter(90_000, (100, 0))
    stream.switch(1000, 0, 0.0)
    temporals = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=60))
    order = list(enumerate(temporals))
    for place in data.draw(st.lists(st.integers(0, len(order) - 1), max_size=10)):
        order[place - 1], order[place] = order[place], order[place - 1]  # neighbours change places on the way
    if order[0][0] != 0:  # nothing comes before the keyframe
        order.sort()
    sent = thinned(stream, [(1000 + number, number, temporal) for number, temporal in order], highest=1)
    numbers_given = [sent[sequence][0] for sequence in sorted(sent)]
    assert numbers_given == sorted(set(numbers_given))
    assert {1000 + number for number, temporal in order if temporal < 2} <= set(sent)


def test_a_first_sequence_number_leaves_room_before_the_wrap() -> None:
    assert all(0 < random_start(secrets.randbelow)[0] < 1 << 15 for _ in range(1000))


def descriptor(picture_id: int, tl0: int, *, keyframe: bool = False, wide: bool = True, temporal: int = 0) -> bytes:
    """A VP8 payload's first bytes."""
    number = (0x8000 | picture_id).to_bytes(2, "big") if wide else bytes([picture_id])
    return bytes([0x90, 0xE0]) + number + bytes([tl0, temporal << 6, 0 if keyframe else 1])


@pytest.mark.parametrize("wide", [True, False])
def test_vp8_numbers_are_read(*, wide: bool) -> None:
    read = parse_vp8(descriptor(77, 9, keyframe=True, wide=wide))
    assert (read.starts_frame, read.is_keyframe) == (True, True)
    assert (read.picture_id, read.picture_id_bits, read.tl0) == (77, 15 if wide else 7, 9)


def test_only_the_start_of_the_first_partition_is_a_keyframe() -> None:
    assert not parse_vp8(b"\x80\xe0\x80\x01\x00\x00\x00").is_keyframe  # S is not set
    assert not parse_vp8(b"\x91\xe0\x80\x01\x00\x00\x00").is_keyframe  # partition 1
    assert parse_vp8(b"\x10\x00").is_keyframe  # no extension at all
    assert not parse_vp8(b"\x10\x01").is_keyframe


@pytest.mark.parametrize("payload", [b"", b"\x90", b"\x90\x80", b"\x90\x80\x80", b"\x90\xe0\x80\x01\x00"])
def test_a_descriptor_that_is_cut_off_is_refused(payload: bytes) -> None:
    with pytest.raises(Vp8Error):
        parse_vp8(payload)


def test_temporal_layers_are_read() -> None:
    read = parse_vp8(bytes([0x90, 0xE0, 0x80, 1, 0, 0x80 | 0x20 | 5, 1]))
    assert (read.temporal, read.is_sync) == (2, True)
    assert (parse_vp8(bytes([0x90, 0xD0, 0x80, 1, 0, 0xE5, 1])).temporal) == 0  # K without T


def test_a_keyframe_tells_its_height() -> None:
    payload = bytes([0x90, 0xE0, 0x80, 1, 0, 0, 0x10, 0, 0]) + b"\x9d\x01\x2a" + bytes([0x80, 0x02, 0x68, 0x41])
    assert keyframe_height(payload, parse_vp8(payload).header_offset) == 0x168  # the two bits above are a scale
    assert keyframe_height(payload[:-1], 6) is None
    assert keyframe_height(payload.replace(b"\x9d", b"\x00"), 6) is None


def test_vp8_numbers_of_a_slot_go_on_when_its_source_changes() -> None:
    stream = StreamRewriter(90_000, (1, 0), first_picture_id=0x7FFE, first_tl0=254)

    def read(picture_id: int, tl0: int, *, keyframe: bool = False) -> Vp8Descriptor:
        return parse_vp8(descriptor(picture_id, tl0, keyframe=keyframe))

    def sent(picture_id: int, tl0: int, *, newest: bool = True) -> tuple[int, int]:
        payload = bytearray(b"head" + descriptor(picture_id, tl0))
        stream.write_picture(parse_vp8(bytes(payload[4:])), stream.picture_offset, payload, 4, newest=newest)
        written = parse_vp8(bytes(payload[4:]))
        return written.picture_id, written.tl0

    stream.switch(1, 0, 0.0, read(10, 3, keyframe=True))
    assert sent(10, 3) == (0x7FFE, 254)
    assert sent(11, 4) == (0x7FFF, 255)
    assert sent(12, 5) == (0, 0)
    assert sent(11, 4, newest=False) == (0x7FFF, 255)  # late, and turns nothing back
    stream.switch(1, 0, 1.0, read(0x7FFF, 200, keyframe=True))
    assert sent(0x7FFF, 200) == (1, 1)
    assert sent(0, 201) == (2, 2)
