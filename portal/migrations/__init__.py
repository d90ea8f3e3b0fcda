"""The schema: one linear history for all packages."""
