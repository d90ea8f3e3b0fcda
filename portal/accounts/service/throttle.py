"""How often one may try: small for a pair of account and address, large for an address that forty people share.

A browser that has signed in to an account before is known to it (OWASP: device cookies) and has an allowance of its
own. So whoever guesses passwords from many addresses uses up what strangers have, and never locks the owner out of
their own browsers; the link by mail stays open besides.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from portal.ids import new_secret
from portal.security import Rate, RateLimiter, network_of

ADDRESS = Rate(count=150, per_s=300)
"""Passwords tried from one address: a full council chamber signs in at once, twice."""
PAIR = Rate(count=6, per_s=900)
PAIR_DAY = Rate(count=20, per_s=86_400)
STRANGERS = Rate(count=20, per_s=1800)
STRANGERS_DAY = Rate(count=60, per_s=86_400)
"""All unknown browsers together, on one account. Two buckets make the delay grow: first minutes, then half hours."""
KNOWN = Rate(count=12, per_s=900)
MAILS_FROM = Rate(count=90, per_s=3600)
"""Mails that one address may cause: a class that registers together."""
MAILS_TO = Rate(count=5, per_s=3600)

_KNOWN_COOKIE = re.compile(r"[A-Za-z0-9_-]{43}(?:\.[0-9a-f]{32}){1,4}")
_KEPT_ACCOUNTS = 4


@dataclass(frozen=True)
class Visitor:
    """Who tries: the address the request came from, and the cookie that says where this browser signed in before."""

    address: str
    known: str = ""


def spend_sign_in(limits: RateLimiter, visitor: Visitor, email: str, secret_key: str) -> None:
    """Take one try at a password. Raises `TooMany`, alike for accounts that exist and that do not."""
    limits.spend("sign-in.address", network_of(visitor.address), ADDRESS)
    if is_known(visitor.known, email, secret_key):
        limits.spend("sign-in.known", _known_key(visitor, email), KNOWN)
        return
    # The pair first: what one address has used up no longer counts against the account.
    pair = _pair_key(visitor, email)
    limits.spend("sign-in.pair-day", pair, PAIR_DAY)
    limits.spend("sign-in.pair", pair, PAIR)
    limits.spend("sign-in.strangers-day", email, STRANGERS_DAY)
    limits.spend("sign-in.strangers", email, STRANGERS)


def forget_sign_in(limits: RateLimiter, visitor: Visitor, email: str) -> None:
    """After the right password the slips before it do not count."""
    limits.forget("sign-in.pair", _pair_key(visitor, email))
    limits.forget("sign-in.pair-day", _pair_key(visitor, email))
    limits.forget("sign-in.known", _known_key(visitor, email))


def spend_mail(limits: RateLimiter, visitor: Visitor, email: str) -> None:
    """Take one mail that a visitor causes. Raises `TooMany`, alike for accounts that exist and that do not."""
    limits.spend("mail.from", network_of(visitor.address), MAILS_FROM)
    limits.spend("mail.to", email, MAILS_TO)


def is_known(cookie: str, email: str, secret_key: str) -> bool:
    """Whether this browser has signed in to the account before."""
    if not _KNOWN_COOKIE.fullmatch(cookie):
        return False
    browser, *marks = cookie.split(".")
    wanted = _mark(browser, email, secret_key)
    return any(hmac.compare_digest(mark, wanted) for mark in marks)


def known_cookie(cookie: str, email: str, secret_key: str) -> str:
    """The cookie with this account added: the newest four accounts of a household's browser."""
    browser, *marks = cookie.split(".") if _KNOWN_COOKIE.fullmatch(cookie) else (new_secret(),)
    mark = _mark(browser, email, secret_key)
    return ".".join([browser, mark, *(other for other in marks if other != mark)][: _KEPT_ACCOUNTS + 1])


def _mark(browser: str, email: str, secret_key: str) -> str:
    return hmac.new(secret_key.encode(), f"known\0{browser}\0{email}".encode(), hashlib.sha256).hexdigest()[:32]


def _pair_key(visitor: Visitor, email: str) -> str:
    return f"{email} {network_of(visitor.address)}"


def _known_key(visitor: Visitor, email: str) -> str:
    return f"{email} {visitor.known.partition('.')[0]}"
