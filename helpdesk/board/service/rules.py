"""The figures of the board as the town sets them, and its own words above the list."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpOffer, HelpRequest
from helpdesk.board.model.states import UNDER_WAY
from helpdesk.board.service.postings import KINDS, PostingKind
from portal.errors import Conflict
from portal.i18n import lazy
from portal.town.model import Setting, TextPlace, WholeNumber, define_setting, define_text
from portal.town.service import town_settings

_BOARD = lazy("On the help board")
_DAYS = lazy("days")

OPEN_EACH = define_setting(
    Setting(
        "board.open_each",
        _BOARD,
        lazy("Requests and offers of one person that stand at the same time, at most"),
        WholeNumber(1, 100),
        20,
    )
)
REQUEST_DAYS = define_setting(
    Setting(
        "board.request_days",
        _BOARD,
        lazy("A request without a date stands"),
        WholeNumber(3, 90, _DAYS),
        HelpRequest.DAYS,
        lazy("Then its author is asked whether it is still needed."),
    )
)
OFFER_DAYS = define_setting(
    Setting(
        "board.offer_days", _BOARD, lazy("An offer without a date stands"), WholeNumber(7, 365, _DAYS), HelpOffer.DAYS
    )
)
INTRODUCTION = define_text(
    TextPlace(
        "board.introduction",
        lazy("Introduction of the help board"),
        400,
        instead=lazy(
            "Neighbours who need something, and neighbours who offer something. You see in which part of the town, "
            "never the house."
        ),
    )
)


class TooManyOpen(Conflict):
    """The person has as many requests and offers on the board as the town lets stand."""

    code = "too-many-open"
    text = lazy("You have as many requests and offers on the board as one person may. Please close one first.")


async def standing_days(db: AsyncSession, kind: PostingKind) -> int:
    """How many days a posting without a date of its own stands."""
    return (await town_settings(db))[REQUEST_DAYS if kind.model is HelpRequest else OFFER_DAYS]


async def require_room(db: AsyncSession, author_id: str) -> None:
    """Raise `TooManyOpen` for somebody who has enough on the board."""
    standing = 0
    for kind in KINDS.values():
        own = select(func.count()).select_from(kind.model)
        own = own.where(kind.model.author_id == author_id, kind.model.state.in_(UNDER_WAY))
        standing += await db.scalar(own) or 0
    if standing >= (await town_settings(db))[OPEN_EACH]:
        raise TooManyOpen
