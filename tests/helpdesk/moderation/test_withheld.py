"""What moderation withholds comes back only by moderation, as it stood; what does not come back is forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from helpdesk.board.model import HelpRequest, PostingState
from helpdesk.board.service import retention
from helpdesk.board.service.own_data import ERASED
from helpdesk.matching.model import Engagement, EngagementState, Message, Search, SearchState
from helpdesk.matching.service import upkeep
from portal.accounts.model import Person
from portal.accounts.service.own_data import erase_person
from portal.jobs import Jobs
from portal.notices.model import Notice
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.moderation.board_of import FINE, HELD, case_of, decide, post, send, status, told


async def report(browser: Browser, id_: str) -> None:
    assert await send(browser, f"/board/requests/{id_}/report", reason="insult") == 200


async def stored(site: Site, id_: str) -> HelpRequest:
    async with site.portal.database.read() as db:
        return await db.get_one(HelpRequest, id_)


async def days_pass(site: Site, days: int) -> None:
    """Let days pass, with every job of the board and of what stands on it."""
    site.clock.now += timedelta(days=days)
    jobs = Jobs(site.portal.database, site.clock)
    retention.register(jobs)
    upkeep.register(jobs)
    await jobs.run_due()


async def erase(site: Site, who: Browser) -> None:
    assert who.actor is not None
    found = select(Person).where(Person.id == who.actor.id).options(selectinload(Person.holdings))
    async with site.portal.database.write() as db:
        await erase_person(db, (await db.scalars(found)).one(), site.clock(), actor_id=who.actor.id)


async def hidden_after(site: Site, author: Browser, moderator: Browser, *, act: str, **fields: str) -> tuple[str, str]:
    """A request that its author ended and that was hidden then; its id and its case's."""
    id_ = await post(author)
    await report(await site.person("Carl"), id_)
    assert (await author.call(f"/api/requests/{id_}/{act}", **fields)).status_code == 200
    path, _version = await case_of(moderator, FINE)
    assert await decide(moderator, FINE, "hide") == 303
    return id_, path.rpartition("/")[2]


ENDS = pytest.mark.parametrize(
    ("act", "fields", "state"),
    [
        ("close", {"outcome": "no_longer_needed"}, PostingState.CLOSED),
        ("cancel", {}, PostingState.CANCELLED),
    ],
)


@ENDS
async def test_author_cannot_reopen_what_was_hidden_after_it_ended(
    site: Site, act: str, fields: dict[str, str], state: PostingState
) -> None:
    anna, mona = await site.person("Anna"), await site.person("Mona", Role.MODERATOR)
    id_, _case = await hidden_after(site, anna, mona, act=act, **fields)

    assert (await anna.call(f"/api/requests/{id_}/reopen")).status_code == 409

    assert (await stored(site, id_)).state is PostingState.HIDDEN
    assert FINE not in await site.visitor().text("/board")


@ENDS
async def test_what_had_ended_is_put_back_as_it_ended_and_nobody_is_asked_for_it(
    site: Site, act: str, fields: dict[str, str], state: PostingState
) -> None:
    anna, mona, olga = (
        await site.person("Anna"),
        await site.person("Mona", Role.MODERATOR),
        await site.person("Olga", Role.AGENT),
    )
    id_, case = await hidden_after(site, anna, mona, act=act, **fields)
    assert await send(anna, f"/board/requests/{id_}/appeal/{case}", words="Why was it taken off, please?") == 303

    assert await decide(olga, FINE, "keep", words="We agree.") == 303

    assert (await stored(site, id_)).state is state
    assert FINE not in await site.visitor().text("/board")
    assert f"Nothing is wrong with it: {FINE}" in await told(anna)
    async with site.portal.database.read() as db:
        assert (await db.get_one(Search, id_)).state is SearchState.OVER


async def test_what_a_suspended_person_wrote_is_not_put_back_until_the_account_opens(site: Site) -> None:
    anna, mona, olga = (
        await site.person("Anna"),
        await site.person("Mona", Role.MODERATOR),
        await site.person("Olga", Role.AGENT),
    )
    carl = await site.person("Carl")
    for title in ("First thing", "Second thing"):
        await report(carl, await post(anna, title))
    assert await decide(mona, "First thing", "suspend") == 303

    assert await decide(olga, "Second thing", "keep") == 409

    path, _version = await case_of(olga, "Second thing")
    page = await olga.text(path)
    assert 'value="keep"' not in page
    assert "The account of the person who wrote this is suspended" in page
    assert "Second thing" not in await site.visitor().text("/board")
    administrator = await site.person("Idriss", Role.ADMINISTRATOR)
    assert anna.actor is not None
    assert await send(administrator, f"/admin/people/{anna.actor.id}/unban") == 303
    assert await decide(olga, "Second thing", "keep") == 303
    assert "Second thing" in await site.visitor().text("/board")


