"""Errors that a person can act on, and the one shape in which every edge answers them.

A rule raises a `DomainError` subclass; `problem_of` turns any exception into a `Problem`. Page, JSON API and socket
acknowledgement show it alike: ``{"error": {"code", "message", "id", "fields"?}}``. The id finds the log line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import structlog
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import HTTPException

from portal.i18n import _, lazy
from portal.ids import new_id
from realtime.errors import LiveError
from realtime.messages import Problem

log = structlog.get_logger(__name__)


class DomainError(Exception):
    """Something a person asked for that cannot be done, and what they can do instead."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    text: ClassVar[str] = lazy("This cannot be done.")
    retry_after_ms: ClassVar[int | None] = None
    """Asking for the same again after this long may succeed: pages do it by themselves, with the same command id."""

    def __init__(self, message: str | None = None, *, fields: Mapping[str, str] | None = None) -> None:
        """`message`, marked by `lazy`, replaces the class's text; `fields` says what is wrong with each named input."""
        super().__init__(message or self.text)
        self.message = message
        self.fields = dict(fields or {})

    def words(self) -> str:
        """The sentence for the person, in the language of the moment."""
        return _(self.message or self.text)


class InvalidInput(DomainError):
    """The input does not fit: wrong form, missing, too long. Nothing was changed."""

    code = "invalid-input"
    status = 422
    text = lazy("Some answers need a correction. Nothing has been changed.")


class NotSignedIn(DomainError):
    """The action needs an account."""

    code = "not-signed-in"
    status = 401
    text = lazy("Please sign in first.")


class Forbidden(DomainError):
    """The person's roles do not allow it."""

    code = "forbidden"
    status = 403
    text = lazy("Your account does not allow this. An administrator of the town can change its roles.")


class NotFound(DomainError):
    """No such thing, or none that this person may know of."""

    code = "not-found"
    status = 404
    text = lazy("This page does not exist, or is not for you to see.")


class Conflict(DomainError):
    """The thing has changed meanwhile, or is not in a state that allows it."""

    code = "conflict"
    status = 409
    text = lazy("This has changed in the meantime. Please look at it again and repeat.")


class TooMany(DomainError):
    """A rate limit was reached."""

    code = "too-many"
    status = 429
    text = lazy("That was too often in a short time. Please wait a minute and try again.")


class TooLarge(DomainError):
    """The body is over its limit."""

    code = "too-large"
    status = 413
    text = lazy("That is too large to be sent.")


class StaleForm(DomainError):
    """The form's protection against forgery does not match this sign-in."""

    code = "stale-form"
    status = 403
    text = lazy("This form is too old. Please load the page again and repeat.")


class Unavailable(DomainError):
    """A part of the portal does not answer at present."""

    code = "unavailable"
    status = 503
    text = lazy("This part of the portal does not answer at the moment. Please try again in a minute.")


_LIVE_WORDS = {
    "unknown-message": lazy("This page is older than the portal. Please load it again."),
    "malformed-message": lazy("This page is older than the portal. Please load it again."),
    "too-many-messages": lazy("That was too often in a short time. Please wait a minute and try again."),
    "stream-refused": lazy("This is not for you to see."),
    "too-many-connections": lazy("The portal is open in too many windows. Please close some."),
    "too-many-streams": lazy("This page asks for too much at once. Please load it again."),
    "connection-refused": lazy("Please sign in again."),
    "try-again": lazy("This part of the portal does not answer at the moment. Please try again in a minute."),
    "command-timed-out": lazy("The portal did not answer in time. Please repeat: it will count once."),
}


class ProblemBody(BaseModel):
    """A `Problem` as the API's description shows it: why something was refused."""

    code: str
    """Stable, for programs."""
    message: str
    """For the person, in their language."""
    id: str
    """Finds the log line."""
    fields: dict[str, str] | None = None
    """For each wrong field, what is wrong with it."""
    retry_after_ms: int | None = None
    """The same may be asked again after this long."""


class ErrorBody(BaseModel):
    """The one shape of errors, as the API's description shows it."""

    error: ProblemBody


_BY_STATUS = {kind.status: kind for kind in (NotFound, TooLarge, Forbidden, TooMany, Conflict)}


def problem_of(error: BaseException) -> tuple[Problem, int]:
    """The problem to show for an exception, with its HTTP status; anything unknown is logged and shown by its id."""
    # The id of the request, which every line about it bears; what comes by socket has none and gets one of its own.
    error_id = structlog.contextvars.get_contextvars().get("request_id") or new_id()[:10]
    if isinstance(error, ValidationError):
        error = InvalidInput(fields=fields_of(error))
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        code = error.code
        known = _BY_STATUS.get(code)
        log.info("refused", error_id=error_id, status=code, code=known.code if known else "bad-request")
        if known is not None:
            return Problem(code=known.code, message=_(known.text), id=error_id), code
        return Problem(code="bad-request", message=_("The portal does not understand this request."), id=error_id), code
    if isinstance(error, DomainError):
        log.info("refused", error_id=error_id, status=error.status, code=error.code, fields=sorted(error.fields))
        fields = {name: _(text) for name, text in error.fields.items()}
        problem = Problem(error.code, error.words(), error_id, fields or None, error.retry_after_ms)
        return problem, error.status
    if isinstance(error, LiveError):
        log.info("live message refused", error_id=error_id, code=error.code, detail=str(error))
        message = _(_LIVE_WORDS.get(error.code, DomainError.text))
        return Problem(error.code, message, error_id, dict(error.fields) or None, error.retry_after_ms), 400
    log.error("failed", error_id=error_id, exc_info=error)
    message = _("Something went wrong on our side and has been noted. If it happens again, give this number: %(id)s.")
    return Problem(code="internal", message=message % {"id": error_id}, id=error_id), 500


def fields_of(error: ValidationError) -> dict[str, str]:
    """For each input that does not fit, a sentence for the person."""
    found: dict[str, str] = {}
    for item in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in item["loc"]) or "form"
        found.setdefault(name, _sentence(item["type"], item.get("ctx", {})))
    return found


_FIELD_WORDS = {
    "missing": lazy("Please fill this in."),
    "string_too_short": lazy("This is too short."),
    "string_too_long": lazy("This is too long."),
    "extra_forbidden": lazy("This is not expected here."),
    "enum": lazy("Please choose one of the answers offered."),
    "literal_error": lazy("Please choose one of the answers offered."),
}


def _sentence(kind: str, context: Mapping[str, object]) -> str:
    raised = context.get("error")
    if kind == "value_error" and isinstance(raised, ValueError):
        return str(raised)
    return _FIELD_WORDS.get(kind, lazy("This does not have the right form."))
