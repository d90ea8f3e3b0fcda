"""What the forms of sittings hold, checked field by field."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, field_validator

from meetings.sittings.model import ItemKind, Reply, SessionKind, SittingMode
from meetings.sittings.model.body import NAME_LENGTH
from meetings.sittings.model.sitting import PLACE_LENGTH, TEXT_LENGTH, TITLE_LENGTH
from meetings.sittings.service.agenda import ItemDraft, SittingDraft
from portal.clock import PARIS

Id = Annotated[str, StringConstraints(min_length=1, max_length=26)]


class Form(BaseModel):
    """A form of this slice: nothing but its fields."""

    model_config = ConfigDict(extra="forbid")


class EmptyForm(Form):
    """A form of one button."""


class DocumentForm(Form):
    """Who may read a document once the convocation is sent."""

    is_public: bool = False


class BodyForm(Form):
    """A new body."""

    name: Annotated[str, StringConstraints(max_length=NAME_LENGTH)]
    rule_set: Annotated[str, StringConstraints(max_length=60)]
    session: SessionKind
    seats: int


class ClauseForm(Form):
    """The clause of the internal rules on meeting by video."""

    on: date
    clause: str = ""


class AuthorityForm(Form):
    """Whose body it is."""

    authority: str = ""
    siret: str = ""


class EndForm(Form):
    """The last day of a mandate."""

    until: date


class SittingForm(Form):
    """When, where and how a sitting is held."""

    body: Annotated[str, StringConstraints(max_length=26)] = ""
    on: date
    at: time
    place: Annotated[str, StringConstraints(min_length=3, max_length=PLACE_LENGTH)]
    mode: SittingMode
    is_urgent: bool = False
    second_call_of: date | None = None

    @field_validator("second_call_of", mode="before")
    @classmethod
    def no_second_call(cls, value: object) -> object:
        """An empty field means a first convocation."""
        return value or None

    @property
    def draft(self) -> SittingDraft:
        """What the service takes; the time is that of Paris."""
        return SittingDraft(
            meets_at=datetime.combine(self.on, self.at, PARIS),
            place=self.place,
            mode=self.mode,
            is_urgent=self.is_urgent,
            second_call_of=self.second_call_of,
        )


class ItemForm(Form):
    """An item of the agenda."""

    title: Annotated[str, StringConstraints(min_length=3, max_length=TITLE_LENGTH)]
    kind: ItemKind = ItemKind.DELIBERATION
    subject: Annotated[str, StringConstraints(max_length=60)] = ""
    reporter_id: Annotated[str, StringConstraints(max_length=26)] = ""
    note: Annotated[str, StringConstraints(max_length=TEXT_LENGTH)] = ""
    draft: Annotated[str, StringConstraints(max_length=TEXT_LENGTH)] = ""

    @property
    def item(self) -> ItemDraft:
        """What the service takes."""
        given: dict[str, Any] = self.model_dump()
        return ItemDraft.model_validate({**given, "reporter_id": self.reporter_id or None})


class MoveForm(Form):
    """Where an item goes, counted from 1."""

    to: int


class ReplyForm(Form):
    """Whether a member comes."""

    reply: Reply


class ProxyForm(Form):
    """Who votes for whom."""

    giver_id: Id
    holder_id: Id
    illness: bool = False


class OwnProxyForm(Form):
    """Who votes for the member who is asked."""

    holder_id: Id
