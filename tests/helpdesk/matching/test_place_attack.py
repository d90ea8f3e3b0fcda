"""Whoever walks every channel of the portal, from anywhere, learns of a request's place what its area says, no more.

The same story is told in two towns that differ in nothing but the true point (see `test_place_privacy`). Every page and
every answer of the API is read by everybody who is not its author, whatever slice it belongs to: a channel that is
added later is walked too. docs/board.md lists the channels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import cycle
from random import Random

import pytest
import structlog
from sqlalchemy import select

from helpdesk.board.service.postings import REQUESTS
from helpdesk.board.web.wishes import WITHIN
from portal.audit import AuditEntry
from portal.events import Event
from portal.mail import OutgoingMail
from portal.notices.service.devices import add_device
from portal.notices.service.encryption import TownKey
from portal.notices.service.push import PushRoom
from portal.permissions import Role
from portal.town.grid import Place, Square
from realtime.sources import Connection
from tests.helpdesk.board.site import ORIGIN, Browser, Site
from tests.helpdesk.board.world import HOME, HOME_SQUARE, NEXT_DOOR, NEXT_SQUARE
from tests.helpdesk.matching.test_place_privacy import (
    BEGIN,
    SERVES,
    ask,
    engagement_id,
    loaded_dice,
    towns,
    version,
    waves,
)
from tests.portal.notices.test_push import PushService, service

__all__ = ["service", "towns"]

MEASURED = {"/metrics", "/readyz"}
"""These tell how busy the machine is."""

ELSEWHERE = ("/rules", "/rooms", "/sittings", "/summons", "/setup", "/reset", "/confirm", "/sign-in", "/register")

POSITIONS = 500
MOST_AT_ONCE = 550
"""Below the limit of a visitor's address."""
OWN_AREAS = 20


def paths_of(site: Site, ids: dict[str, str]) -> Iterator[str]:
    """Every address that can be read, with the story's ids where it wants one."""
    for rule in sorted(site.app.url_map.iter_rules(), key=str):
        if rule.methods and "GET" in rule.methods and rule.rule not in MEASURED and "path:" not in rule.rule:
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ids.get(found[1], "x"), rule.rule)


async def answer_to(who: Browser, path: str) -> str:
    answer = await who.get(path)
    return f"{path} {answer.status_code} {dict(answer.headers)} {await answer.get_data(as_text=True)}"


def claimed_positions() -> list[Place]:
    """Where an attacker says they are: around the house, metre by metre, and all over the town."""
    dice = Random(7)
    near = [Place(HOME.lat + dice.uniform(-0.003, 0.003), HOME.lon + dice.uniform(-0.003, 0.003)) for _ in range(400)]
    return [*near, *(Place(HOME.lat + dice.uniform(-0.1, 0.1), HOME.lon + dice.uniform(-0.1, 0.1)) for _ in range(100))]


async def positions_claimed(site: Site) -> list[str]:
    """The list and the counts as far as each distance around each position, and the map's window at every zoom."""
    stranger, zooms, reaches = site.visitor(), cycle(range(22)), cycle(WITHIN)
    found = []
    for number, position in enumerate(claimed_positions()):
        lon, lat = position.lon, position.lat
        window = f"window={lon - 0.002},{lat - 0.001},{lon + 0.002},{lat + 0.001}&zoom={next(zooms)}"
        around = f"near={Square.holding(position).id}&within={next(reaches)}"
        path = (f"requests?{around}", f"board/cells?{window}", f"board/cells?{around}&{window}")[number % 3]
        found.append(await answer_to(stranger, f"/api/{path}"))
    assert len(found) == POSITIONS < MOST_AT_ONCE
    assert not any(" 429 " in answer[:400] for answer in found)
    return found


async def areas_claimed(who: Browser) -> list[str]:
    """Somebody says again and again that they live elsewhere, and reads how far everything is from there."""
    in_town = [place for place in claimed_positions() if Square.holding(place) in {HOME_SQUARE, NEXT_SQUARE}]
    found = []
    for position, reach in zip(in_town[:OWN_AREAS], cycle(["", *WITHIN]), strict=False):
        point = {"place": "point", "longitude": str(position.lon), "latitude": str(position.lat)}
        saved = await who.post("/board/helping", reach="town", languages="fr", **point)
        assert saved.status_code == 303
        found.append(await answer_to(who, f"/board?district=all&within={reach}"))
    assert len(found) == OWN_AREAS
    assert any("In your area" in answer for answer in found)
    return found


