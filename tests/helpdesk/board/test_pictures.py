"""The pictures of a posting on both databases: whose they are, who sees them, and when they go."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.board.model import HasEnded, NotTheAuthor, Picture
from helpdesk.board.service import retention
from helpdesk.board.service.hiding import hide_of, hide_posting
from helpdesk.board.service.own_data import forget, my_pictures
from helpdesk.board.service.pictures import Pictures, pictures_of
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.trust.model import Block, BlockedAt
from portal.errors import Forbidden, InvalidInput, NotFound, TooMany
from portal.ids import ID_PATTERN, new_id
from portal.jobs import Run
from portal.permissions import Actor, Role
from tests.helpdesk.board.photographs import photograph
from tests.helpdesk.board.world import World, a_draft, person

ANNA, BRUNO, AGENT = person("anna"), person("bruno"), person("agent", Role.AGENT)
both_kinds = pytest.mark.parametrize("kind", [REQUESTS, OFFERS], ids=["request", "offer"])
SENT = photograph()


async def posted(world: World, kind: PostingKind = REQUESTS) -> Ref:
    return Ref(kind, await world.board.post(ANNA, kind, a_draft(), command_id=new_id()))


async def add(world: World, ref: Ref, alt: str = "A ladder", who: Actor = ANNA, command_id: str = "") -> None:
    await Pictures(world.board).add(who, ref, SENT, alt, command_id=command_id or new_id())


async def pictures(world: World, ref: Ref) -> list[Picture]:
    async with world.database.read() as db:
        return list(await pictures_of(db, ref.id))


async def sees(world: World, who: Actor | None, picture: Picture) -> bool:
    async with world.database.read() as db:
        try:
            return bool((await Pictures(world.board).read(db, who, picture.id)).content)
        except NotFound:
            return False


@both_kinds
async def test_author_adds_pictures_and_everybody_sees_them(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)

    await add(world, ref, "A ladder")
    await add(world, ref, "Its feet")

    found = await pictures(world, ref)
    assert {(item.alt, item.width, item.height) for item in found} == {("A ladder", 400, 200), ("Its feet", 400, 200)}
    assert all(ID_PATTERN.fullmatch(item.id) for item in found)
    for who in (ANNA, BRUNO, None):
        assert await sees(world, who, found[0])
    event = (await world.events())[-1]
    assert (event.kind, event.changed) == (f"{kind.name}.edited", ["pictures"])


async def test_picture_sent_twice_is_there_once_and_a_fourth_is_one_too_many(world: World) -> None:
    ref = await posted(world)
    for _twice in range(2):
        await add(world, ref, command_id="picture-01")
    assert len(await pictures(world, ref)) == 1
    await add(world, ref)
    await add(world, ref)

    with pytest.raises(InvalidInput) as refused:
        await add(world, ref)

    assert set(refused.value.fields) == {"file"}
    assert len(await pictures(world, ref)) == 3


@both_kinds
async def test_only_the_author_adds_and_removes(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)
    await add(world, ref)
    (picture,) = await pictures(world, ref)

    for who, refusal in (
        (BRUNO, NotTheAuthor),
        (AGENT, NotTheAuthor),
        (Actor("nobody", "Nobody", frozenset(), "login-nobody"), Forbidden),
    ):
        with pytest.raises(refusal):
            await add(world, ref, who=who)
        with pytest.raises(refusal):
            await Pictures(world.board).remove(who, picture.id, command_id=new_id())
    assert [item.id for item in await pictures(world, ref)] == [picture.id]

    await Pictures(world.board).remove(ANNA, picture.id, command_id=new_id())

    assert await pictures(world, ref) == []
    assert not await sees(world, ANNA, picture)


async def test_what_has_ended_takes_no_picture_and_its_author_may_still_remove_one(world: World) -> None:
    ref = await posted(world)
    await add(world, ref)
    (picture,) = await pictures(world, ref)
    await world.board.cancel(ANNA, ref, seen=None, command_id=new_id())

    with pytest.raises(HasEnded):
        await add(world, ref)
    await Pictures(world.board).remove(ANNA, picture.id, command_id=new_id())

    assert await pictures(world, ref) == []


async def test_pictures_are_limited_by_the_hour(world: World) -> None:
    refs = [await posted(world) for _ in range(4)]
    for number in range(10):
        await add(world, refs[number // 3])

    with pytest.raises(TooMany):
        await add(world, refs[3])


@both_kinds
async def test_picture_is_hidden_with_its_posting(world: World, kind: PostingKind) -> None:
    hidden, ended = await posted(world, kind), await posted(world, kind)
    for ref in (hidden, ended):
        await add(world, ref)
    (of_hidden,), (of_ended,) = await pictures(world, hidden), await pictures(world, ended)

    await world.board.cancel(ANNA, ended, seen=None, command_id=new_id())
    async with world.database.write() as db:
        await hide_posting(db, await access_posting(db, hidden, for_update=True), None, world.clock())

    for picture in (of_hidden, of_ended):
        assert [await sees(world, who, picture) for who in (ANNA, AGENT, BRUNO, None)] == [True, True, False, False]


async def test_picture_of_somebody_banned_is_seen_by_nobody_else(world: World) -> None:
    ref = await posted(world)
    await add(world, ref)
    (picture,) = await pictures(world, ref)

    async with world.database.write() as db:
        await hide_of(db, ANNA.id, world.clock())

    assert [await sees(world, who, picture) for who in (BRUNO, None)] == [False, False]


async def test_picture_of_somebody_blocked_is_not_seen(world: World) -> None:
    ref = await posted(world)
    await add(world, ref)
    (picture,) = await pictures(world, ref)

    async with world.database.write() as db:
        db.add(
            Block(
                id=new_id(),
                blocker_id=ANNA.id,
                blocked_id=BRUNO.id,
                at=world.clock(),
                where=BlockedAt.HELP_REQUEST,
                title="",
                knows_name=False,
            )
        )

    assert [await sees(world, who, picture) for who in (BRUNO, person("chloe"))] == [False, True]


@both_kinds
async def test_pictures_are_deleted_a_month_after_the_end(world: World, kind: PostingKind) -> None:
    ended, stands = await posted(world, kind), await posted(world, kind)
    for ref in (ended, stands):
        await add(world, ref)
    await world.board.cancel(ANNA, ended, seen=None, command_id=new_id())

    async def forgotten() -> int:
        async with world.database.write() as db:
            return await retention.forget_pictures(db, Run(world.clock(), None))

    world.clock.advance(days=30)
    assert await forgotten() == 0
    world.clock.advance(days=1)
    assert await forgotten() == 1

    assert (len(await pictures(world, ended)), len(await pictures(world, stands))) == (0, 1)


async def test_pictures_are_in_the_export_of_their_author_alone_and_go_with_the_account(world: World) -> None:
    ref = await posted(world)
    await add(world, ref, "A ladder")
    (picture,) = await pictures(world, ref)

    async with world.database.read() as db:
        hers: Any = await my_pictures(db, ANNA.id)
        his: Any = await my_pictures(db, BRUNO.id)
    assert [(item["posting"], item["alt"], item["address"]) for item in hers] == [
        (ref.id, "A ladder", f"/board/pictures/{picture.id}")
    ]
    assert his == []

    async with world.database.write() as db:
        await forget(db, ANNA.id, world.clock())

    assert await pictures(world, ref) == []
