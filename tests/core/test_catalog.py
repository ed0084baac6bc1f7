"""Names of products become SKUs, or say why they do not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.catalog import Ambiguous, Catalog, Found, Unknown
from batch.core.terms import Candidate, ServicePlan, Sku

E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"
BI = "f8a1db68-be16-40ed-86d5-cb42ce701560"
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
VISIO_DEPT = "38b434d2-a15e-4cde-9a98-e737c75623e1"
CASES = "ff5a82be-1edd-4d48-94e0-52527825b589"
CLOUD_PC = "24be3cd7-82ca-41a5-94a7-4903373cdcae"
M365_E3 = "c2fe850d-fbbb-4858-b67d-bd0c6e746da3"
PROJECT = "53818b1b-4a27-454b-8896-0dba576410e6"
NOBODYS = "00000000-0000-4000-8000-000000000001"
MAIL = ServicePlan(plan_id="efb87545-963c-4e0d-99df-69c6916d9eb0", name="EXCHANGE_S_ENTERPRISE")
FORMS = ServicePlan(plan_id="2789c901-c14e-48ab-a76a-be334d9d793a", name="FORMS_PLAN_E3")

KNOWN = (
    Candidate(sku_id=E3, part_number="ENTERPRISEPACK", name="Office 365 E3", plans=(MAIL, FORMS)),
    Candidate(sku_id=E4, part_number="ENTERPRISEWITHSCAL", name="Office 365 E4", plans=(MAIL,)),
    Candidate(sku_id=EMS, part_number="EMS", name="Enterprise Mobility + Security E3"),
    Candidate(sku_id=BI, part_number="POWER_BI_PRO", name="Power BI Pro"),
    Candidate(sku_id=VISIO, part_number="VISIOCLIENT", name="Visio Plan 2"),
    Candidate(sku_id=VISIO_DEPT, part_number="VISIO_PLAN2_DEPT", name="Visio Plan 2"),
    Candidate(sku_id=CASES, part_number="DYN365", name="Dynamics 365 for Case Management, Enterprise Edition"),
    Candidate(sku_id=CLOUD_PC, part_number="W365_16_vCPU,_64_GB", name="Windows 365 Business 16 vCPU, 64 GB, 1 TB"),
    Candidate(sku_id=M365_E3, part_number="O365_w/o\u00a0Teams Bundle_M3\t", name="Microsoft 365 E3 EEA (no Teams)"),
    Candidate(sku_id=PROJECT, part_number="PROJECTPROFESSIONAL", name="Planner and Project Plan 3"),
)
CATALOG = Catalog.of((), KNOWN)


def sku(sku_id: str, part_number: str = "", name: str = "", plans: tuple[ServicePlan, ...] = ()) -> Sku:
    return Sku(sku_id=sku_id, part_number=part_number, name=name, plans=plans)


@pytest.mark.parametrize(
    ("text", "sku_id"),
    [
        (E3, E3),
        (E3.upper(), E3),
        (f" {{{E3.upper()}}}\u00a0", E3),
        ("ENTERPRISEPACK", E3),
        ("enterprisepack", E3),
        ("waterland:ENTERPRISEPACK", E3),
        ("waterland-college.example:EnterprisePack", E3),
        ("Office 365 E3", E3),
        ("OFFICE 365 E3", E3),
        ("\tOffice\u00a0365  E3\u200b\n", E3),
        ("Office 365® E3", E3),
        ("Microsoft 365 E3 EEA (no Teams)", M365_E3),
        ("O365_w/o Teams Bundle_M3", M365_E3),
        ("Enterprise Mobility + Security E3", EMS),
        ("ENTERPRISE MOBILITY+SECURITY E3", EMS),
        ("Windows 365 Business 16 vCPU, 64 GB, 1 TB", CLOUD_PC),
        ("Project Plan 3", PROJECT),
        ("Project Online Professional", PROJECT),
        ("Office 365 (Plan E4)", E4),
    ],
)
def test_a_product_is_found_by_id_part_number_or_name(text: str, sku_id: str) -> None:
    assert CATALOG.resolve(text) == Found(sku_id)


@pytest.mark.parametrize("text", ["Office 365 E9", "", "E3", "waterland:", "a:b:ENTERPRISEPACK", "Office365E3"])
def test_what_nobody_knows_is_unknown_and_never_guessed(text: str) -> None:
    assert CATALOG.resolve(text) == Unknown(text)


def test_typographic_dashes_and_quotes_are_plain_ones() -> None:
    known = [Candidate(sku_id=E3, part_number="X", name="Dynamics 365 - Sandbox 'Tier 2'")]
    assert Catalog.of((), known).resolve("Dynamics 365 – Sandbox ‘Tier 2’") == Found(E3)


def test_a_former_name_of_a_product_that_is_not_known_is_unknown() -> None:
    assert CATALOG.resolve("Office 365 ProPlus") == Unknown("Office 365 ProPlus")


def test_one_name_for_two_products_is_ambiguous_unless_the_tenant_owns_just_one() -> None:
    answer = CATALOG.resolve("visio plan 2")
    assert isinstance(answer, Ambiguous)
    assert (answer.text, [c.sku_id for c in answer.candidates]) == ("visio plan 2", [VISIO, VISIO_DEPT])
    one = Catalog.of([sku(VISIO_DEPT, "VISIO_PLAN2_DEPT")], KNOWN)
    assert one.resolve("VISIO PLAN 2") == Found(VISIO_DEPT)
    both = Catalog.of([sku(VISIO_DEPT), sku(VISIO)], KNOWN)
    assert isinstance(both.resolve("Visio Plan 2"), Ambiguous)


def test_a_copilot_is_known_by_the_admin_centers_name() -> None:
    first, second = "639dec6b-bb19-468b-871c-c5c441c4b0cb", "a809996b-059e-42e2-9866-db24b99a9782"
    name = "Microsoft Copilot for Microsoft 365"
    known = [Candidate(sku_id=i, part_number=p, name=name) for i, p in ((first, "A_Copilot"), (second, "B_Copilot"))]
    assert isinstance(Catalog.of((), known).resolve("Microsoft 365 Copilot"), Ambiguous)
    assert Catalog.of([sku(second)], known).resolve("Microsoft 365 Copilot") == Found(second)


def test_an_owned_product_wins_from_another_ones_present_name() -> None:
    known = [*KNOWN, Candidate(sku_id=NOBODYS, part_number="NEW", name="Project Plan 3")]
    assert Catalog.of((), known).resolve("Project Plan 3") == Found(NOBODYS)
    assert Catalog.of([sku(PROJECT)], known).resolve("Project Plan 3") == Found(PROJECT)


def test_an_id_nobody_knows_is_kept_only_while_the_tenant_is_unknown() -> None:
    assert CATALOG.resolve(NOBODYS.upper()) == Found(NOBODYS)
    tenant = Catalog.of([sku(E4)], KNOWN)
    assert tenant.resolve(NOBODYS) == Unknown(NOBODYS)
    assert tenant.resolve(E3) == Found(E3)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Office 365 E4+Enterprise Mobility + Security E3+Power BI Pro", [E4, EMS, BI]),
        ("ENTERPRISE MOBILITY + SECURITY E3+OFFICE 365 E4", [EMS, E4]),
        ("Enterprise Mobility +\r\nSecurity E3\r\nOffice 365 E4", [EMS, E4]),
        ("Office 365 E4, Power BI Pro", [E4, BI]),
        ("Office 365 E4;Power BI Pro;", [E4, BI]),
        ("Office 365 E4\nPower BI Pro", [E4, BI]),
        ("Dynamics 365 for Case Management, Enterprise Edition, Office 365 E4", [CASES, E4]),
        ("Windows 365 Business 16 vCPU, 64 GB, 1 TB+Office 365 E4", [CLOUD_PC, E4]),
        ("x:W365_16_vCPU,_64_GB,x:EMS", [CLOUD_PC, EMS]),
        (f"{E4},{{{BI}}}", [E4, BI]),
        ("Office 365 E4+Office 365 E4", [E4]),
        ("Office 365 E4+Unlicensed", [E4]),
        ("  +  ", []),
        ("", []),
        (" - ", []),
        ("–", []),
        ("Unlicensed", []),
        ("UNLICENSED", []),
        ("Ongelicentieerd", []),
        ("Niet-gelicentieerd", []),
        ("Nicht\u00a0lizenziert", []),
        ("Sans licence", []),
        ("Sin licencia", []),
    ],
)
def test_a_cell_with_several_products_is_cut_at_the_longest_names(cell: str, expected: list[str]) -> None:
    assert CATALOG.split(cell) == tuple(map(Found, expected))


def test_the_unknown_parts_of_a_cell_stand_beside_the_known_ones() -> None:
    first, second, third = CATALOG.split("Foo, Bar+Visio Plan 2")
    assert (first, second) == (Unknown("Foo"), Unknown("Bar"))
    assert isinstance(third, Ambiguous)


def cost(catalog: Catalog, cell: str) -> float:
    """Seconds of computing that it takes to part a cell: the quicker of two."""
    seconds = []
    for _ in range(2):
        began = time.process_time()
        catalog.split(cell)
        seconds.append(time.process_time() - began)
    return min(seconds)


@pytest.mark.parametrize(
    "cell",
    ["+" * 32767, "a+" * 16383, "a:" * 16383, "Enterprise Mobility + " * 1489, " " * 32767, ", " * 16383, "x" * 32767],
)
def test_a_hostile_cell_takes_no_time(cell: str) -> None:
    assert len(CATALOG.split(cell)) <= 1
    # Four times the text takes about four times as long; sixteen times would be quadratic.
    assert cost(CATALOG, cell) < 10 * max(cost(CATALOG, cell[: len(cell) // 4]), 0.02)


def test_a_hostile_name_does_not_widen_every_search() -> None:
    catalog = Catalog.of([sku(E4, "A", "+".join("a" * 5000))], KNOWN)
    cell = "b+" * 16383
    assert cost(catalog, cell) < 10 * cost(Catalog.of([], KNOWN), cell)


@given(st.lists(st.sampled_from([c for c in KNOWN if not c.name.startswith("Visio")]), max_size=6), st.data())
def test_products_joined_in_any_usual_way_come_apart_again(products: list[Candidate], data: st.DataObject) -> None:
    mark = data.draw(st.sampled_from(["+", ", ", ";", "\n", " | "]))
    names = [data.draw(st.sampled_from([c.name, c.name.upper(), c.sku_id, f"t:{c.part_number}"])) for c in products]
    assert CATALOG.split(mark.join(names)) == tuple(dict.fromkeys(Found(c.sku_id) for c in products))


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    assert isinstance(CATALOG.resolve(text), Found | Ambiguous | Unknown)
    assert all(isinstance(part, Found | Ambiguous | Unknown) for part in CATALOG.split(text))


def test_labels_are_the_best_that_is_known() -> None:
    tenant = [
        sku(E4, "ENTERPRISEWITHSCAL", "ENTERPRISEWITHSCAL"),
        sku(NOBODYS, "ODD"),
        sku(BI, "POWER_BI_PRO", "Cijfers"),
    ]
    catalog = Catalog.of(tenant, KNOWN)
    assert catalog.label(E4) == "Office 365 E4"
    assert catalog.label(BI) == "Cijfers"
    assert catalog.label(NOBODYS) == "ODD"
    assert catalog.label("what") == "what"
    assert (catalog.part_number(E3), catalog.part_number("what")) == ("ENTERPRISEPACK", "")
    assert (catalog.plan_label(MAIL.plan_id), catalog.plan_label("what")) == ("EXCHANGE_S_ENTERPRISE", "what")


def test_a_service_plan_is_found_by_id_or_name_in_its_own_sku() -> None:
    assert CATALOG.plan(E3, "forms_plan_e3") == FORMS.plan_id
    assert CATALOG.plan(E3, f"{{{FORMS.plan_id.upper()}}}") == FORMS.plan_id
    assert CATALOG.plan(E4, "FORMS_PLAN_E3") is None
    assert CATALOG.plan(E4, FORMS.plan_id) is None
    assert CATALOG.plan("what", FORMS.plan_id) is None


def test_the_tenants_own_service_plans_decide() -> None:
    assert Catalog.of([sku(E3, plans=(MAIL,))], KNOWN).plan(E3, "FORMS_PLAN_E3") is None
    assert Catalog.of([sku(E3)], KNOWN).plan(E3, "FORMS_PLAN_E3") == FORMS.plan_id
