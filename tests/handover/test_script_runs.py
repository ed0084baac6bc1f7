"""The script itself, run by PowerShell against modules that stand in for Microsoft Graph."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from batch.core.changes import ChangeKind
from batch.core.handed import Said
from batch.core.terms import Add, Assignment, Holding
from batch.handover.script import Address
from tests.handover.pwsh import STUBS, line, needs_pwsh, run
from tests.handover.stub_tenant import KEPT, MOVE, NEW, OLD, SWAY, TASKS, Stage, before, licence, staged, user_id

pytestmark = needs_pwsh

Fault = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def _stubs_are_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The stubs, and not modules that work in somebody's tenant."""
    stage = staged(tmp_path_factory.mktemp("found"), 1)
    said = line(stage, "(Get-Command -Name Connect-MgGraph).Module.ModuleBase").text
    assert Path(said.strip()) == STUBS / "Microsoft.Graph.Authentication", said


def _everybody_once(stage: Stage) -> None:
    """Each person was changed by one call, is as was asked, and had a licence all the time."""
    assert sorted(stage.writes()) == [user_id(n) for n in range(stage.people)]
    for number in range(stage.people):
        assert stage.held(number) == sorted([NEW, KEPT])
    for entry in stage.log():
        if entry.get("wrote") == "licenses":
            assert {OLD, NEW} & {sku.lower() for sku in entry["held"]}


def _right(stage: Stage) -> None:
    """results.csv is believed, line by line, and says that everybody is done."""
    said = stage.results()
    assert not [odd for odd in said.odd if odd.code != "torn"]
    assert stage.outcomes() == [Said.DONE] * stage.people


def _sizes(stage: Stage, method: str = "POST") -> list[int]:
    """How many requests each batch had."""
    return [entry["size"] for entry in stage.log() if entry.get("method") == method]


def test_everybody_is_moved_in_groups_and_found_done_afterwards(tmp_path: Path) -> None:
    """Three groups, each read and then changed; a second run has nothing to do."""
    stage = staged(tmp_path, 45)
    done = run(stage)
    assert done.code == 0, done.text
    assert _sizes(stage) == [20, 20, 5]
    _everybody_once(stage)
    _right(stage)
    assert f'reassign collect RUN "{stage.job / "results.csv"}"' in done.text
    assert "the folder of the run r1 on the machine where this was handed over" in done.text
    off = stage.state()["users"][7]["licenses"][-1]
    assert off["skuId"].lower() == NEW
    assert sorted(off["disabledPlans"]) == sorted([SWAY, TASKS])
    log = stage.log()
    assert [(entry["connect"], entry["scopes"]) for entry in log if "connect" in entry] == [
        ("UserParameterSet", ["LicenseAssignment.ReadWrite.All", "User.Read.All"])
    ]
    again = run(stage)
    assert again.code == 0, again.text
    assert stage.writes() == [entry["user"] for entry in log if entry.get("wrote") == "licenses"]


def test_whatif_looks_and_writes_nothing(tmp_path: Path) -> None:
    """Neither in the tenant nor in the folder."""
    stage = staged(tmp_path, 3)
    stage.change(1, licenses=[licence(NEW, [SWAY, TASKS]), licence(KEPT), before()[2]])
    there = sorted(os.listdir(stage.job))
    done = run(stage, "-WhatIf", ask=True)
    assert done.code == 0, done.text
    assert "2  would be moved" in done.text
    assert "1  already as asked" in done.text
    assert not [entry for entry in stage.log() if "wrote" in entry]
    assert _sizes(stage, "GET")
    assert not _sizes(stage)
    assert sorted(os.listdir(stage.job)) == there


def test_nobody_can_be_asked(tmp_path: Path) -> None:
    """A scheduled task without -Confirm:$false ends at once, with one clear sentence, before it signs in."""
    stage = staged(tmp_path, 3)
    done = run(stage, ask=True)
    assert done.code == 2
    assert "-Confirm:$false" in done.text
    assert not stage.log()


