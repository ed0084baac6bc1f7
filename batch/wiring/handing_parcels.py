"""What is handed over, cut into what goes together: packs for the admin center, jobs for PowerShell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from batch.core.handed import Cover, Hand, packs_digest
from batch.core.pack_sheets import pack_sheets
from batch.core.packs import cut, groups
from batch.core.plan import Changes
from batch.core.terms import Sku
from batch.sheets.products import service_names

if TYPE_CHECKING:
    from batch.handover.script import JobData

#: Domains of the people by which a tenant is named that nobody has looked at.
_DOMAINS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How changes are to be handed over."""

    hand: Hand
    #: People in a pack (1 to 40), or changes that a script sends together (1 to 20).
    size: int = 20
    #: Changes in one job for PowerShell at most; one group at least.
    job_size: int = 5000
    #: The language of the pages: a code of ``handover.portal.LANGUAGES``.
    lang: str = "en"
    #: Only so many changes, the first in the plan's order; 0 for all.
    first: int = 0
    #: The folder for it; None for one in the run folder.
    out: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Everything that the files of one handover are made from."""

    meta: Mapping[str, Any]
    #: The run folder as a person names it.
    folder: str
    handover: int
    #: UTC seconds.
    made_at: float
    changes: Changes
    #: Positions of the changes that go, in plan order, and the free seats for them by SKU id.
    which: Sequence[int]
    free: Mapping[str, int]
    skus: tuple[Sku, ...]
    #: Display names by UPN, where a sheet has one.
    people: Mapping[str, str]
    #: The tenant is known from sheets alone.
    modelled: bool

    @property
    def tenant(self) -> str:
        """The organisation as people know it."""
        organisation = self.meta.get("organisation", {})
        if self.modelled and not organisation.get("copied_at"):
            return ", ".join(organisation.get("domains", ())[:_DOMAINS])
        return str(organisation.get("name") or self.meta["tenant"])

    @property
    def tenant_id(self) -> str:
        """The organisation's own id; empty where nobody knows it, for that of a model is invented."""
        organisation = self.meta.get("organisation", {})
        known = not self.modelled or organisation.get("copied_at")
        return str(organisation.get("tenant_id", "")) if known else ""

    def cover(self, digest: str, size: int) -> Cover:
        """What stands on all of it."""
        return Cover(
            run=self.meta["run"],
            title=self.meta["title"],
            tenant=self.tenant,
            handover=self.handover,
            digest=digest,
            made_at=self.made_at,
            folder=self.folder,
            size=size,
        )


class Parcel(NamedTuple):
    """What goes together: one pack, or one job. Numbers count from 1."""

    number: int
    changes: tuple[int, ...]
    #: Under which it is handed over, and comes back.
    digest: str
    #: What else is told about it, by name.
    more: Mapping[str, Any]


class Parcels(NamedTuple):
    """Everything that is handed over at once."""

    parcels: tuple[Parcel, ...]
    #: Changes for which there is no seat in any order that was found.
    without_seats: tuple[int, ...]
    #: Writes the files into a folder and says what it is at; gives the names of those that people look at.
    write: Callable[[Path, Callable[[str], None]], tuple[str, ...]]


def parcels_of(load: Load, asked: Asked) -> Parcels:
    """The load cut into parcels, in an order in which the seats suffice."""
    return _packs(load, asked) if asked.hand is Hand.ADMIN_CENTER else _jobs(load, asked)


def _packs(load: Load, asked: Asked) -> Parcels:
    changes, ids = load.changes, load.changes.user_id
    owned = {s.sku_id: s for s in load.skus}
    found = cut(changes, load.which, owned, load.free, asked.size)
    members = [[(n, ids[n]) for n in pack.changes] for pack in found.packs]
    digest = packs_digest(load.meta["run"], load.meta["plan_id"], load.handover, members)
    sheets = pack_sheets(found.packs, changes, load.skus, load.meta["names"], load.people, service_names())
    cover = load.cover(digest, asked.size)

    def write(folder: Path, stage_is: Callable[[str], None]) -> tuple[str, ...]:
        from batch.handover.pages import write_pages
        from batch.handover.workbook import write_workbooks

        stage_is(f"Writing the pages of {len(sheets):,} packs")
        pages = write_pages(sheets, cover, asked.lang, folder)
        stage_is(f"Writing the workbook of {len(sheets):,} packs")
        return tuple(path.name for path in (*pages, *write_workbooks(sheets, cover, asked.lang, folder)))

    parcels = tuple(
        Parcel(
            pack.number,
            pack.changes,
            digest,
            {"steps": pack.steps.value, "ticked": [licence.name for licence in sheet.ticked]},
        )
        for pack, sheet in zip(found.packs, sheets, strict=True)
    )
    return Parcels(parcels, found.without_seats, write)


def _jobs(load: Load, asked: Asked) -> Parcels:
    from batch.handover.script import job_files, write_jobs

    found, without = groups(load.changes, load.which, load.free, asked.size)
    cuts = _cuts(found, asked.job_size)
    jobs = [_job(load, asked, number, len(cuts), members) for number, members in enumerate(cuts, 1)]
    made = [job_files(job) for job in jobs]

    def write(folder: Path, stage_is: Callable[[str], None]) -> tuple[str, ...]:
        stage_is(f"Writing {len(jobs):,} {'job' if len(jobs) == 1 else 'jobs'}")
        write_jobs(folder, load.cover("", asked.size), made)
        return ("Move-Licenses.ps1", "README.txt")

    parcels = tuple(
        Parcel(
            job.job,
            tuple(change.change for change in job.changes),
            files.digest,
            {"groups": len(members), "folder": files.folder},
        )
        for job, files, members in zip(jobs, made, cuts, strict=True)
    )
    return Parcels(parcels, without, write)


def _cuts(found: Sequence[tuple[int, ...]], most: int) -> list[list[tuple[int, ...]]]:
    """The groups in stretches of at most so many changes, or of one group where that is larger."""
    cuts: list[list[tuple[int, ...]]] = []
    room = 0
    for group in found:
        if len(group) > room:
            cuts.append([])
            room = most
        cuts[-1].append(group)
        room -= len(group)
    return cuts


def _job(load: Load, asked: Asked, number: int, of: int, members: Sequence[tuple[int, ...]]) -> JobData:
    from batch.handover.script import Address, JobChange, JobData

    changes, people = load.changes, load.people
    return JobData(
        job=number,
        jobs=of,
        changes=[
            JobChange(n, group, changes.kind[n], changes.user_id[n], changes.upn[n], people.get(changes.upn[n], ""))
            for group, numbers in enumerate(members, 1)
            for n in numbers
        ],
        kinds=changes.kinds,
        names=load.meta["names"],
        cover=load.cover("", asked.size),
        plan_id=load.meta["plan_id"],
        tenant_id=load.tenant_id,
        address=Address.UPN if load.modelled else Address.ID,
    )
