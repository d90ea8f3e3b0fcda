"""The certificate that `--tls` makes: good for this machine, renewed in time, its key for its owner only."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509

from portal.local_certificate import VALID, house_address, kept_certificate, make_certificate

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
HERE = IPv4Address("192.168.1.20")


def test_certificate_names_this_machine_and_its_address() -> None:
    pem, _key = make_certificate(HERE, "mairie", NOW)

    certificate = x509.load_pem_x509_certificate(pem)

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "mairie", "mairie.local"]
    assert names.get_values_for_type(x509.IPAddress) == [HERE, IPv4Address("127.0.0.1")]
    assert certificate.not_valid_after_utc == NOW + VALID


def test_certificate_is_one_that_a_server_can_use(tmp_path: Path) -> None:
    certificate, key = kept_certificate(tmp_path, HERE, NOW)

    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    assert key.stat().st_mode & 0o077 == 0


def test_certificate_is_kept_until_its_end_is_near(tmp_path: Path) -> None:
    certificate, _key = kept_certificate(tmp_path, HERE, NOW)
    first = certificate.read_bytes()

    kept_certificate(tmp_path, HERE, NOW + VALID - timedelta(days=31))
    assert certificate.read_bytes() == first

    kept_certificate(tmp_path, HERE, NOW + VALID - timedelta(days=29))
    assert certificate.read_bytes() != first


def test_certificate_is_made_anew_for_another_address_or_when_it_is_broken(tmp_path: Path) -> None:
    certificate, _key = kept_certificate(tmp_path, HERE, NOW)
    first = certificate.read_bytes()

    kept_certificate(tmp_path, IPv4Address("10.0.0.7"), NOW)
    second = certificate.read_bytes()
    assert second != first

    certificate.write_bytes(second[:100])
    kept_certificate(tmp_path, IPv4Address("10.0.0.7"), NOW)
    assert certificate.read_bytes().count(b"BEGIN CERTIFICATE") == 1
    assert len(certificate.read_bytes()) > 100


def test_house_address_is_one_of_this_machine() -> None:
    assert not house_address().is_unspecified
