"""Use cases and named queries of matching."""
