"""Outgoing mail: written with the use case that sends it, delivered afterwards, at least once, no copy kept.

`post` adds a row in the caller's transaction, so that a mail exists exactly when the thing it tells of does. The mail
room takes due rows one at a time under a lease, hands them to SMTP (the demo shows them in the log instead) and retries
with growing pauses for two days. Without a server they wait as long: one-time links do not belong into a log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from sqlalchemy import ForeignKey, Index, String, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.clock import Clock
from portal.db import Base, Database
from portal.ids import new_id
from portal.outbox import Outgoing, take_in_hand
from portal.spaces import single_spaced

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
HANDING_OVER_S = 90
"""Below the lease: nobody else takes a mail while it is being handed over."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 180, 360, 720, 1440))
"""Before each further attempt; after the last the mail is given up."""

Deliver = Callable[[EmailMessage], Awaitable[None]]


class OutgoingMail(Outgoing):
    """A mail on its way. Its row is deleted once a server has taken it."""

    __tablename__ = "outgoing_mail"
    __table_args__ = (Index("ix_outgoing_mail_due_at", "due_at"),)

    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    given_up: Mapped[bool] = mapped_column(default=False)

    attachments: Mapped[list[MailAttachment]] = relationship(lazy="raise", passive_deletes=True)

    def failed(self, now: datetime) -> None:
        """Set the next attempt, or give up after the last."""
        if self.attempts >= len(PAUSES):
            self.give_up()
            return
        self.due_at = now + PAUSES[self.attempts]
        self.attempts += 1

    def give_up(self) -> None:
        """Try no more, and keep neither what it said nor to whom."""
        self.given_up = True
        self.recipient = self.body = ""


class MailAttachment(Base):
    """A small text file that goes with a mail: a calendar entry."""

    __tablename__ = "mail_attachment"

    mail_id: Mapped[str] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    subtype: Mapped[str] = mapped_column(String(40))
    """The part of its media type after ``text/``."""
    content: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Attachment:
    """What `post` attaches."""

    name: str
    subtype: str
    content: str


class MailState(StrEnum):
    """Where a mail is, seen from the portal."""

    WAITING = "waiting"
    TAKEN = "taken"
    """A server has taken it; what becomes of it there, no portal learns."""
    GIVEN_UP = "given_up"


def post(
    db: AsyncSession, *, to: str, subject: str, body: str, at: datetime, attachment: Attachment | None = None
) -> str:
    """Send a mail when this transaction commits; its id. A line break in `subject` becomes a space."""
    mail = OutgoingMail(id=new_id(), recipient=to, subject=single_spaced(subject)[:200], body=body, due_at=at)
    db.add(mail)
    if attachment is not None:
        mail.attachments = [MailAttachment(**asdict(attachment))]
    return mail.id


async def mail_states(db: AsyncSession, mail_ids: Sequence[str]) -> dict[str, MailState]:
    """Where mails are, by id: a mail whose row is gone was taken."""
    rows = await db.execute(select(OutgoingMail.id, OutgoingMail.given_up).where(OutgoingMail.id.in_(mail_ids)))
    kept = {mail_id: MailState.GIVEN_UP if given_up else MailState.WAITING for mail_id, given_up in rows}
    return {mail_id: kept.get(mail_id, MailState.TAKEN) for mail_id in mail_ids}


class MailRoom:
    """Delivers outgoing mail; owns its one task."""

    def __init__(self, database: Database, clock: Clock, deliver: Deliver, sender: str) -> None:
        """`deliver` hands one message on. Whatever it raises, the mail is tried again, so many times and no more."""
        self._database = database
        self._clock = clock
        self._deliver = deliver
        self._sender = sender
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._ending = asyncio.Event()

    async def start(self) -> None:
        """Begin delivering."""
        self._task = asyncio.create_task(self._run(), name="mail room")

    async def stop(self) -> None:
        """End; a mail in hand is tried again after its lease."""
        # A delivery may end by itself at the very moment it is cancelled and swallow that: the flag ends the task then.
        self._ending.set()
        self._wake.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Look for due mail now: called by whoever has just committed some."""
        self._wake.set()

    async def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            try:
                while not self._ending.is_set() and await self.deliver_next():
                    pass
            except Exception:
                log.exception("mail room failed")
            if self._ending.is_set():
                return
            try:
                async with asyncio.timeout(5):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def deliver_next(self) -> bool:
        """Deliver one due mail. Returns whether there was one."""
        waits = OutgoingMail.given_up.is_(False)
        mail = await take_in_hand(self._database, OutgoingMail, waits, now=self._clock(), lease=LEASE)
        if mail is None:
            return False
        try:
            message = self._message(mail, await self._attachments(mail.id))
        except (ValueError, MessageError):
            # No server can be handed this one, today or later.
            log.exception("mail cannot be written", mail_id=mail.id)
            async with self._database.write() as db:
                (await db.get_one(OutgoingMail, mail.id)).give_up()
            return True
        try:
            async with asyncio.timeout(HANDING_OVER_S):
                await self._deliver(message)
        except Exception as error:
            # A server that is away or says no needs no traceback; anything else is a mistake of ours.
            trace = None if isinstance(error, (aiosmtplib.SMTPException, OSError)) else error
            reason = type(error).__name__
            log.warning("mail not delivered", mail_id=mail.id, attempts=mail.attempts, reason=reason, exc_info=trace)
            async with self._database.write() as db:
                row = await db.get(OutgoingMail, mail.id)
                # Stopped meanwhile by whoever wrote it: there is nothing to try again.
                if row is not None:
                    row.failed(self._clock())
        else:
            async with self._database.write() as db:
                await db.execute(delete(OutgoingMail).where(OutgoingMail.id == mail.id))
        return True

    async def _attachments(self, mail_id: str) -> Sequence[MailAttachment]:
        async with self._database.read() as db:
            return (await db.scalars(select(MailAttachment).filter_by(mail_id=mail_id))).all()

    def _message(self, mail: OutgoingMail, attachments: Sequence[MailAttachment]) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        # One address and no more, whatever stands in it.
        message["To"] = Address(addr_spec=mail.recipient)
        message["Subject"] = mail.subject
        message["Date"] = formatdate(self._clock().timestamp())
        # The row's id: a server that is handed the same mail twice after a crash can tell.
        message["Message-ID"] = f"<{mail.id}@{make_msgid().rpartition('@')[2]}"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        for attached in attachments:
            message.add_attachment(attached.content, subtype=attached.subtype, filename=attached.name)
        return message


def by_smtp(url: str) -> Deliver:
    """Delivery through a server: ``smtp://user:password@host:587`` (STARTTLS where offered) or ``smtps://…:465``."""
    parts = urlsplit(url)

    async def deliver(message: EmailMessage) -> None:
        await aiosmtplib.send(
            message,
            hostname=parts.hostname,
            port=parts.port or (465 if parts.scheme == "smtps" else 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            use_tls=parts.scheme == "smtps",
            timeout=30,
        )

    return deliver


class NoMailServer(OSError):
    """There is nobody to hand a mail to."""


async def by_nobody(_: EmailMessage) -> None:
    """Delivery in a town that has set no server yet. Raises `NoMailServer`, so that the mail waits for one."""
    raise NoMailServer


async def by_log(message: EmailMessage) -> None:
    """Delivery in the demo: the mail is shown in the log, links and all."""
    log.info("mail", to=message["To"], subject=message["Subject"], body=_text_of(message))


def _text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if isinstance(body, EmailMessage) else ""
