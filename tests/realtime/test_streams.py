"""Following a stream across a real websocket: nothing lost, nothing twice, refused to who may not."""

from __future__ import annotations

import asyncio

from realtime.limits import Limits
from tests.realtime.following import Pauses, follow, texts
from tests.realtime.town import Log, make_hub, served
from tests.realtime.wire import Browser, browser, open_wire


async def test_stream_replays_what_was_missed_in_order_and_then_what_is_new() -> None:
    log = Log()
    hub = make_hub(log)
    for text in ("one", "two", "three"):
        log.add("board", text)

    async with served(hub) as port, browser(port) as tab:
        answer = await follow(tab, after=1)
        await hub.advance("board", log.add("board", "four"))
        frame = await tab.pushed("stream:advanced")

    assert answer == {
        "ok": True,
        "head": 3,
        "upto": 3,
        "reload": False,
        "entries": [
            {"number": 2, "kind": "said", "body": {"text": "two"}},
            {"number": 3, "kind": "said", "body": {"text": "three"}},
        ],
    }
    assert frame == {
        "stream": "board",
        "after": 3,
        "upto": 4,
        "entries": [{"number": 4, "kind": "said", "body": {"text": "four"}}],
    }


async def test_first_follower_misses_nothing_that_is_committed_while_they_arrive() -> None:
    class GoesOnWhileAsked(Log):
        async def head(self, stream: str) -> int:
            head = await super().head(stream)
            if head == 0:
                await hub.advance(stream, self.add(stream, "meanwhile"))
            return head

    log = GoesOnWhileAsked()
    hub = make_hub(log)

    async with served(hub) as port, browser(port) as tab:
        answer = await follow(tab, after=0)

    assert (answer["upto"], texts(answer)) == (1, ["meanwhile"])


async def test_stream_starts_now_for_who_has_no_number() -> None:
    log = Log()
    hub = make_hub(log)
    log.add("board", "old")

    async with served(hub) as port, browser(port) as tab:
        answer = await follow(tab, after=None)

        assert (answer["upto"], answer["entries"], answer["reload"]) == (1, [], False)


async def test_stream_asks_for_a_snapshot_from_who_missed_too_much_or_knows_a_future() -> None:
    log = Log()
    hub = make_hub(log, limits=Limits(replay=5, page=2))
    for number in range(10):
        log.add("board", f"text {number}")

    async with served(hub) as port, browser(port) as tab:
        too_far = await follow(tab, after=4)
        future = await follow(tab, after=11)
        just_enough = await follow(tab, after=5)

    assert (too_far["reload"], too_far["entries"]) == (True, [])
    assert (future["reload"], future["entries"]) == (True, [])
    assert just_enough["reload"] is False
    assert [entry["number"] for entry in just_enough["entries"]] == [6, 7, 8, 9, 10]


async def test_stream_that_was_told_to_reload_is_not_followed() -> None:
    log = Log()
    hub = make_hub(log, limits=Limits(replay=1))
    for _ in range(5):
        log.add("board", "old")

    async with served(hub) as port, browser(port) as tab:
        await follow(tab, after=0)
        await hub.advance("board", log.add("board", "new"))
        await tab.ask("connection:check")

        assert tab.pushes == []


async def test_stream_is_refused_to_who_may_not_see_it_and_after_leaving_it_is_silent() -> None:
    log = Log()
    hub = make_hub(log)

    async with served(hub) as port, browser(port) as tab:
        refused = await follow(tab, after=0, stream="secret")
        await follow(tab, after=0)
        assert await tab.ask("stream:leave", {"stream": "board"}) == {"ok": True}
        assert await tab.ask("stream:leave", {"stream": "board"}) == {"ok": True}
        await hub.advance("secret", log.add("secret", "hush"))
        await hub.advance("board", log.add("board", "news"))
        await tab.ask("connection:check")

        assert refused["error"]["code"] == "stream-refused"
        assert tab.pushes == []


async def test_principal_who_may_read_no_longer_follows_on_none_of_their_pages_and_others_go_on() -> None:
    log = Log()
    hub = make_hub(log)

    async with (
        served(hub) as port,
        browser(port, cookie="who=anna.phone") as first,
        browser(port, cookie="who=anna.phone") as second,
        browser(port, cookie="who=boris") as other,
    ):
        for tab in (first, second, other):
            await follow(tab, after=0)
        await hub.unfollow("anna", "board")
        await hub.advance("board", log.add("board", "news"))
        frame = await other.pushed("stream:advanced")
        await first.ask("connection:check")
        await second.ask("connection:check")

        assert texts(frame) == ["news"]
        assert [first.pushes, second.pushes] == [[], []]


async def test_principal_who_may_see_less_is_asked_back_and_judged_anew_from_where_their_page_stands() -> None:
    log = Log()
    hub = make_hub(log)

    async with served(hub) as port, browser(port, cookie="who=anna.phone") as tab:
        await follow(tab, after=0)
        await hub.judge_anew("anna", "board")
        gap = await tab.pushed("stream:advanced")
        await hub.advance("board", log.add("board", "news"))
        answer = await follow(tab, after=0)

        assert gap["after"] > 0
        assert gap["entries"] == []
        assert texts(answer) == ["news"]
        assert tab.pushes == []


