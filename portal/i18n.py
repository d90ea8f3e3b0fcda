"""Words in the person's language: marked in English in the code, complete in French.

`_` translates at once, in the language of the moment (a context variable that the edges set); `lazy` only marks a
sentence that is translated later. Each package has its own catalogue; they are merged at start-up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from gettext import NullTranslations
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_day_names
from babel.lists import format_list
from babel.numbers import format_decimal
from babel.support import Translations

from portal.clock import civil_time

LocaleName = Literal["fr", "en"]

LOCALES: tuple[LocaleName, LocaleName] = ("fr", "en")
"""The portal's languages; the first is the town's own unless `PARVIS_LOCALE` says otherwise."""

_FIRST = re.compile(r"(?<!\d)1 (?=[^\W\d])")
"""The first of a month, where its number stands before a word: French says *1er*, which CLDR's patterns leave out."""

_ROOT = Path(__file__).parent.parent
_locale: ContextVar[LocaleName] = ContextVar("locale", default=LOCALES[0])
_catalogues: dict[str, NullTranslations] = {}


def load_catalogues(packages: Sequence[str] = ("portal", "meetings", "helpdesk")) -> None:
    """Read every package's compiled catalogue, once, at start-up."""
    for locale in LOCALES:
        merged: Translations | None = None
        for package in packages:
            found = Translations.load(_ROOT / package / "locale", [locale])
            if isinstance(found, Translations):
                # The first one stays: it carries its language's rule of plurals, which merging does not hand on.
                merged = found if merged is None else merged.merge(found)
        _catalogues[locale] = merged or Translations()


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Within the block the language of the moment is `locale`."""
    token = _locale.set(_spoken(locale))
    try:
        yield
    finally:
        _locale.reset(token)


def set_locale(locale: str) -> None:
    """Set the language of the moment for the rest of this request."""
    _locale.set(_spoken(locale))


def current_locale() -> LocaleName:
    """The language of the moment."""
    return _locale.get()


def _spoken(locale: str) -> LocaleName:
    return next((known for known in LOCALES if known == locale), LOCALES[0])


def _catalogue() -> NullTranslations:
    if not _catalogues:
        load_catalogues()
    return _catalogues[_locale.get()]


def _(message: str) -> str:
    """The sentence in the language of the moment."""
    return _catalogue().gettext(message) if message else ""


def ngettext(singular: str, plural: str, count: int) -> str:
    """The sentence for a count in the language of the moment."""
    return _catalogue().ngettext(singular, plural, count)


def pgettext(context: str, message: str) -> str:
    """The sentence in the language of the moment, where one English word has two meanings."""
    return _catalogue().pgettext(context, message)


def lazy(message: str) -> str:
    """Mark a sentence for the catalogue; whoever shows it translates it."""
    return message


def best_locale(accepted: Sequence[str], *, default: str) -> str:
    """The first of the browser's languages that the portal speaks."""
    for tag in accepted:
        primary = tag.split("-", 1)[0].lower()
        if primary in LOCALES:
            return primary
    return default


def show_date(value: date | datetime, style: str = "long") -> str:
    """A date as people write it: ``21 mars 2026``, ``1er mai 2026``. An instant is shown as the civil date in Paris."""
    day = civil_time(value).date() if isinstance(value, datetime) else value
    text = format_date(day, "EEEE d MMMM" if style == "day" else style, locale=_babel())
    return _FIRST.sub("1er ", text) if _locale.get() == "fr" else text


def show_weekday(day: int) -> str:
    """A day of the week, Monday is 1 (ISO 8601): ``lundi``."""
    return str(get_day_names("wide", locale=_babel())[day - 1])


def show_instant(value: datetime) -> str:
    """An instant as date and time in Paris: ``21 mars 2026 à 18:30``."""
    return _("%(day)s at %(time)s") % {"day": show_date(value), "time": show_time(value)}


def show_time(value: datetime) -> str:
    """The time of day in Paris, ``18:30``."""
    return format_time(civil_time(value), "HH:mm", locale=_babel())


def show_ago(value: datetime, now: datetime) -> str:
    """How long ago, in words: ``il y a 3 minutes``."""
    return format_timedelta(value - now, add_direction=True, locale=_babel())


def show_number(value: float) -> str:
    """A number with the language's separators."""
    return format_decimal(value, locale=_babel())


def show_list(items: Sequence[str]) -> str:
    """``a, b et c``."""
    return format_list(list(items), locale=_babel())


def _babel() -> Locale:
    return Locale.parse("en_GB" if _locale.get() == "en" else "fr_FR")