async def streams_of(site: Site, who: Browser, engagement: str) -> list[str]:
    """What is pushed to a person's sockets, and replayed from any number on."""
    connection = Connection(sid="s", principal=who.actor, login=None, locale="en", client=None)
    own = [f"{name}:{who.actor.id}" for name in ("asks", "notices", "person")] if who.actor else []
    found = []
    for name in ("board", f"engagement:{engagement}", "town", "moderation", *own):
        audience = await site.portal.streams.audience(name, connection)
        if audience is not None:
            found += [repr(await site.portal.streams.page(name, audience, after, 100)) for after in range(4)]
    return found


async def rows_kept(site: Site) -> list[str]:
    """Mails on their way, the event log, the audit trail."""
    async with site.portal.database.read() as db:
        found = [f"{mail.recipient} {mail.subject} {mail.body}" for mail in await db.scalars(select(OutgoingMail))]
        assert found, "the story tells nobody by mail"
        found += [f"{entry.act} {entry.subject_id} {entry.detail}" for entry in await db.scalars(select(AuditEntry))]
        found += [
            f"{item.stream} {item.kind} {item.version} {item.changed}" for item in await db.scalars(select(Event))
        ]
    return sorted(found)


async def attacked(site: Site, at: Place, service: PushService, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that anybody but the author can get hold of."""
    loaded_dice(monkeypatch)
    site.clock.now = BEGIN
    service.requests.clear()
    author, helper, asked = [await site.person(name) for name in ("Anna", "Bruno", "Vera")]
    resident = await site.person("Rosa")
    staff = [await site.person(role.title(), role) for role in (Role.AGENT, Role.MODERATOR, Role.ADMINISTRATOR)]
    pushes = PushRoom(site.portal.database, site.clock, TownKey.of(site.portal.settings.secret_key), ORIGIN)
    await add_device(site.portal.database, asked.actor, service.subscription, browser="Firefox", at=site.clock())
    found: list[str] = []
    with structlog.testing.capture_logs() as log:
        await asked.post("/board/helping", **SERVES)
        id_ = await ask(author, "/board/ask", at)
        site.clock.advance(minutes=2)
        found += await waves(site)
        await helper.post(f"/board/requests/{id_}/answer", note="I can.")
        engagement = await engagement_id(site)
        site.clock.advance(hours=1)
        await site.portal.jobs.run_due()
        await pushes.send_due()
        assert service.shown(), "the story pushes nothing"
        found += [json.dumps(message, sort_keys=True) for message in service.shown()]
        found += await positions_claimed(site)
        found += await areas_claimed(resident)
        ids = {"posting_id": id_, "engagement_id": engagement}
        everybody = [site.visitor(), resident, helper, asked, *staff]
        for who in everybody:
            found += [await answer_to(who, path) for path in walked(site, ids, who)]
            found += await streams_of(site, who, engagement)
        await author.post(
            f"/board/requests/{id_}/close", outcome="no_longer_needed", version=str(await version(site, REQUESTS, id_))
        )
        for who in everybody:
            found += [await answer_to(who, path) for path in walked(site, ids, who) if "/board" in path or id_ in path]
            found += await streams_of(site, who, engagement)
        found += await rows_kept(site)
    # How long the database took is the machine's, not the town's.
    lines = [line for line in log if line["event"] != "slow statement"]
    return found + [json.dumps(line, default=str, sort_keys=True) for line in lines]


def walked(site: Site, ids: dict[str, str], who: Browser) -> Iterator[str]:
    """What this person reads. An agent opens the exact place knowingly, and it is noted.

    What has nothing to do with help is walked by the visitor alone.
    """
    is_agent = who.actor is not None and Role.AGENT in who.actor.roles
    for path in paths_of(site, ids):
        is_elsewhere = who.actor is not None and path.startswith(ELSEWHERE)
        if not is_elsewhere and not (is_agent and path.endswith("/place")):
            yield path


async def test_no_channel_tells_where_in_its_area_a_request_is(
    towns: tuple[Site, Site], service: PushService, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Square.holding(HOME) == Square.holding(NEXT_DOOR) == HOME_SQUARE
    here = await attacked(towns[0], HOME, service, monkeypatch)
    next_door = await attacked(towns[1], NEXT_DOOR, service, monkeypatch)

    for one, other in zip(here, next_door, strict=True):
        assert one == other
