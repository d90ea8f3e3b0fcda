"""What the portal finds around it: Redis, mail, its own running processes, the clock, the disk."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from portal.clock import utc_now
from portal.db import Database
from portal.errors import Unavailable
from portal.findings import Finding, State
from portal.i18n import _, lazy
from portal.mail import by_smtp
from portal.settings import Settings

PATIENCE_S = 10
LEAST_FREE = 1_000_000_000
"""Bytes."""
SKEW = timedelta(seconds=2)


async def redis(settings: Settings) -> Finding:
    """Redis, which several workers need."""
    name = lazy("Redis")
    if settings.redis_url is None:
        return Finding(name, State.GOOD, lazy("None is set; one web worker needs none."))
    client = Redis.from_url(settings.redis_url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        says, advice = lazy("It does not answer: %(cause)s"), lazy("Does it run, and is PARVIS_REDIS_URL right?")
        return Finding(name, State.FAULT, says, advice, {"cause": type(error).__name__})
    finally:
        await client.aclose()
    return Finding(name, State.GOOD, lazy("It answers."))


async def mail(settings: Settings, mail_to: str | None) -> Finding:
    """The mail server takes our sign-in and, if asked, a mail."""
    name = lazy("mail")
    if settings.smtp_url is None:
        says = lazy("No mail server is set: mails reach nobody.")
        return Finding(name, State.WARNING if settings.demo else State.FAULT, says, lazy("Set PARVIS_SMTP_URL."))
    try:
        async with asyncio.timeout(PATIENCE_S):
            if mail_to is None:
                await _greet(settings.smtp_url)
                return Finding(name, State.GOOD, lazy("The server answers and lets us in."))
            await by_smtp(settings.smtp_url)(_trial(settings.mail_from, mail_to))
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        cause = {"cause": f"{type(error).__name__}: {error}".splitlines()[0][:200]}
        says, advice = lazy("The server refuses or does not answer: %(cause)s"), lazy("Look at PARVIS_SMTP_URL.")
        return Finding(name, State.FAULT, says, advice, cause)
    return Finding(name, State.GOOD, lazy("The server has taken a mail to %(to)s."), values={"to": mail_to})


def _trial(sender: str, to: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = sender, Address(addr_spec=to)
    message["Subject"], message["Date"] = _("A mail from your portal"), formatdate(utc_now().timestamp())
    message["Message-ID"] = make_msgid()
    message.set_content(_("It has arrived: the portal can send mail."))
    return message


async def _greet(url: str) -> None:
    parts = urlsplit(url)
    client = aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        use_tls=parts.scheme == "smtps",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        timeout=PATIENCE_S,
    )
    async with client:
        await client.noop()


async def running(settings: Settings) -> Finding:
    """The running portal says how it and its media worker are."""
    name = lazy("portal and media")
    told = await _asked(settings)
    if told is None:
        says = lazy("The portal does not run, or does not answer on %(listen)s.")
        return Finding(name, State.FAULT, says, lazy("systemctl status parvis"), {"listen": settings.listen})
    away = sorted(part for part, is_well in told.items() if not is_well)
    if away:
        says = lazy("The portal runs, but does not reach: %(parts)s")
        return Finding(name, State.FAULT, says, lazy("Its log says why."), {"parts": ", ".join(away)})
    return Finding(name, State.GOOD, lazy("Portal and media worker answer."))


async def _asked(settings: Settings) -> dict[str, bool] | None:
    """What ``/readyz`` answers; None for no answer."""
    if settings.tls:
        return {} if await _listens(settings) else None
    host, port = _local(settings)
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = await reader.read()
            writer.close()
        found: dict[str, bool] = json.loads(answer.partition(b"\r\n\r\n")[2])["parts"]
    except (OSError, TimeoutError, ValueError, KeyError):
        return None
    return found


async def _listens(settings: Settings) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            _reader, writer = await asyncio.open_connection(*_local(settings))
            writer.close()
    except (OSError, TimeoutError):
        return False
    return True


def _local(settings: Settings) -> tuple[str, int]:
    host, _colon, port = settings.listen.rpartition(":")
    host = host.strip("[]")
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), int(port)  # noqa: S104 - compared, not bound


def media_address(settings: Settings) -> Finding:
    """Where browsers send sound and picture."""
    name = lazy("media port")
    first, last = settings.media_ports[0], settings.media_ports[-1]
    values = {"port": first if first == last else f"{first}–{last}", "addresses": ", ".join(settings.media_addresses)}
    advice = lazy("The firewall must let everybody reach UDP port %(port)s.")
    if not settings.media_addresses:
        says = lazy("Browsers are told this machine's own addresses, UDP port %(port)s.")
        return Finding(name, State.GOOD, says, advice, values)
    if settings.is_secure and all(_is_private(address) for address in settings.media_addresses):
        says = lazy("Only private addresses are told to browsers: %(addresses)s")
        return Finding(name, State.WARNING, says, lazy("Name the public one in PARVIS_MEDIA_ADDRESSES."), values)
    return Finding(name, State.GOOD, lazy("Browsers are told %(addresses)s, UDP port %(port)s."), advice, values)


def _is_private(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return False


async def clock_finding(settings: Settings) -> Finding:
    """The machine's clock: beside the database's, and whether anybody sets it."""
    name, advice = lazy("clock"), lazy("Sign-ins, deadlines and votes go by it: timedatectl set-ntp true")
    skew = await _database_skew(settings)
    if skew is not None and abs(skew) > SKEW:
        says = lazy("It is %(seconds)s seconds away from the database server's.")
        return Finding(name, State.FAULT, says, advice, {"seconds": round(skew.total_seconds(), 1)})
    if await _is_unset():
        return Finding(name, State.WARNING, lazy("Nothing sets it: it is not synchronised."), advice)
    return Finding(name, State.GOOD, lazy("It agrees with those that could be asked."))


async def _database_skew(settings: Settings) -> timedelta | None:
    """How far the database server's clock is ahead; None for SQLite, and where it cannot be asked."""
    database = Database(settings.database_url)
    try:
        if database.is_sqlite:
            return None
        async with database.engine.connect() as connection:
            before = utc_now()
            there = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
            after = utc_now()
    except (SQLAlchemyError, Unavailable, OSError):
        return None
    finally:
        await database.close()
    skew: timedelta = there - (before + (after - before) / 2)
    return skew


async def _is_unset() -> bool:
    """Whether systemd says that nothing synchronises the clock; False where there is nobody to ask."""
    program = shutil.which("timedatectl")
    if program is None:
        return False
    question = (program, "show", "--property=NTPSynchronized", "--value")
    process = await asyncio.create_subprocess_exec(
        *question, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    answer, _none = await process.communicate()
    return answer.strip() == b"no"


def disk(settings: Settings) -> Finding:
    """Room for what is yet to come."""
    name = lazy("disk")
    settings.data.mkdir(parents=True, exist_ok=True)
    usage = shutil.disk_usage(settings.data)
    values = {"free": round(usage.free / 1e9, 1), "data": settings.data}
    if usage.free < LEAST_FREE:
        says = lazy("%(free)s GB are free below %(data)s: soon nothing can be saved.")
        return Finding(name, State.FAULT, says, lazy("Make room, or move PARVIS_DATA to a larger disk."), values)
    return Finding(name, State.GOOD, lazy("%(free)s GB are free."), values=values)
