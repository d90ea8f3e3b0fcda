"""What other slices use of notices: define a kind, tell a person."""

from portal.notices.model import How, Notice, Words, define
from portal.notices.service.telling import quiet_hours, take_back, take_back_about, tell

__all__ = ["How", "Notice", "Words", "define", "quiet_hours", "take_back", "take_back_about", "tell"]
