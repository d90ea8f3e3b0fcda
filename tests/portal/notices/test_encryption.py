"""Push encryption against the example that its RFC works out, and the token that names the town."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from portal.notices.service.encryption import TownKey, browser_key, encrypted, from_base64url

RFC_BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6"
    "cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)


def test_the_example_of_rfc_8291_comes_out_byte_for_byte() -> None:
    own = int.from_bytes(from_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))

    body = encrypted(
        b"When I grow up, I want to be a watermelon",
        p256dh=P256DH,
        auth=AUTH,
        own=ec.derive_private_key(own, ec.SECP256R1()),
        salt=from_base64url("DGv6ra1nlYgDCS1FRnbzlw"),
    )

    assert body == from_base64url(RFC_BODY)


def test_no_two_messages_are_encrypted_alike() -> None:
    assert encrypted(b"same", p256dh=P256DH, auth=AUTH) != encrypted(b"same", p256dh=P256DH, auth=AUTH)


def test_a_message_beyond_one_record_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        encrypted(b"x" * 4096, p256dh=P256DH, auth=AUTH)


@pytest.mark.parametrize("key", ["", "AAAA", P256DH[:-4], "B" * 87])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        browser_key(key)


def test_the_town_key_is_the_same_after_every_start_and_differs_between_towns() -> None:
    assert TownKey.of("secret").public == TownKey.of("secret").public != TownKey.of("another").public


def test_the_token_names_the_service_and_the_town_and_is_signed_with_the_key_beside_it() -> None:
    header = TownKey.of("secret").authorisation("https://push.example/send/abc?x", "https://town.example", NOW)

    token, _, key = header.removeprefix("vapid t=").partition(", k=")
    signed, _, signature = token.rpartition(".")
    claims = json.loads(from_base64url(signed.partition(".")[2]))
    raw = from_base64url(signature)
    der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    browser_key(key).verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    assert claims == {
        "aud": "https://push.example",
        "exp": int(NOW.timestamp()) + 12 * 3600,
        "sub": "https://town.example",
    }
