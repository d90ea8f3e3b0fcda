"""Presence kept up to date by the connections of every worker, and told to whoever listens in this one.

Each worker tells the others what happens to its own lines. One that has missed something, or that was just started,
asks for the whole; until it has that, it declares nobody gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from realtime.messages import Json
from realtime.presence import Change, Line, Missing, Place, Presence, Standing, State
from realtime.siblings import News, Siblings
from realtime.sources import Connection
from realtime.tasks import Tasks

Changed = Callable[[Change], Awaitable[None]]

_UNSURE_S = 1.0
"""Until it is asked again whether the picture is whole."""

_log = logging.getLogger("realtime.presence")


class PresenceWatch:
    """Presence in all channels. Owns the tasks that wait for grace periods to end and that tell listeners."""

    def __init__(
        self,
        *,
        siblings: Siblings,
        clock: Callable[[], datetime],
        grace: timedelta,
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`siblings` are the other workers."""
        self._presence = Presence(clock, grace)
        self._siblings = siblings
        self._clock = clock
        self._tasks = tasks
        self._sleep = sleep
        self._listeners: list[Changed] = []
        self._waiting = False
        self._unknown: set[str] = set()
        """Workers of which something was missed and whose places were not told since."""
        self._untold: deque[Change] = deque()
        self._telling = False
        self._asked = False
        """Somebody wants to know our places: they are told with the next beat, once for all who ask."""

    def on_changed(self, listener: Changed) -> None:
        """Call `listener` when somebody arrives, is lost, or is gone, at whichever worker.

        Every worker calls its listeners: what they do must be right when it is done several times.
        """
        self._listeners.append(listener)

    def present(self, channel: str) -> Mapping[str, Standing]:
        """Everybody here or lost in a channel."""
        return self._presence.present(channel)

    @property
    def is_whole(self) -> bool:
        """Whether the people of every worker are known: not while the relay is away, nor right after a start."""
        return self._siblings.are_known and not self._unknown

    async def whole(self) -> None:
        """Wait until it is."""
        while not self.is_whole:  # noqa: ASYNC110 - it becomes so by time passing, which no event tells
            await asyncio.sleep(_UNSURE_S)

    # What happens to the connections of this process

    async def arrive(self, connection: Connection, channel: str, who: str) -> None:
        """Count a connection as `who` being in a channel, until it departs or ends."""
        at = self._clock()
        change = self._presence.arrive(channel, who, self._line(connection), at)
        await self._siblings.tell(do="arrive", channel=channel, who=who, sid=connection.sid, at=at.timestamp())
        self._tell([change])

    async def depart(self, connection: Connection, channel: str, who: str) -> None:
        """`who` leaves a channel on purpose with this connection."""
        at = self._clock()
        change = self._presence.depart(channel, who, self._line(connection), at)
        await self._siblings.tell(do="depart", channel=channel, who=who, sid=connection.sid, at=at.timestamp())
        self._tell([change])

    async def connection_ended(self, connection: Connection) -> None:
        """The hub's word that a connection is over."""
        line = self._line(connection)
        if not self._presence.holds(line):
            return
        at = self._clock()
        changes = self._presence.lose(line, at)
        await self._siblings.tell(do="lose", sid=connection.sid, at=at.timestamp())
        self._tell(changes)

    # What happens at the other workers

    def hear(self, news: News) -> bool:
        """Take what another worker told; False if it is not about presence."""
        match news:
            case {"do": "arrive" | "depart" as do, "channel": str(channel), "who": str(who), "sid": str(sid)}:
                line, at = Line(str(news["from"]), sid), _instant(news.get("at"))
                happens = self._presence.arrive if do == "arrive" else self._presence.depart
                self._tell([happens(channel, who, line, at)])
            case {"do": "lose", "sid": str(sid)}:
                self._tell(self._presence.lose(Line(str(news["from"]), sid), _instant(news.get("at"))))
            case {"do": "places?", "of": [*workers]}:
                self._asked = self._asked or self._siblings.me in workers
            case {"do": "places", "here": [*here], "lost": [*lost]}:
                self._take_over(str(news["from"]), here, lost)
            case _:
                return False
        return True

    def missed(self, worker: str) -> None:
        """Something that a worker told did not arrive: its places are asked for with the next beat."""
        self._unknown.add(worker)

    def vanished(self, worker: str, at: float | None) -> None:
        """A worker has ended or died: its people are lost since it was last known to live."""
        self._unknown.discard(worker)
        self._tell(self._presence.lose_worker(worker, _instant(at)))

    async def beat(self) -> None:
        """Ask for what is not known, answer who asked."""
        if self._unknown:
            await self._siblings.tell(do="places?", of=sorted(self._unknown))
        if self._asked:
            self._asked = False
            await self._siblings.tell(
                do="places",
                here=[list(place) for place in self._presence.places_of(self._siblings.me)],
                lost=[[each.channel, each.who, each.since.timestamp()] for each in self._presence.lost()],
            )

    def _take_over(self, worker: str, here: Sequence[Json], lost: Sequence[Json]) -> None:
        self._unknown.discard(worker)
        places = [Place(str(channel), str(who), str(sid)) for channel, who, sid in _triples(here)]
        changes: list[Change | None] = [*self._presence.take_over(worker, places)]
        for channel, who, since in _triples(lost):
            if (at := _instant(since)) is not None:
                changes.append(self._presence.note_lost(Missing(str(channel), str(who), at)))
        self._tell(changes)

    # Grace

    async def _expire(self) -> None:
        try:
            while (due := self._presence.next_expiry()) is not None:
                if (seconds := (due - self._clock()).total_seconds()) > 0:
                    await self._sleep(seconds)
                elif not self.is_whole:
                    # Who seems lost may be here by a worker that cannot be heard.
                    await asyncio.sleep(_UNSURE_S)
                else:
                    self._tell(self._presence.expire())
        finally:
            self._waiting = False

    def _tell(self, changes: Sequence[Change | None]) -> None:
        happened = [change for change in changes if change is not None]
        if not self._waiting and any(change.standing.state is State.LOST for change in happened):
            self._waiting = True
            self._tasks.start(self._expire(), "presence")
        self._untold.extend(happened)
        if self._untold and not self._telling:
            self._telling = True
            self._tasks.start(self._tell_listeners(), "presence-listeners")

    async def _tell_listeners(self) -> None:
        # On its own: what a listener waits for must not hold up what other workers tell.
        try:
            while self._untold:
                change = self._untold.popleft()
                for listener in self._listeners:
                    try:
                        await listener(change)
                    except Exception:  # noqa: BLE001 - the edge to the features: one that fails must not stop the others
                        _log.exception("a listener failed on %s being %s", change.who, change.standing.state)
        finally:
            self._telling = False

    def _line(self, connection: Connection) -> Line:
        return Line(self._siblings.me, connection.sid)


def _instant(seconds: Json) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None


def _triples(items: Sequence[Json]) -> list[tuple[Json, Json, Json]]:
    return [(item[0], item[1], item[2]) for item in items if isinstance(item, Sequence) and len(item) == 3]
