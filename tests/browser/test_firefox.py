"""Firefox ESR in a room with Chromium: both publish to the worker and decode from it, each in its own dialect."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.browser.firefox import Firefox, FirefoxPage, running_firefox
from tests.browser.portal_process import DOMAIN, PortalProcess
from tests.browser.room_pages import SMALL_CAMERA, Viewer, new_room, open_room

pytestmark = pytest.mark.browser

NO_ADDRESS = """Firefox sends no connectivity checks to loopback addresses, and this machine has no others.
This gives it one: sudo sh -c 'ip link add parvis0 type veth && ip address add 198.51.100.1/24 dev parvis0 &&
ip link set parvis0 up'"""


@pytest.fixture
async def firefox() -> AsyncIterator[Firefox]:
    """A real Firefox with an invented camera and microphone."""
    assert has_own_address(), NO_ADDRESS
    async with running_firefox() as running:
        yield running


def has_own_address() -> bool:
    """Whether the machine has an address besides those of its loopback. Nothing is sent to find out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.2", 9))
        except OSError:
            return False
        own: str = probe.getsockname()[0]
        return not own.startswith("127.")


async def open_in_firefox(firefox: Firefox, portal: PortalProcess, mailbox: str, path: str) -> FirefoxPage:
    """The page of a room in Firefox, by a demo person who has signed in, before joining."""
    page = await firefox.open_page(portal.address)
    await page.before_each_page(SMALL_CAMERA)
    await page.goto("/sign-in")
    await page.fill("[name=email]", f"{mailbox}@{DOMAIN}")
    await page.fill("[name=password]", portal.password)
    await page.click("main form button[type=submit]")
    await page.until("() => location.pathname !== '/sign-in' && document.readyState === 'complete'")
    await page.goto(path)
    return page


async def join(page: FirefoxPage) -> Viewer:
    """Press Join once the own picture moves, and wait until the call is there."""
    await page.until("() => document.querySelector('[data-preview] video, video[data-preview]')?.videoWidth > 0")
    await page.click("[data-join] button")
    await page.shows('[data-view="call"]')
    return Viewer(page)


async def test_three_people_with_chromium_and_one_with_firefox_see_and_hear_each_other(
    portal: PortalProcess, chromium: Browser, firefox: Firefox
) -> None:
    host = await open_room(portal, chromium, "greffe", "/rooms/new")
    path = await new_room(host.page, "Commission travaux", "open")
    await host.join()
    others = [await open_room(portal, chromium, mailbox, path) for mailbox in ("agente", "habitant")]
    for each in others:
        await each.join()

    in_firefox = await join(await open_in_firefox(firefox, portal, "habitante", path))

    everybody: list[Viewer] = [host, *others, in_firefox]
    for person in everybody:
        await person.sees_and_hears(people=3)


async def test_whoever_uses_firefox_writes_falls_silent_reloads_and_leaves(
    portal: PortalProcess, chromium: Browser, firefox: Firefox
) -> None:
    host = await open_room(portal, chromium, "greffe", "/rooms/new")
    path = await new_room(host.page, "Point travaux")
    await host.join()
    page = await open_in_firefox(firefox, portal, "agente", path)
    await join(page)
    tile = host.tile("Nadia Roussel")

    await page.click('[data-view="call"] [data-control="microphone"]')
    await expect(tile.locator("[data-muted-sign]")).to_be_visible()
    await page.click('[data-view="call"] [data-control="hand"]')
    await expect(tile).to_have_attribute("data-hand", "")
    await page.click('[data-view="call"] [data-control="chat"]')
    await page.fill("[data-chat-form] [name=text]", "Bonjour de Firefox")
    await page.click("[data-chat-form] button")
    await host.press("chat")
    await expect(host.said).to_have_text(["Bonjour de Firefox"])

    # Without a window there is no screen to share: the page says so, and the call goes on.
    await page.click('[data-view="call"] [data-control="screen"]')
    await page.shows("[data-toasts]", "n’a pas pu partager d’écran")

    await page.reload()
    await page.shows('[data-view="call"]')
    await page.click('[data-view="call"] [data-control="microphone"]')
    await Viewer(page).sees_and_hears()
    await host.sees_and_hears()

    await page.click('[data-view="call"] [data-control="leave"]')
    await page.shows("[data-ended-title]", "Vous avez quitté")
    await expect(tile).to_have_count(0)
