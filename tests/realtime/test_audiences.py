"""Audiences of a stream across a real websocket: each reads what it may see, drawn once for all who belong to it."""

from __future__ import annotations

import asyncio

import pytest

from realtime.limits import Limits
from realtime.messages import Page
from realtime.shared_pages import SharedPages
from tests.realtime.following import Pauses, follow, texts
from tests.realtime.town import Log, make_hub, served
from tests.realtime.wire import browser


async def test_stream_is_read_and_encoded_once_for_each_audience() -> None:
    log = Log()
    hub = make_hub(log)

    async with (
        served(hub) as port,
        browser(port) as one,
        browser(port) as two,
        browser(port, cookie="who=staff1") as three,
        browser(port, cookie="who=staff2") as four,
    ):
        for tab in (one, two, three, four):
            await follow(tab, after=0)
        log.reads.clear()
        log.add("board", "for staff", staff_only=True)
        await hub.advance("board", log.add("board", "for all"))

        assert [texts(await tab.pushed("stream:advanced")) for tab in (one, two)] == [["for all"]] * 2
        assert [texts(await tab.pushed("stream:advanced")) for tab in (three, four)] == [["for staff", "for all"]] * 2

    assert sorted(log.reads) == [("board", "public", 0), ("board", "staff", 0)]
    assert (hub.counters.frames, hub.counters.deliveries) == (2, 4)


async def test_page_is_shared_by_who_asks_at_the_same_head_and_read_anew_when_the_stream_went_on() -> None:
    log, may_go_on = Log(), asyncio.Event()
    log.add("board", "first")

    class Slow(Log):
        async def page(self, stream: str, audience: str, after: int, limit: int) -> Page:
            await may_go_on.wait()
            return await log.page(stream, audience, after, limit)

    pages = SharedPages(Slow(), kept_s=3600)
    asked = [asyncio.create_task(pages.page("board", "public", 0, 10, head=1)) for _ in range(3)]
    await asyncio.sleep(0)
    asked[0].cancel()
    may_go_on.set()

    assert [(await each).upto for each in asked[1:]] == [1, 1]
    assert (await pages.page("board", "public", 0, 10, head=1)).upto == 1
    assert len(log.reads) == 1
    log.add("board", "second")
    assert (await pages.page("board", "public", 0, 10, head=2)).upto == 2
    assert len(log.reads) == 2


async def test_page_is_not_kept_for_long_and_a_failure_not_at_all() -> None:
    log = Log(failing=1)
    log.add("board", "first")
    pages = SharedPages(log, kept_s=0)

    with pytest.raises(ConnectionError):
        await pages.page("board", "public", 0, 10, head=1)
    await pages.page("board", "public", 0, 10, head=1)
    async with asyncio.timeout(10):
        while pages._pages:  # noqa: ASYNC110 - a timer of the loop has no event
            await asyncio.sleep(0.001)


async def test_stream_that_cannot_be_drawn_for_one_audience_goes_on_for_the_others_and_then_for_it() -> None:
    pauses = Pauses()

    class Unlucky(Log):
        staff_fails = 2

        async def page(self, stream: str, audience: str, after: int, limit: int) -> Page:
            if audience == "staff" and self.staff_fails:
                self.staff_fails -= 1
                raise LookupError("no such template")
            return await super().page(stream, audience, after, limit)

    async def sleep(seconds: float) -> None:
        if seconds >= 0.5:  # before a read is tried again; the interval between two frames is shorter
            await pauses(seconds)

    log = Unlucky()
    hub = make_hub(log, sleep=sleep)

    async with served(hub) as port, browser(port) as tab, browser(port, cookie="who=staff1") as staff:
        await follow(tab, after=None)
        await follow(staff, after=None)
        await hub.advance("board", log.add("board", "first"))
        assert texts(await tab.pushed("stream:advanced")) == ["first"]
        await hub.advance("board", log.add("board", "second"))
        assert texts(await tab.pushed("stream:advanced")) == ["second"]
        await pauses.end()
        await pauses.end()
        assert texts(await staff.pushed("stream:advanced")) == ["first", "second"]

    assert hub.counters.source_failures == 2
    assert pauses.asked == [0.5, 1.0]


async def test_most_numerous_audience_that_fails_for_ever_holds_no_other_up() -> None:
    class Unlucky(Log):
        async def page(self, stream: str, audience: str, after: int, limit: int) -> Page:
            if audience == "public":
                raise LookupError("no such template")
            return await super().page(stream, audience, after, limit)

    log = Unlucky()
    hub = make_hub(log)

    async with (
        served(hub) as port,
        browser(port) as tab,
        browser(port) as other,
        browser(port, cookie="who=staff1") as staff,
    ):
        for each in (tab, other, staff):
            await follow(each, after=None)
        for text in ("first", "second", "third"):
            await hub.advance("board", log.add("board", text))
            assert texts(await staff.pushed("stream:advanced")) == [text]

    assert tab.pushes == other.pushes == []


async def test_stream_tells_an_audience_nothing_of_events_for_others_and_leaves_no_gap() -> None:
    log = Log()
    hub = make_hub(log)

    async with served(hub) as port, browser(port) as tab, browser(port, cookie="who=staff1") as staff:
        await follow(tab, after=0)
        await follow(staff, after=0)
        await hub.advance("board", log.add("board", "for staff", staff_only=True))
        await staff.pushed("stream:advanced")
        await hub.advance("board", log.add("board", "for all"))
        frame = await tab.pushed("stream:advanced")

    assert (frame["after"], frame["upto"], texts(frame)) == (0, 2, ["for all"])
    assert tab.pushes == []


async def test_stream_moves_an_audience_on_before_silence_would_cost_it_a_reload() -> None:
    log = Log()
    hub = make_hub(log, limits=Limits(replay=4))

    async with served(hub) as port, browser(port) as tab:
        await follow(tab, after=0)
        for _ in range(2):
            log.add("board", "for staff", staff_only=True)
        await hub.advance("board", 2)
        frame = await tab.pushed("stream:advanced")

    assert frame == {"stream": "board", "after": 0, "upto": 2, "entries": []}


async def test_stream_forgets_an_audience_nobody_belongs_to() -> None:
    log = Log()
    hub = make_hub(log)
    closed = asyncio.Event()

    async def note(connection: object) -> None:
        closed.set()

    hub.on_closed(note)

    async with served(hub) as port:
        async with browser(port) as tab:
            await follow(tab, after=0)
        async with asyncio.timeout(10):
            await closed.wait()
        log.reads.clear()
        await hub.advance("board", log.add("board", "to nobody"))
        await asyncio.sleep(0)

    assert log.reads == []
