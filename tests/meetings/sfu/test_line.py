"""A viewer's line: what it is believed to take, how more is tried, and what is shown when it takes less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetings.sfu.ladder import ALLOWANCE, FIRST_RISE_S, LONGEST_RISE_S, Ladder, Rung
from meetings.sfu.line import AHEAD, AHEAD_BPS, HOLD_S, LineEstimate, LossGauge
from meetings.sfu.probing import CALM_S, FIRST_PAUSE_S, HEADROOM, LONGEST_PAUSE_S, STUCK_S, Prober, ProbeState
from meetings.sfu.rtcp import ReportBlock, to_ntp
from meetings.sfu.sent_log import SentLog
from meetings.sfu.viewer_line import ViewerLine
from meetings.sfu.weakness import Weakness


def block(highest: int, lost: int, ssrc: int = 7) -> ReportBlock:
    """A report block with nothing but loss."""
    return ReportBlock(ssrc, 0, lost, highest, 0, 0, 0)


def test_loss_is_counted_between_reports_and_over_all_streams() -> None:
    gauge = LossGauge()
    assert gauge.take((block(100, 5),)) is None  # the first one tells of no time
    assert gauge.take((block(200, 15),)) == 0.1
    assert gauge.take((block(300, 15), block(10, 0, ssrc=8))) == 0.0
    assert gauge.take((block(350, 20), block(60, 5, ssrc=8))) == 0.1
    assert gauge.take((block(350, 20),)) is None
    assert gauge.take((block(450, 10),)) == 0.0  # repaired meanwhile: not less than nothing


def test_a_few_packets_say_nothing_about_a_line() -> None:
    gauge = LossGauge()
    gauge.take((block(100, 0),))
    assert gauge.take((block(110, 2),)) is None
    assert gauge.take((block(180, 2),)) is None
    assert gauge.take((block(200, 10),)) == 0.1


def test_the_viewers_own_estimate_holds_while_little_is_lost() -> None:
    line = LineEstimate()
    assert line.bps is None
    line.remb_came(800_000)
    for second in range(10):
        line.loss_came(0.05, 700_000, float(second))
    assert line.bps == 800_000


def test_much_loss_cuts_the_estimate_below_what_was_sent_and_lets_it_come_back() -> None:
    line = LineEstimate()
    line.remb_came(2_000_000)
    line.loss_came(0.4, 1_000_000, 1.0)
    assert line.bps == 800_000
    line.loss_came(0.4, 1_000_000, 1.1)
    assert line.bps == 800_000  # once for one trouble
    line.loss_came(0.03, 700_000, 2.0)
    assert line.bps == 800_000
    now = 2.0 + HOLD_S
    while (line.bps or 0) < 2_000_000 and now < 60:
        now += 1.0
        line.loss_came(0.03, line.bps or 0, now)  # a steady loss does not hold it down for ever
    assert 10 < now < 15


def test_loss_alone_is_believed_when_a_viewer_tells_no_estimate() -> None:
    line = LineEstimate()
    line.loss_came(0.5, 400_000, 1.0)
    assert line.bps == 300_000


def queued(line: LineEstimate, queue_s: float, rates: tuple[float, float], start: float, seconds: float) -> None:
    """Ten reports a second of the same queue; rates: of arrival and of sending."""
    for step in range(round(10 * seconds)):
        line.queue_came(queue_s, *rates, start + 0.1 * step)


def test_a_growing_queue_cuts_the_estimate_below_what_arrives() -> None:
    line = LineEstimate()
    queued(line, 0.02, (1_000_000, 1_000_000), 0.0, 5.0)
    assert line.bps is None  # no trouble, nothing to hold down
    queued(line, 0.25, (400_000, 1_000_000), 5.0, 0.5)
    assert line.bps == pytest.approx(0.85 * 400_000)


def test_the_queue_of_one_keyframe_is_no_trouble() -> None:
    line = LineEstimate()
    for second in range(10):
        queued(line, 0.15, (800_000, 800_000), float(second), 0.2)
        queued(line, 0.01, (800_000, 800_000), second + 0.2, 0.8)
    assert line.bps is None


def test_an_estimate_grows_on_a_calm_line_but_not_far_beyond_what_is_sent() -> None:
    line = LineEstimate()
    queued(line, 0.3, (400_000, 1_000_000), 0.0, 1.0)
    queued(line, 0.0, (300_000, 300_000), 1.0, 30.0)
    assert line.bps == pytest.approx(AHEAD * 300_000 + AHEAD_BPS)
    queued(line, 0.0, (900_000, 900_000), 31.0, 30.0)
    assert line.bps == pytest.approx(AHEAD * 900_000 + AHEAD_BPS)
    queued(line, 0.05, (990_000, 990_000), 61.0, 5.0)
    assert line.bps == pytest.approx(AHEAD * 900_000 + AHEAD_BPS)  # neither calm nor trouble


def test_losses_on_a_line_where_nothing_waits_come_from_the_air() -> None:
    line = LineEstimate()
    line.remb_came(900_000)
    queued(line, 0.0, (800_000, 800_000), 0.0, 2.0)
    line.loss_came(0.2, 800_000, 2.0)
    assert line.bps == 900_000
    line.loss_came(0.4, 800_000, 2.1)
    assert line.bps == pytest.approx(0.8 * 800_000)  # so much is a broken line whatever else it is


class Line:
    """A line of so many bits a second with a long queue, and the other side's clock an hour ahead."""

    def __init__(self, bps: float) -> None:
        self.bps, self.free_at, self.log = bps, 0.0, SentLog()

    def carry(self, sizes: list[int], gap_s: float, start: float) -> None:
        """Send packets one after the other; the reports come ten times a second."""
        arrivals: list[tuple[int, int]] = []
        for step, size in enumerate(sizes):
            now = start + gap_s * step
            number = self.log.sent(size, now)
            self.free_at = max(self.free_at, now) + 8 * size / self.bps
            arrivals.append((number, round((self.free_at + 3600) * 1e6)))
            if len(arrivals) * gap_s >= 0.1:
                self.log.arrived(arrivals, now)
                arrivals = []


