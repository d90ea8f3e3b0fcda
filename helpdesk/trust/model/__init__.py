"""Blocks between people, the ladder of volunteers, and the texts that both sides read. No I/O."""

from helpdesk.trust.model.block import MOST_BLOCKS, Block, BlockedAt, NotToBeBlocked, TooManyBlocked
from helpdesk.trust.model.guidance import SHIPPED, CategoryRung, Guidance, GuidanceKind, GuidanceText, rules_in
from helpdesk.trust.model.ladder import (
    KEPT,
    LASTS,
    RENEWAL,
    SEEDED_RUNGS,
    SHOWN_FOR,
    BelowTheRung,
    Check,
    CheckKind,
    NotVerifiable,
    OwnCheck,
    Rung,
    Shown,
    Withdrawal,
    rung_of,
)

__all__ = [
    "KEPT",
    "LASTS",
    "MOST_BLOCKS",
    "RENEWAL",
    "SEEDED_RUNGS",
    "SHIPPED",
    "SHOWN_FOR",
    "BelowTheRung",
    "Block",
    "BlockedAt",
    "CategoryRung",
    "Check",
    "CheckKind",
    "Guidance",
    "GuidanceKind",
    "GuidanceText",
    "NotToBeBlocked",
    "NotVerifiable",
    "OwnCheck",
    "Rung",
    "Shown",
    "TooManyBlocked",
    "Withdrawal",
    "rules_in",
    "rung_of",
]
