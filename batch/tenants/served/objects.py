"""The objects of a practice tenant as Graph's JSON: users, SKUs, subscriptions, groups, the organisation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from batch.core.estate import LicensingGroup, Organisation, Subscription
from batch.core.terms import Assignment, Holding, ServicePlan, Sku
from batch.tenants.practice_directory import Person

Json = dict[str, Any]
#: What a user has by default.
DEFAULT_USER = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
#: What a user may be asked for by ``$select`` without the practice tenant knowing anything about it.
_LISTS = (
    *("assignedPlans", "businessPhones", "identities", "imAddresses", "otherMails", "provisionedPlans"),
    "proxyAddresses",
)
_BLANKS = (
    *("ageGroup", "city", "companyName", "consentProvidedForMinor", "country", "createdDateTime", "creationType"),
    *("deletedDateTime", "department", "employeeHireDate", "employeeId", "employeeOrgData", "employeeType"),
    *("externalUserState", "externalUserStateChangeDateTime", "faxNumber", "givenName", "isResourceAccount"),
    *("jobTitle", "lastPasswordChangeDateTime", "legalAgeGroupClassification", "mail", "mailNickname"),
    *("mobilePhone", "officeLocation", "onPremisesDistinguishedName", "onPremisesDomainName"),
    *("onPremisesExtensionAttributes", "onPremisesImmutableId", "onPremisesLastSyncDateTime"),
    *("onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled"),
    *("onPremisesUserPrincipalName", "passwordPolicies", "postalCode", "preferredDataLocation"),
    *("preferredLanguage", "securityIdentifier", "showInAddressList", "signInActivity", "state", "streetAddress"),
    "surname",
)


def licences(holding: Holding) -> list[Json]:
    """``assignedLicenses``: each SKU once, however many ways; a plan is off when every way switches it off."""
    ways: dict[str, list[Assignment]] = {}
    for held in holding.assignments:
        if held.state != "Error":
            ways.setdefault(held.sku_id, []).append(held)
    return [{"disabledPlans": _off(several), "skuId": sku_id} for sku_id, several in ways.items()]


def _off(ways: list[Assignment]) -> list[str]:
    return sorted(set(ways[0].disabled).intersection(*(way.disabled for way in ways[1:])))


def states(holding: Holding) -> list[Json]:
    """``licenseAssignmentStates``: one row a SKU and way; when it changed last is not known here."""
    return [
        {
            "skuId": held.sku_id,
            "assignedByGroup": held.group or None,
            "disabledPlans": list(held.disabled),
            "state": held.state,
            "error": "None" if held.state in ("Active", "Disabled") else "Other",
            "lastUpdatedDateTime": None,
        }
        for held in holding.assignments
    ]


# Most people hold the same.
_licences = lru_cache(4096)(licences)
_states = lru_cache(4096)(states)

_USER: dict[str, Callable[[Person], Any]] = {
    **{name: lambda _: None for name in _BLANKS},
    **{name: lambda _: [] for name in _LISTS},
    "id": lambda person: person.user_id,
    "userPrincipalName": lambda person: person.upn,
    "displayName": lambda person: person.name,
    "usageLocation": lambda person: person.location or None,
    "userType": lambda person: "Guest" if "#ext#" in person.upn else "Member",
    "accountEnabled": lambda _: True,
    "assignedLicenses": lambda person: _licences(person.holding),
    "licenseAssignmentStates": lambda person: _states(person.holding),
}
#: Lower-case name → name of everything that a user may be asked for.
USER_PROPERTIES = {name.casefold(): name for name in _USER}


def user(person: Person, names: Iterable[str]) -> Json:
    """A user with these properties."""
    return {name: _USER[name](person) for name in names}


def bare_user(person: Person) -> Json:
    """A user with the default properties; fast, for the answers to writes."""
    return {
        "businessPhones": [],
        "displayName": person.name,
        "givenName": None,
        "jobTitle": None,
        "mail": None,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": None,
        "userPrincipalName": person.upn,
        "id": person.user_id,
    }


def _plan(plan: ServicePlan, *, off: bool = False) -> Json:
    return {
        "servicePlanId": plan.plan_id,
        "servicePlanName": plan.name,
        "provisioningStatus": "Disabled" if off else plan.provisioning,
        "appliesTo": plan.applies_to,
    }


def licence_details(person: Person, skus: Mapping[str, Sku]) -> list[Json]:
    """``licenseDetails`` of a user: each SKU held with what is switched off."""
    return [
        {
            "id": f"{person.user_id}_{held['skuId']}",
            "skuId": held["skuId"],
            "skuPartNumber": skus[held["skuId"]].part_number,
            "servicePlans": [_plan(p, off=p.plan_id in held["disabledPlans"]) for p in skus[held["skuId"]].plans],
        }
        for held in licences(person.holding)
    ]


def sku(one: Sku, organisation: Organisation, subscriptions: Iterable[Subscription]) -> Json:
    """A ``subscribedSku``."""
    return {
        "accountName": next(iter(organisation.domains), "practice").partition(".")[0],
        "accountId": organisation.tenant_id or None,
        "appliesTo": one.applies_to,
        "capabilityStatus": one.status.value,
        "consumedUnits": one.consumed,
        "id": f"{organisation.tenant_id}_{one.sku_id}",
        "skuId": one.sku_id,
        "skuPartNumber": one.part_number,
        "subscriptionIds": [bought.subscription_id for bought in subscriptions if bought.sku_id == one.sku_id],
        "prepaidUnits": {
            "enabled": one.enabled,
            "suspended": one.suspended,
            "warning": one.warning,
            "lockedOut": one.locked_out,
        },
        "servicePlans": [_plan(plan) for plan in one.plans],
    }


def subscription(one: Subscription, skus: Mapping[str, Sku]) -> Json:
    """A ``companySubscription``."""
    plans = skus[one.sku_id].plans if one.sku_id in skus else ()
    return {
        "createdDateTime": one.created or None,
        "commerceSubscriptionId": one.commerce_id or None,
        "id": one.subscription_id,
        "isTrial": one.trial,
        "nextLifecycleDateTime": one.next_lifecycle or None,
        "serviceStatus": [_plan(plan) for plan in plans],
        "skuId": one.sku_id,
        "skuPartNumber": one.part_number,
        "status": one.status.value,
        "totalLicenses": one.total,
        "ownerId": None,
        "ownerTenantId": one.owner_tenant or None,
        "ownerType": None,
    }


def organisation(one: Organisation) -> Json:
    """An ``organization``."""
    domains = [
        {"capabilities": "Email", "isDefault": not index, "isInitial": not index, "name": name, "type": "Managed"}
        for index, name in enumerate(one.domains)
    ]
    return {
        "id": one.tenant_id,
        "displayName": one.name,
        "tenantType": "AAD",
        "countryLetterCode": None,
        "verifiedDomains": domains,
    }


def group(one: LicensingGroup) -> Json:
    """A ``group`` with everything that is known of it."""
    return {
        "id": one.group_id,
        "displayName": one.name,
        "description": None,
        "groupTypes": ["DynamicMembership"] if one.dynamic else [],
        "mailEnabled": False,
        "membershipRule": None,
        "membershipRuleProcessingState": "On" if one.dynamic else None,
        "onPremisesSyncEnabled": one.synced or None,
        "securityEnabled": True,
        "assignedLicenses": [{"disabledPlans": list(add.disabled), "skuId": add.sku_id} for add in one.licences],
        "licenseProcessingState": {"state": one.processing} if one.processing else None,
    }
