"""Figures that the town sets on its own pages, each within bounds: slices define theirs, as they define permissions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import InvalidInput
from portal.i18n import lazy

T = TypeVar("T")
SETTING_NAME_LENGTH = 40
VALUE_LENGTH = 20


class Kind(Protocol[T]):
    """What a setting's value may be, and how it is written in a form and in the database."""

    def read(self, text: str) -> T:
        """The value of a text. Raises `InvalidInput` with a sentence for what is out of bounds."""
        ...

    def write(self, value: T) -> str:
        """The value as a text: `read` gives it back."""
        ...


def _unfit(sentence: str) -> InvalidInput:
    return InvalidInput(fields={"value": sentence})


@dataclass(frozen=True)
class WholeNumber:
    """A number from `least` to `most`; `unit` names what is counted, and is empty for people and things."""

    least: int
    most: int
    unit: str = ""

    def read(self, text: str) -> int:
        """See `Kind`."""
        digits = text.strip()
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 6):
            raise _unfit(lazy("Please give a whole number."))
        if not self.least <= int(digits) <= self.most:
            raise _unfit(lazy("This number is out of bounds."))
        return int(digits)

    def write(self, value: int) -> str:
        """See `Kind`."""
        return str(value)


@dataclass(frozen=True)
class WallTime:
    """A time of day on the wall's clock in Paris, to the minute."""

    def read(self, text: str) -> time:
        """See `Kind`."""
        try:
            found = time.fromisoformat(text.strip())
        except ValueError:
            raise _unfit(lazy("Please give a time of day, such as 21:00.")) from None
        if found.tzinfo is not None:
            raise _unfit(lazy("Please give a time of day, such as 21:00."))
        return found.replace(second=0, microsecond=0)

    def write(self, value: time) -> str:
        """See `Kind`."""
        return value.strftime("%H:%M")


@dataclass(frozen=True)
class OneOf:
    """One of a few answers: code and words."""

    answers: Mapping[str, str] = field(hash=False)

    def read(self, text: str) -> str:
        """See `Kind`."""
        if text not in self.answers:
            raise _unfit(lazy("Please choose one of the answers offered."))
        return text

    def write(self, value: str) -> str:
        """See `Kind`."""
        return value


@dataclass(frozen=True)
class Setting(Generic[T]):
    """One figure: `says` names it on the page, under the heading `group`; `hint` says what follows from it."""

    name: str
    group: str
    says: str
    kind: Kind[T]
    default: T
    hint: str = ""

    @property
    def usual(self) -> str:
        """The default, as a text."""
        return self.kind.write(self.default)


SETTINGS: dict[str, Setting[Any]] = {}
"""Every setting by name, in the order in which the page lists them."""


def define_setting(setting: Setting[T]) -> Setting[T]:
    """Let the town set it. Raises `ValueError` for a name that another one has, or a default out of its bounds."""
    if SETTINGS.setdefault(setting.name, setting) != setting or len(setting.name) > SETTING_NAME_LENGTH:
        raise ValueError(f"setting {setting.name} is defined twice, or its name is too long")
    try:
        setting.kind.read(setting.usual)
    except InvalidInput as error:
        raise ValueError(f"the default of {setting.name} is out of bounds") from error
    return setting


class TownSetting(Base):
    """A setting that differs from its default, and who set it."""

    __tablename__ = "town_setting"

    name: Mapped[str] = mapped_column(String(SETTING_NAME_LENGTH), primary_key=True)
    value: Mapped[str] = mapped_column(String(VALUE_LENGTH))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(IdColumn)
