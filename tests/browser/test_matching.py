"""Stories of people who find each other, in a real Chromium: places claimed at once, waves, messages, on a phone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypercorn.asyncio import serve
from hypercorn.config import Config
from playwright.async_api import Browser, Page, expect

from helpdesk.board.model import Where
from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import REQUESTS
from helpdesk.matching.model import SLOTS
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.volunteers import Profile
from helpdesk.matching.service.volunteers import serve as serve_as_volunteer
from portal.accounts.model import Via
from portal.accounts.service import add_person
from portal.accounts.service.logins import begin_login
from portal.app import create_app
from portal.context import Portal
from portal.pages import LOGIN_COOKIE
from portal.permissions import Actor, Role
from portal.settings import load
from tests.browser.accessibility import violations
from tests.browser.live_page import line_to
from tests.browser.portal_process import PortalProcess
from tests.clock import FixedClock
from tests.free_ports import find_free_port
from tests.helpdesk.board.site import found_site
from tests.helpdesk.board.world import HOME, a_draft

pytestmark = pytest.mark.browser


async def ready(page: Page) -> None:
    """Until the page's script has come and its line stands."""
    await page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")


async def path_of(author: Page, title: str) -> str:
    """The page of a request of one's own."""
    await author.goto("/board/mine")
    await author.get_by_role("link", name=title).first.click()
    await ready(author)
    return author.url


async def test_of_two_who_claim_at_once_one_gets_the_place_and_the_other_is_told_kindly(
    portal: PortalProcess, chromium: Browser
) -> None:
    author = await portal.sign_in(chromium, "habitant")
    path = await path_of(author, "Promener mon chien")
    both = [await portal.sign_in(chromium, mailbox) for mailbox in ("benevole", "agente")]
    for page in both:
        await page.goto(path)
        await ready(page)
        await page.get_by_label("Un mot à cette personne").fill("Avec plaisir.")

    await asyncio.gather(*(page.get_by_role("button", name="Envoyer ma réponse").click() for page in both))
    for page in both:
        await expect(page.get_by_role("heading", name="Ma réponse")).to_be_visible()

    told = [await page.locator("main").inner_text() for page in both]
    assert sorted("Cette aide vous est réservée jusqu’au" in text for text in told) == [False, True]
    assert sum("Quelqu’un a été un instant plus rapide." in text for text in told) == 1
    await expect(author.locator(".answer")).to_have_count(2)
    await expect(author.get_by_text("Cette aide est réservée à")).to_have_count(1)


async def test_messages_reach_the_other_browser_and_none_is_lost_or_doubled_by_a_gap(
    portal: PortalProcess, chromium: Browser
) -> None:
    author, helper = await portal.sign_in(chromium, "habitant"), await portal.sign_in(chromium, "benevole")
    await path_of(author, "Courses de la semaine")
    await author.get_by_role("link", name="Messages avec Léa Fontaine").click()
    await ready(author)
    where = author.url.removeprefix(portal.address)
    async with line_to(portal.port) as line:
        cookies = [{**cookie, "domain": "localhost"} for cookie in await helper.context.cookies()]
        await helper.context.add_cookies(cookies)  # type: ignore[arg-type]
        await helper.goto(f"http://localhost:{line.port}{where}")
        await ready(helper)
        field = author.get_by_label("Écrire à Léa Fontaine")
        await field.fill("Avant la coupure")
        await author.get_by_role("button", name="Envoyer", exact=True).click()
        await expect(helper.locator("[data-said]").get_by_text("Avant la coupure")).to_have_count(1)

        line.cut()
        await helper.wait_for_selector("html[data-line=away]", state="attached")
        for number in range(3):
            await field.fill(f"Pendant la coupure {number}")
            await author.get_by_role("button", name="Envoyer", exact=True).click()
            await expect(author.locator("[data-said]").get_by_text(f"Pendant la coupure {number}")).to_be_visible()
            await expect(field).to_have_value("")
        line.mend()

        for number in range(3):
            await expect(helper.locator("[data-said]").get_by_text(f"Pendant la coupure {number}")).to_have_count(1)
        await field.fill("Appelez le 06 12 34 56 78")
        await author.get_by_role("button", name="Envoyer", exact=True).click()
        await expect(author.get_by_text("Merci de retirer le numéro de téléphone")).to_be_visible()
        await expect(field).to_have_value("Appelez le 06 12 34 56 78")


