"""Some products with a few plans each, and people who hold them."""

from __future__ import annotations

from collections.abc import Mapping

from batch.core.exclusions import FAMILIES
from batch.core.terms import Add, Assignment, Call, Holding, People, ServicePlan, Sku


def guid(n: int) -> str:
    return f"{n:08x}-1111-4222-8333-{n:012x}"


E1, E3, E4, VISIO, ROOM = (guid(n) for n in range(1, 6))
PROJECT = guid(6)
GROUP, TARGET = guid(90), guid(91)
EXCHANGE, SHAREPOINT = FAMILIES["Exchange Online"], FAMILIES["SharePoint Online"]
TEAMS, SWAY = guid(71), guid(72)
SHAREPOINT_PROJECT = "fe71d6c3-a2ea-4499-9778-da042bf08063"


def sku(sku_id: str, part: str, plans: Mapping[str, str], enabled: int = 10, **more: object) -> Sku:
    made = tuple(ServicePlan(plan_id=plan_id, name=name) for name, plan_id in plans.items())
    return Sku(sku_id=sku_id, part_number=part, name=part.title(), plans=made, enabled=enabled, **more)  # type: ignore[arg-type]


def pick(family: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: family[name] for name in names}


BIG = pick(EXCHANGE, "EXCHANGE_S_ENTERPRISE") | pick(SHAREPOINT, "SHAREPOINTENTERPRISE")
SKUS = (
    sku(E1, "STANDARDPACK", pick(EXCHANGE, "EXCHANGE_S_STANDARD") | pick(SHAREPOINT, "SHAREPOINTSTANDARD")),
    sku(E3, "ENTERPRISEPACK", BIG | {"TEAMS1": TEAMS, "SWAY": SWAY}),
    sku(E4, "ENTERPRISEWITHSCAL", BIG | {"TEAMS1": TEAMS}),
    sku(VISIO, "VISIOCLIENT", {"VISIO": guid(73)}, enabled=1),
    sku(ROOM, "COMPANYWIDE", {"ROOM": guid(74)}, applies_to="Company"),
    sku(PROJECT, "PROJECT", {"SHAREPOINT_PROJECT": SHAREPOINT_PROJECT}),
)
SKUS_BY_ID = {s.sku_id: s for s in SKUS}


def direct(*sku_ids: str, off: tuple[str, ...] = ()) -> Holding:
    return Holding.of(Assignment(sku_id=sku_id, disabled=off) for sku_id in sku_ids)


def inherited(sku_id: str, group: str = GROUP) -> Assignment:
    return Assignment(sku_id=sku_id, group=group)


def user(n: int) -> str:
    return guid(1000 + n)


def upn(n: int) -> str:
    return f"user{n}@contoso.com"


def people(*holdings: Holding, location: str = "FR") -> People:
    """User 0, 1, … with these holdings."""
    kinds = tuple(dict.fromkeys(holdings))
    count = range(len(holdings))
    return People(
        [user(n) for n in count],
        [upn(n) for n in count],
        [f"User {n}" for n in count],
        [location for n in count],
        [kinds.index(held) for held in holdings],
        kinds,
    )


def swap(n: int, old: str = E4, new: str = E3, off: tuple[str, ...] = ()) -> Call:
    return Call(user(n), (old,), (Add(new, off),))
