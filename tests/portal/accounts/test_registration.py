"""Opening an account: the mail, the link, and what must not be learned or prepared on the way."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select

from portal.accounts.model import OneTimeLink, Person, Status
from portal.accounts.service import retention
from portal.accounts.service.links import LinkOver
from portal.accounts.service.registration import open_account
from portal.jobs import Jobs
from portal.permissions import Role
from tests.portal.accounts.world import PASSWORD, Browser, World

EMAIL = "lea@mail.test"


async def ask(browser: Browser, email: str = EMAIL, name: str = "Léa Fontaine") -> str:
    answer = await browser.send("/register", name=name, email=email)
    assert answer.status_code == 200
    return await answer.get_data(as_text=True)


async def test_account_is_opened_by_the_link_in_the_mail(world: World) -> None:
    browser = world.browser()
    await ask(browser)
    link = await world.link(EMAIL, "/confirm")

    answer = await browser.send(link, name="Léa Fontaine", password=PASSWORD)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?done=opened")
    assert "lea-fontaine@portal.test" in await browser.text("/account")
    actor = await world.actor("lea")
    assert actor.roles == {Role.RESIDENT}


async def test_opening_the_page_does_not_use_the_link(world: World) -> None:
    """Mail scanners follow links."""
    await ask(world.browser())
    link = await world.link(EMAIL, "/confirm")

    for _scanner in range(3):
        assert (await world.browser().get(link)).status_code == 200

    assert (await world.stored("lea")).status is Status.UNCONFIRMED


async def test_used_link_opens_nothing_again(world: World) -> None:
    await ask(world.browser())
    link = await world.link(EMAIL, "/confirm")
    browser = world.browser()
    token = await browser.token(link)
    await world.browser().send(link, name="Léa", password=PASSWORD)

    again = await browser.post(link, csrf_token=token, name="Eve", password="another long password")

    assert again.status_code == 410
    assert (await world.stored("lea")).name == "Léa"


async def test_link_sent_twice_at_once_counts_once(world: World) -> None:
    await ask(world.browser())
    secret = (await world.link(EMAIL, "/confirm")).rpartition("/")[2]

    async def press() -> object:
        return await open_account(world.accounts, secret, name="Léa", password=None, locale="fr", user_agent="")

    results = await asyncio.gather(press(), press(), return_exceptions=True)

    assert sorted(isinstance(result, LinkOver) for result in results) == [False, True]


async def test_link_ends_after_a_day(world: World) -> None:
    await ask(world.browser())
    link = await world.link(EMAIL, "/confirm")

    world.clock.advance(days=1)

    assert (await world.browser().get(link)).status_code == 410


async def test_link_for_one_thing_is_worth_nothing_for_another(world: World) -> None:
    await world.person("marie")
    await world.browser().send("/sign-in/link", email="marie@mail.test")
    secret = (await world.link("marie@mail.test", "/sign-in/link")).rpartition("/")[2]

    for page in ("/reset", "/confirm", "/confirm-address"):
        assert (await world.browser().get(f"{page}/{secret}")).status_code == 410
    assert (await world.browser().get(f"/sign-in/link/{secret}")).status_code == 200


async def test_answer_does_not_tell_whether_an_address_has_an_account(world: World) -> None:
    await world.person("marie")

    known = await ask(world.browser(), "marie@mail.test")
    unknown = await ask(world.browser(), "nadia@mail.test")

    assert known.replace("marie@", "x@") == unknown.replace("nadia@", "x@")
    assert "You already have one" in (await world.mails("marie@mail.test"))[0].body


@pytest.mark.parametrize("page", ["/sign-in/link", "/reset"])
async def test_asking_for_a_link_does_not_tell_whether_an_address_has_an_account(world: World, page: str) -> None:
    await world.person("marie")

    known = await (await world.browser().send(page, email="marie@mail.test")).get_data(as_text=True)
    unknown = await (await world.browser().send(page, email="nadia@mail.test")).get_data(as_text=True)

    assert known.replace("marie@", "x@") == unknown.replace("nadia@", "x@")
    assert "no account has it" in (await world.mails("nadia@mail.test"))[0].body


async def test_mail_to_an_unconfirmed_address_holds_no_word_of_the_visitor(world: World) -> None:
    await ask(world.browser(), name="Buy pills at pills dot test")

    mail = (await world.mails(EMAIL))[0]

    assert "pills" not in mail.subject + mail.body


async def test_nothing_set_by_whoever_asks_first_outlives_the_owners_opening(world: World) -> None:
    """Account pre-hijacking: an attacker asks for an account with the victim's address and waits."""
    await ask(world.browser(), name="Attacker")
    attackers_mail = await world.link(EMAIL, "/confirm")
    await world.forget_mails()
    await ask(world.browser(), name="Léa")
    await world.browser().send(await world.link(EMAIL, "/confirm"), name="Léa", password=PASSWORD)

    assert (await world.browser().get(attackers_mail)).status_code == 410
    assert (await world.stored("lea")).name == "Léa"
    await world.login("lea")


