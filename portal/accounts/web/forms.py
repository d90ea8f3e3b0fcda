"""What the forms of accounts hold, checked field by field."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from portal.accounts.model import clean_email, clean_name, clean_text
from portal.permissions import Role

NAME_LENGTH = 80
REASON_LENGTH = 600


def clean_reason(text: str) -> str:
    """Some lines of text, without invisible characters other than line ends. Raises `ValueError`."""
    return "\n".join(clean_text(line) for line in text.splitlines()).strip()


Name = Annotated[str, StringConstraints(min_length=2, max_length=NAME_LENGTH), AfterValidator(clean_name)]
Email = Annotated[str, StringConstraints(max_length=254), AfterValidator(clean_email)]
GivenPassword = Annotated[str, StringConstraints(max_length=1000)]
"""A password as typed; whether a new one will do is the rule's question (`portal.accounts.model.password`)."""
BodyName = Annotated[str, StringConstraints(max_length=120), AfterValidator(clean_text)]
Reason = Annotated[str, StringConstraints(min_length=10, max_length=REASON_LENGTH), AfterValidator(clean_reason)]
Next = Annotated[str, StringConstraints(max_length=500)]
Ticked = Literal["yes"] | None
Locale = Literal["fr", "en"]


class Form(BaseModel):
    """A form of this slice: nothing but its fields."""

    model_config = ConfigDict(extra="forbid")


class RegisterForm(Form):
    """Ask for an account."""

    name: Name
    email: Email


class OpenForm(Form):
    """Open the account; without a password, by links only."""

    name: Name
    password: GivenPassword | None = None


class SignInForm(Form):
    """Sign in by password. The address is not checked: one that is none belongs to nobody."""

    email: Annotated[str, StringConstraints(max_length=254)]
    password: GivenPassword
    shared: Ticked = None
    next: Next = "/"


class EmailForm(Form):
    """Ask for a link by mail."""

    email: Email


class LinkForm(Form):
    """Press the button of a link's page."""

    shared: Ticked = None


class EmptyForm(Form):
    """A button."""


class ResetForm(Form):
    """Choose a new password by way of a link."""

    password: GivenPassword


class DescribeForm(Form):
    """Change name and language."""

    name: Name
    locale: Locale


class PasswordForm(Form):
    """Change the password."""

    current: GivenPassword | None = None
    password: GivenPassword


class NewEmailForm(Form):
    """Ask for another address."""

    current: GivenPassword | None = None
    email: Email


class EraseForm(Form):
    """Erase the account."""

    current: GivenPassword | None = None
    sure: Literal["yes"]


class RoleForm(Form):
    """Give a role."""

    role: Role
    since: date | None = None
    until: date | None = None
    body: BodyName = ""


class InviteForm(Form):
    """Prepare an account."""

    name: Name
    email: Email
    roles: tuple[Role, ...] = ()
    since: date | None = None
    until: date | None = None
    body: BodyName = ""
    locale: Locale = "fr"


class BanForm(Form):
    """Suspend an account."""

    reason: Reason