def test_waiting_is_measured_against_the_shortest_way_whatever_the_clocks_say() -> None:
    line = Line(1_000_000)
    line.carry([1000] * 500, 0.01, 0.0)  # 800 kbit/s
    assert line.log.queue_s == pytest.approx(0.0, abs=0.001)
    assert line.log.arrived_bps == pytest.approx(800_000, rel=0.05)
    line.bps = 400_000
    line.carry([1000] * 100, 0.01, 5.0)
    assert line.log.queue_s > 0.8
    assert line.log.arrived_bps == pytest.approx(400_000, rel=0.05)


def test_a_report_on_packets_that_were_never_sent_or_reported_before_tells_nothing() -> None:
    log = SentLog()
    number = log.sent(1000, 0.0)
    assert log.arrived([(number, 5_000_000)], 0.1) is True
    assert log.arrived([(number, 9_000_000), (number + 1, 9_000_000), (40_000, 0)], 0.2) is False
    assert log.queue_s == 0.0


def run(
    prober: Prober, estimates: Iterable[float], wanted: float | None, start: float, loss: float = 0.0
) -> list[float | None]:
    """One decision every tenth of a second."""
    return [prober.settle(each, wanted, loss, start + 0.1 * step) for step, each in enumerate(estimates)]


def test_nothing_is_padded_when_there_is_nothing_better_to_be_had() -> None:
    prober = Prober()
    assert run(prober, [1_200_000.0] * 50, None, 0.0) == [None] * 50
    assert prober.settle(None, 1_000_000, 0.0, 10.0) is None


def test_padding_fills_up_to_the_estimate_and_grows_with_it() -> None:
    prober = Prober()
    run(prober, [300_000.0] * int(10 * CALM_S + 1), 600_000, 0.0)
    assert prober.state is ProbeState.PROBING
    assert run(prober, [300_000.0, 320_000.0, 500_000.0], 600_000, 2.0) == [300_000, 320_000, 500_000]
    assert prober.settle(800_000, 600_000, 0.0, 3.0) == HEADROOM * 600_000  # until the pictures themselves take it
    assert prober.settle(800_000, None, 0.0, 4.0) is None
    assert (prober.state, prober.failed) == (ProbeState.IDLE, 0)


