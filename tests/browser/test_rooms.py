"""Stories of a room in real browsers through the real portal and its media worker."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.portal_process import PortalProcess
from tests.browser.room_pages import PersonInRoom, new_room, open_room

pytestmark = pytest.mark.browser

FRAMES_PER_S = 10.0


async def host_in_room(portal: PortalProcess, browser: Browser, kind: str = "staff") -> tuple[PersonInRoom, str]:
    """The clerk in a room of their own, and the room's path."""
    host = await open_room(portal, browser, "greffe", "/rooms/new")
    path = await new_room(host.page, "Point travaux", kind)
    await host.join()
    return host, path


async def test_two_people_meet_by_a_link_and_who_has_no_right_to_the_room_gets_nothing(
    portal: PortalProcess, chromium: Browser
) -> None:
    host, path = await host_in_room(portal, chromium)
    guest = await open_room(portal, chromium, "agente", path)
    await guest.join()
    for person in (host, guest):
        await person.sees_and_hears()
        assert await person.frames_per_second() >= FRAMES_PER_S

    resident = await open_room(portal, chromium, "habitant", path)
    await resident.knock()
    await expect(resident.page.locator('[data-view="lobby"]')).to_be_visible()
    assert await resident.slots() == {}

    await guest.press("microphone")
    await expect(host.tile("Nadia Roussel").locator("[data-muted-sign]")).to_be_visible()
    await guest.press("leave")
    await expect(guest.page.locator('[data-view="ended"]')).to_be_visible()
    await expect(host.tile("Nadia Roussel")).to_have_count(0)
    assert await resident.slots() == {}
