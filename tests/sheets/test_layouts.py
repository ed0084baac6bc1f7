"""One small example of every export and hand-made sheet that admins are known to have."""

from __future__ import annotations

import pytest

from batch.core.table import Field, Kind
from tests.sheets.grids import codes, column, table

# Text of a sheet, its kind, and what its first row says. Delimiter ``;`` where the text has one in its first line.
USERS = {
    "admin center until 2022": (
        "Block credential,City,Country/Region,Department,Display name,License assignment details,Licenses,Object Id,"
        "Usage location,User principal name\n"
        "False,Delft,NL,Sales,Ann,,Office 365 E3+Visio Plan 2,id-1,NL,ann@x.nl",
        {Field.USER: "ann@x.nl", Field.DISPLAY_NAME: "Ann", Field.HOLDS: "Office 365 E3+Visio Plan 2",
         Field.LOCATION: "NL", Field.DEPARTMENT: "Sales", Field.OBJECT_ID: "id-1"},
    ),
    "admin center, product in the assignment details": (
        "Display name,License assignment details,Licenses,User principal name\nAnn,Office 365 E3,,ann@x.nl",
        {Field.USER: "ann@x.nl", Field.HOLDS: "Office 365 E3"},
    ),
    "admin center since 2022": (
        "Display name,DirSyncEnabled,User principal name,Object Id,First name,Last name,CountryOrRegion,"
        "Usage location,Block credential,Licenses,Proxy addresses,AgeGroup\n"
        "Ann,True,ann@x.nl,id-1,Ann,Ek,NL,NL,False,Unlicensed,SMTP:ann@x.nl,",
        {Field.USER: "ann@x.nl", Field.HOLDS: "Unlicensed", Field.OBJECT_ID: "id-1"},
    ),
    "admin center in Dutch": (
        "Weergavenaam;User principal name;Voornaam;Achternaam;Afdeling;Gebruikslocatie;Aanmelding blokkeren;Licenties\n"
        "Ann;ann@x.nl;Ann;Ek;Verkoop;NL;ONWAAR;Microsoft 365 E3",
        {Field.USER: "ann@x.nl", Field.HOLDS: "Microsoft 365 E3", Field.DEPARTMENT: "Verkoop", Field.LOCATION: "NL"},
    ),
    "admin center in German": (
        "Anzeigename;Benutzerprinzipalname;Vorname;Nachname;Abteilung;Verwendungsstandort;Lizenzen\n"
        "Ann;ann@x.de;Ann;Ek;Vertrieb;DE;Microsoft 365 E3",
        {Field.USER: "ann@x.de", Field.HOLDS: "Microsoft 365 E3", Field.DEPARTMENT: "Vertrieb", Field.LOCATION: "DE"},
    ),
    "admin center in French": (
        "Nom d’affichage;Nom d’utilisateur principal;Prénom;Nom;Service;Emplacement d’utilisation;Licences\n"
        "Ann;ann@x.fr;Ann;Ek;Ventes;FR;Microsoft 365 E3",
        {Field.USER: "ann@x.fr", Field.DISPLAY_NAME: "Ann", Field.HOLDS: "Microsoft 365 E3",
         Field.DEPARTMENT: "Ventes", Field.LOCATION: "FR"},
    ),
    "admin center in Spanish": (
        "Nombre para mostrar;Nombre principal de usuario;Nombre;Apellidos;Id. de objeto;Ubicación de uso;Licencias\n"
        "Ann;ann@x.es;Ann;Ek;id-1;ES;Microsoft 365 Empresa Básico",
        {Field.USER: "ann@x.es", Field.DISPLAY_NAME: "Ann", Field.HOLDS: "Microsoft 365 Empresa Básico",
         Field.LOCATION: "ES", Field.OBJECT_ID: "id-1"},
    ),
    "Entra, download users": (
        "userPrincipalName,displayName,surname,mail,givenName,id,userType,accountEnabled,usageLocation\n"
        "ann@x.nl,Ann,Ek,a.ek@x.nl,Ann,id-1,Member,True,NL",
        {Field.USER: "ann@x.nl", Field.DISPLAY_NAME: "Ann", Field.OBJECT_ID: "id-1", Field.LOCATION: "NL"},
    ),
    "Entra, download users before 2021": (
        "userPrincipalName,displayName,mail,objectId,userType\nann@x.nl,Ann,a.ek@x.nl,id-1,Member",
        {Field.USER: "ann@x.nl", Field.OBJECT_ID: "id-1"},
    ),
    "usage report with concealed names": (
        "Report Refresh Date,User Principal Name,Display Name,Is Deleted,Has Exchange License,Has Teams License,"
        "Assigned Products\n"
        "2026-01-01,0F1E2D3C4B5A69780F1E2D3C4B5A6978,x,False,True,False,OFFICE 365 E3+VISIO PLAN 2",
        {Field.USER: "0F1E2D3C4B5A69780F1E2D3C4B5A6978", Field.HOLDS: "OFFICE 365 E3+VISIO PLAN 2"},
    ),
    "CIPP, list lost but names joined": (
        "accountEnabled,userPrincipalName,displayName,assignedLicenses,LicJoined\n"
        "true,ann@x.nl,Ann,[object Object],Microsoft 365 E3",
        {Field.USER: "ann@x.nl", Field.HOLDS: "Microsoft 365 E3"},
    ),
    "GAM": ("primaryEmail,Licenses\nann@x.nl,E3", {Field.USER: "ann@x.nl", Field.HOLDS: "E3"}),
    "licence report": (
        "UPN,Direct assigned licenses,Group based licenses\nann@x.nl,E3,E1",
        {Field.USER: "ann@x.nl", Field.HOLDS_DIRECT: "E3", Field.HOLDS_GROUP: "E1"},
    ),
    "long form, User is a UPN": (
        "SKU,Name,User\nENTERPRISEPACK,Office 365 E3,ann@x.nl",
        {Field.USER: "ann@x.nl", Field.HOLDS: "ENTERPRISEPACK"},
    ),
    "long form, User is a display name": (
        "SKU,Name,User\nENTERPRISEPACK,ann@x.nl,Ann Ek",
        {Field.USER: "ann@x.nl", Field.HOLDS: "ENTERPRISEPACK", Field.DISPLAY_NAME: "Ann Ek"},
    ),
    "a list with a heading": ("UPN\nann@x.nl", {Field.USER: "ann@x.nl"}),
    "a list without one": ("ann@x.nl\nbob@x.nl", {Field.USER: "ann@x.nl"}),
}  # fmt: skip

