"""Stands for Microsoft Entra over TLS with a private CA, for the real azure-identity; and for a managed identity."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import ipaddress
import json
import ssl
import time
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

_KEY_FORM = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def certificate(folder: Path, name: str, key, *, issuer=None, issuer_key=None, password: bytes = b"") -> Path:
    """A certificate for 127.0.0.1 (its own CA without an issuer), with its key behind it in one PEM file."""
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(issuer or name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*_KEY_FORM, how))
    return path


class Entra:
    """What was asked of it, and what it answers: tokens, or an error."""

    def __init__(self, folder: Path):
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        self.ca = certificate(folder, "ca", ca_key)
        self._pem = certificate(folder, "server", key, issuer="ca", issuer_key=ca_key)
        self.asked: list[dict[str, str]] = []
        self.error = ""

    @asynccontextmanager
    async def running(self):
        """Serve; ``self.url`` is the authority meanwhile, ``self.identity`` the endpoint of a managed identity."""
        app, secure = web.Application(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(self._pem)
        app.router.add_get("/identity", self._managed)
        app.router.add_get("/{tenant}/v2.0/.well-known/openid-configuration", self._discovery)
        app.router.add_post("/{tenant}/oauth2/v2.0/{what}", self._token)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=secure).start()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            tls, plain = (address[1] for address in runner.addresses)
            self.url, self.identity = f"https://127.0.0.1:{tls}", f"http://127.0.0.1:{plain}/identity"
            yield self
        finally:
            # Whoever is still connected is cut off: a polite farewell over TLS would outlive the loop.
            for connection in runner.server.connections if runner.server else ():
                if connection.transport:
                    connection.transport.abort()
            await runner.cleanup()
            await asyncio.sleep(0.02)

    async def _discovery(self, request):
        base = f"{self.url}/{request.match_info['tenant']}"
        ends = {name: f"{base}/oauth2/v2.0/{what}" for name, what in _ENDPOINTS.items()}
        return web.json_response({"issuer": f"{base}/v2.0", **ends})

    async def _token(self, request):
        asked = {**dict(await request.post()), "tenant": request.match_info["tenant"]}
        self.asked.append(asked)
        if self.error:
            return web.json_response({"error": "invalid_client", "error_description": self.error}, status=401)
        if request.match_info["what"] == "devicecode":
            code = {"user_code": "ABCD-1234", "device_code": "d", "verification_uri": "https://example.com/device"}
            return web.json_response({**code, "expires_in": 900, "interval": 1, "message": "secret?"})
        answer = {"access_token": f"token-{len(self.asked)}", "token_type": "Bearer", "expires_in": 3600}
        if "device_code" in asked:
            answer |= self._person(asked["client_id"])
        return web.json_response(answer)

    def _person(self, client):
        """Who signed in, as azure-identity wants to know it."""
        ids = {"aud": client, "iss": f"{self.url}/contoso.com/v2.0", "sub": "s", "oid": "o", "tid": "t"}
        said = {**ids, "preferred_username": "jan@contoso.com", "iat": int(time.time()), "exp": int(time.time()) + 3600}
        return {"id_token": f"e30.{_coded(said)}.x", "client_info": _coded({"uid": "o", "utid": "t"})}

    async def _managed(self, request):
        self.asked.append({**request.query, "header": request.headers.get("X-IDENTITY-HEADER", "")})
        ends = str(int(time.time()) + 3600)
        return web.json_response(
            {"access_token": "managed", "expires_on": ends, "resource": "x", "token_type": "Bearer"}
        )


_ENDPOINTS = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "device_authorization_endpoint": "devicecode",
}


def _coded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def rsa_key():
    """A key of the kind that applications sign with; small, since nobody attacks it."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
