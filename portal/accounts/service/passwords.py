"""Keeping and checking passwords: argon2id in threads of its own, so that the loop never waits for one."""

from __future__ import annotations

import asyncio
import hmac
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.errors import Unavailable
from portal.ids import new_secret

T = TypeVar("T")

THREADS = 2
QUEUE = 64
"""Passwords that may wait for a thread; beyond that the portal says that it is busy instead of piling up memory."""


def town_hasher() -> PasswordHasher:
    """RFC 9106's second recommendation, 64 MiB and three passes, in one lane: a check keeps one core for 0.15 s."""
    return PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


class Passwords:
    """Hashes and verifies passwords; owns its threads."""

    def __init__(self, hasher: PasswordHasher, *, threads: int = THREADS, queue: int = QUEUE) -> None:
        """`hasher` holds the cost; a hash made at another cost is renewed when its owner next signs in."""
        self._hasher = hasher
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="password")
        self._queue = queue
        self._waiting = 0
        # In the first of its threads, before any password: a process that starts does not wait for it.
        self._nobodys = self._threads.submit(hasher.hash, new_secret())

    async def hash(self, password: str) -> str:
        """The password as it is stored. Raises `Unavailable` when too many wait."""
        return await self._in_thread(lambda: self._hasher.hash(_canonical(password)))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether the password is the one kept. An account without one takes as long to be refused as any other."""
        return await self._in_thread(lambda: self._matches(kept, _canonical(password)))

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(kept)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(cancel_futures=True)

    def _matches(self, kept: str | None, password: str) -> bool:
        try:
            self._hasher.verify(kept or self._nobodys.result(), password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._queue:
            raise Unavailable
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def demo_password(secret_key: str) -> str:
    """The password of everybody in the demo town: the same on each start of one installation, another on the next.

    So a demo that somebody opens to the network is not open to all who have read this file.
    """
    found = hmac.new(secret_key.encode(), b"demo password", sha256).hexdigest()
    return "-".join((found[:4], found[4:8], found[8:12], found[12:16]))


def _canonical(password: str) -> str:
    """One form for what keyboards write in several (NIST SP 800-63B, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