MOVES = {
    "old and new": ("UserPrincipalName,OldLicense,NewLicense\nann@x.nl,E4,E3", "E4", "E3"),
    "remove and add SKU": ("UPN,RemoveSku,AddSku\nann@x.nl,E4,E3", "E4", "E3"),
    "comma lists": ('Email,Remove,Add\nann@x.nl,"E4,E1",E3', "E4,E1", "E3"),
    "admin export plus": ("User principal name,Licenses,Add Licenses,Remove Licenses\nann@x.nl,E4,E3,E4", "E4", "E3"),
    "location and SKU": ("UPN,usagelocation,SKU\nann@x.nl,NL,E3", "", "E3"),
    "SKU and disabled plans": ("UserPrincipalName,LicenseSKU,DisabledPlans\nann@x.nl,E3,YAMMER", "", "E3"),
    "from and to": ("User,From,To\nann@x.nl,E4,E3", "E4", "E3"),
    "current and new": ("User name,Current license,New license\nann@x.nl,E4,E3", "E4", "E3"),
    "Dutch": ("E-mail;Van licentie;Naar licentie\nann@x.nl;E4;E3", "E4", "E3"),
    "Dutch, old and new": ("Gebruiker;Oude licentie;Nieuwe licentie\nann@x.nl;E4;E3", "E4", "E3"),
    "German": ("E-Mail-Adresse;Von Lizenz;Nach Lizenz\nann@x.nl;E4;E3", "E4", "E3"),
    "German, old and new": ("Benutzer;Alte Lizenz;Neue Lizenz\nann@x.nl;E4;E3", "E4", "E3"),
    "French": ("Adresse e-mail;Ancienne licence;Nouvelle licence\nann@x.nl;E4;E3", "E4", "E3"),
    "Spanish": ("Correo electrónico;De licencia;A licencia\nann@x.nl;E4;E3", "E4", "E3"),
    "subscription, the same word in three languages": ("UPN;Abonnement\nann@x.nl;E3", None, None),
}

