"""Use cases of trust: blocking."""
