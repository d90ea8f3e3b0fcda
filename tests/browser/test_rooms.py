"""Stories of a room in real browsers through the real portal and its media worker."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.portal_process import PortalProcess
from tests.browser.room_pages import PersonInRoom, new_room, open_room, packets, packets_sent, speak_all_the_same

pytestmark = pytest.mark.browser

FRAMES_PER_S = 10.0


async def host_in_room(portal: PortalProcess, browser: Browser, kind: str = "staff") -> tuple[PersonInRoom, str]:
    """The clerk in a room of their own, and the room's path."""
    host = await open_room(portal, browser, "greffe", "/rooms/new")
    path = await new_room(host.page, "Point travaux", kind)
    await host.join()
    return host, path


async def test_two_people_meet_by_a_link_and_who_has_no_right_to_the_room_gets_nothing(
    portal: PortalProcess, chromium: Browser
) -> None:
    host, path = await host_in_room(portal, chromium)
    guest = await open_room(portal, chromium, "agente", path)
    await guest.join()
    for person in (host, guest):
        await person.sees_and_hears()
        assert await person.frames_per_second() >= FRAMES_PER_S

    resident = await open_room(portal, chromium, "habitant", path)
    await resident.knock()
    await expect(resident.page.locator('[data-view="lobby"]')).to_be_visible()
    assert await resident.slots() == {}

    await guest.press("microphone")
    await expect(host.tile("Nadia Roussel").locator("[data-muted-sign]")).to_be_visible()
    await guest.press("leave")
    await expect(guest.page.locator('[data-view="ended"]')).to_be_visible()
    await expect(host.tile("Nadia Roussel")).to_have_count(0)
    assert await resident.slots() == {}


ASK_FOR_MEDIA = """async (roomId) => {
  const { live } = await import("parvis/core/live.js");
  const { MediaPeer } = await import("parvis/media/peer.js");
  const refused = {};
  const told = [];
  for (const name of ["media:slots_changed", "media:speakers_changed", "media:peer_changed"]) {
    live.on(name, (body) => told.push(body));
  }
  const signal = async (offer) =>
    (await live.ask("room:connect", { room_id: roomId, sdp_offer: offer })).sdp_answer;
  await new MediaPeer(signal).connect().catch((error) => (refused.media = error.code));
  refused.stream = await new Promise((resolve) => live.follow(`room:${roomId}`, 0, () => resolve("entries"), resolve));
  const text = { room_id: roomId, text: "Coucou" };
  await live.command("chat:write", text).catch((error) => (refused.chat = error.code));
  return { ...refused, told: told.length };
}"""


async def test_who_knows_the_ids_and_never_knocked_gets_neither_media_nor_the_stream(
    portal: PortalProcess, chromium: Browser
) -> None:
    host, path = await host_in_room(portal, chromium)
    stranger = await portal.sign_in(chromium, "habitante")
    await stranger.goto(path)

    refused = await stranger.evaluate(ASK_FOR_MEDIA, path.rpartition("/")[2])

    assert refused == {"media": "not-admitted", "stream": "refused", "chat": "not-admitted", "told": 0}
    await expect(host.call.locator(".stage__strip .tile")).to_have_count(1)


async def test_guests_wait_until_the_host_lets_them_in_and_are_out_at_once_when_removed(
    portal: PortalProcess, chromium: Browser
) -> None:
    host, path = await host_in_room(portal, chromium, "open")
    lucie = await open_room(portal, chromium, None, path)
    await lucie.knock("Lucie Bernard")
    tom = await open_room(portal, chromium, None, path)
    await tom.knock("Tom")
    for guest in (lucie, tom):
        await expect(guest.page.locator('[data-view="lobby"]')).to_be_visible()

    await host.press("people")
    await host.waiting("Tom").get_by_role("button", name="Refuser").click()
    await expect(tom.page.locator("[data-ended-title]")).to_be_visible()
    await host.waiting("Lucie").get_by_role("button", name="Faire entrer").click()
    await lucie.sees_and_hears()
    await host.sees_and_hears()
    await expect(host.tile("Lucie Bernard")).to_be_visible()
    elsewhere = await lucie.page.context.new_page()
    await elsewhere.goto("/board")
    await expect(elsewhere.locator("html")).to_have_attribute("data-line", "connected")

    await host.person("Lucie").locator("summary").click()
    await host.person("Lucie").locator('[data-act="removed"]').click()
    await expect(lucie.page.locator("[data-ended-title]")).to_be_visible()
    assert await lucie.slots() == {}
    assert await lucie.page.evaluate("import('parvis/core/live.js').then(({ live }) => live.state)") == "ended"
    await expect(host.tile("Lucie Bernard")).to_have_count(0)
    assert await elsewhere.evaluate("import('parvis/core/live.js').then(({ live }) => live.state)") == "connected"

    await lucie.page.reload()
    await lucie.knock("Lucie Bernard")
    await expect(lucie.page.locator("[data-ended-title]")).to_be_visible()


