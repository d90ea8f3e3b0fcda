"""Stories of moderation in a real Chromium: the mayor answers, marked; a rule holds; what was taken off is told why."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import violations
from tests.browser.portal_process import Stage
from tests.browser.test_board import POST, card, watch

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def open_posting(page: Page, title: str) -> None:
    await card(page, title).get_by_role("link").click()
    await expect(page.get_by_role("heading", name=title)).to_be_visible()
    await page.wait_for_selector("html[data-ready][data-line=connected]", state="attached")


async def test_mayor_answers_in_the_towns_name_and_everybody_sees_whose_word_it_is(stage: Stage) -> None:
    mayor, neighbour = await stage.sign_in("maire"), await watch(await stage.guest())
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


async def test_what_a_rule_holds_is_decided_on_and_its_author_reads_why(stage: Stage) -> None:
    author = await watch(await stage.sign_in("benevole"))
    id_ = await author.evaluate(POST, ["Tonte à 20 € de l’heure", "held-0001"])
    watcher = await watch(await stage.guest())
    await author.goto(f"/board/requests/{id_}")
    await expect(author.get_by_text("Quelqu’un de la ville relit d’abord")).to_be_visible()
    assert await violations(author) == []
    agent = await stage.sign_in("agente")
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
