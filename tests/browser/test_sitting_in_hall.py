"""A commune's council of 39 in its hall, from the convocation to the minutes, as clerk, member and public see it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from meetings.sittings.model import SittingMode
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
    open_ballot,
    open_roll,
    panel,
    unfold,
    verify_journal,
)
from tests.browser.sitting_town import Assembly, Plan, Town, planned, town_with_mail

pytestmark = pytest.mark.browser

COUNCIL = Plan(
    body="Conseil municipal des trente-neuf",
    rule_set="fr-cgct-commune",
    mode=SittingMode.HALL,
    members=39,
    titles=("Tarifs de la cantine", "Vente d’un terrain communal", "Garantie d’emprunt"),
    place="Salle du conseil, 1 place de l’Hôtel-de-Ville",
)
CHAIR, HOLDER, MEMBER, ON_VIDEO, GIVER = 1, 2, 3, 25, 30
NEEDED = 20


async def call_by_mail(council: Assembly, clerk: Page, browser: Browser) -> None:
    """The clerk sends the convocation; one member gives a proxy by the link in their mail."""
    await clerk.goto(f"{council.path}/prepare")
    await button(clerk, "Envoyer la convocation").click()
    await expect(clerk.get_by_text("La convocation est en route")).to_be_visible()
    links = [await council.town.link_to(address) for address in council.addresses]
    assert len(set(links)) == COUNCIL.members

    at_home = await council.town.portal.guest(browser)
    await at_home.goto(links[GIVER - 1])
    await at_home.get_by_label("Qui vote pour vous").select_option(label=council.name(HOLDER))
    await button(at_home, "Donner ce pouvoir").click()
    await expect(at_home.get_by_text(f"{council.name(HOLDER)} vote pour vous.")).to_be_visible()
    await at_home.context.close()


async def check_in(council: Assembly, clerk: Page, member: Page) -> None:
    """Members come one by one, until there are enough; who is there by video alone is not."""
    await clerk.goto(f"{council.path}/cockpit")
    await open_roll(clerk)
    await council.arrive(CHAIR, HOLDER, *range(4, NEEDED))
    await expect(panel(clerk, "quorum")).to_contain_text(f"18 présents, {NEEDED} requis")
    await member.goto(f"{council.path}/seat")
    await button(member, "Je suis dans la salle").click()
    await expect(member.get_by_text("Le secrétariat va confirmer que vous êtes là")).to_be_visible()
    await button(line(clerk, council.name(MEMBER)), "C’est bien cette personne").click()
    await expect(panel(member, "own")).to_contain_text("En salle depuis")
    await expect(panel(clerk, "quorum")).to_contain_text("Pas de quorum")
    await expect(button(clerk, "Ouvrir la séance")).to_have_count(0)


async def watch_by_video(council: Assembly, clerk: Page, browser: Browser) -> None:
    """A councillor who follows from home is seen and heard, and absent."""
    await button(clerk, "Ouvrir le son et l’image").click()
    await expect(clerk.get_by_role("link", name="Son et image de la séance")).to_be_visible()
    seat = await council.page(browser, ON_VIDEO, TELEPHONE)
    await seat.goto(f"{council.path}/seat")
    await join_from(seat, "Son et image de la séance")
    theirs = line(clerk, council.name(ON_VIDEO))
    await button(theirs, "C’est bien cette personne").click(timeout=PATIENCE_MS)
    await expect(theirs).to_contain_text("compte comme absent")
    await expect(panel(seat, "own")).to_contain_text("compte comme absent")
    await expect(panel(clerk, "quorum")).to_contain_text(f"19 présents, {NEEDED} requis")
    await seat.context.close()
    await expect(theirs).to_contain_text("Connexion perdue", timeout=PATIENCE_MS)
    await expect(panel(clerk, "quorum")).not_to_contain_text("Connexion perdue")


async def open_with_quorum(council: Assembly, clerk: Page, public: Page) -> None:
    """The twentieth member makes the quorum; the sitting is opened and its secretary appointed."""
    await council.arrive(NEEDED)
    await expect(panel(clerk, "quorum")).to_contain_text("Quorum atteint")
    await expect(panel(public, "quorum")).to_contain_text("Quorum atteint")
    await button(clerk, "Ouvrir la séance").click()
    await clerk.get_by_label("Secrétaire de séance").select_option(label=council.name(MEMBER))
    await button(clerk, "Désigner").click()
    await expect(panel(public, "where")).to_contain_text(f"secrétaire : {council.name(MEMBER)}")


async def speak(council: Assembly, clerk: Page, member: Page, public: Page) -> None:
    """A member asks on their page, the chair gives, the member ends."""
    name = council.name(MEMBER)
    await button(member, "Demander la parole").click()
    await expect(member.get_by_text("Vous êtes le n° 1 de la file")).to_be_visible()
    await expect(panel(clerk, "floor")).to_contain_text(name)
    await council.act(council.client(CHAIR), "floor/give", member=council.client(MEMBER).mandate_id)
    await expect(panel(member, "floor")).to_contain_text("Vous avez la parole")
    await expect(panel(public, "speaker")).to_contain_text(f"{name} a la parole")
    await button(member, "J’ai terminé").click()
    await expect(panel(public, "speaker")).not_to_contain_text(name)


async def vote_by_hands(clerk: Page, public: Page) -> None:
    """The clerk enters the counts; the public learns them when they are proclaimed, and not before."""
    await open_ballot(clerk, "hands")
    await expect(panel(public, "ballot-public")).to_contain_text("Le vote est ouvert.")
    for name, count in (("for", 15), ("against", 4), ("abstain", 1)):
        await clerk.fill(f"#count-{name}", str(count))
    await button(clerk, "Enregistrer ce décompte").click()
    refusal = panel(clerk, "ballot-clerk").get_by_role("alert")
    await expect(refusal).to_contain_text("moins de votes que de votants")
    await expect(refusal).to_be_in_viewport()
    await expect(clerk.get_by_label("Moins de votes que de votants")).to_be_focused()
    await clerk.fill("#count-abstain", "2")
    await button(clerk, "Enregistrer ce décompte").click()
    await expect(refusal).to_have_count(0)
    await expect(panel(clerk, "ballot-clerk")).to_contain_text("15")
    await expect(panel(public, "ballot-public")).to_contain_text("Le résultat va être proclamé.")
    await expect(panel(public, "ballot-public")).not_to_contain_text("15")
    await button(clerk, "Proclamer le résultat").click()
    await expect(panel(public, "ballot-public")).to_contain_text("Adopté")
    await expect(panel(public, "ballot-public")).to_contain_text("15")


async def vote_by_devices(council: Assembly, clerk: Page, member: Page, public: Page) -> str:
    """Every member on their own device, the one who holds a proxy twice; the receipt that the member's page shows."""
    await open_ballot(clerk, "devices")
    state = member.locator("[data-state]")
    await expect(state).to_have_text("Pas encore enregistré")
    await clean(member)
    reminder = member.get_by_role("link", name="Un vote est ouvert : votez")
    await member.evaluate("scrollTo(0, document.body.scrollHeight)")
    await reminder.click()
    await expect(reminder).to_be_hidden()
    await expect(button(member, "Pour")).to_be_focused()
    await button(member, "Contre").click()
    await expect(state).to_contain_text(RECEIPT)
    receipt = RECEIPT.search(await state.inner_text())
    assert receipt is not None
    ballot = str(await member.locator("input[name=ballot]").first.get_attribute("value"))
    await council.vote(ballot, {number: "for" for number in range(1, NEEDED + 1) if number != MEMBER})
    holder, giver = council.client(HOLDER), council.client(GIVER)
    await expect(clerk.get_by_text("20 votes reçus sur 21")).to_be_visible()
    await council.act(holder, "ballots/vote", ballot=ballot, voice=giver.mandate_id, choice="abstain")
    await button(clerk, "Clore le vote").click()
    await expect(panel(public, "ballot-public")).to_contain_text("Le résultat va être proclamé.")
    await expect(panel(public, "ballot-public")).not_to_contain_text("19")
    await button(clerk, "Proclamer le résultat").click()
    await expect(panel(public, "ballot-public")).to_contain_text("19")
    names = await unfold(public, "Votes nominatifs")
    await expect(names).to_contain_text(f"Contre (1) {council.name(MEMBER)}")
    await clean(public, clerk)
    return receipt[0]


