"""A push to very many does not hold the loop for the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from realtime.frames import Frame
from realtime.hub import Hub
from realtime.limits import Allowance
from realtime.messages import Push
from realtime.peers import Peer
from realtime.sources import Connection
from tests.realtime.town import Log, make_hub, served
from tests.realtime.wire import browser

CROWD = 20_000


@dataclass(frozen=True)
class NewsTold(Push):
    name: ClassVar[str] = "news:told"
    text: str


class Counting:
    """A link whose reader is always quick, and which counts for all of its kind."""

    def __init__(self) -> None:
        self.posted = 0

    def post(self, frame: Frame) -> None:
        self.posted += 1

    def end(self, last: Frame | None = None) -> None:
        """Nothing is open."""


def crowd(hub: Hub, link: Counting) -> None:
    """Put very many connections into the channel ``town``."""
    for number in range(CROWD):
        connection = Connection(f"sid-{number}", principal=None, login=None, locale="fr", client=None)
        peer = Peer(connection, link, Allowance(1, 1, 0), Allowance(1, 1, 0))
        hub._peers.add(peer)
        hub._peers.enter(peer, "town")


async def test_message_is_acknowledged_while_a_large_push_is_under_way() -> None:
    hub = make_hub(Log())
    hub.announces(NewsTold)
    link = Counting()

    async with served(hub) as port, browser(port) as tab:
        crowd(hub, link)
        push = asyncio.create_task(hub.send(NewsTold("The water is drinkable again."), channel="town"))
        answered = asyncio.create_task(tab.ask("connection:check"))
        await asyncio.wait([push, answered], return_when=asyncio.FIRST_COMPLETED)
        posted_when_answered = link.posted
        assert await answered == {"ok": True}
        await push

    assert 0 < posted_when_answered < CROWD
    assert link.posted == CROWD


async def test_two_pushes_to_a_channel_come_in_the_same_order_to_everybody() -> None:
    hub = make_hub(Log())
    hub.announces(NewsTold)

    async with served(hub) as port, browser(port) as first, browser(port) as second:
        crowd(hub, Counting())
        for tab in (first, second):
            assert hub.enter(tab.sid, "town")
        await asyncio.gather(*[hub.send(NewsTold(text), channel="town") for text in ("one", "two")])

        heard = [[(await tab.pushed("news:told"))["text"] for _ in range(2)] for tab in (first, second)]

    assert heard == [["one", "two"]] * 2
