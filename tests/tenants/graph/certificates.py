"""A certificate authority of our own, and a server that it vouches for."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


class Authority:
    """``file`` is its certificate; ``server`` a TLS context for graph.example and 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "ca.pem"
        self._chain = folder / "server.pem"
        key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        ca = _certificate("Test CA", key, "Test CA", key, x509.BasicConstraints(ca=True, path_length=None))
        names = x509.SubjectAlternativeName(
            [x509.DNSName("graph.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        )
        server = _certificate("graph.example", server_key, "Test CA", key, names)
        self.file.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
        self._chain.write_bytes(
            server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + server.public_bytes(serialization.Encoding.PEM)
        )

    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._chain)
        return context


def _certificate(subject: str, key: Key, issuer: str, signer: Key, extension: x509.ExtensionType) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (subject, issuer)]
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(extension, critical=False)
        .sign(signer, hashes.SHA256())
    )
