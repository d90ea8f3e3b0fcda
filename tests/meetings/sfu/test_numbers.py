"""What is read of packets: headers, extensions, sequence numbers that wrap, VP8's descriptor."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.rewriter import random_start
from meetings.sfu.rtp import (
    PADDING_BIT,
    RtpError,
    RtpPacket,
    SequenceUnwrapper,
    one_byte_block,
    parse_rtp,
    write_rtp,
)
from meetings.sfu.vp8 import Vp8Error, keyframe_height, parse_vp8


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
