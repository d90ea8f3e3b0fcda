"""The council of an EPCI of 31 in several places: lines are lost, and neither a vote nor the quorum is."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from meetings.attendance.model.lines import LOSS_GRACE
from meetings.sittings.model import SittingMode
from tests.browser.room_pages import PersonInRoom
from tests.browser.sitting_screens import (
    DESK,
    PATIENCE_MS,
    RECEIPT,
    TELEPHONE,
    button,
    call_item,
    clean,
    close_sitting,
    end_item,
    join_from,
    line,
    note_discussion,
    open_ballot,
    open_roll,
    panel,
    unfold,
    verify_journal,
)
from tests.browser.sitting_town import Assembly, Plan, Town, planned, town_with_mail

pytestmark = pytest.mark.browser

COUNCIL = Plan(
    body="Conseil communautaire",
    rule_set="fr-cgct-epci",
    mode=SittingMode.REMOTE,
    members=31,
    titles=("Schéma des déchets", "Désignation au syndicat des eaux", "Convention de mutualisation"),
    place="Siège de la communauté, mairies reliées et visioconférence",
)
CHAIR, HOLDER, GIVER, MEMBER = 1, 2, 20, 16
IN_ROOMS = range(1, MEMBER)
"""Who sits in one of the rooms that are joined by video, checked in there; with the member there is a quorum."""
NEEDED = 16
JOIN = "Rejoindre par visioconférence"
STREAM = "https://direct.clairval.example/seance"


async def gather(council: Assembly, clerk: Page, seat: Page) -> PersonInRoom:
    """The rooms are called, the member connects from home and is recognised."""
    await clerk.goto(f"{council.path}/cockpit")
    await open_roll(clerk)
    await council.arrive(*IN_ROOMS, place="site")
    holder, giver = council.client(HOLDER).mandate_id, council.client(GIVER).mandate_id
    await council.act(council.clerk, "attendance/proxy", giver=giver, holder=holder)
    await seat.goto(f"{council.path}/seat")
    tab = await join_from(seat, JOIN)
    await button(line(clerk, council.name(MEMBER)), "C’est bien cette personne").click(timeout=PATIENCE_MS)
    await expect(panel(clerk, "quorum")).to_contain_text(f"{NEEDED} présents, {NEEDED} requis")
    return tab


async def open_with_stream(council: Assembly, clerk: Page, public: Page) -> None:
    """The public must be able to follow before anything is opened."""
    await expect(panel(clerk, "next")).to_contain_text("CGCT L5211-11-1")
    await expect(button(clerk, "Ouvrir la séance")).to_have_count(0)
    refused = await council.clerk.act(f"{council.path}/attendance/open", {})
    assert refused["status"] == 409
    await clerk.get_by_label("Adresse de la diffusion").fill(STREAM)
    await button(clerk, "Je l’ai vue fonctionner").click()
    await button(clerk, "Ouvrir la séance").click()
    await expect(public.get_by_role("link", name="Suivre la séance en direct")).to_have_attribute("href", STREAM)


async def end_vote(clerk: Page, public: Page, outcome: str) -> None:
    """From the last vote to the end of the item."""
    await button(clerk, "Clore le vote").click()
    await button(clerk, "Proclamer le résultat").click()
    await expect(panel(public, "ballot-public")).to_contain_text(outcome)
    await end_item(clerk)


async def vote_with_a_lost_line(
    council: Assembly, clerk: Page, seat: Page, tab: PersonInRoom
) -> tuple[str, PersonInRoom]:
    """The member's line goes while everybody votes; they vote into the void, come back, and have a receipt."""
    await open_ballot(clerk, "devices")
    ballot = str(await seat.locator("input[name=ballot]").first.get_attribute("value"))
    await tab.page.close()
    await seat.context.set_offline(True)
    await council.vote(ballot, dict.fromkeys(IN_ROOMS, "for"))
    holder, giver = council.client(HOLDER), council.client(GIVER)
    await council.act(holder, "ballots/vote", ballot=ballot, voice=giver.mandate_id, choice="for")
    missing = await unfold(clerk, "N’ont pas encore voté")
    await expect(missing).to_contain_text("non connecté", timeout=PATIENCE_MS)
    await expect(missing).to_contain_text(council.name(MEMBER))
    await expect(clerk.locator("#enter-voice")).to_have_value("")
    await expect(clerk.locator("#enter-voice > option").nth(1)).to_have_text(council.name(MEMBER))
    await button(clerk, "Clore le vote").click()
    await expect(button(clerk, "Clore sans eux")).to_be_visible()

    state = seat.locator("[data-state]")
    await button(seat, "Contre").click()
    await expect(state).to_have_text("Pas encore enregistré…")
    await seat.context.set_offline(False)
    await expect(state).to_contain_text(RECEIPT, timeout=PATIENCE_MS)
    receipt = RECEIPT.search(await state.inner_text())
    assert receipt is not None
    await seat.reload()
    await expect(state).to_contain_text(receipt[0])
    tab = await join_from(seat, JOIN)
    await expect(line(clerk, council.name(MEMBER))).to_contain_text("Par visioconférence", timeout=PATIENCE_MS)
    return receipt[0], tab


