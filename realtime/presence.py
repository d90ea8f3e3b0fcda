"""Who is in a channel: here, connection lost since, or gone. Plain rules: the clock is passed in, nothing is sent.

A person may hold several lines (two tabs, a phone and a tablet) and is here while one of them stands. A line belongs to
a worker, so that the people of a worker that died lose their lines with it and do not stay as ghosts.

Every worker holds the same picture: what happens to a line is told with its instant, and a worker that has missed
something takes over the whole of another one's lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple


class State(StrEnum):
    """How a person stands to a channel."""

    HERE = "here"
    LOST = "lost"
    """Every line broke; they may come back within the grace period."""
    GONE = "gone"


class Line(NamedTuple):
    """One connection, and the worker that holds it."""

    worker: str
    sid: str


class Place(NamedTuple):
    """A line of some worker in a channel."""

    channel: str
    who: str
    sid: str


class Missing(NamedTuple):
    """A person who is lost to a channel."""

    channel: str
    who: str
    since: datetime


@dataclass(frozen=True)
class Standing:
    """A person's state in a channel and the instant since which it holds."""

    state: State
    since: datetime


@dataclass(frozen=True)
class Change:
    """A person's state in a channel became another one."""

    channel: str
    who: str
    standing: Standing


class Presence:
    """The people of every channel."""

    def __init__(self, clock: Callable[[], datetime], grace: timedelta) -> None:
        """`grace`: how long a person whose line broke is still counted as lost rather than gone."""
        self._clock = clock
        self._grace = grace
        self._standings: defaultdict[str, dict[str, Standing]] = defaultdict(dict)
        self._lines: defaultdict[tuple[str, str], set[Line]] = defaultdict(set)
        self._places: defaultdict[Line, set[tuple[str, str]]] = defaultdict(set)

    def present(self, channel: str) -> Mapping[str, Standing]:
        """Everybody here or lost, by their id. Who is gone is not in it."""
        return MappingProxyType(dict(self._standings.get(channel, {})))

    def arrive(self, channel: str, who: str, line: Line, at: datetime | None = None) -> Change | None:
        """A line of a person enters a channel, now or at an instant told. A change unless they were here already."""
        self._lines[channel, who].add(line)
        self._places[line].add((channel, who))
        standing = self._standings[channel].get(who)
        if standing is not None and standing.state is State.HERE:
            return None
        return self._set(channel, who, State.HERE, at)

    def depart(self, channel: str, who: str, line: Line, at: datetime | None = None) -> Change | None:
        """A person leaves a channel on purpose: with their last line they are gone at once, without grace."""
        self._unplace(channel, who, line)
        return self._set(channel, who, State.GONE, at) if self._drop(channel, who, line) else None

    def lose(self, line: Line, at: datetime | None = None) -> list[Change]:
        """A line broke: in each of its channels, who held no other is lost."""
        return [
            self._set(channel, who, State.LOST, at)
            for channel, who in sorted(self._places.pop(line, ()))
            if self._drop(channel, who, line)
        ]

    def lose_worker(self, worker: str, at: datetime | None = None) -> list[Change]:
        """Every line of a worker broke with it."""
        lines = [line for line in self._places if line.worker == worker]
        return [change for line in lines for change in self.lose(line, at)]

    def holds(self, line: Line) -> bool:
        """Whether a line is in any channel."""
        return line in self._places

    def places_of(self, worker: str) -> list[Place]:
        """Where the lines of a worker are: what `take_over` makes elsewhere."""
        return [
            Place(channel, who, line.sid)
            for line, places in self._places.items()
            if line.worker == worker
            for channel, who in places
        ]

    def take_over(self, worker: str, places: Collection[Place], at: datetime | None = None) -> list[Change]:
        """Make the lines of a worker those that it says it has: some may have come, some gone, unheard."""
        told = {(place.channel, place.who, Line(worker, place.sid)) for place in places}
        known = {(place.channel, place.who, Line(worker, place.sid)) for place in self.places_of(worker)}
        # First who came: somebody whose new line was missed with the end of their old one was never away.
        changes = [self.arrive(*place, at) for place in sorted(told - known)]
        for channel, who, line in sorted(known - told):
            self._unplace(channel, who, line)
            if self._drop(channel, who, line):
                changes.append(self._set(channel, who, State.LOST, at))
        return [change for change in changes if change is not None]

    def lost(self) -> list[Missing]:
        """Everybody who is lost at present."""
        return [
            Missing(channel, who, standing.since)
            for channel, people in self._standings.items()
            for who, standing in people.items()
            if standing.state is State.LOST
        ]

    def note_lost(self, missing: Missing) -> Change | None:
        """Another worker knows of somebody who is lost. What is known here already counts more."""
        if missing.who in self._standings.get(missing.channel, {}) or missing.since <= self._clock() - self._grace:
            return None
        return self._set(missing.channel, missing.who, State.LOST, missing.since)

    def expire(self) -> list[Change]:
        """Turn who has been lost for the whole grace period into gone."""
        latest = self._clock() - self._grace
        due = [
            (channel, who)
            for channel, people in self._standings.items()
            for who, standing in people.items()
            if standing.state is State.LOST and standing.since <= latest
        ]
        return [self._set(channel, who, State.GONE) for channel, who in due]

    def next_expiry(self) -> datetime | None:
        """When `expire` next has something to do; None while nobody is lost."""
        lost = [s.since for people in self._standings.values() for s in people.values() if s.state is State.LOST]
        return min(lost) + self._grace if lost else None

    def _unplace(self, channel: str, who: str, line: Line) -> None:
        places = self._places.get(line, set())
        places.discard((channel, who))
        if not places:
            self._places.pop(line, None)

    def _drop(self, channel: str, who: str, line: Line) -> bool:
        """Take a line from a person; whether it was the last one."""
        lines = self._lines.get((channel, who), set())
        if line not in lines:
            return False
        lines.discard(line)
        if not lines:
            del self._lines[channel, who]
        return not lines

    def _set(self, channel: str, who: str, state: State, at: datetime | None = None) -> Change:
        standing = Standing(state, at or self._clock())
        people = self._standings[channel]
        if state is State.GONE:
            people.pop(who, None)
            if not people:
                del self._standings[channel]
        else:
            people[who] = standing
        return Change(channel, who, standing)
