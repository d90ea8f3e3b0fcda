"""What the forms of trust hold, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from helpdesk.trust.model import CheckKind, Shown, Withdrawal
from portal.accounts.model import clean_text
from realtime.messages import CommandId


class Form(BaseModel):
    """A form of this slice: nothing but its fields."""

    model_config = ConfigDict(extra="forbid")


class CommandForm(Form):
    """A button that counts once."""

    command_id: CommandId


class CharterForm(Form):
    """Accept the charter in the version that was read, or take that back."""

    act: Literal["accept", "take-back"]
    rules: int | None = None


class CheckForm(Form):
    """What was seen, and by what."""

    kind: CheckKind
    shown: Shown


class WithdrawForm(Form):
    """Why a confirmation counts no longer, in words to the person."""

    because: Withdrawal
    words: Annotated[str, StringConstraints(min_length=10, max_length=600), AfterValidator(clean_text)]
