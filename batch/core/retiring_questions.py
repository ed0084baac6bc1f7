"""What a person is asked before a product is cancelled: key in the facts file → the question, with where to look."""

from __future__ import annotations

from collections.abc import Mapping

#: Answered with true or false; true is always the answer with which a product can be cancelled.
YES_NO: Mapping[str, str] = {
    "baseline_is_whole": "Does the copy or export given as baseline hold everybody who had it before anybody moved?",
    "shared_mailboxes_decided": "Is each shared and room mailbox that had it converted, or kept with a licence?",
    "leavers_decided": "Is each blocked, leaving, service and guest account that had it moved, on hold or removed?",
    "deleted_users_decided": "Are the users deleted in the last 30 days who had it decided? Users > Deleted users.",
    "addons_settled": "Is every add-on of the old subscription absorbed by the new one, or bought again?",
    "voice_checked": "Are telephone numbers still assigned and call queues whole? Teams admin center.",
    "backups_confirmed": "Are the data backed up of every service that holds data and is lost?",
    "holds_checked": "Is no hold, retention policy or inactive mailbox in need of the old licence? Purview.",
    "nothing_assigns_it": "Does nothing assign it any more: self-service purchases, auto-claim, scripts, HR systems?",
    "old_billing_ends": "Is recurring billing off for the old subscription?",
    "domain_stays": "Does the organisation's own domain stay where it is?",
    "never_delete": "Is it understood that the subscription is cancelled and never deleted?",
    "no_group_has_it": "With exports only: does no group give the old product? Billing > Licenses > it > Groups.",
    "new_licences_active": "With exports only: do people really have the new product, without licence errors?",
    "one_subscription_each": "With exports only: is there one active subscription of each? Billing > Your products.",
    "approver_may_bill": "May the second person cancel: a billing administrator, or owner of the billing account?",
}
#: Answered with text.
WORDS: Mapping[str, str] = {
    "unexplained_why": "Why are seats in use that nobody is seen to hold?",
    "unexplained_by": "Who says so?",
    "approved_by": "Who approves besides the person who signs?",
}
