"""Mail: together with what it tells of, at least once, through a real server, and with nothing to inject."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import select

from portal.clock import Clock
from portal.db import Base, Database
from portal.mail import (
    PAUSES,
    Attachment,
    Deliver,
    MailRoom,
    MailState,
    OutgoingMail,
    by_nobody,
    by_smtp,
    mail_states,
    post,
)
from tests.clock import FixedClock

SENDER = "Parvis <parvis@town.test>"


@dataclass
class Inbox:
    """A mail server's side: what it was handed, and what it answers."""

    answer: str = "250 taken"
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    taken: threading.Event = field(default_factory=threading.Event)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        if self.answer.startswith("250"):
            found = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            assert isinstance(found, EmailMessage)
            self.mails.append(found)
            self.envelopes.append(envelope)
            self.taken.set()
        return self.answer

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        assert isinstance(login, LoginPassword)
        self.logins.append(f"{login.login.decode()} {login.password.decode()}")
        return AuthResult(success=login.password == b"p@ss word")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def server(inbox: Inbox, free_port: int) -> Iterator[Controller]:
    controller = Controller(
        inbox,
        hostname="127.0.0.1",
        port=free_port,
        authenticator=inbox.authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    found = Database(database_url)
    async with found.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield found
    await found.close()


async def write(database: Database, clock: Clock, **changes: str) -> None:
    words = {"to": "marie@mail.test", "subject": "Votre lien", "body": "Été à Saint-Aubin.\n", **changes}
    async with database.write() as db:
        post(db, to=words["to"], subject=words["subject"], body=words["body"], at=clock())


def words(mail: EmailMessage) -> str:
    found: str = mail.get_content()
    return found.strip()


async def waiting(database: Database) -> list[OutgoingMail]:
    async with database.read() as db:
        return list(await db.scalars(select(OutgoingMail)))


def room(database: Database, clock: Clock, deliver: Deliver) -> MailRoom:
    return MailRoom(database, clock, deliver, SENDER)


async def test_a_subject_is_one_line_and_keeps_its_no_break_spaces(database: Database, clock: FixedClock) -> None:
    async with database.write() as db:
        post(db, to="marie@mail.test", subject=" Mairie\u00a0: est-ce\r\nfait\u202f? ", body="", at=clock())

    async with database.read() as db:
        assert (await db.scalars(select(OutgoingMail.subject))).all() == ["Mairie\u00a0: est-ce fait\u202f?"]


async def test_mail_reaches_the_server_and_its_row_is_gone(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    await write(database, clock)

    delivered = await room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}")).deliver_next()

    assert delivered
    mail = inbox.mails[0]
    assert (mail["To"], mail["From"], mail["Subject"]) == ("marie@mail.test", SENDER, "Votre lien")
    assert words(mail) == "Été à Saint-Aubin."
    assert mail["Auto-Submitted"] == "auto-generated"
    assert inbox.envelopes[0].rcpt_tos == ["marie@mail.test"]
    assert await waiting(database) == []


async def test_credentials_of_the_address_are_used(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    await write(database, clock)

    await room(database, clock, by_smtp(f"smtp://town:p%40ss%20word@127.0.0.1:{server.port}")).deliver_next()

    assert inbox.logins == ["town p@ss word"]
    assert len(inbox.mails) == 1


async def test_mail_exists_only_if_its_transaction_does(database: Database, clock: FixedClock) -> None:
    async def fail() -> None:
        async with database.write() as db:
            post(db, to="marie@mail.test", subject="s", body="b", at=clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert await waiting(database) == []


async def test_server_that_refuses_is_tried_again_later_and_at_last_given_up(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    inbox.answer = "451 not now"
    await write(database, clock)
    mails = room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}"))

    for pause in PAUSES:
        assert await mails.deliver_next()
        assert not await mails.deliver_next()
        clock.now += pause
    assert await mails.deliver_next()
    clock.advance(days=30)

    assert not await mails.deliver_next()
    given_up = (await waiting(database))[0]
    assert given_up.given_up
    assert (given_up.recipient, given_up.body) == ("", "")


async def test_delivery_that_fails_in_a_way_nobody_expected_is_given_up_like_any_other(
    database: Database, clock: FixedClock
) -> None:
    async def deliver(_: EmailMessage) -> None:
        raise ZeroDivisionError

    await write(database, clock)
    mails = room(database, clock, deliver)

    for pause in PAUSES:
        assert await mails.deliver_next()
        clock.now += pause
    assert await mails.deliver_next()

    assert [mail.given_up for mail in await waiting(database)] == [True]


async def test_mail_of_a_town_without_a_server_waits_and_is_not_written_anywhere(
    database: Database, clock: FixedClock, capfd: pytest.CaptureFixture[str]
) -> None:
    await write(database, clock, body="https://portal.test/link/secret")

    assert await room(database, clock, by_nobody).deliver_next()

    assert [mail.attempts for mail in await waiting(database)] == [1]
    assert "secret" not in "".join(capfd.readouterr())


async def test_mail_is_delivered_once_the_server_is_back(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    inbox.answer = "451 not now"
    await write(database, clock)
    mails = room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}"))
    await mails.deliver_next()

    inbox.answer = "250 taken"
    clock.now += PAUSES[0]
    await mails.deliver_next()

    assert len(inbox.mails) == 1
    assert await waiting(database) == []


async def test_server_that_is_not_there_is_tried_again(database: Database, clock: FixedClock, free_port: int) -> None:
    await write(database, clock)

    assert await room(database, clock, by_smtp(f"smtp://127.0.0.1:{free_port}")).deliver_next()

    assert (await waiting(database))[0].attempts == 1


async def test_two_mail_rooms_deliver_a_mail_once(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    for number in range(10):
        await write(database, clock, subject=f"Mail {number}")
    rooms = [room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}")) for _ in range(2)]

    async def deliver_all(mails: MailRoom) -> None:
        while await mails.deliver_next():
            pass

    await asyncio.gather(*(deliver_all(mails) for mails in rooms))

    assert sorted(str(mail["Subject"]) for mail in inbox.mails) == [f"Mail {number}" for number in range(10)]


async def test_mail_whose_room_died_in_the_middle_is_delivered_by_the_next(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    reached = asyncio.Event()

    async def hang(_message: EmailMessage) -> None:
        reached.set()
        await asyncio.Event().wait()

    await write(database, clock)
    dying = room(database, clock, hang)
    await dying.start()
    await reached.wait()
    await dying.stop()
    heir = room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}"))

    assert not await heir.deliver_next()
    clock.advance(minutes=2)
    assert await heir.deliver_next()

    assert len(inbox.mails) == 1


async def test_room_that_runs_delivers_as_soon_as_it_is_woken(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    mails = room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}"))
    await mails.start()

    await write(database, clock)
    mails.wake()
    is_taken = await asyncio.to_thread(inbox.taken.wait, 20)
    await mails.stop()

    assert is_taken
    assert len(inbox.mails) == 1


@pytest.mark.parametrize("subject", ["Votre lien\r\nBcc: all@mail.test", "Votre lien\n\nbody", "Votre\x0blien\x85x"])
async def test_line_break_in_a_subject_is_no_header(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox, subject: str
) -> None:
    await write(database, clock, subject=subject)

    await room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}")).deliver_next()

    assert inbox.mails[0]["Bcc"] is None
    assert words(inbox.mails[0]) == "Été à Saint-Aubin."
    assert inbox.envelopes[0].rcpt_tos == ["marie@mail.test"]


@pytest.mark.parametrize(
    "to",
    ["marie@mail.test\r\nBcc: all@mail.test", "marie@mail.test, all@mail.test", "marie\n@mail.test", "nobody"],
)
async def test_recipient_that_is_more_than_one_address_is_given_up_and_does_not_hold_up_the_others(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox, to: str
) -> None:
    await write(database, clock, to=to)
    clock.advance(seconds=1)
    await write(database, clock, subject="The next")
    mails = room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}"))

    while await mails.deliver_next():
        pass

    assert [str(mail["Subject"]) for mail in inbox.mails] == ["The next"]
    assert inbox.envelopes[0].rcpt_tos == ["marie@mail.test"]
    left = await waiting(database)
    assert [mail.given_up for mail in left] == [True]


async def test_body_cannot_end_the_mail(
    database: Database, clock: FixedClock, server: Controller, inbox: Inbox
) -> None:
    """A line with a lone dot ends SMTP's DATA unless it is doubled."""
    await write(database, clock, body="Before\n.\nMAIL FROM:<eve@mail.test>\nÉté\n" + "x" * 5000 + "\n")

    await room(database, clock, by_smtp(f"smtp://127.0.0.1:{server.port}")).deliver_next()

    assert "MAIL FROM:<eve@mail.test>" in inbox.mails[0].get_content()
    assert len(inbox.mails) == 1


async def test_room_ends_though_a_delivery_swallows_its_cancellation(database: Database, clock: FixedClock) -> None:
    await write(database, clock)
    reached = asyncio.Event()

    async def deliver(message: EmailMessage) -> None:
        reached.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    mails = room(database, clock, deliver)
    await mails.start()
    await reached.wait()

    async with asyncio.timeout(20):
        await mails.stop()

    assert await waiting(database) == []


async def test_a_mail_carries_its_attachment_and_its_state_is_known(database: Database, clock: FixedClock) -> None:
    sent: list[EmailMessage] = []

    async def keep(message: EmailMessage) -> None:
        sent.append(message)

    calendar = Attachment("seance.ics", "calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    async with database.write() as db:
        mail_id = post(db, to="marie@mail.test", subject="Séance", body="Bonjour.", at=clock(), attachment=calendar)
    async with database.read() as db:
        assert await mail_states(db, [mail_id]) == {mail_id: MailState.WAITING}

    await MailRoom(database, clock, keep, "Ville <ville@mail.test>").deliver_next()

    (attached,) = sent[0].iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("text/calendar", "seance.ics")
    async with database.read() as db:
        assert await mail_states(db, [mail_id]) == {mail_id: MailState.TAKEN}
