"""A publisher's line that gets worse is noticed by how late its packets come, and its large layers are given up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu import uplink
from meetings.sfu.bot_sdp import BotOffer
from meetings.sfu.limits import Counters
from meetings.sfu.messages import LayersWanted, Permissions, Source
from meetings.sfu.negotiation import plan_sections
from meetings.sfu.publishing import Layer, Track
from meetings.sfu.reception import SenderClock
from meetings.sfu.rtp import RtpPacket
from meetings.sfu.sdp import parse_offer
from meetings.sfu.uplink import (
    FIRST_TRIAL_S,
    LASTING_S,
    LATE_S,
    LONGEST_TRIAL_S,
    TRIAL_LASTING_S,
    UNLIKELY_S,
    WINDOW_S,
    Lateness,
    Uplink,
)
from tests.meetings.sfu.test_layers import RIDS, Camera, seen_in
from tests.meetings.sfu.world import Town, until

CLOCK = 90_000
TICK_S = 0.05


def ways(first: int, *delays_s: float) -> list[int]:
    """How a stream's clock tells of these delays."""
    return [(first + round(delay * CLOCK)) & 0xFFFFFFFF for delay in delays_s]


@given(st.integers(0, (1 << 32) - 1))
def test_lateness_is_counted_from_the_shortest_way_wherever_the_clock_began(first: int) -> None:
    lateness = Lateness(CLOCK)
    seen = [
        lateness.look(way, number, TICK_S * number) for number, way in enumerate(ways(first, 0.1, 0.3, 0.05, 0.1), 1)
    ]
    assert [round(each or 0.0, 3) for each in seen] == [0.0, 0.2, 0.0, 0.05]


def test_nothing_is_said_of_a_stream_of_which_nothing_came() -> None:
    lateness = Lateness(CLOCK)
    assert lateness.look(0, 1, 0.0) == 0.0
    assert lateness.look(0, 1, TICK_S) is None


def test_a_clock_that_jumps_is_another_clock_and_a_way_that_stays_longer_becomes_the_usual_one() -> None:
    lateness = Lateness(CLOCK)
    lateness.look(0, 1, 0.0)
    (jumped,) = ways(0, 2 * UNLIKELY_S)
    assert lateness.look(jumped, 2, TICK_S) == 0.0
    (longer,) = ways(jumped, 0.3)
    late = [lateness.look(longer, 3 + number, number * 1.0) for number in range(int(2 * WINDOW_S) + 3)]
    assert late[1] == pytest.approx(0.3)
    assert late[-1] == 0.0


class Line:
    """An uplink and its clock."""

    def __init__(self, layers: int = 3) -> None:
        self.uplink, self.now = Uplink(layers), 100.0

    def runs(self, late_s: float | None, seconds: float) -> int:
        """Let time pass with packets that are so late; returns how often larger layers were given up."""
        given_up = 0
        for _ in range(round(seconds / TICK_S)):
            self.now += TICK_S
            given_up += self.uplink.settle([] if late_s is None else [late_s, late_s], self.now)
        return given_up


def test_all_but_the_smallest_layer_are_given_up_when_packets_stay_late() -> None:
    line = Line()
    assert line.runs(LATE_S / 2, 10.0) == 0
    assert line.runs(2 * LATE_S, LASTING_S + 2 * TICK_S) == 1
    assert line.uplink.highest == 0
    assert line.runs(2 * LATE_S, 5.0) == 0  # there is nothing more to give up


def test_a_line_that_stops_for_a_moment_and_one_layer_that_is_late_alone_change_nothing() -> None:
    line = Line()
    for _ in range(20):
        assert line.runs(2 * LATE_S, LASTING_S - TICK_S) == line.runs(0.0, TICK_S) == 0
    for _ in range(20):
        line.now += TICK_S
        assert not line.uplink.settle([0.0, 9.0, 9.0], line.now)
    assert line.uplink.highest == 2


