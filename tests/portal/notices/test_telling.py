"""Telling a person: on the page, by mail, once, in the way they chose."""

from __future__ import annotations

import asyncio
from datetime import time

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.errors import NotFound, NotSignedIn
from portal.jobs import Run
from portal.notices.model import Hours, Notice
from portal.notices.service import How, choices, own_data, reading, tell
from portal.notices.service.telling import stream_of, take_back
from tests.portal.accounts.world import World
from tests.portal.notices.conftest import HIDDEN


async def told(world: World, person: str, subject: str, kind: str = "thing.near", *, is_urgent: bool = False) -> None:
    async with world.database.write() as db:
        person_id = (await world.stored(person)).id
        await tell(
            db, person_id=person_id, kind=kind, subject_id=subject, at=world.clock(), why="near", is_urgent=is_urgent
        )


async def run_jobs(world: World) -> None:
    await world.portal.jobs.run_due()


async def exported(db: AsyncSession, person_id: str) -> list[str]:
    found = await own_data.my_notices(db, person_id)
    assert isinstance(found, list)
    return [row["about"] for row in found]


async def titles(world: World, person: str) -> list[str]:
    async with world.database.read() as db:
        return [shown.words.title for shown in await reading.own_notices(db, await world.actor(person))]


async def test_a_person_finds_what_concerns_them_newest_first(world: World) -> None:
    await world.person("lea")
    await told(world, "lea", "bread")
    world.clock.advance(minutes=1)
    await told(world, "lea", "milk")

    assert await titles(world, "lea") == ["News of milk", "News of bread"]


async def test_the_same_thing_told_again_takes_its_place_and_is_new_again(world: World) -> None:
    person = await world.person("lea")
    await told(world, "lea", "bread")
    await reading.read_all(world.database, await world.actor("lea"), world.clock())
    await told(world, "lea", "bread")

    async with world.database.read() as db:
        assert await reading.unread_count(db, person.id) == 1
    assert await titles(world, "lea") == ["News of bread"]


async def test_two_that_tell_of_one_thing_at_once_make_one_notice(world: World) -> None:
    await world.person("lea")

    await asyncio.gather(*(told(world, "lea", "bread") for _ in range(4)))

    assert await titles(world, "lea") == ["News of bread"]


async def test_what_was_not_read_in_a_moment_goes_out_in_one_mail(world: World) -> None:
    await world.person("lea")
    await told(world, "lea", "bread")
    await told(world, "lea", "milk")
    await run_jobs(world)
    assert await world.mails("lea@mail.test") == []

    world.clock.advance(seconds=30)
    await run_jobs(world)
    world.clock.advance(seconds=30)
    await run_jobs(world)

    (mail,) = await world.mails("lea@mail.test")
    assert mail.subject.startswith("2 things concern you")
    assert "News of bread\nBecause: near.\nhttp://portal.test/things/bread" in mail.body


async def test_what_was_read_meanwhile_is_told_no_more(world: World) -> None:
    await world.person("lea")
    await told(world, "lea", "bread")
    await reading.read_all(world.database, await world.actor("lea"), world.clock())

    world.clock.advance(minutes=5)
    await run_jobs(world)

    assert await world.mails("lea@mail.test") == []


async def test_what_was_hidden_meanwhile_is_told_nowhere(world: World) -> None:
    await world.person("lea")
    await told(world, "lea", "bread")
    HIDDEN.add("bread")

    world.clock.advance(minutes=5)
    await run_jobs(world)

    assert await world.mails("lea@mail.test") == []
    assert await titles(world, "lea") == []


async def test_what_was_taken_back_is_gone_for_everybody(world: World) -> None:
    person = await world.person("lea")
    await told(world, "lea", "bread")

    async with world.database.write() as db:
        await take_back(db, kind="thing.near", subject_id="bread")

    assert await titles(world, "lea") == []
    assert len(await world.portal.log.after(stream_of(person.id), 0, 10)) == 2


async def test_the_daily_mail_gathers_the_day(world: World) -> None:
    await world.person("lea")
    await told(world, "lea", "bread", "thing.far")
    world.clock.advance(hours=2)
    await told(world, "lea", "milk", "thing.far")
    await run_jobs(world)
    assert await world.mails("lea@mail.test") == []

    world.clock.advance(hours=7)
    await run_jobs(world)

    (mail,) = await world.mails("lea@mail.test")
    assert "bread" in mail.body
    assert "milk" in mail.body


async def test_a_kind_that_is_switched_off_is_told_nowhere(world: World) -> None:
    await world.person("lea")
    lea = await world.actor("lea")
    await choices.choose(world.database, lea, {"thing.near": How.OFF}, Hours())
    await told(world, "lea", "bread")

    world.clock.advance(minutes=5)
    await run_jobs(world)

    assert await world.mails("lea@mail.test") == []
    assert await titles(world, "lea") == []


async def test_own_quiet_hours_hold_back_all_but_what_is_urgent(world: World) -> None:
    await world.person("lea")
    lea = await world.actor("lea")
    await choices.choose(world.database, lea, {}, Hours(time(8), time(12)))
    await told(world, "lea", "bread")
    await told(world, "lea", "fire", is_urgent=True)

    world.clock.advance(minutes=5)
    await run_jobs(world)
    (mail,) = await world.mails("lea@mail.test")
    assert "bread" not in mail.body

    world.clock.advance(hours=3)
    await run_jobs(world)
    assert len(await world.mails("lea@mail.test")) == 2


async def test_nobody_opens_the_notice_of_somebody_else(world: World) -> None:
    await world.person("lea")
    await world.person("max")
    await told(world, "lea", "bread")
    async with world.database.read() as db:
        (notice,) = await db.scalars(select(Notice))

    with pytest.raises(NotFound):
        await reading.open_notice(world.database, await world.actor("max"), notice.id, world.clock())
    with pytest.raises(NotSignedIn):
        await reading.open_notice(world.database, None, notice.id, world.clock())
    path = await reading.open_notice(world.database, await world.actor("lea"), notice.id, world.clock())
    assert path == "/things/bread"


async def test_who_is_banned_or_gone_is_told_nothing(world: World) -> None:
    person = await world.person("lea")
    await told(world, "lea", "bread")
    async with world.database.write() as db:
        (await db.merge(person)).ban("Rude.")

    world.clock.advance(minutes=5)
    await run_jobs(world)

    assert await world.mails("lea@mail.test") == []


async def test_notices_are_deleted_after_two_months_and_with_the_account(world: World) -> None:
    person = await world.person("lea")
    await told(world, "lea", "old")
    world.clock.advance(days=59)
    await told(world, "lea", "newer")
    world.clock.advance(days=2)

    async with world.database.write() as db:
        assert await own_data.forget_old(db, Run(world.clock(), None).now) == 1
    assert await titles(world, "lea") == ["News of newer"]
    async with world.database.write() as db:
        assert await exported(db, person.id) == ["newer"]
        await own_data.forget(db, person.id, world.clock())
    assert await titles(world, "lea") == []
