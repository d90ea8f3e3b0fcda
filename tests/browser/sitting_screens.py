"""The screens of a sitting, as a test finds its way on them."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.browser.accessibility import violations
from tests.browser.portal_process import ROOT
from tests.browser.room_pages import SMALL_CAMERA, PersonInRoom

PATIENCE_MS = 40_000
TELEPHONE: ViewportSize = {"width": 390, "height": 800}
DESK: ViewportSize = {"width": 1366, "height": 768}
RECEIPT = re.compile(r"n° \d+ · [0-9a-f]{4}-[0-9a-f]{4}")


def button(where: Page | Locator, name: str) -> Locator:
    """A button by the words on it."""
    return where.get_by_role("button", name=name, exact=True)


def line(cockpit: Page, name: str) -> Locator:
    """A member's line among the people of the cockpit."""
    return cockpit.locator("#panel-people .person", has=cockpit.locator(".person__name", has_text=name))


def panel(page: Page, name: str) -> Locator:
    """A part of a screen."""
    return page.locator(f"#panel-{name}")


async def unfold(where: Page | Locator, words: str) -> Locator:
    """Open what is folded under these words; what is in it."""
    details = where.locator(f'details:has(> summary:has-text("{words}"))').first
    if await details.get_attribute("open") is None:
        await details.locator("> summary").click()
    return details


async def open_roll(cockpit: Page) -> None:
    """Begin to receive members."""
    await button(cockpit, "Ouvrir l’appel").click()
    await expect(panel(cockpit, "where")).to_contain_text("Les membres arrivent")


async def call_item(cockpit: Page, public: Page, title: str) -> None:
    """Take up the item that is next, as everybody sees."""
    await button(cockpit, "Appeler ce point").click()
    await expect(panel(public, "where")).to_contain_text(title)


async def end_item(cockpit: Page) -> None:
    """The item under discussion is dealt with."""
    form = await unfold(cockpit, "Terminer, reporter ou retirer ce point")
    await button(form, "Terminer ce point").click()


async def close_sitting(cockpit: Page) -> None:
    """The end, which is asked for twice."""
    form = await unfold(cockpit, "Clore la séance")
    await button(form, "Clore définitivement la séance").click()


async def open_ballot(cockpit: Page, how: str) -> None:
    """Put the item under discussion to the vote, in this way."""
    form = await unfold(cockpit, "Mettre aux voix")
    await form.locator(f"input[name=how][value={how}]").check(force=True)
    await button(form, "Ouvrir le vote").click()


async def clean(*pages: Page) -> None:
    """Nothing on these pages, as they stand, keeps anybody out; in both schemes."""
    for page in pages:
        await page.emulate_media(color_scheme="dark")
        assert await violations(page) == []
        await page.emulate_media(color_scheme="light")
        assert await violations(page) == []


async def note_discussion(cockpit: Page, text: str) -> None:
    """The clerk writes down what was said on the item under discussion, below what was noted before."""
    form = await unfold(cockpit, "Teneur des discussions")
    field = form.get_by_role("textbox")
    whole = f"{await field.input_value()}\n{text}".strip()
    await field.fill(whole)
    await button(form, "Garder cette note").click()
    await expect(field).to_have_js_property("defaultValue", whole)


async def verify_journal(clerk: Page, sitting: str, folder: Path) -> list[str]:
    """The lines of the exported journal, which is in order as anybody can check offline."""
    exported = folder / "journal.jsonl"
    exported.write_bytes(await (await clerk.request.get(f"{sitting}/journal")).body())
    verify = (sys.executable, "-m", "meetings.minutes", "verify", str(exported))
    process = await asyncio.create_subprocess_exec(*verify, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return exported.read_text().splitlines()


async def join_from(seat: Page, link: str) -> PersonInRoom:
    """Into the sitting's room by a link on a seat page."""
    await seat.context.add_init_script(SMALL_CAMERA)
    async with seat.expect_popup() as opened:
        await seat.get_by_role("link", name=link).click()
    person = PersonInRoom(await opened.value)
    await person.join()
    return person
