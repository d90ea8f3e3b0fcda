"""Stories of asking and reading in a real Chromium: what the author is shown is what a stranger sees; without the map;
nothing that was written is lost."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.accessibility import violations
from tests.browser.portal_process import Stage
from tests.browser.test_board import card, watch
from tests.helpdesk.board.photographs import photograph

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {"PARVIS_MAP_TILES": "http://localhost:1/{z}/{x}/{y}.png"}
"""Where nothing answers: the map has no ground in any story of this file."""
SAID = ("kind", "category", "title", "details", "district", "by", "answers")
"""What a card says; how long ago it was written comes with the board."""


async def slots(shown: Locator) -> dict[str, str]:
    """What a card says, slot by slot, as it is read."""
    return {name: (await shown.locator(f"[data-slot={name}]").inner_text()).strip() for name in SAID}


async def article(page: Page) -> dict[str, object]:
    """The words, the area and the pictures of a posting's page; not how long ago it was written, which goes on."""
    shown = page.locator("posting-page article")
    parts = (".posting__meta", "h1", ".posting__text", ".facts dd:not(:has(time))")
    words = [await shown.locator(part).all_inner_texts() for part in parts]
    pictures = shown.locator(".pictures img")
    seen = [(await one.get_attribute("alt"), await one.get_attribute("src")) for one in await pictures.all()]
    files = [await (await page.request.get(src or "")).body() for _alt, src in seen]
    return {"words": words, "place": await place(page), "pictures": seen, "files": files}


async def place(page: Page) -> str:
    """The area that a page's map is given, and so all that it can draw."""
    found = await page.locator("area-map").get_attribute("data-area")
    assert found
    await page.wait_for_selector("area-map .leaflet-overlay-pane path", state="attached")
    return found


async def write_first_step(page: Page, title: str, details: str = "") -> None:
    await page.get_by_label("Courses").check(force=True)
    await page.get_by_label("En une ligne").fill(title)
    await page.get_by_label("Ce qu’il faut savoir").fill(details)


async def go_on(page: Page) -> None:
    await page.get_by_role("button", name="Continuer").click()


async def test_author_sees_before_and_after_posting_exactly_what_a_stranger_sees(stage: Stage) -> None:
    author = await stage.sign_in("habitant")
    await author.goto("/board/ask")
    await write_first_step(author, "Deux sacs de terreau", "Le vélo-cargo de la <ville> suffit & passe partout.")
    await go_on(author)
    await author.get_by_label("Votre adresse").fill("12 rue")
    await author.locator("[data-result-list] input").first.check(force=True)
    await go_on(author)
    await author.get_by_label("Aujourd’hui").check(force=True)
    await go_on(author)
    foreseen = await slots(author.locator("article.posting"))
    area = await place(author)
    await author.get_by_role("button", name="Publier").click()
    await expect(author.get_by_text("C’est publié.")).to_be_visible()
    await author.get_by_text("Ajouter une photo").click()
    picture = {"name": "sac.jpg", "mimeType": "image/jpeg", "buffer": photograph()}
    await author.locator("input[name=file]").set_input_files(picture)  # type: ignore[arg-type]
    await author.get_by_label("Ce que l’on y voit").fill("Un sac ouvert")
    await author.get_by_role("button", name="Ajouter cette photo").click()
    await expect(author.get_by_role("img", name="Un sac ouvert")).to_be_visible()

    stranger = await watch(await stage.guest())
    shown = card(stranger, "Deux sacs de terreau")
    assert await slots(shown) == foreseen
    await shown.get_by_role("link").click()
    await expect(stranger.get_by_role("img", name="Un sac ouvert")).to_be_visible()
    assert await place(stranger) == area

    assert await violations(stranger) == []
    await author.goto(stranger.url)
    assert await article(author) == await article(stranger)


async def test_board_is_whole_without_the_ground_of_its_map_or_the_map_or_any_script(stage: Stage) -> None:
    page = await watch(await stage.guest())
    everything = await page.locator("[data-cards] .card__title").all_inner_texts()
    await expect(page.locator(".map__count").first).to_be_visible()
    assert await violations(page) == []

    unmapped = await stage.guest()
    await unmapped.route("**/leaflet*", lambda route: route.abort())
    await unmapped.goto("/board")
    await unmapped.wait_for_selector("html[data-ready][data-line=connected]", state="attached")
    author = await stage.sign_in("conseillere")
    await post_without_map(author, "Un demi-pain de seigle")
    await expect(card(unmapped, "Un demi-pain de seigle")).to_be_visible()

    context = await stage.browser.new_context(base_url=stage.portal.address, locale="fr-FR", java_script_enabled=False)
    plain = await context.new_page()
    await plain.goto("/board")
    titles = await plain.locator("[data-cards] .card__title").all_inner_texts()
    assert titles == ["Un demi-pain de seigle", *everything]
    await expect(plain.get_by_text("La carte a besoin de scripts.")).to_be_visible()
    await plain.get_by_text("La carte en mots").click()
    district = plain.locator(".board__map .rows a").first
    name = (await district.inner_text()).splitlines()[0].strip()
    await district.click()
    assert set(await plain.locator("[data-cards] [data-slot=district]").all_inner_texts()) == {name}


