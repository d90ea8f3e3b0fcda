"""Media grants: the right to take one seat in one room, once, within a short time, with what may be published there.

A grant is `base64url(JSON claims) "." base64url(HMAC-SHA256)`, made by whoever holds the control secret.
"""

import base64
import binascii
import hmac
import json
import secrets
from dataclasses import asdict, dataclass

from .messages import Permissions

GRANT_LIFETIME_S = 60
MAX_GRANT = 2048


class GrantRefusedError(Exception):
    """A grant that gives nothing: forged or for somebody else, too late, or used before."""


class GrantInvalidError(GrantRefusedError):
    """Not made with the control secret, or for another room or peer."""


class GrantExpiredError(GrantRefusedError):
    """Too late."""


class GrantUsedError(GrantRefusedError):
    """Used before."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The claims of a media grant; `expires_at` in seconds since 1970."""

    room: str
    peer: str
    permissions: Permissions
    expires_at: int
    nonce: str


def _signature(secret: bytes, claims: bytes) -> bytes:
    return hmac.digest(hmac.digest(secret, b"parvis media grant", "sha256"), claims, "sha256")


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def issue_grant(
    secret: bytes, *, room: str, peer: str, permissions: Permissions, now: float, lifetime_s: int = GRANT_LIFETIME_S
) -> str:
    """Make a grant for `peer` in `room`, good from `now` (seconds since 1970) for `lifetime_s`."""
    grant = Grant(room, peer, permissions, int(now) + lifetime_s, secrets.token_hex(16))
    claims = json.dumps(asdict(grant), separators=(",", ":")).encode()
    return f"{_b64(claims)}.{_b64(_signature(secret, claims))}"


class GrantDesk:
    """Checks grants and remembers the used ones until they would have expired anyway."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._used: dict[str, int] = {}

    def redeem(self, text: str, *, room: str, peer: str, now: float) -> Grant:
        """Use up a grant. Raises GrantInvalidError, GrantExpiredError or GrantUsedError."""
        grant = self._read(text)
        if (grant.room, grant.peer) != (room, peer):
            raise GrantInvalidError("the grant is for another room or peer")
        if now >= grant.expires_at:
            raise GrantExpiredError("the grant has expired")
        self._used = {nonce: until for nonce, until in self._used.items() if until > now}
        if grant.nonce in self._used:
            raise GrantUsedError("the grant was used before")
        self._used[grant.nonce] = grant.expires_at
        return grant

    def _read(self, text: str) -> Grant:
        encoded, _, signature = text.partition(".")
        if len(text) > MAX_GRANT:
            raise GrantInvalidError("the grant is too long")
        try:
            claims = _unb64(encoded)
            genuine = hmac.compare_digest(_unb64(signature), _signature(self._secret, claims))
        except (ValueError, binascii.Error) as error:
            raise GrantInvalidError("the grant is malformed") from error
        if not genuine:
            raise GrantInvalidError("the grant was not made with the control secret")
        read = json.loads(claims)
        return Grant(read["room"], read["peer"], Permissions(**read["permissions"]), read["expires_at"], read["nonce"])
