"""Ports of this machine that nobody uses."""

from __future__ import annotations

import random
import socket
from functools import cache
from pathlib import Path

LOWEST = 10_000
HIGHEST = 65_535
SYSTEMS_OWN = Path("/proc/sys/net/ipv4/ip_local_port_range")
SYSTEMS_OWN_ELSEWHERE = (49_152, HIGHEST)  # RFC 6335, section 6: dynamic ports

_given: set[int] = set()


@cache
def candidates() -> tuple[int, ...]:
    """The ports from which one is drawn.

    None is a port that the system gives to whoever asks for any: a browser's socket would take it between the moment
    when it was found free and the start of the server for which it was looked for.
    """
    try:
        first, last = map(int, SYSTEMS_OWN.read_text(encoding="ascii").split())
    except OSError:
        first, last = SYSTEMS_OWN_ELSEWHERE
    every = range(LOWEST, HIGHEST + 1)
    return tuple(port for port in every if not first <= port <= last) or tuple(every)


def _is_free(port: int) -> bool:
    """Whether nobody on this machine listens on a port, neither by TCP nor by UDP."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        try:
            tcp.bind(("127.0.0.1", port))
            udp.bind(("", port))
        except OSError:
            return False
    return True


def find_free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, neither by TCP nor by UDP; another one with each call."""
    return find_free_ports(1)


def find_free_ports(count: int) -> int:
    """The first of so many ports of this machine in a row, as `find_free_port` finds one."""
    while True:
        first = random.choice(candidates())  # others who start beside us draw others
        row = range(first, first + count)
        if _given.isdisjoint(row) and set(row) <= set(candidates()) and all(map(_is_free, row)):
            _given.update(row)
            return first
