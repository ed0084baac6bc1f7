"""No test may leave a complaint in the server's log: that would be a traceback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("tests.tenants.served.face")


@pytest.fixture(autouse=True)
def _no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    complaints = [record for record in caplog.get_records("call") if record.exc_info or record.levelname == "ERROR"]
    assert not complaints
