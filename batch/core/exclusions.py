"""Service plans that exclude or need each other, as data (Microsoft's "service plan reference for licensing").

Microsoft says of its list that it covers the most common cases and is not kept up for new services, so it is data
that a tenant carries with it and that can be switched off as a whole or pair by pair.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

#: Family → plan name → plan id. A user has at most one plan of a family.
FAMILIES: dict[str, dict[str, str]] = {
    "Exchange Online": {
        "EXCHANGE_B_STANDARD": "90927877-dcff-4af6-b346-2332c0b15bb7",
        "EXCHANGE_L_STANDARD": "d42bdbd6-c335-4231-ab3d-c8f348d5aff5",
        "EXCHANGE_S_ARCHIVE": "da040e0a-b393-4bea-bb76-928b3fa1cf5a",
        "EXCHANGE_S_DESKLESS": "4a82b400-a79f-41a4-b4e2-e94f5787b113",
        "EXCHANGE_S_ENTERPRISE": "efb87545-963c-4e0d-99df-69c6916d9eb0",
        "EXCHANGE_S_ESSENTIALS": "1126bef5-da20-4f07-b45e-ad25d2581aa8",
        "EXCHANGE_S_STANDARD": "9aaf7827-d63c-4b61-89c3-182f06f82e5c",
        "EXCHANGE_S_STANDARD_MIDMARKET": "fc52cc4b-ed7d-472d-bbe7-b081c23ecc56",
    },
    "SharePoint Online": {
        "ONEDRIVEENTERPRISE": "afcafa6a-d966-4462-918c-ec0b4e0fe642",
        "SHAREPOINT_S_DEVELOPER": "a361d6e2-509e-4e25-a8ad-950060064ef4",
        "SHAREPOINTDESKLESS": "902b47e5-dcb2-4fdc-858b-c63a90a2bdb9",
        "SHAREPOINTENTERPRISE": "5dbe027f-2339-4123-9542-606e4d348a72",
        "SHAREPOINTENTERPRISE_EDU": "63038b2c-28d0-45f6-bc36-33062963b498",
        "SHAREPOINTENTERPRISE_MIDMARKET": "6b5b6a67-fc72-4a1f-a2b5-beecf05de761",
        "SHAREPOINTLITE": "a1f3d0a8-84c0-4ae0-bae4-685917b8ab48",
        "SHAREPOINTSTANDARD": "c7699d2e-19aa-44de-8edf-1736da088ca1",
        "SHAREPOINTSTANDARD_EDU": "0a4983bb-d3e5-4a09-95d8-b2d0127b3df5",
        "SHAREPOINTSTANDARD_YAMMERSHADOW": "4c9efd0c-8de7-4c71-8295-9f5fdb0dd048",
    },
    "Skype for Business": {
        "MCOIMP": "afc06cb0-b4f4-4473-8286-d644f70d8faf",
        "MCOSTANDARD_MIDMARKET": "b2669e95-76ef-4e7e-a367-002f60a39f3e",
        "MCOSTANDARD": "0feaeb32-d00e-4d66-bd5a-43b5b83db82c",
        "MCOLITE": "70710b6b-3ab4-4a38-9f6d-9f169461650a",
    },
    "PSTN calling": {
        "MCOPSTN1": "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8",
        "MCOPSTN2": "5a10155d-f5c1-411a-a8ec-e99aae125390",
        "MCOPSTN5": "54a152dc-90de-4996-93d2-bc47e670fc06",
    },
    "Yammer": {
        "YAMMER_ENTERPRISE": "7547a3fe-08ee-4ccb-b430-5077c5041653",
        "YAMMER_EDU": "2078e8df-cff6-4290-98cb-5408261a760a",
        "YAMMER_MIDSIZE": "41bf139a-4e60-409f-9346-a1361efc6dfb",
    },
    "Intune": {
        "INTUNE_A": "c1ec4a95-1f05-45b3-a911-aa3fa01094f5",
        "INTUNE_A_VL": "3e170737-c728-4eae-bbb9-3f3360f7184c",
        "INTUNE_B": "2dc63b8a-df3d-448f-b683-8655877c9360",
    },
    "Rights Management": {
        "RMS_S_ENTERPRISE": "bea4c11e-220a-4e6d-8eb8-8ea15d019f90",
        "RMS_S_ENTERPRISE_GOV": "6a76346d-5d6e-4051-9fe3-ed3f312b5597",
    },
    "Dynamics CRM": {
        "CRMPLAN1": "119cf168-b6cf-41fb-b82e-7fee7bae5814",
        "CRMPLAN2": "bf36ca64-95c6-4918-9275-eb9f4ce2c04f",
        "CRMSTANDARD": "f9646fb2-e3b2-4309-95de-dc4833737456",
        "DYN365_ENTERPRISE_CUSTOMER_SERVICE": "99340b49-fb81-4b1e-976b-8f2ae8e9394f",
        "DYN365_ENTERPRISE_P1": "d56f3deb-50d8-465a-bedb-f079817ccac1",
        "DYN365_ENTERPRISE_P1_IW": "056a5f80-b4e0-4983-a8be-7ad254a113c9",
        "DYN365_ENTERPRISE_SALES": "2da8e897-7791-486b-b08f-cc63c8129df7",
        "DYN365_ENTERPRISE_TEAM_MEMBERS": "6a54b05e-4fab-40e7-9828-428db3b336fa",
        "EMPLOYEE_SELF_SERVICE": "ba5f0cfa-d54a-4ea0-8cf4-a7e1dc4423d8",
    },
}

#: Dependent plan → the plans of which one must be on. Only pairs seen in the service's own answers (graph.md 12.3).
NEEDS: dict[str, frozenset[str]] = {
    # SHAREPOINT_PROJECT (in Project Plan 3) needs SHAREPOINTENTERPRISE.
    "fe71d6c3-a2ea-4499-9778-da042bf08063": frozenset({"5dbe027f-2339-4123-9542-606e4d348a72"}),
}


#: MCOSTANDARD, MCOIMP, TEAMS1.
_MEETING = frozenset(
    {
        "0feaeb32-d00e-4d66-bd5a-43b5b83db82c",
        "afc06cb0-b4f4-4473-8286-d644f70d8faf",
        "57ff2da0-773e-42df-b2af-ffb7a2317929",
    }
)

#: More of them, told by articles and reports but not seen in an answer: named beforehand, not made up by a tenant.
REPORTED: dict[str, frozenset[str]] = {
    # MCOMEETADV, Audio Conferencing: Skype for Business or Teams of the base product (graph.md 12.3, process.md 3.3).
    "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40": _MEETING,
    # MCOEV, Phone System: the same (graph.md 12.3).
    "4828c8ec-dc2e-4779-b502-87ac9ce28ab7": _MEETING,
    # MCOPSTN1, 2 and 5, calling plans: MCOEV ("Assign Teams add-on licenses to users").
    **dict.fromkeys(FAMILIES["PSTN calling"].values(), frozenset({"4828c8ec-dc2e-4779-b502-87ac9ce28ab7"})),
    # WORKPLACE_ANALYTICS: Exchange Online Plan 1 or 2 (graph.md 12.3).
    "f477b0f0-3bb1-4890-940c-40fcee6ce05f": frozenset(
        {"9aaf7827-d63c-4b61-89c3-182f06f82e5c", "efb87545-963c-4e0d-99df-69c6916d9eb0"}
    ),
    # THREAT_INTELLIGENCE, Defender for Office 365 Plan 2: an Exchange Online plan (graph.md 12.3).
    "8e0c0a52-6a6c-4d40-8370-dd62790dcd70": frozenset(FAMILIES["Exchange Online"].values()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicts:
    """Which plans a tenant keeps apart and which need another; ``Conflicts()`` lets everything through."""

    families: tuple[frozenset[str], ...] = ()
    #: Pairs of plan ids that go together although they stand in one family (Exchange Plan 1 and 2 since late 2023).
    allowed: frozenset[frozenset[str]] = frozenset()
    #: Dependent plan id → plan ids of which one must be on.
    needs: tuple[tuple[str, frozenset[str]], ...] = ()

    def clashes(self, plans: Set[str]) -> frozenset[tuple[str, str]]:
        """The pairs among these switched-on plans that exclude each other, each pair sorted."""
        found: set[tuple[str, str]] = set()
        for family in self.families:
            on = sorted(plans & family)
            found.update((a, b) for i, a in enumerate(on) for b in on[i + 1 :])
        return frozenset(pair for pair in found if frozenset(pair) not in self.allowed)

    def unmet(self, plans: Set[str]) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Each switched-on plan that lacks what it needs, with the plans of which one would do, sorted."""
        return frozenset(
            (plan, tuple(sorted(bases))) for plan, bases in self.needs if plan in plans and not plans & bases
        )


#: What Microsoft documents, nothing let through.
DOCUMENTED = Conflicts(
    families=tuple(frozenset(plans.values()) for plans in FAMILIES.values()),
    needs=tuple(NEEDS.items()),
)

#: What is named beforehand: what Microsoft documents, and what is reported besides.
FORESEEN = Conflicts(families=DOCUMENTED.families, needs=tuple((NEEDS | REPORTED).items()))


def forbidden(before: Set[str], after: Set[str]) -> str:
    """The reason word for plans that exclude or miss each other ``after`` and did not ``before``; empty for none."""
    if FORESEEN.clashes(after) - FORESEEN.clashes(before):
        return "plans_conflict"
    return "plan_dependency" if FORESEEN.unmet(after) - FORESEEN.unmet(before) else ""