async def vote_on_paper(council: Assembly, clerk: Page, member: Page, public: Page) -> None:
    """A third of the members ask for a secret ballot: the portal learns the papers and never whose they are."""
    await council.ask("secret", *range(4, 11))
    await open_ballot(clerk, "paper")
    await expect(panel(member, "ballot-seat")).to_contain_text("Le portail n’apprend jamais votre choix.")
    await expect(member.locator("[data-vote]")).to_have_count(0)
    for name, count in (("for", 11), ("against", 7), ("abstain", 0), ("blank", 2), ("void", 1)):
        await clerk.fill(f"#count-{name}", str(count))
    await button(clerk, "Enregistrer ce décompte").click()
    await button(clerk, "Proclamer le résultat").click()
    await expect(panel(public, "ballot-public")).to_contain_text("Adopté")
    await expect(panel(public, "ballot-public").get_by_text("Votes nominatifs")).to_have_count(0)


async def read_minutes(council: Assembly, clerk: Page, folder: Path, receipt: str) -> None:
    """The draft minutes tell the sitting; the exported journal is whole and bears the member's receipt."""
    await clerk.goto(f"{council.path}/record")
    await clean(clerk)
    main = clerk.get_by_role("main")
    for words in ("Scrutin secret", council.name(MEMBER), f"{council.name(GIVER)}", "Vente d’un terrain communal"):
        await expect(main).to_contain_text(words)
    minutes = await clerk.request.get(f"{council.path}/record/print/minutes.pdf")
    assert (await minutes.body())[:5] == b"%PDF-"
    lines = await verify_journal(clerk, council.path, folder)
    number, digest = re.findall(r"[\da-f-]{2,}", receipt)
    assert digest.replace("-", "") in lines[int(number)]


