"""Stories of trust in a real Chromium: what a ban and a block take away, on every channel and from every open page."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.live_page import line_to
from tests.browser.portal_process import Stage
from tests.browser.test_board import ON_MAP, POST, card, until_map_counts, watch

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

MARK = "Gros lots"
"""Stands in everything that the culprit writes."""
TOWN = "/board?district=all"
"""The list of the whole town."""


SEND = """async ([name, body]) => (await import("parvis/core/live.js")).live.command(name, body)"""
"""A command of the live channel."""


async def ready(page: Page) -> None:
    await page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")


async def read(page: Page, path: str) -> str:
    """What the portal answers there to whoever has this page."""
    answer = await page.request.get(path)
    return await answer.text()


async def open_count(page: Page) -> int:
    """How many requests and offers the list says are open."""
    counts = page.locator("help-board [data-count]")
    return sum(await counts.evaluate_all("(all) => all.map((each) => Number(each.dataset.value))"))


@dataclass
class Traces:
    """Where somebody has written: a request of their own, and an answer and messages to a neighbour."""

    request: str
    answered: str
    conversation: str

    def channels(self) -> tuple[str, ...]:
        return (
            "/board",
            "/board/search?q=gros+lots",
            self.request,
            "/api/requests",
            f"/api{self.request.removeprefix('/board')}",
        )

    def of_the_neighbour(self) -> tuple[str, ...]:
        conversation = self.conversation.removeprefix("/board")
        own = (self.answered, self.conversation, f"/api{conversation}", "/account/data.json")
        return (*self.channels(), *own)


async def leave_traces(culprit: Page, neighbour: Page) -> Traces:
    """Write wherever a resident can, so that the neighbour reads it, is told of it and has it in what they export."""
    await watch(culprit)
    request = await culprit.evaluate(POST, [f"{MARK} à gagner", "culprit-01"])
    other = await culprit.evaluate(POST, [f"{MARK}, encore", "culprit-02"])
    answer = await neighbour.evaluate(SEND, ["help_request:answer", {"id": other, "note": "Volontiers."}])
    accept = {"id": other, "engagement_id": answer["id"], "reply": f"{MARK} pour vous."}
    await culprit.evaluate(SEND, ["help_request:accept", accept])
    theirs = await neighbour.evaluate(POST, ["Du beurre et du lait", "butter-001"])
    await culprit.goto(f"/board/requests/{theirs}")
    await culprit.get_by_label("Un mot à cette personne").fill(f"{MARK} chez moi.")
    await culprit.get_by_label("J’ai lu ces règles").check(force=True)  # she is new to the town
    await culprit.get_by_role("button", name="Envoyer ma réponse").click()
    await culprit.get_by_role("link", name="Messages, et dire quand c’est fait").click()
    await ready(culprit)
    await culprit.get_by_label("Écrire à").fill(f"{MARK}, venez vite.")
    await culprit.get_by_role("button", name="Envoyer", exact=True).click()
    await expect(culprit.locator("[data-said]").get_by_text(f"{MARK}, venez vite.")).to_be_visible()
    conversation = re.sub(r"^\w+://[^/]+|[?#].*$", "", culprit.url)
    return Traces(f"/board/requests/{request}", f"/board/requests/{theirs}", conversation)


async def suspend(moderator: Page, title: str) -> None:
    """The moderator's one act, from the case."""
    await moderator.goto("/moderation")
    await moderator.get_by_role("link", name=title).click()
    assert await violations(moderator) == []
    await moderator.get_by_label("Motif").select_option("deceit")
    await moderator.get_by_label("Vos mots à la personne").fill("Il n’y a rien à gagner ici.")
    await moderator.get_by_text("Suspendre aussi le compte").click()
    await moderator.get_by_role("button", name="Suspendre et tout masquer").click()
    await expect(moderator.get_by_text("plus rien de cette personne n’est montré")).to_be_visible()


async def report(page: Page, path: str) -> None:
    await page.goto(path)
    await page.get_by_text("Signaler à la ville").click()
    await page.get_by_label("C’est faux, ou c’est un piège").check(force=True)
    await page.get_by_role("button", name="Signaler").click()
    await expect(page.get_by_role("heading", name="Merci")).to_be_visible()


