"""Which rights the work needs, which wider ones include them, and what a token's own claims say about them.

A token is decoded for people to read, never trusted: only the service knows what it allows. Names and ids: Microsoft
Graph permissions reference and the permission tables of the calls; roles: Microsoft Entra built-in roles.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from batch.core.changes import ChangeKind
from batch.core.terms import Way

#: Characters of a token that are looked at, and of one claim that are kept.
_LONGEST_TOKEN = 100_000
_LONGEST_CLAIM = 200
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PART = re.compile(r"[A-Za-z0-9_-]*")
#: Microsoft Graph itself, as an application; the same id in every tenant.
GRAPH_APP = "00000003-0000-0000-c000-000000000000"
#: With this right an app may do whatever the person who signed in may do; Azure CLI has it.
_AS_THE_PERSON = "Directory.AccessAsUser.All"
#: To read the whole directory, and to write it.
_DIRECTORY = ("Directory.Read.All", "Directory.ReadWrite.All")


class Right(NamedTuple):
    """A permission of Microsoft Graph."""

    name: str
    #: What cannot be done without it.
    purpose: str
    #: Its id as an application permission (app role of Microsoft Graph), the same in every tenant.
    role_id: str
    #: Wider rights, each of which is enough.
    within: frozenset[str]


WRITE = Right(
    "LicenseAssignment.ReadWrite.All",
    "change licences",
    "5facf0c1-8979-4e95-abcf-ff3d079771c0",
    # The table of assignLicense also names AgentIdUser rights; those reach agents only, not people.
    frozenset({"User.ReadWrite.All", "Directory.ReadWrite.All"}),
)
READ_PRODUCTS = Right(
    "Organization.Read.All",
    "read products and seats",
    "498476ce-e0fe-48b0-b801-37ba7e2685c6",
    frozenset({"Organization.ReadWrite.All", *_DIRECTORY}),
)
READ_PEOPLE = Right(
    "User.Read.All",
    "read people and what they hold",
    "df021288-bdef-4463-88db-98f22de89214",
    frozenset({"User.ReadWrite.All", *_DIRECTORY}),
)
#: Only a copy of the tenant, and a plan for licences that come from groups, read groups.
READ_GROUPS = Right(
    "GroupMember.Read.All",
    "read groups that carry licences",
    "98830695-27a2-44f7-8c18-0c3ebc9698f6",
    frozenset({"GroupMember.ReadWrite.All", "Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY}),
)
#: Only plans that set usage locations need it.
PLACE = Right(
    "User.ReadWrite.All",
    "set usage locations",
    "741f803b-c850-494e-b5df-cde7c675a1ca",
    frozenset({"Directory.ReadWrite.All"}),
)
#: Only plans that move people between groups need it.
JOIN = Right(
    "GroupMember.ReadWrite.All",
    "move people between groups that carry licences",
    "dbaae8cf-10b5-4b86-a4a1-f871c94c6695",
    frozenset({"Group.ReadWrite.All", "Directory.ReadWrite.All"}),
)
NEEDED = (WRITE, READ_PRODUCTS, READ_PEOPLE)

#: Directory roles that let a person change licences, by the template id that tokens name them with.
WRITING_ROLES = {
    "4d6ac14f-3453-41d0-bef9-a3e0c569773a": "License Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "9360feb5-f418-4baa-8175-e2a00bac4301": "Directory Writers",
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says about itself; every text is what somebody wrote, cut short."""

    #: The application that asked for it and the tenant it is for: GUIDs, empty when not said.
    app_id: str = ""
    tenant_id: str = ""
    #: The person or the application, by name.
    who: str = ""
    #: The object in the directory that signed in, a GUID.
    object_id: str = ""
    #: The service that the token is for.
    audience: str = ""
    #: When it ends, in UTC seconds since 1970; 0 when not said.
    ends: float = 0.0
    #: A person signed in, so that the person's own directory roles count as well.
    delegated: bool = False
    #: A managed identity, which has no page of its own under App registrations.
    managed: bool = False
    rights: frozenset[str] = frozenset()
    #: Template ids of directory roles; None when the token does not say.
    roles: frozenset[str] | None = None

    @property
    def writing_roles(self) -> list[str]:
        """Names of the directory roles among them that let somebody change licences."""
        return sorted(WRITING_ROLES[role] for role in self.roles or () if role in WRITING_ROLES)


class Standing(StrEnum):
    """How we stand with a right."""

    GRANTED = "granted"
    MISSING = "missing"
    UNKNOWN = "unknown"


class Judged(NamedTuple):
    """A right, how we stand with it as far as claims can tell, and why, as the end of a sentence."""

    right: Right
    standing: Standing
    why: str


def claims_of(token: str) -> Claims | None:
    """The claims of a JSON Web Token, unchecked; None for anything else (an opaque token, rubbish)."""
    parts = token[: _LONGEST_TOKEN + 1].split(".")
    if len(token) > _LONGEST_TOKEN or len(parts) != 3 or not _PART.fullmatch(parts[1]):
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    return _claims(said) if isinstance(said, dict) else None


def judge(claims: Claims | None, rights: Iterable[Right] = NEEDED) -> tuple[Judged, ...]:
    """How we stand with each right, by the token's claims alone."""
    return tuple(Judged(right, *_judge(claims, right)) for right in rights)


