"""The products that come with us, as a tenant would own them."""

from __future__ import annotations

import json
from importlib.resources import files

from batch.core.terms import ServicePlan, Sku


def products() -> dict[str, Sku]:
    """Every product by part number, whatever table somebody has imported on this machine."""
    table = json.loads(files("batch.sheets").joinpath("products.json").read_text("utf-8"))
    plans = [ServicePlan(plan_id=plan_id, name=name) for plan_id, name in table["plans"]]
    return {
        p["part_number"]: Sku(
            sku_id=p["id"],
            part_number=p["part_number"],
            name=p["names"][0],
            plans=tuple(plans[n] for n in p["plans"]),
            enabled=100,
        )
        for p in table["products"]
    }
