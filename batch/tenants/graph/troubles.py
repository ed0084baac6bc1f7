"""What went wrong on the way, in words that hold no header, no token and no password."""

from __future__ import annotations

import aiohttp

#: No connection came about, so nothing left.
NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientHttpProxyError)


def in_words(error: Exception, host: str) -> str:
    """A sentence about why no answer came from this host."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return f"the name {host} was not found"
        case aiohttp.ClientConnectorCertificateError():
            return f"the certificate of {host} is not trusted ({_why(error)}); SSL_CERT_FILE can name a private CA"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy on the way to {host} could not be reached"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy on the way to {host} answered HTTP {error.status}"
        case aiohttp.ClientConnectorError():
            return f"no connection to {host} came about ({error.strerror or 'no reason given'})"
        case aiohttp.ConnectionTimeoutError():
            return f"no connection to {host} came about in time"
        case aiohttp.ClientPayloadError():
            return f"the answer of {host} was cut off or garbled"
        case TimeoutError():
            return f"{host} did not answer in time"
    return f"the connection to {host} was cut before an answer came"


def _why(error: aiohttp.ClientConnectorCertificateError) -> str:
    return str(getattr(error.certificate_error, "verify_message", "") or "no reason given")
