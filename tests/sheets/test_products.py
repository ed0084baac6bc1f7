"""Known products: the built-in ones, Microsoft's published table, and what is wrong with either."""

from __future__ import annotations

from pathlib import Path

import pytest

from batch.core.catalog import Ambiguous, Catalog, Found
from batch.core.errors import SheetError, UsageError
from batch.core.names import OTHER_NAMES
from batch.sheets.products import IMPORT_COMMAND, import_products, imported_path, known_products, service_names

HEADINGS = (
    "Product_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names\n"
)
E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
BOT = "4b74a65c-8b4a-4fc8-9f6b-5177ed11ddfa"
MAIL = "efb87545-963c-4e0d-99df-69c6916d9eb0"
FORMS = "2789c901-c14e-48ab-a76a-be334d9d793a"
FIRST, SECOND = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
EXCERPT = HEADINGS + (
    f"Office 365 E3,ENTERPRISEPACK,{E3},EXCHANGE_S_ENTERPRISE,{MAIL},Exchange Online (Plan 2)\n"
    f"Office 365 E3,ENTERPRISEPACK,{E3.upper()}\u00a0,EXCHANGE_S_ENTERPRISE,{MAIL},Exchange Online (Plan 2)\n"
    f"Office 365 E3,ENTERPRISEPACK,{E3},FORMS_PLAN_E3,{FORMS},Microsoft Forms (Plan E3)\n"
    f'"Cases, Enterprise",O365_w/o\u00a0Cases\t,{FIRST},FORMS_PLAN_E3,{FORMS},Forms\n'
    f'"Cases, Enterprise",CASES ,{SECOND},FORMS_PLAN_E3,{FORMS},Forms\n'
    f"Power Virtual Agent User License,VIRTUAL_AGENT_USL,{BOT},FORMS_PLAN_E3,{FORMS},Forms\n"
    f"Microsoft Copilot Studio User License,VIRTUAL_AGENT_USL,{BOT},FORMS_PLAN_E3,{FORMS},Forms\n"
)
PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "product-names-and-service-plans.csv"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REASSIGN_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def saved(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_the_common_products_come_with_us() -> None:
    catalog = Catalog.of((), known_products())
    assert catalog.resolve("ENTERPRISEWITHSCAL") == Found(E4)
    assert catalog.plan(E3, "exchange_s_enterprise") == MAIL
    assert len([p for p in known_products() if p.sku_id == E3]) == 1


def test_every_other_name_stands_for_products_that_come_with_us() -> None:
    builtin = {product.sku_id for product in known_products()}
    assert not [name for name, skus in OTHER_NAMES.items() if not builtin.issuperset(skus)]
    catalog = Catalog.of((), known_products())
    assert catalog.resolve("Microsoft 365 Empresa Estándar") == catalog.resolve("O365_BUSINESS_PREMIUM")
    assert catalog.resolve("Office 365 Business Premium") != catalog.resolve("Microsoft 365 Business Premium")


def test_a_name_of_two_common_products_is_ambiguous_with_the_usual_one_first() -> None:
    answer = Catalog.of((), known_products()).resolve("Visio Plan 2")
    assert isinstance(answer, Ambiguous)
    assert [c.part_number for c in answer.candidates] == ["VISIOCLIENT", "VISIO_PLAN2_DEPT"]


def test_an_import_is_cleaned_and_known_from_then_on(tmp_path: Path, data: Path) -> None:
    summary = import_products(saved(tmp_path, EXCERPT))
    assert (summary.products, summary.plans, summary.doubtful) == (4, 2, ("Cases, Enterprise",))
    assert summary.path == imported_path() == data / "products.json"
    assert [p.name for p in data.iterdir()] == ["products.json"]
    catalog = Catalog.of((), known_products())
    assert catalog.resolve("O365_w/o Cases") == Found(FIRST)
    assert isinstance(catalog.resolve("cases, enterprise"), Ambiguous)
    assert catalog.resolve("Power Virtual Agent User License") == Found(BOT)
    assert catalog.resolve("Microsoft Copilot Studio User License") == Found(BOT)
    assert catalog.resolve("Office 365 E4") == Found(E4)
    assert service_names() == {MAIL: "Exchange Online (Plan 2)", FORMS: "Microsoft Forms (Plan E3)"}


def test_a_table_without_the_names_of_services_that_people_see(tmp_path: Path, data: Path) -> None:
    assert service_names() == {}
    import_products(saved(tmp_path, "\n".join(line.rpartition(",")[0] for line in EXCERPT.splitlines())))
    assert service_names() == {}
    assert Catalog.of((), known_products()).plan(E3, "exchange_s_enterprise") == MAIL


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + EXCERPT,
        "???" + EXCERPT,
        EXCERPT.replace("\n", "\r\n"),
        EXCERPT.replace("\u00a0", " ").replace('"Cases, Enterprise"', "Cases").replace(",", ";"),
        EXCERPT.encode("cp1252"),
        EXCERPT + "\n,,,,,\n",
    ],
)
def test_the_table_is_read_in_the_forms_in_which_it_goes_round(tmp_path: Path, content: str | bytes) -> None:
    assert import_products(saved(tmp_path, content)).products == 4


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no column Product_Display_Name"),
        (HEADINGS, "no products"),
        ("UPN,Licenses\na@b.example,Office 365 E3\n", "no column Product_Display_Name, String_Id"),
        (HEADINGS + "Office 365 E3,ENTERPRISEPACK\n", "too few columns in line 2"),
        (HEADINGS + f"Office 365 E3,ENTERPRISEPACK,nope,X,{MAIL},\n", '"nope" in column GUID, line 2'),
        (HEADINGS + f"Office 365 E3,ENTERPRISEPACK,{E3},X,=1+1,\n", '"=1+1" in column Service_Plan_Id'),
        (HEADINGS + f",ENTERPRISEPACK,{E3},X,{MAIL},\n", "without a name in line 2"),
        (HEADINGS + f'"Office 365 E3,ENTERPRISEPACK,{E3},X,{MAIL},\n', "not a CSV file"),
        (b"PK\x03\x04\x81\x8d\x00", "not a text file"),
    ],
)
def test_anything_else_is_refused_and_leaves_the_earlier_import(
    tmp_path: Path, data: Path, content: str | bytes, why: str
) -> None:
    import_products(saved(tmp_path, EXCERPT))
    before = (data / "products.json").read_bytes()
    with pytest.raises(SheetError, match="not Microsoft's product table") as told:
        import_products(saved(tmp_path, content))
    assert why in told.value.what
    assert "table.csv" in told.value.what
    assert (data / "products.json").read_bytes() == before


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SheetError, match=r"gone\.csv cannot be read"):
        import_products(tmp_path / "gone.csv")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b'{"schema": 2, "plans": [], "products": []}',
        b'{"schema": 1, "plans": [], "products": [{"id": "x", "part_number": "A", "names": ["A"], "plans": []}]}',
        b'{"schema": 1, "plans": [], "products": [{"id": 7, "part_number": "A", "names": ["A"], "plans": []}]}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_import_says_how_to_import_again(data: Path, content: bytes) -> None:
    data.mkdir()
    (data / "products.json").write_bytes(content)
    with pytest.raises(UsageError) as told:
        known_products()
    assert str(data / "products.json") in told.value.what
    assert IMPORT_COMMAND in told.value.todo


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, data: Path) -> None:
    data.write_text("a file where the folder should be")
    with pytest.raises(UsageError, match="cannot be kept in"):
        import_products(saved(tmp_path, EXCERPT))


@pytest.mark.skipif(not PUBLISHED.exists(), reason="Microsoft's published table is not beside the repository")
def test_microsofts_published_table() -> None:
    summary = import_products(PUBLISHED)
    assert (summary.products, len(summary.doubtful)) == (619, 15)
    catalog = Catalog.of((), known_products())
    assert all(isinstance(catalog.resolve(name), Ambiguous) for name in summary.doubtful)
    assert isinstance(catalog.resolve("MCOPSTN5"), Ambiguous)
    for product in known_products():
        assert product.sku_id in catalog.resolve(product.sku_id).sku_id  # type: ignore[union-attr]
        if product.name not in summary.doubtful:
            assert catalog.split(product.name) == (Found(product.sku_id),), product.name
            assert catalog.split(f"{product.name.upper()}+Power BI Pro")[0] == Found(product.sku_id)
        if product.part_number != "MCOPSTN5":
            assert catalog.resolve(f"tenant:{product.part_number.lower()}") == Found(product.sku_id)


def test_the_table_lies_in_the_users_own_folder_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REASSIGN_DATA")
    assert imported_path().parts[-2:] == ("license-reassign", "products.json")
