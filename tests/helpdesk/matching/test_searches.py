"""The search for helpers on a real database: waves by the clock, what a no does, the agents' queue, volunteers."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select, update

from helpdesk.board.model import Where
from helpdesk.board.service.postings import OFFERS, REQUESTS, Ref
from helpdesk.matching.model import SLOTS, Ask, AskState, Search, SearchState, Volunteer, Why
from helpdesk.matching.service.filing import queue
from helpdesk.matching.service.searches import run_searches
from helpdesk.matching.service.streams import asks_of
from helpdesk.matching.service.upkeep import forget
from helpdesk.matching.service.volunteers import Profile, decline, open_asks, serve, switch
from portal.accounts.model import Person
from portal.accounts.service import add_person
from portal.clock import civil_date
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound
from portal.jobs import Run
from portal.permissions import Actor, Role
from portal.town.grid import Place
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, OUTSIDE, World, a_draft, person

ANNA, AGENT = person("anna"), person("agent", Role.AGENT)
NOBODY = Actor("nobody", "Nobody", frozenset(), "login-nobody")
SHOPPER = Profile(is_on=True, categories=("groceries",), slots=SLOTS, reach="town")


def where(place: Place) -> Where:
    return Where(longitude=place.lon, latitude=place.lat)


async def volunteers(world: World, count: int, profile: Profile = SHOPPER, at: Place = HOME) -> list[Actor]:
    people = [person(f"v{number:02}") for number in range(count)]
    for who in people:
        await serve(world.matching, who, profile, home=where(at), command_id=f"serve-{who.id}")
    return people


async def posted(world: World, command_id: str = "post-0001", **draft: object) -> str:
    return await world.board.post(ANNA, REQUESTS, a_draft(**draft), command_id=command_id)  # type: ignore[arg-type]


async def search(world: World, **later: float) -> int:
    world.clock.advance(**later)
    async with world.database.write() as db:
        return await run_searches(db, world.clock(), Random(1))


async def asks(world: World, request_id: str) -> list[Ask]:
    async with world.database.read() as db:
        return list(await db.scalars(select(Ask).filter_by(request_id=request_id).order_by(Ask.wave, Ask.person_id)))


async def state_of(world: World, request_id: str) -> SearchState:
    async with world.database.read() as db:
        return (await db.get_one(Search, request_id)).state


async def test_first_wave_asks_eight_after_the_time_to_take_it_back(world: World) -> None:
    await volunteers(world, 20)
    request_id = await posted(world)

    assert await search(world, minutes=1) == 0
    assert await search(world, minutes=1) == 1

    found = await asks(world, request_id)
    assert len(found) == 8
    assert {ask.wave for ask in found} == {1}
    assert found[0].why == [Why.OFFERS, Why.NEXT_DOOR, Why.ON_DUTY_NOW, Why.RESTED]
    assert await search(world, minutes=1) == 0


async def test_wave_widens_after_its_pause(world: World) -> None:
    await volunteers(world, 30)
    request_id = await posted(world)
    await search(world, minutes=2)

    await search(world, hours=1, minutes=59)
    assert len(await asks(world, request_id)) == 8
    await search(world, minutes=1)

    assert len(await asks(world, request_id)) == 24


async def test_wave_widens_at_once_when_everybody_has_said_no(world: World) -> None:
    await volunteers(world, 20)
    request_id = await posted(world)
    await search(world, minutes=2)
    first = await asks(world, request_id)

    for number, ask in enumerate(first):
        assert len(await asks(world, request_id)) == 8
        await search(world, seconds=1)
        await decline(world.matching, person(ask.person_id), ask.id, command_id=f"no-{number:06}")
    await search(world, seconds=1)

    found = await asks(world, request_id)
    assert len(found) == 20
    assert [ask.state for ask in found if ask.wave == 1] == [AskState.DECLINED] * 8


async def test_nobody_found_goes_to_the_agents_who_see_to_it(world: World) -> None:
    (only,) = await volunteers(world, 1)
    request_id = await posted(world)
    await search(world, minutes=2)
    (ask,) = await asks(world, request_id)
    await decline(world.matching, only, ask.id, command_id="no-000001")
    await search(world, seconds=1)
    await search(world, hours=23)
    assert await state_of(world, request_id) is SearchState.WAITING
    await search(world, hours=1)

    assert await state_of(world, request_id) is SearchState.AT_DESK
    async with world.database.read() as db:
        assert [item.card.id for item in (await queue(db, AGENT, world.clock())).unfound] == [request_id]
        for who in (ANNA, only):
            with pytest.raises(Forbidden):
                await queue(db, who, world.clock())


async def test_urgent_need_with_nobody_on_duty_goes_to_the_agents_at_once(world: World) -> None:
    await volunteers(world, 3, SHOPPER.model_copy(update={"slots": ("sun-eve",)}))
    request_id = await posted(world, by=world.clock().date())

    await search(world, minutes=2)

    assert await state_of(world, request_id) is SearchState.AT_DESK


async def test_nobody_is_asked_at_night_and_the_wave_comes_in_the_morning(world: World) -> None:
    await volunteers(world, 3)
    world.clock.advance(hours=13)
    request_id = await posted(world)

    for hours in (1, 8):
        await search(world, hours=hours)
        assert await asks(world, request_id) == []
    await search(world, hours=1)

    assert len(await asks(world, request_id)) == 3


async def test_while_a_place_is_kept_nobody_is_asked_and_afterwards_again(world: World) -> None:
    await volunteers(world, 20)
    request_id = await posted(world)
    ref = Ref(REQUESTS, request_id)
    await world.matching.answer(person("bruno"), ref, note="", command_id="answer-01")

    await search(world, minutes=2)
    assert await asks(world, request_id) == []
    await world.matching.withdraw(person("bruno"), ref, command_id="withdraw1")
    await search(world, minutes=10)

    assert len(await asks(world, request_id)) == 8


async def test_one_person_is_asked_twice_a_day_at_most_however_much_is_needed(world: World) -> None:
    (only,) = await volunteers(world, 1)
    ids = [await posted(world, f"post-{number:04}") for number in range(4)]

    await search(world, minutes=2)

    assert sum([len(await asks(world, request_id)) for request_id in ids]) == 2
    async with world.database.read() as db:
        assert len(await open_asks(db, only.id)) == 2


async def test_author_and_who_answered_are_not_asked(world: World) -> None:
    await serve(world.matching, ANNA, SHOPPER, home=where(HOME), command_id="serve-anna")
    bruno, chloe = await volunteers(world, 2)
    request_id = await posted(world, capacity=2)
    await world.matching.answer(bruno, Ref(REQUESTS, request_id), note="", command_id="answer-01")

    await search(world, minutes=2)

    assert [ask.person_id for ask in await asks(world, request_id)] == [chloe.id]


async def test_yes_settles_the_ask_and_the_end_settles_the_others(world: World) -> None:
    bruno, chloe = await volunteers(world, 2)
    request_id = await posted(world)
    await search(world, minutes=2)
    await world.matching.answer(bruno, Ref(REQUESTS, request_id), note="", command_id="answer-01")
    await world.board.cancel(ANNA, Ref(REQUESTS, request_id), seen=None, command_id="cancel-01")

    states = {ask.person_id: ask.state for ask in await asks(world, request_id)}
    assert states == {bruno.id: AskState.ANSWERED, chloe.id: AskState.OVER}
    assert await state_of(world, request_id) is SearchState.OVER
    async with world.database.read() as db:
        assert await open_asks(db, chloe.id) == []
    kinds = [event.kind for event in await world.log.after(asks_of(chloe.id), 0, 10)]
    assert kinds == ["ask.asked", "ask.over"]


async def test_opened_again_it_is_searched_anew_and_who_never_answered_is_asked_again(world: World) -> None:
    bruno, chloe = await volunteers(world, 2)
    request_id = await posted(world)
    ref = Ref(REQUESTS, request_id)
    await search(world, minutes=2)
    first = {ask.person_id: ask for ask in await asks(world, request_id)}
    await decline(world.matching, bruno, first[bruno.id].id, command_id="no-000001")
    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")
    await world.board.reopen(ANNA, ref, command_id="reopen-01")

    await search(world, minutes=2)

    found = {ask.person_id: ask.state for ask in await asks(world, request_id)}
    assert found == {bruno.id: AskState.DECLINED, chloe.id: AskState.OPEN}


async def test_offers_are_not_searched_for(world: World) -> None:
    await world.board.post(ANNA, OFFERS, a_draft(), command_id="post-0001")

    async with world.database.read() as db:
        assert list(await db.scalars(select(Search))) == []


async def test_somebody_elses_ask_does_not_exist_and_a_no_counts_once(world: World) -> None:
    bruno, chloe = await volunteers(world, 2)
    request_id = await posted(world)
    await search(world, minutes=2)
    ask = next(ask for ask in await asks(world, request_id) if ask.person_id == bruno.id)

    with pytest.raises(NotFound):
        await decline(world.matching, chloe, ask.id, command_id="no-000001")
    with pytest.raises(Forbidden):
        await decline(world.matching, NOBODY, ask.id, command_id="no-000001")
    for _twice in range(2):
        await decline(world.matching, bruno, ask.id, command_id="no-000002")
    with pytest.raises(Conflict):
        await decline(world.matching, bruno, ask.id, command_id="no-000003")


async def test_of_a_volunteers_home_only_the_area_is_kept(world: World) -> None:
    (bruno,) = await volunteers(world, 1)

    async with world.database.read() as db:
        kept = vars(await db.get_one(Volunteer, bruno.id))
    assert kept["cell_id"] == HOME_SQUARE.id
    assert str(HOME.lat) not in str(kept)
    await serve(world.matching, bruno, SHOPPER, home=where(FURTHER), command_id="serve-again")
    async with world.database.read() as db:
        assert (await db.get_one(Volunteer, bruno.id)).cell_id != HOME_SQUARE.id


@pytest.mark.parametrize(
    ("profile", "home", "field"),
    [
        (SHOPPER.model_copy(update={"categories": ()}), HOME, "categories"),
        (SHOPPER.model_copy(update={"categories": ("weapons",)}), HOME, "categories"),
        (SHOPPER.model_copy(update={"slots": ()}), HOME, "slots"),
        (SHOPPER, None, "place"),
    ],
)
async def test_profile_that_does_not_fit_is_refused_by_field(
    world: World, profile: Profile, home: Place | None, field: str
) -> None:
    given = where(home) if home else None
    with pytest.raises(InvalidInput) as refused:
        await serve(world.matching, ANNA, profile, home=given, command_id="serve-0001")

    assert set(refused.value.fields) == {field}


async def test_profile_outside_the_town_or_without_a_role_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput):
        await serve(world.matching, ANNA, SHOPPER, home=where(OUTSIDE), command_id="serve-0001")
    with pytest.raises(Forbidden):
        await serve(world.matching, NOBODY, SHOPPER, home=where(HOME), command_id="serve-0001")
    with pytest.raises(NotFound):
        await switch(world.matching, ANNA, is_on=True, command_id="switch-001")


async def test_who_is_switched_off_is_not_asked(world: World) -> None:
    (bruno,) = await volunteers(world, 1)
    await switch(world.matching, bruno, is_on=False, command_id="switch-001")
    request_id = await posted(world)

    await search(world, minutes=2)

    assert await asks(world, request_id) == []


async def test_urgent_wave_follows_after_ten_minutes(world: World) -> None:
    await volunteers(world, 20)
    request_id = await posted(world, by=world.clock().date() + timedelta(days=1))
    await search(world, minutes=2)
    assert len(await asks(world, request_id)) == 8

    await search(world, minutes=10)

    assert len(await asks(world, request_id)) == 20


async def test_who_has_not_been_here_for_two_months_is_not_asked_until_they_come_back(world: World) -> None:
    (volunteer,) = await volunteers(world, 1)
    async with world.database.write() as db:
        name, email = volunteer.name, "volunteer@mail.test"
        someone = await add_person(db, name=name, email=email, roles={Role.RESIDENT}, at=world.clock())
        await db.execute(update(Volunteer).values(person_id=someone.id))
        await db.execute(update(Person).values(seen_on=civil_date(world.clock())))

    world.clock.advance(days=61)
    id_ = await posted(world)
    await search(world, minutes=2)
    assert await asks(world, id_) == []
    async with world.database.write() as db:
        await db.execute(update(Person).values(seen_on=civil_date(world.clock())))
    other = await posted(world, "post-0002", title="Three bags")
    await search(world, minutes=2)

    assert [ask.person_id for ask in await asks(world, other)] == [someone.id]


async def test_who_was_asked_is_forgotten_a_month_later_and_who_still_is_asked_is_not(world: World) -> None:
    await volunteers(world, 2)
    id_ = await posted(world)
    await search(world, minutes=2)
    first, second = await asks(world, id_)
    who = {one.id: one for one in [person("v00"), person("v01")]}[first.person_id]
    await decline(world.matching, who, first.id, command_id="no-000001")

    for days, left in ((30, {first.id, second.id}), (1, {second.id})):
        world.clock.advance(days=days)
        async with world.database.write() as db:
            await forget(db, Run(world.clock(), None))
        assert {ask.id for ask in await asks(world, id_)} == left