async def test_helper_of_a_hidden_request_can_erase_their_account(site: Site) -> None:
    anna, ben, mona = await site.person("Anna"), await site.person("Ben"), await site.person("Mona", Role.MODERATOR)
    id_ = await post(anna)
    assert (await ben.call(f"/api/requests/{id_}/answers", note="I come")).status_code == 201
    await report(await site.person("Carl"), id_)
    assert await decide(mona, FINE, "hide") == 303
    events = await site.portal.log.head("board")

    await erase(site, ben)

    hidden = await stored(site, id_)
    assert (hidden.state, hidden.answers) == (PostingState.HIDDEN, 0)
    async with site.portal.database.read() as db:
        (engagement,) = await db.scalars(select(Engagement))
    assert (engagement.state, engagement.note) == (EngagementState.WITHDRAWN, "")
    assert await site.portal.log.head("board") == events


@pytest.mark.parametrize("title", [FINE, HELD])
async def test_erased_account_leaves_nothing_withheld_that_could_come_back(site: Site, title: str) -> None:
    anna, ben, mona = await site.person("Anna"), await site.person("Ben"), await site.person("Mona", Role.MODERATOR)
    id_ = await post(anna, title)
    if title == FINE:
        assert (await ben.call(f"/api/requests/{id_}/answers", note="I come")).status_code == 201
        await report(await site.person("Carl"), id_)
        assert await decide(mona, FINE, "hide") == 303

    await erase(site, anna)

    erased = await stored(site, id_)
    assert (erased.has_ended, erased.is_withheld, erased.title) == (True, True, ERASED)
    async with site.portal.database.read() as db:
        states = {item.state for item in await db.scalars(select(Engagement))}
    assert states <= {EngagementState.DECLINED}


async def test_what_stays_hidden_is_forgotten_with_its_messages(site: Site) -> None:
    anna, ben, mona = await site.person("Anna"), await site.person("Ben"), await site.person("Mona", Role.MODERATOR)
    id_ = await post(anna)
    answer = await (await ben.call(f"/api/requests/{id_}/answers", note="I come")).get_json()
    assert (await anna.call(f"/api/requests/{id_}/answers/{answer['id']}/accept", reply="At ten")).status_code == 200
    said = await anna.call(f"/api/engagements/{answer['id']}/messages", text="Ring twice")
    assert said.status_code == 201
    await report(await site.person("Carl"), id_)
    assert await decide(mona, FINE, "hide") == 303

    await days_pass(site, 29)
    kept = await stored(site, id_)
    assert (kept.has_ended, kept.sealed_place != b"", kept.title) == (False, True, FINE)
    await days_pass(site, 2)
    assert (await stored(site, id_)).sealed_place == b""
    await days_pass(site, 8)
    async with site.portal.database.read() as db:
        assert (await db.scalars(select(Message))).all() == []
        assert ben.actor is not None
        told_why = (await db.scalars(select(Notice.why).filter_by(person_id=ben.actor.id))).all()
    assert "over" not in told_why
    await days_pass(site, 90)

    gone = await stored(site, id_)
    assert (gone.state, gone.title, gone.details) == (PostingState.HIDDEN, ERASED, "")
    async with site.portal.database.read() as db:
        (engagement,) = await db.scalars(select(Engagement))
    assert (engagement.state, engagement.note, engagement.reply) == (EngagementState.DECLINED, "", "")


async def test_what_nobody_looked_at_for_a_month_does_not_come_on_the_board_any_more(site: Site) -> None:
    id_ = await post(await site.person("Anna"), HELD)

    await days_pass(site, 31)

    assert (await stored(site, id_)).sealed_place == b""
    olga = await site.person("Olga", Role.AGENT)
    assert await decide(olga, HELD, "keep") == 303
    assert (await stored(site, id_)).state is PostingState.EXPIRED
    assert HELD not in await site.visitor().text("/board")
    assert await status(site.visitor(), f"/board/requests/{id_}") == 410
