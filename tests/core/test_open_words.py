"""What is still open of packs, in words."""

from __future__ import annotations

from batch.core.handed import Hand
from batch.core.harmless import in_shell
from batch.core.open_packs import OpenPack
from batch.core.open_words import closed_words, open_lines, packs_told


def pack(number, done=0, said=0, refused=0, handover=1, **why):
    open_now = why or ({} if done or said or refused else {"in_admin_center": 20})
    people = done + said + refused + sum(open_now.values())
    who = ("a@c.example", "b@c.example", "c@c.example") if said or open_now else ()
    return OpenPack(
        handover=handover, pack=number, hand=Hand.ADMIN_CENTER, people=people, done=done, said=said, refused=refused,
        open=open_now, first=who,
    )  # fmt: skip


def test_packs_that_nobody_began_stand_together_and_closed_ones_are_counted():
    packs = [pack(1, done=20), pack(2, done=12, not_shown=3, in_admin_center=5), pack(3), pack(4, done=20)]
    packs += [pack(n) for n in range(5, 1001)]
    assert closed_words(packs) == "2 of 1,000 packs closed"
    begun, one, rest = open_lines(packs)
    assert (begun.name, begun.open, begun.more) == ("pack 2", "3 said and not shown, 5 to do", 5)
    assert (one.name, one.packs) == ("pack 3", 1)
    assert (rest.name, rest.packs, rest.people, rest.open) == ("packs 5 to 1,000", 996, 19920, "19,920 to do")


def test_a_report_page_stays_short():
    assert packs_told(()) == ()
    told = packs_told([pack(1, said=20), pack(2, done=2, refused=1)])
    assert told == (
        "Handover 1, for the admin center: 1 of 2 packs closed; 2 of 23 people are seen done.",
        "Pack 1: 0 of 20 people done; 20 said to be done and not seen yet.",
    )
    told = packs_told([pack(n, not_done=1, handover=n % 2 + 1) for n in (*range(1, 100, 2), *range(2, 100, 2))])
    assert len(told) == 21
    assert told[-1] == "And 81 more."


def test_a_path_is_one_word_to_a_shell():
    for path, word in (
        ("runs/20261123-024501", "runs/20261123-024501"),
        (r"C:\runs\packs", r"C:\runs\packs"),
        ("runs/van Rijn", '"runs/van Rijn"'),
        ("it's (new)", '"it\'s (new)"'),
        ("a,b", '"a,b"'),
        ("$HOME `x`", "'$HOME `x`'"),
        ("'\"$", "''\\''\"$'"),
        ("-rf.csv", "./-rf.csv"),
        ("", '""'),
    ):
        assert in_shell(path) == word
