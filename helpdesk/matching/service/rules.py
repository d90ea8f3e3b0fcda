"""The figures of matching as the town sets them, and its words where nobody was found."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.matching.model import Rules
from portal.i18n import lazy
from portal.notices.service import quiet_hours
from portal.town.grid import Step
from portal.town.model import OneOf, Setting, TextPlace, WholeNumber, define_setting, define_text
from portal.town.service import town_settings

_USUAL = Rules()
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_ASKING = lazy("Asking volunteers")
_KEEPING = lazy("Places that are kept, and questions to authors")
_MINUTES, _HOURS, _DAYS = lazy("minutes"), lazy("hours"), lazy("days")

REACHES = {"next_door": Step.UNDER_300_M, "around": Step.UNDER_1_KM, "town": Step.SOMEWHERE_IN_TOWN}


def _number(name: str, group: str, says: str, kind: WholeNumber, *, usual: float, hint: str = "") -> Setting[int]:
    return define_setting(Setting(f"matching.{name}", group, says, kind, int(usual), hint))


PER_DAY = _number(
    "per_day",
    _ASKING,
    lazy("How often one person is asked within a day, at most"),
    WholeNumber(1, 10),
    usual=_USUAL.per_day,
    hint=lazy("Who is asked too often stops answering."),
)
GRACE = _number(
    "grace",
    _ASKING,
    lazy("Nobody is asked before it has stood"),
    WholeNumber(0, 60, _MINUTES),
    usual=_USUAL.grace / _MINUTE,
    hint=lazy("Time to take back what was posted by mistake."),
)
FIRST = _number("first", _ASKING, lazy("People asked in the first wave"), WholeNumber(1, 50), usual=_USUAL.first)
FIRST_REACH = define_setting(
    Setting(
        "matching.first_reach",
        _ASKING,
        lazy("How far the first wave looks"),
        OneOf(
            {
                "next_door": lazy("Under 300 metres"),
                "around": lazy("Under a kilometre"),
                "town": lazy("In the whole town"),
            }
        ),
        "around",
        lazy("Later waves look in the whole town."),
    )
)
WIDENING = _number(
    "widening", _ASKING, lazy("Each further wave asks so many times as many"), WholeNumber(1, 4), usual=_USUAL.widening
)
WAVES = _number("waves", _ASKING, lazy("Number of waves"), WholeNumber(1, 6), usual=_USUAL.waves)
PAUSE = _number(
    "pause",
    _ASKING,
    lazy("Time between waves"),
    WholeNumber(10, 1440, _MINUTES),
    usual=_USUAL.pause / _MINUTE,
    hint=lazy("When everybody asked has said no, the next wave follows at once."),
)
PAUSE_URGENT = _number(
    "pause_urgent",
    _ASKING,
    lazy("Time between waves when it is urgent"),
    WholeNumber(2, 120, _MINUTES),
    usual=_USUAL.pause_urgent / _MINUTE,
)
TO_DESK = _number(
    "to_desk_after",
    _ASKING,
    lazy("Still nobody: it goes to the agents after"),
    WholeNumber(1, 168, _HOURS),
    usual=_USUAL.to_desk_after / _HOUR,
)
HOLD = _number(
    "hold",
    _KEEPING,
    lazy("A place is kept for who came first"),
    WholeNumber(1, 72, _HOURS),
    usual=_USUAL.hold / _HOUR,
    hint=lazy("Until then the author says yes; afterwards the place is free again and the answer stands."),
)
HOLD_URGENT = _number(
    "hold_urgent",
    _KEEPING,
    lazy("The same for what is needed today"),
    WholeNumber(10, 1440, _MINUTES),
    usual=_USUAL.hold_urgent / _MINUTE,
)
HOLDS_EACH = _number(
    "holds_each", _KEEPING, lazy("Places kept for one person at a time"), WholeNumber(1, 10), usual=_USUAL.holds_each
)
CONFIRM = _number(
    "confirm_after",
    _KEEPING,
    lazy("“Did it happen?” without an answer counts as done after"),
    WholeNumber(1, 14, _DAYS),
    usual=_USUAL.confirm_after / _DAY,
)
STILL_NEEDED = _number(
    "still_needed",
    _KEEPING,
    lazy("“Still needed?” without an answer ends it after"),
    WholeNumber(2, 30, _DAYS),
    usual=_USUAL.still_needed_days,
)
NOBODY_FOUND = define_text(
    TextPlace(
        "matching.nobody_found",
        lazy("When nobody was found"),
        500,
        hint=lazy("Its author reads it on the page of the request, once every volunteer who fits was asked."),
        instead=lazy(
            "Nobody could be found so far. It stays on the board and on the list of the town's agents: one of them "
            "sees what can be done."
        ),
    )
)


async def town_rules(db: AsyncSession) -> Rules:
    """The rules as the town has set them."""
    settings = await town_settings(db)
    return Rules(
        grace=settings[GRACE] * _MINUTE,
        first=settings[FIRST],
        widening=settings[WIDENING],
        first_reach=REACHES[settings[FIRST_REACH]],
        waves=settings[WAVES],
        pause_urgent=settings[PAUSE_URGENT] * _MINUTE,
        pause=settings[PAUSE] * _MINUTE,
        per_day=settings[PER_DAY],
        quiet=quiet_hours(settings),
        to_desk_after=settings[TO_DESK] * _HOUR,
        hold_urgent=settings[HOLD_URGENT] * _MINUTE,
        hold=settings[HOLD] * _HOUR,
        holds_each=settings[HOLDS_EACH],
        confirm_after=settings[CONFIRM] * _DAY,
        still_needed_days=settings[STILL_NEEDED],
    )
