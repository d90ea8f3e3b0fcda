"""Sockets, channels, acknowledgements, replay and presence. A library: knows no feature, no page, no table.

`realtime.hub.Hub` is the public face; `docs/live-protocol.md` says what travels on the wire.
"""
