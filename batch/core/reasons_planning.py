"""Why a row is no change: reason words with their meaning and what to do, for people."""

from __future__ import annotations

from batch.core.reason import Told

REASONS: dict[str, Told] = {
    # Nothing to do
    "not_asked": Told("Does not hold the old licence, so nothing is asked.", "Nothing to do."),
    "no_rule": Told("No rule of the job fits this person, so nothing is asked.", "Nothing to do."),
    "earlier_rule": Told(
        "Another row of this person fits an earlier rule of the job, and that rule counts.", "Nothing to do."
    ),
    "already_done": Told("Holds the new licence and no longer the old one.", "Nothing to do."),
    "duplicate": Told("An earlier row asks the same for this person.", "Nothing to do; the earlier row counts."),
    # Rows that ask nothing that can be done
    "empty_upn": Told("The row names no user.", "Fill in the user principal name and feed the row in again."),
    "invalid_upn": Told(
        "What stands for the user is not a user principal name.", "Correct it and feed the row in again."
    ),
    "not_a_user": Told(
        "What stands for the user is something else (a number, an id, a word).",
        "Put the user principal name (name@domain) there.",
    ),
    "concealed_name": Told(
        "The report conceals user names.",
        "Switch concealed names off in the admin center (Settings > Org settings > Reports), and export again.",
    ),
    "duplicate_conflict": Told(
        "Rows of this person ask for things that do not go together.", "Keep the one that is right."
    ),
    "unknown_sku": Told(
        "The row names a product that nobody knows.",
        "Check the name, use the part number or GUID, or import Microsoft's table: reassign catalog import FILE.",
    ),
    "ambiguous_sku": Told("The row names a product that may be several.", "Use the part number or GUID instead."),
    "same_sku": Told("The row takes away and gives the same product.", "Correct one of the two."),
    "nothing_asked": Told(
        "The row says neither what to take away nor what to give.", "Fill it in, or say --from and --to."
    ),
    "unknown_plan": Told(
        "The row names a service that the new product does not have.", "Correct the list of services."
    ),
    "unknown_template": Told(
        "The template user is not in the sheet of users.", "Add that user's row, or name the product."
    ),
    "lost_list": Told(
        "The export wrote the type of a list instead of the list, so what stood there is unknown.",
        "Export it again with the list joined, or as JSON.",
    ),
    "plan_without_add": Told("The row names services to switch off, but no product to give.", "Fill in the product."),
    "bad_number": Told("What should be a number of licences is none.", "Write it with digits only."),
    "bad_price": Told("What should be the price of one seat for a month is none.", "Write it with digits: 23.10 EUR."),
    "ambiguous_column": Told("Two columns mean the same and differ.", 'Say which is right: --map "Heading=user".'),
    "example_row": Told("An example row of a template.", "Nothing to do."),
    "repeated_header": Told("The headings again.", "Nothing to do."),
    "total_row": Told("A row of totals.", "Nothing to do."),
    "unreadable": Told(
        "The line could not be read as a row.", "Mend the line (often a stray quote) and feed it in again."
    ),
    # The tenant does not allow it as things are
    "unknown_user": Told(
        "The tenant has no user with this name.",
        "Check the spelling, or that this is the right tenant; deleted users have to be restored first.",
    ),
    "source_not_held": Told(
        "Does not hold the licence that should be taken away, nor the new one.",
        "Check who really holds the old licence with a fresh export.",
    ),
    "inherited": Told(
        "The old licence comes from a group, and such a licence cannot be taken away from the user.",
        "Say in the sheet how to move it: a column Way with the word group changes the licences of the group, for all "
        "its members; a column Target group moves the person into that group and out of this one.",
    ),
    "group_unknown": Told(
        "There is no group with licences of this name, or there are several.",
        "Write the group's object id; a group without licences gives none.",
    ),
    "group_dynamic": Told(
        "Membership of the group follows a rule, so nobody can be put into it or taken out of it by hand.",
        "Change the attribute that the rule looks at, or change the licences of the group (column Way: group).",
    ),
    "group_synced": Told(
        "The group comes from on-premises, so its members cannot be changed here.",
        "Change the membership on-premises, or change the licences of the group (column Way: group).",
    ),
    "group_lacks_product": Told(
        "The group to move into does not give the licence that is asked for.",
        "Name another group, or give this one the licence first.",
    ),
    "group_gives_old": Told(
        "The group to move into gives the licence that is to go.", "Name another group, or change its licences first."
    ),
    "group_gives_more": Told(
        "Leaving the group would take away more than is asked.",
        "Ask for it in the same row, or give it to the person in another way first.",
    ),
    "group_services": Told(
        "The row wants services off that the group to move into has on; that is the group's to say.",
        "Switch them off in the group's licence, or leave them out of the row.",
    ),
    "several_groups": Told(
        "Several groups give the old licence, so changing one of them would not take it away.",
        "Move the person with a column Target group, or take them out of all but one first.",
    ),
    "held_both_ways": Told(
        "The person has the old licence directly as well, and a change of the group does not touch that.",
        "Take the direct licence away first, or move the person with a column Target group.",
    ),
    "not_by_group": Told(
        "The row asks for a change of the group, but no group gives the person this licence.",
        "Leave the column Way empty for this row.",
    ),
    "group_clash": Told(
        "What the group would give contains a service that cannot stand beside one that the person (or, when the "
        "group itself changes, some member) holds at that moment, and the service then gives nothing of it.",
        "Between groups both licences are held for a while: change the licences of the group instead (column Way: "
        "group). Or take the licence that is in the way away first.",
    ),
    "group_conflict": Told(
        "Rows of one group ask for different changes of its licences.",
        "A group has one set of licences for all its members: keep one, or use a column Target group.",
    ),
    "bad_way": Told("What stands for the way of moving cannot be used.", "Write direct or group, or leave it empty."),
    "sku_not_owned": Told(
        "The tenant does not own the new product.",
        "Buy it first, or check the product name; in the practice tenant add it to the licence sheet.",
    ),
    "sku_company": Told(
        "This product is for the whole company and cannot be given to users.", "Choose another product."
    ),
    "sku_not_active": Told(
        "The subscription of the new product is not active.", "Wait until it is, or reactivate it; then plan again."
    ),
    "no_location": Told(
        "The person has no valid usage location, and no licence can be assigned without one.",
        "Plan again with --usage-location and a two-letter country code: it is set together with the licence. "
        "Or set it in the tenant.",
    ),
    "plan_not_in_sku": Told(
        "A service that should be off is not part of the new product in this tenant.",
        "Correct the list of services in the sheet.",
    ),
    "plan_company": Told(
        "A service that should be off is for the whole company and cannot be switched off for one person.",
        "Take it out of the list of services in the sheet.",
    ),
    "hazard_mailbox": Told(
        "The person would lose the mailbox, or get a smaller one.",
        "Look at the sizes and keep an Exchange plan, or export first; then plan again and add --accept mailbox.",
    ),
    "hazard_data": Told(
        "The person would lose SharePoint and OneDrive, or Viva Engage, altogether.",
        "Back up what they keep there; then plan again and add --accept data.",
    ),
    "hazard_voice": Told(
        "The person would lose telephone service: the number is released at once, and call queues drop them.",
        "Give a licence with Phone System, or make sure that nobody needs the number; then plan again and add "
        "--accept voice.",
    ),
    "hazard_archive": Told(
        "The person would lose the archive mailbox.",
        "Give Exchange Online Archiving as well, or export the archive; then plan again and add --accept archive.",
    ),
    "hazard_apps": Told(
        "The person would lose the Office desktop apps, which become read-only.",
        "Give Microsoft 365 Apps as well, or tell them; then plan again and add --accept apps.",
    ),
    "target_lacks_service": Told(
        "The new licence comes from a group that has a service switched off which only the old licence gives.",
        "Switch that service on in the group's licence, or list it in the sheet as one that shall be off.",
    ),
    "undone_already": Told("Holds what they held before the run.", "Nothing to do."),
    "undo_group": Told(
        "Several groups gave this person licences, or one of their own stood beside them: no one change leads back.",
        "Put the person back into the groups by hand; sheets/0-undo.csv says what went and what came.",
    ),
    "changed_since": Told(
        "Somebody changed this person's licences since the run, so they are left as they are.",
        "Look at the person, and give back by hand what is missing.",
    ),
    "protected": Told(
        "The person, or a group that gives them a licence, is on the list of those to be left alone.",
        "Nothing to do; take the name off the list (--protect) if the move is wanted.",
    ),
    "would_be_bare": Told(
        "Taking this licence away would leave the person with none at all.",
        "Ask for a new licence in the same row, or take it away by hand.",
    ),
    "no_seats": Told(
        "No seat of the new product was free.",
        "Buy seats or free some; then plan again: only those who are left are moved.",
    ),
}
