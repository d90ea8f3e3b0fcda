"""The rules of a sitting: dated rule sets as data, and a pure engine that answers with reasons.

    sets = load_sets()
    rules = rules_for(sets, "fr-cgct-commune", on=date(2026, 10, 5))
    answer = decide(QuorumCase(in_office=15, present=8), rules)

Nothing in here reads a clock, a database or a socket; only loading reads files. See docs/rules.md.
"""

from meetings.rules.answers import Answer, Choice, Grade, Question
from meetings.rules.asking import DEFAULT_SET, Request, decide, parse, rules_for
from meetings.rules.cases import KINDS, Case
from meetings.rules.errors import CaseError, Problem, RuleFileError
from meetings.rules.forms import Form, FormField, form, forms, read_form
from meetings.rules.kinds.agenda import AgendaItemCase, RequisitionCase
from meetings.rules.kinds.ballot import BallotCase
from meetings.rules.kinds.ballot_request import BallotRequestCase, SecrecyWaiverCase
from meetings.rules.kinds.candidacy import SingleCandidacyCase
from meetings.rules.kinds.closed_session import ClosedSessionRequestCase
from meetings.rules.kinds.election import ElectionCase, Round
from meetings.rules.kinds.notice import NoticeCase
from meetings.rules.kinds.publication import CouncillorsNoticeCase, PublicationCase
from meetings.rules.kinds.quorum import QuorumCase
from meetings.rules.kinds.remote import RemoteCase, SinglePlaceCase
from meetings.rules.kinds.resumption import ResumptionCase
from meetings.rules.kinds.seats import SeatsCase
from meetings.rules.kinds.urgency import UrgencyCase
from meetings.rules.kinds.vote_rights import MemberVotesCase, VoteRightsCase
from meetings.rules.overlays import Change, Overlay, changes, load_overlay
from meetings.rules.resolution import Stated
from meetings.rules.rules import Rules
from meetings.rules.sets import RuleSet, SetLibrary, load_sets, load_sources
from meetings.rules.wording import Lang, Text

__all__ = [
    "DEFAULT_SET",
    "KINDS",
    "AgendaItemCase",
    "Answer",
    "BallotCase",
    "BallotRequestCase",
    "Case",
    "CaseError",
    "Change",
    "Choice",
    "ClosedSessionRequestCase",
    "CouncillorsNoticeCase",
    "ElectionCase",
    "Form",
    "FormField",
    "Grade",
    "Lang",
    "MemberVotesCase",
    "NoticeCase",
    "Overlay",
    "Problem",
    "PublicationCase",
    "Question",
    "QuorumCase",
    "RemoteCase",
    "Request",
    "RequisitionCase",
    "ResumptionCase",
    "Round",
    "RuleFileError",
    "RuleSet",
    "Rules",
    "SeatsCase",
    "SecrecyWaiverCase",
    "SetLibrary",
    "SingleCandidacyCase",
    "SinglePlaceCase",
    "Stated",
    "Text",
    "UrgencyCase",
    "VoteRightsCase",
    "changes",
    "decide",
    "form",
    "forms",
    "load_overlay",
    "load_sets",
    "load_sources",
    "parse",
    "read_form",
    "rules_for",
]
