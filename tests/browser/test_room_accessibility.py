"""A room by keyboard and by screen reader."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.accessibility import violations
from tests.browser.portal_process import PortalProcess
from tests.browser.room_pages import PATIENCE_S, new_room, open_room

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement?.closest('[data-control]')?.dataset.control ?? ''"


async def test_every_view_of_a_room_is_without_violation_and_told_in_words(
    portal: PortalProcess, chromium: Browser
) -> None:
    host = await open_room(portal, chromium, "greffe", "/rooms/new")
    assert await violations(host.page) == []
    path = await new_room(host.page, "Point travaux", "open")
    await host.join()
    guest = await open_room(portal, chromium, None, path)
    await expect(guest.page.locator("[data-preview]")).to_be_visible()
    assert await violations(guest.page) == []
    await guest.knock("Lucie Bernard")
    await expect(guest.page.locator("#lobby-title")).to_be_focused()
    assert await violations(guest.page) == []

    announced = host.call.locator("[data-announce]")
    await expect(announced).to_contain_text("Lucie Bernard attend à l’entrée.")
    await expect(host.call.locator("[data-waiting-count]")).to_have_text("1 en attente")
    await host.press("people")
    await host.waiting("Lucie").get_by_role("button", name="Faire entrer").click()
    await expect(announced).to_contain_text("Lucie Bernard est dans la salle.")
    await guest.sees_and_hears()
    # Both fake microphones beep alike: with the host's muted it is Lucie who speaks.
    await host.press("microphone")
    await expect(announced).to_contain_text("Lucie Bernard parle.", timeout=PATIENCE_S * 1000)
    for scheme in ("light", "dark"):
        await host.page.emulate_media(color_scheme=scheme)
        assert await violations(host.page) == []


async def test_all_controls_are_reached_and_used_by_keyboard(portal: PortalProcess, chromium: Browser) -> None:
    host = await open_room(portal, chromium, "greffe", "/rooms/new")
    await new_room(host.page, "Point travaux")
    await expect(host.page.locator("[data-join] button")).to_be_enabled()
    await host.page.focus("[data-join] button")
    await host.page.keyboard.press("Enter")
    await expect(host.call).to_be_visible()

    reached = set()
    for _ in range(40):
        await host.page.keyboard.press("Tab")
        reached.add(await host.page.evaluate(FOCUSED))
    assert {"microphone", "camera", "screen", "hand", "chat", "people", "leave"} <= reached

    for key, control, pressed in (("m", "microphone", "false"), ("v", "camera", "false"), ("h", "hand", "true")):
        await host.page.keyboard.press(key)
        await expect(host.call.locator(f'[data-control="{control}"]')).to_have_attribute("aria-pressed", pressed)
    await host.press("chat")
    await expect(host.page.locator("#chat-text")).to_be_focused()
    await host.page.keyboard.type("mvh")
    await host.page.keyboard.press("Escape")
    await expect(host.page.locator("#panel-chat")).to_be_hidden()
    await expect(host.call.locator('[data-control="chat"]')).to_be_focused()
    await expect(host.call.locator('[data-control="microphone"]')).to_have_attribute("aria-pressed", "false")
