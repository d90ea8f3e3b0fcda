"""What can be wrong with a message or a connection. Each carries a stable code; the words are the application's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar


class LiveError(Exception):
    """Base of the errors that the hub raises itself and hands to its `translate`."""

    code: ClassVar[str] = "live-error"
    retry_after_ms: ClassVar[int | None] = None
    """A command may be sent again after this long, with its id."""

    def __init__(self, detail: str = "", *, fields: Mapping[str, str] | None = None) -> None:
        """`detail` is for the log, in English; `fields` maps a field's name to a stable word for what is wrong."""
        super().__init__(detail or self.code)
        self.fields: Mapping[str, str] = fields or {}


class UnknownMessage(LiveError):
    """No feature registered a message of this name."""

    code = "unknown-message"


class MalformedMessage(LiveError):
    """The message has the wrong shape: a field missing, too many, of the wrong type or out of bounds."""

    code = "malformed-message"


class TooManyMessages(LiveError):
    """This connection sends faster than its allowance; the message was not carried out."""

    code = "too-many-messages"


class StreamRefused(LiveError):
    """The stream does not exist or this connection may not follow it: the two look alike from outside."""

    code = "stream-refused"


class TooManyStreams(LiveError):
    """This connection follows as many streams as one may."""

    code = "too-many-streams"


class CommandTimedOut(LiveError):
    """The handler did not finish in time. Whether it took effect is unknown; sending the same id again tells."""

    code = "command-timed-out"


class TooManyConnections(LiveError):
    """This person, or the whole portal, has as many connections open as it may."""

    code = "too-many-connections"


class ConnectionRefused(LiveError):
    """Raised by `authenticate` when nobody may connect with these credentials, not even as a visitor."""

    code = "connection-refused"


class TryAgain(LiveError):
    """Who connects was found out, but is out of date already: a sign-out came between, or the portal is closing."""

    code = "try-again"
