"""A practice tenant behind `reassign tenant serve`, in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REASSIGN = Path(sys.executable).with_name("reassign")


@contextmanager
def served(file: Path, *options: str) -> Iterator[str]:
    """The root of this tenant, version included."""
    command = [REASSIGN, "tenant", "serve", file, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            said = server.stdout.readline()
            root = re.search(r"http://127\.0\.0\.1:[0-9]+/v1\.0", said)
            if root is None:
                sys.exit(f"the server said {said!r}")
            yield root[0]
        finally:
            server.terminate()
