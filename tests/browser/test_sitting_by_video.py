"""A committee by video: whoever is connected is present, and whoever has the floor is heard."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from meetings.attendance.model.lines import LOSS_GRACE
from meetings.sittings.model import SittingMode
from tests.browser.room_pages import PersonInRoom, energy, packets, packets_sent, speak_all_the_same
from tests.browser.sitting_screens import (
    DESK,
    PATIENCE_MS,
    TELEPHONE,
    button,
    clean,
    close_sitting,
    join_from,
    line,
    note_discussion,
    open_roll,
    panel,
    verify_journal,
)
from tests.browser.sitting_town import Assembly, Plan, Town, planned, town_with_mail

pytestmark = pytest.mark.browser

COMMITTEE = Plan(
    body="Commission des mobilités",
    rule_set="fr-commission",
    mode=SittingMode.REMOTE,
    members=7,
    titles=("Avis sur le plan de circulation",),
    place="Par visioconférence",
)
CHAIR, MEMBER = 1, 2
ELSEWHERE = (3, 4, 5)
JOIN = "Rejoindre par visioconférence"
MICROPHONE = '[data-control="microphone"]'


async def open_by_video(committee: Assembly, clerk: Page) -> None:
    """No text fixes a committee's quorum, so that a person decides; then the sitting is opened."""
    await clerk.locator("input[name=choice][value=no_quorum]").check(force=True)
    await button(clerk, "Décider").click()
    await button(clerk, "Ouvrir la séance").click()
    await button(clerk, "Appeler ce point").click()
    await expect(panel(clerk, "where")).to_contain_text(COMMITTEE.titles[0])
    await expect(panel(clerk, "where")).to_contain_text(f"{committee.name(CHAIR)} préside")


async def give_floor(committee: Assembly, seat: Page, member: PersonInRoom, chair_seat: Page, public: Page) -> None:
    """The member asks on their page; the floor is given, and they are told that they may speak."""
    await button(seat, "Demander la parole").click()
    await button(chair_seat, "Donner la parole").click()
    await expect(member.page.locator("[data-toasts]")).to_contain_text("Vous pouvez parler : activez votre micro.")
    await expect(panel(seat, "floor")).to_contain_text("Vous avez la parole")
    await expect(panel(seat, "floor")).to_contain_text("Vous pouvez parler : activez votre micro.")
    await expect(panel(public, "speaker")).to_contain_text(f"{committee.name(MEMBER)} a la parole")
    await expect(member.call.locator(MICROPHONE)).to_have_attribute("aria-pressed", "false")
    await expect(member.page.locator("[data-toasts]")).not_to_contain_text("Votre micro est coupé")


async def is_silenced(speaker: PersonInRoom) -> None:
    """The microphone is off, and its page says whose word that was."""
    await expect(speaker.call.locator(MICROPHONE)).to_have_attribute("aria-pressed", "false")
    await expect(speaker.page.locator("[data-toasts]")).to_contain_text("tant que vous n’avez pas la parole")


async def is_not_heard(speaker: PersonInRoom, listener: PersonInRoom) -> None:
    """Nothing passes, even when the page sends on."""
    heard, sent = packets(await listener.slots(), "voice"), await packets_sent(speaker.page)
    await speak_all_the_same(speaker.page, "microphone")
    while (await packets_sent(speaker.page))["audio"] < sent["audio"] + 50:
        await speaker.page.wait_for_timeout(50)
    # What was on its way when the microphone was closed still arrives.
    assert packets(await listener.slots(), "voice") < heard + 10


async def speak_and_end(seat: Page, chair_seat: Page, member: PersonInRoom, chair: PersonInRoom) -> None:
    """They switch on and are heard, until the chair ends the floor."""
    before = energy(await chair.slots())
    await member.press("microphone")
    await chair.until(lambda slots: energy(slots) > before + 0.001)
    await button(chair_seat, "Retirer la parole").click()
    await is_silenced(member)
    await is_not_heard(member, chair)


async def go_and_come_back(committee: Assembly, number: int, seat: Page, tab: PersonInRoom, clerk: Page) -> None:
    """Closing the tab shows them as cut off at once, and as gone after the grace."""
    theirs = line(clerk, committee.name(number))
    await tab.page.close()
    await expect(theirs).to_contain_text("Connexion perdue", timeout=PATIENCE_MS)
    committee.town.let_pass(LOSS_GRACE)
    await note_discussion(clerk, f"{committee.name(number)} ne répond plus.")
    await expect(button(theirs, "Noter présent")).to_be_visible()
    await expect(seat.get_by_role("link", name=JOIN)).to_be_visible()


async def hold(town: Town, browser: Browser, folder: Path) -> None:
    """The meeting from the roll to its end."""
    now = town.now.replace(microsecond=0)
    committee = await planned(town, COMMITTEE, now, called_at=now - timedelta(days=10))
    await committee.sign_in()
    clerk = await town.portal.sign_in(browser, "greffe")
    await clerk.set_viewport_size(DESK)
    await clerk.goto(f"{committee.path}/cockpit")
    await open_roll(clerk)
    await committee.arrive(*ELSEWHERE, place="site")

    seats = {number: await committee.page(browser, number, TELEPHONE) for number in (CHAIR, MEMBER)}
    for seat in seats.values():
        await seat.goto(f"{committee.path}/seat")
    chair, member = await join_from(seats[CHAIR], JOIN), await join_from(seats[MEMBER], JOIN)
    for number in seats:
        await button(line(clerk, committee.name(number)), "C’est bien cette personne").click(timeout=PATIENCE_MS)
        await expect(line(clerk, committee.name(number))).to_contain_text("Par visioconférence")
    await chair.sees_and_hears()
    stranger = await town.portal.guest(browser)
    refused = await stranger.goto(committee.path)
    assert refused is not None
    assert refused.status == 404, "a committee's meeting is not public"
    public = await committee.page(browser, ELSEWHERE[0])
    await public.goto(committee.path)

    await open_by_video(committee, clerk)
    await is_silenced(member)
    await give_floor(committee, seats[MEMBER], member, seats[CHAIR], public)
    await clean(seats[MEMBER])
    await speak_and_end(seats[MEMBER], seats[CHAIR], member, chair)

    await go_and_come_back(committee, MEMBER, seats[MEMBER], member, clerk)
    member = await join_from(seats[MEMBER], JOIN)
    await expect(line(clerk, committee.name(MEMBER))).to_contain_text("Par visioconférence", timeout=PATIENCE_MS)
    await go_and_come_back(committee, CHAIR, seats[CHAIR], chair, clerk)
    await expect(panel(clerk, "where")).to_contain_text("La présidence n’est plus connectée.")
    await button(panel(clerk, "where"), "Suspendre").click()
    await expect(panel(public, "where")).to_contain_text("Suspendue depuis")
    chair = await join_from(seats[CHAIR], JOIN)
    await expect(line(clerk, committee.name(CHAIR))).to_contain_text("Par visioconférence", timeout=PATIENCE_MS)
    await button(seats[CHAIR], "Reprendre la séance").click()

    await committee.act(committee.clerk, "course/end-item")
    await close_sitting(clerk)
    await expect(member.page.locator("[data-ended-title]")).to_have_text("Cette salle est fermée.")
    await verify_journal(clerk, committee.path, folder)
    committee.hang_up()


async def test_presence_follows_the_connection_and_the_floor_opens_and_closes_the_microphone(
    tmp_path: Path, chromium: Browser
) -> None:
    async with town_with_mail(tmp_path) as town:
        await hold(town, chromium, tmp_path)
