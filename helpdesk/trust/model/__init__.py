"""Blocks between people. No I/O."""

from helpdesk.trust.model.block import MOST_BLOCKS, Block, BlockedAt, NotToBeBlocked, TooManyBlocked

__all__ = ["MOST_BLOCKS", "Block", "BlockedAt", "NotToBeBlocked", "TooManyBlocked"]
