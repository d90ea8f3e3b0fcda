"""Settings of a media worker, from its arguments and environment. The control secret never comes by argument."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

from .channel import MIN_SECRET

DEFAULT_PORT = 8443
DEFAULT_CONTROL_PORT = 8470


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """How a worker runs.

    bind: local addresses for UDP; 0.0.0.0 and :: stand for every usable one of their kind. public: addresses to
    advertise instead of the bound ones (behind a one-to-one NAT). lifeline_fd: a pipe whose end means that the
    supervisor is gone.
    """

    secret: bytes = field(repr=False)
    name: str = "media"
    bind: tuple[str, ...] = ("0.0.0.0", "::")  # noqa: S104  # media is for the world; every packet is authenticated
    port: int = DEFAULT_PORT
    public: tuple[str, ...] = ()
    control_host: str = "127.0.0.1"
    control_port: int = DEFAULT_CONTROL_PORT
    lifeline_fd: int | None = None
    accepted_rids: tuple[str, ...] = ("l", "m", "h")


def read_settings(arguments: list[str], environment: Mapping[str, str]) -> WorkerSettings:
    """Read settings; an argument wins over its variable. Raises SettingsError; argparse exits on unknown arguments."""
    parser = argparse.ArgumentParser("python -m meetings.sfu", description="A media worker.", allow_abbrev=False)
    variable = environment.get
    parser.add_argument("--name", default=variable("PARVIS_MEDIA_NAME", "media"))
    parser.add_argument("--bind", default=variable("PARVIS_MEDIA_BIND", "0.0.0.0,::"), help="UDP addresses, by commas")
    parser.add_argument("--port", default=variable("PARVIS_MEDIA_PORT", str(DEFAULT_PORT)), help="UDP port")
    parser.add_argument(
        "--public", default=variable("PARVIS_MEDIA_ADDRESSES", ""), help="addresses to advertise instead"
    )
    parser.add_argument(
        "--control", default=variable("PARVIS_MEDIA_CONTROL", f"127.0.0.1:{DEFAULT_CONTROL_PORT}"), help="TCP host:port"
    )
    parser.add_argument("--secret-file", default=variable("PARVIS_MEDIA_SECRET_FILE"))
    read = parser.parse_args(arguments)
    host, port = parse_endpoint(read.control)
    return WorkerSettings(
        secret=_secret(read.secret_file, variable("PARVIS_MEDIA_SECRET")),
        name=read.name,
        bind=_addresses(read.bind, "bind") or ("0.0.0.0", "::"),  # noqa: S104  # as above
        port=_port(read.port),
        public=_addresses(read.public, "public"),
        control_host=host,
        control_port=port,
        lifeline_fd=_lifeline(variable("PARVIS_LIFELINE_FD")),
    )


def parse_endpoint(text: str) -> tuple[str, int]:
    """Read "host:port", with brackets around an IPv6 address. Raises SettingsError."""
    host, separator, port = text.rpartition(":")
    if not separator or not host:
        raise SettingsError(f"control: {text!r} is not host:port")
    return host.strip("[]"), _port(port)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise SettingsError(f"port: {text!r} is not a port")
    return int(text)


def _addresses(text: str, name: str) -> tuple[str, ...]:
    words = ["127.0.0.1" if word == "localhost" else word for word in text.replace(",", " ").split()]
    try:
        return tuple(str(ip_address(word)) for word in words)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from error


def _secret(path: str | None, given: str | None) -> bytes:
    try:
        secret = Path(path).read_bytes().strip() if path else (given or "").encode()
    except OSError as error:
        raise SettingsError(f"secret file: {error}") from error
    if len(secret) < MIN_SECRET:
        raise SettingsError(f"PARVIS_MEDIA_SECRET_FILE or PARVIS_MEDIA_SECRET must hold {MIN_SECRET} bytes or more")
    return secret


def _lifeline(text: str | None) -> int | None:
    if not text:
        return None
    if not text.isdecimal():
        raise SettingsError(f"PARVIS_LIFELINE_FD: {text!r} is not a file descriptor")
    return int(text)
