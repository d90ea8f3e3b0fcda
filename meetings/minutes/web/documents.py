"""The documents of a sitting: told in the town's language and printed beside the event loop."""

from __future__ import annotations

import asyncio
from datetime import date

from meetings.minutes.printing import Print, Sheet, printed
from meetings.minutes.service.reading import Found
from meetings.minutes.telling import Setting, Told, tell
from portal.clock import civil_date
from portal.context import Portal
from portal.errors import NotFound
from portal.i18n import _, show_date, speaking


class Documents:
    """Tells and prints records for this portal."""

    def __init__(self, portal: Portal) -> None:
        """Paper is in the portal's own language, whoever prints."""
        self._portal = portal

    async def tell(self, found: Found) -> Told:
        """A sitting in the language of the moment."""
        town = str(getattr(await self._portal.town_view(), "name", "") or self._portal.settings.host)
        return tell(found.record, Setting(town, found.texts))

    async def tell_for_paper(self, found: Found) -> Told:
        """A sitting in the language of its documents."""
        with speaking(self._portal.settings.locale):
            return await self.tell(found)

    async def print(
        self,
        found: Found,
        sheet: Sheet,
        item_id: str | None = None,
        first_sheet: int = 1,
        *,
        approved_on: date | None = None,
    ) -> bytes:
        """A document as PDF; minutes without a day of approval say that they are a draft. Raises `NotFound`."""
        with speaking(self._portal.settings.locale):
            told = await self.tell(found)
            item = next((each for each in told.deliberations if each.item_id == item_id), None)
            if sheet is Sheet.DELIBERATION and item is None:
                raise NotFound
            what = Print(
                sheet,
                told,
                # The record's own time, so that printing again gives the same bytes.
                found.record.entry_kinds[-1][1] if found.record.entry_kinds else found.sitting.created_at,
                item if sheet is Sheet.DELIBERATION else None,
                _notice(approved_on) if sheet is Sheet.MINUTES else "",
                first_sheet,
            )
            return await asyncio.to_thread(printed, what)


def number_of(found: Found) -> str:
    """The sitting's day, for the names of files."""
    return day_of(found).isoformat()


def day_of(found: Found) -> date:
    """The day of the sitting, in Paris."""
    return civil_date(found.record.opened_at or found.sitting.meets_at)


def _notice(approved_on: date | None) -> str:
    if approved_on is None:
        return _("Draft: these minutes have not been approved yet.")
    return _("Approved at the sitting of %(day)s.") % {"day": show_date(approved_on)}
