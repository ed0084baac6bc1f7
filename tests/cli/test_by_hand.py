"""The whole way by hand, with the real command: exports alone, three hands in one run, back, and nobody believed."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batch.runs.folder import RunFolder
from batch.tenants.practice import PracticeTenant
from batch.wiring.applying import load_verified
from tests.cli.conftest import MOVE, assert_counts_close, lines_of, people, result_of, seats
from tests.cli.test_retire import FACTS
from tests.handover.standin import ran, ticked
from tests.wiring.test_undoing import image

FILES = ("--users", "users.csv", "--licenses", "licenses.csv")
BOOK = Path("handover/1-admin-center/packs.xlsx")
REPORTS = ("report.html", "report.xlsx", "result.json", "results.csv", "rejects.csv")
#: Headings of an export of the active users, in their order; those without a cell here stay empty.
HEADINGS = (
    "Display name", "DirSyncEnabled", "User principal name", "Object Id", "First name", "Last name", "Usage location",
    "Block credential", "Licenses", "Proxy addresses",
)  # fmt: skip
#: Who holds what before: five have E4 alone, four have Visio as well, and two do not move.
HELD = {
    **{f"p{n}@c.example": "Office 365 E4" for n in range(5)},
    **{f"p{n}@c.example": "Visio Plan 2+Office 365 E4" for n in range(5, 9)},
    "p9@c.example": "Office 365 E3",
    "pa@c.example": "Unlicensed",
}
MOVED = [upn for upn, licences in HELD.items() if "E4" in licences]
BOUGHT = {"Office 365 E4": 9, "Office 365 E3": 10, "Visio Plan 2": 4}
#: What only a person can say with nothing but exports in hand.
ALSO = (
    "exports_made_on = {day}",
    "no_group_has_it = true",
    "new_licences_active = true",
    "one_subscription_each = true",
)


def export(name, but=()):
    """Export the active users: everybody has moved but these; None: nobody has."""
    with Path(name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, restval="")
        writer.writeheader()
        for n, (upn, licences) in enumerate(HELD.items()):
            stays = but is None or upn in but
            writer.writerow({
                "Display name": f"Zoë, “{n}” O'Neil", "DirSyncEnabled": "False", "User principal name": upn,
                "Object Id": f"00000000-0000-4000-8000-{n:012}", "Usage location": "NL", "Block credential": "False",
                "Licenses": licences if stays else licences.replace("Office 365 E4", "Office 365 E3"),
            })  # fmt: skip
    return name


def bought(name, but=()):
    """Export the licences at the same moment."""
    held = [cell if but is None or upn in but else cell.replace("E4", "E3") for upn, cell in HELD.items()]
    lines = [f"{product},{total},{sum(product in cell for cell in held)}" for product, total in BOUGHT.items()]
    Path(name).write_text("\n".join(["Product Title,Total Licenses,Assigned licenses", *lines, ""]), "utf-8")
    return name


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """Where the run is kept that each test gets a copy of."""
    return tmp_path_factory.mktemp("by-hand") / "kept"


@pytest.fixture
def handed(reassign, kept, tmp_path):
    """The run ``r``: nine people of two end states in packs of at most four. Made once."""
    if not kept.exists():
        export("users.csv", None)
        bought("licenses.csv", None)
        assert reassign("plan", *FILES, *MOVE, "--out", "r", "-q").code == 0
        made = reassign("handover", "r", "--to", "admin-center", "--lang", "en", "--pack-size", 4, "--json").json()
        assert [pack["people"] for pack in made["packs"]] == [4, 1, 4]
        shutil.copytree(tmp_path, kept)
    shutil.copytree(kept, tmp_path, dirs_exist_ok=True)


def applied(run):
    """How many were moved, in a run that must be closed."""
    result = result_of(run)
    assert_counts_close(result["counts"])
    assert (result["status"], result["exit_code"], result["reconciled"]) == ("done", 0, True)
    assert result["differences"] == []
    return result["counts"]["applied"]


# With exports alone


@pytest.mark.usefixtures("handed")
def test_from_exports_alone_to_safe_to_cancel(reassign):
    day = datetime.now(UTC).date().isoformat()

    def retire(but, *options, without=""):
        answers = [line for line in ALSO if not (without and line.startswith(without))]
        Path("facts.toml").write_text(FACTS.format(day=day) + "\n".join(answers).format(day=day) + "\n", "utf-8")
        exports = ("--users", export("fresh.csv", but), "--licenses", bought("fresh-licenses.csv", but))
        about = ("--run", "r", "--facts", "facts.toml", "--by", "Ann Admin", *options, "--json")
        made = reassign("retire", "--sku", "Office 365 E4", *exports, *about)
        value = made.json()
        assert value["exit_code"] == made.code
        marks = {line["rule"]: line["mark"] for line in value["lines"]}
        return made.code, {rule for rule, mark in marks.items() if mark != "pass"}, value

    calls = ("--accept", "C15=nobody calls with it")
    # While the packs are out, whatever is ticked in them.
    assert reassign("collect", "r", ticked(Path("r") / BOOK), "-q").code == 3
    code, open_, _ = retire(["p2@c.example"], *calls)
    assert (code, {"C2", "C10", "C21"} <= open_) == (4, True)
    # Everybody is seen to be moved.
    assert reassign("collect", "r", export("fresh.csv"), "-q").code == 0
    assert applied("r") == len(MOVED)
    for answer in ALSO:
        key = answer.partition(" ")[0]
        code, open_, value = retire((), *calls, without=key)
        assert code == 3, key
        assert any(key in (line["todo"] or "") for line in value["lines"] if line["rule"] in open_), key
    assert retire(())[:2] == (4, {"C15"}), "a service is lost, and nobody answers for it"
    code, open_, value = retire((), *calls, "--out", "c")
    assert (code, open_) == (0, {"C15"})

    assert json.loads(Path("c/certificate.json").read_text("ascii")) == value
    digests = {source["name"]: source["digest"] for source in value["sources"]}
    for name in ("fresh.csv", "fresh-licenses.csv", "facts.toml", "users.csv", "licenses.csv"):
        assert digests[name] == hashlib.sha256(Path(name).read_bytes()).hexdigest()
    assert value["tenant"]["reached"] == "exports: fresh.csv, fresh-licenses.csv"
    assert "the tenant" not in json.dumps([value["lines"], value["sources"]])
    (run,) = value["runs"]
    assert (run["planned"], run["applied"], run["open"], run["reconciled"]) == (9, 9, 0, True)


# All hands in one run


def ending(run):
    """What is the same of a plan whoever did it."""
    result = result_of(run)
    seats_ = [(s["sku_id"], s["seats"], s["before"], s["expected"], s["after"]) for s in result["skus"]]
    told = ("status", "exit_code", "counts", "reconciled", "differences")
    return {"skus": seats_, **{name: result[name] for name in told}}


def by_hand(run, which, at):
    """Do these changes of the run as people and the script do, by calls that this program does not make."""
    with RunFolder.open(Path(run)) as folder:
        changes = load_verified(folder)
    tenant = PracticeTenant.open(Path(at))

    async def go():
        for n in which:
            (answer,) = await tenant.assign([changes.kinds[changes.kind[n]].call(changes.user_id[n])])
            assert answer.status == 200
        await tenant.close()

    asyncio.run(go())


def test_three_hands_end_as_one_does(reassign):
    count = 45
    Path("users.csv").write_text(people(count), "utf-8")
    Path("licenses.csv").write_text(seats(count), "utf-8")
    assert reassign("tenant", "create", "one.db", *FILES).code == 0
    shutil.copyfile("one.db", "three.db")
    for name in ("one", "three"):
        assert reassign("plan", *FILES, *MOVE, "--tenant", f"practice:{name}.db", "--out", name, "-q").code == 0
    assert reassign("apply", "one", "-q").code == 0

    assert reassign("handover", "three", "--to", "admin-center", "--lang", "en", "--first", 15, "-q").code == 0
    assert reassign("handover", "three", "--to", "powershell", "--first", 15, "-q").code == 0
    job = Path("three/handover/2-powershell")
    jobs = [int(line["Change"]) for line in lines_of(job / "changes.csv")]
    assert sorted(jobs) == list(range(15, 30))
    by_hand("three", range(7), "three.db")
    assert reassign("apply", "three", "-q").code == 3
    assert result_of("three")["counts"]["applied"] == 15 + 7, "the rest by us; and some are seen done elsewhere"
    by_hand("three", (*range(7, 15), *jobs), "three.db")
    assert reassign("collect", "three", ticked(Path("three") / BOOK), ran(job), "-q").code == 3
    counts = result_of("three")["counts"]
    assert (counts["applied"], counts["in_doubt"]) == (22, 23)
    assert reassign("collect", "three", "-q").code == 0

    assert ending("three") == ending("one")
    assert applied("three") == count
    holdings = []
    for run in ("one", "three"):
        written = {name: Path(run, name).read_bytes() for name in REPORTS}
        assert reassign("report", run).code == 0
        assert {name: Path(run, name).read_bytes() for name in REPORTS} == written
        assert reassign("verify", run).code == 0
        tenant = PracticeTenant.open(Path(f"{run}.db"))
        holdings.append(image(tenant))
        asyncio.run(tenant.close())
    assert holdings[0] == holdings[1]


# Back again


def held_in(run):
    """Changes of a run: who → what they hold before and after."""
    with RunFolder.open(Path(run)) as folder:
        changes = load_verified(folder)
    kinds = [changes.kinds[kind] for kind in changes.kind]
    return {u: (kind.before, kind.after) for u, kind in zip(changes.upn, kinds, strict=True)}


@pytest.mark.usefixtures("handed")
def test_the_way_back_by_hand(reassign):
    def model():
        tenant = PracticeTenant.open(Path("r/practice.db"))
        found = image(tenant)
        asyncio.run(tenant.close())
        return found

    before = model()
    assert reassign("collect", "r", export("fresh.csv", ["p0@c.example"]), "-q").code == 3
    moved = set(MOVED) - {"p0@c.example"}
    assert {upn for upn, holding in model().items() if holding != before[upn]} == moved
    assert reassign("undo", "r", "--out", "back", "-q").code == 0
    forth = held_in("r")
    assert held_in("back") == {upn: forth[upn][::-1] for upn in moved}, "whoever moved, and nobody else"

    made = reassign("handover", "back", "--to", "admin-center", "--lang", "en", "--json").json()
    assert (made["people"], [pack["people"] for pack in made["packs"]]) == (8, [4, 4])
    assert reassign("collect", "back", ticked(Path("back") / BOOK), "-q").code == 3
    assert reassign("collect", "back", export("again.csv", None), "-q").code == 0
    assert applied("back") == len(moved)
    assert model() == before
    assert reassign("verify", "back").code == 0


# Nobody believed


@pytest.mark.usefixtures("handed")
def test_ticked_by_all_and_shown_by_most(reassign):
    assert reassign("collect", "r", ticked(Path("r") / BOOK), "-q").code == 3
    assert result_of("r")["counts"]["in_doubt"] == len(MOVED)
    doubted = ["p1@c.example", "p6@c.example"]
    ended = reassign("collect", "r", export("half.csv", doubted))
    assert ended.code == 3
    lines = [line.split() for line in ended.out.splitlines() if line.startswith("  pack ")]
    # Number, people, done, said, refused; then why it is open, and who is meant.
    assert [(*line[1:6], line[-1]) for line in lines] == [
        ("1", "4", "3", "0", "0", doubted[0]),
        ("3", "4", "3", "0", "0", doubted[1]),
    ]
    shown = reassign("show", "r", "--json").json()["packs"]
    assert [(pack["pack"], pack["done"], pack["said"], pack["open"], pack["first"]) for pack in shown] == [
        (1, 3, 0, {"not_shown": 1}, [doubted[0]]),
        (2, 1, 0, {}, []),
        (3, 3, 0, {"not_shown": 1}, [doubted[1]]),
    ]
    assert [row["user"] for row in lines_of("r/results.csv") if row["code"] == "not_shown"] == doubted
    # The same ticks once more are no news; what shows them done is.
    assert reassign("collect", "r", Path("r") / BOOK, "-q").code == 3
    ended = reassign("collect", "r", export("fresh.csv"))
    assert ended.code == 0
    assert "3 of 3 packs closed." in ended.out
    assert not any(pack["open"] or pack["said"] for pack in reassign("show", "r", "--json").json()["packs"])
    assert applied("r") == len(MOVED)
