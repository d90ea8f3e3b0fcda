"""What operators are told of sound and picture, read from the media workers' snapshots. Pure; nobody is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from meetings.sfu import PeerCondition, PeerState, Snapshot

CPU, FORWARDED = "cpu_us", "packets_forwarded"
RUNGS = ("all", "fewer", "smaller", "one", "sound")
"""Steps of the ladder, the best one first; see meetings/sfu/ladder.py."""


@dataclass(frozen=True)
class PersonFigures:
    """One seat at this moment. Bit rates a second, loss as a share; None where nothing is known yet."""

    condition: PeerCondition
    sources: tuple[str, ...]
    layers: tuple[str, ...]
    """Simulcast layers of the camera that it is to send: the smallest, and those that anybody watches."""
    pictures_bps: int
    sent_bps: int
    estimate_bps: int | None
    rtt_ms: int | None
    queue_ms: int
    lost_down: float
    lost_up: float
    shown: str
    """Step of the ladder."""

    @classmethod
    def of(cls, peer: PeerState) -> PersonFigures:
        """Read a seat's state."""
        line = peer.line
        return cls(
            condition=peer.condition,
            sources=tuple(source.value for source in peer.publishing),
            layers=peer.layers.get("camera", ()) if "camera" in {each.value for each in peer.publishing} else (),
            pictures_bps=line.get("pictures_bps", 0),
            sent_bps=line.get("sent_bps", 0),
            estimate_bps=line.get("estimate_bps"),
            rtt_ms=line.get("rtt_ms"),
            queue_ms=line.get("queue_ms", 0),
            lost_down=line.get("lost_down_permille", 0) / 1000,
            lost_up=line.get("lost_up_permille", 0) / 1000,
            shown=peer.shown,
        )


@dataclass(frozen=True)
class RoomFigures:
    """A room at this moment."""

    room_id: str
    worker: int
    people: tuple[PersonFigures, ...]

    @property
    def sent_bps(self) -> int:
        """To everybody."""
        return sum(each.sent_bps for each in self.people)

    @property
    def pictures_bps(self) -> int:
        """Pictures that come from everybody."""
        return sum(each.pictures_bps for each in self.people)

    @property
    def worst_loss(self) -> float:
        """The largest share lost on anybody's line, either way."""
        return max((max(each.lost_down, each.lost_up) for each in self.people), default=0.0)

    @property
    def reduced(self) -> int:
        """People whose line does not take all that they could be shown."""
        return sum(each.shown != RUNGS[0] for each in self.people)


@dataclass(frozen=True)
class WorkerFigures:
    """A media worker: totals since its start, and its rooms."""

    number: int
    counters: Mapping[str, int]
    rooms: tuple[RoomFigures, ...]

    @property
    def people(self) -> list[PersonFigures]:
        """In all rooms."""
        return [person for room in self.rooms for person in room.people]

    @property
    def sent_bps(self) -> int:
        """To everybody in all rooms."""
        return sum(room.sent_bps for room in self.rooms)

    @property
    def us_per_packet(self) -> float | None:
        """CPU time for each packet that was sent on, since the start; None before the first."""
        forwarded = self.counters.get(FORWARDED, 0)
        return self.counters.get(CPU, 0) / forwarded if forwarded else None


def figures_of(snapshots: Mapping[int, Snapshot]) -> list[WorkerFigures]:
    """All workers that answer, by number."""
    return [
        WorkerFigures(
            number,
            snapshot.counters,
            tuple(RoomFigures(room.room, number, tuple(map(PersonFigures.of, room.peers))) for room in snapshot.rooms),
        )
        for number, snapshot in sorted(snapshots.items())
    ]


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


GAUGES: dict[str, tuple[str, Callable[[WorkerFigures], float]]] = {
    "rooms": ("Rooms that somebody sits in.", lambda worker: len(worker.rooms)),
    "people": ("Seats that are taken.", lambda worker: len(worker.people)),
    "people_lost": (
        "Of them, not heard now.",
        lambda worker: sum(each.condition is PeerCondition.LOST for each in worker.people),
    ),
    "layers": (
        "Camera layers that are to be sent: watched, or the smallest.",
        lambda worker: sum(len(each.layers) for each in worker.people),
    ),
    "received_pictures_bps": (
        "Bits a second of pictures that come in.",
        lambda worker: sum(each.pictures_bps for each in worker.people),
    ),
    "sent_bps": ("Bits a second that go out.", lambda worker: worker.sent_bps),
    "lost_down_share": (
        "Lost on the way to people, mean of all.",
        lambda worker: _mean([each.lost_down for each in worker.people]),
    ),
    "lost_up_share": (
        "Lost on the way from people, mean of all.",
        lambda worker: _mean([each.lost_up for each in worker.people]),
    ),
    "estimate_least_bps": (
        "What the weakest line is taken to carry; 0 while nothing is known.",
        lambda worker: min((each.estimate_bps for each in worker.people if each.estimate_bps), default=0),
    ),
}


def metrics_of(workers: list[WorkerFigures]) -> Iterator[Metric]:
    """The same for Prometheus, by worker: a room's name is a way into it, and stands in no label."""

    named = {str(each.number + 1): each for each in workers}
    for name, (says, value) in GAUGES.items():
        family = GaugeMetricFamily(f"parvis_media_{name}", says, labels=["media_worker"])
        for label, worker in named.items():
            family.add_metric([label], value(worker))
        yield family
    shown = GaugeMetricFamily("parvis_media_shown", "People by step of the ladder.", labels=["media_worker", "step"])
    for label, worker in named.items():
        steps = Counter(person.shown for person in worker.people)
        for step in RUNGS:
            shown.add_metric([label, step], steps[step])
    yield shown
    yield from _totals(named)


def _totals(named: Mapping[str, WorkerFigures]) -> Iterator[Metric]:
    cpu = CounterMetricFamily("parvis_media_cpu_seconds", "CPU time, user and system.", labels=["media_worker"])
    events = CounterMetricFamily(
        "parvis_media_events", "See meetings/sfu/limits.py and docs/media.md.", labels=["media_worker", "event"]
    )
    for name, worker in named.items():
        cpu.add_metric([name], worker.counters.get(CPU, 0) / 1e6)
        for event, count in sorted(worker.counters.items()):
            if event != CPU:
                events.add_metric([name, event], count)
    yield cpu
    yield events
