"""Rules C1 to C10: how fresh the data are, who still has the product, and who was left with nothing."""

from __future__ import annotations

from batch.core.checklist import Mark
from batch.core.deadlines import day_of, mailbox_until
from batch.core.retiring import (
    FACTS,
    NO_TARGET,
    NOT_READ,
    TENANT,
    Evidence,
    Found,
    Rule,
    answered,
    count_of,
    named,
    people,
    who,
)

#: Hours after which what was read from a tenant no longer says how things stand.
FRESH_HOURS = 24
#: Days after which a person's answers have to be given again.
ANSWER_DAYS = 7


def _fresh(e: Evidence) -> Found:
    answers = day_of(e.now).toordinal() - e.facts.answered_on.toordinal() if e.facts.answered_on else 0
    hours = (e.now - e.organisation.copied_at) / 3600 if e.organisation.copied_at else 0.0
    if hours > FRESH_HOURS:
        told = f"This is a copy of the tenant, made {hours:,.0f} hours ago; things may have changed since."
        return Found(Mark.FAIL, told, TENANT, "Read the tenant itself: --tenant graph")
    if not -1 <= answers <= ANSWER_DAYS:  # yesterday's UTC may be today where people are
        return Found(
            Mark.FAIL,
            f"The answers are {answers} days old; {ANSWER_DAYS} are the most.",
            FACTS,
            "Go through the facts file again.",
        )
    if e.lacking:
        return Found(Mark.UNKNOWN, " ".join(e.lacking), TENANT, "Give the rights that are missing, and look again.")
    if e.facts.source and e.facts.answered_on is None:
        told = "The facts file does not say from which day its answers are."
        return Found(Mark.UNKNOWN, told, FACTS, "Say answered_on = YYYY-MM-DD in the facts file.")
    if e.organisation.copied_at:
        told = f"How the tenant stands now is not known: this is a copy of it, made {hours:,.0f} hours ago."
        return Found(Mark.UNKNOWN, told, TENANT, "Read the tenant itself: --tenant graph")
    return Found(Mark.PASS, "Everything was read just now, to the last page.", TENANT)


def _direct(e: Evidence) -> Found:
    if e.census is None:
        return NOT_READ
    those = (*e.census.direct, *e.census.both, *e.census.failed_direct)
    if not those:
        return Found(Mark.PASS, "Nobody has it directly.", TENANT)
    told = f"{people(len(those))} still: {named(those)}."
    return Found(Mark.FAIL, told, TENANT, "Move them: reassign plan, then reassign apply. They would lose service.")


def _groups(e: Evidence) -> Found:
    carrying = [g for g in e.groups or () if any(add.sku_id == e.sku.sku_id for add in g.licences)]
    c = e.census
    those = (*c.inherited, *c.both, *c.failed_inherited) if c else ()
    if carrying or those:
        told = (
            f"{count_of(len(carrying), 'group')} ({named([g.name or g.group_id for g in carrying])})"
            if carrying
            else ""
        )
        more = f"{people(len(those))} inherit it: {named(those)}" if those else ""
        todo = (
            "Give the group its new licence and take the old one away in one save. Never empty or delete the group: "
            "people would lose service, and whoever joins it gets the old product."
        )
        return Found(Mark.FAIL, f"{'; '.join(filter(None, (told, more)))}.", TENANT, todo)
    if c is None:
        return NOT_READ
    if e.groups is None:
        todo = "Give the right GroupMember.Read.All, and look again."
        return Found(Mark.UNKNOWN, "The groups that carry licences could not be read.", "", todo)
    looked = f"{count_of(len(e.groups), 'group')} with licences looked at" if e.groups else "No group has licences"
    return Found(Mark.PASS, f"{looked}; none carries it.", TENANT)


def _both(e: Evidence) -> Found:
    if e.people is None:
        return NOT_READ
    if not e.targets:
        return NO_TARGET
    old, new = e.sku.sku_id, e.target_ids
    twice = (n for n, h in enumerate(e.people.holdings) if old in h.sku_ids and not new.isdisjoint(h.sku_ids))
    those = who(e.people, twice)
    if not those:
        return Found(Mark.PASS, "Nobody holds old and new together.", TENANT)
    told = f"{people(len(those))} hold old and new together, and two seats: {named(those)}."
    return Found(Mark.FAIL, told, TENANT, "Take the old licence away: reassign plan, then reassign apply.")


def _neither(e: Evidence) -> Found:
    if not e.targets:
        return NO_TARGET
    if e.baseline is None or e.fates is None:
        todo = "Name a copy or an export from before the move with --baseline, or the runs with --run."
        return Found(Mark.UNKNOWN, "Who held it before is not known.", "", todo)
    f, source = e.fates, f"{e.baseline.source} and {TENANT}"
    if f.removed:
        until = mailbox_until(day_of(e.baseline.taken_at)) if e.baseline.taken_at else None
        clock = f" A mailbox is kept for 30 days, so the first may be gone on {until.isoformat()}." if until else ""
        off = f" Of them with the new one, and no service of it on: {people(len(f.idle))}." if f.idle else ""
        told = f"Left without, of those who held it: {people(len(f.removed))} ({named(f.removed)}).{off}{clock}"
        todo = (
            "Give each of them a licence with its services on, or name them under exceptions in the facts file once "
            "that is decided."
        )
        return Found(Mark.FAIL, told, source, todo)
    if not e.known:
        todo = "Name a copy (reassign tenant copy) or an export of everybody from before the move with --baseline."
        return Found(Mark.UNKNOWN, e.baseline.doubt or "Nobody is known to have held it before.", source, todo)
    if not f.closes:
        return Found(Mark.FAIL, "The sum of people does not close.", source, "This is a fault of the program.")
    if f.excepted:
        told = f"{people(len(f.excepted))} hold neither by decision: {named(f.excepted)}."
        return Found(
            Mark.WARN, told, FACTS, f"Their mailboxes are kept for 30 days. The others: {len(f.moved):,} moved."
        )
    gone = f", {len(f.vanished):,} are users no more (C9)" if f.vanished else ""
    return Found(Mark.PASS, f"Of {people(f.holders)} who held it, none is without{gone}.", source)


