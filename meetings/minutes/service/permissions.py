"""Who may do what with the record of a sitting."""

from __future__ import annotations

from meetings.sittings.service.permissions import CLERKS
from portal.i18n import lazy
from portal.permissions import define

KEEP_MINUTES = define(
    "minutes.keep", lazy("Read the draft minutes, word deliberations, correct entries of the journal"), CLERKS
)
PUBLISH_MINUTES = define("minutes.publish", lazy("Publish the list of deliberations and the minutes"), CLERKS)
