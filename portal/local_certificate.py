"""A certificate of this machine's own, for a house or a hall without a domain name.

Browsers open cameras on HTTPS pages only. A phone in the same house warns once about a certificate that nobody vouches
for and then works; a town in service uses its reverse proxy's certificate instead (docs/install.md).
"""

from __future__ import annotations

import os
import socket
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = timedelta(days=397)
"""Longer ones are refused by Apple's browsers."""
RENEW = timedelta(days=30)
"""Before its end."""

Address = IPv4Address | IPv6Address


def house_address() -> Address:
    """This machine's address in its own network: the one that would reach further. Loopback where there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a UDP socket sends nothing; it asks the kernel which address it would use (RFC 5737 target).
            probe.connect(("192.0.2.1", 9))
            return ip_address(str(probe.getsockname()[0]))
        except OSError:
            return IPv4Address("127.0.0.1")


def kept_certificate(data: Path, address: Address, now: datetime) -> tuple[Path, Path]:
    """Certificate and key of this machine, made when there is none, another address, or soon no time left."""
    folder = data / "tls"
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    if not (certificate.exists() and key.exists() and _still_good(certificate.read_bytes(), address, now)):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made, secret = make_certificate(address, socket.gethostname(), now)
        _write_privately(key, secret)
        certificate.write_bytes(made)
    return certificate, key


def make_certificate(address: Address, hostname: str, now: datetime) -> tuple[bytes, bytes]:
    """A self-signed certificate and its key (PEM) for this machine's names and address (RFC 5280)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Parvis")])
    names: list[x509.GeneralName] = [
        *(x509.DNSName(each) for each in dict.fromkeys(("localhost", hostname, f"{hostname}.local"))),
        *(x509.IPAddress(each) for each in dict.fromkeys((address, IPv4Address("127.0.0.1")))),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), secret


def _still_good(pem: bytes, address: Address, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return False
    return address in names.get_values_for_type(x509.IPAddress) and now + RENEW < certificate.not_valid_after_utc


def _write_privately(path: Path, secret: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secret)
