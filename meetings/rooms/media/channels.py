"""Channels of the live connection through which media's news reaches pages."""

ALL_ROOMS = "media"
"""Channel of every connection that holds a seat, whichever the room."""


def room_channel(room_id: str) -> str:
    """Channel of those who sit in a room."""
    return f"media:{room_id}"


def seat_channel(seat_id: str) -> str:
    """Channel of the one page that holds a seat's media connection."""
    return f"media-seat:{seat_id}"
