"""An account that nobody uses: its owner is told after a year, told again a month before its end, and it is erased."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person, Status, UnusedNotice
from portal.accounts.model.unused import ends_on
from portal.accounts.service import own_data, unused
from portal.accounts.service.own_data import erase_account
from portal.errors import Conflict
from portal.jobs import Jobs
from portal.permissions import Role
from tests.portal.accounts.world import PASSWORD, World


def worker(world: World) -> Jobs:
    """The two jobs, as a web worker has them."""
    jobs = Jobs(world.database, world.clock, chance=lambda: 0)
    unused.register(jobs, world.accounts)
    return jobs


async def days(world: World, jobs: Jobs, count: int) -> list[str]:
    """Let days pass, then look what is due; the subjects of the mails that this writes."""
    await world.forget_mails()
    world.clock.advance(days=count)
    await jobs.run_due()
    return [mail.subject for mail in await world.mails()]


async def test_owner_is_told_twice_and_then_the_account_is_erased(world: World) -> None:
    await world.person("marie")
    await world.login("marie")
    jobs = worker(world)

    assert await days(world, jobs, 364) == []
    assert await days(world, jobs, 1) == ["Do you still use your account? – Saint-Aubin"]
    assert await days(world, jobs, 334) == []
    assert await days(world, jobs, 1) == ["Do you still use your account? – Saint-Aubin"]
    person = await world.stored("marie")
    assert await days(world, jobs, 29) == []
    assert await days(world, jobs, 1) == ["Your account has been erased – Saint-Aubin"]

    assert ("person.erased", None, person.id) in await world.audited()
    async with world.database.read() as db:
        assert (await db.get_one(type(person), person.id)).status is Status.ERASED
        assert (await db.scalars(select(UnusedNotice))).all() == []


async def test_one_sign_in_begins_the_two_years_anew(world: World) -> None:
    await world.person("marie")
    await world.login("marie")
    jobs = worker(world)
    assert len(await days(world, jobs, 400)) == 1
    assert len(await days(world, jobs, 320)) == 1

    await world.login("marie")

    assert await days(world, jobs, 364) == []
    assert await days(world, jobs, 1) == ["Do you still use your account? – Saint-Aubin"]
    assert (await world.stored("marie")).status is Status.ACTIVE


async def test_portal_that_stood_still_for_years_gives_a_month_before_it_erases(world: World) -> None:
    await world.person("marie")
    await world.login("marie")
    jobs = worker(world)
    world.clock.advance(days=2000)

    assert await days(world, jobs, 1) == ["Do you still use your account? – Saint-Aubin"]
    assert await days(world, jobs, 29) == []
    assert await days(world, jobs, 1) == ["Your account has been erased – Saint-Aubin"]


@pytest.mark.parametrize("role", [Role.CLERK, Role.COUNCILLOR, Role.ADMINISTRATOR])
async def test_account_of_somebody_in_office_is_not_ended(world: World, role: Role) -> None:
    await world.person("marie", role)
    await world.login("marie")

    jobs = worker(world)

    assert await days(world, jobs, 800) == []
    assert await days(world, jobs, 100) == []
    assert (await world.stored("marie")).status is Status.ACTIVE


async def test_erasing_it_oneself_leaves_no_notice(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    await world.person("marie")
    await world.login("marie")
    await days(world, worker(world), 370)

    await erase_account(world.accounts, await world.actor("marie"), current=PASSWORD)

    async with world.database.read() as db:
        assert (await db.scalars(select(UnusedNotice))).all() == []


def test_end_that_a_mail_names_is_never_sooner_than_a_month(world: World) -> None:
    today = world.clock().date()

    assert ends_on(today - timedelta(days=365), today) == today + timedelta(days=365)
    assert ends_on(today - timedelta(days=2000), today) == today + timedelta(days=30)


async def test_account_that_cannot_be_erased_keeps_no_other_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("anne", "marie", "paul")
    for name in names:
        await world.person(name)
        await world.login(name)
    jobs = worker(world)
    for count in (365, 335):
        await days(world, jobs, count)
    stuck = min([(await world.stored(name)).id for name in names])

    async def refuse(db: AsyncSession, person_id: str, at: datetime) -> None:
        del db, at
        if person_id == stuck:
            raise Conflict

    monkeypatch.setattr(own_data, "erases", [*own_data.erases, refuse])
    await days(world, jobs, 30)
    world.clock.advance(minutes=1)
    await jobs.run_due()

    async with world.database.read() as db:
        left = (await db.scalars(select(Person.id).where(Person.status == Status.ACTIVE))).all()
    assert left == [stuck]
    (state,) = [state for state in await jobs.states() if state.name == "accounts.unused_erased"]
    assert (state.failures, state.fault) == (0, "")

    monkeypatch.undo()
    await days(world, jobs, 1)
    async with world.database.read() as db:
        assert (await db.get_one(Person, stuck)).status is Status.ERASED
