"""The demo's company: what it sends, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from meetings.rooms.demo.call import turn_of
from meetings.rooms.demo.colleagues import PARTS
from meetings.rooms.demo.figure import Moment, backdrop_of, draw
from meetings.rooms.demo.loops import FRAMES_PER_S, PACKETS_PER_S, SILENT, Frame, listening, speaking
from meetings.rooms.demo.voice import RATE, Voice, murmur
from meetings.rooms.service.demo import COLLEAGUES
from meetings.sfu.vp8 import parse_vp8


def starts_with_keyframe(frames: Sequence[Frame]) -> bool:
    return parse_vp8(b"\x90\x80\x80\x01" + frames[0][0]).is_keyframe


def test_each_colleague_has_a_part() -> None:
    assert len(PARTS) == len(COLLEAGUES)


@pytest.mark.parametrize("people", [1, 2, 3])
def test_turns_go_round_without_a_break(people: int) -> None:
    floors = [turn_of(second, people) for second in range(200)]

    assert {floor for floor, _at in floors} == set(range(people))
    assert all(later == (floor, at + 1) or later[1] == 0 for (floor, at), later in pairwise(floors))


def test_every_second_of_a_loop_begins_with_a_keyframe_and_moves() -> None:
    part = PARTS[0]

    for second in (*listening(part.look), *speaking(part.look, part.voice)):
        for frames in second.frames.values():
            assert len(frames) == FRAMES_PER_S
            assert starts_with_keyframe(frames)
            assert all(len(fragment) <= 1100 for frame in frames for fragment in frame)
    before, after = (draw(part.look, backdrop_of(part.look), Moment(at)) for at in (0.0, 0.5))
    assert before.y != after.y


def test_who_has_the_floor_is_heard_and_who_listens_says_no_more_than_that_they_are_there() -> None:
    part = PARTS[1]

    said = [each for second in speaking(part.look, part.voice) for each in second.sounds.values()]
    quiet = [each for second in listening(part.look) for each in second.sounds.values()]

    assert len(said) == 8 * PACKETS_PER_S
    assert sum(level < 50 for _packet, level in said) > len(said) / 2
    assert {(len(packet), level) for packet, level in quiet} == {(1, SILENT)}


def test_murmur_is_the_same_for_the_same_voice_and_quiet_at_both_ends() -> None:
    voice = Voice(120, 1.0, 5)

    samples = murmur(voice, 2.0)

    assert samples == murmur(voice, 2.0)
    assert len(samples) == 2 * RATE
    assert max(map(abs, samples)) > 3000
    assert max(map(abs, [*samples[:800], *samples[-800:]])) == 0
