"""Three network namespaces: a town's server and two homes, each on a line of its own to the server.

Addresses are of 198.18.0.0/15, which RFC 2544 sets aside for measurements. Everything is undone at the end.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNET = 0x40000000
QUEUE_MS = 300
"""How much a cut line holds back before it drops: what a home router does."""


def run(*command: str, feed: str | None = None) -> None:
    """Run a command of iproute2 or nftables. Raises CalledProcessError."""
    subprocess.run(command, input=feed, text=True, check=True, stdout=subprocess.DEVNULL)


@dataclass(frozen=True)
class Home:
    """One end of a line. `name` is its namespace, `device` its network device, `far_device` the server's end of it."""

    name: str
    device: str
    far_device: str
    address: str
    server_address: str


@dataclass(frozen=True)
class Town:
    """The server's namespace and the homes."""

    server: str
    publisher: Home
    viewer: Home

    @property
    def homes(self) -> tuple[Home, Home]:
        """Both homes."""
        return self.publisher, self.viewer

    def lose(self, percent: float) -> None:
        """Lose that share of all datagrams on every line, in both directions, at the receiving end."""
        share = round(percent * 100)
        for namespace in (self.server, *(home.name for home in self.homes)):
            table = f"""table inet weak {{
                chain lose {{
                    type filter hook input priority 0;
                    iifname != "lo" udp dport 1-65535 numgen random mod 10000 < {share} drop
                }}
            }}"""
            run("ip", "netns", "exec", namespace, "nft", "-f", "-", feed=table)

    def cut(self, side: str, kbit: int) -> None:
        """Let only `kbit` kilobits a second leave the publisher's home, or reach the viewer's."""
        namespace, device = self._way(side)
        shape = ("tbf", "rate", f"{kbit}kbit", "burst", "4kb", "latency", f"{QUEUE_MS}ms")
        run("ip", "netns", "exec", namespace, "tc", "qdisc", "add", "dev", device, "root", *shape)

    def mend(self, side: str) -> None:
        """Take the cut away."""
        namespace, device = self._way(side)
        run("ip", "netns", "exec", namespace, "tc", "qdisc", "del", "dev", device, "root")

    def _way(self, side: str) -> tuple[str, str]:
        if side == "publisher":
            return self.publisher.name, self.publisher.device
        return self.server, self.viewer.far_device


def enter(namespace: str) -> None:
    """Move this process, and those that it starts, into a namespace. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", namespace).open() as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {namespace}")


def _home(number: int, role: str) -> Home:
    tag = f"{os.getpid()}{role[0]}"
    return Home(f"parvis-{tag}", f"pv{tag}a", f"pv{tag}b", f"198.18.{number}.2", f"198.18.{number}.1")


@contextmanager
def a_town() -> Iterator[Town]:
    """Make the namespaces and the lines, and take them away again. Raises CalledProcessError."""
    town = Town(f"parvis-{os.getpid()}s", _home(1, "publisher"), _home(2, "viewer"))
    try:
        for namespace in (town.server, *(home.name for home in town.homes)):
            run("ip", "netns", "add", namespace)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
        for home in town.homes:
            _connect(town.server, home)
        yield town
    finally:
        for namespace in (town.server, *(home.name for home in town.homes)):
            with suppress(subprocess.CalledProcessError):
                run("ip", "netns", "del", namespace)


def _connect(server: str, home: Home) -> None:
    run("ip", "-n", home.name, "link", "add", home.device, "type", "veth", "peer", home.far_device, "netns", server)
    for namespace, device, address in (
        (home.name, home.device, home.address),
        (server, home.far_device, home.server_address),
    ):
        run("ip", "-n", namespace, "address", "add", f"{address}/24", "dev", device)
        run("ip", "-n", namespace, "link", "set", device, "up")
