"""Neighbours who help each other: the board, and later the matching, the desk and the figures of needs."""
