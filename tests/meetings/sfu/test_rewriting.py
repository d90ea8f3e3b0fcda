"""A slot's own numbers: they go on when the source changes, and have no gap where a temporal layer is left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.rewriter import StreamRewriter
from meetings.sfu.rtp import RtpPacket
from meetings.sfu.thinning import ThinnedStream
from meetings.sfu.vp8 import parse_vp8

EVERYTHING = 3


def packet(sequence: int, timestamp: int = 0) -> RtpPacket:
    """A packet with that extended number, without a picture."""
    made = RtpPacket(96, sequence & 0xFFFF, timestamp, 1, b"payload")
    made.extended = sequence
    return made


def picture(
    sequence: int, picture_id: int, tl0: int = 0, *, temporal: int = 0, keyframe: bool = False, wide: bool = True
) -> RtpPacket:
    """A packet that is a whole picture."""
    number = (0x8000 | picture_id).to_bytes(2, "big") if wide else bytes([picture_id])
    payload = bytes([0x90, 0xE0]) + number + bytes([tl0, temporal << 6, 0 if keyframe else 1])
    made = RtpPacket(96, sequence & 0xFFFF, 0, 1, payload)
    made.extended, made.picture = sequence, parse_vp8(payload)
    return made


@dataclass
class Slot:
    """A stream that follows one source after the other."""

    stream: StreamRewriter
    source: ThinnedStream = field(init=False)

    def switch(self, first: RtpPacket, now: float, temporal: int = EVERYTHING) -> None:
        """Follow another source, that begins with `first`."""
        self.source = ThinnedStream(temporal, first.extended, first.extended - 1)
        assert self.stream.follow(self.source, first, now)

    def sends(self, *packets: RtpPacket, now: float = 0.0) -> list[tuple[int, int] | None]:
        """The slot's sequence number and timestamp of each packet; None for those that are left out."""
        return [self._send(each, now) for each in packets]

    def _send(self, each: RtpPacket, now: float) -> tuple[int, int] | None:
        if each.extended <= self.newest:
            late = self.stream.late(each)
            return late and (late[0], each.timestamp + self.stream.timestamp_offset & 0xFFFFFFFF)
        self.newest = each.extended
        if not self.source.take(each, now):
            return None
        return self.stream.highest, self.stream.timestamp

    newest: int = -1


def slot(first: tuple[int, int] = (100, 0), clock_rate: int = 90_000, picture_id: int = 0, tl0: int = 0) -> Slot:
    """A stream that has sent nothing yet."""
    return Slot(StreamRewriter(clock_rate, first, picture_id, tl0))


def test_numbers_of_a_slot_go_on_when_its_source_changes() -> None:
    ours = slot((100, 5000))
    ours.switch(packet(70_000, 1_000_000), 10.0)
    assert ours.sends(packet(70_000, 1_000_000), now=10.0) == [(100, 5000)]
    assert ours.sends(packet(70_001, 1_003_000), now=10.1) == [(101, 8000)]
    ours.switch(packet(65_600, 4_294_967_000), 10.2)  # another source, its timestamp about to wrap
    ours.newest = 65_599
    assert ours.sends(packet(65_600, 4_294_967_000), now=10.2) == [(102, 8000 + 9000)]
    assert ours.sends(packet(65_601, 2704), now=10.3) == [(103, 8000 + 9000 + 3000)]


def test_a_packet_from_before_the_switch_is_not_sent() -> None:
    ours = slot()
    ours.switch(packet(70_000), 1.0)
    ours.sends(packet(70_000))
    assert ours.sends(packet(69_999)) == [None]


def test_a_late_packet_keeps_its_place_and_turns_nothing_back() -> None:
    ours = slot()
    ours.switch(packet(70_000), 1.0)
    assert ours.sends(packet(70_002, 6000), packet(70_001, 3000), now=1.0) == [(102, 6000), (101, 3000)]
    ours.switch(packet(80_000), 2.0)
    assert ours.sends(packet(80_000), now=2.0) == [(103, 6000 + 90_000)]


@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 40)), min_size=1, max_size=20))
def test_no_number_is_ever_given_twice(sources: list[tuple[int, int]]) -> None:
    ours = slot((1, 0), clock_rate=48_000)
    given_out: list[int] = []
    for start, count in sources:
        ours.switch(packet(start), 0.0)
        ours.newest = start - 1
        given_out += [sent[0] for sent in ours.sends(*map(packet, range(start, start + count))) if sent]
    assert given_out == list(range(1, len(given_out) + 1))


def test_what_was_sent_is_found_again_across_a_wrap_of_the_slot() -> None:
    ours = slot((65_530, 0))
    ours.switch(packet(1000), 0.0)
    ours.sends(*map(packet, range(1000, 1020)))
    assert ours.stream.source_of(65_530) == (1000, 0)
    assert ours.stream.source_of((65_530 + 19) & 0xFFFF) == (1019, 0)
    assert ours.stream.source_of(65_529) is None  # from before this source


