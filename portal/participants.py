"""Who takes part in something: functions of slices above that add themselves, so that what is below need not know them.

A slice opens a door where its service is, and one above it goes through::

    hides: Participants[Hider] = Participants()
    \"\"\"Lets a function take part when an account is suspended.\"\"\"

    @hides
    async def hide_requests(db, person_id, at): ...

    for hide in hides:
        await hide(db, person_id, at)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class Participants(Generic[Function]):
    """A decorator that remembers what it decorates, in the order in which the modules were imported."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._functions: list[Function] = []

    def __call__(self, function: Function) -> Function:
        """Let a function take part from now on."""
        self._functions.append(function)
        return function

    def __iter__(self) -> Iterator[Function]:
        """Everybody who takes part."""
        return iter(self._functions)
