"""Telling beyond the page: what is due goes to the person's devices, or into one mail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.model import Person
from portal.i18n import _, ngettext, speaking
from portal.ids import new_id
from portal.mail import post
from portal.notices.model import KINDS, Notice, NoticeMail, OutgoingPush, PushDevice
from portal.notices.service.choices import off_token
from portal.notices.service.reading import Shown, written

AT_ONCE = 50
"""People told in one run of the job."""


@dataclass(frozen=True)
class Telling:
    """What delivery works with."""

    public_url: str
    secret_key: str
    """Signs the links that switch a kind off."""
    town_name: Callable[[], Awaitable[str]]


async def tell_due(telling: Telling, db: AsyncSession, now: datetime) -> int:
    """Tell what is due to as many people as one run takes, in the caller's transaction; returns how many.

    What was told and its mail or push are committed together: a crash half-way loses nothing and repeats nothing.
    """
    town = await telling.town_name()
    longest = select(Notice.person_id).where(Notice.due_at <= now).group_by(Notice.person_id)
    people = (await db.scalars(longest.order_by(func.min(Notice.due_at)).limit(AT_ONCE))).all()
    for person_id in people:
        await _tell_person(telling, db, town, person_id, now)
    return len(people)


async def _tell_person(telling: Telling, db: AsyncSession, town: str, person_id: str, now: datetime) -> None:
    mine = select(Notice).where(Notice.person_id == person_id, Notice.due_at <= now).order_by(Notice.at)
    due = (await db.scalars(mine.with_for_update())).all()
    for notice in due:
        notice.due_at = None
    person = await db.get(Person, person_id)
    if person is None or not person.is_active:
        return
    with speaking(person.locale):
        rest = await _push(db, person_id, await written(db, due), now)
        if rest and person.email:
            subject, body = _mail(telling, town, person_id, rest)
            mail_id = post(db, to=person.email, subject=subject, body=body, at=now)
            await db.flush()
            db.add_all(NoticeMail(mail_id=mail_id, notice_id=item.notice.id) for item in rest)


async def _push(db: AsyncSession, person_id: str, shown: Sequence[Shown], now: datetime) -> list[Shown]:
    """Send what is told at once to every device; returns what is left for a mail."""
    devices = (await db.scalars(select(PushDevice.id).where(PushDevice.person_id == person_id))).all()
    if not devices:
        return list(shown)
    for item in shown:
        if item.notice.is_instant:
            for device_id in devices:
                db.add(OutgoingPush(id=new_id(), device_id=device_id, notice_id=item.notice.id, due_at=now))
    return [item for item in shown if not item.notice.is_instant]


def _mail(telling: Telling, town: str, person_id: str, shown: Sequence[Shown]) -> tuple[str, str]:
    """Subject and body. Nothing but what the person may read anyway, and how to be told no more of each kind."""
    if len(shown) == 1:
        subject = f"{shown[0].words.title} – {town}"
    else:
        subject = (
            ngettext("%(num)d thing concerns you", "%(num)d things concern you", len(shown)) % {"num": len(shown)}
            + f" – {town}"
        )
    things = [f"{item.words.title}\n{item.words.text}\n{telling.public_url}{item.words.path}" for item in shown]
    kinds = sorted({item.notice.kind for item in shown})
    colon = _(": ")
    off = f"{telling.public_url}/notices/off"
    offs = [f"{_(KINDS[kind].says)}{colon}{off}/{off_token(telling.secret_key, person_id, kind)}" for kind in kinds]
    signed = _("The portal of %(town)s") % {"town": town}
    choices = _("All your choices: %(link)s") % {"link": f"{telling.public_url}/account/notices"}
    ending = "\n".join((_("To be told no more of this:"), *offs, choices))
    return subject, "\n\n".join((_("Good day,"), *things, ending, f"-- \n{signed}\n"))
