"""Rough days by the hundred: nothing lost, nothing doubled, nobody bare, no SKU over-full, no lie in the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.rough import hurried_day, rough_day, survive


@pytest.mark.parametrize("ten", range(12))
def test_rough_days(tmp_path: Path, ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        survive(rough_day(seed), tmp_path / f"{seed}.db")


@pytest.mark.parametrize("ten", range(2))
def test_hurried_days(tmp_path: Path, ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        survive(hurried_day(seed), tmp_path / f"{seed}.db")


@pytest.mark.slow
@pytest.mark.parametrize("hundred", range(1, 11))
def test_a_thousand_rough_days(tmp_path: Path, hundred: int) -> None:
    for seed in range(100 * hundred, 100 * hundred + 100):
        survive(rough_day(seed), tmp_path / f"{seed}.db")