def test_part_of_them_in_smaller_groups_and_then_the_others(tmp_path: Path) -> None:
    """-First counts those who are still to be done."""
    stage = staged(tmp_path, 7)
    done = run(stage, "-First", "3", "-GroupSize", "2")
    assert done.code == 3, done.text
    assert stage.writes() == [user_id(n) for n in range(3)]
    assert _sizes(stage) == [2, 1]
    done = run(stage, "-First", "4")
    assert done.code == 0, done.text
    _everybody_once(stage)
    _right(stage)


def test_one_by_one(tmp_path: Path) -> None:
    """Set-MgUserLicense, and what it throws: throttled, refused."""
    stage = staged(tmp_path, 4)
    stage.fault(
        {"place": "single", "method": "POST", "user": user_id(1), "do": "answer", "status": 429, "retry_after": 0.2},
        {"place": "single", "method": "POST", "user": user_id(2), "do": "lose", "worked": True},
        {"place": "single", "method": "POST", "user": user_id(3), "do": "answer", "status": 403, "times": 9},
    )
    done = run(stage, "-OneByOne", "-MaxWait", "1")
    assert done.code == 3, done.text
    assert stage.outcomes() == [Said.DONE, Said.DONE, Said.DONE, Said.REFUSED]
    assert stage.writes() == [user_id(0), user_id(2), user_id(1)]


def test_a_cmdlet_that_says_nothing_is_not_believed(tmp_path: Path) -> None:
    """Set-MgUserLicense 2.26 and 2.27 sent nothing and did not say so: who is not seen as asked is tried again.

    A read that lags behind is waited for; who is never seen as asked is in doubt.
    """
    stage = staged(tmp_path, 3)
    ignored = {"place": "single", "method": "POST", "do": "nothing"}
    stale = {"place": "inner", "method": "GET", "user": user_id(0), "do": "stale", "skip": 1, "licenses": before()}
    stage.fault(stale, ignored | {"user": user_id(1)}, ignored | {"user": user_id(2), "times": 9})
    done = run(stage, "-OneByOne", "-MaxTries", "2")
    assert done.code == 3, done.text
    assert stage.outcomes() == [Said.DONE, Said.DONE, Said.GAVE_UP]
    assert stage.writes() == [user_id(0), user_id(1)]
    assert "came back without an error" in stage.results().reports[-1].text
    assert run(stage).code == 0
    _everybody_once(stage)
    _right(stage)


def test_each_ends_as_it_should(tmp_path: Path) -> None:
    """Already done, changed by somebody else, gone, refused, without a location: each judged alone."""
    at_home = ChangeKind(before=MOVE.before, remove=MOVE.remove, add=MOVE.add, location="BE")
    stage = staged(tmp_path, 8, [at_home])
    stage.change(0, licenses=[licence(NEW, [TASKS, SWAY]), licence(KEPT), before()[2]])
    stage.change(1, licenses=[licence(OLD), licence(KEPT), before()[2]])
    stage.change(2, licenses=[licence(OLD, [SWAY]), before()[2]])
    stage.change(3, id="dddddddd-0000-4000-8000-000000000001")
    stage.change(4, usageLocation=None)
    stage.change(5, licenses=[*before(), licence(SWAY)])
    stage.fault(
        {"place": "inner", "method": "POST", "user": user_id(6), "do": "answer", "status": 400, "times": 9},
        {"place": "inner", "method": "POST", "user": user_id(7), "do": "answer", "status": 403, "times": 9},
    )
    done = run(stage)
    assert done.code == 3, done.text
    assert stage.outcomes() == [
        *(Said.DONE, Said.CHANGED, Said.CHANGED, Said.GONE, Said.DONE, Said.DONE, Said.REFUSED, Said.REFUSED)
    ]
    assert sorted(stage.writes()) == [user_id(4), user_id(5)]
    assert stage.state()["users"][4]["usageLocation"] == "BE"
    assert [user["usageLocation"] for user in stage.state()["users"]].count("BE") == 1
    assert stage.held(5) == sorted([NEW, KEPT, SWAY])
    assert not stage.results().odd
    writes = len(stage.writes())
    assert run(stage).code == 3
    assert len(stage.writes()) == writes, "refused and changed ones are left alone"
    stage.fault()
    assert run(stage, "-Again").code == 3
    assert stage.held(6) == sorted([NEW, KEPT])
    assert stage.held(7) == sorted([NEW, KEPT])


