"""Sittings on an empty database of either kind."""

from tests.meetings.sittings.conftest import world

__all__ = ["world"]
