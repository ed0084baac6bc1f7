"""What a heading means: synonyms by language, and how two spellings of one heading are known to be the same.

A heading is compared by its letters and digits alone, in one case and without accents: ``UserPrincipalName``,
``User principal name`` and ``USER_PRINCIPAL_NAME *`` are one. The headings are those of Microsoft's admin centers in
English, Dutch, German, French and Spanish, of PowerShell, Graph, CIPP and GAM, and what people write themselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple

from batch.core.table import Field


class Meaning(NamedTuple):
    """What a heading stands for. The lower the tier, the surer; a column of a lower tier wins from a higher one."""

    field: Field
    tier: int


#: Tier of "current license" beside "new license": what goes. Alone it is only what is held.
CURRENT = 3
#: Tier of "from" or "new" without a noun: believed only beside its counterpart.
PAIRED = 4
#: Tier of "licenses" in a sheet of what was bought: a number, or the product's name.
EITHER = 6
#: Tier of a plain "name".
NAME = 2
#: Added to the tier of a heading that only begins with a known one ("Remove licenses by IT").
BEGINS = 10

#: Letters of a heading; longer cells are text.
_LONGEST = 200

_REQUIRED = ("required", "mandatory", "vereist", "verplicht", "erforderlich", "obligatoire", "requis", "obligatorio")
_OTHER_PRICE = (
    *("year", "yearly", "annual", "annually", "annum", "jaar", "jaarlijks", "jahr", "jahrlich", "an", "annuel"),
    *("annuelle", "annee", "ano", "anual", "quarter", "week", "day", "total", "totaal", "gesamt"),
)
_BRACKET = re.compile(r"\[([^\[\]]+)\]")
_PARENTHESES = re.compile(r"\(([^()]*)\)")
_WORD = re.compile(r"[A-Z]?[^\W_A-Z]+|[A-Z]+(?![^\W_A-Z])|[A-Z]")


def key(heading: str) -> str:
    """The letters and digits of a heading in one case, without accents: what two spellings of it share."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", heading).casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def meaning(heading: str, synonyms: Mapping[str, Meaning]) -> Meaning | None:
    """What the heading stands for among these synonyms; None when it is not known.

    The longest known reading wins; a heading that only begins with at least two words of a known one is a weak match.
    """
    if len(heading) > _LONGEST:
        return None
    for reading in _readings(heading):
        if found := synonyms.get(reading):
            return found
    words = [key(word) for word in _WORD.findall(heading)]
    for count in range(len(words) - 1, 1, -1):
        if found := synonyms.get("".join(words[:count])):
            return Meaning(found.field, found.tier + BEGINS)
    return None


def _readings(heading: str) -> Iterator[str]:
    """Keys to try, best first: the name in square brackets (Entra's bulk templates), all, without parentheses."""
    if bracket := _BRACKET.search(heading):
        yield key(bracket[1])
    plain = _BRACKET.sub(" ", heading)
    yield _without_required(key(plain))
    if parentheses := _PARENTHESES.search(plain):
        yield _without_required(key(_PARENTHESES.sub(" ", plain)))
        yield key(parentheses[1])


def _without_required(name: str) -> str:
    for word in _REQUIRED:
        if name.endswith(word) and name != word:
            return name.removesuffix(word)
    return name


def not_monthly(heading: str) -> bool:
    """True for the heading of a price that is not that of one seat for one month: "Price (per year)", "Total cost"."""
    return any(key(word) in _OTHER_PRICE for word in _WORD.findall(heading))


