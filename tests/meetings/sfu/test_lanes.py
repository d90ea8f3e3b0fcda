"""What leaves for one peer at one moment arrives as it was: whole, in order, whether or not the kernel cuts it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from meetings.sfu.lanes import AT_ONCE, Lane, Unsent
from meetings.sfu.limits import Counters, Drop

_SO_NO_CHECK = 11  # a socket without checksums cannot cut, as a network interface that cannot make them
SIZES = [
    pytest.param([1200], id="one"),
    pytest.param([1200] * 5, id="all of one size"),
    pytest.param([1200, 1200, 300], id="the last one shorter"),
    pytest.param([900, 900, 901, 901, 90, 1200, 1200], id="all kinds"),
    pytest.param([1200] * (2 * AT_ONCE + 3), id="more than the kernel takes at once"),
]


@contextmanager
def lane_and_peer() -> Iterator[tuple[Lane, socket.socket, socket.socket, list[Unsent], Counters]]:
    """A lane, its socket, and the peer at its other end."""
    unsent: list[Unsent] = []
    counters = Counters()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer, socket.socket(peer.family, peer.type) as ours:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(10)
        ours.connect(peer.getsockname())
        yield Lane(ours, None, counters, unsent), ours, peer, unsent, counters


def datagrams(sizes: list[int]) -> list[bytearray]:
    """One of each size, no two alike."""
    return [bytearray([number]) * size for number, size in enumerate(sizes)]


@pytest.mark.parametrize("sizes", SIZES)
def test_everything_arrives_as_it_was_and_in_order(sizes: list[int]) -> None:
    with lane_and_peer() as (lane, _, peer, unsent, counters):
        for each in datagrams(sizes):
            lane.put(each)
        for waiting in unsent:
            waiting.flush()
        assert [bytearray(peer.recv(2000)) for _ in sizes] == datagrams(sizes)
        assert not [name for name in counters if name.startswith("drop_")]


def test_a_way_on_which_the_kernel_cannot_cut_gets_one_after_the_other() -> None:
    with lane_and_peer() as (lane, ours, peer, _, counters):
        ours.setsockopt(socket.SOL_SOCKET, _SO_NO_CHECK, 1)
        for _ in range(2):
            for each in datagrams([500] * 3):
                lane.put(each)
            lane.flush()
            assert [bytearray(peer.recv(2000)) for _ in range(3)] == datagrams([500] * 3)
        assert not [name for name in counters if name.startswith("drop_")]


def test_nothing_is_sent_before_the_flush_and_nothing_twice() -> None:
    with lane_and_peer() as (lane, _, peer, unsent, _counters):
        lane.put(bytearray(b"only once"))
        assert unsent == [lane]
        peer.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.recv(2000)
        lane.flush()
        lane.flush()
        assert peer.recv(2000) == b"only once"
        with pytest.raises(BlockingIOError):
            peer.recv(2000)


def test_what_waits_on_a_closed_lane_is_forgotten() -> None:
    with lane_and_peer() as (lane, _, _peer, unsent, counters):
        lane.put(bytearray(b"too late"))
        lane.close()
        for waiting in unsent:
            waiting.flush()
        assert not [name for name in counters if name.startswith("drop_")]


def test_each_datagram_that_nobody_takes_is_counted() -> None:
    with lane_and_peer() as (lane, _, peer, _, counters):
        peer.close()
        lane.send(b"knock")  # the answer to this one says that nobody is there
        for each in datagrams([400] * 4):
            lane.put(each)
        lane.flush()
        assert counters[Drop.UNREACHABLE] == 4
