"""Volunteers: saying what one offers and when; being asked, and declining."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import CivilDate, HelpRequest, Where
from helpdesk.board.service import ground
from helpdesk.board.service.cards import Card
from helpdesk.board.service.neighbourhood import knows_cell
from helpdesk.board.service.reading import cards
from helpdesk.matching.model import SLOTS, SPOKEN, Ask, AskState, Skill, Volunteer, Why
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.permissions import VOLUNTEER
from helpdesk.matching.service.readiness import BEING_ASKED
from helpdesk.matching.service.searches import decline_ask
from helpdesk.trust.model import GuidanceKind
from helpdesk.trust.service.guidance import confirm_read
from portal.accounts.service import agree
from portal.commands import Answer
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.permissions import Actor
from portal.town.grid import Step

Reach = Literal["next_door", "around", "town"]
REACH_STEPS: dict[Reach, Step] = {"next_door": Step.UNDER_300_M, "around": Step.UNDER_1_KM, "town": Step.FURTHER}


class Profile(BaseModel):
    """What somebody who wants to be asked says of themself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_on: bool = False
    away_until: CivilDate | None = None
    categories: Annotated[tuple[str, ...], Field(max_length=40)] = ()
    slots: Annotated[tuple[str, ...], Field(max_length=len(SLOTS))] = ()
    reach: Reach = "around"
    languages: Annotated[tuple[str, ...], Field(max_length=len(SPOKEN))] = ("fr",)
    skills: tuple[Skill, ...] = ()

    @model_validator(mode="after")
    def is_known(self) -> Self:
        """Refuse hours and languages that nobody can have."""
        if not set(self.slots) <= set(SLOTS) or not set(self.languages) <= set(SPOKEN):
            raise ValueError(lazy("Please choose one of the answers offered."))
        return self


@knows_cell
async def cell_of(db: AsyncSession, person_id: str) -> str:
    """The public area that a volunteer gave, on duty or not; empty for everybody else."""
    return await db.scalar(select(Volunteer.cell_id).where(Volunteer.person_id == person_id)) or ""


async def profile_of(db: AsyncSession, person_id: str) -> Volunteer | None:
    """What the person said, or none."""
    return await db.get(Volunteer, person_id)


async def serve(
    matching: Matching,
    actor: Actor,
    profile: Profile,
    *,
    home: Where | None,
    charter: int | None = None,
    command_id: str,
) -> None:
    """Say what one offers and when. `home` is needed the first time; only its public area is kept.

    `charter` is the version that was just accepted, if any. Raises `InvalidInput` naming each wrong field,
    `RulesNotRead` for who wants to be asked and has not accepted the charter.
    """

    async def do(db: AsyncSession, at: datetime) -> Answer:
        known = await ground.categories(db)
        if not set(profile.categories) <= set(known):
            raise InvalidInput(fields={"categories": lazy("Please choose one of the answers offered.")})
        _require_enough(profile)
        volunteer = await db.get(Volunteer, actor.id, with_for_update=True)
        cell_id = volunteer.cell_id if volunteer is not None else ""
        if home is not None:
            cell_id = (await ground.find(db, home)).area.id
        if not cell_id:
            raise InvalidInput(fields={"place": lazy("Please choose an address, or a point on the map.")})
        if matching.is_guarded and profile.is_on:
            await confirm_read(db, actor.id, GuidanceKind.CHARTER, version=charter, at=at)
        if volunteer is None:
            volunteer = Volunteer(person_id=actor.id, is_on=False)
            db.add(volunteer)
        volunteer.cell_id, volunteer.changed_at = cell_id, at
        _note_change(db, volunteer, at, is_on=profile.is_on)
        _take(volunteer, profile)
        return {"is_on": profile.is_on}

    where = matching.board.vault.fingerprint(home.model_dump_json()) if home else ""
    await matching.board.once(actor, VOLUNTEER, command_id, f"serve {profile.model_dump_json()} {where}", do)


async def switch(matching: Matching, actor: Actor, *, is_on: bool, command_id: str) -> None:
    """On duty, or not for now."""

    async def do(db: AsyncSession, at: datetime) -> Answer:
        volunteer = await db.get(Volunteer, actor.id, with_for_update=True)
        if volunteer is None:
            raise NotFound
        if matching.is_guarded and is_on:
            await confirm_read(db, actor.id, GuidanceKind.CHARTER, version=None, at=at)
        _note_change(db, volunteer, at, is_on=is_on)
        volunteer.is_on, volunteer.changed_at = is_on, at
        return {"is_on": is_on}

    await matching.board.once(actor, VOLUNTEER, command_id, f"switch {is_on}", do)


def _note_change(db: AsyncSession, volunteer: Volunteer, at: datetime, *, is_on: bool) -> None:
    """Being asked rests on one's yes: when it was given, and when it was taken back."""
    if volunteer.is_on is not is_on:
        agree(db, volunteer.person_id, BEING_ASKED, at=at, is_given=is_on)


def _require_enough(profile: Profile) -> None:
    missing = {}
    if profile.is_on and not profile.categories:
        missing["categories"] = lazy("Please choose at least one.")
    if profile.is_on and not profile.slots:
        missing["slots"] = lazy("Please choose at least one.")
    if missing:
        raise InvalidInput(fields=missing)


def _take(volunteer: Volunteer, profile: Profile) -> None:
    volunteer.is_on, volunteer.away_until = profile.is_on, profile.away_until
    volunteer.categories, volunteer.slots = list(profile.categories), list(profile.slots)
    volunteer.languages = list(profile.languages)
    volunteer.skills = [skill.value for skill in profile.skills]
    volunteer.reach = REACH_STEPS[profile.reach]


@dataclass(frozen=True)
class AskView:
    """A request that one is asked for, with the reasons."""

    id: str
    card: Card
    why: tuple[Why, ...]
    asked_at: datetime


async def open_asks(db: AsyncSession, person_id: str) -> list[AskView]:
    """What a person is asked and has not answered, the newest first."""
    rows = await db.execute(
        select(Ask, HelpRequest)
        .join(HelpRequest, HelpRequest.id == Ask.request_id)
        .where(Ask.person_id == person_id, Ask.state == AskState.OPEN)
        .order_by(Ask.asked_at.desc(), Ask.id)
        .limit(30)
    )
    found = [(ask, request) for ask, request in rows if request.is_under_way]
    return await _views(db, found)


async def _views(db: AsyncSession, found: Sequence[tuple[Ask, HelpRequest]]) -> list[AskView]:
    shown = await cards(db, [request for _ask, request in found])
    return [
        AskView(ask.id, card, tuple(Why(why) for why in ask.why), ask.asked_at)
        for (ask, _request), card in zip(found, shown, strict=True)
    ]


async def decline(matching: Matching, actor: Actor, ask_id: str, *, command_id: str) -> None:
    """Not this time: the next one is asked. Raises `NotFound` for somebody else's."""

    async def do(db: AsyncSession, at: datetime) -> Answer:
        ask = await db.get(Ask, ask_id, with_for_update=True)
        if ask is None or ask.person_id != actor.id:
            raise NotFound
        request = await db.get_one(HelpRequest, ask.request_id)
        await decline_ask(db, ask, request, at)
        return {"id": ask.id}

    await matching.board.once(actor, VOLUNTEER, command_id, f"decline ask {ask_id}", do)
