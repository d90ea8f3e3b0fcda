"""What a running portal holds: handed to every slice when it registers, and to nobody else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession
from werkzeug.wrappers import Response as WerkzeugResponse

from portal.clock import Clock
from portal.db import Database
from portal.events import EventLog
from portal.jobs import Jobs
from portal.mail import MailRoom
from portal.permissions import Actor
from portal.security import RateLimiter
from portal.settings import Settings
from portal.static_files import StaticFiles
from portal.streams import StreamRegistry
from realtime.hub import Hub

Identify = Callable[[str], Awaitable[Actor | None]]
"""Finds the person behind a sign-in cookie's value."""

TownView = Callable[[], Awaitable[object]]
"""What every page shows of the town: name, colours, arms. None before it is set up."""

NamesOf = Callable[[AsyncSession, Collection[str]], Awaitable[Mapping[str, str]]]
"""The names of people by the ids of their accounts, for pages that say who did something."""

HomeCard = Callable[[Actor | None], Awaitable[str]]
"""Renders what a slice has for this person on the home page, or nothing."""


@dataclass(frozen=True)
class NewAdministrator:
    """The person whom the first visit to an empty portal names."""

    name: str
    email: str
    password: str


@dataclass(frozen=True)
class Badge:
    """A number in the header that concerns the signed-in person, and the stream on which a page follows it."""

    count: int
    stream: str
    head: int


CountBadge = Callable[[AsyncSession, Actor], Awaitable[Badge]]
"""Counts a badge for a signed-in person."""


Welcome = Callable[[WerkzeugResponse], WerkzeugResponse]
"""Gives an answer the cookies of whoever has just founded the town."""

Found = Callable[[AsyncSession, NewAdministrator], Awaitable[Welcome]]
"""What a slice does in the transaction that founds the town."""


@dataclass(frozen=True)
class NavItem:
    """A link in the header: shown to those whom `shown_to` admits."""

    order: int
    label: str
    path: str
    shown_to: Callable[[Actor | None], bool]


@dataclass(frozen=True)
class Portal:
    """The parts that slices share. A slice's `register` takes it, keeps what it needs and adds what it offers."""

    settings: Settings
    database: Database
    log: EventLog
    clock: Clock
    limits: RateLimiter
    mail: MailRoom
    jobs: Jobs
    static: StaticFiles
    streams: StreamRegistry
    hub: Hub
    identify: Identify
    town_view: TownView
    names: NamesOf
    nav: list[NavItem] = field(default_factory=list)
    administration: list[NavItem] = field(default_factory=list)
    """Pages for those who run the town: one menu of the header."""
    account: list[NavItem] = field(default_factory=list)
    """Pages of one's own that slices add to the account, a line each."""
    badges: dict[str, CountBadge] = field(default_factory=dict)
    home: list[tuple[int, HomeCard]] = field(default_factory=list)
    founding: list[Found] = field(default_factory=list)
    """Run in the transaction that founds the town: accounts make the first administrator and sign them in."""
    start: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Run in order when the portal begins to serve."""
    stop: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    """Run in reverse order when it ends."""
    figures: list[Callable[[], Awaitable[Iterable[object]]]] = field(default_factory=list)
    """Each tells, as prometheus-client's metrics, of a part that there is one of however many web workers run."""
    probes: dict[str, Callable[[], bool]] = field(default_factory=dict)
    """By name, whether a part outside this process answers at present; told at ``/readyz``."""
