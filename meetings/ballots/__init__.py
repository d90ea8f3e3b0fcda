"""Ballots of a sitting: asked for, opened, voted, closed, proclaimed; elections in rounds."""
