"""Stories of moderation in a real Chromium: a suspension empties every open window; the mayor answers, marked."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.accessibility import violations
from tests.browser.portal_process import PortalProcess
from tests.browser.test_board import POST, card, watch

pytestmark = pytest.mark.browser


async def open_posting(page: Page, title: str) -> None:
    await card(page, title).get_by_role("link").click()
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")


async def test_suspension_empties_every_open_window_and_the_replay(portal: PortalProcess, chromium: Browser) -> None:
    culprit = await watch(await portal.sign_in(chromium, "habitante"))
    await culprit.evaluate(POST, ["Gros lots à gagner", "culprit-01"])
    on_list = await watch(await portal.guest(chromium))
    on_page = await watch(await portal.sign_in(chromium, "habitant"))
    await open_posting(on_page, "Gros lots à gagner")
    moderator = await portal.sign_in(chromium, "moderation")
    await moderator.goto("/moderation")
    await moderator.wait_for_selector("html[data-ready][data-line=connected]", state="attached")

    await on_page.get_by_text("Signaler à la ville").click()
    await on_page.get_by_label("C’est faux, ou c’est un piège").check(force=True)
    await on_page.get_by_role("button", name="Signaler").click()
    await expect(on_page.get_by_role("heading", name="Merci")).to_be_visible()
    await on_page.go_back()
    await on_page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")

    await moderator.get_by_role("link", name="La liste a changé").click()
    await moderator.get_by_role("link", name="Gros lots à gagner").click()
    assert await violations(moderator) == []
    await moderator.get_by_label("Motif").select_option("deceit")
    await moderator.get_by_label("Vos mots à la personne").fill("Il n’y a rien à gagner ici.")
    await moderator.get_by_text("Suspendre aussi le compte").click()
    await moderator.get_by_role("button", name="Suspendre et tout masquer").click()
    await expect(moderator.get_by_text("plus rien de cette personne n’est montré")).to_be_visible()

    await expect(card(on_list, "Gros lots à gagner")).to_have_count(0)
    await expect(card(on_list, "Une partie d’échecs")).to_have_count(0)
    await expect(on_page.get_by_text("Gros lots à gagner")).to_have_count(0)
    await expect(on_page.get_by_text("n’est plus affiché")).to_be_visible()
    await culprit.goto("/account")
    await expect(culprit.get_by_role("heading", name="Mon compte")).to_have_count(0)


async def test_mayor_answers_in_the_towns_name_and_everybody_sees_whose_word_it_is(
    portal: PortalProcess, chromium: Browser
) -> None:
    mayor, neighbour = await portal.sign_in(chromium, "maire"), await watch(await portal.guest(chromium))
    title = "Promener mon chien quelques jours"
    await open_posting(neighbour, title)
    await watch(mayor)
    await open_posting(mayor, title)

    await mayor.get_by_text("Répondre au nom de la ville").click()
    await mayor.get_by_label("Votre réponse publique").fill("La ville prête un harnais. Je passerai vous l’apporter.")
    await mayor.get_by_role("button", name="Publier la réponse").click()

    answer = neighbour.get_by_role("region", name="Réponse officielle")
    await expect(answer).to_contain_text("La ville prête un harnais.")
    await expect(answer).to_contain_text("Maire")
    await expect(answer).to_contain_text("Claire Vasseur")
    assert await violations(neighbour) == []
    assert await violations(mayor) == []


async def test_what_a_rule_holds_is_decided_on_and_its_author_reads_why(
    portal: PortalProcess, chromium: Browser
) -> None:
    author = await watch(await portal.sign_in(chromium, "benevole"))
    id_ = await author.evaluate(POST, ["Tonte à 20 € de l’heure", "held-0001"])
    watcher = await watch(await portal.guest(chromium))
    await author.goto(f"/board/requests/{id_}")
    await expect(author.get_by_text("Quelqu’un de la ville relit d’abord")).to_be_visible()
    assert await violations(author) == []
    agent = await portal.sign_in(chromium, "agente")
    await agent.goto("/moderation")
    assert await violations(agent) == []

    await agent.get_by_role("link", name="Tonte à 20 €").click()
    await agent.get_by_label("Vos mots à la personne").fill("Ici, c’est gratuit.")
    await agent.get_by_role("button", name="Retirer de la page").click()
    await expect(agent.get_by_role("alert")).to_be_visible()
    await expect(agent.get_by_label("Vos mots à la personne")).to_have_value("Ici, c’est gratuit.")
    await agent.get_by_label("Motif").select_option("money")
    await agent.get_by_role("button", name="Retirer de la page").click()
    await expect(agent.get_by_text("C’est décidé.")).to_be_visible()

    await author.reload()
    await expect(author.get_by_text("Cette publication a été retirée")).to_be_visible()
    await expect(author.get_by_text("Ici, c’est gratuit.")).to_be_visible()
    assert await violations(author) == []
    await expect(card(watcher, "Tonte")).to_have_count(0)
