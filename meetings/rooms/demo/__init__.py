"""The demo's company: colleagues who are invented, and whom a newcomer alone in the demo room sees and hears.

`company` belongs to the portal's process: it seats them and starts theirs, ``python -m meetings.rooms.demo``. Only that
process draws, speaks and encodes; the media worker forwards what it sends like anybody's.
"""
