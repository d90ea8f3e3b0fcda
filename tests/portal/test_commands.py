"""Commands count once, however often and however closely they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from portal.commands import Answer, SentBefore, once
from portal.db import Base, Database
from portal.errors import Conflict, InvalidInput
from tests.clock import FixedClock

COMMAND = "command-1"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield found
    await found.close()


class Doing:
    """Something done: counts how often."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> Answer:
        self.times += 1
        return {"number": self.times}


async def send(
    database: Database,
    doing: Doing,
    clock: FixedClock,
    *,
    who: str = "anna",
    command: str = COMMAND,
    asked: str = "vote for",
) -> Answer:
    async with database.write() as db:
        return await once(db, actor_id=who, command_id=command, asked=asked, at=clock(), do=doing)


async def test_repetition_is_given_the_first_answer(database: Database, clock: FixedClock) -> None:
    doing = Doing()

    answers = [await send(database, doing, clock) for _ in range(3)]

    assert answers == [{"number": 1}] * 3
    assert doing.times == 1


async def test_copies_that_race_count_once(database: Database, clock: FixedClock) -> None:
    doing = Doing()

    answers = await asyncio.gather(*(send(database, doing, clock) for _ in range(8)))

    assert answers == [{"number": 1}] * 8
    assert doing.times == 1


async def test_other_people_and_other_commands_count_for_themselves(database: Database, clock: FixedClock) -> None:
    doing = Doing()

    await send(database, doing, clock)
    await send(database, doing, clock, who="boris")
    await send(database, doing, clock, command="command-2")

    assert doing.times == 3


async def test_command_that_failed_can_be_sent_again(database: Database, clock: FixedClock) -> None:
    doing = Doing()

    async def fail() -> Answer:
        raise Conflict

    with pytest.raises(Conflict):
        async with database.write() as db:
            await once(db, actor_id="anna", command_id=COMMAND, asked="vote for", at=clock(), do=fail)

    assert await send(database, doing, clock) == {"number": 1}


async def test_id_that_asked_for_one_thing_is_refused_for_another(database: Database, clock: FixedClock) -> None:
    doing = Doing()
    await send(database, doing, clock)

    with pytest.raises(SentBefore):
        await send(database, doing, clock, asked="vote against")

    assert doing.times == 1
    assert await send(database, doing, clock) == {"number": 1}


@pytest.mark.parametrize("command", ["", "short", "x" * 65, "with space", "nul\x00nul\x00", "été-été-été"])
async def test_malformed_id_is_refused(database: Database, clock: FixedClock, command: str) -> None:
    doing = Doing()

    with pytest.raises(InvalidInput):
        await send(database, doing, clock, command=command)

    assert doing.times == 0