async def ask_for_secrecy(council: Assembly, clerk: Page, seat: Page, public: Page) -> None:
    """A third of those present ask for a secret ballot, the last of them on the page: by video there is none."""
    await council.ask("secret", *range(3, 8))
    form = await unfold(seat, "Demander un scrutin public ou secret")
    await form.locator("form", has_text="Scrutin secret").get_by_role("button").click()
    await expect(panel(public, "agenda")).to_contain_text("Reporté")
    await expect(panel(clerk, "agenda")).to_contain_text("l’affaire est renvoyée à une séance ultérieure")
    await expect(panel(clerk, "agenda")).to_contain_text("CGCT L5211-11-1")


async def lose_and_find_quorum(
    council: Assembly, clerk: Page, seat: Page, tab: PersonInRoom, public: Page
) -> PersonInRoom:
    """One leaves, one is cut off for good: a pause is proposed, and the sitting goes on when they are back."""
    await council.act(council.client(GIVER), "attendance/leave", member=council.client(GIVER).mandate_id)
    await expect(panel(clerk, "quorum")).to_contain_text(f"{NEEDED} présents, {NEEDED} requis")
    await tab.page.close()
    await expect(line(clerk, council.name(MEMBER))).to_contain_text("Connexion perdue", timeout=PATIENCE_MS)
    council.town.let_pass(LOSS_GRACE)
    await note_discussion(clerk, "La liaison est interrompue.")
    await expect(panel(clerk, "where")).to_contain_text("Suspendre la séance ?")
    await expect(panel(public, "quorum")).to_contain_text("Pas de quorum")
    await button(panel(clerk, "where"), "Suspendre").click()
    await expect(panel(public, "where")).to_contain_text("Suspendue depuis")
    tab = await join_from(seat, JOIN)
    await expect(panel(public, "quorum")).to_contain_text("Quorum atteint", timeout=PATIENCE_MS)
    await button(panel(clerk, "next"), "Reprendre la séance").click()
    await expect(panel(public, "where")).not_to_contain_text("Suspendue")
    return tab


async def hold(town: Town, browser: Browser, folder: Path) -> None:
    """The whole evening."""
    now = town.now.replace(microsecond=0)
    council = await planned(town, COUNCIL, now, called_at=now - timedelta(days=10))
    await council.sign_in()
    clerk = await town.portal.sign_in(browser, "greffe")
    await clerk.set_viewport_size(DESK)
    seat = await council.page(browser, MEMBER, TELEPHONE)
    public = await town.portal.guest(browser)
    await public.goto(council.path)
    tab = await gather(council, clerk, seat)
    await open_with_stream(council, clerk, public)

    await call_item(clerk, public, COUNCIL.titles[0])
    receipt, tab = await vote_with_a_lost_line(council, clerk, seat, tab)
    await clean(clerk, seat)
    await end_vote(clerk, public, "Adopté")

    await expect(line(clerk, council.name(HOLDER))).to_contain_text(f"Porte le pouvoir de {council.name(GIVER)}")
    await button(line(clerk, council.name(GIVER)), "Noter dans une autre salle").click()
    await expect(line(clerk, council.name(HOLDER))).not_to_contain_text("Porte le pouvoir")
    await expect(panel(clerk, "quorum")).to_contain_text(f"{NEEDED + 1} présents, {NEEDED} requis")
    await call_item(clerk, public, COUNCIL.titles[1])
    await ask_for_secrecy(council, clerk, seat, public)

    await call_item(clerk, public, COUNCIL.titles[2])
    await lose_and_find_quorum(council, clerk, seat, tab, public)
    await open_ballot(clerk, "devices")
    ballot = str(await seat.locator("input[name=ballot]").first.get_attribute("value"))
    await council.vote(ballot, dict.fromkeys((*IN_ROOMS, MEMBER), "for"))
    await end_vote(clerk, public, "Adopté")
    await close_sitting(clerk)

    entries = [json.loads(entry) for entry in await verify_journal(clerk, council.path, folder)]
    own = council.client(MEMBER).mandate_id
    votes = [each for each in entries if each.get("kind") == "vote.recorded" and each["content"]["voice"] == own]
    assert [each["content"]["choice"] for each in votes] == ["against", "for"]
    assert f"n° {votes[0]['number']} " in receipt
    council.hang_up()


async def test_an_epci_of_31_at_a_distance_loses_a_line_a_proxy_and_its_quorum_and_goes_on(
    tmp_path: Path, chromium: Browser
) -> None:
    async with town_with_mail(tmp_path) as town:
        await hold(town, chromium, tmp_path)