async def test_who_is_muted_by_the_host_is_not_heard_or_seen_whatever_their_page_does(
    portal: PortalProcess, chromium: Browser
) -> None:
    host, path = await host_in_room(portal, chromium)
    guest = await open_room(portal, chromium, "agente", path)
    await guest.join()
    await host.sees_and_hears()

    await host.press("people")
    for source in ("microphone", "camera"):
        await host.person("Nadia").locator("summary").click()
        await host.person("Nadia").locator(f'[data-act="{source}"]').click()
        await expect(guest.call.locator(f'[data-control="{source}"]')).to_have_attribute("aria-pressed", "false")
    await expect(host.tile("Nadia Roussel").locator("[data-muted-sign]")).to_be_visible()
    received = packets(await host.slots())

    await speak_all_the_same(guest.page, "microphone", "camera")
    sent = await packets_sent(guest.page)
    while True:
        now = await packets_sent(guest.page)
        if now["audio"] > sent["audio"] + 50 and now["video"] > sent["video"] + 20:
            break
    assert packets(await host.slots()) == received

    await guest.press("microphone")
    await expect(guest.call.locator('[data-control="microphone"]')).to_have_attribute("aria-pressed", "false")
    await host.person("Nadia").locator("summary").click()
    await host.person("Nadia").locator('[data-act="microphone"]').click()
    await host.until(lambda slots: packets(slots) > received + 20)


async def test_host_copies_the_link_and_invites_by_mail_before_joining_and_in_the_room(
    portal: PortalProcess, chromium: Browser
) -> None:
    host = await open_room(portal, chromium, "greffe", "/rooms/new")
    path = await new_room(host.page, "Point travaux")
    copy = host.page.locator('[data-view="prejoin"] [data-copy-link]')
    await expect(copy).to_be_visible()
    await copy.focus()
    await host.page.keyboard.press("Enter")
    await expect(host.page.locator('[data-view="prejoin"] [data-copied]')).to_have_text("Le lien a été copié.")
    await expect(host.page.locator("#link-prejoin")).to_have_value(f"{portal.address}{path}")

    await host.join()
    await host.press("people")
    await host.page.locator('#panel-people [data-opens="invite"]').focus()
    await host.page.keyboard.press("Enter")
    await host.page.fill("#invite [name=addresses]", "lucie@mail.test tom")
    await host.page.locator("#invite [data-invite-form] button").click()
    await expect(host.page.locator("#invite [data-invite-error]")).to_contain_text("« tom » n’est pas une adresse")
    await host.page.fill("#invite [name=addresses]", "lucie@mail.test tom@mail.test")
    await host.page.locator("#invite [data-invite-form] button").click()
    await expect(host.page.locator("#invite [data-invited]")).to_have_text("2 invitations sont en route.")
    await host.page.keyboard.press("Escape")
    await expect(host.page.locator("#invite")).to_be_hidden()
    await expect(host.page.locator('#panel-people [data-opens="invite"]')).to_be_focused()
    while portal.log.count(f"{portal.address}{path}") < 2:
        await host.page.wait_for_timeout(50)


async def test_chat_hand_and_shared_screen_reach_the_others(portal: PortalProcess, chromium: Browser) -> None:
    host, path = await host_in_room(portal, chromium)
    guest = await open_room(portal, chromium, "agente", path)
    await guest.join()
    await guest.press("chat")
    await guest.say("Bonjour à tous")
    await host.press("chat")
    await expect(host.page.locator("[data-chat] .said")).to_have_count(1)
    await host.say("Bonjour Nadia")

    await guest.press("hand")
    await expect(host.tile("Nadia Roussel")).to_have_attribute("data-hand", "")
    await guest.press("screen")
    await expect(host.call.locator(".stage__large .tile--screen")).to_be_visible()
    await expect(host.call.locator(".stage__large [data-name]")).to_have_text("Écran de Nadia Roussel")
    await host.until(lambda slots: slots.get("screen", {}).get("framesDecoded", 0) > 5)
    await guest.press("screen")
    await expect(host.call.locator(".stage__large .tile--screen")).to_have_count(0, timeout=20_000)

    await guest.page.reload()
    await guest.press("chat")
    await expect(guest.said).to_have_text(["Bonjour à tous", "Bonjour Nadia"])
    await expect(host.call.locator(".stage__strip .tile")).to_have_count(2)
    await guest.sees_and_hears()
