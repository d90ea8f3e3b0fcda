"""A room for the demo town: the weekly meeting of its services."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from meetings.rooms.model import RoomKind
from meetings.rooms.service.rooms import open_room
from portal.db import Database
from portal.permissions import Actor, Role


async def add_demo_room(database: Database, people: Mapping[str, str], now: datetime) -> None:
    """Open the staff room in the name of the clerk; `people` are ids by mailbox."""
    host = Actor(people["greffe"], "Sophie Lemoine", frozenset({Role.CLERK}), login_id="demo")
    async with database.write() as db:
        await open_room(db, host, title="Point hebdomadaire des services", kind=RoomKind.STAFF, now=now)
        await open_room(db, host, title="Commission solidarités", kind=RoomKind.COMMITTEE, now=now)
