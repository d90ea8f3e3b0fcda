"""The forms of elections."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from quart import Blueprint

from meetings.ballots.model import Post
from meetings.ballots.service.appointing import appoint
from meetings.ballots.service.elections import (
    ElectionDraft,
    RoundCount,
    correct_round,
    count_round,
    open_election,
    open_round,
    proclaim_election,
    void_election,
)
from meetings.ballots.web.acts import Votes
from meetings.sittings.panels import Screen
from meetings.sittings.service.held import Held
from meetings.sittings.web.conduct import ActForm, Conduct
from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.pages import Answer


class OpenElectionForm(ActForm):
    """The post, and who stands: one name to a line."""

    title: Annotated[str, Field(max_length=200)] = ""
    post: Post = Post.OTHER
    candidates: Annotated[str, Field(max_length=6000)] = ""

    @property
    def draft(self) -> ElectionDraft:
        """As the service takes it."""
        return ElectionDraft(self.title, self.post, tuple(self.candidates.splitlines()))


class AppointForm(OpenElectionForm):
    """The only candidate, or the only list: one name to a line."""

    post: Post = Post.COMMITTEE
    is_list: bool = False


class ElectionForm(ActForm):
    """One election."""

    election: str


class RoundForm(ElectionForm):
    """What was in the box: each name with its papers, in the same order."""

    name: tuple[str, ...] = ()
    papers: tuple[Votes, ...] = ()
    blank: Votes = 0
    void: Votes = 0
    confirmed: bool = False

    @property
    def count(self) -> RoundCount:
        """As the service takes it. Raises `InvalidInput` for a name without its number."""
        # A line that was left empty is no candidate, and its number was left empty with it.
        if len(self.name) != len(self.papers):
            raise InvalidInput(fields={"papers": lazy("Each name needs its number of papers.")})
        papers = tuple(zip(self.name, self.papers, strict=True))
        return RoundCount(papers, self.blank, self.void, self.confirmed)


class CorrectionForm(RoundForm):
    """What the last count should have said, and why it did not."""

    reason: str = ""


class EldestForm(ElectionForm):
    """Who is the eldest among equals, where that is asked."""

    eldest: str = ""


class VoidForm(ElectionForm):
    """Why it is given up."""

    reason: str = ""


class ElectionPages:
    """Every act of an election."""

    def __init__(self, conduct: Conduct) -> None:
        """Act through this."""
        self._conduct = conduct

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses below a sitting's ballots."""
        pages.post("/election/open")(self.open)
        pages.post("/election/appoint")(self.appoint)
        pages.post("/election/next-round")(self.open_round)
        pages.post("/election/round")(self.count)
        pages.post("/election/correct")(self.correct)
        pages.post("/election/proclaim")(self.proclaim)
        pages.post("/election/void")(self.void)

    async def open(self, sitting_id: str) -> Answer:
        """A post is to be filled."""

        async def do(held: Held, form: OpenElectionForm) -> object:
            return {"election": (await open_election(held, form.draft)).election_id}

        return await self._conduct.act_on(sitting_id, OpenElectionForm, do, screen=Screen.CLERK)

    async def appoint(self, sitting_id: str) -> Answer:
        """Nobody else stands: the appointment is read out."""

        async def do(held: Held, form: AppointForm) -> object:
            return {"election": (await appoint(held, form.draft, is_list=form.is_list)).election_id}

        return await self._conduct.act_on(sitting_id, AppointForm, do, screen=Screen.CLERK)

    async def open_round(self, sitting_id: str) -> Answer:
        """Another round."""

        async def do(held: Held, form: ElectionForm) -> None:
            await open_round(held, form.election)

        return await self._conduct.act_on(sitting_id, ElectionForm, do, screen=Screen.CLERK)

    async def count(self, sitting_id: str) -> Answer:
        """A round's papers."""

        async def do(held: Held, form: RoundForm) -> None:
            await count_round(held, form.election, form.count)

        return await self._conduct.act_on(sitting_id, RoundForm, do, screen=Screen.CLERK)

    async def correct(self, sitting_id: str) -> Answer:
        """The last count, put right."""

        async def do(held: Held, form: CorrectionForm) -> None:
            await correct_round(held, form.election, form.count, form.reason)

        return await self._conduct.act_on(sitting_id, CorrectionForm, do, screen=Screen.CLERK)

    async def proclaim(self, sitting_id: str) -> Answer:
        """Who is elected, aloud."""

        async def do(held: Held, form: EldestForm) -> None:
            await proclaim_election(held, form.election, form.eldest or None)

        return await self._conduct.act_on(sitting_id, EldestForm, do, screen=Screen.CLERK)

    async def void(self, sitting_id: str) -> Answer:
        """The election is given up."""

        async def do(held: Held, form: VoidForm) -> None:
            await void_election(held, form.election, form.reason)

        return await self._conduct.act_on(sitting_id, VoidForm, do, screen=Screen.CLERK)
