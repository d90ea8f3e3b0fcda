"""A council of three on the evening of its sitting, as the tests of its screens and routes need it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from meetings.sittings.model import AgendaItem, Body, Mandate
from portal.accounts.model import Person, Via
from portal.accounts.service.logins import begin_login
from portal.pages import LOGIN_COOKIE
from portal.permissions import Role
from portal.security import form_token
from tests.helpdesk.board.site import Browser, Site
from tests.meetings.sittings.test_pages import MEMBERS, planned, rows, submit, upload

CALLED = datetime(2026, 5, 14, 7, 0, tzinfo=UTC)
"""The last morning for a convocation."""
EVENING = datetime(2026, 5, 20, 16, 30, tzinfo=UTC)


@dataclass
class Council:
    """A sitting of three with one item, and everybody's browser."""

    site: Site
    clerk: Browser
    path: str
    members: dict[str, Browser]
    seats: dict[str, str]

    async def act(self, browser: Browser, act: str, **fields: str) -> Any:
        """As a page's script sends it; the answer with its status."""
        answer = await browser.client.post(
            f"{self.path}/{act}",
            form={"csrf_token": browser.token, **fields},
            headers={**browser.headers, "Accept": "application/json"},
        )
        return {**await answer.get_json(), "status": answer.status_code}

    async def item(self) -> str:
        """The item that the clerk may call next."""
        page = await self.clerk.text(f"{self.path}/cockpit")
        called = re.search(r'name="item" value="([^"]+)"', page)
        assert called is not None, page
        return called[1]

    async def item_id(self) -> str:
        """The one item of the agenda."""
        (item,) = await rows(self.site, AgendaItem)
        return str(item.id)

    async def open(self, how: str, **more: str) -> str:
        answer = await self.act(self.clerk, "ballots/open", how=how, question="Tarifs 2027", **more)
        assert answer["status"] == 200, answer
        return str(answer["ballot"])

    async def vote(self, name: str, ballot: str, choice: str, **more: str) -> Any:
        fields = {"ballot": ballot, "voice": self.seats[name], "choice": choice, **more}
        return await self.act(self.members[name], "ballots/vote", **fields)

    async def shown(self) -> dict[str, str]:
        """Every screen, in words."""
        return {
            "clerk": await self.clerk.text(f"{self.path}/cockpit"),
            "chair": await self.members["anne"].text(f"{self.path}/seat"),
            "member": await self.members["bilal"].text(f"{self.path}/seat"),
            "public": await self.site.visitor().text(self.path),
            "hall": await self.site.visitor().text(f"{self.path}/hall"),
        }


async def signed_in_again(site: Site, browser: Browser) -> Browser:
    """On the evening of the sitting: a sign-in of staff does not last for days."""
    assert browser.actor is not None
    async with site.portal.database.write() as db:
        person = await db.get_one(Person, browser.actor.account_id)
        login = begin_login(db, person, via=Via.PASSWORD, at=site.clock(), user_agent="", is_shared=False)
    browser.client.set_cookie("localhost", LOGIN_COOKIE, login.secret)
    visit = "visit-of-a-test"
    return Browser(browser.client, form_token(site.portal.settings.secret_key, visit, login.id), browser.actor)


async def gathered(site: Site, *, rule_set: str = "fr-cgct-commune", session: str = "plenary") -> Council:
    """The members were called, and it is the evening of the sitting: the roll is not open yet."""
    site.clock.now = CALLED
    clerk = await site.person("Greffe", Role.CLERK)
    people = {name: await site.person(name.capitalize(), Role.COUNCILLOR) for name in MEMBERS}
    named = {"name": "Conseil", "rule_set": rule_set, "session": session, "seats": "15"}
    await submit(clerk, "/sittings/bodies", **named)
    (body,) = await rows(site, Body)
    lines = ["email,function,rank,since", "anne@mail.test,maire,1,2026-03-22"]
    lines += [f"{name}@mail.test,membre,{rank},2026-03-22" for rank, name in enumerate(MEMBERS[1:], start=2)]
    await upload(clerk, f"/sittings/bodies/import?body={body.id}", "membres.csv", "\n".join(lines).encode())
    path = await planned(clerk, body.id)
    await submit(clerk, f"{path}/convene")
    by_person = {mandate.person_id: mandate.id for mandate in await rows(site, Mandate)}
    seats = {name: by_person[browser.actor.account_id] for name, browser in people.items() if browser.actor}
    site.clock.now = EVENING
    clerk = await signed_in_again(site, clerk)
    people = {name: await signed_in_again(site, browser) for name, browser in people.items()}
    return Council(site, clerk, path, people, seats)


async def opened(site: Site) -> Council:
    """Everybody is there, and the item is called."""
    found = await gathered(site)
    await found.act(found.clerk, "course/roll")
    for seat in found.seats.values():
        await found.act(found.clerk, "attendance/arrive", member=seat)
    await found.act(found.clerk, "attendance/open")
    assert (await found.act(found.clerk, "attendance/call", item=await found.item()))["status"] == 200
    return found
