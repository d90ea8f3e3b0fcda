"""The convocation as a mail, in the member's language, with a calendar file."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import Body, ItemKind, Mandate, Sitting, SittingMode
from meetings.sittings.service.agenda import agenda_of
from meetings.sittings.service.replies import givers_to
from meetings.sittings.web.calendar import calendar_of
from meetings.sittings.web.edge import KINDS
from portal.accounts.model import Person
from portal.accounts.service import people_by_id
from portal.context import Portal
from portal.i18n import _, show_date, show_time, speaking
from portal.mail import Attachment, post


class Mails:
    """Writes and posts convocations."""

    def __init__(self, portal: Portal) -> None:
        """Links lead to this portal."""
        self._portal = portal

    async def send(self, db: AsyncSession, mandate: Mandate, sitting: Sitting, secret: str) -> str | None:
        """Post one member's convocation within the caller's transaction; the mail's id, none without an address."""
        person = await db.get(Person, mandate.person_id)
        if person is None or not person.email:
            return None
        body = await db.get_one(Body, sitting.body_id)
        town = await self._town()
        address = self._portal.settings.public_url
        calendar = calendar_of(sitting, body.name, f"{address}/sittings/{sitting.id}", town=self._portal.settings.host)
        with speaking(person.locale):
            subject = _("Convocation: %(body)s, %(day)s") % {"body": body.name, "day": show_date(sitting.meets_at)}
            text = await self._text(db, sitting, body, town, f"{address}/summons/{secret}")
        return post(
            db,
            to=person.email,
            subject=subject,
            body=text,
            at=self._portal.clock(),
            attachment=Attachment("seance.ics", "calendar", calendar),
        )

    async def cancel(self, db: AsyncSession, mandate: Mandate, sitting: Sitting) -> None:
        """Tell one member that the sitting does not take place, and take it from their calendar."""
        person = await db.get(Person, mandate.person_id)
        if person is None or not person.email:
            return
        body = await db.get_one(Body, sitting.body_id)
        town = await self._town()
        host, address = self._portal.settings.host, self._portal.settings.public_url
        calendar = calendar_of(sitting, body.name, f"{address}/sittings/{sitting.id}", town=host)
        with speaking(person.locale):
            when = {"body": body.name, "day": show_date(sitting.meets_at)}
            subject = _("Cancelled: %(body)s, %(day)s") % when
            paragraphs = (
                _("Good day,"),
                _("The sitting of %(body)s on %(day)s does not take place.") % when,
                _signed(town),
            )
        post(
            db,
            to=person.email,
            subject=subject,
            body="\n\n".join(paragraphs),
            at=self._portal.clock(),
            attachment=Attachment("seance.ics", "calendar", calendar),
        )

    async def warn_givers(self, db: AsyncSession, sitting: Sitting, holder: Mandate) -> None:
        """Tell those whose proxies a member holds that this member will not come."""
        body = await db.get_one(Body, sitting.body_id)
        town, link = await self._town(), f"{self._portal.settings.public_url}/sittings/{sitting.id}"
        names = await people_by_id(db, [holder.person_id])
        for giver in await givers_to(db, sitting, holder.id):
            person = await db.get(Person, giver.person_id)
            if person is None or not person.email:
                continue
            with speaking(person.locale):
                said = {"name": names[holder.person_id].name, "body": body.name, "day": show_date(sitting.meets_at)}
                subject = _("%(name)s, who votes for you, will not come") % said
                paragraphs = (
                    _("Good day,"),
                    _("%(name)s holds your proxy for the sitting of %(body)s on %(day)s, and will not come.") % said,
                    _("Take it back and give it to another member, by the link in your convocation or here:")
                    + "\n"
                    + link,
                    _signed(town),
                )
            post(db, to=person.email, subject=subject, body="\n\n".join(paragraphs), at=self._portal.clock())

    async def confirm_proxy(self, db: AsyncSession, sitting: Sitting, giver: Mandate, holder_id: str) -> None:
        """Tell a member that a proxy was given by the link of their convocation, which others may have opened."""
        person = await db.get(Person, giver.person_id)
        if person is None or not person.email:
            return
        body = await db.get_one(Body, sitting.body_id)
        holder = (await db.get_one(Mandate, holder_id)).person_id
        town, link = await self._town(), f"{self._portal.settings.public_url}/sittings/{sitting.id}"
        name = (await people_by_id(db, [holder]))[holder].name
        with speaking(person.locale):
            said = {"name": name, "body": body.name, "day": show_date(sitting.meets_at)}
            paragraphs = (
                _("Good day,"),
                _("By the link in your convocation %(name)s was given your proxy for %(body)s on %(day)s.") % said,
                _("If that was not you, take it back by the same link, and tell the clerk.") + "\n" + link,
                _signed(town),
            )
            subject = _("%(name)s votes for you on %(day)s") % said
        post(db, to=person.email, subject=subject, body="\n\n".join(paragraphs), at=self._portal.clock())

    async def _town(self) -> str:
        return str(getattr(await self._portal.town_view(), "name", "") or self._portal.settings.host)

    async def _text(self, db: AsyncSession, sitting: Sitting, body: Body, town: str, link: str) -> str:
        agenda = await agenda_of(db, sitting)
        when = {"body": body.name, "day": show_date(sitting.meets_at, "day"), "time": show_time(sitting.meets_at)}
        items = "\n".join(
            f"{item.position}. {item.title}"
            + ("" if item.kind is ItemKind.DELIBERATION else f" ({_(KINDS[item.kind])})")
            for item in agenda.items
        )
        how = (
            _("It is held by video: %(place)s") if sitting.mode is SittingMode.REMOTE else _("It meets here: %(place)s")
        )
        paragraphs = [
            _("Good day,"),
            _("You are called to the sitting of %(body)s on %(day)s at %(time)s.") % when,
            how % {"place": sitting.place},
            _("Agenda:") + "\n" + items,
            _("Documents, and your answer (present, absent, proxy). This link is yours alone:") + "\n" + link,
            _signed(town),
        ]
        if sitting.is_urgent:
            paragraphs.insert(3, _("It is called with urgency; the body itself decides on that at the opening."))
        return "\n\n".join(paragraphs)


def _signed(town: str) -> str:
    return "-- \n" + _("The portal of %(town)s") % {"town": town} + "\n"
