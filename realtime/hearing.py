"""What a hub does about each thing that the hubs of other workers tell."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from realtime.catch_up import CatchUp
from realtime.frames import Frame
from realtime.presence_watch import PresenceWatch
from realtime.siblings import News

_log = logging.getLogger("realtime.hearing")


class Hearing:
    """The hub's ear (`realtime.siblings.Listener`)."""

    def __init__(
        self,
        *,
        presence: PresenceWatch,
        catching_up: CatchUp,
        advance: Callable[[str, int], None],
        close: Callable[[str, str, str], None],
        unfollow: Callable[[str, str], None],
        judge_anew: Callable[[str, str], Awaitable[None]],
        send: Callable[[str, str, Frame], Awaitable[bool]],
    ) -> None:
        """Each of the five does here what another hub has done at its own."""
        self._presence = presence
        self._catching_up = catching_up
        self._advance = advance
        self._close = close
        self._unfollow = unfollow
        self._judge_anew = judge_anew
        self._send = send

    async def hear(self, news: News) -> None:
        """Another worker told something."""
        match news:
            case {"do": "advance", "stream": str(stream), "head": int(head)}:
                self._advance(stream, head)
            case {"do": "close", "kind": str(kind), "target": str(target), "code": str(code)}:
                self._close(kind, target, code)
            case {"do": "unfollow", "principal": str(principal_id), "stream": str(stream)}:
                self._unfollow(principal_id, stream)
            case {"do": "judge_anew", "principal": str(principal_id), "stream": str(stream)}:
                await self._judge_anew(principal_id, stream)
            case {"do": "send", "kind": str(kind), "target": str(target), "frame": str(text)}:
                await self._send(kind, target, Frame(text))
            case _ if not self._presence.hear(news):
                _log.warning("another worker tells what this one does not know: %s", news.get("do"))

    async def missed(self, worker: str) -> None:
        """Something that another worker told did not arrive."""
        self._presence.missed(worker)
        self._catching_up.soon()

    async def vanished(self, worker: str, at: float | None) -> None:
        """Another worker ended."""
        self._presence.vanished(worker, at)

    async def restored(self) -> None:
        """The relay carries again."""
        self._catching_up.soon()

    async def beating(self) -> None:
        """This worker is about to tell that it lives."""
        await self._presence.beat()
