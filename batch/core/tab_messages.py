"""What a message on the Upgrade tab means, in the languages of Microsoft's "Upgrade to a different plan" article.

The headings of that article are the messages. Its translations were made by machine and the admin center may word a
message differently, so parts of sentences are looked for; what is not found is no known message.
"""

from __future__ import annotations

import unicodedata

#: Rule of the check list → what its message says, folded: English, Dutch, German, French, Spanish.
_SAID: dict[str, tuple[str, ...]] = {
    "U2": (
        "more users than licen",
        "meer gebruikers hebt dan licenties",
        "meer gebruikers dan licenties",
        "mehr benutzer als lizenzen",
        "plus d'utilisateurs que de licences",
        "mas usuarios que licencias",
    ),
    "U3": (
        "isn't fully set up",
        "not fully set up",
        "service isn't available",
        "niet volledig is ingesteld",
        "service niet beschikbaar",
        "nicht vollstandig eingerichtet",
        "dienst nicht verfugbar",
        "pas entierement configure",
        "service n'est pas disponible",
        "no esta completamente configurada",
        "servicio no esta disponible",
    ),
    "U4": (
        "in the process of being upgraded",
        "credit check",
        "ander abonnement wordt bijgewerkt",
        "kredietcontrole",
        "anderer plan gerade aktualisiert",
        "kreditwurdigkeitsprufung",
        "bonitatsprufung",
        "en cours de mise a niveau",
        "verification de solvabilite",
        "en proceso de actualizacion",
        "comprobacion de credito",
    ),
    "U5": (
        "not eligible to upgrade",
        "isn't eligible to upgrade",
        "niet in aanmerking voor een upgrade",
        "kann dieses abonnement nicht aktualisiert werden",
        "pas eligible a la mise a niveau",
        "no es apta para la actualizacion",
    ),
    "U7": (
        "plans for the same product",
        "abonnementen voor hetzelfde product",
        "plane fur dasselbe produkt",
        "offres pour le meme produit",
        "planes para el mismo producto",
    ),
    "U8": ("prepaid plan", "vooraf betaald", "im voraus bezahlt", "offre prepayee", "plan de prepago"),
    "U9": ("non-profit", "nonprofit", "gemeinnutzig", "but non lucratif", "sin animo de lucro"),
    "U12": (
        "has an add-on",
        "invoegtoepassing",
        "invoegabonnement",
        "uber ein add-on",
        "module complementaire",
        "tiene un complemento",
    ),
    "U13": (
        "unpaid balance",
        "settle balance",
        "onbetaald saldo",
        "unbezahltes guthaben",
        "solde impaye",
        "saldo sin pagar",
    ),
}


def meant(message: str) -> frozenset[str]:
    """The rules of the check list that this message speaks of; none for a message that is not known."""
    text = _fold(message)
    return frozenset(rule for rule, parts in _SAID.items() if any(part in text for part in parts))


def _fold(text: str) -> str:
    """Lower case, without accents, with plain apostrophes and single blanks."""
    plain = text.replace("’", "'").replace("‘", "'").replace("‑", "-")
    letters = unicodedata.normalize("NFKD", plain.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())