def test_layers_come_back_one_at_a_time_once_nothing_is_late() -> None:
    line = Line()
    line.runs(1.0, 1.0)
    assert line.runs(None, FIRST_TRIAL_S) == 0  # silence says nothing
    assert line.uplink.highest == 0
    line.runs(0.0, 2 * TICK_S)
    assert line.uplink.highest == 1
    line.runs(0.0, FIRST_TRIAL_S / 2)
    assert line.uplink.highest == 1
    line.runs(0.0, FIRST_TRIAL_S)
    assert line.uplink.highest == 2


def test_a_layer_that_is_tried_may_begin_with_a_keyframe() -> None:
    line = Line()
    line.runs(1.0, 1.0)
    line.runs(0.0, FIRST_TRIAL_S + TICK_S)
    assert line.runs(2 * LATE_S, TRIAL_LASTING_S - 2 * TICK_S) == 0
    line.runs(0.0, TICK_S)
    assert line.uplink.highest == 1


def test_trials_that_fail_become_rarer() -> None:
    line, waits = Line(), list[int]()
    for _ in range(4):
        while not line.runs(1.0, TICK_S):
            pass
        began = line.now
        while line.uplink.highest == 0:
            line.runs(0.0, TICK_S)
        waits.append(round(line.now - began))
    assert waits == [FIRST_TRIAL_S, 2 * FIRST_TRIAL_S, LONGEST_TRIAL_S, LONGEST_TRIAL_S]


class _Nowhere:
    def send_rtcp(self, packet: bytes) -> None:
        """Nobody listens."""


@pytest.mark.parametrize(("waited_s", "highest"), [(0.0, 0), (1.0, 2)])
def test_packets_that_waited_for_us_are_not_counted_as_late(waited_s: float, highest: int) -> None:
    plan = plan_sections(parse_offer(BotOffer(rids=RIDS).text(("sha-256", "AA:" * 31 + "AA"))), RIDS)
    track = Track("anna", next(each for each in plan.inbound if each.source is Source.CAMERA), SenderClock())
    layer = track.layers["l"] = Layer(track, "l", 7, _Nowhere(), Counters())
    layer.is_flowing = True
    for number in range(20):
        now = 100 + TICK_S * number
        timestamp = round(CLOCK * (now - (1.0 if number else 0.0)))
        packet = RtpPacket(120, number, timestamp & 0xFFFFFFFF, 7, b"\x10\x01picture", size=9)
        track.last_at = now
        layer.receive(packet, now)
        track.settle(now, waited_s)
    assert track.uplink.highest == highest


def test_a_camera_of_one_layer_has_nothing_to_give_up() -> None:
    assert Line(1).runs(9.0, 9.0) == Line(0).runs(9.0, 9.0) == 0


async def test_viewers_get_the_small_layer_before_the_large_one_stands_still_and_the_large_one_again_later(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uplink, "FIRST_TRIAL_S", 1.0)
    camera = Camera(await town.join("anna", offer=BotOffer(rids=RIDS)))
    viewer = await town.join("viewer", Permissions())
    await until(lambda: seen_in(viewer, "large") == "h", "the tile's layer")
    # Late is later than at best: the worker has to have seen the line at its best.
    await until(lambda: len(viewer.received("large")) > 100, "a line that is not late")
    camera.late_s = 4 * LATE_S
    await until(lambda: LayersWanted("council", "anna", Source.CAMERA, ("l",)) in town.told, "the page is to pause")
    await until(lambda: seen_in(viewer, "large") == "l", "what still comes of the others is not waited for")
    camera.on, camera.late_s = {"l"}, 0.0
    begun = len(town.told)
    await until(lambda: any("h" in each.rids for each in _wanted(town, begun)), "all layers are tried again")
    camera.on = set(RIDS)
    await until(lambda: seen_in(viewer, "large") == "h", "and shown")
    await camera.stop()


def _wanted(town: Town, begun: int) -> list[LayersWanted]:
    return [each for each in town.told[begun:] if isinstance(each, LayersWanted)]
