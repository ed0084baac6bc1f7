"""What a change takes away for good, by its name."""

from __future__ import annotations

from itertools import product

import pytest

from batch.core.hazards import HAZARDS, hazards
from batch.core.successors import TIERS

KIOSK, MAIL_1, MAIL_2 = TIERS["Exchange Online"].values()
FILES_0, FILES_1, FILES_2 = TIERS["SharePoint"].values()
MOBILE, BUSINESS, ENTERPRISE = TIERS["Office apps"].values()
SKYPE_1, SKYPE_2 = TIERS["Skype for Business"].values()
E4_VOICE, PHONE = TIERS["Voice"].values()
ARCHIVE = "176a09a6-7ec5-4039-ac02-b2791c6ba793"
CALLING = "4ed3ff63-69d7-4fb7-b984-5aec7f605ca8"
CONFERENCING = "3e26ee1f-8a5f-4d52-aee2-b81ce45c8f40"
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
YAMMER = "7547a3fe-08ee-4ccb-b430-5077c5041653"
ENGAGE = "a82fbf69-b4d7-49f4-83a6-915b2cf354f4"
DRIVE = "da792a53-cbc0-4184-a10d-e544dd34b3c1"
SWAY = "a23b959c-7ce8-4e57-9140-b90eb88a9e97"


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        ({SWAY}, set(), ()),
        ({SWAY}, {MAIL_2, PHONE}, ()),
        # Mailbox: none, or a smaller class; several count as the largest.
        ({MAIL_1}, set(), ("mailbox",)),
        ({MAIL_1}, {KIOSK}, ("mailbox",)),
        ({MAIL_1}, {MAIL_2}, ()),
        ({KIOSK}, {MAIL_1}, ()),
        ({MAIL_1, KIOSK}, {MAIL_1}, ()),
        # Archive: Plan 2 has it, Plan 1 with the add-on too.
        ({MAIL_2}, {MAIL_1}, ("mailbox", "archive")),
        ({MAIL_2}, {MAIL_1, ARCHIVE}, ("mailbox",)),
        ({MAIL_1, ARCHIVE}, {MAIL_1}, ("archive",)),
        ({MAIL_1, ARCHIVE}, {MAIL_2}, ()),
        ({ARCHIVE}, set(), ("archive",)),
        # Data: no tier at all; a lower one keeps what is there.
        ({FILES_2}, {FILES_1}, ()),
        ({FILES_2}, {DRIVE}, ()),
        ({FILES_0}, set(), ("data",)),
        ({YAMMER, ENGAGE}, {ENGAGE}, ()),
        ({YAMMER}, {FILES_2}, ("data",)),
        ({YAMMER, FILES_1}, {YAMMER}, ("data",)),
        # Voice: none left, no calling plan left, or a bridge without what it stands on.
        ({E4_VOICE}, set(), ("voice",)),
        ({E4_VOICE}, {PHONE}, ()),
        ({PHONE}, {E4_VOICE}, ()),
        ({PHONE, CALLING}, {PHONE}, ("voice",)),
        ({PHONE, CALLING}, {CALLING}, ("voice",)),
        ({CONFERENCING, SKYPE_2}, {CONFERENCING}, ("voice",)),
        ({CONFERENCING, SKYPE_2, TEAMS}, {CONFERENCING, TEAMS}, ()),
        ({CONFERENCING, SKYPE_2}, {CONFERENCING, SKYPE_1}, ()),
        ({CONFERENCING, SKYPE_2}, {SKYPE_2}, ()),
        # Desktop apps.
        ({ENTERPRISE}, {BUSINESS}, ()),
        ({ENTERPRISE}, {MOBILE}, ("apps",)),
        ({MOBILE}, set(), ()),
        # All at once, the worst first.
        ({MAIL_2, FILES_2, PHONE, ENTERPRISE}, set(), ("mailbox", "data", "voice", "archive", "apps")),
    ],
)
def test_what_is_lost(before, after, names):
    assert hazards(before, after) == names
    assert hazards(before | {SWAY}, after | {SWAY}) == names


def test_nothing_is_lost_by_getting_more():
    plans = [MAIL_1, FILES_1, PHONE, BUSINESS, ARCHIVE, YAMMER]
    for picked in product((False, True), repeat=len(plans)):
        some = {p for p, yes in zip(plans, picked, strict=True) if yes}
        assert hazards(some, some) == hazards(some, {*plans, MAIL_2, FILES_2}) == hazards(set(), some) == ()


def test_each_says_what_by_when_what_to_do_and_who_says_so():
    for name, hazard in HAZARDS.items():
        assert hazard.name == name
        assert all((hazard.lost, hazard.by, hazard.remedy, hazard.source))
