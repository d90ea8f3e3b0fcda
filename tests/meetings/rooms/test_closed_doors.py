"""What is written in a sitting's room behind closed doors stays with those who were inside (CGCT L2121-18)."""

from __future__ import annotations

from datetime import timedelta

from meetings.rooms import service
from meetings.rooms.live.views import room_view
from meetings.rooms.model import Room, SeatState
from meetings.rooms.service import sitting_rooms
from meetings.rooms.service.seats import Visitor
from portal.permissions import Role
from realtime.sources import Connection
from tests.helpdesk.board.site import Browser, Site


class Chamber:
    """A sitting's room: Anne presides, Bilal is a member, others come in when the host says so."""

    def __init__(self, site: Site, people: dict[str, Browser]) -> None:
        self.site, self.people, self.room_id = site, people, ""

    def visitor(self, name: str) -> Visitor:
        return Visitor(self.people[name].actor)

    async def open(self) -> None:
        members = {actor.account_id: actor.name for name in ("anne", "bilal") if (actor := self.people[name].actor)}
        async with self.site.portal.database.write() as db:
            room = await sitting_rooms.open_sitting_room(
                db, title="Conseil", host_id=next(iter(members)), members=members, now=self.site.clock()
            )
        self.room_id = room.id

    async def enters(self, name: str) -> None:
        """Come in; the host admits whoever waits."""
        self.site.clock.now += timedelta(seconds=5)
        host = self.people["anne"].actor
        assert host is not None
        async with self.site.portal.database.write() as db:
            _room, seat = await service.enter(db, self.room_id, self.visitor(name), now=self.site.clock())
            await db.flush()
            if seat.state is SeatState.WAITING:
                now = self.site.clock()
                await service.decide(db, host, self.room_id, seat.id, SeatState.ADMITTED, now=now)

    async def says(self, name: str, text: str) -> None:
        self.site.clock.now += timedelta(seconds=5)
        async with self.site.portal.database.write() as db:
            await service.write(db, self.room_id, self.visitor(name), text=text, now=self.site.clock())

    async def doors(self, *, closed: bool) -> None:
        self.site.clock.now += timedelta(seconds=5)
        host = self.people["anne"].actor
        assert host is not None
        staying = {actor.account_id for name in ("anne", "bilal", "clerk") if (actor := self.people[name].actor)}
        async with self.site.portal.database.write() as db:
            if closed:
                await sitting_rooms.shut_out(db, self.room_id, staying, by=host.account_id, now=self.site.clock())
            else:
                await sitting_rooms.unlock(db, self.room_id, host.account_id)

    async def snapshot(self, name: str) -> str:
        """The chat that a page is given when it comes in."""
        async with self.site.portal.database.read() as db:
            room = await db.get_one(Room, self.room_id)
            seat = await service.access_seat(db, self.room_id, self.visitor(name))
            assert seat is not None
            view = await room_view(db, room, seat, self.people[name].actor)
        return str(view.get("chat", ""))

    async def replay(self, name: str) -> str:
        """What a page reads that follows the room's stream from its beginning."""
        streams = self.site.portal.streams
        actor = self.people[name].actor
        assert actor is not None
        audience = await streams.audience(f"room:{self.room_id}", Connection("sid", actor, None, "fr", None))
        assert audience is not None, name
        return str((await streams.page(f"room:{self.room_id}", audience, 0, 100)).entries)


async def test_who_comes_in_after_a_closed_session_reads_nothing_of_it_and_its_own_people_all(site: Site) -> None:
    roles = {"anne": Role.COUNCILLOR, "bilal": Role.COUNCILLOR, "clerk": Role.CLERK}
    people = {name: await site.person(name.capitalize(), role) for name, role in roles.items()}
    people |= {name: await site.person(name.capitalize()) for name in ("journalist", "expert")}
    chamber = Chamber(site, people)
    await chamber.open()
    for name in ("anne", "bilal", "journalist"):
        await chamber.enters(name)
    await chamber.says("anne", "before")
    await chamber.doors(closed=True)
    await chamber.says("anne", "secret")
    await chamber.enters("expert")
    await chamber.says("bilal", "advice")
    inside = await chamber.replay("expert")
    await chamber.doors(closed=False)
    await chamber.says("anne", "after")
    for name in ("journalist", "clerk"):
        await chamber.enters(name)

    assert ("secret" in inside, "advice" in inside) == (False, True)
    expected = {
        "journalist": {"before", "after"},
        "expert": {"before", "advice", "after"},
        "anne": {"before", "secret", "advice", "after"},
        "bilal": {"before", "secret", "advice", "after"},
        "clerk": {"before", "secret", "advice", "after"},
    }
    for name, lines in expected.items():
        for read in (await chamber.snapshot(name), await chamber.replay(name)):
            assert {line for line in ("before", "secret", "advice", "after") if f"'{line}'" in read} == lines, name
