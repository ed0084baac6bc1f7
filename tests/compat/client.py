"""The official SDK as its documentation sets it up, but for the address and a token that was not signed in for."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphServiceClient
from msgraph.generated.models.assigned_license import AssignedLicense
from msgraph.generated.models.subscribed_sku import SubscribedSku
from msgraph.generated.models.user import User
from msgraph.generated.users.item.assign_license.assign_license_post_request_body import AssignLicensePostRequestBody
from msgraph.generated.users.item.user_item_request_builder import UserItemRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter, options
from msgraph_core import GraphClientFactory

T = TypeVar("T")
E1, E3, E4, E5 = (
    *("18181a46-0d4e-45cd-891e-60aabd171b4e", "6fd2c87f-b296-42f0-b197-1e91e994b900"),
    *("1392051d-0cb9-4b7a-88d5-621fee5e8711", "c7df2760-2c81-4ef7-b578-5b5392b571df"),
)
NOBODY = "00000000-0000-4000-a000-000000000000"


class ReadyToken:
    """A credential of azure-identity's kind whose token is ready."""

    def __init__(self, token: str) -> None:
        self._token = token

    def get_token(self, *_scopes: str, **_more: Any) -> AccessToken:
        return AccessToken(self._token, int(time.time()) + 3600)


@dataclass
class Talk:
    """The SDK's client, and what its transport went through."""

    graph: GraphServiceClient
    #: The final answers, after the SDK's own retries.
    answers: list[httpx.Response] = field(default_factory=list)

    @property
    def retries(self) -> int:
        """How often the SDK's retry handler sent something again."""
        return sum(int(answer.request.headers.get("Retry-Attempt", "0")) for answer in self.answers)


def with_sdk(root: str, work: Callable[[Talk], Awaitable[T]], token: str = "practice") -> T:
    """Do this work with a client of its own."""

    async def main() -> T:
        # Our own, since the SDK never closes the one that it makes.
        transport = httpx.AsyncHTTPTransport()
        http = httpx.AsyncClient(transport=transport, timeout=30)
        host = urlsplit(root).hostname or ""
        sign_in = AzureIdentityAuthenticationProvider(
            ReadyToken(token), scopes=["https://graph.microsoft.com/.default"], allowed_hosts=[host]
        )
        adapter = GraphRequestAdapter(
            sign_in, GraphClientFactory.create_with_default_middleware(client=http, options=options)
        )
        adapter.base_url = root
        talk = Talk(GraphServiceClient(request_adapter=adapter))

        async def see(answer: httpx.Response) -> None:
            talk.answers.append(answer)

        http.event_hooks = {"response": [see]}
        async with transport:
            return await work(talk)

    return asyncio.run(main())


def users_query(*, eventual: bool = False, **query: Any) -> Any:
    """``$top``, ``$select``, ``$filter``, ``$count`` of a list of users."""
    parameters = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(**query)
    asked = RequestConfiguration(query_parameters=parameters)
    if eventual:
        asked.headers.add("ConsistencyLevel", "eventual")
    return asked


def change(*, remove: Iterable[str] = (), add: Iterable[str] = (), disabled: Iterable[str] = ()) -> Any:
    """The body of an ``assignLicense``."""
    plans = [UUID(plan) for plan in disabled]
    return AssignLicensePostRequestBody(
        add_licenses=[AssignedLicense(sku_id=UUID(sku_id), disabled_plans=plans) for sku_id in add],
        remove_licenses=[UUID(sku_id) for sku_id in remove],
    )


async def sku(talk: Talk, sku_id: str) -> SubscribedSku:
    """This SKU as the tenant has it now."""
    found = await talk.graph.subscribed_skus.get()
    return next(one for one in found.value if one.sku_id == UUID(sku_id))


async def seen(talk: Talk, user: str) -> User:
    """This user by id or UPN, with licences and location."""
    select = ["id", "userPrincipalName", "displayName", "usageLocation", "assignedLicenses", "licenseAssignmentStates"]
    parameters = UserItemRequestBuilder.UserItemRequestBuilderGetQueryParameters(select=select)
    asked = RequestConfiguration(query_parameters=parameters)
    return await talk.graph.users.by_user_id(user).get(request_configuration=asked)


def held(user: User) -> set[str]:
    """The SKUs that a user has."""
    return {str(licence.sku_id) for licence in user.assigned_licenses}
