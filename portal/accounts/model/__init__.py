"""What accounts are made of: people and their roles, sign-ins and one-time links, and what a password must be."""

from portal.accounts.model.agreement import Agreement
from portal.accounts.model.login import LINK_LIFE, SHORT_REST, Login, OneTimeLink, Purpose, Via
from portal.accounts.model.naming import RESERVED_HANDLES, clean_email, clean_name, clean_text, handle_from, plain
from portal.accounts.model.password import Weakness, weakness
from portal.accounts.model.person import LONG_STAYING, TOWN_WIDE, Person, RoleHolding, Status
from portal.accounts.model.unused import UnusedNotice

__all__ = [
    "LINK_LIFE",
    "LONG_STAYING",
    "RESERVED_HANDLES",
    "SHORT_REST",
    "TOWN_WIDE",
    "Agreement",
    "Login",
    "OneTimeLink",
    "Person",
    "Purpose",
    "RoleHolding",
    "Status",
    "UnusedNotice",
    "Via",
    "Weakness",
    "clean_email",
    "clean_name",
    "clean_text",
    "handle_from",
    "plain",
    "weakness",
]
