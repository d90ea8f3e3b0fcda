"""The web process: Hypercorn around the portal, until the supervisor says stop or is gone."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import structlog
import uvloop
from hypercorn.asyncio import serve
from hypercorn.config import Config
from hypercorn.typing import ASGIFramework

from portal.security import AsgiApp
from portal.settings import Settings
from portal.supervisor import lifeline_ended

log = structlog.get_logger(__name__)

HYPERCORN = Path(__file__).parent.parent / "hypercorn.toml"


class AddressInUseError(Exception):
    """Somebody else listens there; the text is for the person at the keyboard."""


def server_config(settings: Settings) -> Config:
    """Hypercorn's configuration: the file's, on the settings' address."""
    config = Config.from_toml(HYPERCORN)
    config.bind = [settings.listen]
    config.errorlog = None
    return config


def check_free(settings: Settings) -> None:
    """Raise `AddressInUseError` when the portal's address or its media port is taken."""
    host, _, port = settings.listen.rpartition(":")
    _try_bind(host.strip("[]"), int(port), socket.SOCK_STREAM, "--port")
    _try_bind("", settings.media_port, socket.SOCK_DGRAM, "PARVIS_MEDIA_PORT")


def _try_bind(host: str, port: int, kind: socket.SocketKind, setting: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            name = "TCP" if kind is socket.SOCK_STREAM else "UDP"
            if error.errno == errno.EADDRINUSE:
                raise AddressInUseError(
                    f"{name} port {port} is in use by another program. Choose another one with {setting}."
                ) from error
            raise AddressInUseError(f"{name} port {port} on “{host}” cannot be used: {error.strerror}.") from error


def free_local_port() -> int:
    """A TCP port that nobody listens on at present, on this machine only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_web(settings: Settings, app: AsgiApp, announce: Callable[[], None]) -> None:
    """Serve until SIGTERM, or until the supervisor is gone; what is being answered is finished first.

    `announce` is called once the portal answers.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, app, announce))


async def _serve(settings: Settings, app: AsgiApp, announce: Callable[[], None]) -> None:
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

    ready = asyncio.create_task(_when_ready(settings, announce), name="announce")
    try:
        asgi: ASGIFramework = app
        await serve(asgi, server_config(settings), shutdown_trigger=shutdown, mode="asgi")
    finally:
        ready.cancel()
    log.info("stopped")


async def _when_ready(settings: Settings, announce: Callable[[], None]) -> None:
    """Hypercorn tells nobody when it listens: try until it does."""
    host, _, port = settings.listen.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104 - compared, not bound
    while True:
        try:
            _reader, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        announce()
        return
