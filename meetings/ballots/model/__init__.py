"""The ballots of a sitting as they follow from its journal."""

from meetings.ballots.model.ballot import Ballot, Choice, Count, Kind, Method, Post, Purpose, Result, State, Vote
from meetings.ballots.model.ballots import Ballots
from meetings.ballots.model.closed_session import Demand
from meetings.ballots.model.election import Election, ElectionRound
from meetings.ballots.model.requests import Requests

__all__ = [
    "Ballot",
    "Ballots",
    "Choice",
    "Count",
    "Demand",
    "Election",
    "ElectionRound",
    "Kind",
    "Method",
    "Post",
    "Purpose",
    "Requests",
    "Result",
    "State",
    "Vote",
]
