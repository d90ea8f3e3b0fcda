"""Signing in by a link, and choosing a new password."""

from __future__ import annotations

from portal.accounts.service.administration import ban
from portal.pages import LOGIN_COOKIE
from portal.permissions import Role
from tests.portal.accounts.world import PASSWORD, World

EMAIL = "marie@mail.test"
OTHER_PASSWORD = "trois poules sur un mur"


async def test_link_signs_in_after_its_button_was_pressed(world: World) -> None:
    await world.person("marie", password=None)
    browser = world.browser()
    await browser.send("/sign-in/link", email=EMAIL)
    link = await world.link(EMAIL, "/sign-in/link")

    page = await browser.text(link)
    answer = await browser.send(link)

    assert "Marie" in page
    assert answer.status_code == 303
    assert "marie@portal.test" in await browser.text("/account")


async def test_link_signs_in_once(world: World) -> None:
    await world.person("marie")
    await world.browser().send("/sign-in/link", email=EMAIL)
    link = await world.link(EMAIL, "/sign-in/link")
    thief = world.browser()
    token = await thief.token(link)
    await world.browser().send(link)

    answer = await thief.post(link, csrf_token=token)

    assert answer.status_code == 410
    assert thief.cookie(LOGIN_COOKIE) == ""


async def test_newer_link_ends_the_older(world: World) -> None:
    await world.person("marie")
    await world.browser().send("/sign-in/link", email=EMAIL)
    older = await world.link(EMAIL, "/sign-in/link")
    await world.forget_mails()
    await world.browser().send("/sign-in/link", email=EMAIL)

    assert (await world.browser().get(older)).status_code == 410
    assert (await world.browser().get(await world.link(EMAIL, "/sign-in/link"))).status_code == 200


async def test_link_ends_after_twenty_minutes(world: World) -> None:
    await world.person("marie")
    await world.browser().send("/sign-in/link", email=EMAIL)
    link = await world.link(EMAIL, "/sign-in/link")

    world.clock.advance(minutes=20)

    assert (await world.browser().get(link)).status_code == 410


async def test_reset_sets_the_password_and_ends_every_other_sign_in_and_link(world: World) -> None:
    await world.person("marie")
    before = await world.login("marie")
    await world.browser().send("/sign-in/link", email=EMAIL)
    await world.browser().send("/reset", email=EMAIL)
    browser = world.browser()

    answer = await browser.send(await world.link(EMAIL, "/reset"), password=OTHER_PASSWORD)

    assert answer.status_code == 303
    assert await world.portal.identify(before.secret) is None
    assert await world.portal.identify(browser.cookie(LOGIN_COOKIE)) is not None
    assert (await world.browser().get(await world.link(EMAIL, "/sign-in/link"))).status_code == 410
    await world.browser().sign_in("marie", OTHER_PASSWORD)
    assert any("Your password was changed" in mail.body for mail in await world.mails(EMAIL))


async def test_old_password_is_worth_nothing_after_a_reset(world: World) -> None:
    await world.person("marie")
    await world.browser().send("/reset", email=EMAIL)
    await world.browser().send(await world.link(EMAIL, "/reset"), password=OTHER_PASSWORD)

    answer = await world.browser().send("/sign-in", email=EMAIL, password=PASSWORD)

    assert answer.status_code == 401


async def test_weak_new_password_leaves_the_link_and_the_old_password(world: World) -> None:
    await world.person("marie")
    await world.browser().send("/reset", email=EMAIL)
    link = await world.link(EMAIL, "/reset")

    assert (await world.browser().send(link, password="short")).status_code == 422

    assert (await world.browser().get(link)).status_code == 200
    await world.login("marie")


async def test_banned_person_gets_no_link(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")
    await ban(world.accounts, await world.actor("admin"), person.id, "Insults on the board, twice.")
    await world.forget_mails()

    for page in ("/sign-in/link", "/reset"):
        await world.browser().send(page, email=EMAIL)

    bodies = [mail.body for mail in await world.mails(EMAIL)]
    assert len(bodies) == 2
    assert all("suspended" in body and "/sign-in/link/" not in body and "/reset/" not in body for body in bodies)


async def test_link_from_before_a_ban_signs_nobody_in(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")
    await world.browser().send("/sign-in/link", email=EMAIL)
    link = await world.link(EMAIL, "/sign-in/link")

    await ban(world.accounts, await world.actor("admin"), person.id, "Insults on the board, twice.")

    assert (await world.browser().get(link)).status_code == 410


async def test_secret_of_a_link_stays_out_of_the_database(world: World) -> None:
    await world.person("marie")
    await world.browser().send("/reset", email=EMAIL)
    secret = (await world.link(EMAIL, "/reset")).rpartition("/")[2]

    async with world.database.read() as db:
        rows = (await (await db.connection()).exec_driver_sql("select * from one_time_link")).all()

    assert rows
    assert secret not in str(rows)
