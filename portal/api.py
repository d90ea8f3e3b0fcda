"""What the routes of the HTTP API share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from quart_schema import document_response

from portal.errors import ErrorBody

Handler = Callable[..., Awaitable[Any]]


def refuses(*statuses: int) -> Callable[[Handler], Handler]:
    """Document the statuses with which a route refuses; each has the one shape of errors."""

    def decorate(function: Handler) -> Handler:
        for status in statuses:
            function = document_response(ErrorBody, status)(function)
        return function

    return decorate