# One line a language (English, Dutch, German, French, Spanish), where it has words of its own.
_PEOPLE: tuple[tuple[Field, int, str], ...] = (
    (Field.USER, 0, "User principal name, UPN, User principal, memberObjectIdOrUpn"),
    (Field.USER, 0, "Gebruikersprincipalnaam, Principal-naam van gebruiker, UPN van gebruiker"),
    (Field.USER, 0, "Benutzerprinzipalname, Prinzipalname des Benutzers"),
    (Field.USER, 0, "Nom d'utilisateur principal, Nom principal d'utilisateur, Nom principal de l'utilisateur"),
    (Field.USER, 0, "Nombre principal de usuario, Nombre principal del usuario, Nombre de usuario principal"),
    (Field.USER, 1, "User name, Sign-in name, Login name, Login, Logon name, Primary email, Account name"),
    (Field.USER, 1, "Gebruikersnaam, Aanmeldingsnaam, Aanmeldnaam, Inlognaam"),
    (Field.USER, 1, "Benutzername, Anmeldename"),
    (Field.USER, 1, "Nom d'utilisateur, Nom de connexion, Identifiant"),
    (Field.USER, 1, "Nombre de usuario, Nombre de inicio de sesión"),
    (Field.USER, 2, "Email, Email address, Mail, Mail address, User email, Work email, Primary SMTP address"),
    (Field.USER, 2, "E-mailadres, Mailadres"),
    (Field.USER, 2, "E-Mail-Adresse, Mailadresse"),
    (Field.USER, 2, "Adresse e-mail, Adresse mail, Adresse de messagerie, Adresse électronique, Courriel"),
    (Field.USER, 2, "Correo, Correo electrónico, Dirección de correo, Dirección de correo electrónico"),
    (Field.USER, 3, "User, Users, User id, Person, Employee, Member, Account"),
    (Field.USER, 3, "Gebruiker, Gebruikers, Medewerker, Persoon"),
    (Field.USER, 3, "Benutzer, Nutzer, Mitarbeiter, Konto"),
    (Field.USER, 3, "Utilisateur, Utilisateurs, Collaborateur, Employé, Compte"),
    (Field.USER, 3, "Usuario, Usuarios, Empleado, Cuenta"),
    (
        Field.OBJECT_ID,
        0,
        "Object id, Objectid, Objekt-ID, Id. d'objet, ID d'objet, Id. de objeto, Identificador de objeto",
    ),
    (Field.OBJECT_ID, 1, "Id"),
    (Field.DISPLAY_NAME, 0, "Display name, Weergavenaam, Anzeigename, Nom d'affichage, Nom complet, Nom affiché"),
    (Field.DISPLAY_NAME, 0, "Nombre para mostrar, Nombre completo"),
    (Field.DISPLAY_NAME, 1, "Full name, Volledige naam, Vollständiger Name, User display name"),
    (Field.DISPLAY_NAME, NAME, "Name, Naam"),
    (Field.LOCATION, 0, "Usage location, Gebruikslocatie, Verwendungsstandort, Nutzungsstandort, Nutzungsort"),
    (Field.LOCATION, 0, "Emplacement d'utilisation, Lieu d'utilisation, Ubicación de uso"),
    (Field.DEPARTMENT, 0, "Department, Afdeling, Abteilung, Département, Departamento"),
    (Field.DEPARTMENT, 1, "Service"),
    (Field.HOLDS, 0, "Licenses, Licences, Product licenses, Product licences, Assigned licenses, Assigned licences"),
    (Field.HOLDS, 0, "Assigned products, Licenses assigned, Licences assigned"),
    (Field.HOLDS, 0, "Licenties, Productlicenties, Toegewezen licenties, Toegewezen producten"),
    (Field.HOLDS, 0, "Lizenzen, Produktlizenzen, Zugewiesene Lizenzen, Zugewiesene Produkte"),
    (Field.HOLDS, 0, "Licences de produit, Licences de produits, Licences attribuées, Produits attribués"),
    (
        Field.HOLDS,
        0,
        "Licencias, Licencias de producto, Licencias de productos, Licencias asignadas, Productos asignados",
    ),
    (Field.HOLDS, 1, "License assignment details, LicJoined, Licenses display, License names, Current licenses"),
    (Field.HOLDS, 1, "Details van licentietoewijzing, Licentietoewijzingsdetails, Huidige licenties"),
    (Field.HOLDS, 1, "Details zur Lizenzzuweisung, Lizenzzuweisungsdetails, Aktuelle Lizenzen"),
    (Field.HOLDS, 1, "Détails de l'attribution de licence, Détails d'attribution de licence, Licences actuelles"),
    (Field.HOLDS, 1, "Detalles de asignación de licencia, Detalles de la asignación de licencias, Licencias actuales"),
    (Field.HOLDS_DIRECT, 0, "Direct assigned licenses, Directly assigned licenses, Direct licenses, Directe licenties"),
    (Field.HOLDS_DIRECT, 0, "Direkte Lizenzen, Direkt zugewiesene Lizenzen, Licences directes, Licencias directas"),
    (Field.HOLDS_GROUP, 0, "Group based licenses, Group licenses, Inherited licenses, Groepslicenties"),
    (Field.HOLDS_GROUP, 0, "Gruppenlizenzen, Gruppenbasierte Lizenzen, Licences de groupe, Licencias de grupo"),
    (Field.DISABLED, 0, "Disabled plans, Disabled service plans, Disabled services, Disabled apps"),
    (Field.DISABLED, 0, "Uitgeschakelde services, Uitgeschakelde apps, Deaktivierte Dienste, Deaktivierte Apps"),
    (Field.DISABLED, 0, "Deaktivierte Pläne, Services désactivés, Applications désactivées"),
    (Field.DISABLED, 0, "Servicios deshabilitados, Aplicaciones deshabilitadas, Planes deshabilitados"),
    (Field.TEMPLATE, 0, "Template email, Template user, Template UPN, Template, Copy from, Copy licenses from"),
    (Field.TEMPLATE, 0, "Sjabloongebruiker, Kopiëren van, Vorlagenbenutzer, Kopieren von, Utilisateur modèle"),
    (Field.TEMPLATE, 0, "Copier depuis, Usuario plantilla, Copiar de"),
    (Field.WAY, 0, "Way, Via, Way of assignment, Assign via, Weg, Manier, Manier van toewijzen, Zuweisungsweg"),
    (Field.WAY, 0, "Manière, Mode d'attribution, Modo, Modo de asignación"),
    (Field.TO_GROUP, 0, "Target group, To group, New group, Move to group, License group, Licence group"),
    (Field.TO_GROUP, 0, "Doelgroep, Naar groep, Nieuwe groep, Zielgruppe, In Gruppe, Neue Gruppe, Groupe cible"),
    (Field.TO_GROUP, 0, "Vers le groupe, Nouveau groupe, Grupo de destino, Al grupo, Nuevo grupo"),
    (Field.PRIORITY, 0, "Priority, Prio, Move priority, Prioriteit, Priorität, Priorité, Prioridad"),
    (Field.SKU_ID, 0, "Sku id, Sku guid, License sku id"),
    (Field.PRODUCT, 1, "SKU, Sku part number, License SKU, Licence SKU, Account sku id, Part number"),
    (Field.PRODUCT, 2, "License, Licence, Licentie, Lizenz, Licencia"),
    (Field.PRODUCT, 2, "Product, Product name, Productnaam, Produkt, Produktname, Produit, Nom du produit"),
    (Field.PRODUCT, 2, "Producto, Nombre del producto"),
    (Field.PRODUCT, 3, "Subscription, Plan, Abonnement, Offre, Suscripción"),
)

