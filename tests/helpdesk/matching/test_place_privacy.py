"""Moving the true point of a request inside its cell changes no byte that a stranger can receive.

The same story is told in two towns that differ in nothing but the point: the clock stands still, and the dice for ids
and tokens fall alike. So what leaves the two portals has to be equal to the last byte.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
import structlog
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from helpdesk.board.model import BoardView
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.matching.model import Ask, Engagement, Volunteer
from helpdesk.matching.service.searches import run_searches
from portal import pages
from portal.accounts.model import Person
from portal.accounts.service.own_data import erase_person
from portal.audit import AuditEntry
from portal.commands import CommandReceipt
from portal.db import Base
from portal.mail import OutgoingMail
from portal.notices.service import Notice
from portal.permissions import Role
from portal.town.grid import Place
from realtime.sources import Connection
from tests.clock import FixedClock
from tests.helpdesk.board.site import Browser, Site, open_site
from tests.helpdesk.board.test_steps import WHAT, WHEN, Wizard
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, NEXT_DOOR

BEGIN = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
"""Nine in the morning in Paris, in both towns."""

SERVES = {
    "is_on": "yes",
    "categories": "groceries",
    "slots": "mon-am",
    "reach": "town",
    "languages": "fr",
    "place": "95000_0001_00012",
}
"""What a volunteer says; the address is of the town's file."""

VISITOR = Connection(sid="s", principal=None, login=None, locale="en", client=None)


def loaded_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Throw the same ids and tokens as the last time (never the nonces of the seals)."""
    dice = Random(1)
    monkeypatch.setattr(pages, "uuid4", lambda: UUID(int=dice.getrandbits(128)))
    monkeypatch.setattr(secrets, "choice", dice.choice)
    monkeypatch.setattr(
        secrets, "token_urlsafe", lambda length=32: urlsafe_b64encode(dice.randbytes(length)).rstrip(b"=").decode()
    )


@pytest.fixture
async def towns(
    tmp_path: Path, founded: Path, static_cache: Path, clock: FixedClock
) -> AsyncIterator[tuple[Site, Site]]:
    sites = [open_site(tmp_path / name, founded, static_cache, clock) for name in "ab"]
    yield sites[0], sites[1]
    for site in sites:
        await site.portal.database.close()


async def ask(author: Browser, path: str, at: Place) -> str:
    """Post by the three steps; returns the id."""
    wizard = await Wizard(author, path).open()
    await wizard.send(**WHAT)
    await wizard.send(place="point", longitude=str(at.lon), latitude=str(at.lat))
    await wizard.send(**WHEN)
    answer = await wizard.send()
    assert answer.status_code == 303, wizard.page
    return answer.headers["Location"].split("/")[-1].split("?")[0]


async def told(site: Site, kind: PostingKind, at: Place, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The whole story of one posting, as everything that leaves the portal for anybody but its author."""
    loaded_dice(monkeypatch)
    site.clock.now = BEGIN
    author, helper, stranger = await site.person("Anna"), await site.person("Bruno"), site.visitor()
    asked = await site.person("Vera")
    agent = await site.person("Agnes", Role.AGENT)
    path = "requests" if kind is REQUESTS else "offers"
    out: list[str] = []
    with structlog.testing.capture_logs() as log:
        await asked.post("/board/helping", **SERVES)
        id_ = await ask(author, "/board/ask" if kind is REQUESTS else "/board/offer", at)
        page = f"/board/{path}/{id_}"
        # Two minutes later the first wave asks Vera; a day later nobody has come forward.
        site.clock.advance(minutes=2)
        out += await waves(site)
        answers = (await helper.post(f"{page}/answer", note="I can."), await helper.post(f"{page}/place"))
        out += [f"{answer.status_code} {await answer.get_data(as_text=True)}" for answer in answers]
        engagement = await engagement_id(site)
        await helper.post(f"/board/engagements/{engagement}/messages", text="Which bread?")
        for who in (stranger, helper, asked):
            out += await seen_by(site, who, kind, id_, page)
            out += await engaged_seen_by(site, who, engagement)
        # An agent may open the place, knowingly and noted; no other page tells it to them.
        out += await engaged_seen_by(site, agent, engagement)
        out += await told_by_mail(site)
        await author.post(f"{page}/close", outcome="no_longer_needed", version=str(await version(site, kind, id_)))
        for who in (stranger, helper, asked):
            out += await seen_by(site, who, kind, id_, page)
            out += await engaged_seen_by(site, who, engagement)
        # An agent may open the place, knowingly and noted; no other page tells it to them.
        out += await engaged_seen_by(site, agent, engagement)
        out += await told_by_mail(site)
    out += [json.dumps(line, default=str, sort_keys=True) for line in log]
    return out


async def waves(site: Site) -> list[str]:
    """Ask the wave that is due; every row that is kept of it."""
    async with site.portal.database.write() as db:
        await run_searches(db, site.clock(), Random(1))
    async with site.portal.database.read() as db:
        return [f"{ask.person_id} {ask.wave} {ask.why}" for ask in await db.scalars(select(Ask))]


async def version(site: Site, kind: PostingKind, id_: str) -> int:
    async with site.portal.database.read() as db:
        return (await access_posting(db, Ref(kind, id_))).version


async def engagement_id(site: Site) -> str:
    async with site.portal.database.read() as db:
        return (await db.scalars(select(Engagement))).one().id


