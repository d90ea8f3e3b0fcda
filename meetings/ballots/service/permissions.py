"""Who may do what in a ballot."""

from __future__ import annotations

from meetings.sittings.service.permissions import CLERKS
from portal.i18n import lazy
from portal.permissions import EVERYBODY, define

VOTE = define("ballot.vote", lazy("Vote in a sitting, for oneself and for whose proxy one holds"), EVERYBODY)
ENTER_VOTE = define("ballot.enter_vote", lazy("Enter the vote that a member says aloud or by telephone"), CLERKS)
