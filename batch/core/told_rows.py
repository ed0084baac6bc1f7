"""Stored rows joined with what became of their changes: where each ends, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from batch.core.effects import effects, plan_names
from batch.core.outcomes import Bucket, Outcome
from batch.core.reasons import told
from batch.core.report import Reason, ResultRow, SourceFile
from batch.core.states import OUTCOMES, State
from batch.core.told_facts import Facts

#: Outcomes and buckets of which a person has to know.
ATTENTION = (
    *(o.value for o in Outcome if o is not Outcome.APPLIED),
    Bucket.PROBLEM.value,
    Bucket.BLOCKED.value,
    Bucket.SHORT.value,
)
#: Lines of a sheet that are no people and hide nothing: they are counted, and nobody has to mend them.
HARMLESS = frozenset({"example_row", "repeated_header", "total_row"})
#: Reason words of rows that stay as they are because somebody wants them to: counted, and nothing is left to do.
SPARED = frozenset({"protected"})
#: Reason words with which other people's words are kept, not the service's.
_OTHERS_SAY = frozenset({"said_done", "not_done", "gave_up", "not_shown", "half_done", "services_unknown"})
#: Reason words of whatever is open in other hands: to be fed in again it would have to be taken back first.
ELSEWHERE = _OTHERS_SAY - {"services_unknown"} | {"in_admin_center", "in_powershell"}
_EXAMPLES = 5


class ToldRows:
    """Stored rows joined with what became of their changes."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        kinds = facts.changes.kinds
        owned = {s.sku_id: s for s in facts.skus}
        self.removed = [self._label(k.remove) for k in kinds]
        self.added = [self._label(tuple(a.sku_id for a in k.add)) for k in kinds]
        self.kept_off = [", ".join(plan_names(effects(k, owned).stays_off, owned)) for k in kinds]
        self.asked = [(self._label(a.remove), self._label(a.add)) for a in facts.asks]
        self.endings = self._endings()
        self.sentences: dict[tuple[str, str, int, str], str] = {}
        for p in facts.problems:
            at = (p.place.file, p.place.sheet, p.place.row, p.code)
            # Several people of one row with the same fault: whose sentence it is, is not known.
            self.sentences[at] = p.text if self.sentences.get(at, p.text) == p.text else ""

    def _label(self, sku_ids: tuple[str, ...]) -> str:
        return " + ".join(self.facts.names.get(s, s) for s in sku_ids)

    def _endings(self) -> list[tuple[str, str]]:
        """For each change the word its rows end in, and its reason word."""
        ledger = self.facts.ledger
        usual = [self._ending(state, "") for state in State]
        endings = [usual[state] for state in ledger.state]
        for change, (why, _) in ledger.why.items():
            endings[change] = self._ending(State(ledger.state[change]), why)
        return endings

    def _ending(self, state: State, why: str) -> tuple[str, str]:
        outcome = OUTCOMES[state]
        if outcome is Outcome.APPLIED:
            return outcome, ""
        if outcome is Outcome.NOT_SENT and state is not State.HANDED:
            return outcome, self.facts.ledger.stop or why or "waiting"
        # On the wire when the process died: whatever was wrong with an earlier try does not explain that.
        return outcome, "unsettled" if state is State.FLYING else why

    def survey(self) -> tuple[dict[str, int], tuple[Reason, ...]]:
        """The counts of laws 1 and 2, and what needs attention by reason."""
        found = {(bucket, bucket, why): count for (bucket, why), count in self.facts.idle.items()}
        moving = Counter(map(self.endings.__getitem__, self.facts.moving))
        found |= {(Bucket.PLANNED, word, why): count for (word, why), count in moving.items()}
        examples = self._examples(
            {(w, y): n for (_, w, y), n in found.items() if w in ATTENTION and y not in HARMLESS | SPARED}
        )
        counts = {"rows": sum(found.values())}
        for b in Bucket:
            counts[b.value] = sum(n for (bucket, _, _), n in found.items() if bucket == b)
        for o in Outcome:
            counts[o.value] = sum(n for (_, word, _), n in found.items() if word == o)
        reasons = [
            Reason(
                where=str(word),
                code=why,
                count=sum(n for (_, w, y), n in found.items() if (w, y) == (word, why)),
                meaning=told(why).meaning,
                todo=told(why).todo,
                examples=tuple(shown),
            )
            for (word, why), shown in examples.items()
        ]
        return counts, tuple(sorted(reasons, key=lambda r: (ATTENTION.index(r.where), -r.count, r.code)))

    def _examples(self, left: dict[tuple[str, str], int]) -> dict[tuple[str, str], list[str]]:
        """The first few users of each ending, of which so many rows are left; reads no further than it must."""
        examples: dict[tuple[str, str], list[str]] = {ending: [] for ending in left}
        for user, bucket, code, change in self.facts.standing() if left else ():
            ending = self.endings[change] if change >= 0 else (bucket, code)
            if ending not in left:
                continue
            shown = examples[ending]
            if user and user not in shown:
                shown.append(user)
            left[ending] -= 1
            if len(shown) == _EXAMPLES or not left[ending]:
                del left[ending]
                if not left:
                    break
        return examples

    def results(self) -> Iterator[ResultRow]:
        """Every row of the input and what became of it."""
        sources, changes, ledger = self.facts.sources, self.facts.changes, self.facts.ledger
        for source, row, user, name, ask, bucket, code, change in self.facts.rows():
            origin = sources[source]
            word, why = self.endings[change] if change >= 0 else (bucket, code)
            if change >= 0:
                kind = changes.kind[change]
                asked = (self.removed[kind], self.added[kind], self.kept_off[kind])
                sent = (ledger.group[change], ledger.tries[change], ledger.at[change])
            else:
                asked = (*(self.asked[ask] if ask >= 0 else ("", "")), "")
                sent = (0, 0, 0.0)
            reason = self._reason(origin, row, why, change) if why else ""
            yield ResultRow(origin.file, origin.sheet, row, user, name, *asked, str(word), why, reason, *sent)

    def _reason(self, origin: SourceFile, row: int, why: str, change: int) -> str:
        own = self.sentences.get((origin.file, origin.sheet, row, why))
        if change < 0 and own:
            return own
        meaning, todo = told(why)
        said = self.facts.ledger.why.get(change, ("", ""))[1]
        who = "What came back with it" if why in _OTHERS_SAY else "The service says"
        return " ".join(part for part in (meaning, f"{who}: {said}" if said else "", todo) if part)
