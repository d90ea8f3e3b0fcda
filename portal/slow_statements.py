"""Statements that took the database long, in the log: each with the id of its request, never with values."""

from __future__ import annotations

import math
import time
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

SLOW_S = 0.5
SHOWN = 300
"""Characters of the statement."""

log = structlog.get_logger(__name__)


def tell_slow_statements(engine: AsyncEngine) -> None:
    """Log what takes longer than `SLOW_S` on this engine."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute", named=True)
    def begin(context: Any, **_others: object) -> None:
        if context is not None:
            context.parvis_begun = time.perf_counter()

    @event.listens_for(engine.sync_engine, "after_cursor_execute", named=True)
    def end(context: Any, statement: str, **_others: object) -> None:
        took = time.perf_counter() - getattr(context, "parvis_begun", math.inf)
        if took > SLOW_S:
            log.warning("slow statement", took_ms=round(took * 1000), statement=" ".join(statement.split())[:SHOWN])
