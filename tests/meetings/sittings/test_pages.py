"""The pages of sittings, from naming the council to a member's answer."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from quart import Response
from quart.datastructures import FileStorage
from sqlalchemy import select

from meetings.minutes.verification import verify
from meetings.sittings.model import AgendaItem, Body, ItemDocument, JournalEntry, Sitting, Summons, VotingProxy
from portal.mail import MailAttachment, OutgoingMail
from portal.permissions import Role
from tests.helpdesk.board.site import Browser, Site

WHEN = {"on": "2026-05-20", "at": "18:30", "place": "Salle du conseil", "mode": "hall"}
MEMBERS = ("anne", "bilal", "carole")


async def rows(site: Site, model: Any) -> list[Any]:
    async with site.portal.database.read() as db:
        return list(await db.scalars(select(model)))


async def upload(browser: Browser, path: str, name: str, content: bytes, **fields: str) -> Response:
    return await browser.client.post(
        path,
        form={"csrf_token": browser.token, **fields},
        files={"file": FileStorage(BytesIO(content), filename=name)},
        headers={**browser.headers, "Accept": "text/html"},
    )


async def submit(browser: Browser, path: str, **fields: str) -> Response:
    """Send a form that holds its fields and nothing else."""
    form = {"csrf_token": browser.token, **fields}
    return await browser.client.post(path, form=form, headers={**browser.headers, "Accept": "text/html"})


async def council(site: Site) -> tuple[Browser, str]:
    """A clerk's browser, and the id of a council of three."""
    clerk = await site.person("Greffe", Role.CLERK)
    for name in MEMBERS:
        await site.person(name.capitalize(), Role.COUNCILLOR)
    answer = await submit(
        clerk, "/sittings/bodies", name="Conseil", rule_set="fr-cgct-commune", session="plenary", seats="15"
    )
    assert answer.status_code == 303, await answer.get_data(as_text=True)
    (body,) = await rows(site, Body)
    lines = ["email,function,rank,since", "anne@mail.test,maire,1,2026-03-22"]
    lines += [f"{name}@mail.test,membre,{rank},2026-03-22" for rank, name in enumerate(MEMBERS[1:], start=2)]
    answer = await upload(clerk, f"/sittings/bodies/import?body={body.id}", "membres.csv", "\n".join(lines).encode())
    assert answer.status_code == 303
    return clerk, body.id


async def planned(clerk: Browser, body_id: str, **more: str) -> str:
    """The path of a new sitting with one item."""
    answer = await submit(clerk, "/sittings/new", body=body_id, **{**WHEN, **more})
    path = answer.headers["Location"].partition("/prepare")[0]
    added = await submit(clerk, f"{path}/items/new", title="Tarifs de la cantine", kind="deliberation", note="Pourquoi")
    assert (answer.status_code, added.status_code) == (303, 303)
    return path


async def convened(site: Site, clerk: Browser, body_id: str) -> tuple[str, dict[str, str]]:
    """A sitting's path, and each member's own link by the address of their mail."""
    path = await planned(clerk, body_id)
    assert (await submit(clerk, f"{path}/convene")).status_code == 303
    links = {}
    for mail in await rows(site, OutgoingMail):
        found = re.search(r"http://portal\.test(/summons/\S+)", mail.body)
        if found:
            links[mail.recipient] = found[1]
    return path, links


async def test_a_sitting_goes_from_planning_to_every_members_mailbox(site: Site) -> None:
    clerk, body_id = await council(site)
    path, links = await convened(site, clerk, body_id)

    page = await clerk.text(f"{path}/prepare")
    assert sorted(links) == [f"{name}@mail.test" for name in MEMBERS]
    assert "On its way" in page
    attached = await rows(site, MailAttachment)
    assert len(attached) == 3
    assert "DTSTART:20260520T163000Z" in attached[0].content


async def test_the_clerk_reads_why_a_convocation_cannot_go_out(site: Site) -> None:
    clerk, body_id = await council(site)
    path = await planned(clerk, body_id, on="2026-05-06")

    page = await clerk.text(f"{path}/prepare")
    assert "The convocation cannot go out yet." in page
    assert "L2121-11" in page
    assert "Send the convocation" not in page
    refused = await submit(clerk, f"{path}/convene")
    assert refused.status_code == 409
    assert await rows(site, Summons) == []


