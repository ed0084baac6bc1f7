from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graph.quarry import PLAN, Quarry


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def quarry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quarry]:
    quarry = Quarry(PLAN, tmp_path_factory.mktemp("quarry"))
    yield quarry
    quarry.close()
