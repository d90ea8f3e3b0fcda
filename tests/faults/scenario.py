"""A town's worst hours, one after the other, and what its people noticed of them.

First processes are killed while somebody posts, then Redis and PostgreSQL are killed and started again, then everybody
loses their line for a while during which much is posted. After each fault everything that was posted must have been
shown to every follower, and what counts as back is the moment when it has.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

from portal.permissions import Role
from tests.faults.clients import TITLE, Follower, Writer
from tests.faults.servers import Server
from tests.faults.town import Town

BACK_PATIENCE_S = 180.0
"""A town that is not back by then is not waited for any longer: what is missing is lost."""

POSTS_OF_ONE = 9
"""Below what one person may post in an hour."""

DURING_OUTAGE = 4
"""Posts that are under way when a server is killed, or begun while it is away."""

DOWN_S = 3.0
"""For how long a server stays down before it is started again."""


@dataclass(frozen=True)
class Plan:
    """How much of it."""

    seed: int
    kills: int
    outages: int
    """Of Redis and of PostgreSQL each."""
    followers: int
    """While processes and servers are killed."""
    sockets: int
    """That are dropped at once."""
    away_s: float
    events: int
    """Posted while they are away."""

    @property
    def posts(self) -> int:
        """How many posts it takes at most."""
        return 2 * self.kills + 2 * self.outages * (DURING_OUTAGE + 1) + self.events + 2


@dataclass
class Outcome:
    """What came of it."""

    lost: int = 0
    """Events that a follower was never shown, and acknowledged posts that are not on the board."""
    doubled: int = 0
    """Events shown twice, and posts that count twice."""
    reloads: int = 0
    """Followers that were told to load the list anew, over all."""
    acknowledged: int = 0
    back_s: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """By kind of fault, the seconds until everything was well again."""

    @property
    def worst_s(self) -> float:
        """The longest of them."""
        return max((seconds for each in self.back_s.values() for seconds in each), default=0.0)


class Scenario:
    """Runs a plan against a town."""

    def __init__(self, town: Town, plan: Plan, say: Callable[[str], None]) -> None:
        self._town = town
        self._plan = plan
        self._chance = random.Random(plan.seed)
        self._say = say
        self._category = town.category()
        self._cookies: list[str] = []
        self._posted: list[str] = []
        """Titles that were acknowledged."""
        self._posted_before = 0
        """How many of them when the pages that are open now were opened."""
        self._numbers = 0
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """All of it."""
        people = await self._town.sign_in(self._plan.posts // POSTS_OF_ONE + 1, Role.RESIDENT)
        self._cookies = [each.cookie for each in people]
        self._say(f"{len(people)} people are signed in")
        followers = await self._gather(self._plan.followers)
        await self._kill_processes(followers)
        await self._kill_servers(followers)
        await self._judge(followers)
        crowd = await self._gather(self._plan.sockets)
        await self._drop(crowd)
        await self._judge(crowd)
        await self._count_posts()
        return self.outcome

    async def _gather(self, count: int) -> list[Follower]:
        """Open pages until all of them follow the board and have seen one post."""
        self._posted_before = len(self._posted)
        followers = [Follower(self._town, self._chance) for _ in range(count)]
        await self._until(lambda: all(each.is_following for each in followers))
        await self._post()
        await self._until(lambda: self._is_complete(followers))
        return followers

    async def _kill_processes(self, followers: list[Follower]) -> None:
        for number in range(1, self._plan.kills + 1):
            child = "media" if self._chance.random() < 0.2 else "web"
            await self._until(partial(self._town.processes, child))
            posting = asyncio.create_task(self._post())
            await asyncio.sleep(self._chance.uniform(0, 0.15))
            self._town.kill(self._chance.choice(self._town.processes(child)))
            seconds = await self._back(followers, posting)
            self.outcome.back_s[f"{child} killed"].append(seconds)
            if number % 20 == 0:
                self._say(f"{number} kills, worst {self.outcome.worst_s:.1f} s")

    async def _kill_servers(self, followers: list[Follower]) -> None:
        for _ in range(self._plan.outages):
            for name, server in (("Redis", self._town.redis), ("PostgreSQL", self._town.postgres)):
                seconds = await self._outage(server, followers)
                self.outcome.back_s[f"{name} restarted"].append(seconds)
                self._say(f"{name} was away, back in {seconds:.1f} s")

    async def _outage(self, server: Server, followers: list[Follower]) -> float:
        posting = [asyncio.create_task(self._post()) for _ in range(DURING_OUTAGE // 2)]
        await asyncio.sleep(self._chance.uniform(0, 0.1))
        await asyncio.to_thread(server.kill)
        posting += [asyncio.create_task(self._post()) for _ in range(DURING_OUTAGE // 2)]
        await asyncio.sleep(DOWN_S)
        await asyncio.to_thread(server.start)
        return await self._back(followers, *posting)

    async def _drop(self, crowd: list[Follower]) -> None:
        plan = self._plan
        began = time.monotonic()
        for follower in crowd:
            follower.drop()
        for number in range(plan.events):
            await self._post()
            due = began + plan.away_s * (number + 1) / plan.events
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        await asyncio.sleep(max(0.0, began + plan.away_s - time.monotonic()))
        self._say(f"{plan.events} posted while {plan.sockets} were away for {time.monotonic() - began:.0f} s")
        for follower in crowd:
            follower.come_back()
        seconds = await self._back(crowd)
        self.outcome.back_s["all lines dropped"].append(seconds)
        self._say(f"everybody back in {seconds:.1f} s")

    async def _back(self, followers: list[Follower], *posting: Awaitable[None]) -> float:
        """Seconds from now until all is well.

        What was being posted is acknowledged, something new can be posted after it, everything was shown to everybody,
        and there is a media worker.
        """
        began = time.monotonic()
        await asyncio.gather(*posting)
        if posting:
            await self._post()
        await self._until(lambda: self._is_complete(followers) and bool(self._town.processes("media")))
        return time.monotonic() - began

    async def _until(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + BACK_PATIENCE_S
        while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - other processes have no events
            await asyncio.sleep(0.05)

    def _is_complete(self, followers: list[Follower]) -> bool:
        expected = len(self._posted) - self._posted_before
        return all(each.is_following and each.shown >= expected for each in followers)

    async def _post(self) -> None:
        number = self._numbers
        self._numbers += 1
        title = f"{TITLE} du jour, la {number}e"
        cookie = self._cookies[number // POSTS_OF_ONE]
        await Writer(self._town, cookie, self._category, self._chance).post(title)
        self._posted.append(title)

    async def _judge(self, followers: list[Follower]) -> None:
        """Count what was lost and doubled for each follower, and close its page."""
        expected = self._posted[self._posted_before :]
        for follower in followers:
            self.outcome.lost += len(follower.missing(expected))
            self.outcome.doubled += follower.doubled()
            self.outcome.reloads += follower.reloads
            await follower.stop()

    async def _count_posts(self) -> None:
        """Everything that was acknowledged stands on the board, once."""
        listed = Counter(await asyncio.to_thread(self._town.titles_listed, TITLE))
        self.outcome.acknowledged = len(self._posted)
        self.outcome.lost += sum(title not in listed for title in self._posted)
        self.outcome.doubled += sum(count - 1 for count in listed.values())
