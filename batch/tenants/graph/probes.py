"""What can be found out with one harmless request: whether the root can be reached, and whether people can be read."""

from __future__ import annotations

import ssl
from typing import NamedTuple

import aiohttp
from yarl import URL

from batch.core.errors import TenantRefused
from batch.tenants.graph.route import proxy_for
from batch.tenants.graph.settings import URL_VARIABLE
from batch.tenants.graph.troubles import in_words
from batch.tenants.graph.wire import Patience, Tokens, Wire

_PATIENCE = Patience(connect=10.0, quiet=15.0, whole=20.0)


#: What a plan reads of a person; with less than User.Read.All the service refuses these or leaves them out.
_ONE_PERSON = "/users?$top=1&$select=id,assignedLicenses,licenseAssignmentStates,usageLocation"


class Probed(NamedTuple):
    """How a probe ended: whether it got what it wanted, what happened, and what to do if that is known."""

    answered: bool
    text: str
    todo: str = ""


async def reach(root: str) -> Probed:
    """Ask the root for anything; any HTTP answer will do. ``UsageError`` for a proxy that cannot be used."""
    url = URL(root, encoded=True)
    host = url.host or ""
    proxy = proxy_for(url)
    trust = ssl.create_default_context() if url.scheme == "https" else True
    try:
        async with (
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=trust), timeout=aiohttp.ClientTimeout(total=_PATIENCE.whole)
            ) as session,
            session.get(
                url,
                allow_redirects=False,
                proxy=proxy.url if proxy else None,
                proxy_headers=proxy.headers if proxy else None,
            ) as response,
        ):
            way = f" through the proxy {proxy.url.host}" if proxy else ""
            return Probed(True, f"{host} answers{way} (HTTP {response.status})")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Probed(False, in_words(error, host), _todo(error))


async def read_one_person(root: str, tokens: Tokens) -> Probed:
    """Read a page of one user, licences included; no ``todo`` means that a right is missing.

    ``TenantRefused`` when the service does not accept the token, and whatever ``tokens`` raises.
    """
    wire = Wire(root, tokens, _PATIENCE)
    try:
        reply = await wire.get(_ONE_PERSON)
    finally:
        await wire.close()
    if reply.status == 401:
        raise TenantRefused(
            "The service does not accept the token (HTTP 401).",
            f"Sign in anew; check that --cloud, --sign-in and {URL_VARIABLE} belong together.",
        )
    if reply.status == 403:
        return Probed(False, "may not be read (HTTP 403)")
    found = (reply.body or {}).get("value")
    if reply.status != 200 or not isinstance(found, list):
        said = reply.trouble or f"HTTP {reply.status}"
        return Probed(False, f"could not be read ({said})", f"Try again in a few minutes; check {URL_VARIABLE}.")
    shown = any(isinstance(user, dict) and "assignedLicenses" in user for user in found)
    return Probed(True, "can be read, licences included" if shown else "can be read, but nobody was shown")


def _todo(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"Check the connection to the network and DNS, HTTPS_PROXY, and {URL_VARIABLE} if it is set."
        case aiohttp.ClientSSLError():
            return (
                "A proxy or server with a private CA? Put its certificates (PEM) into a file and set SSL_CERT_FILE to "
                "that file."
            )
        case aiohttp.ClientProxyConnectionError() | aiohttp.ClientHttpProxyError():
            return "Check HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT if it wants a password) and NO_PROXY."
    return f"Check the firewall, HTTPS_PROXY, and {URL_VARIABLE} if it is set (is the server running?)."