def _states(e: Evidence) -> Found:
    if e.people is None:
        return NOT_READ
    if not e.targets:
        return NO_TARGET
    new = e.target_ids
    wrong = {
        n
        for n, h in enumerate(e.people.holdings)
        if any(a.sku_id in new and a.state != "Active" for a in h.assignments)
    }
    those = who(e.people, wrong)
    if those:
        told = f"The new licence of {people(len(those))} is not active: {named(those)}."
        return Found(Mark.FAIL, told, TENANT, "See the reason on each of them (Licenses and apps), mend it, reprocess.")
    if e.groups is None:
        return Found(Mark.UNKNOWN, "The groups could not be read.", "", "Give the right GroupMember.Read.All.")
    watched = new | {e.sku.sku_id}
    groups = [g for g in e.groups if any(add.sku_id in watched for add in g.licences)]
    at_work = [g.name or g.group_id for g in groups if g.processing not in ("", "ProcessingComplete")]
    if at_work:
        return Found(Mark.FAIL, f"Still being processed: {named(at_work)}.", TENANT, "Wait until they are done.")
    silent = [g.name or g.group_id for g in groups if not g.processing]
    if silent:
        told = f"Whether these groups are processed is not said: {named(silent)}."
        return Found(Mark.UNKNOWN, told, TENANT, "Look at them in the admin center: Licenses > the product > Groups.")
    return Found(Mark.PASS, "Every new licence is active, and no group is being processed.", TENANT)


def _decided(e: Evidence, value: bool | None, key: str, them: str, ways: str) -> Found:
    """A kind of account that only a person can point out: decided, or nobody at all was left to decide about."""
    if value is None and e.everybody_moved:
        told = f"All {people(e.fates.holders if e.fates else 0)} who held it hold the new product, {them} among them."
        return Found(Mark.PASS, told, f"{TENANT} and the baseline")
    left = (*e.fates.removed, *e.fates.vanished) if e.fates else ()
    ask = f"Of {them}, decide about each that had it: {ways}."
    found = answered(value, key, yes="Each is decided.", no="Some are not decided yet.", todo=ask)
    return found._replace(found=f"{found.found} Look at {named(left)}.") if left and value is not True else found


def _mailboxes(e: Evidence) -> Found:
    ways = "convert it, or keep a licence where it is over 50 GB, archived, on hold or guarded by Defender"
    return _decided(
        e, e.facts.shared_mailboxes_decided, "shared_mailboxes_decided", "the shared and room mailboxes", ways
    )


def _accounts(e: Evidence) -> Found:
    them = "the blocked, leaving, service and guest accounts"
    ways = "move it, put its mailbox on hold, or export and remove it"
    return _decided(e, e.facts.leavers_decided, "leavers_decided", them, ways)


def _deleted(e: Evidence) -> Found:
    gone = e.fates.vanished if e.fates else ()
    todo = "List Users > Deleted users, and decide about each who had it: a restored user comes back expecting it."
    no = "Some are not decided yet."
    yes = "Those deleted in the last 30 days are listed and decided."
    found = answered(e.facts.deleted_users_decided, "deleted_users_decided", yes=yes, no=no, todo=todo)
    more = f" {people(len(gone))} of those who held it are users no more: {named(gone)}." if gone else ""
    return found._replace(found=found.found + more)


def _counter(e: Evidence) -> Found:
    used = e.sku.consumed
    seats = f"{count_of(used, 'seat')} in use"
    if e.census is None:
        told = f"The service counts {seats}."
        return Found(Mark.FAIL, told, TENANT, "Move those who hold them.") if used else NOT_READ
    extra = e.census.unexplained
    if not used and e.nobody_left:
        return Found(Mark.PASS, "No seat is in use, and nobody is seen to hold one.", TENANT)
    hold = "holds" if e.census.holders == 1 else "hold"
    told = f"The service counts {seats}; {people(e.census.holders)} {hold} one, {extra:,} unexplained."
    if extra < 0:
        return Found(Mark.FAIL, told, TENANT, "The count may lag behind: look again in some minutes.")
    if not extra:
        return Found(Mark.FAIL, told, TENANT, "Move those who hold them (C2, C3).")
    if e.explained:
        return Found(Mark.WARN, f"{told} {e.facts.unexplained_by} explains them: {e.facts.unexplained_why}", FACTS)
    todo = (
        "Look at deleted users and at licences bought by users themselves. Once they are explained, say "
        "unexplained_seats, unexplained_why and unexplained_by in the facts file."
    )
    return Found(Mark.FAIL, told, TENANT, todo)


RULES = (
    Rule("C1", "Are the data fresh and whole?", _fresh),
    Rule("C2", "Does nobody hold it directly?", _direct),
    Rule("C3", "Does no group carry it, and nobody inherit it?", _groups),
    Rule("C4", "Does nobody hold old and new together?", _both),
    Rule("C5", "Is nobody left with neither?", _neither),
    Rule("C6", "Is every new licence active?", _states),
    Rule("C7", "Are shared and room mailboxes decided?", _mailboxes),
    Rule("C8", "Are blocked, leaving, service and guest accounts decided?", _accounts),
    Rule("C9", "Are deleted users decided?", _deleted),
    Rule("C10", "Is no seat in use?", _counter),
)
