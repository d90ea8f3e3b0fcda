"""A portal with its board and moderation."""

from tests.helpdesk.board.conftest import founded, site, static_cache

__all__ = ["founded", "site", "static_cache"]
