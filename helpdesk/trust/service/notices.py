"""What a person is told of what the town hall has confirmed about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.trust.model import Check, CheckKind
from portal.i18n import _, lazy, show_date
from portal.notices.service import How, Notice, Words, define

ENDS_SOON = "trust.ends_soon"
ENDED = "trust.withdrawn"
KNOWN_PATH = "/account/known"

KIND_WORDS = {CheckKind.ADDRESS: lazy("your address"), CheckKind.IDENTITY: lazy("your identity")}


async def _checks(db: AsyncSession, notices: Sequence[Notice]) -> dict[str, Check]:
    """The check behind each notice, as long as it is the person's."""
    found = select(Check).where(Check.id.in_([notice.subject_id for notice in notices]))
    checks = {check.id: check for check in await db.scalars(found)}
    return {
        notice.id: check
        for notice in notices
        if (check := checks.get(notice.subject_id)) is not None and check.person_id == notice.person_id
    }


async def ends_soon_words(db: AsyncSession, notices: Sequence[Notice]) -> Mapping[str, Words]:
    """What stood for three years is to be looked at again."""
    words = {}
    for notice_id, check in (await _checks(db, notices)).items():
        if check.ended_at is None:
            title = _("To be confirmed again: %(what)s") % {"what": _(KIND_WORDS[check.kind])}
            text = _("It counts until %(day)s. Come to the counter of the town hall before that.")
            words[notice_id] = Words(title, text % {"day": show_date(check.valid_until)}, KNOWN_PATH)
    return words


async def ended_words(db: AsyncSession, notices: Sequence[Notice]) -> Mapping[str, Words]:
    """What counts no longer, and why, in the agent's words."""
    words = {}
    for notice_id, check in (await _checks(db, notices)).items():
        title = _("No longer confirmed: %(what)s") % {"what": _(KIND_WORDS[check.kind])}
        words[notice_id] = Words(title, check.ended_words, KNOWN_PATH)
    return words


define(ENDS_SOON, lazy("A confirmation of the town hall ends soon"), How.DIGEST, ends_soon_words)
define(ENDED, lazy("A confirmation of the town hall is withdrawn"), How.INSTANT, ended_words)
