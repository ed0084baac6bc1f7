"""Rules C12 to C16: add-ons, voice, services that are lost, and holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from batch.core.checklist import Mark
from batch.core.retiring import (
    FACTS,
    NO_TARGET,
    NOT_READ,
    RUNS,
    TENANT,
    Evidence,
    Found,
    Rule,
    answered,
    named,
    on,
    people,
    who,
)
from batch.core.successors import FOUNDATIONS, TIERS, levels, tier

_TEAMS, _SKYPE = "57ff2da0-773e-42df-b2af-ffb7a2317929", "0feaeb32-d00e-4d66-bd5a-43b5b83db82c"
_PHONE = "4828c8ec-dc2e-4779-b502-87ac9ce28ab7"
_EXCHANGE = frozenset({"efb87545-963c-4e0d-99df-69c6916d9eb0", "9aaf7827-d63c-4b61-89c3-182f06f82e5c"})
_CALLING = (
    "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8",
    "5a10155d-f5c1-411a-a8ec-e99aae125390",
    "54a152dc-90de-4996-93d2-bc47e670fc06",
)
#: Service plans that need another one: what they are called, and the plans of which one has to be on (Microsoft's
#: "Assign Teams add-on licenses to users" and "Resolve license assignment problems").
DEPENDENT: Mapping[str, tuple[str, frozenset[str]]] = {
    "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40": ("Audio Conferencing", frozenset({_TEAMS, _SKYPE})),
    _PHONE: ("Phone System", frozenset({_TEAMS, _SKYPE})),
    **{plan: ("a calling plan", frozenset({_PHONE})) for plan in _CALLING},
    "f477b0f0-3bb1-4890-940c-40fcee6ce05f": ("Workplace Analytics", _EXCHANGE),
}
#: Plans that hold people's data: who loses one has to back up first. Besides Exchange and SharePoint: OneDrive, Yammer.
HOLDS_DATA = frozenset({"afcafa6a-d966-4462-918c-ec0b4e0fe642", "7547a3fe-08ee-4ccb-b430-5077c5041653"}).union(
    *(plans.values() for service, plans in TIERS.items() if service.startswith(("Exchange Online", "SharePoint")))
)
#: Plans with which people make and take telephone calls; the first is MCOVOICECONF.
VOICE = frozenset({"27216c54-caf8-4d0d-97e2-517afb5c08f6", _PHONE, *_CALLING})


def _add_ons(e: Evidence) -> Found:
    todo = "Look at the add-ons of the subscription, and at extra file storage: buy again what the new one lacks."
    if e.facts.addons == ():
        return Found(Mark.PASS, "The subscription has no add-ons.", FACTS)
    listed = f"With it end: {named(e.facts.addons)}. " if e.facts.addons else ""
    yes, no = "All are absorbed or bought again.", "Some are neither absorbed nor bought again."
    found = answered(e.facts.addons_settled, "addons_settled", yes=yes, no=no, todo=todo)
    return found._replace(found=listed + found.found)


def _dependent(e: Evidence) -> Found:
    if e.people is None:
        return NOT_READ
    if not e.targets:
        return NO_TARGET
    if any(not s.plans for s in e.targets):
        return Found(Mark.UNKNOWN, "The services of the new product are not known.", TENANT, "Look at its services.")
    lacking: dict[int, set[str]] = {}
    for number, holding in enumerate(e.people.holdings):
        have = on(holding, e.owned, e.sku.sku_id)
        needy = (DEPENDENT[plan] for plan in have.intersection(DEPENDENT))
        if names := {name for name, needs in needy if have.isdisjoint(needs)}:
            lacking[number] = names
    those = who(e.people, lacking)
    if e.baseline is not None:  # what others lack has nothing to do with the old product
        ours = {was.upn for was in e.baseline.holders}
        those = tuple(upn for upn in those if upn in ours)
    if those:
        kinds = ", ".join(sorted(set().union(*lacking.values())))
        told = f"{people(len(those))} have {kinds} without the service that it needs: {named(those)}."
        return Found(Mark.FAIL, told, TENANT, "Switch that service on in their new licence, or take the add-on away.")
    return Found(Mark.PASS, "Whoever has an add-on has what it needs, the old product left aside.", TENANT)


def _voice(e: Evidence) -> Found:
    if e.sku.plans and VOICE.isdisjoint(e.sku.plan_ids):
        return Found(Mark.PASS, "The old product has no voice service.", TENANT)
    todo = "See in the Teams admin center that numbers are still assigned and call queues are whole."
    yes, no = "Numbers and call queues are in order.", "Numbers or call queues are not in order."
    return answered(e.facts.voice_checked, "voice_checked", yes=yes, no=no, todo=todo)


def _losses(e: Evidence) -> Found:
    if not e.targets:
        return NO_TARGET
    if not e.sku.plans or any(not s.plans for s in e.targets):
        return Found(Mark.UNKNOWN, "The services of the products are not known.", TENANT, "Compare them by hand.")
    # Each new product by itself: whoever got the smallest of them loses the most.
    gone = set().union(*(_lost(e.sku.plan_ids, s.plan_ids) for s in e.targets))
    source = TENANT
    if e.baseline and e.baseline.whole and e.imaged.issuperset(was.upn for was in e.baseline.holders):
        gone &= set().union(*(run.used for run in e.runs))
        source = f"{TENANT} and {RUNS}"
    names = sorted({p.name for p in e.sku.plans if p.plan_id in gone})
    if not names:
        return Found(Mark.PASS, "No service goes that anybody had on.", source)
    told = f"Gone with the old product: {named(names)}."
    if gone & HOLDS_DATA and not e.facts.backups_confirmed:
        todo = "Have people's data backed up, say backups_confirmed = true in the facts file, then accept C15 by name."
        return Found(Mark.FAIL, f"{told} Data are lost with them, and no backup is confirmed.", source, todo)
    return Found(Mark.FAIL, told, source, 'If people can do without, accept it by name: --accept C15="why"')


def _lost(old: Collection[str], new: Collection[str]) -> set[str]:
    """The plans whose service the new product has not, or in a lower tier only."""
    have = levels(new)
    return {plan for plan in old if plan not in FOUNDATIONS and have.get(tier(plan)[0], (-1, ""))[0] < tier(plan)[1]}


def _holds(e: Evidence) -> Found:
    todo = "Look in Microsoft Purview at holds and retention, and at inactive mailboxes."
    yes, no = "None of them needs the old licence.", "Some of them need the old licence."
    return answered(e.facts.holds_checked, "holds_checked", yes=yes, no=no, todo=todo)


RULES = (
    Rule("C12", "Are the add-ons of the old subscription settled?", _add_ons),
    Rule("C13", "Does whoever has an add-on have what it needs?", _dependent),
    Rule("C14", "Do telephone numbers and call queues work?", _voice),
    Rule("C15", "Is no service lost?", _losses),
    Rule("C16", "Does no hold or retention need it?", _holds),
)
