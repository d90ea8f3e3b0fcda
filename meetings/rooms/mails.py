"""The words of the mail by which a host invites to a room."""

from __future__ import annotations

from dataclasses import dataclass

from portal.i18n import _


@dataclass(frozen=True)
class Words:
    """A mail's subject and body."""

    subject: str
    body: str


@dataclass(frozen=True)
class Invitation:
    """What an invitation tells. words: the host's own, perhaps none."""

    town: str
    host: str
    title: str
    link: str
    words: str = ""


def invitation(told: Invitation) -> Words:
    """In the language of the moment, which is the host's: only they know whom they write to."""
    opening = _("%(host)s invites you to meet by video: %(title)s") % {"host": told.host, "title": told.title}
    paragraphs = (
        _("Good day,"),
        opening,
        told.words,
        _("Open this link in a browser, on a computer or a telephone; there is nothing to install:"),
        told.link,
        _(
            "Your browser asks whether it may use your camera and microphone; you can also join without. "
            "If you have no account here, you give your name and agree to be seen and heard by the others; "
            "then %(host)s lets you in. Nothing is recorded."
        )
        % {"host": told.host},
        _("Your address was used for this message only and is not kept."),
        "-- \n" + _("The portal of %(town)s") % {"town": told.town} + "\n",
    )
    subject = _("Invitation: %(title)s – %(town)s") % {"title": told.title, "town": told.town}
    return Words(subject, "\n\n".join(filter(None, paragraphs)))
