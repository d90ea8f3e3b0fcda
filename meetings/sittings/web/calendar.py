"""A sitting as a calendar file (RFC 5545): one event, of which a later version replaces the earlier."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from meetings.sittings.model import Sitting, SittingState

LENGTH = timedelta(hours=3)
"""No law says how long a sitting is; a calendar wants to know."""


def calendar_of(sitting: Sitting, body: str, address: str, *, town: str) -> str:
    """The file. `address` is the sitting's page."""
    is_cancelled = sitting.state is SittingState.CANCELLED
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Parvis//Parvis//FR",
        f"METHOD:{'CANCEL' if is_cancelled else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:{sitting.id}@{town}",
        f"SEQUENCE:{sitting.version}",
        f"DTSTAMP:{_instant(sitting.convened_at or sitting.created_at)}",
        f"DTSTART:{_instant(sitting.meets_at)}",
        f"DTEND:{_instant(sitting.meets_at + LENGTH)}",
        f"SUMMARY:{_text(body)}",
        f"LOCATION:{_text(sitting.place)}",
        f"URL:{address}",
        f"STATUS:{'CANCELLED' if is_cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _text(text: str) -> str:
    """Escaped as 3.3.11 asks."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _folded(line: str) -> str:
    """At most 75 bytes a line, never in the middle of a character (3.1)."""
    parts: list[str] = []
    part = ""
    for char in line:
        if len((part + char).encode()) > (75 if not parts else 74):
            parts.append(part)
            part = ""
        part += char
    return "\r\n ".join([*parts, part])
