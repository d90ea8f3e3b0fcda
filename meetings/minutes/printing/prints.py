"""Printing acts: PDF for screen readers and archives (PDF/UA-1, PDF/A-2a), the same bytes for the same record.

What people typed reaches the compiler as data and never as markup; it reads no file but the sheets beside this module.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import typst

from meetings.minutes.telling.told import Told, ToldItem
from portal.i18n import _, current_locale

_SHEETS = Path(__file__).parent / "sheets"
_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
PRINTABLE = (
    "\n\t\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u0482\u048a-\u04ff"
    "\u1e00-\u1eff\u2000-\u200a\u2010-\u2027\u202f-\u2040\u2044-\u2052\u2054-\u205e\u2074-\u208e\u20a0-\u20c0\u2122\u2190-\u21ff"
    "\u2200-\u22ff\u25a0-\u25ff\ufffd"
)
"""Signs that the compiler's own typefaces have, as the ranges of a character class; no others are sent to it."""
_IS_PRINTABLE = re.compile(f"[{PRINTABLE}]")
_UNPRINTABLE = "�"


class Sheet(StrEnum):
    """What can be printed of a sitting."""

    MINUTES = "minutes"
    LIST = "list"
    """The deliberations examined, for the notice board."""
    DELIBERATION = "deliberation"
    CLOSING = "closing"
    """The sheet that closes the sitting in the register."""


@dataclass(frozen=True)
class Print:
    """One document to be printed."""

    sheet: Sheet
    told: Told
    at: datetime
    """The instant that the document bears: of the record, so that printing again gives the same bytes."""
    item: ToldItem | None = None
    """Which deliberation."""
    notice: str = ""
    """What the reader must know first: that this is a draft."""
    first_sheet: int = 1
    """The number of the first sheet, where the register goes on counting."""


def printed(what: Print) -> bytes:
    """The PDF."""
    at = what.at.astimezone(UTC)
    told = asdict(what.told)
    told["deliberations"] = [asdict(item) for item in what.told.deliberations]
    told["not_voted"] = [asdict(item) for item in what.told.items if item.outcome]
    data = {
        "told": told,
        "item": asdict(what.item) if what.item else None,
        "title": _title(what),
        "notice": what.notice,
        "lang": current_locale(),
        "first_sheet": what.first_sheet,
        "at": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "words": _words(),
    }
    document: bytes = typst.compile(
        _SHEETS / f"{what.sheet.value}.typ",
        root=_SHEETS,
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(_printable(data), ensure_ascii=False)},
        pdf_standards=_STANDARDS,
    )
    return document


def _title(what: Print) -> str:
    named = {"body": what.told.body, "day": what.told.day}
    if what.item is not None:
        return f"{what.item.deliberation} · {what.item.title}"
    return {
        Sheet.MINUTES: _("Minutes of %(body)s, %(day)s"),
        Sheet.LIST: _("List of deliberations of %(body)s, %(day)s"),
        Sheet.CLOSING: _("Closing sheet of %(body)s, %(day)s"),
    }[what.sheet] % named


def _words() -> dict[str, str]:
    return {
        "absent": _("Members absent"),
        "adopted": _("Deliberation adopted"),
        "agenda": _("Agenda"),
        "chair": _("The chair of the sitting"),
        "closing": _("Register of deliberations: closing sheet of the sitting"),
        "colon": _(": "),
        "corrections": _("Corrections"),
        "course": _("Course of the sitting"),
        "deliberation": _("Deliberation no."),
        "discussion": _("Discussion"),
        "extract": _("Register of deliberations"),
        "list": _("List of deliberations examined"),
        "minutes": _("Minutes of the sitting"),
        "movements": _("Arrivals, departures, proxies"),
        "none": _("No deliberation was examined."),
        "not_voted": _("Not put to the vote"),
        "number": _("Number"),
        "numbers": _("Deliberations of the sitting"),
        "object": _("Object"),
        "posting": _(
            "Posted at the town hall and put online within a week of the sitting (CGCT L2121-25). The full text of "
            "each deliberation is published with it."
        ),
        "present": _("Members present"),
        "refused": _("Deliberation refused"),
        "report": _("Explanatory report"),
        "quorum": _("Quorum"),
        "represented": _("Members represented"),
        "result": _("Result"),
        "roll": _("Roll"),
        "secretary": _("The secretary of the sitting"),
        "sheet": _("Sheet"),
        "signature": _("Signature"),
        "text": _("Text put to the vote"),
        "vote": _("Vote"),
    }


def _printable(value: Any) -> Any:
    """The same value with signs that the typeface lacks replaced: a compiler that meets one would refuse the whole."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n")
        return "".join(sign if _IS_PRINTABLE.match(sign) else _replacement(sign) for sign in text)
    if isinstance(value, Mapping):
        return {name: _printable(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [_printable(each) for each in value]
    return value


def _replacement(sign: str) -> str:
    # Marks of direction and other invisible signs are left out; they could make a line read otherwise than it is.
    return "" if unicodedata.category(sign) in {"Cc", "Cf", "Cs"} else _UNPRINTABLE
