"""A mail server of a test's own, which keeps what it was handed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Inbox:
    """What a mail server was handed."""

    mails: list[EmailMessage] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take a mail."""
        found = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(found, EmailMessage)
        with self.lock:
            self.mails.append(found)
        return "250 taken"

    def last_to(self, address: str) -> EmailMessage | None:
        """The last mail to somebody, if any came."""
        with self.lock:
            return next((mail for mail in reversed(self.mails) if mail["To"] == address), None)


@contextmanager
def mail_server(port: int) -> Iterator[Inbox]:
    """A server on a port of this machine."""
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield inbox
    finally:
        controller.stop()
