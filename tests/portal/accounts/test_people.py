"""People and roles: what administrators do, and that nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from portal.accounts.model import Person
from portal.accounts.service import administration
from portal.accounts.service.administration import Term
from portal.accounts.service.administrators import LastAdministrator
from portal.clock import civil_date
from portal.errors import Conflict, Forbidden, NotSignedIn
from portal.permissions import Actor, Role
from tests.portal.accounts.world import World

REASON = "Insults on the board, twice."


async def see(world: World, actor: Actor | None, person_id: str) -> None:
    async with world.database.read() as db:
        await administration.find_people(db, actor, today=civil_date(world.clock()))
        await administration.access_person(db, actor, person_id)


async def invite(world: World, actor: Actor | None, person_id: str) -> None:
    await administration.invite(
        world.accounts,
        actor,
        name="Newcomer",
        email=f"new.{person_id[:6]}@mail.test",
        roles=frozenset({Role.AGENT}),
        term=Term(civil_date(world.clock())),
        locale="en",
    )


async def give_role(world: World, actor: Actor | None, person_id: str) -> None:
    await administration.give_role(
        world.accounts, actor, person_id, Role.CLERK, Term(civil_date(world.clock()), body="Council")
    )


async def end_role(world: World, actor: Actor | None, person_id: str) -> None:
    holding = await holding_of(world, "marie", Role.RESIDENT)
    await administration.end_role(world.accounts, actor, person_id, holding)


async def ban(world: World, actor: Actor | None, person_id: str) -> None:
    await administration.ban(world.accounts, actor, person_id, REASON)


async def holding_of(world: World, name: str, role: Role) -> str:
    person = await world.stored(name)
    async with world.database.read() as db:
        boss = Actor("admin", "Admin", frozenset({Role.ADMINISTRATOR}), "login")
        found = await administration.access_person(db, boss, person.id)
    return next(item.id for item in found.holdings if item.role is role)


Act = Callable[[World, Actor | None, str], Awaitable[None]]
ACTS: list[Act] = [see, invite, give_role, end_role, ban]


@pytest.mark.parametrize("act", ACTS)
async def test_administrator_may(world: World, act: Act) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")

    await act(world, await world.actor("admin"), person.id)


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_else_may(world: World, act: Act) -> None:
    await world.person("marie")
    await world.person("all", *(set(Role) - {Role.ADMINISTRATOR}))
    person = await world.stored("marie")
    before = await world.audited()

    with pytest.raises(Forbidden):
        await act(world, await world.actor("all"), person.id)
    with pytest.raises(NotSignedIn):
        await act(world, None, person.id)

    assert await world.audited() == before
    assert await world.mails() == []


@pytest.mark.parametrize("page", ["", "/invite", "/{id}"])
async def test_pages_of_people_are_refused_to_others(world: World, page: str) -> None:
    person = await world.person("paul")
    browser = await world.signed_in("marie", Role.CLERK)
    path = "/admin/people" + page.format(id=person.id)

    assert (await browser.get(path)).status_code == 403
    assert (await world.browser().get(path)).status_code == 401


@pytest.mark.parametrize("form", ["roles", "roles/x/end", "ban", "unban"])
async def test_forms_of_people_are_refused_to_others(world: World, form: str) -> None:
    person = await world.person("paul")
    browser = await world.signed_in("marie", Role.CLERK)

    answer = await browser.send("/account", f"/admin/people/{person.id}/{form}", role="clerk", reason=REASON)

    assert answer.status_code == 403


async def test_role_holds_from_its_first_day_to_its_last(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie", Role.RESIDENT)
    today = civil_date(world.clock())
    term = Term(today + timedelta(days=1), today + timedelta(days=2), "Finance committee")

    await administration.give_role(world.accounts, await world.actor("admin"), person.id, Role.CLERK, term)

    held = []
    for _day in range(4):
        held.append(Role.CLERK in (await world.actor("marie")).roles)
        world.clock.advance(days=1)
    assert held == [False, True, True, False]


async def test_role_ends_at_once_for_a_browser_that_is_signed_in(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie", Role.CLERK, Role.RESIDENT)
    login = await world.login("marie")

    await administration.end_role(
        world.accounts, await world.actor("admin"), person.id, await holding_of(world, "marie", Role.CLERK)
    )

    actor = await world.portal.identify(login.secret)
    assert actor is not None
    assert actor.roles == {Role.RESIDENT}


async def test_same_role_in_the_same_days_is_refused(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie", Role.RESIDENT)
    admin, today = await world.actor("admin"), civil_date(world.clock())
    await administration.give_role(world.accounts, admin, person.id, Role.CLERK, Term(today))

    with pytest.raises(Conflict):
        await administration.give_role(world.accounts, admin, person.id, Role.CLERK, Term(today + timedelta(days=9)))
    await administration.give_role(world.accounts, admin, person.id, Role.CLERK, Term(today, body="Finance"))


async def test_role_of_somebody_else_cannot_be_ended_by_way_of_another_person(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")
    await world.person("paul", Role.CLERK)
    browser = world.browser()
    await browser.sign_in("admin")
    holding = await holding_of(world, "paul", Role.CLERK)

    answer = await browser.send("/account", f"/admin/people/{person.id}/roles/{holding}/end")

    assert answer.status_code == 404
    assert (await world.actor("paul")).roles == {Role.CLERK}


async def test_last_administrator_cannot_be_ended_or_banned(world: World) -> None:
    person = await world.person("admin", Role.ADMINISTRATOR)
    admin = await world.actor("admin")
    holding = await holding_of(world, "admin", Role.ADMINISTRATOR)

    with pytest.raises(LastAdministrator):
        await administration.end_role(world.accounts, admin, person.id, holding)
    with pytest.raises(LastAdministrator):
        await administration.ban(world.accounts, admin, person.id, REASON)

    assert (await world.actor("admin")).roles == {Role.ADMINISTRATOR}


async def test_administrator_with_an_end_does_not_count_as_the_one_who_stays(world: World) -> None:
    person = await world.person("admin", Role.ADMINISTRATOR)
    other = await world.person("marie")
    admin, today = await world.actor("admin"), civil_date(world.clock())
    await administration.give_role(
        world.accounts, admin, other.id, Role.ADMINISTRATOR, Term(today, today + timedelta(days=30))
    )

    with pytest.raises(LastAdministrator):
        await administration.end_role(
            world.accounts, admin, person.id, await holding_of(world, "admin", Role.ADMINISTRATOR)
        )


async def test_two_administrators_who_remove_each_other_at_once_leave_one(world: World) -> None:
    first, second = await world.person("anna", Role.ADMINISTRATOR), await world.person("boris", Role.ADMINISTRATOR)
    anna, boris = await world.actor("anna"), await world.actor("boris")

    results = await asyncio.gather(
        administration.end_role(world.accounts, anna, second.id, await holding_of(world, "boris", Role.ADMINISTRATOR)),
        administration.ban(world.accounts, boris, first.id, REASON),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["LastAdministrator", "NoneType"]


async def test_ban_ends_every_sign_in_and_tells_the_reason(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")
    login = await world.login("marie")
    browser = world.browser()
    await browser.sign_in("admin")

    await browser.send(f"/admin/people/{person.id}", f"/admin/people/{person.id}/ban", reason=REASON)

    assert await world.portal.identify(login.secret) is None
    answer = await world.browser().send("/sign-in", email="marie@mail.test", password="quatre chevaux dans un pré")
    assert answer.status_code == 403
    assert REASON in (await world.mails("marie@mail.test"))[0].body


async def test_unbanned_person_signs_in_again(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")
    admin = await world.actor("admin")
    await administration.ban(world.accounts, admin, person.id, REASON)

    await administration.unban(world.accounts, admin, person.id)

    assert (await world.actor("marie")).roles == {Role.RESIDENT}


async def test_every_act_is_audited_with_who_and_whom(world: World) -> None:
    boss = await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")
    admin = await world.actor("admin")

    for act in (give_role, end_role, ban):
        await act(world, admin, person.id)
    await administration.unban(world.accounts, admin, person.id)

    assert {entry for entry in await world.audited() if entry[1] == boss.id} == {
        ("people.give_role", boss.id, person.id),
        ("people.end_role", boss.id, person.id),
        ("person.banned", boss.id, person.id),
        ("person.unbanned", boss.id, person.id),
    }


async def test_invited_person_opens_the_account_with_the_roles_given(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    admin = world.browser()
    await admin.sign_in("admin")

    answer = await admin.send(
        "/admin/people/invite", name="Sophie Lemoine", email="sophie@mail.test", roles=["clerk", "agent"], locale="fr"
    )
    assert answer.status_code == 303
    mail = (await world.mails("sophie@mail.test"))[0]
    browser = world.browser()
    await browser.send(
        await world.link("sophie@mail.test", "/confirm"), name="Sophie Lemoine", password="quatre chevaux dans un pré"
    )

    assert "agent" in mail.body
    assert (await world.actor("sophie")).roles == {Role.CLERK, Role.AGENT}


async def test_roles_of_an_invitation_are_not_had_by_whoever_registers_with_the_address(world: World) -> None:
    """The link goes to the address either way: who does not read its mail gets nothing."""
    await world.person("admin", Role.ADMINISTRATOR)
    await invite(world, await world.actor("admin"), "abcdef")

    answer = await world.browser().send("/register", name="Eve", email="new.abcdef@mail.test")

    assert answer.status_code == 200
    assert len(await world.mails("new.abcdef@mail.test")) == 2


async def test_person_with_an_account_is_not_invited_again(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    await world.person("marie")
    browser = world.browser()
    await browser.sign_in("admin")

    answer = await browser.send(
        "/admin/people/invite", name="Marie", email="marie@mail.test", roles="clerk", locale="fr"
    )

    assert answer.status_code == 409
    assert await world.mails() == []


async def test_invitation_without_a_role_or_with_a_past_end_is_refused_beside_the_field(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    browser = world.browser()
    await browser.sign_in("admin")
    given = {"name": "Sophie", "email": "sophie@mail.test", "locale": "fr"}

    no_role = await browser.send("/admin/people/invite", **given)
    past = await browser.send("/admin/people/invite", **given, roles="clerk", since="2020-01-01", until="2020-02-01")
    backwards = await browser.send(
        "/admin/people/invite", **given, roles="clerk", since="2027-01-02", until="2027-01-01"
    )

    assert 'id="error-roles"' in await no_role.get_data(as_text=True)
    assert 'id="error-until"' in await past.get_data(as_text=True)
    assert 'id="error-until"' in await backwards.get_data(as_text=True)
    assert await world.mails() == []


async def test_people_are_found_without_accents_and_by_several_words(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    helene = await world.person("helene")
    async with world.database.write() as db:
        (await db.get_one(Person, helene.id)).describe(name="Hélène Œuvrard")
    browser = world.browser()
    await browser.sign_in("admin")

    found = await browser.text("/admin/people?q=OEUVRARD+helene")
    missed = await browser.text("/admin/people?q=helene+zorro")

    assert "Hélène Œuvrard" in found
    assert "Hélène Œuvrard" not in missed


@pytest.mark.parametrize("query", ["%", "_", "\\", "'; drop table person; --", "x" * 5000, "\x00"])
async def test_signs_that_mean_something_to_a_database_mean_nothing_in_a_search(world: World, query: str) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    browser = world.browser()
    await browser.sign_in("admin")

    answer = await browser.client.get("/admin/people", query_string={"q": query})

    assert answer.status_code == (400 if query == "\x00" else 200)
    assert "admin@mail.test" not in await answer.get_data(as_text=True)


async def test_list_has_fifty_to_a_page(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    for number in range(60):
        await world.person(f"z{number:02}", password=None)
    async with world.database.read() as db:
        today, admin = civil_date(world.clock()), await world.actor("admin")
        first = await administration.find_people(db, admin, today=today)
        second = await administration.find_people(db, admin, today=today, number=2)
        beyond = await administration.find_people(db, admin, today=today, number=99)
        clerks = await administration.find_people(db, admin, today=today, role=Role.ADMINISTRATOR)

    assert (len(first.people), len(second.people), first.total, first.pages) == (50, 11, 61, 2)
    assert {person.id for person in first.people}.isdisjoint(person.id for person in second.people)
    assert beyond.number == 2
    assert [person.name for person in clerks.people] == ["Admin"]


async def test_unknown_person_is_not_found(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    browser = world.browser()
    await browser.sign_in("admin")

    for page in ("/admin/people/nobody", "/admin/people/" + "0" * 22, "/admin/people/" + "0" * 5000):
        assert (await browser.get(page)).status_code == 404
