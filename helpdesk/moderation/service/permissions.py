"""Who may do what about what stands on the board, and how often."""

from __future__ import annotations

from portal.i18n import lazy
from portal.permissions import EVERYBODY, Role, define
from portal.security import Rate

HOUR_S = 3600.0
REPORTS = Rate(10, HOUR_S)
APPEALS = Rate(5, HOUR_S)
ANSWERS = Rate(30, HOUR_S)

REPORTS_UNSIGNED = Rate(5, HOUR_S)
"""Of one household without an account."""
REPORTS_OF_ALL_UNSIGNED = Rate(60, HOUR_S)
"""Of everybody without an account together: more is a flood, and whoever has something to say can sign in."""

REPORT = define("moderation.report", lazy("Report a request or an offer to the town"), EVERYBODY, public=True)
APPEAL = define("moderation.appeal", lazy("Ask a second person about a decision on what one wrote"), EVERYBODY)
DECIDE = define(
    "moderation.decide",
    lazy("See what was held or reported, and decide on it with a reason"),
    frozenset({Role.AGENT, Role.MODERATOR}),
)
SUSPEND = define(
    "moderation.suspend",
    lazy("Suspend the account of a resident for what they wrote on the board"),
    frozenset({Role.MODERATOR}),
)
WATCH = define(
    "moderation.watch", lazy("Keep the town's list of watched words"), frozenset({Role.MODERATOR, Role.ADMINISTRATOR})
)
ANSWER = define(
    "moderation.answer",
    lazy("Answer publicly in the town's name, marked as such"),
    frozenset({Role.MAYOR, Role.AGENT}),
)
