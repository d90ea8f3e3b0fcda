"""The demo's company: what it sends, and whose turn it is."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from meetings.rooms.demo.call import turn_of
from meetings.rooms.demo.colleagues import PARTS
from meetings.rooms.demo.figure import Moment, backdrop_of, draw
from meetings.rooms.demo.loops import FRAMES_PER_S, PACKETS_PER_S, SILENT, Frame, listening, speaking
from meetings.rooms.demo.voice import RATE, Voice, murmur
from meetings.rooms.service.demo import COLLEAGUES
from meetings.sfu import PeerConnected, Permissions, TrackPublished
from meetings.sfu.vp8 import parse_vp8
from tests.meetings.sfu.world import SECRET, Town, running_town, until


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


@asynccontextmanager
async def company(town: Town) -> AsyncIterator[asyncio.subprocess.Process]:
    """The colleagues' process, told of two seats in the room `council`."""
    invited = {
        "control": f"127.0.0.1:{town.control_port}",
        "secret": SECRET.decode(),
        "room_id": "council",
        "seats": [("camille", 0), ("mehdi", 1)],
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "meetings.rooms.demo", stdin=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(invited).encode() + b"\n")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_colleagues_are_seen_and_heard_and_end_with_the_input_that_they_were_given() -> None:
    async with running_town() as town, company(town) as process:
        viewer = await town.join("viewer")
        joined = [PeerConnected("council", name) for name in ("camille", "mehdi")]
        await until(lambda: all(each in town.told for each in joined), "both are there")
        may = Permissions(microphone=True, camera=True)
        await town.client.allow("council", "camille", may)
        await until(lambda: viewer.received("large"), "a picture arrives")
        published = {each.peer for each in town.told if isinstance(each, TrackPublished)}
        assert published == {"camille"}  # the other one waits for the host's word
        await town.client.allow("council", "mehdi", may)
        await until(lambda: viewer.received("small-0"), "another picture arrives")
        heard = [f"voice-{number}" for number in range(3)]
        await until(
            lambda: any(len(packet.payload) > 1 for slot in heard for packet in viewer.received(slot)),
            "a voice arrives",
        )

        assert process.stdin is not None
        process.stdin.close()

        assert await asyncio.wait_for(process.wait(), 20) == 0


async def test_colleague_who_was_put_out_does_not_come_back_and_the_last_one_ends_the_process() -> None:
    async with running_town() as town, company(town) as process:
        joined = PeerConnected("council", "camille"), PeerConnected("council", "mehdi")
        await until(lambda: all(each in town.told for each in joined), "both are there")

        for seat_id in ("camille", "mehdi"):
            await town.client.leave("council", seat_id)

        assert await asyncio.wait_for(process.wait(), 20) == 0
