"""A newcomer alone in the demo's room is not alone: colleagues who are invented move and speak."""

from __future__ import annotations

import time
from asyncio import sleep
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.portal_process import PortalProcess
from tests.browser.room_pages import PATIENCE_S, PersonInRoom, open_room

pytestmark = pytest.mark.browser

COLLEAGUES = ["Camille Arnaud", "Mehdi Charef", "Solène Le Goff"]


def company_of(portal: PortalProcess) -> list[int]:
    """The process numbers of the colleagues' processes; they are children of the web process while that lives."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_company = b"-m\0meetings.rooms.demo\0" in (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if is_company and f"PARVIS_DATA={portal.data}\0".encode() in environment:
            found.append(int(folder.name))
    return found


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        await sleep(0.1)


async def newcomer(portal: PortalProcess, browser: Browser) -> PersonInRoom:
    """The mayor, by the button on the home page."""
    mayor = await open_room(portal, browser, "maire", "/")
    await mayor.page.locator("#home-rooms li").filter(has_text="Point hebdomadaire").get_by_role("link").click()
    await mayor.join()
    return mayor


async def test_newcomer_alone_sees_and_hears_colleagues_who_live_as_long_as_there_is_somebody_to_meet(
    portal: PortalProcess, chromium: Browser
) -> None:
    mayor = await newcomer(portal, chromium)

    await mayor.sees_and_hears()
    for name in COLLEAGUES:
        await expect(mayor.tile(name)).to_be_visible()
    await mayor.until(lambda slots: sum(slot["framesDecoded"] > 10 for slot in slots.values()) == len(COLLEAGUES))
    await expect(mayor.call.locator(".stage__strip .tile[data-speaking]")).not_to_have_count(0, timeout=20_000)

    portal.kill("media")
    await mayor.sees_and_hears()

    before = set(company_of(portal))
    assert len(before) == 1
    portal.kill("web")
    await until(lambda: not before & set(company_of(portal)))
    await portal.until_answering()
    await expect(mayor.page.locator("html")).to_have_attribute("data-line", "connected", timeout=30_000)
    await until(lambda: len(company_of(portal)) == 1)
    await mayor.sees_and_hears()

    await mayor.press("leave")
    await until(lambda: not company_of(portal))
