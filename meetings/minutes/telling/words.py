"""The words in which minutes name what the journal holds by code."""

from __future__ import annotations

from meetings.attendance.model.presence import Ground, Place
from meetings.ballots.model import Kind, Method, Post
from meetings.sittings.model.progress import Cause, ItemOutcome
from portal.i18n import lazy

METHODS = {
    Method.HANDS: lazy("Ordinary ballot, by show of hands"),
    Method.ROLL_CALL: lazy("Public ballot, by roll call"),
    Method.DEVICES: lazy("Public ballot, by electronic vote"),
    Method.PAPER: lazy("Secret ballot, on paper"),
}
REQUESTED = {
    Kind.ORDINARY: lazy("an ordinary ballot"),
    Kind.PUBLIC: lazy("a public ballot"),
    Kind.SECRET: lazy("a secret ballot"),
}
POSTS = {
    Post.MAYOR: lazy("mayor or president"),
    Post.DEPUTY: lazy("deputy or vice-president"),
    Post.COMMITTEE: lazy("seat in a committee or an outside body"),
    Post.OTHER: lazy("another post"),
}
CHOICES = {
    "for": lazy("For"),
    "against": lazy("Against"),
    "abstain": lazy("Abstained"),
}
OUTCOMES = {
    ItemOutcome.POSTPONED: lazy("The item is postponed to a later sitting."),
    ItemOutcome.WITHDRAWN: lazy("The item is withdrawn."),
}
CAUSES = {
    Cause.CHAIR: lazy("by the chair"),
    Cause.QUORUM_LOST: lazy("the quorum was lost"),
    Cause.CHAIR_LOST: lazy("the chair’s connection was lost"),
    Cause.SPEAKER_LOST: lazy("the speaker’s connection was lost"),
}
PLACES = {
    Place.HALL: lazy("in the hall"),
    Place.SITE: lazy("in another room of the sitting"),
    Place.VIDEO: lazy("by video"),
    Place.AUDIO: lazy("by sound alone"),
}
GROUNDS = {
    Ground.INTEREST: lazy("Interested, without vote"),
    Ground.REPRESENTS: lazy("Withdrew, as they represent the authority in another organisation"),
    Ground.ACCOUNTS: lazy("Left the room for the vote on their accounts"),
}
LAPSED = {
    "arrived": lazy("the member arrived"),
    "revoked": lazy("it was revoked"),
}


def with_articles(sentence: str, articles: tuple[str, ...]) -> str:
    """A sentence and what it rests on."""
    return f"{sentence} ({', '.join(articles)})" if articles else sentence
