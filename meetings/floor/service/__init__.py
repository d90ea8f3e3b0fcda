"""Asking for the floor, giving and ending it, and the microphones that follow."""

from meetings.floor.service.debate import ask, end, give, withdraw

__all__ = ["ask", "end", "give", "withdraw"]
