"""Meetings: rooms, sittings, attendance, floor, ballots, minutes, gallery, and the media library below them."""
