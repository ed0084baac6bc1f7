"""Packs to write pages and workbooks of."""

from __future__ import annotations

from batch.core.handed import Cover, Licence, Member, PackSheet, Steps

COVER = Cover(
    run="2026-11-23-e4-e3",
    title="Office 365 E4 → Office 365 E3",
    tenant="Contoso B.V.",
    handover=1,
    digest="0123456789abcdef" * 4,
    made_at=1795442700.0,
    folder="runs/2026-11-23-e4-e3",
    size=20,
)
E3, E4, VISIO = Licence("Office 365 E3"), "Office 365 E4", Licence("Visio Plan 2")
E3_LESS = Licence("Office 365 E3", ("Sway", "Viva Engage Core", "To-Do (Plan 2)"))
_FIRST = (
    "Anna Bram Céline Dirk Eva Femke Gijs Hanna Ibrahim Joost Karin Lotte Maud Noor Otto Pieter Rosa Sven Tess Yara"
)
_LAST = ("de Vries", "van den Berg", "Jansen", "Özdemir", "Müller-Lüdenscheidt", "Bakker")


def people(count: int, start: int = 0) -> tuple[Member, ...]:
    """Usual people, in order."""
    firsts = _FIRST.split()
    return tuple(
        Member(
            n,
            f"00000000-0000-0000-0000-{n:012}",
            f"{firsts[n % 20].lower().replace('é', 'e')}.{n}@contoso.com",
            f"{firsts[n % 20]} {_LAST[n % 6]} {n}",
        )
        for n in range(start, start + count)
    )


def replacing(number: int = 1, of: int = 2, count: int = 20, **changed: object) -> PackSheet:
    """A pack that is replaced in one go."""
    values: dict[str, object] = {
        "number": number,
        "of": of,
        "steps": Steps.REPLACE,
        "people": people(count, 20 * number),
        "ticked": (E3_LESS,),
        "inherited": (),
        "given": (),
        "gone": (E4,),
    }
    return PackSheet(**(values | changed))  # type: ignore[arg-type]


def keeping(number: int = 2, of: int = 2, count: int = 7, **changed: object) -> PackSheet:
    """A pack in which the new licence is given beside the others, and the old one then taken away."""
    kept = {"steps": Steps.KEEP_AND_UNASSIGN, "ticked": (E3_LESS, VISIO), "given": (E3_LESS,)}
    return replacing(number, of, count, **(kept | {"inherited": ("Power BI (free)",), "location": "NL"} | changed))
