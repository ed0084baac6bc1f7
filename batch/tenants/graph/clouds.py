"""Microsoft's clouds: where Graph, sign-in and the portal are in each (Microsoft article "National cloud deployments").

A token of one cloud is not valid in another, and an app reaches only tenants of its own cloud. The global cloud also
serves Microsoft 365 GCC.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Cloud(StrEnum):
    """The clouds, by the word that ``--cloud`` takes."""

    GLOBAL = "global"
    #: US Government L4 (GCC High).
    USGOV = "usgov"
    #: US Government L5 (DoD).
    USGOV_DOD = "usgov-dod"
    #: China, operated by 21Vianet.
    CHINA = "china"


class Endpoints(NamedTuple):
    """Where a cloud is found; URLs without a slash at the end."""

    graph: str
    authority: str
    portal: str

    @property
    def root(self) -> str:
        """The root of Graph's REST calls, version included."""
        return f"{self.graph}/v1.0"

    @property
    def scope(self) -> str:
        """What a token is asked for: every right that was granted for Graph."""
        return f"{self.graph}/.default"


ENDPOINTS: dict[Cloud, Endpoints] = {
    Cloud.GLOBAL: Endpoints(
        "https://graph.microsoft.com", "https://login.microsoftonline.com", "https://portal.azure.com"
    ),
    Cloud.USGOV: Endpoints("https://graph.microsoft.us", "https://login.microsoftonline.us", "https://portal.azure.us"),
    Cloud.USGOV_DOD: Endpoints(
        "https://dod-graph.microsoft.us", "https://login.microsoftonline.us", "https://portal.azure.us"
    ),
    Cloud.CHINA: Endpoints(
        "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn", "https://portal.azure.cn"
    ),
}
