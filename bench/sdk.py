"""The official SDK moving users: `python bench/sdk.py one|many|batch ROOT COUNT`, one JSON line out.

Run by the interpreter of .venv/compat. ``one`` posts one call a user, one after the other; ``many`` 16 of them at a
time; ``batch`` posts the SDK's own batches of 20, 16 at a time. Who is moved is found out beforehand, and one more is
moved, so that what the SDK does only once is not in the figure.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from azure.core.credentials import AccessToken
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.models.assigned_license import AssignedLicense
from msgraph.generated.users.item.assign_license.assign_license_post_request_body import AssignLicensePostRequestBody
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

IN_FLIGHT = 16
GROUP = 20
E4, E3 = UUID("1392051d-0cb9-4b7a-88d5-621fee5e8711"), UUID("6fd2c87f-b296-42f0-b197-1e91e994b900")


class ReadyToken:
    """A credential whose token is ready."""

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        """The token."""
        return AccessToken("practice", int(time.time()) + 3600)


def client(root: str) -> GraphServiceClient:
    """The SDK as its documentation sets it up, at this root."""
    host = urlsplit(root).hostname or ""
    sign_in = AzureIdentityAuthenticationProvider(ReadyToken(), scopes=["practice"], allowed_hosts=[host])
    adapter = GraphRequestAdapter(sign_in)
    adapter.base_url = root
    return GraphServiceClient(request_adapter=adapter)


def some(root: str, count: int) -> list[str]:
    """The ids of so many users; without the SDK, which takes longer to read a user than to move one."""
    ids: list[str] = []
    link = f"{root}/users?$top=999&$select=id"
    while len(ids) < count:
        page = httpx.get(link, headers={"Authorization": "Bearer practice"}).json()
        ids += [user["id"] for user in page["value"]]
        link = page.get("@odata.nextLink", "")
    return ids[:count]


def body() -> AssignLicensePostRequestBody:
    """From E4 to E3."""
    adds = [AssignedLicense(sku_id=E3, disabled_plans=[])]
    return AssignLicensePostRequestBody(add_licenses=adds, remove_licenses=[E4])


async def singly(graph: GraphServiceClient, ids: list[str], at_once: int) -> int:
    """One call a user; how many took effect."""
    waiting = iter(ids)

    async def worker() -> int:
        done = 0
        for user in waiting:
            done += (await graph.users.by_user_id(user).assign_license.post(body())).id == user
        return done

    return sum(await asyncio.gather(*(worker() for _ in range(at_once))))


async def batched(graph: GraphServiceClient, ids: list[str]) -> int:
    """Its own batches; how many changes took effect."""
    groups: Iterator[list[str]] = iter([ids[at : at + GROUP] for at in range(0, len(ids), GROUP)])

    async def worker() -> int:
        done = 0
        for group in groups:
            content = BatchRequestContent()
            for user in group:
                asked = graph.users.by_user_id(user).assign_license.to_post_request_information(body())
                content.add_request(user, BatchRequestItem(asked, id=user))
            answer = await graph.batch.post(content)
            done += list(answer.get_response_status_codes().values()).count(200)
        return done

    return sum(await asyncio.gather(*(worker() for _ in range(IN_FLIGHT))))


async def main() -> None:
    """Move them."""
    mode, root, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    graph = client(root)
    first, *ids = some(root, count + 1)
    await singly(graph, [first], 1)
    began = time.perf_counter()
    match mode:
        case "one":
            done = await singly(graph, ids, 1)
        case "many":
            done = await singly(graph, ids, IN_FLIGHT)
        case _:
            done = await batched(graph, ids)
    seconds = time.perf_counter() - began
    if done != len(ids):
        sys.exit(f"only {done} of {len(ids)} changes took effect")
    print(json.dumps({"seconds": seconds, "changes": done}))


if __name__ == "__main__":
    asyncio.run(main())
