"""Every answer that the service is known to give, and what it means."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from batch.core.reasons import REASONS
from batch.core.verdict import APPLIED, RULES, Verdict, VerdictKind, verdict

BAD = "Request_BadRequest"
LICENCE = "License assignment failed because service plan"
G = "fe71d6c3-a2ea-4499-9778-da042bf08063"
H = "5dbe027f-2339-4123-9542-606e4d348a72"
REFUSED, RETRY, DOUBT, STOP = VerdictKind.REFUSED, VerdictKind.RETRY, VerdictKind.DOUBT, VerdictKind.STOP

#: The rows of the service's error catalogue (Microsoft Graph and Entra documentation and logged answers), in its words.
CATALOGUE = [
    ("1", 400, BAD, "License assignment cannot be done for user with invalid usage location.", REFUSED, "no_location"),
    ("2", 400, BAD, f"Subscription with SKU {G} does not have any available licenses.", REFUSED, "no_seats"),
    (
        "2 partner",
        400,
        "60012",
        f"Subscription with Account {H} and SKU {G} does not have any available licenses left.",
        REFUSED,
        "no_seats",
    ),
    ("3", 400, BAD, f"{LICENCE}s {G},{H} are mutually exclusive", REFUSED, "plans_conflict"),
    ("3 audit", 400, BAD, f"{LICENCE}s [A], [B] are mutually exclusive.", REFUSED, "plans_conflict"),
    ("3 other", 400, BAD, f"{LICENCE} {G} conflicts with service plan {H}.", REFUSED, "plans_conflict"),
    ("3 code", 400, "MutuallyExclusiveViolation", "", REFUSED, "plans_conflict"),
    ("4", 400, BAD, f"{LICENCE} {G} depends on the service plan(s) {H}", REFUSED, "plan_dependency"),
    ("4 several", 400, BAD, f"{LICENCE} {G} depends on the service plan(s) {H}, {G}", REFUSED, "plan_dependency"),
    ("4 code", 400, "DependencyViolation", "", REFUSED, "plan_dependency"),
    # Perhaps the echo of our own lost call: the user is read.
    ("5", 400, BAD, "User does not have a corresponding license.", DOUBT, "not_held"),
    (
        "6",
        400,
        BAD,
        "User license is inherited from a group membership and it cannot be removed directly from the user.",
        REFUSED,
        "inherited",
    ),
    ("7", 400, "", f"License {G} does not correspond to a valid company License.", REFUSED, "sku_not_owned"),
    ("8", 400, "", f"License {G} cannot be assigned to a user.", REFUSED, "sku_company"),
    (
        "9",
        400,
        BAD,
        "Another object with the same value for property proxyAddresses already exists.",
        REFUSED,
        "proxy_address",
    ),
    ("9 portal", 400, "", "Proxy address is already being used", REFUSED, "proxy_address"),
    (
        "10",
        400,
        "",
        "Cannot convert a primitive value to the expected type 'Edm.Guid'. See the inner exception for more details",
        REFUSED,
        "bad_request",
    ),
    ("11 12", 400, "", "", REFUSED, "bad_request"),
    ("13", 401, "InvalidAuthenticationToken", "Access token is empty.", STOP, "sign_in"),
    (
        "13 other",
        401,
        "InvalidAuthenticationToken",
        "CompactToken parsing failed with error code: 80049217",
        STOP,
        "sign_in",
    ),
    (
        "14",
        401,
        "Authorization_IdentityNotFound",
        "The identity of the calling application could not be established.",
        STOP,
        "sign_in",
    ),
    (
        "15",
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
        STOP,
        "rights",
    ),
    (
        "16",
        404,
        "Request_ResourceNotFound",
        f"Resource '{G}' does not exist or one of its queried reference-property objects are not present.",
        REFUSED,
        "no_such_user",
    ),
    (
        "17",
        405,
        BAD,
        "Specified HTTP method is not allowed for the request target.",
        REFUSED,
        "bad_request",
    ),
    ("18", 400, "Request_UnsupportedQuery", "Unsupported Query.", REFUSED, "bad_request"),
    (
        "19",
        400,
        "",
        "Invalid page size specified: '1000'. Must be between 1 and 999 inclusive.",
        REFUSED,
        "bad_request",
    ),
    (
        "20",
        403,
        "Directory_QuotaExceeded",
        "The directory object quota limit for the Contoso has been exceeded. Please ask your administrator to "
        "increase the quota limit or delete objects to reduce the used quota.",
        REFUSED,
        "directory_full",
    ),
    ("21", 424, "", "", RETRY, "busy"),
    ("22", 400, "BadRequest", "Duplicate request id.", REFUSED, "bad_request"),
    ("23", 429, "TooManyRequests", "Please retry again later.", RETRY, "throttled"),
    (
        "24",
        429,
        "TooManyRequests",
        "Too many requests from Identifier:x under category:throttle.aad.ags.y",
        RETRY,
        "throttled",
    ),
    (
        "25",
        429,
        "UnknownError",
        "This request is throttled. Please try again after the value specified in the Retry-After header. "
        "CorrelationId: x",
        RETRY,
        "throttled",
    ),
    (
        "26",
        503,
        "Request_ThrottledTemporarily",
        "Your request is throttled temporarily. Please try after 30 seconds.",
        RETRY,
        "throttled",
    ),
    (
        "27",
        503,
        "Request_ThrottledPermanently",
        "Your request is throttled permanently. Please call support to address the issue.",
        STOP,
        "throttled_for_good",
    ),
    (
        "28",
        409,
        "Directory_ConcurrencyViolation",
        "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.",
        RETRY,
        "busy",
    ),
    ("28 in 2022", 503, "Directory_ConcurrencyViolation", "", RETRY, "busy"),
    ("29", 500, "Service_InternalServerError", "Encountered an internal server error.", DOUBT, "server_error"),
    ("30", 502, "UnknownError", "Service Unavailable", DOUBT, "server_error"),
    ("31", 503, "serviceNotAvailable", "The service is temporarily unavailable.", DOUBT, "server_error"),
    ("32", 504, "UnknownError", "", DOUBT, "server_error"),
    ("33", 0, "", "", DOUBT, "no_answer"),
    ("507", 507, "", "", DOUBT, "server_error"),
    ("408", 408, "", "", DOUBT, "server_error"),
]


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row[0])
def test_the_catalogue(row: tuple[str, int, str, str, VerdictKind, str]) -> None:
    _, status, code, message, kind, word = row
    assert verdict(status, code, message) == (kind, word)
    # The texts are not promised to keep their capitals.
    assert verdict(status, code.upper(), message.upper()) == (kind, word)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_successes(status: int) -> None:
    assert verdict(status, "whatever", "it says") == APPLIED


@given(
    st.one_of(st.integers(), st.integers(100, 599)),
    st.one_of(st.text(), st.sampled_from([c[2] for c in CATALOGUE])),
    st.one_of(st.text(), st.sampled_from([c[3] for c in CATALOGUE])),
)
@example(-1, "", "")
@example(301, "", "")
def test_any_answer_has_a_verdict_that_can_be_told(status: int, code: str, message: str) -> None:
    found = verdict(status, code, message)
    assert isinstance(found, Verdict)
    assert (found.kind is VerdictKind.APPLIED) == (found.code == "")
    assert not found.code or found.code in REASONS
    # Only the statuses of a success are one; and only what certainly did nothing is sent again without a look.
    assert (found.kind is VerdictKind.APPLIED) == (status in (200, 201, 202, 204))
    if found.kind is VerdictKind.RETRY:
        assert status in (409, 424, 429, 503) or status == -1
    if not 400 <= status < 500 and status != 503 and found.kind is not VerdictKind.APPLIED:
        assert found.kind is DOUBT or found.code in ("throttled_for_good", "unreachable")


@given(st.text(max_size=40))
def test_an_unknown_400_is_never_sent_again(message: str) -> None:
    if verdict(400, BAD, message).code == "bad_request":
        assert verdict(400, BAD, message).kind is REFUSED


def test_every_rule_can_be_told() -> None:
    assert {rule.verdict.code for rule in RULES} <= REASONS.keys()
