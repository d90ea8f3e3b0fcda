"""Parts of pages that are drawn outside of a request, from what they are given alone: what the live channel pushes."""

from __future__ import annotations

from jinja2 import Environment
from quart import Quart

_EXTENSION = "parvis.fragments"


def fragments(app: Quart) -> Environment:
    """The application's templates without the machinery for those that await, as fragments do not: half the cost."""
    if _EXTENSION not in app.extensions:
        app.extensions[_EXTENSION] = app.jinja_env.overlay(enable_async=False)
    found: Environment = app.extensions[_EXTENSION]
    return found
