"""What a room survives: reloads, lost networks, killed processes; and what ends it at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from meetings.sfu.adapter import host_addresses
from tests.browser.live_page import line_to
from tests.browser.media_line import ADDRESS, media_line
from tests.browser.portal_process import PortalProcess, demo_portal
from tests.browser.room_pages import PersonInRoom, energy, frames, new_room, open_room, packets

pytestmark = pytest.mark.browser


@pytest.fixture
async def people(portal: PortalProcess, chromium: Browser) -> tuple[PersonInRoom, PersonInRoom]:
    """The clerk and an agent, who see and hear each other."""
    host = await open_room(portal, chromium, "greffe", "/rooms/new")
    path = await new_room(host.page, "Point travaux")
    await host.join()
    guest = await open_room(portal, chromium, "agente", path)
    await guest.join()
    for person in (host, guest):
        await person.sees_and_hears()
    return host, guest


KEEP_PEER = "window.before = document.querySelector('room-page').call.peer"
SAME_PEER = "window.before === document.querySelector('room-page').call.peer"


async def test_a_reload_leads_back_to_the_same_seat_without_a_click(people: tuple[PersonInRoom, PersonInRoom]) -> None:
    host, guest = people

    await guest.page.reload()

    for person in people:
        await person.sees_and_hears()
    await expect(host.call.locator(".stage__strip .tile strong")).to_have_text(
        ["Sophie Lemoine (vous)", "Nadia Roussel"]
    )


async def test_people_are_back_by_themselves_after_the_media_worker_was_killed(
    portal: PortalProcess, people: tuple[PersonInRoom, PersonInRoom]
) -> None:
    portal.kill("media")

    for person in people:
        await person.sees_and_hears()


async def test_who_was_muted_stays_muted_when_the_media_worker_is_started_anew(
    portal: PortalProcess, people: tuple[PersonInRoom, PersonInRoom]
) -> None:
    host, guest = people
    await host.press("people")
    await host.person("Nadia").locator("summary").click()
    await host.person("Nadia").locator('[data-act="microphone"]').click()
    await expect(host.tile("Nadia Roussel").locator("[data-muted-sign]")).to_be_visible()

    await host.page.evaluate(KEEP_PEER)
    portal.kill("media")

    await guest.sees_and_hears()
    await host.page.wait_for_function(f"!({SAME_PEER})")
    before = await host.until(lambda slots: frames(slots) > 0)
    heard = await host.until(lambda slots: frames(slots) > frames(before) + 45)  # three seconds of moving pictures
    assert energy(heard) <= energy(before)
    await expect(host.tile("Nadia Roussel").locator("[data-muted-sign]")).to_be_visible()


async def test_sound_goes_on_while_the_portal_is_away_and_the_page_returns_to_it(
    portal: PortalProcess, people: tuple[PersonInRoom, PersonInRoom]
) -> None:
    host, guest = people
    for person in people:
        await person.page.evaluate(KEEP_PEER)

    portal.kill("web")
    before = await host.slots()
    await host.until(lambda slots: energy(slots) > energy(before) and packets(slots) > packets(before) + 50)
    await portal.until_answering()
    await expect(guest.page.locator("html")).to_have_attribute("data-line", "connected", timeout=30_000)
    await guest.press("chat")
    await guest.say("Me revoilà")
    await host.press("chat")
    await expect(host.said).to_have_text(["Me revoilà"], timeout=30_000)

    for person in people:
        await person.sees_and_hears()
        assert await person.page.evaluate(SAME_PEER)


async def test_signing_out_ends_sound_and_picture_at_once(
    portal: PortalProcess, people: tuple[PersonInRoom, PersonInRoom]
) -> None:
    host, guest = people
    other_tab = await guest.page.context.new_page()
    await other_tab.goto("/")

    await other_tab.evaluate("document.querySelector('form[action=\"/sign-out\"]').submit()")

    await expect(guest.page.locator("[name=guest_name]")).to_be_visible()
    await expect(host.tile("Nadia Roussel").locator("[data-muted-sign]")).to_be_visible()
    assert await guest.slots() == {}
    received = packets(await host.slots())
    await host.page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert packets(await host.slots()) == received


async def test_a_suspended_account_is_out_of_the_call_at_once(
    portal: PortalProcess, chromium: Browser, people: tuple[PersonInRoom, PersonInRoom]
) -> None:
    host, guest = people
    administrator = await portal.sign_in(chromium, "administration")
    await administrator.goto("/admin/people")
    await administrator.get_by_role("link", name="Nadia Roussel").click()
    await administrator.fill("#field-reason", "Propos injurieux pendant la réunion.")

    await administrator.locator("#ban form button[type=submit]").click()

    await expect(host.tile("Nadia Roussel")).to_have_count(0)
    await expect(guest.page.locator("[name=guest_name]")).to_be_visible()
    assert await guest.slots() == {}
    received = packets(await host.slots())
    await host.page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert packets(await host.slots()) == received


async def test_the_later_of_two_pages_has_the_seat(people: tuple[PersonInRoom, PersonInRoom]) -> None:
    host, guest = people
    second = PersonInRoom(await guest.page.context.new_page())
    await second.page.goto(guest.page.url)
    await second.join()

    await second.sees_and_hears()
    await expect(guest.page.locator("[data-ended-title]")).to_contain_text("une autre page")
    await host.sees_and_hears()
    await expect(host.call.locator(".stage__strip .tile")).to_have_count(2)


async def test_others_read_who_has_lost_the_network_and_they_are_back_by_themselves(
    tmp_path: Path, chromium: Browser, free_port: int
) -> None:
    settings = {"PARVIS_MEDIA_PORT": str(free_port), "PARVIS_MEDIA_ADDRESSES": ADDRESS}
    async with demo_portal(tmp_path, settings=settings) as portal, line_to(portal.port) as line:
        worker = next((address for address in host_addresses() if ":" not in address), "127.0.0.1")
        async with media_line((worker, free_port)) as sound:
            host = await open_room(portal, chromium, "greffe", "/rooms/new")
            path = await new_room(host.page, "Point travaux")
            await host.join()
            guest = await open_room(portal, chromium, "agente", f"http://localhost:{line.port}{path}")
            await guest.join()
            await host.sees_and_hears()

            sound.cut(sound.clients[-1])
            line.cut()
            await expect(host.tile("Nadia Roussel")).to_have_attribute("data-lost", "", timeout=20_000)
            await expect(guest.call.locator("[data-line]")).to_contain_text("Connexion perdue", timeout=20_000)
            await guest.page.press("body", "m")
            sound.mend()
            line.mend()

            await host.until(lambda slots: packets(slots) > 0)
            await guest.sees_and_hears()
            await expect(host.tile("Nadia Roussel")).not_to_have_attribute("data-lost", "", timeout=20_000)
            await expect(host.tile("Nadia Roussel").locator("[data-muted-sign]")).to_be_visible()
