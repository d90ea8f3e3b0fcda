"""Who joins a call in progress sees a picture at once: a keyframe is asked for, again if lost, once for a crowd."""

from __future__ import annotations

import time
from itertools import count

from meetings.sfu.messages import Source
from meetings.sfu.publishing import KEYFRAME_INTERVAL_S
from meetings.sfu.rtcp import Reports
from meetings.sfu.slots import KEYFRAME_RETRY_S
from meetings.sfu.vp8 import parse_vp8
from tests.meetings.sfu.world import INTER, KEYFRAME, Guest, Town, picture, until


class Film:
    """A camera that sends keyframes only when it is told to."""

    def __init__(self, guest: Guest) -> None:
        self._guest, self._numbers = guest, count()

    def frame(self, head: bytes = INTER) -> None:
        """Send one frame."""
        self._guest.bot.send(Source.CAMERA, picture(head), 3000 * next(self._numbers), marker=True)


def reports(guest: Guest) -> int:
    """How many reports have come of what a guest sends."""
    return sum(isinstance(each, Reports) for each in guest.reports)


async def in_progress(town: Town) -> tuple[Guest, Film]:
    """Somebody who is seen by somebody, long after the first keyframe."""
    anna, first = await town.join("anna"), await town.join("first")
    film = Film(anna)
    film.frame(KEYFRAME)
    for _ in range(5):
        film.frame()
    await until(lambda: len(first.received("large")) == 6, "the call is in progress")
    return anna, film


async def test_a_keyframe_is_asked_for_before_anything_is_forwarded_and_comes_first(town: Town) -> None:
    anna, film = await in_progress(town)
    asked = anna.keyframe_requests
    late = await town.join("late")
    await until(lambda: anna.keyframe_requests > asked, "a keyframe is asked for")
    film.frame()
    film.frame(KEYFRAME)
    film.frame()
    await until(lambda: len(late.received("large")) == 2, "the picture begins")
    assert parse_vp8(late.received("large")[0].payload).is_keyframe


async def test_a_request_that_got_lost_is_repeated_until_a_keyframe_comes(town: Town) -> None:
    anna, film = await in_progress(town)
    asked, began = anna.keyframe_requests, time.monotonic()
    late = await town.join("late")

    def goes_on(requests: int) -> bool:
        film.frame()
        return anna.keyframe_requests >= asked + requests

    await until(lambda: goes_on(4), "it is asked for again and again")
    assert time.monotonic() - began >= 3 * KEYFRAME_RETRY_S - 0.1  # seconds, and not more often than that
    film.frame(KEYFRAME)
    await until(lambda: late.received("large"), "the picture begins")
    settled = anna.keyframe_requests
    reported = reports(anna)

    def is_reported() -> bool:
        film.frame()
        return reports(anna) >= reported + 2

    await until(is_reported, "the clock goes on: a report comes once a second")
    assert anna.keyframe_requests <= settled + 1  # one may have been on its way


def test_a_lost_request_still_leaves_a_picture_within_a_second() -> None:
    way_and_keyframe_s = 0.3
    assert max(KEYFRAME_RETRY_S, KEYFRAME_INTERVAL_S) + way_and_keyframe_s < 1.0


async def test_a_crowd_that_joins_at_once_costs_the_publisher_a_keyframe_or_two(town: Town) -> None:
    anna, film = await in_progress(town)
    before = answered = anna.keyframe_requests
    began = time.monotonic()
    crowd = [await town.join(f"late-{number}") for number in range(12)]

    def everybody_sees() -> bool:
        nonlocal answered
        film.frame(KEYFRAME if anna.keyframe_requests > answered else INTER)
        answered = anna.keyframe_requests
        return all(each.received("large") for each in crowd)

    await until(everybody_sees, "everybody sees a picture")
    assert anna.keyframe_requests - before <= 2 + (time.monotonic() - began) / KEYFRAME_INTERVAL_S