def test_no_seats_left(tmp_path: Path) -> None:
    """Who finds a seat is moved, who does not stays open, and nobody after that group is sent."""
    stage = staged(tmp_path, 6)
    state = stage.state()
    state["skus"][1]["enabled"] = 3
    stage.keep(state)
    done = run(stage, "-GroupSize", "2")
    assert done.code == 3, done.text
    said = " ".join(done.text.split())
    assert "No seat is left of Office 365 E3, so the whole job stops here; 3 people of it are left." in said
    assert stage.outcomes() == [Said.DONE, Said.DONE, Said.DONE, Said.GAVE_UP]
    assert "does not have any available licenses" in stage.results().reports[-1].text
    assert _sizes(stage) == [2, 2]
    assert stage.held(3) == sorted([OLD, KEPT])
    state = stage.state()
    state["skus"][1]["enabled"] = 6
    stage.keep(state)
    assert run(stage).code == 0
    _everybody_once(stage)
    _right(stage)


@pytest.mark.slow
def test_no_seats_left_in_other_words(tmp_path: Path) -> None:
    """CountViolation, as licences through groups have it, and without the product: what was to be given is named."""
    stage = staged(tmp_path, 2)
    stage.fault({"place": "single", "user": user_id(0), "do": "answer", "status": 400, "message": "CountViolation"})
    done = run(stage, "-OneByOne", "-GroupSize", "1")
    assert done.code == 3, done.text
    assert "No seat is left of Office 365 E3," in " ".join(done.text.split())
    assert stage.outcomes() == [Said.GAVE_UP]
    assert not stage.writes()


def test_services_that_no_spreadsheet_shows(tmp_path: Path) -> None:
    """A plan of spreadsheets alone knows nothing of services: that is told apart from what somebody changed."""
    held = Holding.of([Assignment(sku_id=OLD), Assignment(sku_id=KEPT)])
    stage = staged(tmp_path, 4, [ChangeKind(before=held, remove=(OLD,), add=(Add(NEW),))], address=Address.UPN)
    stage.change(0, licenses=[licence(OLD), licence(KEPT, [TASKS])])
    stage.change(1, licenses=[licence(OLD, [SWAY]), licence(KEPT)])
    stage.change(2, licenses=[licence(OLD, [SWAY])])
    stage.change(3, licenses=[licence(OLD), licence(NEW), licence(KEPT)])
    done = run(stage)
    assert done.code == 3, done.text
    assert "1  left alone: services are switched off" in done.text
    said = sorted(stage.results().reports)
    assert [(report.said, report.code) for report in said] == [
        *((Said.DONE, ""), (Said.CHANGED, "services_off"), (Said.CHANGED, ""), (Said.CHANGED, ""))
    ]
    assert said[1].text == "Services of Office 365 E4 are switched off, which no spreadsheet shows."


_THROTTLED: Fault = {"place": "inner", "method": "POST", "do": "answer", "status": 429, "retry_after": "0.3"}


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([_THROTTLED | {"times": 7}], id="some rows throttled"),
        pytest.param(
            [_THROTTLED | {"method": "GET", "times": 2}, {"place": "outer", "do": "shuffle"}],
            id="reads",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            [{"place": "outer", "do": "shuffle", "times": 9}], id="answers in another order", marks=pytest.mark.slow
        ),
        pytest.param([{"place": "outer", "method": "POST", "do": "lose", "worked": True}], id="answer lost"),
        pytest.param([{"place": "inner", "method": "POST", "do": "missing", "worked": True}], id="answer missing"),
        pytest.param(
            [{"place": "inner", "method": "POST", "do": "missing"}], id="not even done", marks=pytest.mark.slow
        ),
        pytest.param(
            [
                {"place": "outer", "do": "answer", "status": 429, "retry_after": "0.2"},
                {"place": "outer", "method": "POST", "do": "answer", "status": 503, "skip": 1},
                {"place": "inner", "method": "POST", "do": "answer", "status": 500, "user": user_id(2)},
            ],
            id="the whole batch turned away",
        ),
    ],
)
def test_what_goes_wrong_is_tried_again_for_those_alone(tmp_path: Path, faults: list[Fault]) -> None:
    """Whatever happens to calls and answers, each person is changed once."""
    stage = staged(tmp_path, 5)
    stage.fault(*faults)
    done = run(stage, "-MaxWait", "1")
    assert done.code == 0, done.text
    assert [entry for entry in stage.log() if "fault" in entry]
    _everybody_once(stage)
    _right(stage)


