"""Use cases and named queries of the board."""