BOUGHT = {
    "Billing > Licenses": (
        "Product Title,Total Licenses,Expired Licenses,Assigned licenses\nOffice 365 E3,1.250,5,1 300",
        {Field.PRODUCT: "Office 365 E3", Field.TOTAL: "1.250", Field.EXPIRED: "5", Field.ASSIGNED: "1 300"},
    ),
    "MSOnline": (
        "AccountSkuId,ActiveUnits,WarningUnits,ConsumedUnits\nx:ENTERPRISEPACK,10,1,5",
        {Field.PRODUCT: "x:ENTERPRISEPACK", Field.TOTAL: "10", Field.EXPIRED: "1", Field.ASSIGNED: "5"},
    ),
    "CIPP": (
        "Tenant,License,CountUsed,CountAvailable,TotalLicenses\nx,Office 365 E3,5,5,10",
        {Field.PRODUCT: "Office 365 E3", Field.TOTAL: "10", Field.ASSIGNED: "5"},
    ),
    "CLI for Microsoft 365": (
        "skuId,skuPartNumber,consumedUnits\nsku-1,ENTERPRISEPACK,5",
        {Field.SKU_ID: "sku-1", Field.PRODUCT: "ENTERPRISEPACK", Field.ASSIGNED: "5"},
    ),
    "the old Licenses page": (
        "Licenses,Valid,Expired,Assigned\nOffice 365 E3,10,1,5",
        {Field.PRODUCT: "Office 365 E3", Field.TOTAL: "10", Field.EXPIRED: "1", Field.ASSIGNED: "5"},
    ),
    "Dutch": (
        "Producttitel;Totaal aantal licenties;Verlopen;Toegewezen\nOffice 365 E3;10;1;5",
        {Field.PRODUCT: "Office 365 E3", Field.TOTAL: "10", Field.EXPIRED: "1", Field.ASSIGNED: "5"},
    ),
    "German": (
        "Abonnement;Gesamtanzahl der Lizenzen;Zugewiesen\nOffice 365 E3;10;5",
        {Field.PRODUCT: "Office 365 E3", Field.TOTAL: "10", Field.ASSIGNED: "5"},
    ),
    "French": (
        "Produit;Nombre total de licences;Licences attribuées\nOffice 365 E3;10;5",
        {Field.PRODUCT: "Office 365 E3", Field.TOTAL: "10", Field.ASSIGNED: "5"},
    ),
    "Spanish": (
        "Nombre;Número total de licencias;Asignadas\nOffice 365 E3;10;5",
        {Field.PRODUCT: "Office 365 E3", Field.TOTAL: "10", Field.ASSIGNED: "5"},
    ),
}


def _delimiter(text: str) -> str:
    return ";" if ";" in text.splitlines()[0] else ","


@pytest.mark.parametrize("name", USERS)
def test_who_holds_what(name: str) -> None:
    text, first = USERS[name]
    found = table(text, delimiter=_delimiter(text))
    assert found.kind is Kind.USERS
    assert {meant: column(found, meant)[0] for meant in first} == first


@pytest.mark.parametrize("name", MOVES)
def test_who_shall_move(name: str) -> None:
    text, remove, add = MOVES[name]
    found = table(text, delimiter=_delimiter(text))
    assert column(found, Field.USER) == ["ann@x.nl"]
    if remove is None:
        assert (found.kind, column(found, Field.HOLDS)) == (Kind.USERS, ["E3"])
    else:
        assert found.kind is Kind.MOVES
        assert (column(found, Field.REMOVE) or [""], column(found, Field.ADD)) == ([remove], [add])


@pytest.mark.parametrize("name", BOUGHT)
def test_what_was_bought(name: str) -> None:
    text, first = BOUGHT[name]
    found = table(text, delimiter=_delimiter(text))
    assert found.kind is Kind.LICENSES
    assert {meant: column(found, meant)[0] for meant in found.cells} == first


def test_an_export_with_add_and_remove_columns_keeps_what_is_held() -> None:
    found = table("User principal name,Licenses,Add Licenses,Remove Licenses\nann@x.nl,E4+Visio,E3,E4")
    assert column(found, Field.HOLDS) == ["E4+Visio"]


def test_empty_add_and_remove_columns_ask_nothing() -> None:
    assert table("User principal name,Licenses,Add Licenses,Remove Licenses\nann@x.nl,E4,,").kind is Kind.USERS


def test_a_template_user_is_a_move() -> None:
    found = table("EmailAddress,TemplateEmail,UsageLocation\nann@x.nl,bob@x.nl,NL")
    assert found.kind is Kind.MOVES
    assert (column(found, Field.USER), column(found, Field.TEMPLATE)) == (["ann@x.nl"], ["bob@x.nl"])


def test_a_way_or_a_target_group_is_a_move() -> None:
    found = table("Gebruiker,Manier,Doelgroep\nann@x.nl,groep,\nbob@x.nl,,Verkoop")
    assert found.kind is Kind.MOVES
    assert (column(found, Field.WAY), column(found, Field.TO_GROUP)) == (["groep", ""], ["", "Verkoop"])
    assert table("User,Way\nann@x.nl,").kind is Kind.USERS


