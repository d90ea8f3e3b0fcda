"""Stories of the help board in a real Chromium, through the real portal with its invented town."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Locator, Page, Route, expect

from tests.browser.accessibility import violations
from tests.browser.live_page import line_to
from tests.browser.portal_process import PortalProcess

pytestmark = pytest.mark.browser

POST = """async ([title, commandId]) => {
  const { live } = await import("parvis/core/live.js");
  const { get } = await import("parvis/core/http.js");
  const found = (await get("/api/addresses?q=12+rue")).items.find((item) => item.address_id);
  const draft = { category_id: "groceries", title, address_id: found.address_id };
  return (await live.command("help_request:post", draft, commandId)).id;
}"""
"""Ask for help as the live channel can: resolves with the id once it is on disk."""

COMMAND = """async ([title, commandId]) => {
  const { live } = await import("parvis/core/live.js");
  const [longitude, latitude] = document.querySelector("board-map").dataset.centre.split(" ").map(Number);
  const draft = { category_id: "company", title, longitude, latitude };
  return (await live.command("help_request:post", draft, commandId)).id;
}"""
"""The same at the middle of the town, with nothing else asked of the portal."""


def card(page: Page, title: str) -> Locator:
    return page.locator("[data-cards] [data-posting]", has_text=title)


async def watch(page: Page, address: str = "/board") -> Page:
    """Open the board and wait until the page follows it and its map is drawn."""
    await page.goto(address)
    await page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")
    await page.wait_for_selector("board-map[data-ready]")
    return page


async def ask_in_three_steps(page: Page, title: str) -> None:
    await page.goto("/board/ask")
    await page.get_by_label("Courses").check(force=True)
    await page.get_by_label("En une ligne").fill(title)
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_label("Votre adresse").fill("12 rue")
    await page.locator("[data-result-list] input").first.check(force=True)
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_label("Aujourd’hui").check(force=True)
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_text("Visible par vous seulement")).to_be_visible()
    await page.get_by_role("button", name="Publier").click()
    await expect(page.get_by_text("C’est publié.")).to_be_visible()


ON_MAP = """() => {
  const counts = [...document.querySelectorAll(".map__count:not([hidden])")];
  return counts.reduce((sum, count) => sum + Number(count.textContent), 0);
}"""


async def until_map_counts(page: Page, total: int) -> None:
    """Return as soon as the areas of the map hold so many: one that is not drawn yet is fetched first."""
    await page.wait_for_function(f"(total) => ({ON_MAP})() === total", arg=total)


async def test_request_asked_in_one_window_stands_in_another_and_is_answered_there(
    portal: PortalProcess, chromium: Browser
) -> None:
    neighbour = await watch(await portal.sign_in(chromium, "agente"))
    before = await neighbour.evaluate(ON_MAP)
    count = neighbour.locator("[data-count=help_request]")
    requests = int(await count.get_attribute("data-value") or "0")
    author = await portal.sign_in(chromium, "habitant")

    await ask_in_three_steps(author, "Deux sacs de pommes")
    await expect(card(neighbour, "Deux sacs de pommes")).to_be_visible()
    await expect(card(neighbour, "Deux sacs de pommes")).to_contain_text("aujourd’hui")
    await expect(neighbour.locator("help-board [data-announce]")).to_have_text("Nouvelle demande : Deux sacs de pommes")
    await expect(count).to_have_text(f"{requests + 1} demandes")
    await until_map_counts(neighbour, before + 1)

    watcher = await watch(await portal.guest(chromium))
    await card(neighbour, "Deux sacs de pommes").get_by_role("link").click()
    await neighbour.get_by_label("Un mot à cette personne").fill("J’y vais demain.")
    await neighbour.get_by_role("button", name="Envoyer ma réponse").click()
    await expect(neighbour.get_by_text("Cette aide vous est réservée jusqu’au")).to_be_visible()
    await expect(author.get_by_text("J’y vais demain.")).to_be_visible()
    await expect(card(watcher, "Deux sacs de pommes")).to_contain_text("Quelqu’un s’est proposé")

    await author.get_by_label("Un mot à Nadia Roussel").fill("À dix heures ?")
    await author.get_by_role("button", name="Accepter Nadia Roussel").click()
    await expect(neighbour.get_by_text("À dix heures ?")).to_be_visible()
    await expect(card(watcher, "Deux sacs de pommes")).to_contain_text("Quelqu’un aide déjà")

    await author.locator("summary", has_text="C’est terminé").click()
    await author.get_by_label("Oui, c’est fait").check(force=True)
    await author.get_by_role("button", name="Clore").click()
    await expect(neighbour.get_by_text("C’est fait, merci")).to_be_visible()
    await expect(card(watcher, "Deux sacs de pommes")).to_contain_text("Close")
    await expect(watcher.locator("[data-count=help_request]")).to_have_text(f"{requests} demandes")
    await until_map_counts(watcher, before)


async def test_after_a_gap_nothing_is_missing_and_nothing_doubled(portal: PortalProcess, chromium: Browser) -> None:
    author = await watch(await portal.sign_in(chromium, "habitant"))
    async with line_to(portal.port) as line:
        page = await portal.guest(chromium)
        await watch(page, f"http://localhost:{line.port}/board")
        await author.evaluate(POST, ["Avant la coupure", "before-00"])
        await expect(card(page, "Avant la coupure")).to_have_count(1)

        line.cut()
        await page.wait_for_selector("html[data-line=away]", state="attached")
        for number in range(5):
            await author.evaluate(POST, [f"Pendant la coupure {number}", f"during-{number:02}"])
        line.mend()
        await page.wait_for_selector("html[data-line=connected]", state="attached")

        for number in range(5):
            await expect(card(page, f"Pendant la coupure {number}")).to_have_count(1)
        await author.evaluate(POST, ["Après la coupure", "after-000"])
        await expect(card(page, "Après la coupure")).to_have_count(1)
        await expect(page.locator("[data-cards] [data-posting]", has_text="la coupure")).to_have_count(7)
        titles = await page.locator("[data-cards] .card__title").all_inner_texts()
        assert titles[:7] == [
            "Après la coupure",
            *(f"Pendant la coupure {n}" for n in range(4, -1, -1)),
            "Avant la coupure",
        ]


async def test_posts_before_and_during_a_killed_portal_stand_once(portal: PortalProcess, chromium: Browser) -> None:
    author, watcher = await watch(await portal.sign_in(chromium, "habitant")), await portal.guest(chromium)
    await watch(watcher)
    await author.evaluate(POST, ["Juste avant", "before-kill"])
    portal.kill("web")
    # Kept by the page while there is no line, and sent when there is one again.
    during = asyncio.create_task(author.evaluate(COMMAND, ["Pendant ce temps", "during-kill"]))
    await portal.until_answering()
    await during

    for page in (author, watcher):
        await expect(card(page, "Juste avant")).to_have_count(1)
        await expect(card(page, "Pendant ce temps")).to_have_count(1)


async def tab_to(page: Page, target: Locator, most: int = 40) -> None:
    """Go on with the tabulator until it is there, as somebody without a mouse does."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await target.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"{target} is not reached by keyboard")


