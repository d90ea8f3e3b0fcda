"""Ports of this machine that nobody uses."""

from __future__ import annotations

import socket
from contextlib import ExitStack


def find_free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, neither by TCP nor by UDP."""
    while True:
        with (
            socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
        ):
            tcp.bind(("127.0.0.1", 0))
            port: int = tcp.getsockname()[1]
            try:
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def find_free_ports(count: int) -> int:
    """The first of so many ports of this machine in a row on which nobody listens by UDP."""
    while True:
        with ExitStack() as stack:
            first = find_free_port()
            try:
                for number in range(count):
                    probe = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    probe.bind(("", first + number))
            except (OSError, OverflowError):
                continue
            return first