async def test_story_is_told_with_the_keyboard_alone_on_a_phone(portal: PortalProcess, chromium: Browser) -> None:
    page = await portal.sign_in(chromium, "conseillere")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto("/board/asked")
    assert await violations(page) == []
    await expect(page.get_by_text("On vous sollicite parce que").first).to_be_visible()
    await page.get_by_role("link", name="Je peux aider").first.focus()
    await page.keyboard.press("Enter")
    await page.get_by_label("Un mot à cette personne").focus()
    await page.keyboard.type("Je passe à midi.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("Cette aide vous est réservée jusqu’au")).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("link", name="Messages, et dire quand c’est fait").focus()
    await page.keyboard.press("Enter")
    await ready(page)
    await page.get_by_label("Écrire à cette personne").focus()
    await page.keyboard.type("Quelle pharmacie ?")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-said]").get_by_text("Quelle pharmacie ?")).to_be_visible()
    assert await violations(page) == []
    for address in ("/board/helping", "/board/mine"):
        await page.goto(address)
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


async def test_agents_pages_have_no_violation_that_axe_finds(portal: PortalProcess, chromium: Browser) -> None:
    page = await portal.sign_in(chromium, "agente")
    for address in ("/board/queue", "/board/file"):
        await page.goto(address)
        assert await violations(page) == [], address
    await page.goto("/board/queue")
    await page.get_by_role("link", name="Porter un panier").first.click()
    assert await violations(page) == []


@asynccontextmanager
async def served(folder: Path, clock: FixedClock) -> AsyncIterator[tuple[Portal, str]]:
    """A portal in this process whose clock the test moves, and its address."""
    port = find_free_port()
    address = f"http://localhost:{port}"
    await found_site(folder / "parvis.db", clock)
    application, portal = create_app(load({"PARVIS_DATA": str(folder), "PARVIS_PUBLIC_URL": address}), clock)
    ending = asyncio.Event()
    config = Config()
    config.bind, config.accesslog, config.errorlog = [f"127.0.0.1:{port}"], None, None
    server = asyncio.create_task(serve(application, config, shutdown_trigger=ending.wait))
    try:
        yield portal, address
    finally:
        await portal.hub.stop()
        ending.set()
        await server


async def person(portal: Portal, name: str, clock: FixedClock) -> tuple[Actor, str]:
    """Somebody who has been in the town for a month, signed in: as use cases see them, and their cookie."""
    async with portal.database.write() as db:
        roles, email = {Role.RESIDENT}, f"{name.lower()}@mail.test"
        who = await add_person(db, name=name, email=email, roles=roles, at=clock() - timedelta(days=30))
        login = begin_login(db, who, via=Via.PASSWORD, at=clock(), user_agent="", is_shared=False)
    return Actor(who.id, name, frozenset(roles), login.id), login.secret


async def test_wave_widens_after_declines(tmp_path: Path, chromium: Browser) -> None:
    clock = FixedClock(datetime(2026, 5, 4, 7, 0, tzinfo=UTC))
    async with served(tmp_path, clock) as (portal, address):
        board = Board.open(portal.database, clock, portal.limits, portal.settings.secret_key)
        matching = Matching(board, is_guarded=False)
        profile = Profile(is_on=True, categories=("groceries",), slots=SLOTS, reach="town")
        home = Where(longitude=HOME.lon, latitude=HOME.lat)
        pages: list[Page] = []
        for number in range(10):
            who, secret = await person(portal, f"Voisin{number}", clock)
            await serve_as_volunteer(matching, who, profile, home=home, command_id=f"serve-{number:04}")
            context = await chromium.new_context(base_url=address, locale="fr-FR")
            await context.add_cookies([{"name": LOGIN_COOKIE, "value": secret, "url": address}])
            pages.append(await context.new_page())
        author, _secret = await person(portal, "Anna", clock)
        await board.post(author, REQUESTS, a_draft("Deux sacs du marché"), command_id="post-0001")
        for page in pages:
            await page.goto("/board/asked")
            await ready(page)

        clock.advance(minutes=2)
        await portal.jobs.run_due()
        asked = [page for page in pages if await is_asked(page)]
        later = [page for page in pages if page not in asked]
        assert (len(asked), len(later)) == (8, 2)
        for page in asked:
            await expect(page.get_by_text("On vous sollicite parce que")).to_be_visible()
            await page.get_by_role("button", name="Pas cette fois").click()
            await expect(page.get_by_text("On ne vous demande rien")).to_be_visible()
        clock.advance(minutes=1)
        await portal.jobs.run_due()

        for page in later:
            await expect(page.get_by_role("link", name="Deux sacs du marché")).to_be_visible()


async def is_asked(page: Page) -> bool:
    """Whether the person is asked, by the page as the server makes it now."""
    await page.reload()
    await ready(page)
    return await page.get_by_role("link", name="Deux sacs du marché").count() == 1