async def test_a_member_opens_acknowledges_answers_and_gives_a_proxy_by_the_link_alone(site: Site) -> None:
    clerk, body_id = await council(site)
    path, links = await convened(site, clerk, body_id)
    link, visitor = links["bilal@mail.test"], site.visitor()
    page = await visitor.text(link)
    assert "Tarifs de la cantine" in page
    assert "Pourquoi" in page
    assert not any(each.opened_at for each in await rows(site, Summons))
    anne = re.search(r'<option value="(\w+)">Anne', page)
    assert anne

    for action, fields in (
        ("open", {}),
        ("acknowledge", {}),
        ("reply", {"reply": "absent"}),
        ("proxy", {"holder_id": anne[1]}),
    ):
        assert (await submit(visitor, f"{link}/{action}", **fields)).status_code == 303
    again = await submit(visitor, f"{link}/proxy", holder_id=anne[1])

    assert again.status_code == 409
    assert "Anne votes for you." in await visitor.text(link)
    assert "You vote for Bilal." in await visitor.text(links["anne@mail.test"])
    assert "Absent" in await clerk.text(f"{path}/prepare")
    entries = await rows(site, JournalEntry)
    assert [entry.kind for entry in entries] == [
        "convocation.sent",
        "summons.opened",
        "summons.acknowledged",
        "summons.answered",
        "proxy.given",
    ]
    assert entries[-1].content["means"] == "link"
    told = [mail for mail in await rows(site, OutgoingMail) if "votes for you on" in mail.subject]
    assert [mail.recipient for mail in told] == ["bilal@mail.test"]


async def test_one_members_link_does_nothing_for_another(site: Site) -> None:
    clerk, body_id = await council(site)
    _path, links = await convened(site, clerk, body_id)
    visitor = site.visitor()
    page = await visitor.text(links["bilal@mail.test"])
    anne = re.search(r'<option value="(\w+)">Anne', page)
    assert anne
    await submit(visitor, f"{links['bilal@mail.test']}/proxy", holder_id=anne[1])
    (proxy,) = await rows(site, VotingProxy)

    refused = await submit(visitor, f"{links['carole@mail.test']}/proxy/{proxy.id}/revoke")

    assert refused.status_code == 404
    for action in ("", "/open", "/acknowledge", "/reply", "/proxy"):
        answer = await (visitor.get if not action else visitor.post)(f"/summons/guessed{action}")
        assert answer.status_code in {404, 422}
    assert all(each.stands for each in await rows(site, VotingProxy))


async def test_whoever_has_given_a_proxy_learns_that_its_holder_will_not_come(site: Site) -> None:
    clerk, body_id = await council(site)
    _path, links = await convened(site, clerk, body_id)
    visitor = site.visitor()
    anne = re.search(r'<option value="(\w+)">Anne', await visitor.text(links["bilal@mail.test"]))
    assert anne
    nobody = await submit(visitor, f"{links['bilal@mail.test']}/proxy", holder_id="")
    assert nobody.status_code == 422
    await submit(visitor, f"{links['bilal@mail.test']}/proxy", holder_id=anne[1])
    before = {mail.id for mail in await rows(site, OutgoingMail)}

    await submit(visitor, f"{links['anne@mail.test']}/reply", reply="absent")

    (told,) = [mail for mail in await rows(site, OutgoingMail) if mail.id not in before]
    assert (told.recipient, told.subject) == ("bilal@mail.test", "Anne, who votes for you, will not come")
    assert "Anne votes for you, but will not come." in await visitor.text(links["bilal@mail.test"])
    assert "They have been told that you will not come." in await visitor.text(links["anne@mail.test"])


async def test_members_read_what_they_are_asked_to_decide_and_the_public_does_not_yet(site: Site) -> None:
    clerk, body_id = await council(site)
    path = await planned(clerk, body_id)
    await submit(clerk, f"{path}/items/new", title="Cantine", kind="deliberation", note="Pourquoi", draft="DÉCIDE")
    await submit(clerk, f"{path}/convene")
    links = [re.search(r"/summons/\S+", mail.body) for mail in await rows(site, OutgoingMail)]
    visitor = site.visitor()

    shown = [await visitor.text(link[0]) for link in links if link]
    assert len(shown) == 3
    assert all("DÉCIDE" in page for page in shown)
    assert "DÉCIDE" not in await visitor.text(path)