async def test_stream_names_are_checked() -> None:
    hub = make_hub(Log())

    async with served(hub) as port, browser(port) as tab:
        for name in ("", "Board", "board/../x", "b" * 81, "board\n"):
            assert (await follow(tab, after=0, stream=name))["error"]["fields"].keys() == {"stream"}


async def test_stream_limits_how_many_one_connection_follows_but_not_how_often() -> None:
    hub = make_hub(Log(), limits=Limits(streams=2))

    async with served(hub) as port, browser(port) as tab:
        for name in ("one", "two", "two", "one"):
            assert (await follow(tab, after=0, stream=name))["ok"] is True
        assert (await follow(tab, after=0, stream="three"))["error"]["code"] == "too-many-streams"
        await tab.ask("stream:leave", {"stream": "one"})
        assert (await follow(tab, after=0, stream="three"))["ok"] is True


async def test_stream_sends_the_first_event_at_once_and_a_burst_in_one_frame() -> None:
    log, pauses = Log(), Pauses()
    hub = make_hub(log, sleep=pauses, limits=Limits(frame_interval_s=0.1))

    async with served(hub) as port, browser(port) as tab:
        await follow(tab, after=0)
        await hub.advance("board", log.add("board", "first"))
        first = await tab.pushed("stream:advanced")
        for number in range(50):
            await hub.advance("board", log.add("board", f"burst {number}"))
        await pauses.end()
        burst = await tab.pushed("stream:advanced")
        await pauses.end()
        await tab.ask("connection:check")

    assert texts(first) == ["first"]
    assert (burst["after"], burst["upto"], len(burst["entries"])) == (1, 51, 50)
    assert tab.pushes == []
    assert pauses.asked == [0.1, 0.1]


async def test_stream_shows_what_stands_in_the_log_when_it_is_read_not_when_it_happened() -> None:
    log = Log()
    hub = make_hub(log)
    log.add("board", "a name that was erased")
    log.events["board"][0] = ("public", "erased")

    async with served(hub) as port, browser(port) as tab:
        assert texts(await follow(tab, after=0)) == ["erased"]


async def test_stream_loses_nothing_while_the_source_fails() -> None:
    log, pauses = Log(), Pauses()
    hub = make_hub(log, sleep=pauses)

    async with served(hub) as port, browser(port) as tab:
        await follow(tab, after=0)
        log.failing = 2
        await hub.advance("board", log.add("board", "during the outage"))
        await pauses.end()
        await hub.advance("board", log.add("board", "after it"))
        await pauses.end()
        frame = await tab.pushed("stream:advanced")

    assert texts(frame) == ["during the outage", "after it"]
    assert hub.counters.source_failures == 2


async def test_stream_follow_that_fails_is_answered_and_can_be_repeated() -> None:
    log = Log()
    hub = make_hub(log)
    log.add("board", "one")
    log.failing = 1

    async with served(hub) as port, browser(port) as tab:
        assert (await follow(tab, after=0))["error"]["code"] == "internal"
        assert texts(await follow(tab, after=0)) == ["one"]


async def test_stream_has_no_hole_between_the_replay_and_the_first_frame() -> None:
    """Events that arrive while a late follower's replay is being read."""
    log = Log()
    hub = make_hub(log, limits=Limits(page=1, frame_interval_s=0.0))
    for number in range(5):
        log.add("board", f"text {number}")

    async def write() -> None:
        for number in range(5, 60):
            await hub.advance("board", log.add("board", f"text {number}"))
            await asyncio.sleep(0)

    async with served(hub) as port, browser(port) as early, browser(port) as late:
        await follow(early, after=5)
        writing = asyncio.create_task(write())
        answer = await follow(late, after=0)
        await writing
        seen = texts(answer)
        last = answer["upto"]
        while last < 60:
            frame = await late.pushed("stream:advanced")
            assert frame["after"] <= last
            seen += [entry["body"]["text"] for entry in frame["entries"] if entry["number"] > last]
            last = frame["upto"]

    assert seen == [f"text {number}" for number in range(60)]


async def test_stream_sheds_a_reader_who_takes_nothing_and_lets_them_resume_by_number() -> None:
    log = Log()
    limits = Limits(outbox_frames=8, frame_interval_s=0.0, close_s=0.05)
    hub = make_hub(log, limits=limits)
    closed = asyncio.Event()

    async def note(connection: object) -> None:
        closed.set()

    hub.on_closed(note)

    async with served(hub) as port:
        wire = await open_wire(port, receive_buffer=4096)
        wire.read()
        slow = Browser(wire)
        await slow.connect()
        await follow(slow, after=0)
        wire.stop_reading()
        async with browser(port) as quick:
            await follow(quick, after=0)
            last = 0
            while not closed.is_set():
                await hub.advance("board", log.add("board", "x" * 50_000))
                frame = await quick.pushed("stream:advanced")
                assert frame["after"] == last
                last = frame["upto"]
                assert last < 2000, "the slow reader was never shed"
            assert await quick.ask("connection:check") == {"ok": True}
        await wire.close()

        async with browser(port) as back:
            resumed = await follow(back, after=last - 3)

    assert [entry["number"] for entry in resumed["entries"]] == [last - 2, last - 1, last]
    assert hub.counters.shed == 1
