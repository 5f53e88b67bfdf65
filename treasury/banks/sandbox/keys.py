"""The sandbox bank's keys and ours at it, made once and kept beside its book: SSH keys, an authority, certificates."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

USER: Final = "fsa-platform"
HOST_KEY, CUSTOMER_KEY = "sftp-host.key", "sftp-customer.key"
AUTHORITY, SERVER, CUSTOMER = "authority", "server", "customer"  # each a .pem and a .key
YEARS: Final = timedelta(days=3_650)


def ssh_key(folder: Path, name: str) -> asyncssh.SSHKey:
    path = folder / name
    if not path.exists():
        _keep(path, asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    return asyncssh.read_private_key(path)


def host_key_line(folder: Path) -> str:
    """`ssh-ed25519 AAAA…`, as whoever signs in must know it."""
    return " ".join(ssh_key(folder, HOST_KEY).export_public_key().decode().split()[:2])


def ensure_certificates(folder: Path) -> None:
    """An authority, the server's certificate and the customer's, where they are not there yet. All or none: the last one made tells."""
    if (folder / f"{CUSTOMER}.pem").exists():
        return
    authority_key, authority = _made("Sandbox bank authority", None, None)
    server_key, server = _made("127.0.0.1", authority_key, authority, use=ExtendedKeyUsageOID.SERVER_AUTH)
    customer_key, customer = _made("fsa-platform", authority_key, authority, use=ExtendedKeyUsageOID.CLIENT_AUTH)
    for name, key, certificate in (
        (AUTHORITY, authority_key, authority),
        (SERVER, server_key, server),
        (CUSTOMER, customer_key, customer),
    ):
        _keep(folder / f"{name}.key", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _keep(folder / f"{name}.pem", certificate.public_bytes(Encoding.PEM))


def _made(
    name: str,
    issuer_key: ec.EllipticCurvePrivateKey | None,
    issuer: x509.Certificate | None,
    *,
    use: x509.ObjectIdentifier | None = None,
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(issuer.subject if issuer else subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1)).not_valid_after(now + YEARS)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer_key or key).public_key()), critical=False)
    )  # fmt: skip
    if use is not None:
        names = [x509.IPAddress(ip_address("127.0.0.1")), x509.DNSName("localhost")]
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False).add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
    else:
        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage, critical=True)
    return key, builder.sign(issuer_key or key, hashes.SHA256())


def _keep(path: Path, content: bytes) -> None:
    """Whole or not at all, and for nobody else to read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    os.replace(draft, path)