async def test_the_public_reads_the_agenda_and_public_documents_and_no_more(site: Site) -> None:
    clerk, body_id = await council(site)
    path = await planned(clerk, body_id)
    (item,) = await rows(site, AgendaItem)
    sitting_id = path.rpartition("/")[2]
    address = f"/sittings/documents?sitting={sitting_id}&item={item.id}"
    assert (await upload(clerk, address, "projet.pdf", b"%PDF-1 secret")).status_code == 303
    assert (await upload(clerk, address, "note.pdf", b"%PDF-1 public", is_public="yes")).status_code == 303
    documents = {document.name: document.id for document in await rows(site, ItemDocument)}
    visitor = site.visitor()
    assert (await visitor.get(path)).status_code == 404
    assert "Conseil" not in await visitor.text("/sittings")
    assert (await visitor.get(f"/sittings/documents/{documents['note.pdf']}")).status_code == 404

    assert (await submit(clerk, f"{path}/convene")).status_code == 303

    page = await visitor.text(path)
    assert "Tarifs de la cantine" in page
    assert "note.pdf" in page
    assert "projet.pdf" not in page
    answer = await visitor.get(f"/sittings/documents/{documents['note.pdf']}")
    assert (answer.status_code, await answer.get_data(as_text=False)) == (200, b"%PDF-1 public")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert (await visitor.get(f"/sittings/documents/{documents['projet.pdf']}")).status_code == 404
    calendar = await (await visitor.get(f"{path}/calendar.ics")).get_data(as_text=True)
    assert calendar.startswith("BEGIN:VCALENDAR\r\n")


async def test_a_document_is_opened_to_all_or_removed_until_the_convocation_goes_out(site: Site) -> None:
    clerk, body_id = await council(site)
    path = await planned(clerk, body_id)
    (item,) = await rows(site, AgendaItem)
    for name in ("note.pdf", "projet.pdf"):
        await upload(clerk, f"/sittings/documents?sitting={path.rpartition('/')[2]}&item={item.id}", name, b"%PDF-1")
    ids = {document.name: document.id for document in await rows(site, ItemDocument)}
    base = f"{path}/items/{item.id}/documents"
    other = await planned(clerk, body_id, on="2026-05-27")
    stranger = await site.person("Zoe")

    assert (await submit(stranger, f"{base}/{ids['note.pdf']}/remove")).status_code == 403
    assert (await submit(clerk, f"{other}/items/{item.id}/documents/{ids['note.pdf']}/remove")).status_code == 404
    assert (await submit(clerk, f"{base}/{ids['note.pdf']}/open", is_public="yes")).status_code == 303
    assert (await submit(clerk, f"{base}/{ids['projet.pdf']}/remove")).status_code == 303
    assert [(document.name, document.is_public) for document in await rows(site, ItemDocument)] == [("note.pdf", True)]

    await submit(clerk, f"{path}/convene")
    assert (await submit(clerk, f"{base}/{ids['note.pdf']}/open")).status_code == 409
    assert (await submit(clerk, f"{base}/{ids['note.pdf']}/remove")).status_code == 409


async def test_a_members_link_opens_the_documents_of_that_sitting_only(site: Site) -> None:
    clerk, body_id = await council(site)
    other = await planned(clerk, body_id, on="2026-05-27")
    (item,) = await rows(site, AgendaItem)
    address = f"/sittings/documents?sitting={other.rpartition('/')[2]}&item={item.id}"
    await upload(clerk, address, "autre.pdf", b"%PDF-1 other")
    _path, links = await convened(site, clerk, body_id)
    (document,) = await rows(site, ItemDocument)

    answer = await site.visitor().get(f"{links['anne@mail.test']}/documents/{document.id}")

    assert answer.status_code == 404


async def test_the_clerk_records_what_came_on_paper(site: Site) -> None:
    clerk, body_id = await council(site)
    path, _links = await convened(site, clerk, body_id)
    page = await clerk.text(f"{path}/prepare")
    ids = re.findall(r'name="giver_id" value="(\w+)"', page)
    assert len(ids) == 3

    assert (await submit(clerk, f"{path}/members/{ids[1]}/reply", reply="absent")).status_code == 303
    assert (await submit(clerk, f"{path}/members/{ids[1]}/paper")).status_code == 303
    assert (await submit(clerk, f"{path}/proxies", giver_id=ids[1], holder_id=ids[0])).status_code == 303
    refused = await submit(clerk, f"{path}/proxies", giver_id=ids[2], holder_id=ids[0])

    assert refused.status_code == 409
    assert "L2121-20" in await refused.get_data(as_text=True)
    (proxy,) = await rows(site, VotingProxy)
    assert (await submit(clerk, f"{path}/proxies/{proxy.id}/revoke")).status_code == 303


