"""Requests and offers with their rules; drafts, and what a public text may hold. No I/O."""

from helpdesk.board.model.contact_details import ContactDetail, contact_detail_in
from helpdesk.board.model.draft import (
    CivilDate,
    Day,
    Draft,
    Revision,
    What,
    When,
    Where,
    day_meant,
    free_of_contacts,
)
from helpdesk.board.model.kinds import HelpOffer, HelpRequest, last_day
from helpdesk.board.model.picture import ALT_LENGTH, MOST_PICTURES, Picture, PictureWords
from helpdesk.board.model.posting import DETAILS_LENGTH, MAX_CAPACITY, TITLE_LENGTH, Writing
from helpdesk.board.model.schedule import Schedule
from helpdesk.board.model.states import (
    HAPPENED,
    Change,
    HasEnded,
    NoMoreAnswers,
    NotTheAuthor,
    OfferOutcome,
    OwnPosting,
    PostingState,
    RequestOutcome,
    TooLateToReopen,
    stored,
)
from helpdesk.board.model.tally import Tally
from helpdesk.board.model.view import BoardView

__all__ = [
    "ALT_LENGTH",
    "DETAILS_LENGTH",
    "HAPPENED",
    "MAX_CAPACITY",
    "MOST_PICTURES",
    "TITLE_LENGTH",
    "BoardView",
    "Change",
    "CivilDate",
    "ContactDetail",
    "Day",
    "Draft",
    "HasEnded",
    "HelpOffer",
    "HelpRequest",
    "NoMoreAnswers",
    "NotTheAuthor",
    "OfferOutcome",
    "OwnPosting",
    "Picture",
    "PictureWords",
    "PostingState",
    "RequestOutcome",
    "Revision",
    "Schedule",
    "Tally",
    "TooLateToReopen",
    "What",
    "When",
    "Where",
    "Writing",
    "contact_detail_in",
    "day_meant",
    "free_of_contacts",
    "last_day",
    "stored",
]