def test_the_service_stays_down(tmp_path: Path) -> None:
    """The tries are used up: that is written down, and the next run goes on."""
    stage = staged(tmp_path, 2)
    stage.fault({"place": "outer", "method": "POST", "do": "answer", "status": 503, "retry_after": "0", "times": 9})
    done = run(stage, "-MaxTries", "2")
    assert done.code == 3, done.text
    assert stage.outcomes() == [Said.GAVE_UP] * 2
    stage.fault()
    assert run(stage).code == 0
    _everybody_once(stage)
    _right(stage)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"place": "outer", "skip": 1}, id="before the first batch of changes"),
        pytest.param({"place": "inner", "method": "POST", "user": user_id(3), "worked": True}, id="within a batch"),
        pytest.param({"place": "outer", "method": "POST", "worked": True}, id="after a batch", marks=pytest.mark.slow),
        pytest.param({"place": "outer", "method": "GET", "skip": 1}, id="between groups", marks=pytest.mark.slow),
        pytest.param({"place": "inner", "method": "PATCH", "worked": True}, id="location set", marks=pytest.mark.slow),
    ],
)
def test_killed_and_started_again(tmp_path: Path, fault: Fault) -> None:
    """Wherever it dies, the next run goes on: nobody twice, nobody left out, nobody without a licence."""
    stage = staged(tmp_path, 25, [ChangeKind(before=MOVE.before, remove=MOVE.remove, add=MOVE.add, location="NL")])
    stage.change(1, usageLocation=None)
    stage.fault({"do": "exit", **fault})
    died = run(stage)
    assert died.code not in (0, 3), died.text
    assert {"killed": True} in stage.log()
    done = run(stage)
    assert done.code == 0, done.text
    _everybody_once(stage)
    _right(stage)


def test_a_torn_line_is_ended_and_left(tmp_path: Path) -> None:
    """Killed while it wrote a line: the next run ends the line and goes on from the last one that is right."""
    stage = staged(tmp_path, 4)
    assert run(stage, "-First", "3").code == 3
    path = stage.job / "results.csv"
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rstrip().rindex(b"\n") + 40])
    done = run(stage)
    assert done.code == 0, done.text
    _everybody_once(stage)
    assert [odd.code for odd in stage.results().odd] == ["torn"]
    assert stage.outcomes() == [Said.DONE] * 4


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("changes.csv", b"person.1@", b"person.2@"),
        ("changes.json", NEW.encode(), OLD.encode()),
        ("changes.json.sha256", b"", b"0"),
    ],
)
def test_edited_data_is_not_carried_out(tmp_path: Path, name: str, old: bytes, new: bytes) -> None:
    """One byte is enough."""
    stage = staged(tmp_path, 2)
    path = stage.job / name
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    done = run(stage)
    assert done.code == 2, done.text
    assert "not as it was handed over" in " ".join(done.text.split())
    assert not stage.log()