async def post_without_map(page: Page, title: str) -> None:
    """Ask for something where Leaflet does not come: the address is found by the server."""
    await page.route("**/leaflet*", lambda route: route.abort())
    await page.goto("/board/ask")
    await write_first_step(page, title)
    await go_on(page)
    await page.get_by_label("Votre adresse").fill("12 rue")
    await page.get_by_role("button", name="Trouver l’adresse").click()
    await page.get_by_role("radio", name="12 rue").first.check(force=True)
    await go_on(page)
    await page.get_by_label("Rien ne presse").check(force=True)
    await go_on(page)
    await page.get_by_role("button", name="Publier").click()
    await expect(page.get_by_text("C’est publié.")).to_be_visible()


async def test_back_of_the_browser_leads_through_the_steps_with_what_was_written(stage: Stage) -> None:
    page = await stage.sign_in("benevole")
    await page.goto("/board/ask")
    await write_first_step(page, "Une tarte aux pommes")
    await go_on(page)
    await page.get_by_label("Votre adresse").fill("999 rue de nulle part")
    await go_on(page)
    await expect(summary_of(page)).to_be_visible()
    await page.get_by_label("Votre adresse").fill("qqqqq")
    await expect(page.locator("[data-announce]")).to_contain_text("Cette adresse n’est pas")
    await expect(page.get_by_text("Laquelle ?")).to_be_hidden()
    await page.get_by_label("Votre adresse").fill("12 rue")
    await page.locator("[data-result-list] input").first.check(force=True)
    await expect(summary_of(page)).to_have_count(0)
    await expect(page.locator(".field__error")).to_have_count(0)
    place = await page.locator("[data-result-list] input:checked").input_value()
    await go_on(page)
    await page.get_by_label("Pour combien").or_(page.get_by_label("De combien")).fill("2")

    await page.go_back()
    await expect(page.locator("[data-result-list] input:checked")).to_have_value(place)
    await expect(page.get_by_label("Votre adresse")).to_have_value("12 rue")
    await page.reload()
    await expect(page.locator("[data-result-list] input:checked")).to_have_value(place)
    await go_on(page)
    await go_on(page)

    await expect(page.locator("article.posting [data-slot=title]")).to_have_text("Une tarte aux pommes")
    assert "rue" not in page.url


async def test_back_after_publishing_leads_to_what_was_published_and_not_to_a_form_that_seems_to_wait(
    stage: Stage,
) -> None:
    page = await stage.sign_in("habitant")
    await post_without_map(page, "Un bocal de cornichons")
    await page.wait_for_selector("html[data-ready]", state="attached")
    posted = page.url.partition("?")[0]

    await page.go_back()
    await expect(page.get_by_text("C’est publié")).to_be_visible()
    await expect(page.locator("form[data-step]")).to_be_hidden()
    assert await violations(page) == []
    await page.get_by_role("link", name="Voir la publication").click()
    await page.wait_for_url(posted)

    await page.goto("/board/ask")
    await expect(page.get_by_label("En une ligne")).to_have_value("")
    await expect(page.get_by_label("En une ligne")).to_be_visible()


async def test_wrong_words_and_a_closed_tab_lose_nothing_that_was_written(stage: Stage) -> None:
    page = await stage.sign_in("benevole")
    await page.goto("/board/ask")
    await write_first_step(page, "Appelez le 06 12 34 56 78", "Du pain, et du beurre s’il en reste.")
    await go_on(page)
    await expect(summary_of(page)).to_be_focused()
    assert await violations(page) == []
    await summary_of(page).get_by_role("link").click()
    await expect(page.get_by_label("En une ligne")).to_be_focused()
    for label, words in (
        ("En une ligne", "Appelez le 06 12 34 56 78"),
        ("Ce qu’il faut savoir", "Du pain, et du"),
    ):
        assert words in await page.get_by_label(label).input_value()
    await expect(page.get_by_label("Courses")).to_be_checked()

    await page.get_by_label("En une ligne").fill("Du pain et du beurre")
    context = page.context
    await page.close()
    page = await context.new_page()
    await page.goto("/board/ask")

    await expect(page.get_by_text("Ce que vous aviez commencé à écrire est de retour")).to_be_visible()
    await expect(page.get_by_label("En une ligne")).to_have_value("Du pain et du beurre")
    await expect(page.get_by_label("Ce qu’il faut savoir")).to_have_value("Du pain, et du beurre s’il en reste.")
    await expect(page.get_by_label("Courses")).to_be_checked()
    await go_on(page)
    await go_on(page)  # no address yet
    await expect(summary_of(page)).to_be_focused()
    await page.get_by_label("Votre adresse").fill("12 rue")
    await page.locator("[data-result-list] input").first.check(force=True)
    await go_on(page)
    await page.get_by_label("Pour une date à choisir").check(force=True)
    await page.locator("[name=on]").fill("2020-01-01")
    await go_on(page)
    await expect(summary_of(page)).to_be_focused()
    await expect(page.locator("[name=on]")).to_have_value("2020-01-01")
    await page.get_by_label("Rien ne presse").check(force=True)
    await go_on(page)
    await expect(page.locator("article.posting [data-slot=title]")).to_have_text("Du pain et du beurre")
    await page.get_by_role("button", name="Publier").click()
    await expect(page.get_by_text("C’est publié.")).to_be_visible()
    await page.wait_for_selector("html[data-ready]", state="attached")

    await page.goto("/board/ask")
    await page.wait_for_selector("html[data-ready]", state="attached")
    await expect(page.get_by_label("En une ligne")).to_have_value("")


def summary_of(page: Page) -> Locator:
    return page.locator("[data-error-summary]")
