"""One plan in many hands, by the hundred days: nobody twice, nobody bare, no seat promised twice, no lie in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wiring.busy_days import BusyDay


@pytest.mark.parametrize("ten", [10, 11])
def test_busy_days(tmp_path: Path, ten: int) -> None:
    for seed in range(10 * ten, 10 * ten + 10):
        BusyDay(seed, tmp_path).live()


@pytest.mark.slow
def test_hundreds_of_busy_days(tmp_path: Path) -> None:
    for seed in range(200, 450):
        BusyDay(seed, tmp_path).live()
