"""The forms of ballots: parsed, carried out, answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from pydantic import Field
from quart import Blueprint

from meetings.ballots.model import Choice, Count, Kind, Method, Post, Purpose, Vote
from meetings.ballots.model.ballot import Means
from meetings.ballots.service.opening import BallotDraft, open_ballot
from meetings.ballots.service.requests import (
    ask_for_members,
    ask_for_own,
    vote_on_secrecy,
    withdraw_for_member,
    withdraw_own,
)
from meetings.ballots.service.results import answer_question, count_ballot, proclaim, void_ballot
from meetings.ballots.service.voting import call_next, cast_vote, close_ballot, enter_vote, reopen_ballot
from meetings.sittings.panels import Screen
from meetings.sittings.service.held import Held
from meetings.sittings.web.conduct import ActForm, Conduct, Form
from portal.pages import Answer

Votes = Annotated[int, Field(ge=0, le=1000)]


class OpenForm(ActForm):
    """What is put to the vote, and how."""

    question: Annotated[str, Field(max_length=500)] = ""
    purpose: Purpose = Purpose.DECISION
    post: Post = Post.OTHER
    how: Method = Method.HANDS
    asked_by: tuple[str, ...] = ()

    @property
    def draft(self) -> BallotDraft:
        """As the service takes it: the method tells the kind."""
        kind = {Method.HANDS: Kind.ORDINARY, Method.PAPER: Kind.SECRET}.get(self.how, Kind.PUBLIC)
        return BallotDraft(
            question=self.question,
            purpose=self.purpose,
            post=self.post,
            kind=kind,
            method=self.how,
            asked_by=self.asked_by,
        )


class BallotForm(ActForm):
    """One ballot."""

    ballot: str


class VoteForm(BallotForm):
    """One voice."""

    voice: str
    choice: Choice


class EnteredForm(VoteForm):
    """A voice that the clerk enters."""

    means: Means = Means.VOICE


class CloseForm(BallotForm):
    """Whether the missing have been shown and may be left out."""

    confirmed: bool = False


class CountForm(CloseForm):
    """A show of hands, or papers."""

    votes_for: Votes = Field(default=0, alias="for")
    against: Votes = 0
    abstain: Votes = 0
    blank: Votes = 0
    void: Votes = 0

    @property
    def count(self) -> Count:
        """As the model holds it."""
        return Count(self.votes_for, self.against, self.abstain, self.blank, self.void)


class ReasonForm(BallotForm):
    """Why."""

    reason: str = ""


class ChoiceForm(BallotForm):
    """What the chair says where the rules ask."""

    choice: str = ""


class AskForm(ActForm):
    """Which ballot is asked for."""

    kind: Kind


class AskedForm(AskForm):
    """Who asks in the hall."""

    members: tuple[str, ...] = ()


class WithdrawnForm(AskForm):
    """Who takes a request back in the hall."""

    member: str


class SecrecyForm(ActForm):
    """The vote on giving up the secrecy of an appointment."""

    post: Post = Post.OTHER
    agree: Votes
    refuse: Votes
    abstain: Votes = 0
    confirmed: bool = False


def said_of(vote: Vote) -> dict[str, str | int]:
    """What a voter's page is told: that it is on disk, and where."""
    return {"voice": vote.voice, "choice": vote.choice.value, "receipt": vote.receipt, "entry": vote.number}


