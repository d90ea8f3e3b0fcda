"""`python -m portal`: start the portal, its processes, and what an administrator does at the keyboard."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from portal import backup, check, demo, logs, restore
from portal.app import create_app
from portal.clock import utc_now
from portal.context import Portal
from portal.db import Database
from portal.errors import DomainError
from portal.events import EventLog
from portal.local_certificate import house_address
from portal.schema import migrate
from portal.serving import (
    AddressInUseError,
    free_local_ports,
    make_ready,
    new_listener,
    run_web,
    workers_of,
)
from portal.settings import PREFIX, SettingError, Settings, load
from portal.supervisor import CANNOT_START, LISTENER_VARIABLE, Child, DataInUseError, is_first_copy, supervise
from portal.town.service.addresses import import_file
from portal.town.web.set_up import set_up_address

DATABASE_PATIENCE_S = 60.0
"""How long a start waits for a database server that starts beside it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is the process's."""
    options = _parser().parse_args(arguments)
    # The data directory holds people's addresses and answers: nobody else on this machine reads it.
    os.umask(0o077)
    try:
        code: int = options.run(options)
    except (SettingError, AddressInUseError, DataInUseError) as error:
        print(f"Parvis cannot start: {error}", file=sys.stderr)
        return CANNOT_START
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="parvis", description="The portal of one town.")
    commands = parser.add_subparsers(required=True, metavar="command")
    serve = commands.add_parser("serve", help="run the portal and its media worker")
    serve.add_argument("--host", help="address to listen on; this machine only unless given")
    serve.add_argument("--port", type=int, help="port to listen on (8000)")
    serve.add_argument("--data", type=Path, help="directory of everything the portal writes (./data)")
    serve.add_argument("--empty", action="store_true", help="no demo: the first visit sets up your own town")
    serve.add_argument(
        "--tls", action="store_true", help="HTTPS with a certificate made here: phones in the house can join"
    )
    serve.set_defaults(run=_serve)
    web = commands.add_parser("web", help="the web process alone; `serve` starts it")
    web.set_defaults(run=_web)
    addresses = commands.add_parser(
        "import-addresses", help="read the town's Base Adresse Nationale extract (CSV, .gz)"
    )
    addresses.add_argument("file", type=Path)
    addresses.set_defaults(run=_import_addresses)
    for command in (backup, restore, check):
        command.add_to(commands)
    return parser


def _serve(options: argparse.Namespace) -> int:
    os.environ.update(_environment(options, os.environ))
    logs.configure()
    settings = load()
    workers = workers_of(settings)
    listener = new_listener(settings)
    descriptor = listener.fileno()

    def prepare() -> None:
        # Only now is the data directory ours, and the ports of a portal that was killed are free again.
        make_ready(settings, listener)
        asyncio.run(_prepare(settings))

    children = (
        *_media_workers(settings),
        Child(
            "web",
            [sys.executable, "-m", "portal", "web"],
            {LISTENER_VARIABLE: str(descriptor)},
            copies=workers,
            fds=(descriptor,),
        ),
    )
    with listener:
        return supervise(children, settings.data, prepare, stopping=listener.close)


def _environment(options: argparse.Namespace, given: Mapping[str, str]) -> dict[str, str]:
    """What the command line says, as settings: the children read them like any other."""
    found: dict[str, str] = {}
    if options.data is not None:
        found["DATA"] = str(options.data.absolute())
    if options.host is not None or options.port is not None or options.tls:
        host = options.host or ("0.0.0.0" if options.tls else "127.0.0.1")  # noqa: S104 - the house is meant to reach it
        found["LISTEN"] = f"{f'[{host}]' if ':' in host else host}:{options.port or 8000}"
    if options.tls:
        found["TLS"] = "1"
        found.setdefault("PUBLIC_URL", f"https://{house_address()}:{options.port or 8000}")
    if f"{PREFIX}MEDIA_CONTROL" not in given:
        found["MEDIA_CONTROL"] = f"127.0.0.1:{free_local_ports(_asked_media_workers(given))}"
    if options.empty or (f"{PREFIX}DATABASE_URL" in given and f"{PREFIX}DEMO" not in given):
        # An invention never goes into a database that somebody chose.
        found["DEMO"] = "0"
    elif f"{PREFIX}DEMO" not in given:
        data = Path(found.get("DATA") or given.get(f"{PREFIX}DATA", "data"))
        found["DEMO"] = "1" if demo.is_demo(data) else "0"
    return {f"{PREFIX}{name}": value for name, value in found.items()}


