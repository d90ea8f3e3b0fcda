"""A password that somebody chooses: checked against the rules, then hashed."""

from __future__ import annotations

from collections.abc import Iterable

from portal.accounts.model import Weakness, weakness
from portal.accounts.service.accounts import Accounts
from portal.errors import InvalidInput
from portal.i18n import lazy

WEAKNESS_SAID = {
    Weakness.SHORT: lazy("A password has at least twelve characters. Four words one after the other are easy to keep."),
    Weakness.LONG: lazy("A password has at most two hundred characters."),
    Weakness.DIGITS: lazy("A password of digits alone has at least sixteen of them."),
    Weakness.GUESSABLE: lazy(
        "This is among the first that somebody else would try: a common word, your name, the town’s, or a series. "
        "Please choose another."
    ),
}


async def chosen(accounts: Accounts, password: str, *, about: Iterable[str], field: str = "password") -> str:
    """The hash of a new password. Raises `InvalidInput` naming `field` when it is too weak.

    `about` holds the person's name and address; the town's name is added.
    """
    found = weakness(password, about=(*about, await accounts.town_name(), accounts.public_url))
    if found is not None:
        raise InvalidInput(fields={field: WEAKNESS_SAID[found]})
    return await accounts.passwords.hash(password)
