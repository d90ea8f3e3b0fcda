"""Web push encryption (RFC 8291, aes128gcm for one browser) and identification (RFC 8292, VAPID)."""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

RECORD_SIZE = 4096
"""Of the one record that a push message is (RFC 8291, 4)."""
TOKEN_LIFE = timedelta(hours=12)
"""RFC 8292, 2: at most 24 hours."""
_ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def to_base64url(data: bytes) -> str:
    """Base64url without padding, as browsers and tokens write it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of base64url with or without padding. Raises `ValueError`."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def browser_key(text: str) -> ec.EllipticCurvePublicKey:
    """A browser's public key, an uncompressed point on P-256. Raises `ValueError`."""
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(text))


def encrypted(
    message: bytes,
    *,
    p256dh: str,
    auth: str,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The body of a push for the browser with these keys (RFC 8291, 3.4 and 4; RFC 8188, 2).

    `own` and `salt` are fresh for each message; tests give those of the RFC's example. Raises `ValueError` for keys
    that are none, and for a message longer than one record.
    """
    if len(message) > RECORD_SIZE - 17 - 86:
        raise ValueError("too long for a push")
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or secrets.token_bytes(16)
    theirs, ours = from_base64url(p256dh), _point(own.public_key())
    shared = own.exchange(ec.ECDH(), browser_key(p256dh))
    key = _derived(shared, from_base64url(auth), b"WebPush: info\0" + theirs + ours, 32)
    content_key = _derived(key, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(key, salt, b"Content-Encoding: nonce\0", 12)
    header = salt + RECORD_SIZE.to_bytes(4) + len(ours).to_bytes(1) + ours
    # The byte 2 ends the last record's content (RFC 8188, 2).
    return header + AESGCM(content_key).encrypt(nonce, message + b"\x02", None)


@dataclass(frozen=True)
class TownKey:
    """The town's key towards push services, derived from its secret: the same after every start, on every worker."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def of(cls, secret_key: str) -> TownKey:
        """The key that belongs to a secret."""
        stretched = HKDF(hashes.SHA256(), 48, salt=None, info=b"parvis web push").derive(secret_key.encode())
        number = int.from_bytes(stretched) % (_ORDER_OF_P256 - 1) + 1
        return cls(ec.derive_private_key(number, ec.SECP256R1()))

    @property
    def public(self) -> str:
        """The application server key as browsers take it."""
        return to_base64url(_point(self.private.public_key()))

    def authorisation(self, endpoint: str, contact: str, now: datetime) -> str:
        """The ``Authorization`` header for a push service: a token signed with ES256 (RFC 8292, 2 and 3)."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + TOKEN_LIFE).timestamp()),
            "sub": contact,
        }
        signed = ".".join(to_base64url(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
        r, s = decode_dss_signature(self.private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"vapid t={signed}.{to_base64url(r.to_bytes(32) + s.to_bytes(32))}, k={self.public}"


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(secret)