def _asked_media_workers(given: Mapping[str, str]) -> int:
    """How many are asked for; what is no number is refused when the settings are read."""
    asked = given.get(f"{PREFIX}MEDIA_WORKERS", "1").strip()
    return int(asked) if asked.isdecimal() else 1


def _media_workers(settings: Settings) -> list[Child]:
    """As many media workers as are set, each with ports of its own."""
    return [
        Child(f"media-{number}", [sys.executable, "-m", "meetings.sfu"], _media_environment(settings, number))
        for number in range(1, settings.media_workers + 1)
    ]


def _media_environment(settings: Settings, number: int) -> dict[str, str]:
    """A media worker reads a few of the portal's settings under the same names, and the secret from its file."""
    host, port = settings.media_controls[number - 1]
    return {
        f"{PREFIX}MEDIA_NAME": f"media-{number}",
        f"{PREFIX}MEDIA_CONTROL": f"{f'[{host}]' if ':' in host else host}:{port}",
        f"{PREFIX}MEDIA_PORT": str(settings.media_ports[number - 1]),
        f"{PREFIX}MEDIA_ADDRESSES": " ".join(settings.media_addresses),
        f"{PREFIX}MEDIA_SECRET": settings.media_secret,
    }


async def _prepare(settings: Settings) -> None:
    """Bring the database up to date before any worker starts, and invent the demo town on its first run."""
    settings.data.mkdir(parents=True, exist_ok=True)
    if settings.demo:
        demo.begin_anew(settings)
    database = Database(settings.database_url)
    EventLog(database, utc_now)
    try:
        async with asyncio.timeout(DATABASE_PATIENCE_S):
            await database.wait()
        if settings.demo:
            await demo.invent(database, settings, lambda: print("Getting the demo town ready …", flush=True))
        else:
            await migrate(database)
    except TimeoutError as error:
        raise SettingError(f"the database of {PREFIX}DATABASE_URL does not answer.") from error
    finally:
        await database.close()


def _web(options: argparse.Namespace) -> int:
    del options
    logs.configure()
    settings = load()
    app, portal = create_app(settings)
    run_web(settings, app, announce=lambda: _announce(settings, portal), before_stop=portal.hub.stop)
    return 0


async def _announce(settings: Settings, portal: Portal) -> None:
    """Say where the portal is and, for the demo, who can sign in; for an empty one, where to begin.

    Once, however many workers there are: the first one says it.
    """
    if not is_first_copy():
        return
    print(f"\nParvis is at {settings.public_url}", flush=True)
    if settings.demo:
        print(f"An invented town. Password for everybody: {demo.password(settings)}")
        for sign_in in demo.sign_ins():
            print(f"  {sign_in.email:<36} {sign_in.roles}")
        print("A council waits to be held: its clerk (greffe@…) opens it by “Tenir la séance”,")
        print("and a councillor (conseillere@…) follows and votes, on a phone for example.")
    elif await portal.town_view() is None:
        print(f"Name your town and its first administrator at\n  {set_up_address(settings)}")
    print("Ctrl-C stops it.\n", flush=True)


def _import_addresses(options: argparse.Namespace) -> int:
    logs.configure()
    settings = load()

    async def run() -> int:
        database = Database(settings.database_url)
        EventLog(database, utc_now)
        try:
            return await import_file(database, options.file)
        finally:
            await database.close()

    try:
        print(f"{asyncio.run(run())} addresses imported.")
    except DomainError as error:
        print(error.words(), *error.fields.values(), sep="\n", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{options.file}: {error.strerror}", file=sys.stderr)
        return 1
    return 0
