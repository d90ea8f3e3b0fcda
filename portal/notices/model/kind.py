"""Kinds of notices: each slice defines its own where its service is, as it defines its permissions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy.ext.asyncio import AsyncSession

from portal.i18n import lazy

if TYPE_CHECKING:
    from portal.notices.model.notice import Notice


class How(StrEnum):
    """How a person wants to be told of one kind of thing."""

    OFF = "off"
    PAGE = "page"
    """On the page of notices only."""
    DIGEST = "digest"
    """In one mail a day; at once when it is urgent."""
    NEAR = "near"
    """At once when it is near, in place or in time, or urgent; otherwise in the mail of the day."""
    INSTANT = "instant"
    """At once: by web push where a device takes it, otherwise by mail."""


HOW_WORDS = {
    How.OFF: lazy("Not at all"),
    How.PAGE: lazy("Only here"),
    How.DIGEST: lazy("In the daily mail"),
    How.NEAR: lazy("At once when it is near or soon, otherwise in the daily mail"),
    How.INSTANT: lazy("At once"),
}


@dataclass(frozen=True)
class Words:
    """A notice as it reads today: one line, a sentence or two, and the page it leads to."""

    title: str
    text: str
    path: str


Word = Callable[[AsyncSession, Sequence["Notice"]], Awaitable[Mapping[str, Words]]]
"""Writes notices of one kind, by their id, in the language of the moment and from today's content.

What is hidden, erased or no longer the person's to read is left out, and is then told nowhere.
"""


@dataclass(frozen=True)
class NoticeKind:
    """One kind: `says` names it on the page where it is switched off."""

    name: str
    says: str
    default: How
    word: Word

    @property
    def choices(self) -> tuple[How, ...]:
        """The ways in which one can be told of it; near and far is not said of every kind."""
        return tuple(how for how in How if how is not How.NEAR or self.default is How.NEAR)


KINDS: dict[str, NoticeKind] = {}
"""Every kind by name, in the order in which the page of choices lists them."""


def define(name: str, says: str, default: How, word: Word) -> NoticeKind:
    """Add a kind; the same again, for a second portal in one process, changes nothing.

    Raises `ValueError` for a name that another kind has.
    """
    kind = NoticeKind(name, says, default, word)
    if KINDS.setdefault(name, kind) != kind:
        raise ValueError(f"notice {name} is defined twice")
    return kind
