"""Trust in the invented town: who has read the rules, and whom the town hall knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from helpdesk.trust.model import LASTS, Check, CheckKind, Shown
from helpdesk.trust.service.guidance import AGREEMENTS
from portal.accounts.service import agree
from portal.clock import civil_date
from portal.db import Database
from portal.ids import new_id

NEWCOMER = "habitante"
"""Has read nothing yet: with her one sees what everybody sees the first time."""
CHECKS = (
    ("benevole", CheckKind.IDENTITY, Shown.IDENTITY_CARD),
    ("conseillere", CheckKind.IDENTITY, Shown.PASSPORT),
    ("conseiller", CheckKind.ADDRESS, Shown.PROOF_OF_RESIDENCE),
)
"""Mailbox, what an agent has seen, and by what."""


async def add_demo_trust(database: Database, people: Mapping[str, str], now: datetime) -> None:
    """`people`: ids of the demo's people, by mailbox."""
    a_while_ago = now - timedelta(days=40)
    async with database.write() as db:
        for mailbox, person_id in people.items():
            for what in AGREEMENTS.values() if mailbox != NEWCOMER else ():
                agree(db, person_id, what, at=a_while_ago)
        for mailbox, kind, shown in CHECKS:
            check = Check(id=new_id(), person_id=people[mailbox], kind=kind, shown=shown, checked_at=a_while_ago)
            check.checked_by, check.valid_until = people["agente"], civil_date(a_while_ago + LASTS)
            db.add(check)
