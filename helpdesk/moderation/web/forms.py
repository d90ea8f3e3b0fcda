"""What the forms of moderation hold, checked field by field."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from helpdesk.moderation.model import ANSWER_LENGTH, WORDS_LENGTH, Reason
from portal.accounts.model import clean_email, clean_text

Kind = Literal["help_request", "help_offer"]


def _lines(text: str) -> str:
    """Some lines of text, without invisible characters other than line ends. Raises `ValueError`."""
    return "\n".join(clean_text(line) for line in text.splitlines()).strip()


Words = Annotated[str, StringConstraints(max_length=WORDS_LENGTH), AfterValidator(_lines)]
NeededWords = Annotated[str, StringConstraints(min_length=10, max_length=WORDS_LENGTH), AfterValidator(_lines)]


class Form(BaseModel):
    """A form of this slice: nothing but its fields."""

    model_config = ConfigDict(extra="forbid")


class ReportForm(Form):
    """Report something; the last two are for whoever has no account."""

    reason: Reason
    words: Words = ""
    contact: Annotated[str, StringConstraints(max_length=254), AfterValidator(clean_email)] | None = None
    website: Annotated[str, StringConstraints(max_length=500)] = ""
    """Nobody sees this field: who fills it in is a program."""


class AppealForm(Form):
    """Ask a second person."""

    words: NeededWords


class DecisionForm(Form):
    """Decide on a case. Whoever takes something off says why, by a reason and in words."""

    act: Literal["keep", "hide", "suspend"]
    reason: Reason | None = None
    words: Words = ""
    version: int


class WatchedForm(Form):
    """The town's words, one a line."""

    words: Annotated[str, StringConstraints(max_length=20_000)] = ""


class AnswerForm(Form):
    """A public answer in the town's name."""

    text: Annotated[str, StringConstraints(min_length=4, max_length=ANSWER_LENGTH), AfterValidator(_lines)]
    command_id: Annotated[str, StringConstraints(max_length=64)]


class EmptyForm(Form):
    """A button."""