class BallotPages:
    """Every act of a ballot."""

    def __init__(self, conduct: Conduct) -> None:
        """Act through this."""
        self._conduct = conduct

    def add_to(self, pages: Blueprint) -> None:
        """Name the addresses below a sitting's ballots."""
        for path, act in (
            ("ask", self.ask),
            ("asked", self.record_asked),
            ("ask/withdraw", self.withdraw),
            ("asked/withdraw", self.record_withdrawn),
            ("secrecy", self.secrecy),
            ("open", self.open),
            ("vote", self.vote),
            ("enter", self.enter),
            ("next", self.call_next),
            ("close", self.close),
            ("reopen", self.reopen),
            ("count", self.count),
            ("decide", self.decide),
            ("proclaim", self.proclaim),
            ("void", self.void),
        ):
            pages.post(f"/{path}")(act)

    async def ask(self, sitting_id: str) -> Answer:
        """A member asks for a kind of ballot."""
        return await self._on(sitting_id, AskForm, lambda held, form: ask_for_own(held, form.kind), Screen.SEAT)

    async def record_asked(self, sitting_id: str) -> Answer:
        """The clerk records who asks."""
        return await self._on(sitting_id, AskedForm, lambda held, form: ask_for_members(held, form.kind, form.members))

    async def withdraw(self, sitting_id: str) -> Answer:
        """A member takes their request back."""
        return await self._on(sitting_id, AskForm, lambda held, form: withdraw_own(held, form.kind), Screen.SEAT)

    async def record_withdrawn(self, sitting_id: str) -> Answer:
        """The clerk records who does."""
        return await self._on(
            sitting_id, WithdrawnForm, lambda held, form: withdraw_for_member(held, form.kind, form.member)
        )

    async def secrecy(self, sitting_id: str) -> Answer:
        """The vote on giving up secrecy."""
        return await self._on(
            sitting_id,
            SecrecyForm,
            lambda held, form: vote_on_secrecy(
                held, form.post, form.agree, form.refuse, form.abstain, confirmed=form.confirmed
            ),
        )

    async def open(self, sitting_id: str) -> Answer:
        """Put to the vote."""

        async def do(held: Held, form: OpenForm) -> object:
            return {"ballot": (await open_ballot(held, form.draft)).ballot_id}

        return await self._on(sitting_id, OpenForm, do)

    async def vote(self, sitting_id: str) -> Answer:
        """A member's own vote, or that of whose proxy they hold; answered with its receipt."""

        async def do(held: Held, form: VoteForm) -> object:
            return said_of(await cast_vote(held, form.ballot, form.voice, form.choice))

        return await self._on(sitting_id, VoteForm, do, Screen.SEAT)

    async def enter(self, sitting_id: str) -> Answer:
        """A vote said aloud or on the telephone."""

        async def do(held: Held, form: EnteredForm) -> object:
            return said_of(await enter_vote(held, form.ballot, form.voice, form.choice, form.means))

        return await self._on(sitting_id, EnteredForm, do)

    async def call_next(self, sitting_id: str) -> Answer:
        """The next name of a roll call."""
        return await self._on(sitting_id, BallotForm, lambda held, form: call_next(held, form.ballot))

    async def close(self, sitting_id: str) -> Answer:
        """The end of the voting, or a last call."""

        async def do(held: Held, form: CloseForm) -> object:
            return {"closed": await close_ballot(held, form.ballot, confirmed=form.confirmed)}

        return await self._on(sitting_id, CloseForm, do)

    async def reopen(self, sitting_id: str) -> Answer:
        """Voting goes on."""
        return await self._on(sitting_id, ReasonForm, lambda held, form: reopen_ballot(held, form.ballot, form.reason))

    async def count(self, sitting_id: str) -> Answer:
        """Hands or papers."""
        return await self._on(
            sitting_id,
            CountForm,
            lambda held, form: count_ballot(held, form.ballot, form.count, confirmed=form.confirmed),
        )

    async def decide(self, sitting_id: str) -> Answer:
        """The chair's answer where the rules ask."""
        return await self._on(
            sitting_id, ChoiceForm, lambda held, form: answer_question(held, form.ballot, form.choice)
        )

    async def proclaim(self, sitting_id: str) -> Answer:
        """The result, aloud."""
        return await self._on(sitting_id, BallotForm, lambda held, form: proclaim(held, form.ballot))

    async def void(self, sitting_id: str) -> Answer:
        """The ballot counts for nothing."""
        return await self._on(sitting_id, ReasonForm, lambda held, form: void_ballot(held, form.ballot, form.reason))

    async def _on(
        self,
        sitting_id: str,
        model: type[Form],
        do: Callable[[Held, Form], Awaitable[object]],
        screen: Screen = Screen.CLERK,
    ) -> Answer:
        return await self._conduct.act_on(sitting_id, model, do, screen=screen)
