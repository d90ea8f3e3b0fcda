"""The floor: what this kernel takes for sending alone. A bare loop of `sendto` to sockets that another process reads.

Run as `python -m tests.bench.media_load.floor SIZE RATE HOST:PORT…`: to each of these addresses, RATE times a second, a
datagram of SIZE bytes, until it is killed.
"""

from __future__ import annotations

import socket
import sys
import time


def main() -> None:
    """Send."""
    data, rate = bytes(int(sys.argv[1])), float(sys.argv[2])
    addresses = [(host, int(port)) for host, _, port in (each.rpartition(":") for each in sys.argv[3:])]
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    send = sender.sendto
    began, sent = time.monotonic(), 0
    while True:
        due = int((time.monotonic() - began) * rate)
        while sent < due:
            for address in addresses:
                send(data, address)
            sent += 1
        time.sleep(max(0.0, began + (sent + 1) / rate - time.monotonic()))


if __name__ == "__main__":
    main()
