"""Sockets follow the account: over a real server, with the hub and the event log that the portal has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest

from portal.accounts.service import administration, own_account, own_data
from portal.accounts.service.administration import Term
from portal.accounts.service.logins import NewLogin
from portal.accounts.service.retention import end_lapsed_sign_ins, turn_roles
from portal.clock import civil_date
from portal.jobs import Run, Work
from portal.pages import LOGIN_COOKIE
from portal.permissions import Role
from tests.portal.accounts.world import ORIGIN, PASSWORD, World
from tests.realtime.town import served
from tests.realtime.wire import Browser as Socket
from tests.realtime.wire import open_wire


async def socket_of(port: int, login: NewLogin) -> Socket:
    wire = await open_wire(port, origin=ORIGIN, cookie=f"{LOGIN_COOKIE}={login.secret}")
    wire.read()
    found = Socket(wire)
    await found.connect()
    assert found.refused is None
    return found


async def follows(socket: Socket, person_id: str) -> bool:
    """Whether the person may follow their own stream; an answer at all shows that the socket is open."""
    answer = await socket.ask("stream:follow", {"stream": f"person:{person_id}", "after": 0})
    return "error" not in answer


Ending = Callable[[World, str], Awaitable[object]]


async def sign_out_everywhere(world: World, person_id: str) -> None:
    await own_account.sign_out_everywhere(world.accounts, await world.actor("marie"))


async def ban(world: World, person_id: str) -> None:
    await administration.ban(world.accounts, await world.actor("admin"), person_id, "Insults on the board.")


async def give_role(world: World, person_id: str) -> None:
    term = Term(civil_date(world.clock()))
    await administration.give_role(world.accounts, await world.actor("admin"), person_id, Role.CLERK, term)


async def erase(world: World, person_id: str) -> None:
    await own_data.erase_account(world.accounts, await world.actor("marie"), current=PASSWORD)


async def lapse(world: World, person_id: str) -> None:
    world.clock.advance(days=31)
    await do_job(world, end_lapsed_sign_ins, since=None)


async def do_job(world: World, work: Work, *, since: datetime | None) -> None:
    async with world.database.write() as db:
        await work(db, Run(world.clock(), since))


@pytest.mark.parametrize("ending", [sign_out_everywhere, ban, give_role, erase, lapse])
async def test_what_ends_or_changes_access_closes_the_sockets_of_that_person_alone(
    world: World, ending: Ending
) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person, other = await world.person("marie"), await world.person("paul")
    async with served(world.portal.hub) as port:
        phone = await socket_of(port, await world.login("marie"))
        laptop = await socket_of(port, await world.login("marie"))
        stays = None if ending is lapse else await socket_of(port, await world.login("paul"))
        assert await follows(phone, person.id)

        await ending(world, person.id)

        await phone.ended()
        await laptop.ended()
        if stays is not None:
            assert await follows(stays, other.id)
            await stays.wire.close()
        for socket in (phone, laptop):
            await socket.wire.close()


async def test_sign_out_closes_the_sockets_of_that_device_alone(world: World) -> None:
    person = await world.person("marie")
    login = await world.login("marie")
    actor = await world.portal.identify(login.secret)
    async with served(world.portal.hub) as port:
        phone = await socket_of(port, login)
        laptop = await socket_of(port, await world.login("marie"))

        await own_account.sign_out(world.accounts, actor)

        await phone.ended()
        assert await follows(laptop, person.id)
        for socket in (phone, laptop):
            await socket.wire.close()


async def test_nobody_follows_the_stream_of_another_person(world: World) -> None:
    await world.person("marie")
    other = await world.person("paul")
    async with served(world.portal.hub) as port:
        socket = await socket_of(port, await world.login("marie"))

        assert not await follows(socket, other.id)

        await socket.wire.close()


async def test_role_that_begins_or_ends_by_date_closes_the_sockets_that_day(world: World) -> None:
    await world.person("admin", Role.ADMINISTRATOR)
    person = await world.person("marie")
    today = civil_date(world.clock())
    await administration.give_role(
        world.accounts, await world.actor("admin"), person.id, Role.COUNCILLOR, Term(today, until=today)
    )
    async with served(world.portal.hub) as port:
        socket = await socket_of(port, await world.login("marie"))
        before = world.clock()
        world.clock.advance(days=1)

        await do_job(world, turn_roles, since=before)

        await socket.ended()
        await socket.wire.close()
