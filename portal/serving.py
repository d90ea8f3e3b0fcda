"""The web process: Hypercorn around the portal, until the supervisor says stop or is gone.

One or several of them accept on one socket that the supervisor holds: while one is being started again, browsers reach
the others, and where there is no other they wait instead of being refused.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import ssl
import sys
import tomllib
from collections.abc import Awaitable, Callable
from contextlib import ExitStack

import structlog
import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

from portal.clock import utc_now
from portal.local_certificate import house_address, kept_certificate
from portal.security import AsgiApp
from portal.settings import PREFIX, SettingError, Settings
from portal.supervisor import inherited_listener, lifeline_ended

log = structlog.get_logger(__name__)

SWITCH_S = 0.0005
"""How long the loop may go on while a thread of the database has an answer for it: Python's own 5 ms, for each row and
each statement of a busy moment, made a short transaction take half as long again."""

BACKLOG = 2048
"""Connections that wait to be accepted: after a restart everybody comes at once."""

FREE_PORT_TRIES = 50

UNSENT_TIMEOUT_MS = 30_000
"""How long what was sent to a browser may stay unconfirmed."""


Step = Callable[[], Awaitable[None]]
"""Something to be done at a moment of the server's life."""


class AddressInUseError(Exception):
    """Somebody else listens there; the text is for the person at the keyboard."""


def workers_of(settings: Settings) -> int:
    """How many web workers are to run. Raises `SettingError` where what they need is not set."""
    try:
        with settings.hypercorn.open("rb") as file:
            workers = tomllib.load(file).get("workers", 1)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingError(f"{settings.hypercorn} cannot be read: {error}.") from error
    if not isinstance(workers, int) or workers < 1:
        raise SettingError(f"workers in {settings.hypercorn} is a whole number above 0, not “{workers}”.")
    missing = [
        name
        for name, is_set in (
            (f"{PREFIX}DATABASE_URL (postgresql+asyncpg://…)", not settings.database_url.startswith("sqlite")),
            (f"{PREFIX}REDIS_URL (redis://…)", settings.redis_url is not None),
        )
        if not is_set
    ]
    if workers > 1 and missing:
        raise SettingError(
            f"{settings.hypercorn} asks for {workers} workers. Several of them need PostgreSQL and Redis: "
            f"set {' and '.join(missing)}, or write workers = 1."
        )
    return workers


def new_listener(settings: Settings) -> socket.socket:
    """A socket for the portal's address, not bound yet: its descriptor is known before the address is free."""
    host, _ = _address(settings)
    listener = socket.socket(_family(host), socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A browser that vanished while it was being sent to: the kernel gives its connection up after this long.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNSENT_TIMEOUT_MS)
    return listener


def make_ready(settings: Settings, listener: socket.socket) -> None:
    """What is done once before the processes start: the address is taken, the certificate made.

    Raises `AddressInUseError` when the portal's address or its media port is taken.
    """
    _bind(listener, *_address(settings), "--port")
    for port in settings.media_ports:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            _bind(probe, "", port, "PARVIS_MEDIA_PORT")
    if settings.tls:
        kept_certificate(settings.data, house_address(), utc_now())
    listener.listen(BACKLOG)


def _bind(unbound: socket.socket, host: str, port: int, setting: str) -> None:
    try:
        unbound.bind((host, port))
    except OSError as error:
        name = "TCP" if unbound.type is socket.SOCK_STREAM else "UDP"
        if error.errno == errno.EADDRINUSE:
            raise AddressInUseError(
                f"{name} port {port} is in use by another program. Choose another one with {setting}."
            ) from error
        raise AddressInUseError(f"{name} port {port} on “{host}” cannot be used: {error.strerror}.") from error


def free_local_ports(count: int) -> int:
    """The first of so many TCP ports in a row that nobody listens on at present, on this machine only.

    Raises `AddressInUseError`.
    """
    for _ in range(FREE_PORT_TRIES):
        with ExitStack() as stack:
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                for number in range(1, count):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port + number))
            except (OSError, OverflowError):
                continue
            return port
    raise AddressInUseError(f"There are no {count} free TCP ports in a row. Name some with PARVIS_MEDIA_CONTROL.")


def run_web(
    settings: Settings,
    app: AsgiApp,
    announce: Step,
    before_stop: Callable[[], Awaitable[None]],
) -> None:
    """Serve until SIGTERM, or until the supervisor is gone; what is being answered is finished first.

    `announce` is called once the portal answers, `before_stop` when it is to end: open sockets are told to come back
    before the server waits for those who do not go.
    """
    sys.setswitchinterval(SWITCH_S)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, app, announce, before_stop))


async def _serve(
    settings: Settings,
    app: AsgiApp,
    announce: Step,
    before_stop: Callable[[], Awaitable[None]],
) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)

    async def shutdown() -> None:
        waits = [asyncio.create_task(stopping.wait()), asyncio.create_task(lifeline_ended())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        await before_stop()

    config = Config.from_toml(settings.hypercorn)
    config.workers = 1  # of this process: the supervisor counts the others
    config.backlog = BACKLOG
    # Its lines go where ours go, once.
    config.errorlog = logging.getLogger("hypercorn.error")
    # Hypercorn owns the descriptor from here on and closes it.
    config.bind = [f"fd://{_listening(settings).detach()}"]
    if settings.tls:
        certificate, key = await asyncio.to_thread(kept_certificate, settings.data, house_address(), utc_now())
        config.certfile, config.keyfile = str(certificate), str(key)
    ready = asyncio.create_task(_when_ready(settings, announce), name="announce")
    try:
        asgi: ASGIFramework = app
        await serve(asgi, config, shutdown_trigger=shutdown, mode="asgi")
    finally:
        ready.cancel()
    log.info("stopped")


def _listening(settings: Settings) -> socket.socket:
    """The supervisor's socket; one of our own where this process runs alone."""
    inherited = inherited_listener()
    if inherited is not None:
        return socket.socket(fileno=inherited)
    listener = new_listener(settings)
    listener.bind(_address(settings))
    listener.set_inheritable(True)
    return listener


async def _when_ready(settings: Settings, announce: Step) -> None:
    """Hypercorn tells nobody when it serves: ask for the health page, whose answer comes as soon as it does."""
    host, port = _address(settings)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    # Ourselves on loopback: there is no name to check.
    tls = _trusting_itself() if settings.tls else None
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, port, ssl=tls)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = await reader.readline()
            writer.close()
        except OSError:
            answer = b""
        if b" 200 " in answer:
            await announce()
            return
        await asyncio.sleep(0.05)


def _trusting_itself() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _address(settings: Settings) -> tuple[str, int]:
    host, _, port = settings.listen.rpartition(":")
    return host.strip("[]"), int(port)