async def hold(town: Town, browser: Browser, folder: Path) -> None:
    """The whole evening, and the days before."""
    council = await planned(town, COUNCIL, (town.now + timedelta(days=8)).replace(microsecond=0))
    clerk = await town.portal.sign_in(browser, "greffe")
    await clerk.set_viewport_size(DESK)
    await call_by_mail(council, clerk, browser)
    await clerk.context.close()

    town.let_pass(timedelta(days=8, minutes=1))
    await council.sign_in()
    clerk = await town.portal.sign_in(browser, "greffe")
    await clerk.set_viewport_size(DESK)
    member = await council.page(browser, MEMBER, TELEPHONE)
    public = await town.portal.guest(browser)
    await public.set_viewport_size(TELEPHONE)
    await check_in(council, clerk, member)
    await public.goto(council.path)
    await watch_by_video(council, clerk, browser)
    await open_with_quorum(council, clerk, public)

    await call_item(clerk, public, COUNCIL.titles[0])
    await speak(council, clerk, member, public)
    await vote_by_hands(clerk, public)
    await end_item(clerk)
    await call_item(clerk, public, COUNCIL.titles[1])
    receipt = await vote_by_devices(council, clerk, member, public)
    wall = await clerk.context.new_page()
    await wall.goto(f"{council.path}/hall")
    await expect(panel(wall, "ballot-public")).to_contain_text("Adopté")
    await clean(wall)
    await end_item(clerk)
    await call_item(clerk, public, COUNCIL.titles[2])
    await vote_on_paper(council, clerk, member, public)
    await end_item(clerk)
    await close_sitting(clerk)
    await expect(panel(public, "where")).to_contain_text("La séance est levée")
    await expect(panel(wall, "where")).to_contain_text("La séance est levée")
    await expect(wall.locator(".record-way")).to_be_hidden()
    await read_minutes(council, clerk, folder, receipt)
    council.hang_up()


async def test_a_council_of_39_sits_in_its_hall_from_the_convocation_to_the_minutes(
    tmp_path: Path, chromium: Browser
) -> None:
    async with town_with_mail(tmp_path) as town:
        await hold(town, chromium, tmp_path)