def test_a_second_copy_is_kept_out(tmp_path: Path) -> None:
    """PowerShell locks files this way outside Windows."""
    fcntl = pytest.importorskip("fcntl")
    stage = staged(tmp_path, 2)
    with (stage.job / "results.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run(stage)
    assert done.code == 7, done.text
    assert not stage.log()


def test_a_look_beside_a_second_copy(tmp_path: Path) -> None:
    """-WhatIf takes nothing for itself, but it has to read what was done."""
    fcntl = pytest.importorskip("fcntl")
    stage = staged(tmp_path, 2)
    with (stage.job / "results.csv").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = run(stage, "-WhatIf", ask=True)
    assert done.code == 7, done.text
    assert "results.csv cannot be read" in " ".join(done.text.split())
    assert not stage.log()


@pytest.mark.parametrize("place", [".", ".."])
def test_taken_back(tmp_path: Path, place: str) -> None:
    """revoked.txt beside the data, or one folder up."""
    stage = staged(tmp_path, 2)
    (stage.job / place / "revoked.txt").write_text("", "ascii")
    assert run(stage).code == 5
    assert not stage.log()


def test_another_tenant(tmp_path: Path) -> None:
    """Nobody is even read there."""
    stage = staged(tmp_path, 2)
    stage.keep(stage.state() | {"tenant": "aaaaaaaa-0000-4000-8000-000000000002"})
    assert run(stage).code == 8
    assert [entry for entry in stage.log() if "connect" not in entry] == []


@pytest.mark.slow
@pytest.mark.parametrize("status", [401, 403])
def test_we_may_not(tmp_path: Path, status: int) -> None:
    """Everybody refused by rights: it stops, and nobody is written down as refused."""
    stage = staged(tmp_path, 3)
    stage.fault({"place": "inner", "method": "POST", "do": "answer", "status": status, "times": 99})
    done = run(stage)
    assert done.code == 8, done.text
    assert stage.outcomes() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "way"),
    [
        (["-UseDeviceCode"], "UserParameterSet"),
        (["-Identity"], "IdentityParameterSet"),
        (["-ClientId", user_id(1), "-CertificateThumbprint", "ab" * 20, "-Environment", "USGov"], "AppCertificate"),
    ],
)
def test_ways_to_sign_in(tmp_path: Path, arguments: list[str], way: str) -> None:
    """Each takes only the parameters that belong to it."""
    stage = staged(tmp_path, 1)
    done = run(stage, *arguments)
    assert done.code == 0, done.text
    assert next(entry["connect"] for entry in stage.log() if "connect" in entry).startswith(way)


def test_a_session_that_is_there_is_used(tmp_path: Path) -> None:
    """One with the rights, in the right tenant; otherwise it signs in anew."""
    stage = staged(tmp_path, 2)
    script = stage.job / "Move-Licenses.ps1"
    enough = "LicenseAssignment.ReadWrite.All,User.Read.All"
    for scopes, signed_in in ((enough, 1), ("User.Read.All", 2)):
        first = f"Connect-MgGraph -Scopes {scopes} -NoWelcome"
        begin = f"{first}; & '{script}' -First 1 -Confirm:$false; exit $LASTEXITCODE"
        before_it = len([entry for entry in stage.log() if "connect" in entry])
        done = line(stage, begin)
        assert done.code == (3 if signed_in == 1 else 0), done.text
        assert len([entry for entry in stage.log() if "connect" in entry]) - before_it == signed_in
    _everybody_once(stage)


@pytest.mark.slow
def test_signing_in_fails(tmp_path: Path) -> None:
    """The words of the sign-in are shown."""
    stage = staged(tmp_path, 1)
    stage.fault({"place": "connect", "do": "refuse"})
    done = run(stage)
    assert done.code == 8
    assert "AADSTS50105" in done.text


@pytest.mark.slow
@pytest.mark.parametrize("change", ["another job", "saved by a spreadsheet"])
def test_results_that_are_not_ours(tmp_path: Path, change: str) -> None:
    """Nothing is sent, and the file stays as it is."""
    stage = staged(tmp_path, 2)
    assert run(stage, "-First", "1").code == 3
    path = stage.job / "results.csv"
    text = path.read_bytes()
    edited = text.replace(stage.digest.encode(), b"0" * 64) if change == "another job" else text.replace(b'","', b'";"')
    path.write_bytes(edited)
    done = run(stage)
    assert done.code == 2, done.text
    assert path.read_bytes() == edited
    assert len(stage.writes()) == 1


@pytest.mark.slow
def test_asked_to_wait_for_too_long(tmp_path: Path) -> None:
    """It ends, to be started again later, and does not send before that."""
    stage = staged(tmp_path, 2)
    stage.fault(_THROTTLED | {"user": user_id(1), "retry_after": "400"})
    done = run(stage, "-MaxWait", "5")
    assert done.code == 3
    assert "400 seconds" in done.text
    assert stage.outcomes() == [Said.DONE, Said.GAVE_UP]
    assert run(stage).code == 0
    _everybody_once(stage)