def test_a_temporal_layer_that_is_left_out_leaves_no_gap_in_any_number() -> None:
    ours = slot()
    # Frames of two packets each, in the pattern 0 2 1 2.
    packets = [
        picture(1000 + 2 * frame + part, frame, temporal=(0, 2, 1, 2)[frame % 4])
        for frame in range(8)
        for part in (0, 1)
    ]
    ours.switch(packets[0], 0.0, temporal=1)
    numbers, pictures = [], []
    for each in packets:
        if (sent := ours.sends(each)[0]) is not None and each.picture is not None:
            numbers.append(sent[0])
            pictures.append(each.picture.picture_id + ours.source.picture_offset + ours.stream.picture_offset)
            assert ours.stream.source_of(sent[0]) == (each.extended, pictures[-1] - each.picture.picture_id)
    assert numbers == list(range(100, 108))
    assert pictures == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_packet_that_comes_late_gets_the_number_that_was_kept_for_it() -> None:
    ours = slot()
    packets = [
        picture(1000 + place, place, temporal=level) for place, level in ((0, 0), (1, 2), (3, 2), (4, 0), (2, 1))
    ]
    ours.switch(packets[0], 0.0, temporal=1)
    assert [sent and sent[0] for sent in ours.sends(*packets)] == [100, None, None, 102, 101]


@given(st.data())
def test_thinning_never_gives_a_number_twice_and_keeps_the_order(data: st.DataObject) -> None:
    ours = slot()
    temporals = data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=60))
    order = list(enumerate(temporals))
    for place in data.draw(st.lists(st.integers(0, len(order) - 1), max_size=10)):
        order[place - 1], order[place] = order[place], order[place - 1]  # neighbours change places on the way
    if order[0][0] != 0:  # nothing comes before the keyframe
        order.sort()
    ours.switch(picture(1000, 0), 0.0, temporal=1)
    sent = {
        number: numbered[0]
        for number, temporal in order
        if (numbered := ours.sends(picture(1000 + number, number, temporal=temporal))[0]) is not None
    }
    numbers_given = [sent[sequence] for sequence in sorted(sent)]
    assert numbers_given == sorted(set(numbers_given))
    assert {number for number, temporal in order if temporal < 2} <= set(sent)


def test_vp8_numbers_go_on_when_the_source_changes_also_where_they_wrap() -> None:
    ours = slot(picture_id=0x7FFE, tl0=254)

    def sent(each: RtpPacket) -> tuple[int, int]:
        payload = bytearray(b"head" + each.payload)
        late, moved = each.extended <= ours.newest, 0
        ours.sends(each)
        moved = ours.source.picture_offset + ours.stream.picture_offset
        assert each.picture is not None
        assert late or ours.newest == each.extended
        ours.stream.write_picture(each.picture, moved, payload, 4)
        written = parse_vp8(bytes(payload[4:]))
        return written.picture_id, written.tl0

    ours.switch(picture(1, 10, 3, keyframe=True), 0.0)
    assert sent(picture(1, 10, 3)) == (0x7FFE, 254)
    assert sent(picture(3, 12, 5)) == (0, 0)
    assert sent(picture(2, 11, 4)) == (0x7FFF, 255)  # late, and turns nothing back
    ours.switch(picture(10, 0x7FFF, 200, keyframe=True), 1.0)
    assert sent(picture(10, 0x7FFF, 200)) == (1, 1)
    assert sent(picture(11, 0, 201)) == (2, 2)


def test_a_stream_of_short_picture_ids_goes_on_modulo_their_width() -> None:
    ours = slot(picture_id=300)
    first = picture(1, 126, 0, keyframe=True, wide=False)
    ours.switch(first, 0.0)
    seen = []
    for sequence, number in ((1, 126), (2, 127), (3, 0)):
        each = picture(sequence, number, wide=False)
        ours.sends(each)
        payload = bytearray(each.payload)
        assert each.picture is not None
        ours.stream.write_picture(each.picture, ours.source.picture_offset + ours.stream.picture_offset, payload, 0)
        seen.append(parse_vp8(bytes(payload)).picture_id)
    assert seen == [300 % 128, 301 % 128, 302 % 128]


def test_counts_go_on_when_the_source_changes_and_late_packets_count() -> None:
    ours = slot()
    ours.switch(packet(10), 0.0)
    ours.sends(packet(10), packet(12), packet(11))
    ours.switch(packet(500), 0.0)
    ours.newest = 499
    ours.sends(packet(500))
    assert ours.stream.counts == (4, 4 * len(b"payload"))
