"""Sentences in French and English: every text a person may read exists in both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Lang = Literal["fr", "en"]
LANGS: tuple[Lang, Lang] = ("fr", "en")

MONTHS: Mapping[Lang, tuple[str, ...]] = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
           "décembre"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages."""

    fr: str
    en: str

    def get(self, lang: Lang) -> str:
        """Return the text in one language."""
        return self.fr if lang == "fr" else self.en

    def fill(self, values: Mapping[str, object]) -> Text:
        """Return the text with its `{placeholders}` replaced; texts and dates among the values follow the language."""
        return Text(
            self.fr.format_map({name: _worded(value, "fr") for name, value in values.items()}),
            self.en.format_map({name: _worded(value, "en") for name, value in values.items()}),
        )


def joined(texts: list[Text]) -> Text:
    """Return the sentences one after the other."""
    if len(texts) == 1:
        return texts[0]
    return Text(" ".join(text.fr for text in texts), " ".join(text.en for text in texts))


def listed(names: tuple[str, ...]) -> str:
    """Return names separated by commas, for a sentence."""
    return ", ".join(names)


def day_in_words(day: dt.date) -> Text:
    """Return a date as people write it: 5 octobre 2026, 5 October 2026."""
    french_day = "1er" if day.day == 1 else str(day.day)
    return Text(
        f"{french_day} {MONTHS['fr'][day.month - 1]} {day.year}", f"{day.day} {MONTHS['en'][day.month - 1]} {day.year}"
    )


def _worded(value: object, lang: Lang) -> object:
    if isinstance(value, Text):
        return value.get(lang)
    if isinstance(value, dt.date):
        return day_in_words(value).get(lang)
    return value
