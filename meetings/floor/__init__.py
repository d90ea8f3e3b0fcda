"""Debate: one queue, one floor, and the microphone that goes with it."""
