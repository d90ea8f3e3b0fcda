"""Mails of accounts: in the recipient's language, with their links, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.mails import Words
from portal.accounts.service.accounts import Accounts
from portal.i18n import speaking
from portal.mail import post


async def send(db: AsyncSession, accounts: Accounts, to: str, locale: str, write: Callable[[str], Words]) -> None:
    """Send what `write` makes of the town's name when this transaction commits."""
    with speaking(locale):
        words = write(await accounts.town_name())
    post(db, to=to, subject=words.subject, body=words.body, at=accounts.clock())


def address(accounts: Accounts, path: str) -> str:
    """The full address of one of our pages."""
    return accounts.public_url + path
