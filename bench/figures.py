"""What the table of measurements is made of."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """One line of the table. ``good`` is None where there is no target."""

    name: str
    what: str
    figure: str
    target: str = "–"
    good: bool | None = None


def at_most(name: str, what: str, figure: float, most: float, unit: str = "×") -> Figure:
    """A figure that must not be larger."""
    return Figure(name, what, f"{figure:.2f} {unit}", f"≤ {most:g} {unit}", figure <= most)


def at_least(name: str, what: str, figure: float, least: float) -> Figure:
    """A ratio that must not be smaller."""
    return Figure(name, what, f"{figure:.2f} ×", f"≥ {least:g} ×", figure >= least)
