"""Waiting for what a test expects to become true, never for a length of time."""

from __future__ import annotations

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], patience_s: float = 20) -> None:
    """Return as soon as the condition holds; fail if it does not within a time in which it should many times over."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not become true"
        time.sleep(0.02)
