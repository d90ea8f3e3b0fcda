"""Forms and pages while the line is gone, through the real portal: nothing lost, nothing twice, and said calmly."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.accessibility import violations
from tests.browser.live_page import Line, line_to
from tests.browser.portal_process import PortalProcess

pytestmark = pytest.mark.browser

HELD = "Gardé ici. L’envoi se fera de lui-même au retour de la connexion."
BANNER = "Pas de connexion pour le moment. Vous pouvez continuer à lire et à écrire"


def banner(page: Page) -> Locator:
    return page.locator("[role=status] [data-connection]")


async def ready(page: Page) -> None:
    await page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")


async def open_request(page: Page, line: Line, title: str) -> None:
    """A request of the demo town, read through the line."""
    await page.goto(f"http://localhost:{line.port}/board")
    await page.get_by_role("link", name=title).first.click()
    await ready(page)


async def drafts(page: Page) -> int:
    """How many forms this tab holds."""
    count: int = await page.evaluate("Object.keys(sessionStorage).filter((name) => name.includes('draft')).length")
    return count


async def test_answer_written_without_a_line_is_kept_and_sent_once_when_it_is_back(
    portal: PortalProcess, chromium: Browser
) -> None:
    async with line_to(portal.port) as line:
        page = await portal.sign_in(chromium, "agente")
        await page.goto(f"http://localhost:{line.port}/board")
        # Whoever has an account may walk a dog; other help asks for an address that was confirmed.
        card = page.locator("[data-cards] [data-posting] .card__title", has_text="Promener mon chien")
        title = await card.first.inner_text()
        await open_request(page, line, title)
        address = page.url

        line.cut()
        await expect(banner(page)).to_be_visible()
        await expect(banner(page)).to_contain_text(BANNER)
        await expect(page.get_by_role("heading", level=1)).to_have_text(title)
        await page.get_by_label("Un mot à cette personne").fill("Je passe à six heures.")
        await page.get_by_role("button", name="Envoyer ma réponse").click()
        await expect(page.get_by_text(HELD)).to_be_visible()
        await page.get_by_role("button", name="Envoyer ma réponse").click()
        assert page.url == address
        assert await violations(page) == []

        line.mend()
        await expect(page.get_by_role("heading", name="Ma réponse")).to_be_visible()
        await expect(page.get_by_text("Je passe à six heures.")).to_have_count(1)
        await ready(page)
        await expect(banner(page)).to_be_hidden()
        await expect(page.get_by_text(HELD)).to_have_count(0)
        assert await drafts(page) == 0


async def open_room_form(page: Page, line: Line, title: str) -> Locator:
    """The form of a new room, filled in; returns its button."""
    await page.goto(f"http://localhost:{line.port}/rooms/new")
    await ready(page)
    await page.fill("[name=title]", title)
    await page.check("[name=kind][value=staff]", force=True)
    return page.locator("main form button[type=submit]").last


async def expect_one_room(page: Page, line: Line, title: str) -> None:
    await page.wait_for_url(lambda url: "/rooms/" in url and not url.endswith("/new"))
    await page.goto(f"http://localhost:{line.port}/rooms")
    await expect(page.get_by_role("link", name=title)).to_have_count(1)


async def test_form_that_got_no_answer_or_waits_survives_a_page_that_is_loaded_again(
    portal: PortalProcess, chromium: Browser
) -> None:
    async with line_to(portal.port) as line:
        page = await portal.sign_in(chromium, "agente")

        async def lose_the_answer(route: Route) -> None:
            if route.request.method == "POST":
                await route.fetch(max_redirects=0)
                await route.abort()
            else:
                await route.continue_()

        # The portal did it, and the answer was lost: "back" has the same form, and it counts once.
        send = await open_room_form(page, line, "Point du lundi")
        await page.route("**/rooms", lose_the_answer)
        await send.click()
        await page.wait_for_url("chrome-error://**")
        await page.unroute("**/rooms")
        await page.go_back()
        await expect(page.locator("[name=title]")).to_have_value("Point du lundi")
        await send.click()
        await expect_one_room(page, line, "Point du lundi")

        send = await open_room_form(page, line, "Point du mardi")
        await page.context.set_offline(offline=True)
        await send.click()
        await expect(page.get_by_text(HELD)).to_be_visible()
        await page.route("**/healthz", lambda route: route.abort())
        await page.context.set_offline(offline=False)
        await page.reload()
        await expect(page.get_by_text(HELD)).to_be_visible()
        await expect(page.locator("[name=title]")).to_have_value("Point du mardi")
        await page.unroute("**/healthz")
        await expect_one_room(page, line, "Point du mardi")


async def test_form_that_waits_is_forgotten_with_the_sign_out_and_other_forms_say_that_nothing_was_sent(
    portal: PortalProcess, chromium: Browser
) -> None:
    async with line_to(portal.port) as line:
        page = await portal.sign_in(chromium, "agente")
        send = await open_room_form(page, line, "Secret du mercredi")
        line.cut()
        await expect(banner(page)).to_be_visible()
        await send.click()
        await expect(page.get_by_text(HELD)).to_be_visible()
        assert await drafts(page) == 1

        await page.locator("header details summary").last.click()
        await page.get_by_role("button", name="Se déconnecter").click()
        await expect(page.get_by_text("Rien n’a été envoyé")).to_be_visible()
        await expect(page.get_by_text(HELD)).to_have_count(0)
        assert await drafts(page) == 0

        line.mend()
        await ready(page)
        await page.goto(f"http://localhost:{line.port}/rooms")
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await expect(page.get_by_role("link", name="Secret du mercredi")).to_have_count(0)