async def test_request_is_asked_with_the_keyboard_alone_on_a_phone(portal: PortalProcess, chromium: Browser) -> None:
    page = await portal.sign_in(chromium, "habitante")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.goto("/board/ask")

    await tab_to(page, page.get_by_role("radio", name="Courses"))
    await page.keyboard.press("Space")
    await tab_to(page, page.get_by_label("En une ligne"))
    await page.keyboard.type("Du pain frais")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-search-button][type=button]")  # the script has come
    await tab_to(page, page.get_by_label("Votre adresse"))
    await page.keyboard.type("12 rue a")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-result-list] input")
    await tab_to(page, page.locator("[data-result-list] input").first)
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Étape 3")).to_be_focused()
    await tab_to(page, page.get_by_label("Rien ne presse"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Visible par vous seulement")).to_be_visible()
    await tab_to(page, page.get_by_role("button", name="Publier"))
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("C’est publié.")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_area_is_chosen_on_the_map_by_keyboard(portal: PortalProcess, chromium: Browser) -> None:
    page = await watch(await portal.guest(chromium))
    await page.locator(".map__count--cluster").first.focus()
    # The focus goes on within what was looked nearer at, until an area stands for itself.
    while await page.locator(".map__count--cluster:focus").count():
        group = await page.evaluate("document.activeElement.dataset.area")
        await page.keyboard.press("Enter")
        await page.wait_for_function(
            "(group) => ![undefined, group].includes(document.activeElement.dataset.area)", arg=group
        )
    area = page.locator(".map__count:focus")
    label = await area.get_attribute("aria-label")
    assert label is not None

    count = int(await area.inner_text())
    await page.keyboard.press("Enter")
    await page.wait_for_url("**cell=*")

    shown = page.locator("[data-cards] [data-slot=district]")
    await expect(shown).to_have_text([label.split(":")[0].strip()] * count)


async def test_point_on_the_map_stands_for_an_address(portal: PortalProcess, chromium: Browser) -> None:
    page = await portal.sign_in(chromium, "habitante")
    await page.goto("/board/offer")
    await page.get_by_label("Repas").check(force=True)
    await page.get_by_label("En une ligne").fill("Une part de tarte")
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_text("Ou un point sur la carte").click()
    await page.get_by_role("button", name="Marquer le centre de la carte").click()
    await expect(page.get_by_label("Le point que j’ai marqué sur la carte")).to_be_checked()
    await page.get_by_role("button", name="Continuer").click()
    await page.get_by_role("button", name="Continuer").click()

    await expect(page.get_by_text("Visible par vous seulement : Le point que vous avez marqué")).to_be_visible()
    await page.get_by_role("button", name="Publier").click()
    await expect(page.get_by_text("C’est publié.")).to_be_visible()


async def test_page_that_is_being_written_in_is_not_taken_away(portal: PortalProcess, chromium: Browser) -> None:
    author, helper = await portal.sign_in(chromium, "habitant"), await portal.sign_in(chromium, "agente")
    await watch(author)
    id_ = await author.evaluate(POST, ["Du lait", "milk-0000"])
    await helper.goto(f"/board/requests/{id_}")
    await helper.wait_for_selector("html[data-line=connected]", state="attached")
    await helper.get_by_label("Un mot à cette personne").fill("Je peux")

    other = await portal.sign_in(chromium, "benevole")
    await other.goto(f"/board/requests/{id_}")
    await other.get_by_role("button", name="Envoyer ma réponse").click()

    await expect(helper.get_by_text("Cela a changé entre-temps.")).to_be_visible()
    await expect(helper.get_by_label("Un mot à cette personne")).to_have_value("Je peux")
    await helper.get_by_role("button", name="Envoyer ma réponse").click()
    await expect(helper.get_by_text("Je peux")).to_be_visible()


async def test_what_is_being_written_stays_when_the_page_cannot_be_fetched_anew(
    portal: PortalProcess, chromium: Browser
) -> None:
    author, helper = await portal.sign_in(chromium, "habitant"), await portal.sign_in(chromium, "agente")
    other = await portal.sign_in(chromium, "benevole")
    await watch(author)
    path = f"/board/requests/{await author.evaluate(POST, ['Du beurre', 'butter-0000'])}"

    async def refuse(route: Route) -> None:
        await (route.fulfill(status=503) if route.request.resource_type == "fetch" else route.continue_())

    async def lose(route: Route) -> None:
        await (route.abort() if route.request.resource_type == "fetch" else route.continue_())

    for failure, act in ((refuse, "Envoyer ma réponse"), (lose, "Finalement, je ne peux pas")):
        await helper.goto(path)
        await helper.wait_for_selector("html[data-line=connected]", state="attached")
        await helper.get_by_label("Un mot à cette personne").fill("Je peux")
        await helper.route(f"**{path}", failure)

        await other.goto(path)
        if await (fold := other.locator("summary", has_text=act)).count():
            await fold.click()
        await other.get_by_role("button", name=act).click()

        await expect(helper.get_by_text("Cela a changé entre-temps.")).to_be_visible()
        await expect(helper.get_by_label("Un mot à cette personne")).to_have_value("Je peux")
        await helper.unroute(f"**{path}")


async def test_pages_have_no_violation_that_axe_finds(portal: PortalProcess, chromium: Browser) -> None:
    page = await portal.sign_in(chromium, "conseiller")
    found: dict[str, list[str]] = {}
    await watch(page)
    found["list"] = await violations(page)
    for address in ("/board/mine", "/board/ask", "/board/offer"):
        await page.goto(address)
        found[address] = await violations(page)
    await page.goto("/board/mine")
    await page.get_by_role("link", name="Monter une petite armoire").click()
    await page.wait_for_selector("area-map .leaflet-overlay-pane path", state="attached")
    found["posting"] = await violations(page)

    assert {name: lines for name, lines in found.items() if lines} == {}
