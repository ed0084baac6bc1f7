"""The way to the service: through the proxy that the environment names, or straight."""

from __future__ import annotations

import ipaddress
from base64 import b64encode
from typing import NamedTuple
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from batch.core.errors import UsageError


class Proxy(NamedTuple):
    """A proxy without its password, and the header that carries it."""

    url: URL
    headers: dict[str, str]


def proxy_for(root: URL) -> Proxy | None:
    """The proxy to this root (``HTTPS_PROXY``, ``ALL_PROXY``, minus ``NO_PROXY``); None for none.

    A loopback address is never reached through a proxy. ``UsageError`` for one that does not speak HTTP.
    """
    host = root.host or ""
    proxies = getproxies()
    text = proxies.get(root.scheme) or proxies.get("all") or ""
    if not text or loopback(host) or proxy_bypass(host):
        return None
    try:
        url = URL(text if "://" in text else f"http://{text}")
        usable = url.scheme in {"http", "https"} and url.host
    except ValueError:
        usable = False
    if not usable:
        # What it says is not shown: it may hold a password.
        raise UsageError(
            "The environment names a proxy that is not of the form http://HOST:PORT.",
            "Mend HTTPS_PROXY (or ALL_PROXY), or name the service's host in NO_PROXY.",
        )
    if url.user is None:
        return Proxy(url, {})
    pair = b64encode(f"{url.user}:{url.password or ''}".encode()).decode()
    return Proxy(url.with_user(None), {"Proxy-Authorization": f"Basic {pair}"})


def loopback(host: str) -> bool:
    """Whether this host is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
