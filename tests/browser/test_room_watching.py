"""Whom a person keeps large, by keyboard and by click, told in words."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.portal_process import PortalProcess
from tests.browser.room_pages import PATIENCE_S, new_room, open_room

pytestmark = pytest.mark.browser


async def test_somebody_is_kept_large_by_keyboard_and_let_go_by_click(portal: PortalProcess, chromium: Browser) -> None:
    host = await open_room(portal, chromium, "greffe", "/rooms/new")
    path = await new_room(host.page, "Point travaux")
    await host.join()
    other = await open_room(portal, chromium, "agente", path)
    await other.join()
    told = host.call.locator("[data-announce]")
    pin = host.tile("Nadia Roussel").locator("[data-pin]")
    large = host.call.locator(".stage__large .tile")

    await expect(pin).to_have_attribute("aria-label", "Garder Nadia Roussel en grand", timeout=PATIENCE_S * 1000)
    await pin.focus()
    await host.page.keyboard.press("Enter")
    await expect(told).to_contain_text("Nadia Roussel reste en grand.")
    await expect(pin).to_have_attribute("aria-pressed", "true")
    await expect(large.locator("[data-name]")).to_have_text("Nadia Roussel")
    assert await violations(host.page) == []
    await host.sees_and_hears()

    await large.locator("[data-pin]").click()
    await expect(told).to_contain_text("Nadia Roussel ne reste plus en grand.")
    await expect(pin).to_have_attribute("aria-pressed", "false")
