"""Changes in other hands: what may follow what, what counts as news, and whose the seats are meanwhile."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batch.core.entries import Entry, EntryKind, Seen
from batch.core.errors import JournalDamaged
from batch.core.hand_book import GIVEABLE, WITH_SERVICES
from batch.core.handed import Hand, InHand, Said, handover_text
from batch.core.ledger import Ledger
from batch.core.outcomes import Outcome
from batch.core.reasons import REASONS
from batch.core.states import State
from batch.core.step import Queue, Send, Stop, step
from tests.core.small_ledger import DIGEST, DONE, KINDS, LOST, THROTTLED, A, B, Story

FULL = "Subscription with SKU b does not have any available licenses."
HELD, REFUSED, HANDED, CLAIMED, APPLIED = State.HELD, State.REFUSED, State.HANDED, State.CLAIMED, State.APPLIED
IN_HAND = "in_admin_center"


def story() -> Story:
    """Change 0 is in a pack, 1 is not; both take a seat of B and give one of A back."""
    return Story([0, 0], {A: 0, B: 2}).handed(0)


#: Where a change that was handed over can stand, by a name.
STANDING = {
    "given": story,
    "not done": lambda: story().reported(0, Said.NOT_DONE, text="on leave"),
    "gave up": lambda: story().reported(0, Said.GAVE_UP, 429),
    "claimed": lambda: story().reported(0, Said.DONE),
    "not shown": lambda: story().reported(0, Said.DONE).proven(0, Seen.BEFORE),
    "half done": lambda: story().proven(0, Seen.OTHER),
    "refused": lambda: story().reported(0, Said.REFUSED, 400, f"Request_BadRequest: {FULL}"),
    "gone": lambda: story().reported(0, Said.GONE),
    "changed": lambda: story().reported(0, Said.CHANGED),
    "seen gone": lambda: story().proven(0, Seen.GONE),
    "shown": lambda: story().proven(0, Seen.AFTER),
}
OPEN = ("given", "not done", "gave up", "not shown", "half done")
CLOSED = ("refused", "gone", "changed", "seen gone")
#: What each report makes of it: state and reason word. What is missing says nothing new.
BY_WORD = {
    **{(at, Said.DONE): (CLAIMED, "said_done") for at in (*OPEN, *CLOSED)},
    **{(at, Said.REFUSED): (REFUSED, "bad_request") for at in OPEN},
    **{(at, Said.CHANGED): (HELD, "changed_meanwhile") for at in OPEN},
    **{(at, Said.GONE): (REFUSED, "no_such_user") for at in OPEN},
    **{(at, Said.GAVE_UP): (HANDED, "gave_up") for at in OPEN[:3]},
    **{(at, Said.NOT_DONE): (HANDED, "not_done") for at in OPEN[:3]},
}
#: What each look makes of it.
BY_SIGHT = {
    **{(at, Seen.AFTER): (APPLIED, "") for at in STANDING if at != "shown"},
    **{(at, Seen.GONE): (REFUSED, "no_such_user") for at in (*OPEN, "claimed")},
    **{(at, Seen.OTHER): (HANDED, "half_done") for at in (*OPEN[:4], "claimed")},
    ("claimed", Seen.BEFORE): (HANDED, "not_shown"),
    ("half done", Seen.BEFORE): (HANDED, IN_HAND),
}


def why(told: Story, change: int = 0) -> str:
    return told.ledger.why.get(change, ("", ""))[0]


@pytest.mark.parametrize(("at", "said"), list(product(STANDING, Said)))
def test_what_others_say(at: str, said: Said) -> None:
    told = STANDING[at]()
    before = told.state(0), why(told)
    assert told.ledger.weighs(0, said) is ((at, said) in BY_WORD)
    if (at, said) in BY_WORD:
        told.reported(0, said, 418, "words")
        assert (told.state(0), why(told)) == BY_WORD[at, said]
        assert told.ledger.why[0][1] == "words"
    else:
        with pytest.raises(JournalDamaged, match="reported about change 0"):
            told.reported(0, said)
        assert (told.state(0), why(told)) == before


@pytest.mark.parametrize(("at", "seen"), list(product(STANDING, Seen)))
def test_what_is_seen_of_them(at: str, seen: Seen) -> None:
    told = STANDING[at]()
    before = told.state(0), why(told)
    assert told.ledger.shows(0, seen) is ((at, seen) in BY_SIGHT)
    if (at, seen) in BY_SIGHT:
        told.proven(0, seen)
        assert (told.state(0), why(told)) == BY_SIGHT[at, seen]
    else:
        with pytest.raises(JournalDamaged, match="proven about change 0"):
            told.proven(0, seen)
        assert (told.state(0), why(told)) == before


def test_what_was_seen_with_its_services_is_mended_by_what_shows_them() -> None:
    whole = {"code": WITH_SERVICES}
    # Seen half done by an export, then with its services: only the second keeps it.
    told = story().proven(0, Seen.OTHER).tell(EntryKind.PROVEN, 0, status=Seen.OTHER, **whole)
    for claimed in (False, True):
        if claimed:
            told.reported(0, Said.DONE)
        assert not told.ledger.shows(0, Seen.AFTER)
        assert told.ledger.shows(0, Seen.AFTER, services=True)
        with pytest.raises(JournalDamaged):
            told.proven(0, Seen.AFTER)
    again = story().tell(EntryKind.PROVEN, 0, status=Seen.OTHER, **whole).proven(0, Seen.BEFORE)
    for mended in (told.tell(EntryKind.PROVEN, 0, status=Seen.AFTER, **whole), again.proven(0, Seen.AFTER)):
        assert (mended.state(0), mended.ledger.half_with_services) == (APPLIED, set())


@pytest.mark.parametrize("at", STANDING)
def test_only_what_is_open_and_not_claimed_is_taken_back(at: str) -> None:
    told = STANDING[at]()
    if at in OPEN:
        told.taken_back(0)
        assert (told.state(0), why(told), told.ledger.hands) == (State.PENDING, "", {})
        assert told.ledger.reserved[B] == 0
    else:
        with pytest.raises(JournalDamaged, match="taken_back about change 0"):
            told.taken_back(0)
        assert 0 in told.ledger.hands


@pytest.mark.parametrize("at", STANDING)
def test_law_2_closes_wherever_it_stands(at: str) -> None:
    told = STANDING[at]()
    outcomes = told.ledger.outcomes()
    assert sum(outcomes.values()) == sum(told.ledger.tally) == 2
    assert told.ledger.handed == (at in (*OPEN, "claimed"))
    assert outcomes[Outcome.IN_DOUBT] == (at == "claimed"), "said is not seen"
    assert outcomes[Outcome.APPLIED] == (at == "shown")


def test_nothing_weighs_or_shows_anything_about_a_change_in_our_own_hand() -> None:
    told = story().taken_back(0)
    for change in (-1, 0, 1, 99):
        assert not any(told.ledger.weighs(change, said) for said in Said)
        assert not any(told.ledger.shows(change, seen) for seen in Seen)


def test_where_a_change_is() -> None:
    told = Story([0] * 3, {B: 3}).handed(0, 1, pack=4).handed(2, hand=Hand.POWERSHELL)
    assert told.ledger.hands == {
        0: InHand(1, 4, Hand.ADMIN_CENTER, DIGEST),
        1: InHand(1, 4, Hand.ADMIN_CENTER, DIGEST),
        2: InHand(2, 1, Hand.POWERSHELL, DIGEST),
    }
    assert (why(told, 1), why(told, 2)) == ("in_admin_center", "in_powershell")
    assert told.ledger.handovers == 2
    told.taken_back(2).handed(2)
    assert told.ledger.hands[2].handover == told.ledger.handovers == 3, "numbers are not used twice"


def test_the_services_own_words_become_a_reason() -> None:
    told = STANDING["refused"]()
    assert told.ledger.why[0] == ("no_seats", f"Request_BadRequest: {FULL}")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("services_off: Services of Alpha are switched off, which no spreadsheet shows.", "services_unknown"),
        ("services_off", "services_unknown"),
        ("services_offered: x", "changed_meanwhile"),
        ("Alpha: services_off", "changed_meanwhile"),
    ],
)
def test_who_was_left_alone_for_services_that_no_sheet_shows_is_told_so(text: str, word: str) -> None:
    told = story().reported(0, Said.CHANGED, 200, text)
    assert (told.state(0), told.ledger.why[0]) == (HELD, (word, text))
    assert word in REASONS


@pytest.mark.parametrize("said", [200, 0, -5, 10**9])
def test_a_refusal_without_a_reason_is_one_all_the_same(said: int) -> None:
    told = story().reported(0, Said.REFUSED, said)
    assert told.state(0) is REFUSED
    assert why(told)


def test_given_after_its_last_try_and_taken_back_it_has_its_tries_anew() -> None:
    told = Story([0], {B: 1}, tries=2).sent(0).answered(0, THROTTLED).sent(0).answered(0, THROTTLED)
    assert told.state(0) is State.EXHAUSTED
    told.handed(0).taken_back(0).sent(0).answered(0, THROTTLED)
    assert told.state(0) is State.WAITING
    told.sent(0).answered(0, THROTTLED)
    assert (told.state(0), told.ledger.tries[0]) == (State.EXHAUSTED, 4)


def test_carrying_on_leaves_what_others_have_to_them() -> None:
    told = Story([0] * 3, {B: 3}).handed(0, 1, 2).reported(1, Said.DONE).reported(2, Said.GAVE_UP).opened()
    assert [told.state(n) for n in range(3)] == [HANDED, CLAIMED, HANDED]
    assert why(told, 2) == "gave_up"
    with pytest.raises(JournalDamaged, match="sent about change 0"):
        told.sent(0)


# -- seats -----------------------------------------------------------------------------------------------------


def test_a_seat_of_whoever_was_handed_over_goes_to_nobody_else() -> None:
    told = Story([0, 0], {B: 1}).handed(0)
    ledger = told.ledger
    assert ledger.reserved == {B: 1}
    assert Queue(ledger).fresh(20, dict(ledger.reserved)) == []
    assert step(ledger, Queue(ledger), told.now, 0, stop_asked=False) == Stop("seats_kept")
    told.taken_back(0)
    assert step(ledger, Queue(ledger), told.now, 0, stop_asked=False) == Send((0,))


def test_who_is_refused_there_leaves_the_seat_to_the_next() -> None:
    told = Story([0, 0], {B: 1}).handed(0).reported(0, Said.CHANGED)
    assert told.ledger.reserved == {B: 0}
    assert step(told.ledger, Queue(told.ledger), told.now, 0, stop_asked=False) == Send((1,))


def test_what_is_seen_changes_seats_as_far_as_they_were_counted() -> None:
    told = Story([0, 0, 1], {A: 0, B: 2}).handed(0, 1).reported(0, Said.DONE).proven(0, Seen.AFTER)
    assert (told.ledger.free, told.ledger.reserved) == ({A: 0, B: 1}, {B: 1})
    # Counted when it was done already.
    told.counted({A: 2, B: 0}).proven(1, Seen.AFTER)
    assert told.ledger.free[B] == 0
    assert told.ledger.reserved == {B: 0}


def test_what_nobody_counted_stays_unknown() -> None:
    told = Story([0]).handed(0).proven(0, Seen.AFTER)
    assert told.ledger.free == {}
    assert not told.ledger.promised


def test_what_is_on_the_wire_keeps_its_promise_when_others_are_seen() -> None:
    told = Story([0, 0], {B: 2}).handed(0).counted({B: 1}).sent(1).proven(0, Seen.AFTER).answered(1, DONE)
    assert (told.ledger.free[B], told.ledger.promised[B]) == (0, 0)


# -- entries that cannot be ------------------------------------------------------------------------------------

HANDOVER = {"group": 1, "code": "admin-center", "text": handover_text(1, DIGEST)}


@pytest.mark.parametrize(
    "odd",
    [
        {"text": ""},
        {"text": "[]"},
        {"text": "null"},
        {"text": "[" * 100_000},
        {"text": "{}"},
        *({"text": json.dumps({"digest": DIGEST, "handover": n})} for n in (0, -1, 2, "x", None, float("inf"))),
        {"text": '{"digest": "d", "handover": ' + "9" * 5000 + "}"},
        {"text": '{"digest": "d", "handover": NaN}'},
        {"code": ""},
        {"code": "carrier-pigeon"},
        {"group": 0},
        {"group": -1},
    ],
)
def test_a_handover_that_says_nothing(odd: dict[str, object]) -> None:
    told = Story([0, 0], {B: 2})
    with pytest.raises(JournalDamaged, match="handed_over about change 0"):
        told.tell(EntryKind.HANDED_OVER, 0, **{**HANDOVER, **odd})
    assert (told.state(0), told.ledger.hands, told.ledger.reserved) == (State.PENDING, {}, {})


@pytest.mark.parametrize("text", ["", "null", "[]", "[" * 100_000, '{"digests": 3}'])
def test_a_source_that_says_nothing(text: str) -> None:
    told = story()
    with pytest.raises(JournalDamaged):
        told.tell(EntryKind.COLLECTED, text=text)
    assert told.ledger.collected == []


def test_an_earlier_handover_is_over_once_there_is_another() -> None:
    told = Story([0] * 3, {B: 3}).handed(0).handed(1)
    with pytest.raises(JournalDamaged):
        told.handed(2, number=1)
    told.handed(2, number=2)


@pytest.mark.parametrize(
    ("kind", "odd"),
    [
        (EntryKind.REPORTED, {"code": ""}),
        (EntryKind.REPORTED, {"code": "did it, honestly"}),
        (EntryKind.PROVEN, {"status": 0}),
        (EntryKind.PROVEN, {"status": 99}),
    ],
)
def test_words_and_looks_that_do_not_exist(kind: EntryKind, odd: dict[str, object]) -> None:
    with pytest.raises(JournalDamaged):
        story().tell(kind, 0, **odd)


# -- the fold --------------------------------------------------------------------------------------------------

ENTRIES = st.one_of(
    st.tuples(st.just(EntryKind.OPENED), st.just(-1), st.just({})),
    st.tuples(st.just(EntryKind.COUNTED), st.just(-1), st.fixed_dictionaries({"free": st.integers(0, 3)})),
    st.tuples(st.sampled_from([EntryKind.SENT, EntryKind.TAKEN_BACK]), st.integers(0, 3), st.just({})),
    st.tuples(
        st.just(EntryKind.ANSWERED),
        st.integers(0, 3),
        st.fixed_dictionaries({"status": st.sampled_from([DONE, THROTTLED, LOST, 400])}),
    ),
    st.tuples(
        st.sampled_from([EntryKind.OBSERVED, EntryKind.PROVEN]),
        st.integers(0, 3),
        st.fixed_dictionaries({"status": st.sampled_from(Seen)}),
    ),
    st.tuples(
        st.just(EntryKind.HANDED_OVER), st.integers(0, 3), st.fixed_dictionaries({"hand": st.sampled_from(Hand)})
    ),
    st.tuples(st.just(EntryKind.REPORTED), st.integers(0, 3), st.fixed_dictionaries({"code": st.sampled_from(Said)})),
)
WHICH = [0, 0, 1, 3]


def facts(ledger: Ledger) -> dict[str, object]:
    """Everything that a ledger knows."""
    return {name: value for name, value in vars(ledger).items() if not name.startswith("_")}


def told_of(wanted: list[tuple[EntryKind, int, dict[str, object]]]) -> Story:
    """A story of those of these entries that can be, in their order."""
    told = Story(WHICH, {A: 1, B: 1, "c": 1}, tries=2, looks=2)
    for kind, change, more in wanted:
        before = repr(facts(told.ledger))
        try:
            tell(told, kind, change, **more)
        except JournalDamaged:
            assert repr(facts(told.ledger)) == before, "what cannot be leaves no trace"
            told.entries.pop()
    return told


def tell(told: Story, kind: EntryKind, change: int, **more: object) -> None:
    match kind:
        case EntryKind.OPENED:
            told.opened()
        case EntryKind.COUNTED:
            told.counted(dict.fromkeys([A, B, "c"], more["free"]))  # type: ignore[arg-type]
        case EntryKind.HANDED_OVER:
            told.handed(change, hand=more["hand"])  # type: ignore[arg-type]
        case EntryKind.SENT:
            known = told.ledger
            if all(known.free[s] > known.promised.get(s, 0) for s in known.takes[WHICH[change]]):
                told.tell(kind, change)
        case _:
            told.tell(kind, change, **more)


@settings(max_examples=50, deadline=None)
@given(st.lists(ENTRIES, max_size=40), st.integers(0, 40))
def test_any_story_is_the_same_in_two_parts_and_seats_stay_seats(
    wanted: list[tuple[EntryKind, int, dict[str, object]]], at: int
) -> None:
    told = told_of(wanted)
    ledger, entries = told.ledger, told.entries
    again = Ledger(WHICH, KINDS)
    again.record(*entries[:at])
    again.record(*entries[at:])
    assert repr(facts(again)) == repr(facts(ledger)), "law 5"
    assert sum(ledger.outcomes().values()) == len(WHICH), "law 2"
    assert [ledger.state.count(state) for state in State] == ledger.tally
    kept = [WHICH[n] for n, state in enumerate(ledger.state) if state in (State.WAITING, HANDED, CLAIMED)]
    for sku in (A, B, "c"):
        assert ledger.reserved.get(sku, 0) == sum(ledger.takes[kind].count(sku) for kind in kept)
        assert ledger.promised.get(sku, 0) >= 0
    for change, state in enumerate(ledger.state):
        assert (change in ledger.hands) >= (state in (HANDED, CLAIMED)), "somebody has it"
        assert change not in ledger.hands or state not in GIVEABLE
        assert (change in ledger.flying) is (state == State.FLYING)


def test_an_entry_is_a_plain_value() -> None:
    ledger = Ledger([0], KINDS)
    ledger.record(
        Entry(EntryKind.OPENED, -1, 1.0),
        Entry(EntryKind.COLLECTED, -1, 2.0, code="results", text="{}"),
    )
    assert ledger.collected == [("results", "{}")]