async def test_the_journal_is_exported_for_the_offline_check(site: Site) -> None:
    clerk, body_id = await council(site)
    path, _links = await convened(site, clerk, body_id)
    answer = await clerk.get(f"{path}/journal")

    found = verify(await answer.get_data(as_text=False))

    assert found.entries == 1
    assert found.key in await site.visitor().text("/sittings/key")


async def test_a_cancelled_sitting_says_so_to_members_and_public(site: Site) -> None:
    clerk, body_id = await council(site)
    path, links = await convened(site, clerk, body_id)
    before = len(await rows(site, OutgoingMail))

    assert (await submit(clerk, f"{path}/cancel")).status_code == 303

    assert "has been cancelled" in await site.visitor().text(path)
    assert "has been cancelled" in await site.visitor().text(links["anne@mail.test"])
    assert len(await rows(site, OutgoingMail)) == before + 3
    assert (await submit(site.visitor(), f"{links['anne@mail.test']}/reply", reply="present")).status_code == 409


async def test_a_sitting_that_is_given_up_before_it_was_called_stays_unknown_to_everybody_else(site: Site) -> None:
    clerk, body_id = await council(site)
    path = await planned(clerk, body_id)

    assert (await submit(clerk, f"{path}/cancel")).status_code == 303

    assert await rows(site, OutgoingMail) == []
    assert (await site.visitor().get(path)).status_code == 404
    assert path not in await site.visitor().text("/sittings")
    assert f"{path}/prepare" in await clerk.text("/sittings")


async def test_what_is_left_of_a_sitting_that_was_given_up_does_not_say_that_anybody_was_called(site: Site) -> None:
    clerk, body_id = await council(site)
    path = await planned(clerk, body_id)
    assert (await submit(clerk, f"{path}/cancel")).status_code == 303
    (item,) = await rows(site, AgendaItem)

    for page in (f"{path}/prepare", f"{path}/items/{item.id}"):
        text = await clerk.text(page)
        assert "was cancelled before anybody was called" in text
        assert "The convocation has been sent" not in text
        assert "What came back" not in text
        assert "As the public sees it" not in text
    assert (await clerk.get(f"{path}/items/new")).status_code == 409


@pytest.mark.parametrize("who", ["visitor", "councillor"])
async def test_nobody_else_prepares(site: Site, who: str) -> None:
    clerk, body_id = await council(site)
    path = await planned(clerk, body_id)
    stranger = site.visitor() if who == "visitor" else await site.person("Zoe", Role.COUNCILLOR)
    expected = 401 if who == "visitor" else 403
    for page in (
        "/sittings/bodies",
        f"/sittings/bodies/{body_id}",
        "/sittings/new",
        f"{path}/prepare",
        f"{path}/items/new",
    ):
        assert (await stranger.get(page)).status_code == expected, page
    assert (await stranger.get(f"{path}/journal")).status_code == expected
    for action, fields in (
        (f"{path}/convene", {}),
        (f"{path}/cancel", {}),
        (f"{path}/items/new", {"title": "Autre"}),
        (f"{path}/change", WHEN),
        ("/sittings/new", {"body": body_id, **WHEN}),
        ("/sittings/bodies", {"name": "Autre", "rule_set": "generic", "session": "plenary", "seats": "3"}),
    ):
        assert (await submit(stranger, action, **fields)).status_code == expected, action
    assert len(await rows(site, AgendaItem)) == 1
    assert len(await rows(site, Sitting)) == 1


async def test_a_broken_form_is_shown_again_with_what_was_typed(site: Site) -> None:
    clerk, body_id = await council(site)
    answer = await submit(clerk, "/sittings/new", body=body_id, **{**WHEN, "place": "x", "on": "2026-02-30"})
    page = await answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert 'value="18:30"' in page
    broken = await upload(clerk, f"/sittings/bodies/import?body={body_id}", "x.csv", b"email,rank,since\na,b,c\n")
    assert broken.status_code == 422
    page = await broken.get_data(as_text=True)
    assert "Line 2" in page
    assert '<a href="#field-file">CSV file: ' in page
