"""The few system packages that tests need and set-up cannot bring: a browser, a database server, Redis, fonts.

They are installed where that is possible without asking (root, or sudo without a password); elsewhere the line that
installs them is the answer. A test never does without.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
FIREFOX_NAMES = ("firefox-esr", "firefox")


class SystemPackageError(Exception):
    """Something is missing and could not be installed; the text says how to install it."""


@dataclass(frozen=True)
class SystemPackage:
    """A package of Debian's and how to tell that what we need of it is there, wherever it came from."""

    name: str
    purpose: str
    is_present: Callable[[], bool]


def _has_chromium() -> bool:
    return any(map(shutil.which, CHROMIUM_NAMES))


def _has_firefox() -> bool:
    return any(map(shutil.which, FIREFOX_NAMES))


def _has_postgresql() -> bool:
    return bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb")))


def _has_redis() -> bool:
    return bool(shutil.which("redis-server"))


def _has_iproute2() -> bool:
    return bool(shutil.which("ip") and shutil.which("tc"))


def _has_nftables() -> bool:
    return bool(shutil.which("nft"))


def _has_janus() -> bool:
    return bool(shutil.which("janus"))


def _has_fonts() -> bool:
    return any(Path("/usr/share/fonts").rglob("*.[to]tf"))


POSTGRESQL = SystemPackage("postgresql", "the database tests run on it too", _has_postgresql)
REDIS = SystemPackage("redis-server", "tests of several web workers join them with it", _has_redis)
CHROMIUM = SystemPackage("chromium", "the browser tests drive it", _has_chromium)
FIREFOX = SystemPackage("firefox-esr", "a browser test meets people who use it", _has_firefox)
FONTS = SystemPackage("fonts-dejavu-core", "pages fall back to a system font for rare signs", _has_fonts)

IPROUTE2 = SystemPackage("iproute2", "the line bench makes bad lines with it", _has_iproute2)
JANUS = SystemPackage("janus", "the media bench compares with it", _has_janus)
NFTABLES = SystemPackage("nftables", "the line bench loses datagrams with it", _has_nftables)


def provide(packages: Iterable[SystemPackage]) -> None:
    """Install what is missing. Raises `SystemPackageError`."""
    missing = [package for package in packages if not package.is_present()]
    if not missing:
        return
    for package in missing:
        print(f"Missing: {package.name} ({package.purpose}).", flush=True)
    names = [package.name for package in missing]
    line = f"sudo apt-get install {' '.join(names)}"
    prefix = _as_root()
    if prefix is None or not shutil.which("apt-get"):
        raise SystemPackageError(f"Tests cannot do without. On Debian and Ubuntu, this installs it:\n\n    {line}\n")

    print(f"Installing with apt-get: {' '.join(names)}", flush=True)

    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *names]):
        command = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", *arguments]
        if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode != 0:
            raise SystemPackageError(f"apt-get failed. This line must succeed first:\n\n    {line}\n")
    still_missing = [package.name for package in missing if not package.is_present()]
    if still_missing:
        raise SystemPackageError(f"Installed, but still not found: {' '.join(still_missing)}")


def _as_root() -> list[str] | None:
    """What to put before a command so that it runs as root; None where that would ask for a password."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None
