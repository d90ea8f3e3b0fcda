"""The words of the mails that accounts send, in the recipient's language.

A mail to an address that nobody has confirmed holds no word that a visitor typed: otherwise anybody could send
anything to anybody in the town's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from portal.i18n import _, show_date, show_instant, show_list


@dataclass(frozen=True)
class Words:
    """A mail's subject and body."""

    subject: str
    body: str


def confirm(*, town: str, link: str) -> Words:
    """To a new address: the link that opens the account."""
    return _mail(
        _("Open your account – %(town)s") % {"town": town},
        _("You asked for an account on the portal of %(town)s. This link opens it:") % {"town": town},
        link,
        _("It works once, until tomorrow. If you did not ask for anything, do nothing: no account is opened."),
        town=town,
    )


def has_account(*, town: str, sign_in: str, reset: str) -> Words:
    """To the address of an account for which somebody registered again."""
    return _mail(
        _("You already have an account – %(town)s") % {"town": town},
        _("Somebody, probably you, asked for an account with this address. You already have one. Sign in here:"),
        sign_in,
        _("If you have forgotten your password, choose a new one here:"),
        reset,
        _("If it was not you, you need do nothing."),
        town=town,
    )


def no_account(*, town: str, register: str) -> Words:
    """To an address without an account, for which somebody asked to sign in."""
    return _mail(
        _("No account with this address – %(town)s") % {"town": town},
        _("Somebody, probably you, asked to sign in with this address, but no account has it."),
        _("Perhaps your account has another address. Or open an account here:"),
        register,
        _("If it was not you, you need do nothing."),
        town=town,
    )


def suspended(*, town: str) -> Words:
    """To the owner of a banned account who tries to come in."""
    return _mail(
        _("Your account is suspended – %(town)s") % {"town": town},
        _("You asked to sign in, but your account is suspended. Please contact the town hall."),
        town=town,
    )


def sign_in(*, town: str, link: str) -> Words:
    """The link that signs in."""
    return _mail(
        _("Your link to sign in – %(town)s") % {"town": town},
        _("This link signs you in. It works once, for twenty minutes:"),
        link,
        _("Never pass it on: nobody at the town hall will ask you for it. If you did not ask for it, do nothing."),
        town=town,
    )


def reset(*, town: str, link: str) -> Words:
    """The link to a new password."""
    return _mail(
        _("Choose a new password – %(town)s") % {"town": town},
        _("This link lets you choose a new password. It works once, for an hour:"),
        link,
        _("If you did not ask for it, do nothing: your password stays as it is."),
        town=town,
    )


def invitation(*, town: str, link: str, roles: Sequence[str]) -> Words:
    """To somebody whom an administrator invites."""
    return _mail(
        _("Your account awaits you – %(town)s") % {"town": town},
        _("The town hall of %(town)s has prepared an account for you, as %(roles)s. This link opens it:")
        % {"town": town, "roles": show_list(roles)},
        link,
        _("It works once, for thirty days."),
        town=town,
    )


def password_changed(*, town: str, at: datetime, reset: str) -> Words:
    """After the password was changed or reset."""
    return _mail(
        _("Your password has been changed – %(town)s") % {"town": town},
        _("Your password was changed on %(when)s. Your other devices have been signed out.")
        % {"when": show_instant(at)},
        _("If it was not you, choose a new one at once:"),
        reset,
        town=town,
    )


def new_email(*, town: str, link: str) -> Words:
    """To a new address: the link that makes it the account's."""
    return _mail(
        _("Confirm your new address – %(town)s") % {"town": town},
        _("You asked that your account use this address from now on. This link confirms it:"),
        link,
        _("It works once, until tomorrow. If you did not ask for anything, do nothing."),
        town=town,
    )


def email_changed(*, town: str, at: datetime) -> Words:
    """To the old address, after the new one was confirmed."""
    return _mail(
        _("Your address has been changed – %(town)s") % {"town": town},
        _("Your account has had another e-mail address since %(when)s. If it was not you, tell the town hall.")
        % {"when": show_instant(at)},
        town=town,
    )


def roles_changed(*, town: str, roles: Sequence[str], account: str) -> Words:
    """After a role was given or taken away."""
    return _mail(
        _("Your roles have changed – %(town)s") % {"town": town},
        _("An administrator has changed what you may do on the portal. Your roles today: %(roles)s.")
        % {"roles": show_list(roles) or _("none")},
        _("You find them in your account:"),
        account,
        town=town,
    )


def banned(*, town: str, at: datetime, reason: str) -> Words:
    """To the owner of an account that was just banned, with the reason that the law asks to be given."""
    return _mail(
        _("Your account is suspended – %(town)s") % {"town": town},
        _("Your account has been suspended since %(day)s for this reason:") % {"day": show_date(at)},
        reason,
        _("You may answer the town hall, or ask that the decision be looked at again."),
        town=town,
    )


def unbanned(*, town: str, sign_in: str) -> Words:
    """To the owner of an account that is open again."""
    return _mail(
        _("Your account is open again – %(town)s") % {"town": town},
        _("Your account is no longer suspended. You can sign in again:"),
        sign_in,
        town=town,
    )


def erased(*, town: str) -> Words:
    """The last mail to an address, after its account was erased."""
    return _mail(
        _("Your account has been erased – %(town)s") % {"town": town},
        _("As you asked, your account is closed and your personal data are erased. This address is no longer kept."),
        _("What the law obliges the town to keep, such as votes and minutes of public sittings, remains."),
        town=town,
    )


def unused(*, town: str, link: str, end: date) -> Words:
    """To the owner of an account that has not been used for long."""
    return _mail(
        _("Do you still use your account? – %(town)s") % {"town": town},
        _("You have not used your account on the portal of %(town)s for a long time. To keep it, sign in once:")
        % {"town": town},
        link,
        _("Otherwise it is closed on %(day)s and your personal data are erased. You need do nothing for that.")
        % {"day": show_date(end)},
        town=town,
    )


def erased_unused(*, town: str) -> Words:
    """The last mail to the owner of an account that was not used for two years."""
    return _mail(
        _("Your account has been erased – %(town)s") % {"town": town},
        _("Your account was not used for two years. It is closed, your personal data are erased, this address too."),
        _("What the law obliges the town to keep, such as votes and minutes of public sittings, remains."),
        _("You can open a new account at any time."),
        town=town,
    )


def _mail(subject: str, *paragraphs: str, town: str) -> Words:
    signed = _("The portal of %(town)s") % {"town": town}
    return Words(subject, "\n\n".join((_("Good day,"), *paragraphs, f"-- \n{signed}\n")))
