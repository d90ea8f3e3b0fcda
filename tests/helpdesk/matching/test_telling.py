"""When people are told of help: at once of what is near or soon, in the daily mail of the rest, unless they choose."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from helpdesk.board.model import Where
from helpdesk.board.service.postings import REQUESTS, Ref
from helpdesk.matching.model import SLOTS
from helpdesk.matching.service import messages
from helpdesk.matching.service.telling import ANSWERS, ASKED, MESSAGES, MY_HELP
from helpdesk.matching.service.volunteers import Profile, serve
from portal.accounts.service import add_person
from portal.clock import civil_date
from portal.notices.model import Hours, How, Notice
from portal.notices.service.choices import choose
from portal.permissions import Actor, Role
from portal.town.grid import Level, Place, Square
from portal.town.model import Cell, GridSquare
from portal.town.shapes import outline
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, World, a_draft
from tests.helpdesk.matching.test_searches import search

SHOPPER = Profile(is_on=True, categories=("groceries",), slots=SLOTS, reach="town")
FAR_SQUARE = Square(HOME_SQUARE.size, HOME_SQUARE.north + 8 * HOME_SQUARE.size, HOME_SQUARE.east)


async def resident(world: World, name: str, home: Place | None = None) -> Actor:
    """Somebody with an account; a volunteer, where a home is given."""
    async with world.database.write() as db:
        email = f"{name}@mail.test"
        found = await add_person(
            db, name=name, email=email, roles={Role.RESIDENT}, at=world.clock() - timedelta(days=30)
        )
    who = Actor(found.id, name, frozenset({Role.RESIDENT}), f"login-{name}")
    if home is not None:
        where = Where(longitude=home.lon, latitude=home.lat)
        await serve(world.matching, who, SHOPPER, home=where, command_id=f"serve-{name}")
    return who


async def far_area(world: World) -> Place:
    """Another area of the town, 1.6 km away."""
    async with world.database.write() as db:
        far = FAR_SQUARE.centre
        db.add(
            Cell(
                id=FAR_SQUARE.id,
                level=Level.SQUARE_200_M,
                district_id="centre",
                lat=far.lat,
                lon=far.lon,
                geometry=outline([FAR_SQUARE]),
                addresses=11,
                is_united=False,
                retired_at=None,
            )
        )
        await db.flush()
        db.add(GridSquare(id=FAR_SQUARE.id, cell_id=FAR_SQUARE.id))
    return far


async def told_at_once(world: World, who: Actor) -> dict[str, bool]:
    """Of each kind that the person was told: at once, or in the daily mail."""
    async with world.database.read() as db:
        mine = await db.scalars(select(Notice).where(Notice.person_id == who.account_id))
        return {notice.kind: notice.is_instant for notice in mine}


async def test_who_is_asked_nearby_is_told_at_once_and_who_is_further_away_in_the_daily_mail(world: World) -> None:
    anna = await resident(world, "anna")
    near, far = await resident(world, "bruno", FURTHER), await resident(world, "chloe", await far_area(world))
    await world.board.post(anna, REQUESTS, a_draft(), command_id="post-0001")

    await search(world, minutes=2)
    await search(world, hours=2)

    assert await told_at_once(world, near) == {ASKED.name: True}
    assert await told_at_once(world, far) == {ASKED.name: False}


async def test_what_is_needed_tomorrow_is_told_at_once_however_far_away(world: World) -> None:
    anna = await resident(world, "anna")
    far = await resident(world, "chloe", await far_area(world))
    tomorrow = civil_date(world.clock()) + timedelta(days=1)
    await world.board.post(anna, REQUESTS, a_draft(by=tomorrow), command_id="post-0001")

    await search(world, minutes=2)

    assert await told_at_once(world, far) == {ASKED.name: True}


async def test_authors_are_told_at_once_of_what_happens_at_their_own_place_and_helpers_by_how_near_they_are(
    world: World,
) -> None:
    anna = await resident(world, "anna")
    near, far = await resident(world, "bruno", HOME), await resident(world, "chloe", await far_area(world))
    for number, helper in enumerate((near, far)):
        draft = a_draft(title=f"Bags, {number}")
        ref = Ref(REQUESTS, await world.board.post(anna, REQUESTS, draft, command_id=f"post-000{number}"))
        one = (await world.matching.answer(helper, ref, note="", command_id=f"answer-{number}")).id
        await world.matching.accept(anna, ref, engagement_id=one, reply="", command_id=f"accept-{number}")
        for who in (anna, helper):
            await messages.write(world.matching, who, one, text="Hello", command_id=f"{number}-{who.name}-hello")

    assert await told_at_once(world, anna) == {ANSWERS.name: True, MESSAGES.name: True}
    assert await told_at_once(world, near) == {MY_HELP.name: True, MESSAGES.name: True}
    assert await told_at_once(world, far) == {MY_HELP.name: False, MESSAGES.name: False}


async def test_what_a_person_chose_holds_for_near_and_far(world: World) -> None:
    anna = await resident(world, "anna")
    near, far = await resident(world, "bruno", HOME), await resident(world, "chloe", await far_area(world))
    await choose(world.database, near, {ASKED.name: How.DIGEST}, Hours())
    await choose(world.database, far, {ASKED.name: How.INSTANT}, Hours())
    await world.board.post(anna, REQUESTS, a_draft(), command_id="post-0001")

    await search(world, minutes=2)
    await search(world, hours=2)

    assert await told_at_once(world, near) == {ASKED.name: False}
    assert await told_at_once(world, far) == {ASKED.name: True}
