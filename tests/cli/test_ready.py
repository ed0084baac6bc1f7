"""ready, order, route and watch as people type them."""

from __future__ import annotations

import pytest

from tests.cli.conftest import E3, E4, MOVE, lines_of, people, seats

ON = ("--tenant", "practice:t.db")


@pytest.fixture
def tenant(reassign, tmp_path):
    """A practice tenant of 21 people who hold E4, and so many seats of E3."""

    def make(e3):
        (tmp_path / "users.csv").write_text(people(21), "utf-8")
        (tmp_path / "licenses.csv").write_text(seats(e3, 30), "utf-8")
        assert reassign("tenant", "create", "t.db", "--users", "users.csv", "--licenses", "licenses.csv").code == 0
        return ("--users", "users.csv", *MOVE, *ON)

    return make


def test_ready_and_order_with_just_enough_and_one_short(reassign, tenant):
    options = tenant(21)
    ended = reassign("ready", *options)
    assert (ended.code, "READY. People can be moved" in ended.out) == (0, True)
    assert "Nothing is to be bought" in reassign("order", *options).out


def test_one_short(reassign, tenant):
    options = tenant(20)
    ended = reassign("ready", *options)
    assert ended.code == 4
    assert "Buy 1 seat of Office 365 E3" in ended.out
    assert "BLOCKED" in ended.out
    value = reassign("ready", *options, "--json").json()
    assert value["verdict"] == "blocked"
    assert {line["rule"]: line["mark"] for line in value["lines"]}["buy"] == "fail"
    ordered = reassign("order", *options, "--csv", "order.csv", "--json").json()
    assert [(line["sku_id"], line["quantity"]) for line in ordered["lines"]] == [(E3, 1)]
    (row,) = lines_of("order.csv")
    assert (row["product"], row["buy"], row["shall_have_it"]) == ("Office 365 E3", "1", "21")
    assert row["mirror"] == "10"  # E4 has 30 seats, E3 20
    assert "say no" in reassign("order", *options).out.casefold()


def test_waiting_ends_with_its_time(reassign, tenant):
    options = tenant(20)
    assert reassign("ready", *options, "--for", "1h").code == 2
    ended = reassign("ready", *options, "--wait", "--for", "0s")
    assert ended.code == 3
    assert "NOT YET. Only time is needed. Look again" in ended.out


def test_a_sheet_is_not_waited_for(reassign, tenant, tmp_path):
    tenant(20)
    options = ("--users", "users.csv", "--licenses", "licenses.csv", *MOVE)
    refused = reassign("ready", *options, "--wait")
    assert (refused.code, "Name the tenant" in refused.err) == (2, True)
    (tmp_path / "facts.toml").write_text("ordered_on = 2999-01-01\n", "utf-8")
    ended = reassign("ready", *options, "--facts", "facts.toml")
    assert (ended.code, "if the order came through" in ended.out, "let it wait" in ended.out) == (3, True, False)


def test_a_template_that_the_new_licence_has_not(reassign, tenant):
    refused = reassign("ready", *tenant(21), "--template", "FORMS_PLAN_E5")
    assert (refused.code, "None of the products to be given (Office 365 E3) has" in refused.err) == (2, True)
    refused = reassign("route", "--accept", "vice")
    assert (refused.code, "no hazard that is known" in refused.err) == (2, True)


def test_interrupted_while_waiting(reassign, tenant, monkeypatch):
    def stop(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", stop)
    assert reassign("ready", *tenant(20), "--wait", "-q").code == 130


def test_route_with_facts(reassign, tenant, tmp_path):
    options = tenant(21)
    example = reassign("route", "--example")
    (tmp_path / "facts.toml").write_text(example.out, "utf-8")
    unanswered = reassign("route", *options, "--facts", "facts.toml")
    assert unanswered.code == 3
    assert "Advice: NOT KNOWN" in unanswered.out
    (tmp_path / "facts.toml").write_text('purchase_channel = "partner"\n', "utf-8")
    assert reassign("route", "--facts", "facts.toml").code == 0
    (tmp_path / "facts.toml").write_text('purchase_channel = "direct"\nonly_some = true\n', "utf-8")
    value = reassign("route", *options, "--facts", "facts.toml", "--json").json()
    assert (value["advice"]["route"], value["advice"]["certain"]) == ("manual", True)
    marks = {line["rule"]: line["mark"] for line in value["lines"]}
    assert (len(marks), marks["U2"], marks["U11"], marks["U13"]) == (20, "pass", "pass", "unknown")
    (tmp_path / "facts.toml").write_text("only_sme = true\n", "utf-8")
    assert "Did you mean only_some?" in reassign("route", "--facts", "facts.toml").err


def test_watch_before_and_after(reassign, tenant):
    options = tenant(21)
    assert reassign("watch", "before", "w.db", *ON).code == 0
    same = reassign("watch", "after", "w.db", *ON)
    assert (same.code, "Nothing changed: 21 people" in same.out) == (0, True)
    assert reassign("run", *options, "--yes", "-q").code == 0
    ended = reassign("watch", "after", "w.db", *ON, "--csv", "c.csv", "--json")
    value = ended.json()
    assert ended.code == 0
    assert [(t["lost"], t["gained"], t["people"]) for t in value["turns"]] == [([E4], [E3], 21)]
    assert len(lines_of("c.csv")) == 21
    refused = reassign("watch", "after", "t.db", *ON)
    assert (refused.code, "no snapshot" in refused.err) == (2, True)
