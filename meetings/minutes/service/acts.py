"""Acts on the record: wording what was voted, correcting, publishing. Each is a further entry of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from meetings.minutes.model.item_changes import DELIBERATION_CLASSIFIED, DELIBERATION_WORDED
from meetings.minutes.model.matters import MATTERS
from meetings.minutes.model.sitting_changes import LIST_PUBLISHED, MINUTES_PUBLISHED
from meetings.minutes.service.permissions import KEEP_MINUTES, PUBLISH_MINUTES
from meetings.sittings.model.sitting import TEXT_LENGTH, ItemKind
from meetings.sittings.service import conduct
from meetings.sittings.service.held import Held
from portal.audit import audit
from portal.clock import civil_date
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy
from portal.permissions import require


async def word_deliberation(held: Held, item_id: str, text: str) -> None:
    """State the text as it was put to the vote, where it was amended. Raises `InvalidInput`."""
    require(held.actor, KEEP_MINUTES)
    point = held.progress.points.get(item_id)
    if point is None or point.kind is ItemKind.INFORMATION:
        raise InvalidInput(fields={"item": lazy("This item is not on the agenda.")})
    words = text.strip()
    if not words or len(words) > TEXT_LENGTH:
        raise InvalidInput(fields={"text": lazy("Please write the text, 40,000 signs at most.")})
    await held.note(DELIBERATION_WORDED, {"item": item_id, "text": words})


async def classify_deliberation(held: Held, item_id: str, matter: str) -> None:
    """Choose the subject under which a deliberation is sent to the prefect and published. Raises `InvalidInput`."""
    require(held.actor, KEEP_MINUTES)
    point = held.progress.points.get(item_id)
    if point is None or point.kind is ItemKind.INFORMATION:
        raise InvalidInput(fields={"item": lazy("This item is not on the agenda.")})
    if matter not in MATTERS:
        raise InvalidInput(fields={"matter": lazy("Please choose a subject.")})
    await held.note(DELIBERATION_CLASSIFIED, {"item": item_id, "matter": matter})


async def note_discussion(held: Held, item_id: str, text: str) -> None:
    """The substance of the discussion, during the sitting or after it."""
    require(held.actor, KEEP_MINUTES)
    await conduct.note_discussion(held, item_id, text)


async def correct_entry(held: Held, number: int, text: str) -> None:
    """Put an entry right by a further one."""
    require(held.actor, KEEP_MINUTES)
    await conduct.correct(held, number, text)


async def publish_list(held: Held, *, read_at: int, sha256: str, deliberations: Mapping[str, str]) -> None:
    """Put the list of deliberations and each of them online.

    `read_at` is the entry up to which the documents tell. Raises `Conflict` for a sitting that is not over, or whose
    journal has gone on meanwhile.
    """
    require(held.actor, PUBLISH_MINUTES)
    _require_told(held, read_at)
    await held.note(LIST_PUBLISHED, {"sha256": sha256, "deliberations": dict(deliberations)})
    _audit(held, LIST_PUBLISHED)


async def publish_minutes(held: Held, *, read_at: int, sha256: str, approved_on: date) -> None:
    """Put the minutes online once the body has approved them (CGCT L2121-15).

    Raises `InvalidInput` naming ``approved_on`` for a day before the sitting or one to come, and as `publish_list`.
    """
    require(held.actor, PUBLISH_MINUTES)
    _require_told(held, read_at)
    if not civil_date(held.sitting.meets_at) <= approved_on <= civil_date(held.now):
        raise InvalidInput(
            fields={"approved_on": lazy("Please give the day of the sitting that approved them, not before this one.")}
        )
    await held.note(MINUTES_PUBLISHED, {"sha256": sha256, "approved_on": approved_on.isoformat()})
    _audit(held, MINUTES_PUBLISHED)


def _require_told(held: Held, read_at: int) -> None:
    if not held.progress.is_over:
        raise Conflict(lazy("The sitting is not over yet."))
    if held.course.number != read_at:
        raise Conflict(lazy("The journal has gone on meanwhile. Look at the page again, then publish."))


def _audit(held: Held, act: str) -> None:
    audit(
        held.db,
        at=held.now,
        act=act,
        actor_id=held.actor.account_id if held.actor else None,
        subject_id=held.sitting.id,
        detail=f"entry {held.course.number}",
    )