async def test_two_people_who_ask_with_one_address_at_once_make_one_account(world: World) -> None:
    await asyncio.gather(*(ask(world.browser()) for _ in range(3)))

    assert (await world.stored("lea")).status is Status.UNCONFIRMED


async def test_namesakes_get_handles_of_their_own(world: World) -> None:
    for number in range(3):
        await ask(world.browser(), f"jean{number}@mail.test", "Jean Petit")
        link = await world.link(f"jean{number}@mail.test", "/confirm")
        await world.browser().send(link, name="Jean Petit")

    handles = [(await world.stored(f"jean{number}")).handle for number in range(3)]
    assert handles == ["jean-petit", "jean-petit-2", "jean-petit-3"]


async def test_nobody_gets_the_handle_of_the_town_hall(world: World) -> None:
    await ask(world.browser(), name="Mairie")
    await world.browser().send(await world.link(EMAIL, "/confirm"), name="Mairie")

    assert (await world.stored("lea")).handle == "mairie-2"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("court", "at least twelve characters"),
        ("motdepasse2026!", "among the first"),
        ("Lea Fontaine 1987", "among the first"),
        ("Saint-Aubin 2026", "among the first"),
        ("123456789012", "among the first"),
        ("835172640571", "at least sixteen"),
        ("x" * 300, "at most two hundred"),
    ],
)
async def test_weak_password_is_refused_beside_its_field_and_the_link_stays(
    world: World, password: str, said: str
) -> None:
    browser = world.browser()
    await ask(browser)
    link = await world.link(EMAIL, "/confirm")

    answer = await browser.send(link, name="Léa Fontaine", password=password)

    text = await answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in text
    assert 'id="error-password"' in text
    assert password not in text
    assert (await browser.get(link)).status_code == 200


@pytest.mark.parametrize(
    ("name", "email", "wrong"),
    [
        ("", "lea@mail.test", "name"),
        ("Léa", "", "email"),
        ("Léa", "not an address", "email"),
        ("Léa", "lea@mail.test\r\nBcc: all@mail.test", "email"),
        ("Léa", "lea@mail.test,eve@mail.test", "email"),
        ("Léa", '"lea"@mail.test', "email"),
        ("Léa", "l" * 65 + "@mail.test", "email"),
        ("Léa", "lea@" + "m" * 250 + ".test", "email"),
        ("Léa\x00", "lea@mail.test", "name"),
        ("L\u202eéa", "lea@mail.test", "name"),
        ("see https://pills.test", "lea@mail.test", "name"),
        ("é" * 81, "lea@mail.test", "name"),
        ("12345", "lea@mail.test", "name"),
    ],
)
async def test_broken_answers_get_an_error_beside_the_field_and_change_nothing(
    world: World, name: str, email: str, wrong: str
) -> None:
    answer = await world.browser().send("/register", name=name, email=email)

    text = await answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="error-{wrong}"' in text
    assert await world.mails() == []


async def test_field_that_the_form_does_not_have_is_refused(world: World) -> None:
    answer = await world.browser().send("/register", name="Léa", email=EMAIL, roles="administrator")

    assert answer.status_code == 422
    assert await world.mails() == []


async def test_body_over_its_limit_is_refused(world: World) -> None:
    browser = world.browser()
    token = await browser.token("/register")

    answer = await browser.post("/register", csrf_token=token, name="x" * 300_000, email=EMAIL)

    assert answer.status_code == 413
    assert await world.mails() == []


async def test_one_address_gets_five_mails_an_hour_at_most(world: World) -> None:
    browser = world.browser()

    statuses = [(await browser.send("/register", name="Léa", email=EMAIL)).status_code for _ in range(7)]

    assert statuses == [200] * 5 + [429] * 2
    assert len(await world.mails(EMAIL)) == 5


async def test_forty_people_register_in_one_room(world: World) -> None:
    for number in range(40):
        await ask(world.browser(), f"new{number}@mail.test")

    assert len(await world.mails()) == 40


async def test_account_that_nobody_opens_is_forgotten_after_a_month_and_its_link_before(world: World) -> None:
    await ask(world.browser())
    jobs = Jobs(world.database, world.clock, chance=lambda: 0)
    retention.register(jobs)
    kept: list[tuple[int, int]] = []

    for days in (1, 28, 2):
        world.clock.advance(days=days, hours=1)
        await jobs.run_due()
        async with world.database.read() as db:
            links = len((await db.scalars(select(OneTimeLink))).all())
            kept.append((links, len((await db.scalars(select(Person).filter_by(status=Status.UNCONFIRMED))).all())))

    assert kept == [(0, 1), (0, 1), (0, 0)]
