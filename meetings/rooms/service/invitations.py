"""Inviting to a room by mail. Addresses stand in the outgoing mail alone, and go with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.mails import Invitation, Words, invitation
from meetings.rooms.model import RoomClosed
from meetings.rooms.service.rooms import access_room
from portal.accounts.model import clean_email
from portal.audit import audit
from portal.errors import InvalidInput
from portal.i18n import _, lazy, speaking
from portal.mail import post
from portal.permissions import STAFF, Actor, Role, define, require
from portal.security import Rate, RateLimiter

INVITE_TO_ROOM = define("room.invite", "Invite people by mail to a room that one hosts.", STAFF | {Role.COUNCILLOR})

AT_ONCE = 30
"""Addresses in one go."""
WORDS_LENGTH = 500
ADDRESSES_LENGTH = AT_ONCE * 256
BY_HOST = Rate(count=90, per_s=3600)
TO_ADDRESS = Rate(count=3, per_s=3600)
"""Invitations that one address can be sent, whoever invites it to whatever."""


@dataclass(frozen=True)
class Sending:
    """What a host sends. words: their own lines above the link, perhaps none."""

    addresses: Sequence[str]
    words: str
    town: str
    link: str


def read_addresses(text: str) -> tuple[str, ...]:
    """The addresses in what was typed or pasted, each once. Raises `InvalidInput` that names the one that is none."""
    typed = [part for part in re.split(r"[\s,;]+", text) if part]
    found: dict[str, None] = {}
    for part in typed:
        try:
            found[clean_email(part.strip("<>"))] = None
        except ValueError as error:
            words = _("“%(text)s” is not an e-mail address. Write one a line, such as name@example.fr.")
            raise InvalidInput(fields={"addresses": words % {"text": part[:80]}}) from error
    if not 1 <= len(found) <= AT_ONCE:
        raise InvalidInput(fields={"addresses": lazy("Please give 1 to 30 e-mail addresses at a time.")})
    return tuple(found)


async def access_hosted(db: AsyncSession, actor: Actor | None, room_id: str) -> str:
    """The title of an open room to which this person may invite. Raises `Forbidden`, `NotTheHost`, `RoomClosed`."""
    require(actor, INVITE_TO_ROOM)
    room = await access_room(db, room_id)
    room.check_host(actor)
    if room.closed_at is not None:
        raise RoomClosed
    return room.title


async def invite(
    db: AsyncSession, limits: RateLimiter, actor: Actor, room_id: str, sending: Sending, *, now: datetime
) -> int:
    """Send one mail to each address, in the host's language; returns how many. Raises `TooMany` and as above."""
    title = await access_hosted(db, actor, room_id)
    for address in sending.addresses:
        limits.spend("room.invite", actor.account_id, BY_HOST)
        limits.spend("room.invite.to", address, TO_ADDRESS)
    words = _written(actor, title, sending)
    for address in sending.addresses:
        post(db, to=address, subject=words.subject, body=words.body, at=now)
    count = len(sending.addresses)
    audit(db, at=now, act="room.invited", actor_id=actor.account_id, subject_id=room_id, detail=str(count))
    return count


def _written(actor: Actor, title: str, sending: Sending) -> Words:
    with speaking(actor.locale):
        return invitation(
            Invitation(town=sending.town, host=actor.name, title=title, link=sending.link, words=sending.words.strip())
        )
