"""Who may do what before and in a sitting."""

from __future__ import annotations

from portal.i18n import lazy
from portal.permissions import EVERYBODY, Role, define

CLERKS = frozenset({Role.CLERK, Role.MAYOR})

KEEP_BODIES = define(
    "body.keep", lazy("Name councils and committees, and who sits in them"), frozenset({Role.CLERK, Role.ADMINISTRATOR})
)
PREPARE = define("sitting.prepare", lazy("Prepare a sitting: agenda, documents, draft deliberations"), CLERKS)
CONVENE = define("sitting.convene", lazy("Send the convocation of a sitting, or cancel the sitting"), CLERKS)
READ_SUMMONS = define(
    "sitting.read", lazy("Read, acknowledge and answer one's own convocation, give a proxy"), EVERYBODY
)
RECORD_PROXY = define(
    "sitting.record_proxy", lazy("Record a proxy, a reply or a delivery on paper for a member"), CLERKS
)
READ_JOURNAL = define("sitting.read_journal", lazy("Read and export the journal of a sitting"), CLERKS)
CONDUCT = define(
    "sitting.conduct", lazy("Run a sitting: roll, items, floor, ballots, suspension; its chair may as well"), CLERKS
)
