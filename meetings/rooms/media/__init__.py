"""The portal's end of the media plane."""

from meetings.rooms.media.channels import ALL_ROOMS, room_channel, seat_channel
from meetings.rooms.media.desk import MediaDesk, MediaUnavailable

__all__ = ["ALL_ROOMS", "MediaDesk", "MediaUnavailable", "room_channel", "seat_channel"]
