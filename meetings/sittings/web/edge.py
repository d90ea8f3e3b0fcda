"""What the pages of sittings work with, and how they show what the rules say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quart import Response, request

from meetings.rules import SetLibrary
from meetings.rules.wording import Text
from meetings.sittings.model import ItemKind, MandateFunction, Reply, SessionKind, SittingMode, SittingState
from meetings.sittings.service.convening import Convening
from meetings.sittings.service.documents import DocumentStore
from portal.context import Portal
from portal.errors import DomainError
from portal.i18n import _, current_locale, lazy
from portal.pages import render

STATES = {
    SittingState.DRAFT: (lazy("In preparation"), "neutral"),
    SittingState.CONVENED: (lazy("Called"), "note"),
    SittingState.OPEN: (lazy("Under way"), "good"),
    SittingState.CLOSED: (lazy("Sitting held"), "neutral"),
    SittingState.CANCELLED: (lazy("Cancelled"), "bad"),
}
MODES = {
    SittingMode.HALL: lazy("In the hall"),
    SittingMode.REMOTE: lazy("By video"),
}
KINDS = {
    ItemKind.DELIBERATION: lazy("Deliberation"),
    ItemKind.INFORMATION: lazy("Information, without a vote"),
    ItemKind.MINUTES: lazy("Approval of the last minutes"),
    ItemKind.URGENCY: lazy("Question of urgency"),
}
FUNCTIONS = {
    MandateFunction.CHAIR: lazy("Chair"),
    MandateFunction.DEPUTY: lazy("Deputy"),
    MandateFunction.MEMBER: lazy("Member"),
}
SESSIONS = {
    SessionKind.PLENARY: lazy("Council"),
    SessionKind.COMMITTEE: lazy("Committee"),
    SessionKind.BUREAU: lazy("Bureau"),
}
REPLIES = {
    Reply.PRESENT: lazy("Present"),
    Reply.REMOTE: lazy("Present by video"),
    Reply.ABSENT: lazy("Absent"),
}

DONE = {
    "named": lazy("The body is named. Now seat its members."),
    "seated": lazy("The member is seated."),
    "imported": lazy("The members of the file are seated."),
    "clause": lazy("The clause is recorded. The body may now be called by video, where the law allows it."),
    "authority": lazy("It is recorded. Deliberations can now be given as open data."),
    "ended": lazy("The seat ends on that day."),
    "planned": lazy("The sitting is planned. Nobody has been told yet."),
    "saved": lazy("Your changes are saved."),
    "added": lazy("It is on the agenda."),
    "removed": lazy("It is off the agenda."),
    "document": lazy("The document is added."),
    "document_removed": lazy("The document is removed."),
    "convened": lazy("The convocation is on its way to every member."),
    "cancelled": lazy("The sitting is cancelled."),
    "paper": lazy("The delivery on paper is noted."),
    "reply": lazy("The reply is noted."),
    "proxy": lazy("The proxy is noted."),
    "revoked": lazy("The proxy is revoked."),
    "acknowledged": lazy("Thank you: the clerk sees that you have received it."),
}


@dataclass(frozen=True)
class Edge:
    """The parts of a portal that these pages need."""

    portal: Portal
    library: SetLibrary
    store: DocumentStore
    convening: Convening

    @property
    def town(self) -> str:
        """The portal's name on the network, as journals carry it."""
        return self.portal.settings.host

    def now(self) -> datetime:
        """The present instant."""
        return self.portal.clock()

    async def show(
        self,
        template: str,
        *,
        error: DomainError | None = None,
        values: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> Response:
        """A page; with an error, the page again with what was typed and what is wrong with it."""
        said = DONE.get(request.args.get("done", "")) if error is None else None
        errors = {name: _(text) for name, text in error.fields.items()} if error else {}
        return await render(
            f"sittings/{template}",
            error.status if error else 200,
            errors=errors,
            problem=error.words() if error and not errors else None,
            values=values or {},
            flashes=[("good", _(said))] if said else [],
            state_words=STATES,
            mode_words=MODES,
            kind_words=KINDS,
            function_words=FUNCTIONS,
            session_words=SESSIONS,
            reply_words=REPLIES,
            set_words={each.id: each.title.get(current_locale()) for each in self.library.sets},
            say=say,
            **context,
        )


def say(text: Text) -> str:
    """A sentence of the rules in the language of the moment."""
    return text.get(current_locale())
