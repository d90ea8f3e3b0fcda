"""One's own list of blocked people."""

from __future__ import annotations

from quart import Blueprint, redirect, request

from helpdesk.trust.model import BlockedAt
from helpdesk.trust.service.blocking import Blocked, Blocking, blocked_by
from helpdesk.trust.web.forms import CommandForm
from portal.context import Portal
from portal.errors import NotSignedIn
from portal.i18n import _, lazy
from portal.pages import Answer, actor, parse_form, render
from portal.permissions import Actor

_DONE = {
    "blocked": lazy("Blocked. The other person is not told."),
    "taken-back": lazy("Taken back: you see each other again."),
}
_NAMELESS = {
    BlockedAt.HELP_REQUEST: lazy("Who asked: %(title)s"),
    BlockedAt.HELP_OFFER: lazy("Who offered: %(title)s"),
    BlockedAt.CONVERSATION: lazy("Who wrote with you about: %(title)s"),
}


class BlockedPages:
    """See the list, take a block back."""

    def __init__(self, portal: Portal, blocking: Blocking) -> None:
        """Through these use cases."""
        self._portal = portal
        self._blocking = blocking

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses."""
        pages.get("/account/blocked")(self.see)
        pages.post("/account/blocked/<block_id>/take-back")(self.take_back)

    async def see(self) -> Answer:
        """Whom I have blocked."""
        who = signed_in()
        async with self._portal.database.read() as db:
            blocked = await blocked_by(db, who)
        done = _DONE.get(request.args.get("done", ""))
        return await render(
            "trust/blocked.html", blocked=blocked, says=_says, flashes=[("good", _(done))] if done else []
        )

    async def take_back(self, block_id: str) -> Answer:
        """See each other again."""
        who, form = signed_in(), await parse_form(CommandForm)
        await self._blocking.unblock(who, block_id, command_id=form.command_id)
        return redirect("/account/blocked?done=taken-back", 303)


def signed_in() -> Actor:
    """The person who asks. Raises `NotSignedIn` for a visitor."""
    who = actor()
    if who is None:
        raise NotSignedIn
    return who


def _says(person: Blocked) -> str:
    if person.name or not person.title:
        return person.name or _("Somebody whom you met here")
    return _(_NAMELESS[person.where]) % {"title": person.title}
