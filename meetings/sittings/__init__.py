"""A council or committee meeting as an object; so far its journal."""