_BOUGHT: tuple[tuple[Field, int, str], ...] = (
    (Field.SKU_ID, 0, "Sku id, Sku guid, GUID"),
    (Field.PRODUCT, 0, "Sku part number, String id, Part number"),
    (Field.PRODUCT, 1, "Account sku id"),
    (Field.PRODUCT, 2, "Product title, Product name, Product, Product display name, License name"),
    (Field.PRODUCT, 2, "Producttitel, Productnaam, Produkttitel, Produktname, Produkt, Produktbezeichnung"),
    (Field.PRODUCT, 2, "Titre du produit, Nom du produit, Produit, Título del producto, Nombre del producto, Producto"),
    (Field.PRODUCT, 3, "License, Licence, SKU, Licentie, Lizenz, Licencia"),
    (Field.PRODUCT, 4, "Subscription, Abonnement, Suscripción, Plan, Offre"),
    (Field.PRODUCT, 5, "Name, Naam, Nom, Nombre, Bezeichnung, Title"),
    (Field.TOTAL, 0, "Total licenses, Total licences, Active units, Prepaid units enabled, Enabled, Enabled units"),
    (Field.TOTAL, 0, "Totaal aantal licenties, Totaal licenties, Gesamtanzahl der Lizenzen, Lizenzen gesamt"),
    (Field.TOTAL, 0, "Nombre total de licences, Licences totales, Total des licences"),
    (Field.TOTAL, 0, "Número total de licencias, Licencias totales, Total de licencias"),
    (Field.TOTAL, 1, "Valid, Geldig, Gültig, Valides, Válidas"),
    (Field.TOTAL, 1, "Total, Quantity, Purchased, Seats, Total units, Totaal, Aantal, Aantal licenties, Gekocht"),
    (Field.TOTAL, 1, "Gesamt, Anzahl, Gesamtzahl, Anzahl Lizenzen, Quantité, Cantidad"),
    (Field.TOTAL, EITHER, "Licenses, Licences, Licenties, Lizenzen, Licencias"),
    (Field.ASSIGNED, 0, "Assigned licenses, Assigned licences, Assigned, Consumed units, Count used"),
    (Field.ASSIGNED, 0, "Toegewezen licenties, Toegewezen, Zugewiesene Lizenzen, Zugewiesen"),
    (Field.ASSIGNED, 0, "Licences attribuées, Attribuées, Attribué, Licencias asignadas, Asignadas, Asignado"),
    (Field.ASSIGNED, 1, "Used, In use, Consumed, In gebruik, Gebruikt, Verwendet, In Verwendung, Utilisées, Usadas"),
    (Field.EXPIRED, 0, "Expired licenses, Expired licences, Expired, Warning units, Warning, Prepaid units warning"),
    (Field.EXPIRED, 0, "Verlopen licenties, Verlopen, Abgelaufene Lizenzen, Abgelaufen"),
    (Field.EXPIRED, 0, "Licences expirées, Expirées, Expiré, Licencias expiradas, Licencias caducadas, Expiradas"),
    (Field.SUSPENDED, 0, "Suspended units, Suspended, Suspended licenses, Prepaid units suspended"),
    (Field.PRICE, 1, "Price per month, Monthly price, Unit price per month, Monthly unit price"),
    (Field.PRICE, 1, "Price per user per month, Price per seat per month, Price per license per month"),
    (Field.PRICE, 1, "Maandprijs, Prijs per maand, Prijs per gebruiker per maand, Prijs per licentie per maand"),
    (Field.PRICE, 1, "Monatspreis, Preis pro Monat, Preis pro Benutzer und Monat, Preis pro Lizenz und Monat"),
    (Field.PRICE, 1, "Prix mensuel, Prix par mois, Prix par utilisateur et par mois, Prix par licence et par mois"),
    (Field.PRICE, 1, "Precio mensual, Precio por mes, Precio por usuario y mes, Precio por licencia y mes"),
    (Field.PRICE, 2, "Unit price, Price per seat, Price per user, Price per license, Price per licence, Cost per seat"),
    (Field.PRICE, 2, "Stukprijs, Eenheidsprijs, Prijs per licentie, Prijs per gebruiker, Kosten per licentie"),
    (Field.PRICE, 2, "Stückpreis, Einzelpreis, Preis pro Lizenz, Preis pro Benutzer, Kosten pro Lizenz"),
    (Field.PRICE, 2, "Prix unitaire, Prix par licence, Prix par utilisateur, Coût par licence, Coût unitaire"),
    (Field.PRICE, 2, "Precio unitario, Precio por licencia, Precio por usuario, Coste por licencia"),
    (Field.PRICE, 3, "Price, Prijs, Preis, Prix, Precio"),
    (Field.PRICE, 4, "Cost, List price, Kosten, Catalogusprijs, Listenpreis, Coût, Coste, Costo"),
    (Field.CURRENCY, 0, "Currency, Currency code, Valuta, Munteenheid, Währung, Devise, Monnaie, Moneda, Divisa"),
    (Field.STATUS, 0, "Status, Subscription status, License status, Abonnementsstatus, Abonnementstatus"),
    (Field.STATUS, 0, "État, Statut, État de l'abonnement, Estado, Estado de la suscripción"),
)

