"""Every reason word with its meaning and what to do, for people. One table; reports, terminal and CSV all read it."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """A reason in plain words: what it means, and what to do next."""

    meaning: str
    todo: str


REASONS: dict[str, Told] = {
    # Nothing to do
    "not_asked": Told("Does not hold the old licence, so nothing is asked.", "Nothing to do."),
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
    # Refused by the service
    "no_such_user": Told(
        "The tenant no longer has this user.", "Restore the user if that was a mistake; otherwise nothing to do."
    ),
    "plans_conflict": Told(
        "The new licence contains a service that cannot stand beside one the person already has.",
        "Take the other licence away in the same row, or switch one of the two services off.",
    ),
    "plan_dependency": Told(
        "A service that stays needs one that would go (or is missing).",
        "Keep the base product, or take the dependent add-on away in the same row.",
    ),
    "proxy_address": Told(
        "The mail address that comes with the licence already belongs to somebody else in the tenant.",
        "Clear the duplicate proxy address; then plan again.",
    ),
    "directory_full": Told("The directory's own quota is used up.", "Free objects or raise the quota; then go on."),
    "bad_request": Told(
        "The service refused this change for a reason this program does not know; its own words are kept.",
        "Read the service's words in the row; it is never sent again by itself.",
    ),
    # Tried until the tries were used up
    "throttled": Told("The service kept asking us to slow down.", "Carry on later: reassign apply RUN."),
    "busy": Told("Other changes kept getting in the way.", "Carry on later: reassign apply RUN."),
    "server_error": Told("The service kept failing.", "Carry on later: reassign apply RUN."),
    "unreachable": Told(
        "The service could not be reached.",
        "Look at the network, the proxy (HTTPS_PROXY) and the certificates (SSL_CERT_FILE); "
        "then carry on: reassign apply RUN.",
    ),
    "no_answer": Told("The answers kept getting lost.", "Carry on later: reassign apply RUN."),
    "not_held": Told(
        "The service says the old licence is not there, although a read shows it.",
        "Look at the person in the admin center; carry on later: reassign apply RUN.",
    ),
    # In other hands
    "in_admin_center": Told(
        "It is in a pack for somebody to do in the admin center.",
        "Do the pack and tick it off; then take that in: reassign collect RUN FILE. Or take the people back: "
        "reassign handover RUN --revoke.",
    ),
    "in_powershell": Told(
        "It is in a job for PowerShell.",
        "Run the script; then take its results in: reassign collect RUN FILE. Or take the people back: "
        "reassign handover RUN --revoke.",
    ),
    "said_done": Told(
        "It is said to be done outside this program, and nobody has looked yet.",
        "Show it with a fresh export: reassign collect RUN EXPORT. Where this program can reach the tenant, it looks "
        "there: reassign collect RUN.",
    ),
    "not_shown": Told(
        "It was said to be done, but a look shows what was there before.",
        "Do it again as its pack or script says, and bring an export that is newer than the work: "
        "reassign collect RUN EXPORT.",
    ),
    "half_done": Told(
        "A look shows neither what was there before nor what is asked: it may be half done.",
        "Finish it as its pack says, or look at the person; then bring a fresh export: reassign collect RUN EXPORT.",
    ),
    "gave_up": Told(
        "The script gave up for now: its tries were used up, or no seat was left.",
        "Run the script again: it goes on where it stopped. Then: reassign collect RUN FILE.",
    ),
    "not_done": Told(
        "Whoever did the pack says that this person is not done.",
        "Do it as the pack says, and tick it off; or take back all that is open: reassign handover RUN --revoke.",
    ),
    "handed_over": Told(
        "Others of this plan were handed over; this person's move was not.",
        "Hand it over as well: reassign handover RUN --to admin-center (or powershell). Where this program can reach "
        "the tenant, it can also carry it out: reassign apply RUN.",
    ),
    "seats_kept": Told(
        "The seats that are free are kept for people who are in packs or jobs.",
        "Have those done and take that in: reassign collect RUN FILE. Or take the people back: reassign handover "
        "RUN --revoke. Then carry on: reassign apply RUN.",
    ),
    "wave_handed": Told(
        "People of the wave before are still in packs or jobs, so this one waits for them.",
        "Have those done and take that in: reassign collect RUN FILE. Then carry on: reassign apply RUN.",
    ),
    # Left alone
    "already_moved": Told("Somebody moved this person already, before this run sent anything.", "Nothing to do."),
    "changed_meanwhile": Told(
        "Somebody else changed this person's licences in between, so they were left alone.",
        "Look at the person; plan again if the move is still wanted.",
    ),
    "services_unknown": Told(
        "Services are switched off for this person that the sheets of the plan do not show, so the script left them "
        "alone.",
        "Plan them from an answer of Graph saved as JSON, or with --tenant graph; or do them in the admin center by "
        "hand.",
    ),
    "unsettled": Told(
        "An answer was lost and the person could not be read, so nobody knows yet whether the move took effect.",
        "Carry on when the tenant answers again: reassign apply RUN. It reads first and never sends twice.",
    ),
    # Not sent
    "interrupted": Told("The run was stopped before this person's turn.", "Carry on: reassign apply RUN."),
    "rights": Told(
        "The tenant refused us the right to change licences.",
        "Grant LicenseAssignment.ReadWrite.All (signed in as a person: a License Administrator role); "
        "reassign tenant doctor says how. Usage locations need User.ReadWrite.All, moves between groups "
        "GroupMember.ReadWrite.All. Then carry on: reassign apply RUN.",
    ),
    "not_this_person": Told(
        "The tenant does not let us change this person, though it lets us change others.",
        "A privileged role, or a restricted administrative unit: do it as somebody with rights over them, or grant "
        "those; then carry on: reassign apply RUN.",
    ),
    "sign_in": Told(
        "The tenant refused our sign-in.",
        "See what is wrong with it: reassign tenant doctor. Then carry on: reassign apply RUN.",
    ),
    "throttled_for_good": Told("The service has shut us out.", "Call Microsoft support; then carry on."),
    "too_many_failures": Told(
        "The run stopped itself because too large a share of changes failed.",
        "Look at the refused rows; then carry on: reassign apply RUN, with a higher --stop-at if that is right.",
    ),
    "wave_failed": Told(
        "The run stopped itself after a wave: of the people in it too large a share failed, or do not show what the "
        "service said was done.",
        "Look at the refused and the differing people; then carry on with the next wave: reassign apply RUN.",
    ),
    "window_closed": Told(
        "The time in which changes may be sent was over before this person's turn.",
        "Carry on when it opens again: reassign apply RUN.",
    ),
    "verifying": Told("The wave before was still being looked at.", "Carry on: reassign apply RUN."),
    "quota": Told("The service takes only so many changes in a while.", "Carry on: reassign apply RUN."),
    "settling": Told("The tenant's numbers may still lag behind the last moves.", "Carry on: reassign apply RUN."),
    "waiting": Told("Not sent yet.", "Carry on: reassign apply RUN."),
}


def told(code: str) -> Told:
    """The words for a reason; for one that has none, the word itself (problems bring their own sentence)."""
    return REASONS.get(code) or Told(code.replace("_", " "), "Correct the row and feed it in again.")
