"""Who may do what about trust, and how often."""

from __future__ import annotations

from portal.i18n import lazy
from portal.permissions import EVERYBODY, define
from portal.security import Rate

HOUR_S = 3600.0
BLOCKS = Rate(30, HOUR_S)

BLOCK = define("help_person.block", lazy("Block somebody on the help board, and take the block back"), EVERYBODY)
