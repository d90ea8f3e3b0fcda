"""The clock of a portal whose days a test lets pass: Python imports this at the start of each of its processes."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from portal import clock

_system_now = clock.utc_now
_ahead = Path(os.environ["LATER_BY_SECONDS"])


def later_now() -> datetime:
    """The system's present instant, as many seconds later as the file says."""
    return _system_now() + timedelta(seconds=float(_ahead.read_text()))


clock.utc_now = later_now
