"""Roles in words."""

from __future__ import annotations

from collections.abc import Iterable

from portal.i18n import _, lazy, speaking
from portal.permissions import Role

ROLE_WORDS = {
    Role.RESIDENT: lazy("resident"),
    Role.VOLUNTEER: lazy("volunteer"),
    Role.AGENT: lazy("agent of the town"),
    Role.CLERK: lazy("clerk of the assemblies"),
    Role.COUNCILLOR: lazy("councillor"),
    Role.MAYOR: lazy("mayor"),
    Role.MODERATOR: lazy("moderator"),
    Role.ADMINISTRATOR: lazy("administrator of the portal"),
}


def role_word(role: Role) -> str:
    """A role's name in the language of the moment."""
    return _(ROLE_WORDS[role])


def role_words(roles: Iterable[Role], locale: str) -> tuple[str, ...]:
    """The roles' names in a person's language, in the order of the table of roles."""
    held = set(roles)
    with speaking(locale):
        return tuple(role_word(role) for role in Role if role in held)
