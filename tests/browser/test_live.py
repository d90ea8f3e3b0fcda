"""The live channel in a real Chromium: what people see when the line breaks, and when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import ClassVar

import pytest
from playwright.async_api import Browser, Page

from realtime.hub import Hub
from realtime.messages import Command, Json, Push
from realtime.sources import Connection, Handshake
from tests.browser.live_page import Line, line_to, pages
from tests.realtime.town import Log, make_hub, served

pytestmark = pytest.mark.browser


class NoteWrite(Command):
    name = "note:write"
    text: str


@dataclass(frozen=True)
class NoteWritten(Push):
    name: ClassVar[str] = "note:written"
    text: str


@dataclass
class Town:
    """A hub in front of a log, behind a line that can be cut."""

    hub: Hub
    log: Log
    line: Line
    notes: dict[str, str]

    async def add(self, text: str) -> None:
        await self.hub.advance("board", self.log.add("board", text))


def any_origin(origin: str | None, handshake: Handshake) -> bool:
    return origin is not None


@asynccontextmanager
async def open_town() -> AsyncIterator[Town]:
    """A town whose notes are kept by command id."""
    log = Log()
    hub = make_hub(log, origins=any_origin)
    hub.announces(NoteWritten)
    notes: dict[str, str] = {}

    async def write(connection: Connection, note: NoteWrite) -> Mapping[str, Json]:
        notes.setdefault(note.command_id, note.text)
        return {"count": len(notes)}

    hub.on(NoteWrite, write)
    async with served(hub, pages) as port, line_to(port) as line:
        yield Town(hub, log, line, notes)


async def open_page(chromium: Browser, town: Town, who: str | None = None) -> Page:
    """The page, its scripts ready and its line up."""
    context = await chromium.new_context()
    address = f"http://127.0.0.1:{town.line.port}/"
    if who is not None:
        await context.add_cookies([{"name": "who", "value": who, "url": address}])
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")
    return page


FOLLOW = """
after => core.live.follow("board", after, (entries) => {
  for (const { body } of entries) document.querySelector("#list").append(core.clone("card", { text: body.text }));
}, (reason) => (document.title = reason))
"""

TEXTS = "() => [...document.querySelectorAll('#list b')].map((item) => item.textContent)"


async def until_texts(page: Page, expected: list[str]) -> None:
    await page.wait_for_function(f"count => ({TEXTS})().length >= count", arg=len(expected))
    assert await page.evaluate(TEXTS) == expected


async def test_page_shows_what_happens_elsewhere_and_after_a_gap_exactly_what_it_missed(chromium: Browser) -> None:
    async with open_town() as town:
        await town.add("before")
        page = await open_page(chromium, town)
        await page.evaluate(FOLLOW, 0)
        await town.add("live")
        await until_texts(page, ["before", "live"])

        town.line.cut()
        await page.wait_for_selector("[data-connection]", state="visible")
        missed = [f"missed {number}" for number in range(40)]
        for text in missed:
            await town.add(text)
        town.line.mend()
        await page.wait_for_selector("[data-connection]", state="hidden")
        await town.add("live again")

        await until_texts(page, ["before", "live", *missed, "live again"])


async def test_page_that_missed_too_much_is_told_to_load_anew(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town)
        for number in range(town.hub.limits.replay + 1):
            town.log.add("board", f"text {number}")

        await page.evaluate(FOLLOW, 0)
        await page.wait_for_function("document.title === 'behind'")

        assert await page.evaluate(TEXTS) == []


async def test_command_given_while_the_line_is_gone_is_carried_out_once_on_return(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town)
        town.line.cut()
        await page.wait_for_selector("[data-connection]", state="visible")

        answer = asyncio.create_task(page.evaluate("core.live.command('note:write', { text: 'bread' })"))
        town.line.mend()

        assert await answer == {"ok": True, "count": 1}
        assert list(town.notes.values()) == ["bread"]


async def test_command_whose_acknowledgement_was_lost_counts_once(chromium: Browser) -> None:
    log = Log()
    hub = make_hub(log, origins=any_origin)
    receipts: list[str] = []

    async with served(hub, pages) as port, line_to(port) as line:

        async def write(connection: Connection, note: NoteWrite) -> Mapping[str, Json]:
            receipts.append(note.command_id)
            if len(receipts) == 1:
                line.cut()
            return {"times": len(receipts)}

        hub.on(NoteWrite, write)
        page = await open_page(chromium, Town(hub, log, line, {}))
        answer = asyncio.create_task(page.evaluate("core.live.command('note:write', { text: 'bread' })"))
        await page.wait_for_selector("[data-connection]", state="visible")
        line.mend()

        assert await answer == {"ok": True, "times": 2}
        assert len(set(receipts)) == 1


async def test_command_that_is_refused_throws_the_problem(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town)

        caught = await page.evaluate(
            "core.live.command('note:write', { text: 7 }).catch((e) => [e.name, e.code, Object.keys(e.fields), e.id])"
        )

        assert caught == ["ProblemError", "malformed-message", ["text"], "e1"]


async def test_page_hears_pushes_until_it_stops_listening(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town, who="anna.phone")
        await page.evaluate(
            "() => { window.heard = []; window.stop = core.live.on('note:written', (body) => heard.push(body.text)); }"
        )

        await town.hub.send(NoteWritten("one"), principal="anna")
        await page.wait_for_function("heard.length === 1")
        await page.evaluate("() => stop()")
        await town.hub.send(NoteWritten("two"), principal="anna")
        await page.evaluate("core.live.ask('connection:check')")

        assert await page.evaluate("heard") == ["one"]


async def test_page_does_not_come_back_after_a_sign_out(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town, who="anna.phone")
        await town.hub.close_login("anna.phone")
        await page.wait_for_selector("[data-connection-ended]", state="visible")

        await page.evaluate("dispatchEvent(new Event('online'))")
        outcome = await page.evaluate("core.live.command('note:write', { text: 'x' }).catch((e) => [e.name, e.sent])")

        assert await page.evaluate("[core.live.state, core.live.code]") == ["ended", "signed-out"]
        assert outcome == ["LineError", False]
        assert await page.is_hidden("[data-connection]")
        assert town.hub.counters.connected == 1


async def test_page_comes_back_after_the_portal_restarts(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town)
        await page.evaluate(FOLLOW, 0)
        await page.evaluate("() => { window.backs = 0; core.live.onReconnected(() => (backs += 1)); }")

        await town.hub.stop()
        town.log.add("board", "while it restarted")
        await town.hub.start()

        await until_texts(page, ["while it restarted"])
        assert await page.evaluate("backs") == 1


async def test_page_tries_at_once_when_the_network_is_back(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town)
        town.line.cut()
        await page.wait_for_selector("[data-connection]", state="visible")
        town.line.mend()
        await page.evaluate("dispatchEvent(new Event('online'))")

        await page.wait_for_selector("html[data-line=connected]", state="attached")
        assert await page.evaluate("core.live.ask('connection:check')") == {"ok": True}


async def test_requests_carry_the_form_token_and_failures_are_typed(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town)

        sent = await page.evaluate("core.send('/api/echo', { text: 'é' })")
        read = await page.evaluate("core.get('/api/echo')")
        refused = await page.evaluate("core.send('/api/refuse').catch((e) => [e.name, e.code, e.status, e.fields])")
        proxy = await page.evaluate("core.get('/gone').catch((e) => [e.name, e.code])")
        town.line.cut()
        offline = await page.evaluate("core.send('/api/echo').catch((e) => [e.name, e.sent])")

        assert sent == {"method": "POST", "body": {"text": "é"}, "token": "the-token", "type": "application/json"}
        assert read == {"method": "GET", "body": None, "token": None, "type": None}
        assert refused == ["ProblemError", "invalid-input", 422, {"text": "Trop court."}]
        assert proxy == ["ProblemError", "http-502"]
        assert offline == ["LineError", True]


async def test_templates_are_filled_with_text_and_events_are_delegated(chromium: Browser) -> None:
    async with open_town() as town:
        page = await open_page(chromium, town)

        await page.evaluate(
            """() => {
              const list = document.querySelector("#list");
              window.stop = core.delegate(list, "click", "button", (button) => button.closest("li").remove());
              for (const text of ["<i>one</i>", "two"]) list.append(core.clone("card", { text }));
            }"""
        )
        assert await page.evaluate(TEXTS) == ["<i>one</i>", "two"]
        await page.click("#list li:first-child button")
        assert await page.evaluate(TEXTS) == ["two"]
        await page.evaluate("() => stop()")
        await page.click("#list li:first-child button")
        assert await page.evaluate(TEXTS) == ["two"]
        assert await page.evaluate("[core.t('greeting', { name: 'Anna' }), core.t('people', { count: 2 })]") == [
            "Bonjour Anna",
            "2 personnes",
        ]
