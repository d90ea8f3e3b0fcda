"""Checking an exported journal, offline: that it is what was sealed, and that what it proclaims follows from it."""

from meetings.minutes.verification.chain import LARGEST, FaultError, Verified, read, verify
from meetings.minutes.verification.figures import Checked, recompute
from meetings.minutes.verification.standing import Difference

__all__ = ["LARGEST", "Checked", "Difference", "FaultError", "Verified", "read", "recompute", "verify"]
