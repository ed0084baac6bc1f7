"""Whom a plan leaves alone: lists of people, and of groups whose licences nobody shall lose."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from batch.core.errors import UsageError
from batch.core.estate import LicensingGroup
from batch.core.pace import Policy
from batch.core.rules import Rules
from batch.engine.ports import Tenant
from batch.engine.reading import patiently
from batch.runs.folder import SHEETS
from batch.sheets.names import NameList, read_names

#: Names in one message.
_NAMED = 5
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Protected:
    """The lists of one job, as they were read."""

    lists: tuple[NameList, ...] = ()

    @classmethod
    def read(cls, paths: Iterable[Path]) -> Protected:
        """Read the lists. ``UsageError`` (``SheetError``) for one that cannot be read whole, or names nobody."""
        return cls(tuple(read_names(path) for path in dict.fromkeys(paths)))

    async def into(self, rules: Rules, tenant: Tenant, *, real: bool) -> Rules:
        """The rules with everybody of the lists left alone; who and what they name is looked up in the tenant.

        A list with a misspelt name would protect nobody. ``real``: the tenant was not made up from the sheets, so it
        knows everybody. Raises ``UsageError`` for a name that is neither a user's nor a group's, and what reading a
        tenant raises.
        """
        if real:
            await self._known(tenant)
        others = any(names.others for names in self.lists)
        groups = await patiently(tenant.licensing_groups, Policy()) if others else ()
        return replace(
            rules,
            protected=frozenset().union(*(names.people for names in self.lists)),
            protected_groups=frozenset(group for names in self.lists for group in _ids(names, groups)),
        )

    async def _known(self, tenant: Tenant) -> None:
        for names in self.lists:
            if not names.people:
                continue
            found = await patiently(partial(tenant.people, names.people), Policy())
            if unknown := sorted(names.people.difference(found.upns)):
                more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
                raise UsageError(
                    f"{names.file} names people whom the tenant does not have, so nobody would be left alone because "
                    f"of them: {', '.join(unknown[:_NAMED])}{more}.",
                    "Correct the names, or take them off the list.",
                )

    def said(self) -> tuple[str, ...]:
        """What the plan says about each list, in a sentence."""
        told = []
        for names in self.lists:
            groups = f" and whoever has a licence from {_listed([text for text, _ in names.others])}"
            people = f"{len(names.people):,} by name{groups if names.others else ''}"
            told.append(f"Left alone because of {names.file}: {people}.")
        return tuple(told)

    def keep(self, stage: Path) -> list[dict[str, str]]:
        """Copies of the lists with the sheets of the run in ``stage``; where they were, and their digests."""
        kept = []
        for n, names in enumerate(self.lists):
            path = Path(names.file)
            copy = f"protect-{n}-{_ODD.sub('_', path.name)[-80:]}"
            shutil.copyfile(path, stage / SHEETS / copy)
            with (stage / SHEETS / copy).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            if digest != names.digest:
                raise UsageError(
                    f"{path} was changed while it was read.", "Plan again once nobody writes to it any more."
                )
            kept.append({"file": names.file, "at": str(path.resolve()), "copy": copy, "digest": digest})
        return kept


def _ids(names: NameList, groups: Sequence[LicensingGroup]) -> frozenset[str]:
    """The ids of the groups that a list names, by id or by name; every group of a name that several have."""
    known: dict[str, set[str]] = {}
    for group in groups:
        for word in (group.group_id, group.name):
            known.setdefault(word.strip().casefold(), set()).add(group.group_id)
    for text, place in names.others:
        if text.strip().casefold() not in known:
            there = f"Its groups with licences: {_listed([g.name or g.group_id for g in groups])}." if groups else ""
            raise UsageError(
                f"{place}: “{text[:100]}” is neither a user's sign-in name nor a group that gives licences here.",
                f"Correct it or take it out; people of other groups have to be named one by one. {there}".strip(),
            )
    return frozenset(group for text, _ in names.others for group in known[text.strip().casefold()])


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name[:100]}”" for name in names[:10])
    return f"{shown} and {len(names) - 10:,} more" if len(names) > 10 else shown
