"""`reassign catalog`: look up products, and import Microsoft's whole table of them."""

from __future__ import annotations

from pathlib import Path

import click

from batch.cli.telling import say
from batch.core.terms import Candidate

#: As many products are shown at once.
_SHOWN = 50


@click.group(
    epilog="""\b
Examples:
  reassign catalog show "Office 365 E4"
  reassign catalog import "Product names and service plan identifiers for licensing.csv\""""
)
def catalog() -> None:
    """Look up products; import Microsoft's table of them."""


@catalog.command("import", epilog="\b\nExample:\n  reassign catalog import products.csv")
@click.argument("file", type=click.Path(path_type=Path))
def import_(file: Path) -> None:
    """Read Microsoft's published CSV of product names and service plans, and keep it for every later command."""
    from batch.sheets.products import import_products

    summary = import_products(file)
    say([f"{summary.products:,} products with {summary.plans:,} service plans are known now ({summary.path})."])
    if summary.doubtful:
        say([f"{len(summary.doubtful)} names stand for several products; write the part number or id of these:"])
        say(f"  {name}" for name in summary.doubtful)


@catalog.command(epilog="\b\nExamples:\n  reassign catalog show\n  reassign catalog show E3")
@click.argument("text", default="")
def show(text: str) -> None:
    """Show the products whose name, part number or id holds TEXT, with their ids."""
    from batch.core.names import fold
    from batch.sheets.products import known_products

    wanted = fold(text)
    found: dict[str, Candidate] = {}
    for product in known_products():
        if any(wanted in fold(word) for word in (product.name, product.part_number, product.sku_id)):
            found.setdefault(product.sku_id, product)
    say(f"{product.sku_id}  {product.part_number:<34}  {product.name}" for product in list(found.values())[:_SHOWN])
    if len(found) > _SHOWN:
        say([f"… and {len(found) - _SHOWN:,} more; say more of the name."])
    if not found:
        say([f"No product is known as “{text}”. Import Microsoft's table: reassign catalog import FILE"])