def state_of(prober: Prober) -> ProbeState:
    """What it does now."""
    return prober.state


def rung_of(ladder: Ladder) -> Rung:
    """Where it stands now."""
    return ladder.rung


@pytest.mark.parametrize(
    ("estimates", "loss"),
    [
        ([300_000.0, 350_000.0, 290_000.0], 0.0),  # the estimate falls
        ([300_000.0, 310_000.0], 0.2),  # packets are lost
        ([300_000.0] * int(10 * STUCK_S + 2), 0.0),  # nothing moves
    ],
)
def test_a_line_that_does_not_take_it_is_left_alone_twice_as_long_each_time(
    estimates: list[float], loss: float
) -> None:
    prober, now, pauses = Prober(), 0.0, []
    for _ in range(6):
        run(prober, [250_000.0] * 30, 600_000, now)
        assert state_of(prober) is ProbeState.PROBING
        now += 3.0
        run(prober, estimates, 600_000, now, loss)
        assert state_of(prober) is ProbeState.PAUSING
        began = now + 0.1 * (len(estimates) - 1)
        now = began
        while state_of(prober) is ProbeState.PAUSING:
            now += 0.1
            prober.settle(200_000, 600_000, 0.0, now)
        pauses.append(round(now - began))
    assert pauses == [FIRST_PAUSE_S, 6, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


NEEDS = (1_500_000.0, 1_300_000.0, 500_000.0, 200_000.0, 60_000.0)


@pytest.mark.parametrize(
    ("estimate", "rung"),
    [
        (1_600_000, Rung.ALL),
        (1_400_000, Rung.FEWER),
        (900_000, Rung.SMALLER),
        (300_000, Rung.ONE),
        (100_000, Rung.SOUND),
        (10_000, Rung.SOUND),
    ],
)
def test_the_line_decides_how_much_is_shown(estimate: float, rung: Rung) -> None:
    ladder = Ladder()
    for step in range(10):
        ladder.settle(estimate, NEEDS, 0.1 * step)
    assert ladder.rung is rung


def test_small_pictures_go_first_then_size_then_all_pictures_and_sound_never() -> None:
    shown = [ALLOWANCE[rung] for rung in Rung]
    assert [each.small for each in shown] == sorted((each.small for each in shown), reverse=True)
    assert [each.large for each in shown] == [2, 2, 1, 0, -1]


def test_one_low_estimate_changes_nothing() -> None:
    ladder = Ladder()
    ladder.settle(100_000, NEEDS, 0.0)
    ladder.settle(2_000_000, NEEDS, 0.1)
    ladder.settle(100_000, NEEDS, 5.0)
    assert ladder.rung is Rung.ALL


def test_a_viewer_climbs_one_rung_at_a_time_and_only_with_room_to_spare() -> None:
    ladder = Ladder()
    for step in range(10):
        ladder.settle(100_000, NEEDS, 0.1 * step)
    rungs = [ladder.settle(1_550_000, NEEDS, 1.0 + 0.1 * step) for step in range(200)]
    assert list(dict.fromkeys(rungs)) == [Rung.SOUND, Rung.ONE, Rung.SMALLER, Rung.FEWER]
    assert rungs.index(Rung.ONE) == pytest.approx(10 * FIRST_RISE_S, abs=1)
    assert ladder.rung is Rung.FEWER  # 1.5 Mbit/s and some to spare are needed


def test_a_rung_that_was_not_tried_is_not_climbed() -> None:
    ladder = Ladder()
    for step in range(10):
        ladder.settle(300_000, NEEDS, 0.1 * step)
    for step in range(100):
        ladder.settle(9_000_000, NEEDS, 1.0 + 0.1 * step, is_tried=False)
    assert ladder.rung is Rung.ONE


def test_rungs_that_take_the_same_are_climbed_as_one() -> None:
    ladder, needs = Ladder(), (900_000.0, 900_000.0, 300_000.0, 100_000.0, 0.0)  # two people: no small pictures
    for step in range(10):
        ladder.settle(400_000, needs, 0.1 * step)
    assert ladder.wanted_bps(needs) == 900_000
    rungs = {ladder.settle(2_000_000, needs, 1.0 + 0.1 * step) for step in range(100)}
    assert rungs == {Rung.SMALLER, Rung.ALL}


def test_who_falls_right_after_climbing_waits_longer_before_the_next_time() -> None:
    ladder, now, waits = Ladder(), 0.0, []
    for _ in range(7):
        while rung_of(ladder) is Rung.ALL:
            ladder.settle(1_350_000, NEEDS, now)
            now += 0.1
        began = now
        while rung_of(ladder) is not Rung.ALL:
            ladder.settle(2_000_000, NEEDS, now)
            now += 0.1
        waits.append(round(now - began))
    assert waits == [1, 2, *[LONGEST_RISE_S] * 5]


@given(st.lists(st.floats(10_000, 3_000_000), min_size=1, max_size=100))
def test_a_ladder_never_stands_for_long_on_what_the_line_does_not_take(estimates: list[float]) -> None:
    ladder, short = Ladder(), 0
    for step, estimate in enumerate(estimates):
        rung = ladder.settle(estimate, NEEDS, 0.3 * step)
        short = short + 1 if estimate < NEEDS[rung] and rung is not Rung.SOUND else 0
        assert short <= 1
        assert ladder.wanted_bps(NEEDS) == (NEEDS[rung - 1] if rung else None)


def test_the_round_trip_is_read_from_the_viewers_answers() -> None:
    line, wall = ViewerLine(Counter()), 1_700_000_000.0
    for step in range(40):
        sent = to_ntp(wall + step) >> 16 & 0xFFFFFFFF
        answer = ReportBlock(7, 0, 0, 100 + step, 0, sent, int(0.5 * 65536))
        line.reported((answer,), float(step), wall + step + 0.5 + 0.02)
    assert line.rtt_s == pytest.approx(0.02, abs=0.002)


def test_padding_fills_a_line_up_to_its_estimate_and_no_further() -> None:
    line, sent, now = ViewerLine(Counter()), 0, 0.0
    line.estimate.remb_came(400_000)
    sizes = []
    while now < 2.0:
        sent += 1000  # 160 kbit/s of pictures and voices
        line.settle((600_000.0, 500_000.0, 100_000.0, 50_000.0, 0.0), sent, now)
        sizes.append(line.padding_due)
        sent += line.padding_due
        now += 0.05
    assert line.rung is Rung.SMALLER
    assert sum(sizes[-20:]) * 8 == pytest.approx(400_000 - 160_000, rel=0.05)


def test_a_viewer_that_tells_nothing_of_its_line_is_shown_everything_and_never_padded() -> None:
    line = ViewerLine(Counter())
    for step in range(200):
        assert line.settle((9e9, 8e9, 7e9, 6e9, 0.0), 1000 * step, 0.05 * step) is False
        assert (line.rung, line.padding_due) == (Rung.ALL, 0)


def test_a_publisher_is_weak_after_two_bad_looks_and_well_after_a_calm_while() -> None:
    weakness, expected, received, now = Weakness(), 0, 0, 0.0
    said = []
    for lost in [0, 20, 0, 20, 20, 0, 20, *[2] * 10]:
        now, expected, received = now + 1.0, expected + 100, received + 100 - lost
        weakness.settle(expected, received, now)
        said.append(weakness.is_weak)
    assert said == [False] * 4 + [True] * 9 + [False] * 4


def test_who_sends_next_to_nothing_is_not_weak() -> None:
    weakness = Weakness()
    for step in range(4):
        weakness.settle(10 * step, 0, float(step))
    assert weakness.is_weak is False


def test_of_who_sends_nothing_any_more_nothing_bad_is_said_for_long() -> None:
    weakness, sent = Weakness(), 0
    for second in range(3):
        sent += 100
        weakness.settle(sent, sent // 2, float(second))
    assert (weakness.is_weak, weakness.lost) == (True, 0.5)
    for second in range(3, 10):  # a pause between two sentences
        weakness.settle(sent, sent // 2, float(second))
    assert weakness.is_weak is True
    for second in range(10, 20):
        weakness.settle(sent + 2 * second, sent // 2, float(second))
    assert (weakness.is_weak, weakness.lost) == (False, 0.0)
