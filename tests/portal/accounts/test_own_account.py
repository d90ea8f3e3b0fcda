"""One's own account: what changes, what asks for the password, what is taken along, what is erased."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from portal.accounts.model import Login, OneTimeLink, Person, RoleHolding, Status
from portal.accounts.service import people_by_id
from portal.accounts.service.administrators import LastAdministrator
from portal.accounts.service.own_data import erase_account
from portal.mail import OutgoingMail
from portal.pages import LOGIN_COOKIE
from portal.permissions import Role
from tests.portal.accounts.world import PASSWORD, World

OTHER_PASSWORD = "trois poules sur un mur"


async def test_name_and_language_are_changed(world: World) -> None:
    browser = await world.signed_in("marie")

    answer = await browser.send("/account", name="Marie Curie", locale="fr")

    person = await world.stored("marie")
    assert answer.status_code == 303
    assert (person.name, person.locale, person.handle) == ("Marie Curie", "fr", "marie")
    assert 'lang="fr"' in await browser.text("/account")


async def test_unchanged_form_is_no_event(world: World) -> None:
    browser = await world.signed_in("marie")
    person = await world.stored("marie")

    await browser.send("/account", name="Marie", locale="en")

    assert await world.events(person.id) == []


async def test_wrong_answer_is_shown_beside_its_field_with_what_was_given(world: World) -> None:
    browser = await world.signed_in("marie")

    answer = await browser.send("/account", name="x" * 81, locale="xx")

    text = await answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="error-name"' in text
    assert 'id="error-locale"' in text
    assert "x" * 81 in text


async def test_account_pages_ask_visitors_to_sign_in(world: World) -> None:
    browser = world.browser()

    for page in ("/account", "/account/password", "/account/email", "/account/erase", "/account/data.json"):
        assert (await browser.get(page)).status_code == 401


async def test_person_without_any_role_still_reaches_their_own_account(world: World) -> None:
    browser = await world.signed_in("marie")
    async with world.database.write() as db:
        for holding in await db.scalars(select(RoleHolding)):
            holding.end(world.clock())

    assert (await browser.get("/account")).status_code == 200
    assert (await browser.get("/account/data.json")).status_code == 200


async def test_password_is_changed_and_other_devices_are_signed_out(world: World) -> None:
    browser = await world.signed_in("marie")
    other, before = await world.login("marie"), browser.cookie(LOGIN_COOKIE)
    world.clock.advance(minutes=30)

    answer = await browser.send("/account/password", current=PASSWORD, password=OTHER_PASSWORD)

    assert answer.status_code == 303
    assert await world.portal.identify(other.secret) is None
    assert await world.portal.identify(before) is None
    assert await world.portal.identify(browser.cookie(LOGIN_COOKIE)) is not None
    await world.browser().sign_in("marie", OTHER_PASSWORD)


async def test_open_browser_alone_does_not_change_the_password(world: World) -> None:
    browser = await world.signed_in("marie")
    world.clock.advance(minutes=30)

    without = await browser.send("/account/password", password=OTHER_PASSWORD)
    wrong = await browser.send("/account/password", current="wrong wrong wrong", password=OTHER_PASSWORD)

    assert (without.status_code, wrong.status_code) == (422, 422)
    assert 'id="error-current"' in await wrong.get_data(as_text=True)
    await world.login("marie")


async def test_present_password_cannot_be_guessed_without_end(world: World) -> None:
    browser = await world.signed_in("marie")
    world.clock.advance(minutes=30)

    statuses = [
        (await browser.send("/account/password", current="wrong wrong wrong", password=OTHER_PASSWORD)).status_code
        for _ in range(10)
    ]

    assert statuses == [422] * 8 + [429] * 2


async def test_account_without_a_password_needs_a_fresh_link(world: World) -> None:
    await world.person("marie", password=None)
    browser = world.browser()
    await browser.send("/sign-in/link", email="marie@mail.test")
    await browser.send(await world.link("marie@mail.test", "/sign-in/link"))
    world.clock.advance(minutes=20)

    late = await browser.send("/account/erase", sure="yes")
    await world.forget_mails()
    await browser.send("/sign-in/link", email="marie@mail.test")
    await browser.send(await world.link("marie@mail.test", "/sign-in/link"))
    fresh = await browser.send("/account/password", password=OTHER_PASSWORD)

    assert (late.status_code, fresh.status_code) == (403, 303)
    await world.browser().sign_in("marie", OTHER_PASSWORD)


async def test_new_address_counts_once_its_link_was_used_and_the_old_one_is_told(world: World) -> None:
    browser = await world.signed_in("marie")
    await browser.send("/account/email", current=PASSWORD, email="marie.curie@mail.test")
    assert (await world.stored("marie")).name == "Marie"

    link = await world.link("marie.curie@mail.test", "/confirm-address")
    answer = await browser.send(link)

    assert answer.status_code == 303
    assert (await world.stored("marie.curie")).name == "Marie"
    assert any("another e-mail address" in mail.body for mail in await world.mails("marie@mail.test"))


async def test_address_of_another_account_is_not_taken_and_not_told(world: World) -> None:
    browser = await world.signed_in("marie")
    await world.person("paul")

    taken = await browser.send("/account/email", current=PASSWORD, email="paul@mail.test")
    free = await browser.send("/account/email", current=PASSWORD, email="free@mail.test")

    assert taken.headers["Location"] == free.headers["Location"]
    assert all("/confirm-address/" not in mail.body for mail in await world.mails("paul@mail.test"))


async def test_address_that_somebody_took_meanwhile_is_not_taken(world: World) -> None:
    browser = await world.signed_in("marie")
    await browser.send("/account/email", current=PASSWORD, email="paul@mail.test")
    link = await world.link("paul@mail.test", "/confirm-address")
    token = await browser.token(link)
    await world.person("paul")

    answer = await browser.post(link, csrf_token=token)

    assert answer.status_code == 410
    assert (await world.stored("marie")).name == "Marie"


async def test_data_are_taken_along_in_one_file(world: World) -> None:
    browser = await world.signed_in("marie", Role.CLERK)

    answer = await browser.get("/account/data.json")

    found = json.loads(await answer.get_data(as_text=True))
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert found["account"]["email"] == "marie@mail.test"
    assert [role["role"] for role in found["roles"]] == ["clerk"]
    assert len(found["sign_ins"]) == 1
    assert "password_hash" not in str(found)
    assert "digest" not in str(found)


async def test_erased_account_leaves_nothing_personal_behind(world: World) -> None:
    browser = await world.signed_in("marie")
    person = await world.stored("marie")
    secret = browser.cookie(LOGIN_COOKIE)

    answer = await browser.send("/account/erase", current=PASSWORD, sure="yes")

    assert answer.status_code == 303
    assert await world.portal.identify(secret) is None
    await deliver_all(world)
    async with world.database.read() as db:
        left = await db.get_one(Person, person.id)
        names = await people_by_id(db, [person.id])
        assert (await db.scalars(select(Login))).all() == []
        assert (await db.scalars(select(OneTimeLink))).all() == []
        assert (await db.scalars(select(OutgoingMail))).all() == []
    assert left.status is Status.ERASED
    assert (left.name, left.email, left.handle, left.password_hash, left.search_text, left.seen_on) == (
        "",
        None,
        None,
        None,
        "",
        None,
    )
    assert names[person.id].handle is None
    assert "Marie" not in names[person.id].name


async def deliver_all(world: World) -> None:
    while await world.portal.mail.deliver_next():
        pass


async def test_erasing_needs_the_password_and_the_tick(world: World) -> None:
    browser = await world.signed_in("marie")
    world.clock.advance(minutes=30)

    unsure = await browser.send("/account/erase", current=PASSWORD)
    unproven = await browser.send("/account/erase", sure="yes")

    assert (unsure.status_code, unproven.status_code) == (422, 422)
    assert (await world.stored("marie")).status is Status.ACTIVE


async def test_address_of_an_erased_account_can_begin_anew(world: World) -> None:
    browser = await world.signed_in("marie")
    old = await world.stored("marie")
    await browser.send("/account/erase", current=PASSWORD, sure="yes")

    await world.browser().send("/register", name="Marie", email="marie@mail.test")
    await world.browser().send(await world.link("marie@mail.test", "/confirm"), name="Marie")

    assert (await world.stored("marie")).id != old.id


async def test_last_administrator_cannot_be_erased(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)

    with pytest.raises(LastAdministrator):
        await erase_account(world.accounts, await world.actor("admin"), current=PASSWORD)

    assert (await world.stored("admin")).status is Status.ACTIVE