async def test_ban_hides_everything_on_every_channel_and_from_every_open_page(stage: Stage) -> None:
    culprit, neighbour = await stage.sign_in("habitante"), await watch(await stage.sign_in("habitant"))
    bell = neighbour.locator("notice-bell [data-count]")
    told = int(await bell.inner_text() or "0")
    traces = await leave_traces(culprit, neighbour)
    stranger, writer, talking = await stage.guest(), await stage.sign_in("benevole"), await neighbour.context.new_page()
    for path in traces.channels():
        assert MARK in await read(stranger, path), path
    for path in traces.of_the_neighbour():
        assert MARK in await read(neighbour, path), path
    await expect(bell).not_to_have_text(str(told))
    await report(neighbour, traces.request)

    await neighbour.goto(traces.request)
    await writer.goto(traces.request)
    await talking.goto(traces.conversation)
    for page in (neighbour, writer, talking):
        await ready(page)
        await expect(page.get_by_text(MARK).first).to_be_visible()
    await writer.get_by_label("Un mot à cette personne").fill("J’en veux un")
    async with line_to(stage.portal.port) as line:
        asleep = await watch(await stage.guest(), f"http://localhost:{line.port}/board")
        await expect(card(asleep, MARK)).to_have_count(1)
        line.cut()
        await asleep.wait_for_selector("html[data-line=away]", state="attached")
        on_list = await watch(stranger)
        before, drawn = await open_count(on_list), await on_list.evaluate(ON_MAP)

        await suspend(await stage.sign_in("moderation"), f"{MARK} à gagner")

        await expect(card(on_list, MARK)).to_have_count(0)
        await expect(card(on_list, "Une partie d’échecs")).to_have_count(0)
        gone = before - await open_count(await watch(await stage.guest()))
        assert gone >= 2
        await until_map_counts(on_list, drawn - gone)
        line.mend()
        await ready(asleep)
        await expect(card(asleep, MARK)).to_have_count(0)
    for page in (neighbour, writer):
        await expect(page.get_by_text("n’est plus affiché")).to_be_visible()
    for page in (neighbour, writer, talking, on_list):
        await expect(page.get_by_text(MARK)).to_have_count(0)
    await expect(bell).to_have_text(str(told))
    for path in traces.channels():
        assert MARK not in await read(await stage.guest(), path), path
    for path in traces.of_the_neighbour():
        assert MARK not in await read(neighbour, path), path
    assert "Du beurre et du lait" not in await read(neighbour, "/notices")
    await culprit.goto("/account")
    await expect(culprit.get_by_role("heading", name="Mon compte")).to_have_count(0)


async def test_block_takes_each_others_cards_off_the_open_pages_of_both(stage: Stage) -> None:
    # Both have said where they live: they see their own neighbourhood first.
    one, other = await stage.sign_in("conseiller"), await stage.sign_in("conseillere")
    await watch(one, TOWN)
    await watch(other, TOWN)
    await one.evaluate(POST, ["Une douzaine d’œufs", "eggs-00001"])
    theirs = await other.evaluate(POST, ["Deux salades", "salads-001"])
    reading = await other.context.new_page()
    for page in (one, other, await watch(await stage.guest())):
        for title in ("Une douzaine d’œufs", "Deux salades"):
            await expect(card(page, title)).to_have_count(1)
    await card(other, "Une douzaine d’œufs").get_by_role("link").click()
    await ready(other)
    before = await open_count(await watch(reading, TOWN))

    async with line_to(stage.portal.port) as line:
        asleep = await watch(await other.context.new_page(), f"http://localhost:{line.port}{TOWN}")
        await expect(card(asleep, "Une douzaine d’œufs")).to_have_count(1)
        line.cut()
        await asleep.wait_for_selector("html[data-line=away]", state="attached")

        blocking = await one.context.new_page()
        await blocking.goto(f"/board/requests/{theirs}")
        await blocking.get_by_text("Bloquer cette personne").click()
        await blocking.get_by_role("button", name="Bloquer", exact=True).click()
        await expect(blocking.get_by_text("Personne bloquée. Elle n’en est pas informée")).to_be_visible()

        line.mend()
        await ready(asleep)
        await expect(card(asleep, "Une douzaine d’œufs")).to_have_count(0)
    await expect(card(one, "Deux salades")).to_have_count(0)
    await expect(card(one, "Une douzaine d’œufs")).to_have_count(1)
    await expect(other.get_by_text("n’est plus affiché")).to_be_visible()
    await expect(card(reading, "Une douzaine d’œufs")).to_have_count(0)
    await expect(card(reading, "Deux salades")).to_have_count(1)
    assert await open_count(reading) < before
    await expect(reading.get_by_text("bloqu")).to_have_count(0)
    await expect(card(await watch(await stage.guest()), "Une douzaine d’œufs")).to_have_count(1)
