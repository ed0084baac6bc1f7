"""The ways of signing in, by the variables that admins know, with azure-identity, which is imported on first use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from batch.core.errors import UsageError
from batch.tenants.graph.clouds import ENDPOINTS
from batch.tenants.graph.settings import Settings, SignIn

#: Shows a line to the person who is signing in.
Tell = Callable[[str], None]


class AccessToken(Protocol):
    """What azure-identity gives: the token and when it ends, in UTC seconds since 1970."""

    @property
    def token(self) -> str:
        """The bearer token."""

    @property
    def expires_on(self) -> int:
        """When it ends."""


class Credential(Protocol):
    """A synchronous credential of azure-identity, as far as we use it."""

    def get_token(self, *scopes: str) -> AccessToken:
        """A token for these scopes; raises whatever azure-identity raises."""

    def close(self) -> None:
        """Let go of connections."""


class Way(NamedTuple):
    """A way of signing in that was chosen, and why."""

    sign_in: SignIn
    why: str


_TENANT, _CLIENT = "AZURE_TENANT_ID", "AZURE_CLIENT_ID"
_SECRET, _CERTIFICATE, _FEDERATED = "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_FEDERATED_TOKEN_FILE"
_PASSWORD = "AZURE_CLIENT_CERTIFICATE_PASSWORD"  # noqa: S105  the name of a variable
#: Variables whose values nobody may see.
SECRET_VARIABLES = (_SECRET, _PASSWORD, "AZURE_PASSWORD", "IDENTITY_HEADER", "MSI_SECRET")
FEDERATED_VARIABLE = _FEDERATED
_AUTHORITY = "AZURE_AUTHORITY_HOST"

#: What each way is called in a sentence: signing in with …
LABELS = {
    SignIn.SECRET: "a client secret",
    SignIn.CERTIFICATE: "a certificate",
    SignIn.MANAGED_IDENTITY: "a managed identity",
    SignIn.WORKLOAD: "workload identity federation",
    SignIn.CLI: "Azure CLI",
    SignIn.DEVICE_CODE: "a device code",
}
NEEDS = {
    SignIn.SECRET: (_TENANT, _CLIENT, _SECRET),
    SignIn.CERTIFICATE: (_TENANT, _CLIENT, _CERTIFICATE),
    SignIn.WORKLOAD: (_TENANT, _CLIENT, _FEDERATED),
}
#: The variable that makes ``auto`` choose a way, in this order. Never a device code or a managed identity by itself:
#: the one waits for a person, the other acts as a machine that nobody named.
_TELLTALE = ((_SECRET, SignIn.SECRET), (_CERTIFICATE, SignIn.CERTIFICATE), (_FEDERATED, SignIn.WORKLOAD))
_MEANINGS = {
    _TENANT: "the Directory (tenant) ID on the application's Overview page (Entra admin center > App registrations)",
    _CLIENT: "the Application (client) ID on the same page",
    _SECRET: "the Value of a client secret (Certificates & secrets on the same page)",
    _CERTIFICATE: "a PEM or PFX file with the certificate and its private key",
    _FEDERATED: "the file with the platform's own token (Kubernetes and pipelines put it there)",
}


def way_of(asked: SignIn, environ: Mapping[str, str]) -> Way:
    """The way asked for, or for ``auto`` the one that the variables tell; ``UsageError`` names what it lacks."""
    way = Way(asked, f"--sign-in {asked}") if asked is not SignIn.AUTO else _by_variables(environ)
    missing = [name for name in NEEDS.get(way.sign_in, ()) if not environ.get(name)]
    if missing:
        raise UsageError(
            f"Signing in with {LABELS[way.sign_in]} ({way.why}) needs {' and '.join(missing)}, which "
            f"{'is' if len(missing) == 1 else 'are'} not set.",
            "Set " + "; ".join(f"{name} to {_MEANINGS[name]}" for name in missing) + ".",
        )
    return way


def _by_variables(environ: Mapping[str, str]) -> Way:
    for name, sign_in in _TELLTALE:
        if environ.get(name):
            return Way(sign_in, f"{name} is set")
    return Way(SignIn.CLI, "no AZURE_* variable tells another way")


def credential(sign_in: SignIn, settings: Settings, environ: Mapping[str, str], tell: Tell) -> Credential:
    """A new credential of azure-identity with nothing in its cache. Files are read here and may raise."""
    from azure import identity

    # Both log what they send and get as warnings; Python prints those where nobody has set logging up.
    for name in ("azure", "msal"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    tenant, client = environ.get(_TENANT, ""), environ.get(_CLIENT, "")
    transport = _transport(environ)
    entra = {**transport, **_authority(settings, environ)}
    made: Any
    match sign_in:
        case SignIn.SECRET:
            made = identity.ClientSecretCredential(tenant, client, environ[_SECRET], **entra)
        case SignIn.CERTIFICATE:
            password = environ.get(_PASSWORD) or None
            made = identity.CertificateCredential(tenant, client, environ[_CERTIFICATE], password=password, **entra)
        case SignIn.WORKLOAD:
            made = identity.WorkloadIdentityCredential(
                tenant_id=tenant, client_id=client, token_file_path=environ[_FEDERATED], **entra
            )
        case SignIn.DEVICE_CODE:
            whose: dict[str, Any] = {"tenant_id": tenant} if tenant else {}
            whose |= {"client_id": client} if client else {}
            made = identity.DeviceCodeCredential(prompt_callback=_prompt(tell), **whose, **entra)
        case SignIn.MANAGED_IDENTITY:
            made = identity.ManagedIdentityCredential(client_id=client or None, **_trust(environ))
        case _:
            made = identity.AzureCliCredential(tenant_id=tenant, process_timeout=60)
    return made  # type: ignore[no-any-return]


def _trust(environ: Mapping[str, str]) -> dict[str, Any]:
    """requests knows nothing of ``SSL_CERT_FILE``, which Python's own TLS honours."""
    bundle = environ.get("SSL_CERT_FILE", "")
    return {"connection_verify": bundle} if bundle else {}


def _transport(environ: Mapping[str, str]) -> dict[str, Any]:
    """Patience for a few seconds of trouble, in place of several minutes."""
    return {"connection_timeout": 10, "read_timeout": 30, "retry_total": 2, "retry_backoff_max": 5, **_trust(environ)}


def _authority(settings: Settings, environ: Mapping[str, str]) -> dict[str, Any]:
    """Where to sign in. A host that is none of Microsoft's is one that Microsoft's discovery cannot vouch for."""
    asked = environ.get(_AUTHORITY, "").strip().rstrip("/")
    if not asked:
        return {"authority": ENDPOINTS[settings.cloud].authority}
    host = asked if "://" in asked else f"https://{asked}"
    known = host.casefold() in {endpoints.authority for endpoints in ENDPOINTS.values()}
    return {"authority": host} if known else {"authority": host, "disable_instance_discovery": True}


def _prompt(tell: Tell) -> Callable[[str, str, datetime], None]:
    def prompt(address: str, code: str, ends: datetime) -> None:
        tell(f"To sign in, open {address} in a browser and enter the code {code} (until {ends.astimezone():%H:%M}).")

    return prompt
