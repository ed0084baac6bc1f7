"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from batch.core.errors import ReassignError


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write; it takes the place of ``path`` once the block ends well, and leaves no trace otherwise.

    The bytes go to ``.NAME.part`` in the same folder, reach the disk, and are then renamed. The name is fixed so that
    the leftover of a power cut is replaced next time; the lock on the run folder keeps two writers apart.

    Raises ``ReassignError`` naming the file when the folder or the disk does not take it.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.unlink(missing_ok=True)
        with part.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        _forget(part)
        raise _not_written(path, error) from error
    except BaseException:
        _forget(part)
        raise


def _forget(part: Path) -> None:
    # A folder that takes no writes takes no unlinks either; the first error is the one to tell.
    with suppress(OSError):
        part.unlink(missing_ok=True)


def _not_written(path: Path, error: OSError) -> ReassignError:
    why = error.strerror or str(error) or type(error).__name__
    return ReassignError(
        f"{path} could not be written: {why}.",
        "The run itself is safe in its folder. Close the file if another program has it open, make room on the disk "
        f"or make the folder writable, then write the reports again: reassign reconcile {path.parent}",
    )
