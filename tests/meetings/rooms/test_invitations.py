"""A host invites by mail: through the real pages and a real mail server, and nobody else can."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from quart import Response
from sqlalchemy import func, select

from meetings.rooms.service import read_addresses
from meetings.rooms.service.invitations import AT_ONCE
from portal.accounts.model import Person
from portal.app import build
from portal.audit import AuditEntry
from portal.commands import CommandReceipt
from portal.db import Base
from portal.errors import InvalidInput
from portal.mail import OutgoingMail
from portal.permissions import Role
from portal.schema import load_models
from portal.settings import load
from portal.town.grid import Place
from portal.town.model import Town
from tests.clock import FixedClock
from tests.inbox import Inbox, mail_server
from tests.portal.town.site import HEADERS, ORIGIN, Browser, Site, shown
from tests.reading import spaced


@pytest.fixture
def inbox(free_port: int) -> Iterator[tuple[Inbox, int]]:
    with mail_server(free_port) as inbox:
        yield inbox, free_port


@pytest.fixture
async def site(tmp_path: Path, database_url: str, clock: FixedClock, inbox: tuple[Inbox, int]) -> AsyncIterator[Site]:
    settings = load(
        {
            "PARVIS_DATA": str(tmp_path),
            "PARVIS_DATABASE_URL": database_url,
            "PARVIS_PUBLIC_URL": ORIGIN,
            "PARVIS_LOCALE": "en",
            "PARVIS_SMTP_URL": f"smtp://127.0.0.1:{inbox[1]}",
        }
    )
    app, portal = build(settings, clock)
    load_models()
    async with portal.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    centre = Place(48.9901, 2.1601)
    async with portal.database.write() as db:
        db.add(Town.found(name="Essai", insee="95001", department="95", population=900, centre=centre))
    yield Site(app, portal, clock)
    await portal.database.close()


async def a_room(host: Browser) -> str:
    """The path of a new room."""
    answer = await host.post("/rooms", title="Budget 2027", kind="open", command_id="command-1")
    path: str = answer.headers["Location"]
    return path


async def as_json(who: Browser, path: str, **fields: str) -> tuple[int, Any]:
    """Send the form as the room's page does."""
    answer: Response = await who.client.post(
        path, form={"csrf_token": who.token, **fields}, headers={**HEADERS, "Accept": "application/json"}
    )
    return answer.status_code, json.loads(await answer.get_data())


async def delivered(site: Site, inbox: Inbox) -> list[EmailMessage]:
    while await site.portal.mail.deliver_next():
        pass
    return inbox.mails


async def test_host_invites_by_mail_with_link_name_and_what_a_guest_is_asked(
    site: Site, inbox: tuple[Inbox, int]
) -> None:
    host = await site.person(Role.CLERK)
    path = await a_room(host)
    form = {
        "addresses": "Ann@Mail.test, bob@mail.test;\nann@mail.test",
        "words": "Thursday at six",
        "command_id": "c-12345678",
    }

    assert await as_json(host, f"{path}/invitations", **form) == (200, {"sent": 2})
    assert await as_json(host, f"{path}/invitations", **form) == (200, {"sent": 2})

    mails = await delivered(site, inbox[0])
    assert sorted(mail["To"] for mail in mails) == ["ann@mail.test", "bob@mail.test"]
    assert mails[0]["Subject"].startswith("Invitation: Budget 2027")
    body = mails[0].get_content()
    for words in ("Claire Morel invites you", "Thursday at six", f"{ORIGIN}{path}", "agree to be seen and heard"):
        assert words in body
    async with site.portal.database.read() as db:
        assert await db.scalar(select(func.count()).select_from(OutgoingMail)) == 0
        entry = (await db.scalars(select(AuditEntry).filter_by(act="room.invited"))).one()
        assert (entry.subject_id, entry.detail) == (path.rpartition("/")[2], "2")
        assert "mail.test" not in str([vars(each) for each in await db.scalars(select(CommandReceipt))])


async def test_invitation_is_written_in_the_hosts_language(site: Site, inbox: tuple[Inbox, int]) -> None:
    host = await site.person(Role.MAYOR)
    path = await a_room(host)
    async with site.portal.database.write() as db:
        (await db.scalars(select(Person))).one().locale = "fr"

    await as_json(host, f"{path}/invitations", addresses="ann@mail.test", command_id="c-12345678")

    [mail] = await delivered(site, inbox[0])
    assert spaced(mail["Subject"]).startswith("Invitation : Budget 2027")
    assert "vous invite à une réunion par vidéo" in mail.get_content()


async def test_invitations_work_by_a_page_without_script_and_keep_what_was_typed(
    site: Site, inbox: tuple[Inbox, int]
) -> None:
    host = await site.person(Role.CLERK)
    path = await a_room(host)
    assert f"{ORIGIN}{path}" in await host.text(f"{path}/invitations")

    wrong = await host.post(f"{path}/invitations", addresses="ann@mail.test not-one", command_id="c-12345678")
    text = await shown(wrong, 422)
    assert "“not-one” is not an e-mail address" in text
    assert "ann@mail.test not-one" in text
    right = await host.post(f"{path}/invitations", addresses="ann@mail.test", command_id="c-12345678")

    assert "One invitation is on its way." in await shown(right, 200)
    assert len(await delivered(site, inbox[0])) == 1


async def test_only_the_host_who_may_invite_does(site: Site, inbox: tuple[Inbox, int]) -> None:
    host = await site.person(Role.CLERK)
    path = await a_room(host)
    form = {"addresses": "ann@mail.test", "command_id": "c-12345678"}

    for other, status in (
        (await site.person(Role.COUNCILLOR), 403),
        (await site.person(Role.RESIDENT), 403),
        (site.visitor(), 401),
    ):
        assert (await as_json(other, f"{path}/invitations", **form))[0] == status
        answer = await other.get(f"{path}/invitations", "application/json")
        assert answer.status_code == status

    assert await delivered(site, inbox[0]) == []


async def test_nobody_is_flooded_with_invitations(site: Site, inbox: tuple[Inbox, int]) -> None:
    host = await site.person(Role.CLERK)
    path = await a_room(host)
    answers = [
        (await as_json(host, f"{path}/invitations", addresses="ann@mail.test", command_id=f"c-1234567{number}"))[0]
        for number in range(4)
    ]

    assert answers == [200, 200, 200, 429]
    assert len(await delivered(site, inbox[0])) == 3


def test_addresses_are_read_from_what_people_paste() -> None:
    assert read_addresses("<ann@mail.test>,bob@mail.test\r\n\tcarl@mail.test;") == (
        "ann@mail.test",
        "bob@mail.test",
        "carl@mail.test",
    )
    for wrong in (
        "",
        "ann",
        "ann@mail.test\nBcc: x",
        " ".join(f"p{number}@mail.test" for number in range(AT_ONCE + 1)),
    ):
        with pytest.raises(InvalidInput):
            read_addresses(wrong)
