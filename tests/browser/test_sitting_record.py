"""After a sitting, in a real browser: the clerk checks, corrects and publishes; everybody reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from portal.db import Database
from portal.events import EventLog
from portal.schema import load_models
from tests.browser.accessibility import violations
from tests.browser.portal_process import PortalProcess
from tests.clock import FixedClock
from tests.meetings.minutes.held_sitting import insert_sitting
from tests.meetings.minutes.journals import START

pytestmark = pytest.mark.browser

RECORD = "/sittings/s1/record"


async def clean_in_both_schemes(page: Page) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == []


async def hold_sitting(data: Path) -> None:
    """Put a sitting that is over beside those of the demo."""
    load_models()
    database = Database(f"sqlite+aiosqlite:///{data / 'parvis.db'}")
    EventLog(database, FixedClock(START))
    await insert_sitting(database, "localhost")
    await database.close()


async def test_the_clerk_corrects_and_publishes_and_a_resident_reads_on_a_telephone(
    portal: PortalProcess, chromium: Browser
) -> None:
    await hold_sitting(portal.data)
    clerk = await portal.sign_in(chromium, "greffe")
    await clerk.set_viewport_size({"width": 1366, "height": 768})
    await clerk.goto(RECORD)
    await clean_in_both_schemes(clerk)

    await clerk.get_by_text("Rectifier une écriture").click()
    await clerk.get_by_label("Quelle écriture").select_option("2")
    await clerk.get_by_label("Ce qui est exact").fill("Lire « Salle des mariages ».")
    await clerk.get_by_role("button", name="Porter la rectification").click()
    await expect(clerk.get_by_text("Lire « Salle des mariages ».")).to_be_visible()
    await clerk.get_by_text("Consigner les discussions").nth(2).click()
    await clerk.get_by_label("Teneur des discussions").nth(2).fill("Le prix est discuté.")
    await clerk.get_by_role("button", name="Garder cette note").click()
    await expect(clerk.locator(".prose", has_text="Le prix est discuté.")).to_be_visible()
    await clerk.get_by_role("button", name="Mettre en ligne la liste").click()
    await expect(clerk.get_by_text("La liste et chaque délibération sont en ligne.")).to_be_visible()
    await clean_in_both_schemes(clerk)

    resident = await portal.guest(chromium)
    await resident.set_viewport_size({"width": 390, "height": 800})
    await resident.goto(RECORD)
    await expect(resident.get_by_text("Rejetée")).to_be_visible()
    await clean_in_both_schemes(resident)
    link = resident.get_by_role("link", name=re.compile("La délibération"))
    answer = await resident.request.get(await link.first.get_attribute("href") or "")
    assert (answer.status, (await answer.body())[:5]) == (200, b"%PDF-")