def how_to_grant(claims: Claims, judged: Iterable[Judged], portal: str) -> tuple[str, ...]:
    """The steps that give what is missing, in order; nothing when nothing is. ``portal``: where the cloud's is."""
    lacking = [judgement.right for judgement in judged if judgement.standing is Standing.MISSING]
    ungranted = [right for right in lacking if not _by(claims, right)]
    steps: list[str] = []
    if ungranted and claims.managed:
        steps += _to_managed_identity(claims, ungranted)
    elif ungranted:
        steps += _to_application(claims, ungranted, portal)
    if len(ungranted) < len(lacking):
        steps.append(
            f"In the Microsoft Entra admin center (or {portal}, Microsoft Entra ID): Users > {claims.who or 'you'} > "
            "Assigned roles > Add assignments > License Administrator (or activate the role in Privileged Identity "
            "Management); then sign in again."
        )
    if steps:
        steps.append("New rights show in new tokens only: wait some minutes, then say reassign tenant doctor again.")
    return tuple(steps)


def _to_application(claims: Claims, rights: list[Right], portal: str) -> list[str]:
    kind = "Delegated" if claims.delegated else "Application"
    steps = [
        f"In the Microsoft Entra admin center (or {portal}, Microsoft Entra ID): App registrations > All applications "
        f"> {claims.app_id or 'the application'} > API permissions > Add a permission > Microsoft Graph > "
        f"{kind} permissions > {', '.join(right.name for right in rights)} > Add permissions.",
        "On the same page: Grant admin consent (a Privileged Role Administrator or Global Administrator can).",
    ]
    if claims.app_id and not claims.delegated:
        roles = " ".join(f"{right.role_id}=Role" for right in rights)
        steps[1] += (
            f" Or both in Azure CLI: az ad app permission add --id {claims.app_id} --api {GRAPH_APP} "
            f"--api-permissions {roles}, and then az ad app permission admin-consent --id {claims.app_id}"
        )
    return steps


def _to_managed_identity(claims: Claims, rights: list[Right]) -> list[str]:
    """No page of a portal grants these ("Assign a managed identity access to an application role")."""
    return [
        "A managed identity is given rights in Microsoft Graph itself, by a Privileged Role Administrator. In Azure "
        f"CLI: az ad sp show --id {GRAPH_APP} --query id --output tsv prints the id of Microsoft Graph in this tenant.",
        "POST to /servicePrincipals/ID/appRoleAssignments (az rest --method POST), where ID is "
        f"{claims.object_id or 'the object id of the identity'}, with principalId (that ID), resourceId (what was "
        "printed) and, one call each, appRoleId: "
        + ", ".join(f"{right.role_id} for {right.name}" for right in rights)
        + ".",
    ]


def _by(claims: Claims, right: Right) -> str:
    """The right that the token names and that is enough, the narrow one first; empty for none."""
    if right.name in claims.rights:
        return right.name
    enough = right.within | ({_AS_THE_PERSON} if claims.delegated else frozenset())
    return min(claims.rights & enough, default="")


def _judge(claims: Claims | None, right: Right) -> tuple[Standing, str]:
    if claims is None:
        return Standing.UNKNOWN, "the token does not say"
    by = _by(claims, right)
    if right is WRITE and by and claims.delegated:
        return _by_role(claims, by)
    if by:
        return Standing.GRANTED, "granted" if by == right.name else f"included in {by}"
    if right is WRITE and claims.writing_roles and not claims.delegated:
        return Standing.UNKNOWN, f"not granted, but the directory role {claims.writing_roles[0]} may be enough"
    return Standing.MISSING, "not granted"


def _by_role(claims: Claims, by: str) -> tuple[Standing, str]:
    """A person signed in: the app's right counts only as far as the person's own role goes."""
    if claims.roles is None:
        return Standing.UNKNOWN, f"the app may ({by}), but the token does not say which directory roles you have"
    if claims.writing_roles:
        return Standing.GRANTED, f"{by}, as {claims.writing_roles[0]}"
    return (
        Standing.MISSING,
        f"the app may ({by}), but you have none of the roles {', '.join(WRITING_ROLES.values())} "
        "(a role of your own making, or one for a part of the tenant, does not show in the token)",
    )


def _claims(said: dict[str, Any]) -> Claims:
    scopes, app_roles, wids = said.get("scp"), said.get("roles"), said.get("wids")
    delegated = isinstance(scopes, str)
    ends = said.get("exp")
    return Claims(
        app_id=_guid(said, "appid", "azp"),
        tenant_id=_guid(said, "tid"),
        who=_text(said, *(("upn", "unique_name", "preferred_username") if delegated else ("app_displayname",))),
        object_id=_guid(said, "oid"),
        audience=_text(said, "aud"),
        ends=float(ends) if isinstance(ends, (int, float)) and 0 < ends < 1e11 else 0.0,
        delegated=delegated,
        managed=isinstance(said.get("xms_mirid"), str),
        rights=frozenset(scopes.split()) if isinstance(scopes, str) else frozenset(_texts(app_roles)),
        roles=frozenset(role.lower() for role in _texts(wids)) if isinstance(wids, list) else None,
    )


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(said: dict[str, Any], *names: str) -> str:
    return next((said[name][:_LONGEST_CLAIM] for name in names if isinstance(said.get(name), str)), "")


def _guid(said: dict[str, Any], *names: str) -> str:
    return next((text.lower() for name in names if _GUID.fullmatch(text := _text(said, name))), "")


def needed_for(kinds: Iterable[ChangeKind]) -> tuple[Right, ...]:
    """The rights that a plan with these changes needs besides those of every plan."""
    ways = {(kind.way, bool(kind.location)) for kind in kinds}
    wanted = {
        PLACE: any(place for _, place in ways),
        READ_GROUPS: any(way is not Way.DIRECT for way, _ in ways),
        JOIN: any(way is Way.MEMBERSHIP for way, _ in ways),
    }
    return tuple(right for right, is_wanted in wanted.items() if is_wanted)
