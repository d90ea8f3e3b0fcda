"""What the person who installs Parvis can set: read once from the environment, the only reader of it.

`docs/settings.md` describes each; a test compares the two.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from portal.i18n import LOCALES

PREFIX = "PARVIS_"

MAX_PORT = 65535

DATABASE_NAME = "parvis.db"
"""Of SQLite, in the data directory."""

FROM_SUPERVISOR = frozenset({"LIFELINE_FD", "LISTENER_FD", "COPY"})
"""What the supervisor tells its children beside the settings."""

HYPERCORN = Path(__file__).parent.parent / "hypercorn.toml"

PUSH_SERVICES = "fcm.googleapis.com push.services.mozilla.com notify.windows.com push.apple.com"
"""Those of Chromium, Firefox, Edge and Safari."""


class SettingError(Exception):
    """A setting that cannot be used; the text names it and says what it should be."""


@dataclass(frozen=True)
class Settings:
    """One town's settings. Field `name` is read from ``PARVIS_NAME``."""

    data: Path
    """Directory of everything the portal writes: database, secrets, uploads."""
    database_url: str
    """SQLAlchemy address; SQLite in the data directory unless set."""
    redis_url: str | None
    """``redis://host:6379``, through which several web workers tell each other what happens; one needs none."""
    hypercorn: Path
    """Hypercorn's own configuration; the number of web workers stands in it."""
    public_url: str
    """Address under which people reach the portal, without a path."""
    listen: str
    """Address and port that Hypercorn binds, ``127.0.0.1:8000``."""
    tls: bool
    """Whether the portal serves HTTPS itself, with a certificate that it makes and keeps in the data directory."""
    secret_key: str
    """Signs form tokens; made on the first start and kept in the data directory."""
    locale: str
    """Language for visitors whose browser asks for none that we speak."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    """Reverse proxies whose X-Forwarded headers are believed."""
    sockets_per_address: int
    """Live connections that one address may hold at one web worker."""
    sockets_of_visitors: int
    """Live connections without a sign-in at one web worker."""
    smtp_url: str | None
    """``smtp://user:password@host:587`` (STARTTLS) or ``smtps://…``; without one, mail waits, but for the demo's."""
    mail_from: str
    """Sender of the portal's mail."""
    push_services: tuple[str, ...]
    """Host names of the push services that browsers may name; their subdomains count."""
    map_tiles: str | None
    """Tile address with {z}/{x}/{y}; without one the map draws the town's districts."""
    map_attribution: str
    """Credit that the tile provider asks for."""
    media_control: str
    """Address of the first media worker's control interface, ``127.0.0.1:8470``; the others' ports follow."""
    media_workers: int
    """How many media workers run, each on a core and with a port of its own."""
    media_secret: str
    """Shared with the media workers; made on the first start and kept in the data directory."""
    metrics_token: str
    """Opens ``/metrics``; made on the first start and kept in the data directory."""
    media_port: int
    """The UDP port of the first media worker; the others' follow."""
    media_addresses: tuple[str, ...]
    """Addresses at which browsers reach that port; without any, those of this machine."""
    demo: bool
    """Whether this is the invented demo town, whose sign-ins are printed."""

    @property
    def is_secure(self) -> bool:
        """Whether people reach the portal over HTTPS: cookies are then Secure."""
        return self.public_url.startswith("https://")

    @property
    def media_controls(self) -> tuple[tuple[str, int], ...]:
        """Host and port of every media worker's control interface."""
        host, _, port = self.media_control.rpartition(":")
        return tuple((host.strip("[]"), int(port) + number) for number in range(self.media_workers))

    @property
    def media_ports(self) -> tuple[int, ...]:
        """The UDP port of every media worker."""
        return tuple(self.media_port + number for number in range(self.media_workers))

    @property
    def host(self) -> str:
        """The town's name on the network, without a port: the part after @ in ``name@town``."""
        return urlsplit(self.public_url).hostname or ""


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. Raises `SettingError` with a sentence for the installer."""
    given = _Given(os.environ if environ is None else environ)
    data = Path(given.text("DATA", "data")).absolute()
    listen = given.text("LISTEN", "127.0.0.1:8000")
    settings = Settings(
        data=data,
        database_url=given.text("DATABASE_URL", f"sqlite+aiosqlite:///{data / DATABASE_NAME}"),
        redis_url=given.text("REDIS_URL", "") or None,
        hypercorn=Path(given.text("HYPERCORN", str(HYPERCORN))).absolute(),
        public_url=_origin(given.text("PUBLIC_URL", f"http://localhost:{listen.rpartition(':')[2]}")),
        listen=listen,
        tls=given.flag("TLS"),
        secret_key=given.text("SECRET_KEY", "") or kept_secret(data, "secret_key"),
        locale=_locale(given.text("LOCALE", LOCALES[0])),
        trusted_proxies=_networks(given.text("TRUSTED_PROXIES", "")),
        sockets_per_address=given.number("SOCKETS_PER_ADDRESS", 1_000),
        sockets_of_visitors=given.number("SOCKETS_OF_VISITORS", 8_000),
        smtp_url=given.text("SMTP_URL", "") or None,
        mail_from=given.text("MAIL_FROM", "Parvis <parvis@localhost>"),
        push_services=tuple(given.text("PUSH_SERVICES", PUSH_SERVICES).replace(",", " ").split()),
        map_tiles=given.text("MAP_TILES", "") or None,
        map_attribution=given.text("MAP_ATTRIBUTION", ""),
        media_control=given.text("MEDIA_CONTROL", "127.0.0.1:8470"),
        media_workers=given.number("MEDIA_WORKERS", 1),
        media_secret=given.text("MEDIA_SECRET", "") or kept_secret(data, "media_secret"),
        metrics_token=given.text("METRICS_TOKEN", "") or kept_secret(data, "metrics_token"),
        media_port=given.port("MEDIA_PORT", 8443),
        media_addresses=tuple(given.text("MEDIA_ADDRESSES", "").replace(",", " ").split()),
        demo=given.flag("DEMO"),
    )
    if settings.media_ports[-1] > MAX_PORT:
        raise SettingError(f"{PREFIX}MEDIA_WORKERS asks for UDP ports above {MAX_PORT}.")
    given.refuse_unknown({field.name.upper() for field in fields(Settings)})
    return settings


def kept_secret(data: Path, name: str) -> str:
    """A secret that is made once and kept, readable by its owner only, in the data directory."""
    path = data / name
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            # A link, not a rename: of two processes that start at once, the second keeps the first one's.
            path.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


class _Given:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._values = {key.removeprefix(PREFIX): value for key, value in environ.items() if key.startswith(PREFIX)}

    def text(self, name: str, default: str) -> str:
        return self._values.get(name, default).strip()

    def flag(self, name: str) -> bool:
        value = self.text(name, "0").lower()
        if value not in {"0", "1", "yes", "no", "true", "false", ""}:
            raise SettingError(f"{PREFIX}{name} is yes or no, not “{value}”.")
        return value in {"1", "yes", "true"}

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not 0 < int(value) <= MAX_PORT:
            raise SettingError(f"{PREFIX}{name} is a port number, not “{value}”.")
        return int(value)

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or int(value) == 0:
            raise SettingError(f"{PREFIX}{name} is a whole number above 0, not “{value}”.")
        return int(value)

    def refuse_unknown(self, known: set[str]) -> None:
        for name in sorted(self._values.keys() - known - FROM_SUPERVISOR):
            raise SettingError(f"{PREFIX}{name} is no setting of Parvis; docs/settings.md lists them.")


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path.strip("/") or parts.query:
        raise SettingError(f"{PREFIX}PUBLIC_URL is an address such as https://parvis.example.fr, not “{value}”.")
    return f"{parts.scheme}://{parts.netloc}"


def _locale(value: str) -> str:
    if value not in LOCALES:
        raise SettingError(f"{PREFIX}LOCALE is one of {', '.join(LOCALES)}, not “{value}”.")
    return value


def _networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(item) for item in value.replace(",", " ").split())
    except ValueError as error:
        raise SettingError(f"{PREFIX}TRUSTED_PROXIES holds networks such as 127.0.0.1/32: {error}.") from error
