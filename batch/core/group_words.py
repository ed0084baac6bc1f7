"""What a plan says about groups: whose licences change, and which groups keep rows from being planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from batch.core.changes import ChangeKind
from batch.core.plan import Plan
from batch.core.reasons import told
from batch.core.requests import Requests
from batch.core.rights import needed_for
from batch.core.terms import Place, Problem, Way

#: Groups that a sentence names.
_NAMED = 10


def group_lines(plan: Plan) -> tuple[str, ...]:
    """Sentences for the plan page: each group whose own licences change, and the groups that give what is to go."""
    lines = [
        f"The licences of the group {g.name} change for all its {g.members:,} members; the sheets name {g.named:,}."
        for g in plan.groups
    ]
    for place, count in sorted(_counted(plan, lambda kind: kind.location).items()):
        lines.append(f"Usage location {place} is set for {count:,} people who have none.")
    for group, count in sorted(_counted(plan, lambda kind: kind.join if kind.way is Way.MEMBERSHIP else "").items()):
        lines.append(
            f"{count:,} people move into the group {plan.group_names.get(group, group)}, then out of their old ones."
        )
    blocked = Counter(detail for row, detail in plan.detail.items() if plan.code[row] == "inherited")
    if blocked:
        named = [
            f"{group} ({count:,})" for group, count in sorted(blocked.items(), key=lambda item: (-item[1], item[0]))
        ]
        more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
        lines.append(f"Old licences that come from groups, by group and rows: {', '.join(named[:_NAMED])}{more}.")
    return tuple(lines)


def rights_lines(plan: Plan) -> tuple[str, ...]:
    """A sentence on the rights that this plan needs in Microsoft 365 besides those of every plan."""
    rights = needed_for(plan.changes.kinds)
    listed = ", ".join(f"{right.name} ({right.purpose})" for right in rights)
    return (f"This plan also needs the rights {listed}.",) if rights else ()


def _counted(plan: Plan, what: Callable[[ChangeKind], str]) -> Counter[str]:
    """How many changes there are of each word that their kind has; none for the empty one."""
    found: Counter[str] = Counter()
    for number, count in Counter(plan.changes.kind).items():
        if word := what(plan.changes.kinds[number]):
            found[word] += count
    return found


def detailed(plan: Plan, requests: Requests) -> Iterator[Problem]:
    """For each row that has something of its own to say, the whole sentence with its place."""
    for row, detail in sorted(plan.detail.items()):
        code, table = plan.code[row], requests.tables[requests.table[row]]
        meaning, todo = told(code)
        place = Place(file=table.file, sheet=table.sheet, row=requests.row[row])
        yield Problem(place=place, code=code, text=f"{meaning} ({detail}) {todo}")
