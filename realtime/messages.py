"""What travels: messages from the browser, pushes to it, acknowledgements, and the entries of a stream.

A message from the browser is parsed once, here at the edge, into a frozen typed object (`noun:verb`, imperative).
A push is a frozen dataclass (`noun:verbed`, past tense), encoded once however many receive it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import to_json

from realtime.errors import MalformedMessage

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None
"""A value that JSON can carry."""


class Encoded(str):
    """JSON that was written already: a field of an acknowledgement that many are given alike."""

    __slots__ = ()


CommandId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
"""Made by the browser for each thing it asks; the same id sent again asks for the same thing, not for a second one."""

StreamName = Annotated[str, StringConstraints(pattern=r"^[a-z][A-Za-z0-9:._@-]{0,79}$")]
"""A stream's name, at most 80 characters."""


class Message(BaseModel):
    """A message from the browser: strict types, no unknown field, immutable.

    A subclass names itself (``name: ClassVar[str] = "stream:follow"``), so no field can be called ``name``.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: ClassVar[str]

    @classmethod
    def parse(cls, body: object) -> Self:
        """Turn decoded JSON into the message. Raises `MalformedMessage` naming each wrong field."""
        text = to_json(body)
        if b"\\u0000" in text:
            # No text holds this sign, and there are databases that store none that does.
            raise MalformedMessage(f"{cls.name}: a NUL", fields={"body": "string_type"})
        try:
            # Through JSON, because strict validation of Python objects would refuse text for an enum or an instant.
            return cls.model_validate_json(text)
        except ValidationError as error:
            wrong = {".".join(str(part) for part in item["loc"]) or "body": item["type"] for item in error.errors()}
            raise MalformedMessage(f"{cls.name}: {wrong}", fields=wrong) from error


class Command(Message):
    """A message that changes something. The feature sees to it that a repeated `command_id` counts once."""

    command_id: CommandId


@dataclass(frozen=True)
class Push:
    """A message to browsers. A subclass is a frozen dataclass that names itself: ``name: ClassVar[str]``."""

    name: ClassVar[str]

    def body(self) -> dict[str, object]:
        """The fields, as they are encoded."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True)
class Problem:
    """Why something was refused or failed: the one error shape of pages, API and acknowledgements."""

    code: str
    """Stable, for programs: ``ballot-closed``."""
    message: str
    """For the person, in the connection's language."""
    id: str
    """Finds the log line."""
    fields: Mapping[str, str] | None = None
    """For each wrong field, what is wrong with it."""
    retry_after_ms: int | None = None
    """The same may be asked again after this long, and counts once."""

    def body(self) -> dict[str, Json]:
        """The problem as JSON; `fields` and `retry_after_ms` only where there are any."""
        body: dict[str, Json] = {"code": self.code, "message": self.message, "id": self.id}
        if self.fields:
            body["fields"] = self.fields
        if self.retry_after_ms is not None:
            body["retry_after_ms"] = self.retry_after_ms
        return body


@dataclass(frozen=True)
class Entry:
    """One event of a stream as an audience may see it now."""

    number: int
    """The event's number in its stream."""
    kind: str
    """What happened, past tense: ``help_request.posted``."""
    body: Mapping[str, Json]
    """What this audience may know of it."""


@dataclass(frozen=True)
class Page:
    """A stretch of a stream: what an audience may see of the events after a number."""

    entries: tuple[Entry, ...]
    """In order; events that this audience may not see are left out."""
    upto: int
    """The last number this page covers, whether or not it is among `entries`."""

    @cached_property
    def encoded(self) -> str:
        """The entries as JSON, without the brackets around them; written once for all who are given this page."""
        return ",".join(to_json(entry, inf_nan_mode="null").decode() for entry in self.entries)


class StreamFollow(Message):
    """Get what was missed in a stream, then everything new."""

    name = "stream:follow"
    stream: StreamName
    after: int | None = None


class StreamLeave(Message):
    """Stop following a stream."""

    name = "stream:leave"
    stream: StreamName


class ConnectionCheck(Message):
    """Ask for an acknowledgement, to learn whether the line still holds after the machine slept."""

    name = "connection:check"


@dataclass(frozen=True)
class StreamAdvanced(Push):
    """A stream went on. Who holds a number below `after` has missed something and follows again from there."""

    name: ClassVar[str] = "stream:advanced"
    stream: str
    after: int
    upto: int
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class ConnectionClosed(Push):
    """The last message before the server ends a connection."""

    name: ClassVar[str] = "connection:closed"
    code: str
    """``signed-out``, ``access-changed``, ``slow``, ``abuse``, ``malformed``, ``restart``."""
    retry_after_ms: int | None
    """Come back after this long; None: do not come back by yourself."""
