"""Before a sitting, in real browsers: a clerk calls it by keyboard, a member answers on a telephone."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.browser.accessibility import violations
from tests.browser.portal_process import PortalProcess

pytestmark = pytest.mark.browser

PATIENCE_S = 30.0
LINK = re.compile(r"/summons/[\w-]+")
TELEPHONE: ViewportSize = {"width": 390, "height": 800}


async def clean_in_both_schemes(page: Page) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == []


async def link_of(portal: PortalProcess, mailbox: str) -> str:
    """The link in the mail to one of the demo's people, which the demo shows in its log."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        mails = [line for line in portal.log.splitlines() if f"{mailbox}@" in line and "/summons/" in line]
        found = LINK.search(mails[-1]) if mails else None
        if found:
            return found[0]
        assert time.monotonic() < deadline, "no convocation was mailed"
        await asyncio.sleep(0.1)


async def test_a_clerk_calls_a_sitting_by_keyboard_and_sees_a_member_answer(
    portal: PortalProcess, chromium: Browser
) -> None:
    clerk = await portal.sign_in(chromium, "greffe")
    await clerk.set_viewport_size({"width": 1366, "height": 768})
    await clerk.goto("/sittings")
    await clean_in_both_schemes(clerk)
    await clerk.locator('a[href$="/prepare"]').focus()
    await clerk.keyboard.press("Enter")
    await expect(clerk.get_by_text("CGCT L2121-12")).to_be_visible()
    await expect(clerk.get_by_role("button", name="Envoyer la convocation")).to_have_count(0)
    await clean_in_both_schemes(clerk)

    await clerk.get_by_role("link", name="Changer le jour").focus()
    await clerk.keyboard.press("Enter")
    later = datetime.now(UTC) + timedelta(days=40)
    await clerk.get_by_label("Jour", exact=True).fill(f"{later:%Y-%m-%d}")
    await clean_in_both_schemes(clerk)
    await clerk.get_by_label("Jour", exact=True).press("Enter")
    send = clerk.get_by_role("button", name="Envoyer la convocation")
    await send.focus()
    await clerk.keyboard.press("Enter")
    await expect(clerk.get_by_text("La convocation est en route")).to_be_visible()
    await clean_in_both_schemes(clerk)
    line = clerk.get_by_role("row", name=re.compile("Gérard Tessier"))
    reply, proxy = line.locator('[data-label="Réponse"]'), line.locator('[data-label="Pouvoir"]')
    await expect(reply).to_have_text("–")

    member = await portal.guest(chromium)
    await member.set_viewport_size(TELEPHONE)
    await member.goto(await link_of(portal, "conseiller"))
    await clean_in_both_schemes(member)
    await member.get_by_role("button", name="Je l’ai bien reçue").click()
    await expect(member.get_by_text("Reçue le")).to_be_visible()
    await member.get_by_label("Absent").check(force=True)
    await member.get_by_role("button", name="Envoyer ma réponse").click()
    await member.get_by_label("Qui vote pour vous").select_option(label="Awa Diarra")
    await member.get_by_role("button", name="Donner ce pouvoir").click()
    await expect(member.get_by_text("Awa Diarra vote pour vous.")).to_be_visible()
    await clean_in_both_schemes(member)

    await expect(reply).to_have_text("Absent", timeout=PATIENCE_S * 1000)
    await expect(proxy).to_have_text("Awa Diarra", timeout=PATIENCE_S * 1000)


async def test_the_public_reads_what_is_called_and_not_what_is_prepared(
    portal: PortalProcess, chromium: Browser
) -> None:
    visitor = await portal.guest(chromium)
    await visitor.set_viewport_size(TELEPHONE)
    await visitor.goto("/sittings")
    await expect(visitor.get_by_text("En préparation")).to_have_count(0)
    await visitor.get_by_role("link", name="Conseil municipal").first.click()
    await expect(visitor.get_by_role("heading", name="Tarifs de la restauration scolaire")).to_be_visible()
    await expect(visitor.get_by_role("link", name="Préparer")).to_have_count(0)
    await clean_in_both_schemes(visitor)
    await visitor.goto("/sittings/key")
    await clean_in_both_schemes(visitor)
