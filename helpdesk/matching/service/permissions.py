"""Who may do what in matching, and how often. Answering and accepting stand with the board's actions."""

from __future__ import annotations

from portal.i18n import lazy
from portal.permissions import EVERYBODY, Role, define
from portal.security import Rate

HOUR_S = 3600.0
ANSWERS = Rate(30, HOUR_S)
MESSAGES = Rate(120, HOUR_S)
REPORTS = Rate(20, HOUR_S)
FILINGS = Rate(60, HOUR_S)

WRITE = define(
    "help_engagement.write", lazy("Write to the other person of one's own engagement, and report a message"), EVERYBODY
)
VOLUNTEER = define("help_volunteer.serve", lazy("Say what one offers and when, and be asked by the portal"), EVERYBODY)
SEE_QUEUE = define(
    "help_queue.see",
    lazy("See requests for which nobody was found and calls to make, and see to them"),
    frozenset({Role.AGENT}),
)
MODERATE = define(
    "help_message.moderate",
    lazy("Read messages that somebody reported, and take them away"),
    frozenset({Role.MODERATOR}),
)
