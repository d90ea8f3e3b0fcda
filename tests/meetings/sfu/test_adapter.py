"""The seam to aiortc, aioice and pylibsrtp: what adapter.py takes for granted. If a library moves, this says where."""

from __future__ import annotations

import inspect
import re
from importlib.metadata import version
from pathlib import Path

import pylibsrtp
import pytest
from aioice import stun
from aiortc import rtcdtlstransport
from pylibsrtp import _binding

from meetings.sfu import adapter
from tests.meetings.sfu.ends import pair

PACKAGE = Path(adapter.__file__).parent


def test_versions_are_the_ones_that_were_read() -> None:
    found = {name: version(name) for name in ("aiortc", "aioice", "pylibsrtp")}
    assert found == {"aiortc": "1.16.0", "aioice": "0.13.0", "pylibsrtp": "1.0.0"}


def test_dtls_asks_its_transport_for_what_we_give() -> None:
    source = inspect.getsource(rtcdtlstransport.RTCDtlsTransport)
    assert set(re.findall(r"self\.transport\.(\w+)", source)) == {"_recv", "_send", "role"}


def test_dtls_has_the_names_that_we_use() -> None:
    transport = rtcdtlstransport.RTCDtlsTransport
    for name in ("_set_role", "_set_state", "_setup_srtp", "start", "stop", "state"):
        assert hasattr(transport, name), name
    source = inspect.getsource(transport)
    for name in ("self._ssl", "self._srtp_profiles", "self._task", "self._setup_srtp()", "self._rx_srtp"):
        assert name in source, name
    assert 'export_keying_material(\n            b"EXTRACTOR-dtls_srtp"' in source


def test_dtls_never_sees_media_since_it_has_no_srtp_session() -> None:
    source = inspect.getsource(rtcdtlstransport.RTCDtlsTransport._recv_next)
    assert "and self._rx_srtp:" in source


def test_srtp_sessions_are_libsrtp_pointers() -> None:
    key = bytes(28)
    policy = pylibsrtp.Policy(
        key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND, 0, pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    )
    session = pylibsrtp.Session(policy)
    assert _binding.ffi.typeof(session._srtp).cname.endswith("* *")
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert hasattr(_binding.lib, name), name


def filled(packet: bytes) -> adapter.PacketBuffer:
    """A buffer that holds a packet."""
    buffer = adapter.PacketBuffer()
    buffer.data[: len(packet)] = packet
    return buffer


def test_a_packet_is_encrypted_and_decrypted_in_place() -> None:
    packet = b"\x80\x60\x00\x01" + bytes(8) + b"a payload in the clear"
    buffer = filled(packet)
    size = pair("client").protect_rtp(buffer, len(packet))
    assert size == len(packet) + 16
    assert b"payload" not in bytes(buffer.view[:size])
    assert pair("server").unprotect_rtp(buffer, size) == len(packet)
    assert bytes(buffer.view[: len(packet)]) == packet


@pytest.mark.parametrize("profile", adapter.PROFILES, ids=lambda profile: str(profile.openssl_profile))
def test_encryption_adds_as_many_bytes_as_is_said(profile: rtcdtlstransport.SRTPProtectionProfile) -> None:
    packet, ours = b"\x80\x60\x00\x01" + bytes(20), pair("client", profile)
    assert ours.protect_rtp(filled(packet), len(packet)) == len(packet) + ours.overhead


def test_a_sequence_number_is_never_sent_twice() -> None:
    client, packet = pair("client"), b"\x80\x60\x00\x01" + bytes(20)
    assert client.protect_rtp(filled(packet), len(packet)) > 0
    assert client.protect_rtp(filled(packet), len(packet)) == -1


def test_a_replayed_or_altered_packet_is_refused() -> None:
    packet = b"\x80\x60\x00\x01" + bytes(20)
    buffer = filled(packet)
    size = pair("client").protect_rtp(buffer, len(packet))
    sealed, server = bytes(buffer.view[:size]), pair("server")
    altered = sealed[:-1] + bytes([sealed[-1] ^ 1])
    assert server.unprotect_rtp(filled(altered), size) == -1
    assert server.unprotect_rtp(filled(sealed), size) == len(packet)
    assert server.unprotect_rtp(filled(sealed), size) == -1


def test_a_check_is_answered_with_what_aioice_accepts() -> None:
    request = adapter.parse_stun(bytes(adapter.binding_request("a:b", "password", nominate=True, tie_breaker=1)))
    assert adapter.is_binding_request(request)
    assert request.check_message_integrity(b"password")
    assert "USE-CANDIDATE" in request.attributes
    response = stun.parse_message(adapter.binding_response(request, ("2001:db8::1", 1234), "password"))
    assert response.message_class == stun.Class.RESPONSE
    assert response.transaction_id == request.transaction_id
    assert response.attributes["XOR-MAPPED-ADDRESS"] == ("2001:db8::1", 1234)
    assert response.check_message_integrity(b"password")


def test_only_the_adapter_names_the_libraries() -> None:
    naming = {
        path.name
        for path in PACKAGE.glob("*.py")
        if any(
            f"{word} {name}" in path.read_text()
            for word in ("import", "from")
            for name in ("aiortc", "aioice", "pylibsrtp")
        )
    }
    assert naming == {"adapter.py"}
