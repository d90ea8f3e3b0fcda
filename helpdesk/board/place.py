"""Where something is: the exact place, sealed, and the one serializer of what anybody else may know of it.

The exact place is known to its author and, audited, to those with a permission. Everybody else gets the public cell:
the same bytes for every point inside it. No other module turns a place into something that leaves the portal.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, ConfigDict

from portal.town.model import PublicArea

_FORMAT = b"\x01"
_NONCE_BYTES = 12
_PADDED_BYTES = 256
"""Every sealed place has the same length, so that not even its size tells one address from another."""


@dataclass(frozen=True)
class ExactPlace:
    """A true point, degrees, and the words for it (an address, or empty for a point on the map)."""

    longitude: float
    latitude: float
    label: str


class SealBroken(Exception):
    """The sealed bytes were made under another key, for another posting, or were changed."""


class PlaceVault:
    """Encrypts exact places at rest: AES-256-GCM (NIST SP 800-38D) under a key derived by HKDF (RFC 5869)."""

    def __init__(self, secret_key: str) -> None:
        """`secret_key` is the portal's; places sealed under one cannot be opened under another."""
        self._cipher = AESGCM(_derived(secret_key, b"parvis board place 1"))
        self._fingerprint_key = _derived(secret_key, b"parvis board fingerprint 1")

    def seal(self, place: ExactPlace, posting_id: str) -> bytes:
        """The place as bytes that only open together with the posting's id."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, _plain(place), posting_id.encode())

    def open(self, sealed: bytes, posting_id: str) -> ExactPlace:
        """The place again. Raises `SealBroken`."""
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            if not sealed.startswith(_FORMAT):
                raise SealBroken("unknown format")
            longitude, latitude, label = json.loads(self._cipher.decrypt(nonce, text, posting_id.encode()))
        except InvalidTag:
            raise SealBroken("wrong key or changed bytes") from None
        return ExactPlace(longitude, latitude, label)

    def fingerprint(self, text: str) -> str:
        """Tells two texts that may hold a place apart, and nothing else: a plain digest of one would give it away to
        whoever tries every address of the town.
        """
        return hmac.new(self._fingerprint_key, text.encode(), hashlib.sha256).hexdigest()


def _derived(secret_key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret_key.encode())


def _plain(place: ExactPlace) -> bytes:
    label = place.label
    while True:
        plain = json.dumps([place.longitude, place.latitude, label], ensure_ascii=False).encode()
        if len(plain) <= _PADDED_BYTES:
            return plain.ljust(_PADDED_BYTES)
        label = label[:-1]


class PublicPlace(BaseModel):
    """What anybody may know of where something is."""

    model_config = ConfigDict(frozen=True)

    cell: str
    """The cell's name in the town's grid."""
    district: str
    """Id of the district in which the cell's middle lies; empty where the town has none."""
    centre: tuple[float, float]
    """Longitude and latitude of the cell's middle, degrees."""


class DrawnPlace(BaseModel):
    """A public place with its outline, for the map."""

    model_config = ConfigDict(frozen=True)

    place: PublicPlace
    outline: list[list[list[tuple[float, float]]]]
    """GeoJSON coordinates of a MultiPolygon (RFC 7946, section 3.1.7)."""


def public_place(area: PublicArea) -> PublicPlace:
    """The one serializer: page, API, socket and log all take a place from here.

    It is given the public area and nothing else, so the true point cannot reach its answer.
    """
    longitude, latitude = area.centre
    return PublicPlace(cell=area.id, district=area.district_id, centre=(round(longitude, 5), round(latitude, 5)))


def drawn_place(area: PublicArea) -> DrawnPlace:
    """The public place with its outline."""
    return DrawnPlace(place=public_place(area), outline=area.geometry["coordinates"])
