"""Requests, offers and engagements with their rules; drafts, and what a public text may hold. No I/O."""

from helpdesk.board.model.contact_details import ContactDetail, contact_detail_in
from helpdesk.board.model.draft import CivilDate, Day, Draft, Note, What, When, Where, day_meant, fault_of_date
from helpdesk.board.model.engagement import NOTE_LENGTH, Engagement, EngagementState
from helpdesk.board.model.posting import (
    DETAILS_LENGTH,
    MAX_CAPACITY,
    TITLE_LENGTH,
    AnsweredAlready,
    Change,
    HasEnded,
    HelpOffer,
    HelpRequest,
    NoMoreAnswers,
    NotTheAuthor,
    OfferOutcome,
    OwnPosting,
    PostingState,
    RequestOutcome,
    last_day,
)
from helpdesk.board.model.tally import Tally

__all__ = [
    "DETAILS_LENGTH",
    "MAX_CAPACITY",
    "NOTE_LENGTH",
    "TITLE_LENGTH",
    "AnsweredAlready",
    "Change",
    "CivilDate",
    "ContactDetail",
    "Day",
    "Draft",
    "Engagement",
    "EngagementState",
    "HasEnded",
    "HelpOffer",
    "HelpRequest",
    "NoMoreAnswers",
    "NotTheAuthor",
    "Note",
    "OfferOutcome",
    "OwnPosting",
    "PostingState",
    "RequestOutcome",
    "Tally",
    "What",
    "When",
    "Where",
    "contact_detail_in",
    "day_meant",
    "fault_of_date",
    "last_day",
]
