"""Who may do what about trust, and how often."""

from __future__ import annotations

from portal.i18n import lazy
from portal.permissions import EVERYBODY, Role, define
from portal.security import Rate

HOUR_S = 3600.0
BLOCKS = Rate(30, HOUR_S)
LOOKUPS = Rate(120, HOUR_S)
"""People whom one agent looks for: a busy counter, not a list of the town."""

BLOCK = define("help_person.block", lazy("Block somebody on the help board, and take the block back"), EVERYBODY)
AGREE = define("help_person.agree", lazy("Accept the volunteers' charter, and take that back"), EVERYBODY)
VERIFY = define(
    "help_person.verify",
    lazy("Look for a person, confirm their address or identity, and withdraw that"),
    frozenset({Role.AGENT}),
)
CONFIGURE = define(
    "help_rules.configure",
    lazy("Write the charter and the rules of help, and say which help asks for which confirmation"),
    frozenset({Role.ADMINISTRATOR}),
)
