"""Figures for Prometheus, at ``/metrics``, for whoever has the token.

Each web worker counts for itself. Where there are several, each leaves its figures in a file every few seconds, and the
one that is asked answers for all, each with its number as the label `worker`. No label ever holds a path, a name or an
id of somebody: routes are templates.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from quart import Quart, Response, g, request
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.context import Portal
from portal.errors import NotFound
from portal.events import Stream
from portal.jobs import JobState
from portal.mail import OutgoingMail

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
LEFT_EVERY_S = 5.0
FORGOTTEN_S = 20.0
"""A worker that has left nothing for so long is gone."""
STREAMS = ("board", "town")
"""Those that there is one of; others are somebody's."""

log = structlog.get_logger(__name__)


class Metrics:
    """What this worker counts."""

    def __init__(self, portal: Portal, worker: str, folder: Path) -> None:
        """`worker` is its number, `folder` where the workers leave their figures."""
        self._portal = portal
        self._worker = worker
        self._folder = folder
        self._registry = CollectorRegistry()
        self._requests = Histogram(
            "parvis_http_request_seconds",
            "Time to answer, by route.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self._registry,
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_Collected(self._live))
        self._registry.register(_Collected(self._pool))
        self._task: asyncio.Task[None] | None = None

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer. `route` is the route's template."""
        self._requests.labels(method, route, f"{status // 100}xx").observe(seconds)

    def here(self) -> str:
        """This worker's own figures, each with its number."""
        return generate_latest(_labelled(self._registry.collect(), self._worker)).decode()

    async def everywhere(self) -> str:
        """The figures of every worker of this machine, and what the database says of the whole."""
        texts = [self.here(), *await asyncio.to_thread(self._left_by_others)]
        families = [*_joined(texts), *await self._whole(), *await self._parts()]
        return generate_latest(_Collected(lambda: families)).decode()

    async def start(self) -> None:
        """Begin to leave figures for the worker that is asked."""
        self._task = asyncio.create_task(self._leave(), name="metrics")

    async def stop(self) -> None:
        """End, and leave none behind."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._own_file().unlink(missing_ok=True)

    def _own_file(self) -> Path:
        return self._folder / f"{self._worker}.prom"

    async def _leave(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self._write, self.here())
            except OSError as error:
                log.warning("figures cannot be left", reason=type(error).__name__)
            await asyncio.sleep(LEFT_EVERY_S)

    def _write(self, text: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._own_file().with_suffix(".fresh")
        fresh.write_text(text)
        fresh.replace(self._own_file())

    def _left_by_others(self) -> list[str]:
        found = []
        for path in self._folder.glob("*.prom"):
            with contextlib.suppress(FileNotFoundError):
                if path != self._own_file() and time.time() - path.stat().st_mtime < FORGOTTEN_S:
                    found.append(path.read_text())
        return found

    def _live(self) -> Iterator[Metric]:
        hub = self._portal.hub
        yield GaugeMetricFamily("parvis_live_connections", "Open sockets.", hub.connection_count)
        yield GaugeMetricFamily("parvis_live_relay_up", "Whether other workers are reached.", int(hub.is_joined))
        for name, value in asdict(hub.counters).items():
            yield CounterMetricFamily(f"parvis_live_{name}", "See realtime/counters.py.", value)

    def _pool(self) -> Iterator[Metric]:
        for name, value in self._portal.database.pool_figures().items():
            yield GaugeMetricFamily(f"parvis_database_{name}", "Connections of this worker.", value)

    async def _whole(self) -> list[Metric]:
        try:
            async with self._portal.database.read() as db:
                return [*await _jobs(db), *await _mail(db), *await _heads(db)]
        except Exception:
            # A scrape while the database is away shows the rest, and that it is away.
            log.exception("figures of the whole cannot be read")
            return []

    async def _parts(self) -> list[Metric]:
        found: list[Metric] = []
        for tell in self._portal.figures:
            try:
                found += [metric for metric in await tell() if isinstance(metric, Metric)]
            except Exception:
                log.exception("figures of a part cannot be read")
        return found


async def _jobs(db: AsyncSession) -> list[Metric]:
    due = GaugeMetricFamily("parvis_job_due_seconds", "When it is due, in Unix time.", labels=["job"])
    ended = GaugeMetricFamily("parvis_job_success_seconds", "When it last went well, in Unix time.", labels=["job"])
    failures = GaugeMetricFamily("parvis_job_failures", "Failures in a row.", labels=["job"])
    for state in await db.scalars(select(JobState).order_by(JobState.name)):
        due.add_metric([state.name], state.due_at.timestamp())
        # One that is in hand is counted as failed until it has come to its end.
        failures.add_metric([state.name], state.failures - (state.holder is not None))
        if state.ended_at is not None:
            ended.add_metric([state.name], state.ended_at.timestamp())
    return [due, ended, failures]


async def _mail(db: AsyncSession) -> list[Metric]:
    lost = func.count().filter(OutgoingMail.given_up.is_(True))
    count, given_up = (await db.execute(select(func.count(), lost).select_from(OutgoingMail))).one()
    return [
        GaugeMetricFamily("parvis_mail_waiting", "Mails on their way.", count - given_up),
        GaugeMetricFamily("parvis_mail_given_up", "Mails that could not be delivered, kept a month.", given_up),
    ]


async def _heads(db: AsyncSession) -> list[Metric]:
    heads = GaugeMetricFamily("parvis_stream_head", "Number of the stream's last event.", labels=["stream"])
    for name, head in await db.execute(select(Stream.name, Stream.head).where(Stream.name.in_(STREAMS))):
        heads.add_metric([name], head)
    return [heads]


class _Collected:
    """What a function yields, as prometheus-client wants to be given it."""

    def __init__(self, collect: Callable[[], Iterable[Metric]]) -> None:
        self.collect = collect

    def describe(self) -> Iterable[Metric]:
        return ()


def _labelled(families: Iterable[Metric], worker: str) -> _Collected:
    found = list(families)
    for family in found:
        family.samples = [sample._replace(labels={**sample.labels, "worker": worker}) for sample in family.samples]
    return _Collected(lambda: found)


def _joined(texts: Iterable[str]) -> list[Metric]:
    """Families of several workers, those of one name made one."""
    found: dict[str, Metric] = {}
    for text in texts:
        for family in text_string_to_metric_families(text):
            if family.name in found:
                found[family.name].samples += family.samples
            else:
                found[family.name] = family
    return list(found.values())


def register(app: Quart, portal: Portal, worker: str) -> Metrics:
    """Time every answer, and add ``/metrics``."""
    metrics = Metrics(portal, worker, portal.settings.data / "cache" / "metrics")
    wanted = f"Bearer {portal.settings.metrics_token}".encode()

    @app.before_request
    async def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    async def count(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        begun = g.get("begun")
        if begun is not None:
            metrics.answered(request.method, route, response.status_code, time.perf_counter() - begun)
        return response

    @app.get("/metrics")
    async def show() -> Response:
        """The figures of every worker; to whoever has no token there is no such page."""
        if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), wanted):
            raise NotFound
        return Response(await metrics.everywhere(), content_type=CONTENT_TYPE_PLAIN_0_0_4)

    return metrics
