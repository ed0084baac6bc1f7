"""English."""

from __future__ import annotations

from batch.handover.wording import Labels, Words

ENGLISH = Words(
    lang="en",
    labels=Labels(
        users="Users > Active users",
        manage="Manage product licenses",
        more="More options (...)",
        replace="Replace existing product license assignments",
        replace_now="Replace",
        assign_more="Assign more: Keep the existing licenses and assign more",
        assign_before="Add to existing product license assignments",
        unassign_all="Unassign all",
        next="Next",
        apps="Apps",
        save="Save changes",
        licenses="Billing > Licenses",
        unassign_licenses="Unassign licenses",
        unassign="Unassign",
        user_apps="Licenses and Apps",
        location="Select location",
        export="Export users",
    ),
    packs="Packs",
    pack="Pack",
    pack_number="Pack {number}",
    pack_of="Pack {number} of {of}",
    people="People",
    name="Display name",
    user_name="User name",
    done_heading="Done?",
    done="done",
    not_done="not done",
    done_so_far="Done so far",
    remark="Remark",
    done_by="Done by",
    date="Date",
    signature="Signature",
    steps="Steps",
    replace="replace all",
    keep="give, then take away",
    keep_give="give",
    keep_take="take away",
    licences="Licences in the end",
    location="Usage location",
    about="About",
    move="Move",
    run="Run",
    handover="Handover",
    organisation="Organisation",
    made="Made",
    file="FILE",
    digest="Digest",
    page_of="page {page} of {pages}",
    tick="Ticked in the end",
    stays="stays",
    greyed="the greyed tick stays",
    new="new",
    off="Switch off: {services}",
    do_not_tick="Must not be ticked",
    through_groups="From groups (greyed out): do not touch",
    nothing="nothing",
    copy="User names to copy",
    tick_off="This pack is done",
    look_replace="Look first, under {users}: does anybody below hold a licence that this page does not name? Leave "
    "that person out and note it. Replacing would take that licence away.",
    look_keep="Look first, under {users}: does everybody below still hold {gone}? Leave out whoever does not, and "
    "note it.",
    look_give="Look first, under {users}: is everybody below still there? Leave out whoever is not, and note it.",
    set_location="Set the usage location {value} for everybody below who has none: open the person > {user_apps} > "
    "{location} > {save}.",
    select="Under {users} select the circle beside each person in the table below and nobody else. That is {people} "
    "in all.",
    open_pane="At the top choose {manage}. If it is not there, look under {more}.",
    choose_replace="Choose {replace} > {next}. Newer portals: the choice that begins with {replace_now}.",
    choose_more="Choose {assign_more} > {next}. Older portals: {assign_before}.",
    choose_none="Choose {unassign_all}.",
    tick_all="Tick what stands in the box “Ticked in the end”: all of it, and nothing else.",
    tick_given="Tick {given} and nothing else.",
    switch_off="Under {apps} switch off the services named in the box. Leave all the others on.",
    leave_on="Under {apps} leave everything on.",
    save="Choose {save}. Older portals: {replace_now}.",
    save_kept="Choose {save}.",
    look_given="Look whether everybody now has {given} too. Whoever has not keeps the old licence: leave that person "
    "out of what follows, and note it.",
    take_away="Take the old away. Open {gone} under {licenses}, select the same people, then {unassign_licenses} > "
    "{unassign}.",
    each_product="Do one product after the other.",
    in_turns="That page takes {limit} people at a time, so do it in several goes.",
    look_last="Look again: everybody has exactly what the box says, and nobody is without a licence. Tick them off "
    "below.",
    in_order="Do the packs in the order of their numbers: an earlier one frees the licences that a later one needs.",
    many="This pack has {people} people. Only {users} takes more than {limit} at a time.",
    back="When it is done, mark it in {workbook} and give that back. Whoever made the packs takes it in: {command} "
    "({file}: where it was saved). What counts in the end is a fresh export.",
    title="Moving licences by hand",
    part="Part {part} of {parts}: packs {first} to {last}",
    what="Each page after this one is a pack: people who have exactly the same licences in the end, and who are done "
    "in one go in the Microsoft 365 admin center.",
    order="Do the packs in the order of their numbers. An earlier pack frees the licences that a later one needs; in "
    "another order they run out half-way.",
    how="How to work",
    how_work="Do one pack, step by step. Tick off each person, on paper or in the workbook ({workbook}).",
    how_sign="Sign the pack on its page: who did it, and when.",
    how_back="Give the workbook back whenever you like, also half done. Whoever made the packs takes it in: {command} "
    "({file}: where it was saved).",
    how_proof="Only what a fresh export shows counts as done. So when you are through, export once more ({users} > "
    "{export}) and give that back too. It is taken in by the same command.",
    never="What you must not do",
    never_others="Never replace the licences of anybody who is not in the table of that page: replacing takes away "
    "all they had.",
    never_mix="Add nobody to a pack, and do not mix two packs.",
    never_groups="Leave licences that come from groups alone. They are greyed out.",
    never_guess="Does the portal say something that the page does not (too few licences, a conflict)? Stop, note it "
    "and ask.",
    look="Look before each pack. Whoever has a licence that is not on the page is left out: write it down as a remark.",
    first_packs="The first {shown} of {packs} packs. The others follow in the same way.",
    how_to_tick="Write x or the date under “Done?” beside everybody who is done. Leave the others empty, or say why "
    "under “Remark”.",
    how_to_move_rows="Rows may be sorted and columns added. The hidden column Ref has to stay: by it the program "
    "knows who is meant.",
)
