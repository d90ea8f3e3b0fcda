"""Who somebody without a device is, sealed: AES-256-GCM (NIST SP 800-38D) under a key derived by HKDF (RFC 5869)."""

from __future__ import annotations

import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from helpdesk.matching.model import Helped

_NONCE_BYTES = 12


class PersonVault:
    """Encrypts name and telephone at rest."""

    def __init__(self, secret_key: str) -> None:
        """`secret_key` is the portal's; what was sealed under one cannot be opened under another."""
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"parvis matching person 1").derive(
            secret_key.encode()
        )
        self._cipher = AESGCM(key)

    def seal(self, helped: Helped, request_id: str) -> bytes:
        """As bytes that only open together with the request's id."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, helped.model_dump_json().encode(), request_id.encode())

    def open(self, sealed: bytes, request_id: str) -> Helped:
        """The person again. Raises `cryptography.exceptions.InvalidTag` for what was changed or sealed elsewhere."""
        plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], request_id.encode())
        return Helped.model_validate_json(plain)
