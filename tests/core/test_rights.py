"""Rights by the claims of a token: every right against every wider one, people and applications, hostile tokens."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.rights import (
    NEEDED,
    READ_GROUPS,
    READ_PEOPLE,
    READ_PRODUCTS,
    WRITE,
    WRITING_ROLES,
    Claims,
    Standing,
    claims_of,
    how_to_grant,
    judge,
)

APP, TENANT, PERSON = (f"{n}0000000-0000-4000-8000-000000000000" for n in "123")
LICENSE_ADMIN = "4d6ac14f-3453-41d0-bef9-a3e0c569773a"
ORDINARY = "b79fbf4d-3ef9-4689-8143-76b194e85509"
PORTAL = "https://portal.azure.us"
EVERY = (*NEEDED, READ_GROUPS)


def jwt(claims):
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJub25lIn0.{body}.c2ln"


def application(*rights, **more):
    return claims_of(jwt({"appid": APP, "tid": TENANT, "roles": list(rights), **more}))


def person(scopes, *roles, **more):
    return claims_of(jwt({"appid": APP, "tid": TENANT, "scp": scopes, "wids": list(roles), **more}))


def standings(claims, rights=EVERY):
    return {judged.right.name: judged.standing for judged in judge(claims, rights)}


@pytest.mark.parametrize(
    ("right", "wider"), [(right, name) for right in EVERY for name in sorted({right.name, *right.within})]
)
def test_a_right_or_any_that_includes_it_is_enough(right, wider):
    (judged,) = judge(application(wider), [right])
    assert judged.standing is Standing.GRANTED
    assert wider in judged.why or wider == right.name


@pytest.mark.parametrize(
    ("right", "other"),
    [
        (WRITE, "User.Read.All"),
        (WRITE, "Directory.Read.All"),
        (WRITE, "Organization.ReadWrite.All"),
        (WRITE, "LicenseAssignment.Read.All"),
        (WRITE, "AgentIdUser.ReadWrite.All"),
        (READ_PEOPLE, "User.ReadBasic.All"),
        (READ_PEOPLE, "LicenseAssignment.ReadWrite.All"),
        (READ_PRODUCTS, "User.ReadWrite.All"),
        (READ_GROUPS, "User.ReadWrite.All"),
        (WRITE, "Directory.AccessAsUser.All"),
        (WRITE, "licenseassignment.readwrite.all "),
    ],
)
def test_another_right_is_not_enough(right, other):
    (judged,) = judge(application(other), [right])
    assert judged.standing is Standing.MISSING


def test_least_privilege_is_enough():
    assert set(standings(application(*(right.name for right in NEEDED)), NEEDED).values()) == {Standing.GRANTED}


def test_an_opaque_token_says_nothing():
    assert set(standings(None).values()) == {Standing.UNKNOWN}


@pytest.mark.parametrize("role", WRITING_ROLES)
def test_a_person_needs_the_right_and_the_role(role):
    scopes = "LicenseAssignment.ReadWrite.All User.Read.All"
    assert standings(person(scopes, role.upper()))[WRITE.name] is Standing.GRANTED
    assert standings(person(scopes, ORDINARY))[WRITE.name] is Standing.MISSING
    assert standings(person("User.Read.All", role))[WRITE.name] is Standing.MISSING
    assert standings(person(scopes, ORDINARY))[READ_PEOPLE.name] is Standing.GRANTED


def test_a_person_whose_roles_are_not_told():
    claims = claims_of(jwt({"scp": "User.ReadWrite.All"}))
    assert standings(claims)[WRITE.name] is Standing.UNKNOWN


def test_azure_cli_acts_as_the_person():
    claims = person("Directory.AccessAsUser.All email openid", LICENSE_ADMIN)
    assert set(standings(claims).values()) == {Standing.GRANTED}


def test_an_application_with_a_directory_role_may_be_able_to():
    claims = application("User.Read.All", wids=[LICENSE_ADMIN])
    assert standings(claims)[WRITE.name] is Standing.UNKNOWN


def test_roles_of_a_person_are_not_the_rights_of_an_application():
    claims = claims_of(jwt({"scp": "openid", "roles": ["LicenseAssignment.ReadWrite.All"]}))
    assert standings(claims)[WRITE.name] is Standing.MISSING


def test_what_a_token_says():
    claims = application("User.Read.All", app_displayname="Mover", exp=1_800_000_000, aud="https://graph.microsoft.com")
    assert (claims.app_id, claims.tenant_id, claims.who) == (APP, TENANT, "Mover")
    assert (claims.ends, claims.audience, claims.delegated) == (1_800_000_000.0, "https://graph.microsoft.com", False)
    assert person("openid", upn="jan@contoso.com").who == "jan@contoso.com"
    assert claims_of(jwt({"azp": APP.upper()})).app_id == APP


def test_nothing_to_grant():
    claims = application(*(right.name for right in NEEDED))
    assert how_to_grant(claims, judge(claims), PORTAL) == ()


def test_the_steps_for_an_application_name_every_missing_right_once():
    claims = application("User.Read.All")
    steps = "\n".join(how_to_grant(claims, judge(claims), PORTAL))
    assert "Application permissions > LicenseAssignment.ReadWrite.All, Organization.Read.All" in steps
    assert "User.Read.All" not in steps
    assert "Grant admin consent" in steps
    assert PORTAL in steps
    assert (
        f"az ad app permission add --id {APP} --api 00000003-0000-0000-c000-000000000000 --api-permissions "
        "5facf0c1-8979-4e95-abcf-ff3d079771c0=Role 498476ce-e0fe-48b0-b801-37ba7e2685c6=Role"
    ) in steps


def test_the_steps_for_a_person_without_the_role():
    claims = person("Directory.AccessAsUser.All", ORDINARY, upn="jan@contoso.com")
    steps = "\n".join(how_to_grant(claims, judge(claims), PORTAL))
    assert "Users > jan@contoso.com > Assigned roles > Add assignments > License Administrator" in steps
    assert "API permissions" not in steps


def test_the_steps_for_a_person_without_the_right():
    claims = person("openid", LICENSE_ADMIN)
    steps = "\n".join(how_to_grant(claims, judge(claims), PORTAL))
    assert "Delegated permissions > LicenseAssignment.ReadWrite.All" in steps
    assert "Assigned roles" not in steps
    assert "az ad" not in steps  # the ids of application permissions are not those of delegated ones


def test_the_steps_for_a_managed_identity():
    claims = application(xms_mirid="/subscriptions/x/y", oid=PERSON)
    steps = "\n".join(how_to_grant(claims, judge(claims, [WRITE]), PORTAL))
    assert PERSON in steps
    assert WRITE.role_id in steps
    assert "API permissions" not in steps


def test_the_steps_for_nobody_in_particular():
    steps = "\n".join(how_to_grant(Claims(), judge(Claims()), PORTAL))
    assert "App registrations > All applications > the application >" in steps
    assert "az ad" not in steps


DEEP = base64.urlsafe_b64encode(b"[" * 60_000).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "opaque",
        "a.b",
        "a.b.c.d",
        "a.%%%.c",
        "a.YQ.c",
        "a.bnVsbA.c",
        "a.W10.c",
        "a.é.c",
        f"a.{DEEP}.c",
        f"a.{'e' * 200_000}.c",
        "." * 200_000,
        jwt("text"),
        jwt([{"appid": APP}]),
    ],
)
def test_a_token_that_is_none_has_no_claims(token):
    assert claims_of(token) is None


def test_claims_of_the_wrong_kind_are_left_out():
    wrong = {
        "appid": "x" * 999,
        "tid": 7,
        "upn": ["a"],
        "scp": ["a"],
        "roles": "Directory.ReadWrite.All",
        "exp": "soon",
    }
    claims = claims_of(jwt({**wrong, "wids": "4d6", "aud": {"a": 1}, "app_displayname": "x" * 9999}))
    assert claims == Claims(who="x" * 200)
    assert claims_of(jwt({"exp": float("nan"), "roles": [None, 1, "User.Read.All"]})).rights == {"User.Read.All"}


SCALARS = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20)
JSON = SCALARS | st.lists(SCALARS, max_size=4) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


@given(st.dictionaries(st.sampled_from(["appid", "tid", "scp", "roles", "wids", "exp", "aud", "upn", "oid"]), JSON))
def test_whatever_the_claims_are_they_can_be_judged(said):
    claims = claims_of(jwt(said))
    assert len(judge(claims)) == 3
    how_to_grant(claims, judge(claims), PORTAL)


@given(st.text())
def test_whatever_the_token_is_nothing_breaks(token):
    judge(claims_of(token))
