"""Why a sign-in failed, in words for an admin: the service's code and first sentence, and what to do; no secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

HIDDEN = "[hidden]"
_LONGEST = 300
#: What looks like a secret, whoever wrote it: a JSON Web Token, a bearer token, user info in a URL, a private key.
_SHAPES = (
    (re.compile(r"eyJ[\w-]{6,}(?:\.[\w-]*)*"), HIDDEN),
    (re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]{12,}"), rf"\1{HIDDEN}"),
    (re.compile(r"(://)[^\s/@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), HIDDEN),
)
_CODED = re.compile(r"AADSTS(\d+):?\s*(.*?)(?:\.(?=\s|$)|[\r\n]|$)")

#: What to do, by the code that Microsoft Entra gives ("authentication and authorization error codes").
_BY_CODE = {
    "7000215": "The client secret is wrong. Put the secret's Value (not its Secret ID) into AZURE_CLIENT_SECRET; it "
    "is shown only once, under App registrations > Certificates & secrets.",
    "7000222": "The client secret has expired. Make a new one under App registrations > Certificates & secrets, and "
    "put its Value into AZURE_CLIENT_SECRET.",
    "7000218": "The application is not one for people without a secret. Switch on “Allow public client flows” under "
    "App registrations > Authentication, or sign in with a secret or certificate.",
    "7000229": "The tenant does not have this application yet. Grant admin consent for it in the tenant.",
    "700016": "The tenant does not know this application. Check AZURE_CLIENT_ID and AZURE_TENANT_ID (and --cloud).",
    "90002": "There is no such tenant. Check AZURE_TENANT_ID, and --cloud for a tenant in a national cloud.",
    "900023": "This is no tenant. Put the Directory (tenant) ID into AZURE_TENANT_ID.",
    "700027": "The application does not know this certificate. Upload its public part under App registrations > "
    "Certificates & secrets, or check AZURE_CLIENT_CERTIFICATE_PATH.",
    "700024": "The clock of this computer is wrong by minutes. Set it right.",
    "700213": "No federated credential of the application fits this token. Compare issuer, subject and audience under "
    "App registrations > Certificates & secrets > Federated credentials.",
    "70021": "No federated credential of the application fits this token. Compare issuer, subject and audience under "
    "App registrations > Certificates & secrets > Federated credentials.",
    "65001": "Nobody has consented to what the application asks for. Grant admin consent under App registrations > "
    "API permissions.",
    "50076": "A second factor is wanted. Sign in anew (az login, or --sign-in device-code), or use an application with "
    "a certificate.",
    "50079": "A second factor has to be set up first. Sign in once in a browser, then again here.",
    "53003": "A Conditional Access policy forbids this sign-in. Ask whoever looks after the policies of the tenant.",
    "700082": "The sign-in is too old. Sign in anew: az login.",
    "50173": "The sign-in is no longer valid (the password was changed, perhaps). Sign in anew: az login.",
}
#: What to do, by words of azure-identity; the first that occurs counts.
_BY_WORDS = (
    ("CA certificate bundle", "Check SSL_CERT_FILE: there is no such file."),
    ("CLI not found", "Install Azure CLI and say az login; or set AZURE_TENANT_ID, AZURE_CLIENT_ID and "
     "AZURE_CLIENT_SECRET; or choose another way with --sign-in."),
    ("az login", "Say az login (with --tenant for the right tenant), or choose another way with --sign-in."),
    ("Azure CLI", "Try az account get-access-token by hand, or choose another way with --sign-in."),
    ("ManagedIdentity", "Run it where a managed identity is attached (an Azure machine, function or automation); for "
     "one of several, put its client ID into AZURE_CLIENT_ID. Elsewhere choose another way with --sign-in."),
    ("authority configuration", "Check AZURE_TENANT_ID, --cloud and AZURE_AUTHORITY_HOST."),
    ("waiting for user", "Try again and enter the code in time."),
    ("tenant ID", "Put the Directory (tenant) ID into AZURE_TENANT_ID; it is on the Overview page of the tenant."),
    ("invalid authority", "Write AZURE_AUTHORITY_HOST like https://login.microsoftonline.com, or unset it."),
    ("assword", "Check AZURE_CLIENT_CERTIFICATE_PASSWORD."),
    ("ertificate", "AZURE_CLIENT_CERTIFICATE_PATH wants a PEM or PFX file with an RSA key and its certificate; check "
     "AZURE_CLIENT_CERTIFICATE_PASSWORD as well."),
    ("PEM", "AZURE_CLIENT_CERTIFICATE_PATH wants a PEM or PFX file with an RSA key and its certificate; check "
     "AZURE_CLIENT_CERTIFICATE_PASSWORD as well."),
    ("No such file", "Check AZURE_CLIENT_CERTIFICATE_PATH and AZURE_FEDERATED_TOKEN_FILE."),
)  # fmt: skip
_SERVICE = "the sign-in service"
_NO_NAME = f"the name of {_SERVICE} could not be looked up (DNS)"
_CHECK_WAY = "Check the connection to the network, the firewall, HTTPS_PROXY, and AZURE_AUTHORITY_HOST if it is set."
#: What is wrong with the network, by words of the libraries underneath; the first that occurs counts.
_NETWORK = (
    ("certificate_verify_failed", f"the certificate of {_SERVICE} is not trusted here",
     "Behind a private CA, put its certificates (PEM) into a file and set SSL_CERT_FILE to that file."),
    ("proxy", f"the proxy does not let us through to {_SERVICE}", "Check HTTPS_PROXY and NO_PROXY."),
    ("resol", _NO_NAME, _CHECK_WAY),
    ("getaddrinfo", _NO_NAME, _CHECK_WAY),
    ("refused", f"nothing answers where {_SERVICE} should be", _CHECK_WAY),
    ("timed out", f"{_SERVICE} did not answer in time", _CHECK_WAY),
)  # fmt: skip
#: How other programs (Azure CLI) say that it was the network.
_WIRE_WORDS = re.compile(r"Max retries exceeded|Failed to establish a new connection|Connection aborted|getaddrinfo")
_ELSE = "Check the AZURE_* variables and --sign-in; reassign tenant doctor looks at them one by one."


def scrub(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, also as they stand in URLs and JSON, and without anything that looks like one."""
    forms = {form for secret in secrets if secret.strip() for form in _forms(secret.strip())}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def in_short(message: str, secrets: Iterable[str]) -> tuple[str, str]:
    """What the service said, short and scrubbed (its code and first sentence where it gives one), and what to do."""
    text = scrub(message, secrets)
    coded = _CODED.search(text)
    if coded:
        return f"AADSTS{coded[1]}: {coded[2].strip()[:_LONGEST]}", _BY_CODE.get(coded[1], _looked_up(coded[1]))
    line = next((line.strip() for line in text.splitlines() if line.strip()), "no reason was given")
    return line[:_LONGEST].rstrip("."), next((todo for words, todo in _BY_WORDS if words in text), _ELSE)


def is_network(message: str) -> bool:
    """Whether these words speak of a failure of the network."""
    return _WIRE_WORDS.search(message) is not None


def of_network(message: str) -> tuple[str, str]:
    """What is wrong with the way to where we sign in, and what to do; nothing of the message itself."""
    plain = message.casefold()
    found = ((said, todo) for words, said, todo in _NETWORK if words in plain)
    return next(found, (f"the connection to {_SERVICE} broke", _CHECK_WAY))


def _looked_up(code: str) -> str:
    return f"Look it up at https://login.microsoftonline.com/error?code={code}"


def _forms(secret: str) -> set[str]:
    return {
        secret,
        quote(secret, safe="", errors="surrogatepass"),
        quote(secret, errors="surrogatepass"),
        quote_plus(secret, errors="surrogatepass"),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    }
