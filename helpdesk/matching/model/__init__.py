"""Engagements, searches in waves, volunteers, messages and requests for others, with their rules. No I/O."""

from helpdesk.matching.model.engagement import (
    NOTE_LENGTH,
    OF_AUTHOR,
    OF_HELPER,
    STANDING,
    TAKEN,
    THANKS_LENGTH,
    AnsweredAlready,
    Engagement,
    EngagementState,
    Reason,
)
from helpdesk.matching.model.message import MESSAGE_LENGTH, Message, MessageText, Note, ReportReason, Thanks
from helpdesk.matching.model.proxy import CallBack, CallReason, CallResult, ConsentBy, Helped, Proxy
from helpdesk.matching.model.search import Ask, AskState, Search, SearchState
from helpdesk.matching.model.volunteer import DAYS, SLOTS, SPOKEN, Part, Skill, Volunteer
from helpdesk.matching.model.waves import Candidate, Chosen, Need, Rules, Why, choose

__all__ = [
    "DAYS",
    "MESSAGE_LENGTH",
    "NOTE_LENGTH",
    "OF_AUTHOR",
    "OF_HELPER",
    "SLOTS",
    "SPOKEN",
    "STANDING",
    "TAKEN",
    "THANKS_LENGTH",
    "AnsweredAlready",
    "Ask",
    "AskState",
    "CallBack",
    "CallReason",
    "CallResult",
    "Candidate",
    "Chosen",
    "ConsentBy",
    "Engagement",
    "EngagementState",
    "Helped",
    "Message",
    "MessageText",
    "Need",
    "Note",
    "Part",
    "Proxy",
    "Reason",
    "ReportReason",
    "Rules",
    "Search",
    "SearchState",
    "Skill",
    "Thanks",
    "Volunteer",
    "Why",
    "choose",
]