# "Old license", "license old", "RemoveSku" and the like: every word with every noun, in both orders; tier with a noun,
# tier alone (None: alone it is an ordinary word).
_NOUNS = (
    "license, licenses, licence, licences, sku, skus, skuid, skuids, product, products, plan, subscription, "
    "licentie, licenties, abonnement, lizenz, lizenzen, produkt, licencia, licencias, produit, producto, suscripcion"
)
_GOES: tuple[tuple[int, int | None, str], ...] = (
    (0, 1, "remove, to remove, unassign, take away, verwijder, verwijderen, te verwijderen, intrekken"),
    (0, 1, "entfernen, zu entfernen, zu entfernende, supprimer, à supprimer, retirer, à retirer"),
    (0, 1, "quitar, a quitar, eliminar, a eliminar"),
    (0, PAIRED, "old, from, removed, source, van, oud, oude, bron, von, alt, alte, bisherige, quelle"),
    (0, PAIRED, "ancien, ancienne, anciennes, depuis, anterior, antigua, desde, origen, origine"),
    (0, None, "previous, de, de la"),
    (CURRENT, None, "current, existing, huidige, aktuelle, actuelle, actual"),
)
_COMES: tuple[tuple[int, int | None, str], ...] = (
    (0, 1, "add, to add, to assign, toevoegen, toe te voegen, toe te wijzen"),
    (0, 1, "hinzufügen, hinzuzufügende, zuzuweisen, zuzuweisende, ajouter, à ajouter, à attribuer"),
    (0, 1, "agregar, a agregar, añadir, a añadir, a asignar"),
    (0, PAIRED, "new, to, added, target, destination, naar, nieuw, nieuwe, doel, nach, neu, neue, ziel"),
    (0, PAIRED, "nouveau, nouvelle, nouvelles, vers, nueva, nuevo, hacia, destino"),
    (0, None, "assign, toewijzen, zuweisen, zu, attribuer, asignar, a, à la, a la"),
)


def _synonyms(lines: tuple[tuple[Field, int, str], ...]) -> dict[str, Meaning]:
    return {key(name): Meaning(field, tier) for field, tier, names in reversed(lines) for name in names.split(",")}


def _moves() -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for field, lines in ((Field.REMOVE, _GOES), (Field.ADD, _COMES)):
        for tier, alone, words in lines:
            for word, noun in product(map(key, words.split(",")), _NOUNS.split(", ")):
                found[word + noun] = found[noun + word] = Meaning(field, tier)
                if alone is not None:
                    found[word] = Meaning(field, alone)
    return found


#: Headings of sheets about people: who holds what, who shall move. SKU_ID and PRODUCT here are a product of the row's
#: user, and the other columns tell whether it is held or shall be given.
PEOPLE: Mapping[str, Meaning] = _moves() | _synonyms(_PEOPLE)
#: Headings of sheets about what was bought.
BOUGHT: Mapping[str, Meaning] = _synonyms(_BOUGHT) | {
    # "Price EUR": one word and its currency are too little to be known by their beginning.
    key(word + code): Meaning(Field.PRICE, 3)
    for word, code in product(("price", "prijs", "preis", "prix", "precio"), ("eur", "usd", "gbp", "chf"))
}
