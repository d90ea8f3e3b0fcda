"""Who may know of a sitting: a committee's is for its own people alone, on every way by which sittings are read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meetings.sittings.live import SittingStream
from meetings.sittings.model import ItemDocument, Mandate
from meetings.sittings.panels import Sittings
from meetings.sittings.service.documents import DocumentStore
from portal.ids import new_id
from portal.permissions import Actor, Guest, Role
from realtime.sources import Connection
from tests.helpdesk.board.site import Browser, Site
from tests.meetings.sittings.council import Council, gathered, signed_in_again
from tests.meetings.sittings.test_pages import rows


async def committee(site: Site) -> Council:
    """A committee on the evening of its sitting, with a document marked as public."""
    found = await gathered(site, rule_set="fr-commission", session="committee")
    store = DocumentStore(site.portal.settings.data / "documents")
    async with site.portal.database.write() as db:
        db.add(
            ItemDocument(
                id=new_id(),
                item_id=await found.item_id(),
                name="note.pdf",
                media_type="application/pdf",
                size=8,
                sha256=store.keep(b"%PDF-1.7"),
                is_public=True,
                added_at=site.clock(),
            )
        )
    return found


async def held(found: Council) -> None:
    """Open, deal with the item, close, and put the record online."""
    clerk = found.clerk
    await found.act(clerk, "course/roll")
    for seat in found.seats.values():
        await found.act(clerk, "attendance/arrive", member=seat)
    await found.act(clerk, "attendance/decide", choice="no_quorum")
    assert (await found.act(clerk, "attendance/open"))["status"] == 200
    await found.act(clerk, "attendance/decide", choice="no_quorum")
    item = await found.item()
    await found.act(clerk, "attendance/decide", choice="no_quorum", item=item)
    assert (await found.act(clerk, "attendance/call", item=item))["status"] == 200


async def ended(found: Council) -> None:
    clerk = found.clerk
    assert (await found.act(clerk, "course/end-item"))["status"] == 200
    assert (await found.act(clerk, "course/close"))["status"] == 200
    for path in ("publish-list", "publish-minutes"):
        form = {"csrf_token": clerk.token} | ({"approved_on": "2026-05-20"} if path == "publish-minutes" else {})
        answer = await clerk.client.post(f"{found.path}/record/{path}", form=form, headers=clerk.headers)
        assert answer.status_code == 303, await answer.get_data(as_text=True)


async def strangers(site: Site) -> dict[str, Browser]:
    """Nobody of the committee, though one sits in the council and one keeps the portal."""
    roles = {"councillor": Role.COUNCILLOR, "administrator": Role.ADMINISTRATOR}
    found = {name: await site.person(name.capitalize(), role) for name, role in roles.items()}
    return {"visitor": site.visitor(), **found}


def connection(who: Actor | None) -> Connection:
    return Connection("sid", who or Guest("visit"), None, "fr", None)


async def audience(site: Site, found: Council, who: Actor | None) -> str | None:
    stream = SittingStream(site.app, Sittings.of(site.app), site.clock)
    async with site.portal.database.read() as db:
        return await stream.audience(db, found.path.rpartition("/")[2], connection(who))


async def document_of(site: Site) -> str:
    (document,) = await rows(site, ItemDocument)
    return f"/sittings/documents/{document.id}"


@pytest.mark.parametrize("when", ["called", "live", "over"])
async def test_a_committees_sitting_is_as_unknown_to_strangers_as_one_that_does_not_exist(
    site: Site, when: str
) -> None:
    found = await committee(site)
    if when != "called":
        await held(found)
    if when == "over":
        await ended(found)
    item = await found.item_id()
    none = f"/sittings/{'f' * 32}"
    paths = ["", "/hall", "/seat", "/cockpit", "/calendar.ics", "/journal", "/record", "/record/list.pdf"]
    paths += ["/record/minutes.pdf", f"/record/deliberations/{item}.pdf", "/record/deliberations.csv"]
    paths += ["/record/print/minutes.pdf", "/prepare", f"/items/{item}"]
    posts = ["course/suspend", "floor/ask", "ballots/open", "attendance/arrive", "record/note", "convene"]
    document = await document_of(site)
    for name, browser in (await strangers(site)).items():
        for address in ("/sittings", "/"):
            assert "Conseil" not in await browser.text(address), (name, address)
        assert (await browser.get(document)).status_code == 404, name
        assert await audience(site, found, browser.actor) is None, name
        for path in paths:
            answer, other = await browser.get(f"{found.path}{path}"), await browser.get(f"{none}{path}")
            assert answer.status_code == other.status_code != 200, (name, path)
            assert "Conseil" not in await answer.get_data(as_text=True), (name, path)
        for path in posts:
            answer, other = await browser.post(f"{found.path}/{path}"), await browser.post(f"{none}/{path}")
            assert answer.status_code == other.status_code >= 400, (name, path)


async def test_members_and_the_clerk_read_all_of_a_committees_sitting(site: Site) -> None:
    found = await committee(site)
    people = {"clerk": found.clerk, "member": found.members["bilal"], "chair": found.members["anne"]}
    for who, browser in people.items():
        assert "Conseil" in await browser.text("/sittings"), who
        assert "Conseil" in await browser.text("/"), who
        assert "Tarifs" in await browser.text(found.path), who
        assert (await browser.get(f"{found.path}/calendar.ics")).status_code == 200, who
        assert (await browser.get(await document_of(site))).status_code == 200, who
        assert await audience(site, found, browser.actor) is not None, who
    await held(found)
    for who, browser in people.items():
        assert "Tarifs" in await browser.text(found.path), who
        assert "Tarifs" in await browser.text(f"{found.path}/hall"), who
    await ended(found)
    for who, browser in people.items():
        assert "Conseil" in await browser.text("/sittings"), who
        for path in ("/record", "/record/list.pdf", "/record/minutes.pdf"):
            assert (await browser.get(f"{found.path}{path}")).status_code == 200, (who, path)


async def test_who_takes_a_seat_later_reads_what_was_before_and_who_had_one_reads_their_own_time(site: Site) -> None:
    found = await committee(site)
    await held(found)
    await ended(found)
    body_id = (await rows(site, Mandate))[0].body_id
    later = await site.person("Denis", Role.COUNCILLOR)
    assert (await later.get(f"{found.path}/record")).status_code == 404
    carole = found.members["carole"]
    site.clock.now += timedelta(days=30)
    form = {"email": "denis@mail.test", "function": "member", "rank": "9", "since": "2026-06-01"}
    clerk = await signed_in_again(site, found.clerk)
    seated = await clerk.client.post(
        f"/sittings/bodies/{body_id}/members", form={"csrf_token": clerk.token, **form}, headers=clerk.headers
    )
    assert seated.status_code == 303
    async with site.portal.database.write() as db:
        mandate = await db.get_one(Mandate, found.seats["carole"])
        mandate.until = (site.clock() - timedelta(days=5)).date()
    for browser in (later, carole):
        again = await signed_in_again(site, browser)
        assert (await again.get(f"{found.path}/record")).status_code == 200
        assert "Conseil" in await again.text("/sittings")
    async with site.portal.database.write() as db:
        (await db.get_one(Mandate, found.seats["carole"])).until = (site.clock() - timedelta(days=60)).date()
    assert (await (await signed_in_again(site, carole)).get(f"{found.path}/record")).status_code == 404
