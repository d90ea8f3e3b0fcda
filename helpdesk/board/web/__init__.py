"""Pages and HTTP API of the board."""
