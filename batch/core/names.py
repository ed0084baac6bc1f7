"""How a product's name is read: what counts as the same name, former and translated names, words for "no licence".

Facts as data. A name that is not certain is left out: an unknown name is told to the admin, a wrong one moves people.
"""

from __future__ import annotations

import re
import unicodedata

_GUID = re.compile(r"\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?")

#: Typographic characters that spreadsheets and word processors put in place of plain ones; None takes them out.
_PLAIN: dict[int, str | None] = {
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-"),
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u0060\u00b4"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u00ae\u2122"), None),
}

#: Characters that nobody sees.
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))

#: What stands between two products of one cell; ``+`` and ``,`` stand inside names as well.
SEPARATORS = "+,;|\r\n"


def tidy(text: str) -> str:
    """The text with every kind of blank (no-break, tab, zero-width, line break) folded to single spaces, trimmed."""
    return " ".join(text.translate(_UNSEEN).split())


def fold(text: str) -> str:
    """The key under which a name is looked up: two texts with the same key are the same name.

    Case, kinds of blank, typographic dashes and quotes, trade marks and the blanks around ``+`` and ``,`` make no
    difference (the usage report writes names in capitals, exports join products with ``+``).
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_PLAIN))
    key = " ".join(text.casefold().split())
    for mark in "+,":
        if mark in key:
            key = mark.join(part.strip() for part in key.split(mark))
    return key


def guid(text: str) -> str | None:
    """The lower-case GUID that this text is (in any case, with or without braces), else None."""
    found = _GUID.fullmatch(tidy(text).casefold())
    return found[1] if found else None


#: What exports write where a user has no licence, folded (English, Dutch, German, French, Spanish, Italian).
NO_LICENCE = frozenset(
    {
        "",
        "-",
        "--",
        "none",
        "unlicensed",
        "no license",
        "no licence",
        "ongelicentieerd",
        "niet gelicentieerd",
        "niet-gelicentieerd",
        "zonder licentie",
        "geen licentie",
        "geen licenties",
        "nicht lizenziert",
        "ohne lizenz",
        "keine lizenz",
        "keine lizenzen",
        "sans licence",
        "sans licences",
        "aucune licence",
        "sin licencia",
        "sin licencias",
        "senza licenza",
    }
)

_E1 = "18181a46-0d4e-45cd-891e-60aabd171b4e"
_E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
_E4 = "1392051d-0cb9-4b7a-88d5-621fee5e8711"
_E5 = "c7df2760-2c81-4ef7-b578-5b5392b571df"
_F3 = "4b585984-651b-448a-9e53-3b10f069cf7f"
_BASIC = "3b555118-da6a-4418-894f-7df1e2096870"
_STANDARD = "f245ecc8-75af-4f8e-b61f-27d8114de5f3"
_PREMIUM = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46"
_APPS = "c2273bd0-dff7-4215-9ef5-2c7bcfb06425"
_APPS_BUSINESS = ("cdd28e44-67e3-425e-be4c-737fab2899d3", "b214fe43-f5a3-4703-beeb-fa97188220fc")
_COPILOT = ("639dec6b-bb19-468b-871c-c5c441c4b0cb", "a809996b-059e-42e2-9866-db24b99a9782")
_ENTRA_P1 = "078d2b04-f1bd-4111-bbd4-b4b1b354cef4"
_ENTRA_P2 = "84a661c4-e949-4bd2-a560-ed7766fcaf2b"
_PROJECT_P1 = "beb6439c-caad-48d3-bf46-0c82871e12be"
_PROJECT_P3 = "53818b1b-4a27-454b-8896-0dba576410e6"
_PROJECT_P5 = "09015f9f-377f-4538-bbb5-f75ceb09358a"
_VISIO_P1 = "4b244418-9658-4451-a2b8-b5e2b364e9bd"
_VISIO_P2 = "c5928f49-12ba-48f7-ada3-0d743a3601d5"

#: Names that Microsoft's table does not (or no longer) list, with the SKUs they stand for. "Microsoft 365 F1" and
#: "Microsoft 365 Business Premium" are missing on purpose: both were names of one product and are now of another.
_OTHER_NAMES: dict[str, tuple[str, ...]] = {
    # Editions as they were sold
    "Office 365 Enterprise E1": (_E1,),
    "Office 365 Enterprise E3": (_E3,),
    "Office 365 Enterprise E4": (_E4,),
    "Office 365 Enterprise E5": (_E5,),
    "Office 365 (Plan E1)": (_E1,),
    "Office 365 (Plan E3)": (_E3,),
    "Office 365 (Plan E4)": (_E4,),
    # Renamed in April 2020 and later
    "Office 365 F1": (_F3,),
    "Office 365 Enterprise F1": (_F3,),
    "Office 365 Business Essentials": (_BASIC,),
    "Office 365 Business Premium": (_STANDARD,),
    "Microsoft 365 Business": (_PREMIUM,),
    "Office 365 ProPlus": (_APPS,),
    "Office 365 Business": _APPS_BUSINESS,
    "Azure Active Directory Premium P1": (_ENTRA_P1,),
    "Azure Active Directory Premium P2": (_ENTRA_P2,),
    "Azure AD Premium P1": (_ENTRA_P1,),
    "Azure AD Premium P2": (_ENTRA_P2,),
    "Microsoft 365 Copilot": _COPILOT,
    "Copilot for Microsoft 365": _COPILOT,
    "Visio Online Plan 1": (_VISIO_P1,),
    "Visio Online Plan 2": (_VISIO_P2,),
    "Visio Pro for Office 365": (_VISIO_P2,),
    "Project Plan 1": (_PROJECT_P1,),
    "Project Plan 3": (_PROJECT_P3,),
    "Project Online Professional": (_PROJECT_P3,),
    "Project Plan 5": (_PROJECT_P5,),
    "Planner and Project Plan 5": (_PROJECT_P5,),
    # Translated exports
    "Microsoft 365 Empresa Básico": (_BASIC,),
    "Microsoft 365 Empresa Estándar": (_STANDARD,),
    "Microsoft 365 Empresa Premium": (_PREMIUM,),
    "Aplicaciones de Microsoft 365 para empresas": (_APPS,),
    "Aplicaciones de Microsoft 365 para negocios": _APPS_BUSINESS,
    "Microsoft 365-apps voor ondernemingen": (_APPS,),
    "Microsoft 365-apps voor bedrijven": _APPS_BUSINESS,
    "Office 365 Entreprise E1": (_E1,),
    "Office 365 Entreprise E3": (_E3,),
    "Office 365 Entreprise E5": (_E5,),
}

#: Folded former, commercial and translated names → the SKUs they stand for.
OTHER_NAMES: dict[str, tuple[str, ...]] = {fold(name): skus for name, skus in _OTHER_NAMES.items()}