@pytest.mark.slow
def test_reads_lag_behind(tmp_path: Path) -> None:
    """The answer was lost, and a read still shows what was before: sent again, refused, seen, and done once."""
    stage = staged(tmp_path, 2)
    lost = {"place": "inner", "method": "POST", "user": user_id(0), "do": "missing", "worked": True}
    stale = {"place": "inner", "method": "GET", "user": user_id(0), "do": "stale", "skip": 1, "licenses": before()}
    stage.fault(lost, stale)
    done = run(stage, "-MaxWait", "1")
    assert done.code == 0, done.text
    assert [entry["status"] for entry in stage.log() if entry.get("request") == "POST"] == [200, 200, 400]
    _everybody_once(stage)
    _right(stage)


@pytest.mark.slow
def test_somebody_else_comes_between(tmp_path: Path) -> None:
    """After the read and before the change: refused by the service, seen, and left alone."""
    stage = staged(tmp_path, 2)
    taken = {"place": "inner", "method": "POST", "user": user_id(1), "do": "change", "licenses": before()[1:]}
    stage.fault(taken)
    done = run(stage, "-MaxWait", "1", "-MaxTries", "3")
    assert done.code == 3, done.text
    assert stage.outcomes()[0] == Said.DONE
    assert stage.outcomes()[1] in (Said.CHANGED, Said.GAVE_UP)
    assert stage.held(1) == [KEPT]


def _hostile(number: int) -> tuple[str, str]:
    """A user name and a display name that mean something to somebody, if they are ever taken for more than data."""
    bad = (
        *("$(throw 1)", "`$x", "a'b", "''; exit 9; '", "$env:HOME", "@{a=1}", "{0}", "%27", "a;b", "a|b", "a&b"),
        *("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "#x", "a b", "né", "ﺍﻟ", "é\u202ex", "[x]*?", "../x", "a,b"),
        *("(x)", "..", "!x", "~x", "x^"),
    )
    part = bad[number % len(bad)]
    return f"{part}.{number}@contoso.example", f'"{part}"\r\n{number}, $x `n'


@pytest.mark.parametrize("address", [Address.UPN, pytest.param(Address.ID, marks=pytest.mark.slow)])
def test_hostile_names_are_data(tmp_path: Path, address: Address) -> None:
    """200 names with quotes, $, backticks, commas, formulas, line breaks: everybody is moved, nothing else happens."""
    stage = staged(tmp_path, 200, names=[_hostile(n) for n in range(200)], address=address)
    done = run(stage)
    assert done.code == 0, done.text
    _everybody_once(stage)
    _right(stage)


@pytest.mark.slow
def test_licences_through_groups_and_failed_ones(tmp_path: Path) -> None:
    """What comes only through a group is not touched, and one that failed gives nothing."""
    held = Holding.of([Assignment(sku_id=OLD), Assignment(sku_id=OLD, group=KEPT)])
    stage = staged(tmp_path, 2, [ChangeKind(before=held, remove=(OLD,), add=(Add(NEW),))])
    both = [licence(OLD), licence(OLD, group=KEPT)]
    stage.change(0, licenses=both)
    stage.change(1, licenses=[both[0], both[1] | {"state": "Error"}])
    done = run(stage)
    assert done.code == 3, done.text
    assert stage.outcomes() == [Said.DONE, Said.CHANGED]
    assert stage.held(0) == [NEW]


def test_help_is_shown(tmp_path: Path) -> None:
    """Get-Help shows the synopsis and every parameter, so no comment hides it."""
    stage = staged(tmp_path, 1)
    said = line(stage, f"Get-Help -Full '{stage.job / 'Move-Licenses.ps1'}' | Out-String -Width 200").text
    assert "Moves people from one Microsoft 365 licence to another" in said
    for parameter in ("InputFolder", "First", "GroupSize", "OneByOne", "Again", "MaxTries", "MaxWait", "Environment"):
        assert f"-{parameter}" in said
