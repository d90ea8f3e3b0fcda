"""The kinds of case. Importing this package registers each of them, with the rules it reads."""

from meetings.rules.kinds import (
    agenda,
    ballot,
    ballot_request,
    candidacy,
    closed_session,
    election,
    notice,
    publication,
    quorum,
    remote,
    resumption,
    seats,
    urgency,
    vote_rights,
)

__all__ = [
    "agenda",
    "ballot",
    "ballot_request",
    "candidacy",
    "closed_session",
    "election",
    "notice",
    "publication",
    "quorum",
    "remote",
    "resumption",
    "seats",
    "urgency",
    "vote_rights",
]
