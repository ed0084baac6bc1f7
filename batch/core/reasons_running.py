"""Why a change did not take effect: reason words with their meaning and what to do, for people."""

from __future__ import annotations

from batch.core.reason import Told

REASONS: dict[str, Told] = {
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
    "cap_reached": Told(
        "As many people as may be sent in one go were sent before this person's turn.",
        "Carry on: reassign apply RUN. A group goes as a whole, so a large one may need a higher --most.",
    ),
    "verifying": Told("The wave before was still being looked at.", "Carry on: reassign apply RUN."),
    "quota": Told("The service takes only so many changes in a while.", "Carry on: reassign apply RUN."),
    "settling": Told("The tenant's numbers may still lag behind the last moves.", "Carry on: reassign apply RUN."),
    "waiting": Told("Not sent yet.", "Carry on: reassign apply RUN."),
}
