"""``$filter``: what it means, by law on values and by example; what is not understood is refused, never guessed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.terms import Holding, People
from batch.tenants.practice import PracticeTenant
from batch.tenants.practice_directory import Condition, Person
from batch.tenants.served.exchange import GraphError
from batch.tenants.served.filters import compile_filter
from batch.tenants.served.users import USERS
from tests.tenants.served.face import ASK_ALL, Face, during
from tests.tenants.small_tenant import E1, E3, E4, SKUS, VISIO, direct, inherited, upn, user

NAMES = ["Ann", "ANN", "", "O'Neil", "Zoë", "ZOË", "a%_b", "Ann Lee"]
PLACES = ["FR", "fr", "", "DE", "NA"]
UPNS = [f"user{n}@contoso.com" for n in range(6)] + ["ann_x.org#ext#@contoso.com", "o'neil@contoso.com"]
HOLDINGS = [
    Holding(),
    direct(E4),
    direct(E3, VISIO),
    Holding.of([inherited(E3)]),
    Holding.of([*direct(E4).assignments, inherited(E4)]),
]
CROWD = People(
    [user(n) for n in range(len(UPNS))],
    UPNS,
    [NAMES[n % len(NAMES)] for n in range(len(UPNS))],
    [PLACES[n % len(PLACES)] for n in range(len(UPNS))],
    [n % len(HOLDINGS) for n in range(len(UPNS))],
    tuple(HOLDINGS),
)


class Wanted(NamedTuple):
    """A filter as text, what it means, and how many alternatives it has."""

    text: str
    holds: Callable[[Person], bool]
    ors: int = 0


def folded(text: str | None) -> str | None:
    """As the directory compares: without regard to ASCII case."""
    return text if text is None else "".join(c.lower() if c.isascii() else c for c in text)


TEXTS: dict[str, Callable[[Person], str | None]] = {
    "id": lambda p: p.user_id,
    "userPrincipalName": lambda p: p.upn,
    "displayName": lambda p: p.name,
    "usageLocation": lambda p: p.location or None,
    "userType": lambda p: "Guest" if "#ext#" in p.upn else "Member",
}
words = st.sampled_from([*NAMES, *PLACES, *UPNS, UPNS[0].upper(), *CROWD.ids, "Guest", "member", "nobody", "user"])
guids = st.sampled_from([E1, E3, E4, VISIO, E3.upper()])


def quoted(text: str | None) -> str:
    return "null" if text is None else "'" + text.replace("'", "''") + "'"


@st.composite
def comparisons(draw: st.DrawFn) -> Wanted:
    name = draw(st.sampled_from(list(TEXTS)))
    value, negated = draw(words | st.none()), draw(st.booleans())
    got = TEXTS[name]
    return Wanted(
        f"{name} {'ne' if negated else 'eq'} {quoted(value)}", lambda p: (folded(got(p)) == folded(value)) != negated
    )


@st.composite
def memberships(draw: st.DrawFn) -> Wanted:
    name, values = draw(st.sampled_from(list(TEXTS))), draw(st.lists(words | st.none(), min_size=1, max_size=4))
    got, among = TEXTS[name], {folded(value) for value in values}
    text = f"{name} in ({', '.join(map(quoted, values))})"
    return Wanted(text, lambda p: folded(got(p)) in among, len(values) - 1)


@st.composite
def starts(draw: st.DrawFn) -> Wanted:
    name, start = draw(st.sampled_from(list(TEXTS))), draw(words)[: draw(st.integers(0, 8))]
    got = TEXTS[name]

    def holds(person: Person) -> bool:
        value = folded(got(person))
        return value is not None and value.startswith(folded(start) or "")

    word = draw(st.sampled_from(["startsWith", "startswith"]))
    return Wanted(f"{word}({name},{quoted(start)})", holds)


@st.composite
def licences(draw: st.DrawFn) -> Wanted:
    if draw(st.booleans()):
        guid, name = draw(guids), draw(st.sampled_from(["x", "s", "License"]))
        text = f"assignedLicenses/any({name}:{name}/skuId eq {guid})"
        return Wanted(text, lambda p: guid.lower() in p.holding.sku_ids)
    negated = draw(st.booleans())
    text = f"assignedLicenses/$count {'ne' if negated else 'eq'} 0"
    return Wanted(text, lambda p: bool(p.holding.sku_ids) == negated)


TOKENS = ["id", "eq", "'x'", "(", ")", "and", "or", "not", "in", ",", "/", "any", ":", "$count", "0", "null", "true"]
TOKENS += ["startsWith", "usageLocation", "assignedLicenses", "accountEnabled", E3, "'", "--", ";"]
flags = st.tuples(st.sampled_from(["true", "false"]), st.booleans()).map(
    lambda drawn: Wanted(
        f"accountEnabled {'ne' if drawn[1] else 'eq'} {drawn[0]}", lambda _: (drawn[0] == "true") != drawn[1]
    )
)


def both(pair: tuple[Wanted, Wanted]) -> Wanted:
    a, b = pair
    return Wanted(f"({a.text}) and ({b.text})", lambda p: a.holds(p) and b.holds(p), a.ors + b.ors)


def either(pair: tuple[Wanted, Wanted]) -> Wanted:
    a, b = pair
    return Wanted(f"({a.text} or {b.text})", lambda p: a.holds(p) or b.holds(p), a.ors + b.ors + 1)


def negation(a: Wanted) -> Wanted:
    return Wanted(f"not({a.text})", lambda p: not a.holds(p), a.ors)


filters = st.recursive(
    comparisons() | memberships() | starts() | licences() | flags,
    lambda inner: st.tuples(inner, inner).map(both) | st.tuples(inner, inner).map(either) | inner.map(negation),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeTenant]:
    tenant = PracticeTenant.create(tmp_path_factory.mktemp("filters") / "t.db", SKUS, CROWD)
    yield tenant
    asyncio.run(tenant.close())


def found(tenant: PracticeTenant, condition: Condition) -> list[Person]:
    async def main() -> list[Person]:
        with tenant.reading() as directory:
            assert directory.count(condition) == len(directory.page(condition, 0, 999))
            return directory.page(condition, 0, 999)

    return asyncio.run(main())


@settings(max_examples=150, deadline=None)
@given(wanted=filters)
def test_a_compiled_filter_finds_whom_its_meaning_finds(tenant: PracticeTenant, wanted: Wanted) -> None:
    everybody = found(tenant, Condition())
    if wanted.ors >= 15:
        with pytest.raises(GraphError):
            compile_filter(wanted.text, USERS, advanced=True)
        return
    condition = compile_filter(wanted.text, USERS, advanced=True)
    assert found(tenant, condition) == [person for person in everybody if wanted.holds(person)], wanted.text
    # No value is ever part of the SQL.
    assert "'contoso" not in condition.sql
    assert condition.sql.count("?") == len(condition.values)


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(max_size=60)
    | st.lists(
        st.sampled_from(TOKENS),
        max_size=12,
    ).map(" ".join)
)
def test_anything_is_understood_or_refused(tenant: PracticeTenant, text: str) -> None:
    condition = Condition("0")
    with contextlib.suppress(GraphError):
        condition = compile_filter(text, USERS, advanced=True)
    found(tenant, condition)


class TestByExample:
    @pytest.mark.parametrize(
        ("text", "upns"),
        [
            ("usageLocation eq null", [UPNS[2], UPNS[7]]),
            ("usageLocation ne 'FR' and usageLocation ne null", [UPNS[3], UPNS[4]]),
            ("userType eq 'Guest'", [UPNS[6]]),
            ("displayName eq 'O''Neil'", [UPNS[3]]),
            ("startswith(displayName,'a%')", [UPNS[6]]),
            (f"assignedLicenses/any(s:s/skuId eq {VISIO})", [UPNS[2], UPNS[7]]),
            ("not startsWith(userPrincipalName,'user') and accountEnabled eq true", UPNS[6:]),
            ("id in ('x') or id eq 'y'", []),
            (f"id eq '{user(3).upper()}' or userPrincipalName eq 'USER1@CONTOSO.COM'", [UPNS[1], UPNS[3]]),
        ],
    )
    def test_forms_that_clients_send(self, tenant: PracticeTenant, text: str, upns: list[str]) -> None:
        condition = compile_filter(text, USERS, advanced=False)
        assert [person.upn for person in found(tenant, condition)] == upns

    @pytest.mark.parametrize(
        ("text", "code", "message"),
        [
            ("", "BadRequest", "its end"),
            ("id", "BadRequest", "its end"),
            ("id eq 'x", "BadRequest", "Syntax error at position 5"),
            ("id eq 'x' id", "BadRequest", "'id' was not expected"),
            ("id eq x", "BadRequest", "'x' was not expected"),
            (f"id eq {E3}", "BadRequest", "single quotes"),
            ("id gt 'x'", "Request_UnsupportedQuery", "operator 'gt'"),
            ("mail eq 'x'", "Request_UnsupportedQuery", "'mail'"),
            ("endsWith(mail,'x')", "Request_UnsupportedQuery", "'endswith'"),
            ("startsWith(accountEnabled,'x')", "BadRequest", "startswith"),
            ("accountEnabled eq 'true'", "BadRequest", "'true'"),
            ("assignedLicenses/all(x:x/skuId eq null)", "BadRequest", "'all'"),
            ("assignedLicenses/any(x:y/skuId eq null)", "BadRequest", "'y'"),
            (f"assignedLicenses/any(x:x/skuId eq '{E3}')", "BadRequest", E3),
            ("assignedLicenses/$count gt 0", "Request_UnsupportedQuery", "'gt'"),
            ("assignedLicenses/$count ne 1", "Request_UnsupportedQuery", "with 0"),
            ("assignedLicenses/$count ne 0", "Request_UnsupportedQuery", "ConsistencyLevel"),
            (" or ".join(["id eq 'x'"] * 16), "Request_UnsupportedQuery", "16. Max allowed: 15."),
            (f"id in ({','.join(['null'] * 16)})", "Request_UnsupportedQuery", "Max allowed: 15."),
            (" and ".join(["id eq 'x'"] * 101), "BadRequest", "more than 100"),
            ("(" * 5000, "BadRequest", "deeper than 20"),
            ("not " * 5000, "BadRequest", "its end"),
            ("'" * 32_769, "BadRequest", "longer than"),
        ],
    )
    def test_refusals_say_why(self, text: str, code: str, message: str) -> None:
        with pytest.raises(GraphError) as refusal:
            compile_filter(text, USERS, advanced=False)
        assert (refusal.value.status, refusal.value.code) == (400, code)
        assert message in refusal.value.message

    def test_over_http_with_the_rest_of_the_query(self, tmp_path: Path) -> None:
        async def work(face: Face) -> None:
            text = quote(f"assignedLicenses/any(x:x/skuId eq {E4})")
            told = await face.get(f"/users?$filter={text}&$select=id&$top=2")
            assert [one["id"] for one in told.values] == [user(0), user(2)]
            more = await face.get(told.body["@odata.nextLink"])
            assert [one["id"] for one in more.values] == [user(3)]
            counted = f"/users?$count=true&$filter={quote('assignedLicenses/$count eq 0')}"
            told = await face.get(counted, headers=ASK_ALL)
            assert ([one["userPrincipalName"] for one in told.values], told.body["@odata.count"]) == ([upn(4)], 1)
            assert (await face.get(counted)).code == "Request_UnsupportedQuery"
            assert (await face.get(counted.replace("$count=true&", ""), headers=ASK_ALL)).status == 400

        during(tmp_path, [direct(E4), direct(E3), direct(E4), direct(E4), Holding()], work)
