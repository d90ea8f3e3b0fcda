"""Identifiers: unguessable, portable between towns, safe in addresses and in HTML ids."""

import re
import secrets

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32, lower case: no letter that is misread over the telephone."""

ID_LENGTH = 22
"""22 characters of 5 bits: 110 bits from the operating system."""

ID_PATTERN = re.compile(rf"[{_ALPHABET}]{{{ID_LENGTH}}}")


def new_id() -> str:
    """A fresh identifier of 110 random bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH))


def new_secret() -> str:
    """A bearer secret of 256 bits, safe in an address: one-time links, sign-in cookies."""
    return secrets.token_urlsafe(32)
