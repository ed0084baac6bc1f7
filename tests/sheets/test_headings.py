from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.table import Field
from batch.sheets.headings import BEGINS, BOUGHT, CURRENT, PEOPLE, key, meaning


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("User principal name", Field.USER),
        ("UserPrincipalName", Field.USER),
        ("USER_PRINCIPAL_NAME *", Field.USER),
        ("User\u00a0principal\u200bname", Field.USER),
        ("UPN (required)", Field.USER),
        ("User name [userPrincipalName] Required", Field.USER),
        ("Member object ID or user principal name [memberObjectIdOrUpn] Required", Field.USER),
        ("Name [displayName] Required", Field.DISPLAY_NAME),
        ("Gebruikersnaam", Field.USER),
        ("Benutzerprinzipalname", Field.USER),
        ("Nom d’utilisateur", Field.USER),
        ("Nombre de usuario", Field.USER),
        ("Weergavenaam", Field.DISPLAY_NAME),
        ("Anzeigename", Field.DISPLAY_NAME),
        ("Nom d'affichage", Field.DISPLAY_NAME),
        ("Nombre para mostrar", Field.DISPLAY_NAME),
        ("gebruikslocatie", Field.LOCATION),
        ("Verwendungsstandort", Field.LOCATION),
        ("Emplacement d’utilisation", Field.LOCATION),
        ("UBICACION DE USO", Field.LOCATION),
        ("Licenties", Field.HOLDS),
        ("Produktlizenzen", Field.HOLDS),
        ("Licences de produits", Field.HOLDS),
        ("Licencias", Field.HOLDS),
        ("License assignment details", Field.HOLDS),
        ("RemoveSku", Field.REMOVE),
        ("Remove Licenses", Field.REMOVE),
        ("Oude licentie", Field.REMOVE),
        ("Von Lizenz", Field.REMOVE),
        ("Ancienne licence", Field.REMOVE),
        ("De licencia", Field.REMOVE),
        ("licenseOld", Field.REMOVE),
        ("Naar licentie", Field.ADD),
        ("Nach Lizenz", Field.ADD),
        ("Licence à ajouter", Field.ADD),
        ("A licencia", Field.ADD),
        ("Service", Field.DEPARTMENT),
        ("Old license (to be removed)", Field.REMOVE),
    ],
)
def test_a_heading_of_a_people_sheet_is_known(heading: str, field: Field) -> None:
    found = meaning(heading, PEOPLE)
    assert found is not None
    assert found.field is field


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Product Title", Field.PRODUCT),
        ("Abonnement", Field.PRODUCT),
        ("AccountSkuId", Field.PRODUCT),
        ("skuId", Field.SKU_ID),
        ("ActiveUnits", Field.TOTAL),
        ("PrepaidUnits.Enabled", Field.TOTAL),
        ("Totaal aantal licenties", Field.TOTAL),
        ("Gesamtanzahl der Lizenzen", Field.TOTAL),
        ("Nombre total de licences", Field.TOTAL),
        ("Número total de licencias", Field.TOTAL),
        ("Assigned licenses", Field.ASSIGNED),
        ("Toegewezen", Field.ASSIGNED),
        ("WarningUnits", Field.EXPIRED),
    ],
)
def test_a_heading_of_what_was_bought_is_known(heading: str, field: Field) -> None:
    found = meaning(heading, BOUGHT)
    assert found is not None
    assert found.field is field


@pytest.mark.parametrize(
    "heading",
    ["", "Nom", "Nombre", "Prénom", "Apellidos", "Last password change time stamp", "Block credential", "User type",
     "On-premises user principal name", "Proxy addresses", "Alternate email address", "Status", "x" * 5000],
)  # fmt: skip
def test_names_and_flags_are_not_taken_for_users_or_licences(heading: str) -> None:
    assert meaning(heading, PEOPLE) is None


def test_the_longest_known_beginning_wins_and_is_only_a_weak_match() -> None:
    found = meaning("License assignment details by IT", PEOPLE)
    assert found is not None
    assert (found.field, found.tier) == (Field.HOLDS, 1 + BEGINS)


def test_spanish_nombre_is_a_first_name_and_nombre_de_usuario_a_user() -> None:
    assert meaning("Nombre", PEOPLE) is None
    found = meaning("Nombre de usuario", PEOPLE)
    assert found is not None
    assert found.field is Field.USER


def test_current_license_is_told_apart_from_licenses_held() -> None:
    current, held = meaning("Current license", PEOPLE), meaning("Current licenses", PEOPLE)
    assert current is not None
    assert held is not None
    assert (current.field, current.tier) == (Field.REMOVE, CURRENT)
    assert held.field is Field.HOLDS


@given(st.text(max_size=60))
def test_a_key_is_its_own_key(text: str) -> None:
    assert key(key(text)) == key(text)


_HEADINGS = st.sampled_from(
    ["User principal name", "Nom d'utilisateur", "Ubicación de uso", "Licencias", "Van licentie", "Lizenz hinzufügen"]
)


@given(_HEADINGS, st.data())
def test_case_blanks_accents_and_punctuation_change_nothing(heading: str, data: st.DataObject) -> None:
    noisy = []
    for letter in heading:
        shape = data.draw(st.sampled_from([str.upper, str.lower, lambda c: unicodedata.normalize("NFD", c)]))
        noise = data.draw(st.sampled_from(["", "", "", " ", "\u00a0", "\u200b", "_", "-"]))
        noisy.append(shape(letter) + noise)
    assert meaning("".join(noisy) + " (required)", PEOPLE) == meaning(heading, PEOPLE)