def test_how_people_hold_a_licence_is_no_way_of_moving_it() -> None:
    found = table("User principal name,Licenses,Assignment paths\nann@x.nl,E4,Inherited (Sales)")
    assert (found.kind, Field.WAY in found.cells) == (Kind.USERS, False)


def test_entra_bulk_template_has_a_version_line_and_an_example() -> None:
    found = table(
        "version:v1.0\n"
        "User name [userPrincipalName] Required,Name [displayName] Required,Usage location [usageLocation]\n"
        "Example: chris@contoso.com,Example: Chris Green,US\n"
        "ann@x.nl,Ann,NL"
    )
    assert (found.format.header_row, found.rows) == (2, [4])
    assert column(found, Field.USER) == ["ann@x.nl"]
    assert codes(found) == [(3, "example_row")]


def test_add_users_template_loses_its_sample_people_only() -> None:
    heads = "User Name,First Name,Last Name,Display Name,Job Title,Department\n"
    found = table(heads + "chris@contoso.com,Chris,Green,Chris Green,x,IT\nchris@contoso.com,Chris,Other,C. Other,x,IT")
    assert codes(found) == [(2, "example_row")]
    assert found.rows == [3]
    plain = table("UPN,Display Name\nchris@contoso.com,Chris Green")
    assert plain.rows == [2]


def test_json_pages_of_users_have_no_heading_row() -> None:
    found = table(
        "id,userPrincipalName,displayName,usageLocation,department,assignedLicenses,directLicenses,groupLicenses,"
        "disabledPlans\nid-1,ann@x.nl,Ann,NL,Sales,s1+s2,s1,s2,s1:p1",
        container="json",
    )
    assert (found.kind, found.format.header_row) == (Kind.USERS, 0)
    assert {meant.value: cells[0] for meant, cells in found.cells.items()} == {
        "user": "ann@x.nl", "object_id": "id-1", "display_name": "Ann", "usage_location": "NL", "department": "Sales",
        "holds": "s1+s2", "holds_direct": "s1", "holds_group": "s2", "disabled_plans": "s1:p1",
    }  # fmt: skip


def test_json_pages_of_skus_are_licences() -> None:
    found = table("skuId,skuPartNumber,enabled,warning,suspended,consumedUnits\nsku-1,E3,10,1,2,5", container="json")
    assert found.kind is Kind.LICENSES
    assert [column(found, meant)[0] for meant in (Field.TOTAL, Field.EXPIRED, Field.SUSPENDED, Field.ASSIGNED)] == [
        "10", "1", "2", "5",
    ]  # fmt: skip


def test_title_rows_stand_above_the_headings() -> None:
    found = table("Report generated 2026-01-01,,\nContact it@x.nl,,\n,,\nUPN,Old,New\nann@x.nl,E4,E3")
    assert (found.kind, found.format.header_row, found.rows) == (Kind.MOVES, 4, [5])
    assert "Headings found in row 4, below 2 title rows." in found.assumed


def test_two_rows_of_headings_are_read_together() -> None:
    found = table("User principal name,Licence,,Usage location\n,From,To,\nann@x.nl,E4,E3,NL")
    assert (found.kind, found.format.header_row, found.rows) == (Kind.MOVES, 2, [3])
    assert found.mapping == {
        Field.USER: "User principal name", Field.REMOVE: "Licence From", Field.ADD: "Licence To",
        Field.LOCATION: "Usage location",
    }  # fmt: skip
    assert "Headings found in rows 1 and 2, read together." in found.assumed


def test_rows_of_a_bare_list_are_never_taken_for_headings() -> None:
    found = table("ann@x.nl\nUser\nbob@x.nl\ncleo@x.nl")
    assert found.rows == [1, 2, 3, 4]
    assert (found.format.header_row, found.mapping) == (0, {Field.USER: ""})


def test_a_heading_may_show_an_example_of_an_address() -> None:
    found = table("UPN (name@company.com),Old,New\nann@x.nl,E4,E3")
    assert (found.kind, found.rows, found.mapping[Field.USER]) == (Kind.MOVES, [2], "UPN (name@company.com)")


def test_unknown_headings_over_addresses_are_headings_still() -> None:
    found = table("Wie;Wat\nann@x.nl;E3", delimiter=";")
    assert (found.format.header_row, column(found, Field.USER)) == (1, ["ann@x.nl"])
    assert any("“Wat”" in sentence for sentence in found.assumed)