async def told_by_mail(site: Site) -> list[str]:
    """Everything that is told by notice and mail until tomorrow evening."""
    site.clock.advance(days=1)
    await site.portal.jobs.run_due()
    async with site.portal.database.read() as db:
        mails = [f"{mail.recipient} {mail.subject} {mail.body}" for mail in await db.scalars(select(OutgoingMail))]
        told = [f"{notice.kind} {notice.subject_id} {notice.why}" for notice in await db.scalars(select(Notice))]
    assert mails, "the story tells nobody anything"
    return sorted(mails) + sorted(told)


async def engaged_seen_by(site: Site, who: Browser, engagement: str) -> list[str]:
    """What one of the engaged, somebody asked and an agent get beyond what everybody gets."""
    found = []
    for address in (
        *("/board/asked", "/board/helping", "/board/queue", "/moderation", f"/board/engagements/{engagement}"),
        *("/notices", f"/api/engagements/{engagement}", "/api/asks"),
    ):
        answer = await who.get(address)
        found.append(f"{address} {answer.status_code} {dict(answer.headers)} {await answer.get_data(as_text=True)}")
    connection = Connection(sid="s", principal=who.actor, login=None, locale="en", client=None)
    names = [f"engagement:{engagement}", *([f"asks:{who.actor.id}", f"notices:{who.actor.id}"] if who.actor else [])]
    for name in names:
        audience = await site.portal.streams.audience(name, connection)
        if audience is not None:
            found += [repr(await site.portal.streams.page(name, audience, after, 100)) for after in range(3)]
    return found


async def seen_by(site: Site, who: Browser, kind: PostingKind, id_: str, page: str) -> list[str]:
    """Pages, API, what the stream pushes and replays, and the rows that are kept of what happened."""
    path = "requests" if kind is REQUESTS else "offers"
    found = []
    for address in (
        *("/", "/board", f"/board?cell={HOME_SQUARE.id}", "/board?district=centre", page, "/board/mine"),
        *(f"/api/{path}", f"/api/{path}/{id_}", f"/api/{path}/{id_}/place", "/api/board/cells", "/api/openapi.json"),
    ):
        answer = await who.get(address)
        found.append(f"{address} {answer.status_code} {dict(answer.headers)} {await answer.get_data(as_text=True)}")
    found += [repr(await site.portal.streams.page("board", "public", after, 100)) for after in range(3)]
    async with site.portal.database.read() as db:
        found += [json.dumps(receipt.answer) for receipt in await db.scalars(select(CommandReceipt))]
        found += [f"{entry.act} {entry.detail}" for entry in await db.scalars(select(AuditEntry))]
    found += [f"{event.kind} {event.version} {event.changed}" for event in await site.portal.log.after("board", 0, 99)]
    return found


@pytest.mark.parametrize("kind", [REQUESTS, OFFERS], ids=["request", "offer"])
async def test_moving_the_point_inside_its_cell_changes_no_byte(
    towns: tuple[Site, Site], kind: PostingKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await told(towns[0], kind, HOME, monkeypatch)
    next_door = await told(towns[1], kind, NEXT_DOOR, monkeypatch)

    for one, other in zip(here, next_door, strict=True):
        assert one == other


@pytest.mark.parametrize("kind", [REQUESTS, OFFERS], ids=["request", "offer"])
async def test_moving_it_to_the_next_cell_does_change_what_is_told(
    towns: tuple[Site, Site], kind: PostingKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = await told(towns[0], kind, HOME, monkeypatch)
    further = await told(towns[1], kind, FURTHER, monkeypatch)

    assert here != further


async def where_one_serves_from(site: Site, at: Place, monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    """Somebody gives their own place and a part of the town: every row that is kept then, and their own export."""
    loaded_dice(monkeypatch)
    site.clock.now = BEGIN
    vera = await site.person("Vera")
    point = {"place": "point", "longitude": str(at.lon), "latitude": str(at.lat)}
    assert (await vera.post("/board/helping", **{**SERVES, **point})).status_code == 303
    assert (await vera.post("/board/view", district="centre")).status_code == 303
    kept = []
    async with site.portal.database.read() as db:
        for table in Base.metadata.sorted_tables:
            # Of a command that may be sent again, a keyed digest of what was asked is kept for some days.
            columns = [column for column in table.columns if (table.name, column.name) != ("command_receipt", "asked")]
            kept += [f"{table.name} {tuple(row)}" for row in await db.execute(select(*columns))]
    return sorted(kept), await vera.text("/account/data.json")


async def test_own_place_is_kept_as_its_area_alone_seen_by_its_owner_and_gone_with_the_account(
    towns: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, export = await where_one_serves_from(towns[0], HOME, monkeypatch)
    next_door, other_export = await where_one_serves_from(towns[1], NEXT_DOOR, monkeypatch)

    assert here == next_door
    assert export == other_export
    assert HOME_SQUARE.id in export
    assert '"district": "centre"' in export

    async with towns[0].portal.database.write() as db:
        vera = (
            await db.scalars(select(Person).where(Person.name == "Vera").options(selectinload(Person.holdings)))
        ).one()
        await erase_person(db, vera, BEGIN, actor_id=vera.id)
        assert [*await db.scalars(select(Volunteer)), *await db.scalars(select(BoardView))] == []


async def test_board_is_open_to_visitors_and_other_boards_do_not_exist(site: Site) -> None:
    assert await site.portal.streams.audience("board", VISITOR) == "public"
    assert await site.portal.streams.audience("board:centre", VISITOR) is None
