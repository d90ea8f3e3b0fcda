"""Moving the true point of a request inside its cell changes no byte that a stranger can receive.

The same story is told in two towns that differ in nothing but the point: the clock stands still, and the dice for ids
and tokens fall alike. So what leaves the two portals has to be equal to the last byte.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest
import structlog
from sqlalchemy import select

from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref
from portal.audit import AuditEntry
from portal.commands import CommandReceipt
from portal.permissions import Role
from portal.town.grid import Place
from realtime.sources import Connection
from tests.clock import FixedClock
from tests.helpdesk.board.site import Browser, Site, open_site
from tests.helpdesk.board.test_steps import WHAT, WHEN, Wizard
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, NEXT_DOOR

VISITOR = Connection(sid="s", principal=None, login=None, locale="en", client=None)


def loaded_dice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Throw the same ids and tokens as the last time (never the nonces of the seals)."""
    dice = Random(1)
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
    author, helper, stranger = await site.person("Anna"), await site.person("Bruno"), site.visitor()
    path = "requests" if kind is REQUESTS else "offers"
    out: list[str] = []
    with structlog.testing.capture_logs() as log:
        id_ = await ask(author, "/board/ask" if kind is REQUESTS else "/board/offer", at)
        page = f"/board/{path}/{id_}"
        answers = (await helper.post(f"{page}/answer", note="I can."), await helper.post(f"{page}/place"))
        out += [f"{answer.status_code} {await answer.get_data(as_text=True)}" for answer in answers]
        for who in (stranger, helper):
            out += await seen_by(site, who, kind, id_, page)
        await author.post(f"{page}/close", outcome="helped", version="2")
        out += await seen_by(site, stranger, kind, id_, page)
        await Board.open(
            site.portal.database, site.clock, site.portal.limits, site.portal.settings.secret_key
        ).open_exact_place((await site.person("Agnes", Role.AGENT)).actor, Ref(kind, id_))  # type: ignore[arg-type]
    out += [json.dumps(line, default=str, sort_keys=True) for line in log]
    return out


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


async def test_board_is_open_to_visitors_and_other_boards_do_not_exist(site: Site) -> None:
    assert await site.portal.streams.audience("board", VISITOR) == "public"
    assert await site.portal.streams.audience("board:centre", VISITOR) is None
