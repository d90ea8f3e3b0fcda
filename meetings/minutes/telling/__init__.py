"""A sitting in words: what its record says, in one language, for a page or for paper."""

from meetings.minutes.telling.items import ItemText
from meetings.minutes.telling.sitting import Setting, tell
from meetings.minutes.telling.told import Line, Told, ToldBallot, ToldItem, ToldRoll

__all__ = ["ItemText", "Line", "Setting", "Told", "ToldBallot", "ToldItem", "ToldRoll", "tell"]
