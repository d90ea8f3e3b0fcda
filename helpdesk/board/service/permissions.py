"""Who may do what on the board, and how often."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.board.service.cards import AnyPosting
from portal.i18n import lazy
from portal.permissions import EVERYBODY, Action, Actor, Role, define, may
from portal.security import Rate

HOUR_S = 3600.0
POSTS = Rate(10, HOUR_S)
"""Requests and offers of one person."""
SEARCHES = Rate(30, 60.0)
"""Searches of one person, or of one address; many visitors may share one."""
EDITS = Rate(20, HOUR_S)
"""How often one person writes their own anew."""
PICTURES = Rate(10, HOUR_S)
"""Pictures that one person adds: each is decoded and written anew."""
LOOKS = Rate(600, 60)
"""Questions about a place, of one person or of the address of visitors: moving a map asks some ten times a minute, and
a library has one address for all.
"""
PLACES_READ = Rate(60, HOUR_S)
"""Exact places opened by one agent: enough for a day's round in an hour."""


@dataclass(frozen=True)
class BoardActions:
    """The actions on one kind of posting."""

    post: Action
    edit: Action
    answer: Action
    accept: Action
    close: Action
    close_any: Action
    read_exact: Action


REQUEST_ACTIONS = BoardActions(
    post=define("help_request.post", lazy("Ask for help"), EVERYBODY),
    edit=define("help_request.edit", lazy("Change one's own request"), EVERYBODY),
    answer=define("help_request.answer", lazy("Answer a request, and withdraw the answer"), EVERYBODY),
    accept=define("help_request.accept", lazy("Accept or decline answers to one's own request"), EVERYBODY),
    close=define("help_request.close", lazy("Close or cancel one's own request"), EVERYBODY),
    close_any=define(
        "help_request.close_any", lazy("Close somebody else's request"), frozenset({Role.AGENT, Role.MODERATOR})
    ),
    read_exact=define(
        "help_request.read_exact", lazy("Open the exact place of a request (it is noted)"), frozenset({Role.AGENT})
    ),
)
OFFER_ACTIONS = BoardActions(
    post=define("help_offer.post", lazy("Offer help"), EVERYBODY),
    edit=define("help_offer.edit", lazy("Change one's own offer"), EVERYBODY),
    answer=define("help_offer.answer", lazy("Answer an offer, and withdraw the answer"), EVERYBODY),
    accept=define("help_offer.accept", lazy("Accept or decline answers to one's own offer"), EVERYBODY),
    close=define("help_offer.close", lazy("Close or cancel one's own offer"), EVERYBODY),
    close_any=define(
        "help_offer.close_any", lazy("Close somebody else's offer"), frozenset({Role.AGENT, Role.MODERATOR})
    ),
    read_exact=define(
        "help_offer.read_exact", lazy("Open the exact place of an offer (it is noted)"), frozenset({Role.AGENT})
    ),
)
FILE_FOR_ANOTHER = define(
    "help_request.file_for_another",
    lazy("File a request for a person without a device, and see to it for them"),
    frozenset({Role.AGENT}),
)


def may_run(actor: Actor | None, posting: AnyPosting) -> bool:
    """Whether the person decides about a posting: its author does, and agents where one of them filed it."""
    if actor is None:
        return False
    return actor.id == posting.author_id or (posting.on_behalf and may(actor, FILE_FOR_ANOTHER))
