from __future__ import annotations

import contextlib
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch.core.errors import UsageError
from batch.core.move_rules import MoveRule
from batch.runs.job_example import EXAMPLE, write_job
from batch.runs.job_tables import RULE_KEYS, TABLES
from batch.runs.jobfile import Job, look_into, read_job
from batch.runs.nightjob import NightJob

ROOT = Path(__file__).parents[2]


@pytest.fixture
def job(tmp_path):
    """Read a job file with this text."""

    def read(text: str) -> Job:
        path = tmp_path / "jobs" / "a.toml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        return read_job(path)

    return read


def test_an_empty_job_leaves_everything_to_the_command(job):
    assert job("") == Job()


def test_every_key_has_its_place(job, tmp_path):
    read = job("""
        job.name = "spring"
        [sheets]
        users = ["../u.csv", "more/v.xlsx"]
        licenses = "l.csv"
        map = { "Login name" = "user" }
        encoding = "cp1252"
        sheet = "March"
        [move]
        from = "Office 365 E4"
        to = "ENTERPRISEPACK"
        [tenant]
        at = "practice:../tenant.db"
        faults = "seed=1"
        [limits]
        max_changes = 500
        max_share = "20%"
        group_size = 20
        in_flight = 4
        tries = 6
        stop_at = 0.5
        settle = 5
        [out]
        folder = "runs"
    """)
    assert read == Job(
        name="spring",
        users=(tmp_path / "u.csv", tmp_path / "jobs/more/v.xlsx"),
        licenses=(tmp_path / "jobs/l.csv",),
        mapping={"Login name": "user"},
        encoding="cp1252",
        sheet="March",
        source="Office 365 E4",
        target="ENTERPRISEPACK",
        tenant=f"practice:{tmp_path / 'tenant.db'}",
        faults="seed=1",
        max_changes=500,
        max_share=0.2,
        group_size=20,
        in_flight=4,
        tries=6,
        stop_at=0.5,
        settle=5.0,
        out=tmp_path / "jobs/runs",
    )


def test_an_absolute_path_stays(job, tmp_path):
    assert job(f"[sheets]\nusers = '{tmp_path}/u.csv'").users == (tmp_path / "u.csv",)


def test_the_job_that_comes_with_us_names_files_that_are_there():
    read = read_job(ROOT / "jobs/sample.toml")
    assert (read.source, read.target) == ("Office 365 E4", "Office 365 E3")
    assert all(path.is_file() for path in (*read.users, *read.licenses))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limits]\nmax_change = 5", "line 2: max_change in [limits] is not known.\nDid you mean max_changes?"),
        ("[move]\nfrom = 'x'\nvia = 'y'", "line 3: via in [move] is not known.\nKnown here: from, to, usage_location."),
        ("[limit]\ntries = 5", "line 1: [limit] is not known.\nDid you mean limits?"),
        ("users = 'x'", "line 1: users is not known"),
        ("job = 'x'", "line 1: job should be a table, written [job]"),
        ("[[job]]\nname = 'x'", "job should be a table"),
        ("[limits]\ngroup_size = 21", "line 2: group_size in [limits] should be a whole number from 1 to 20, not 21"),
        ("[limits]\ngroup_size = 0", "from 1 to 20"),
        ("[limits]\ntries = true", "not True"),
        ("[limits]\ntries = '5'", "not “5”"),
        ("[limits]\nmax_share = 20", "a share from 0 to 1"),
        ("[limits]\nmax_share = '120%'", "a percentage like “20%”"),
        ("[limits]\nstop_at = nan", "a share from 0 to 1"),
        ("[limits]\nsettle = inf", "seconds"),
        ("[sheets]\nusers = 5", "the name of a file"),
        ("[sheets]\nusers = ['a', '']", "the name of a file"),
        ("[sheets]\nmap = { a = 1 }", "headings"),
        ("[move]\nfrom = ''", "text in quotation marks"),
        ("[tenant]\nat = 'cloud'", "should be “practice:FILE”"),
        ("[tenant]\nat = 'graph:x'", "should be “practice:FILE”, “copy:FILE” or “graph”"),
        ("[limits]\nwrite_quota = '3000'", "like “3000/150s”"),
        ("[limits]\nwrite_quota = 3000", "like “3000/150s”"),
        ("[tenant]\nat = 'practice:'", "should be “practice:FILE”"),
        ("[out]\nfolder = []", "the name of a file or folder"),
        ("[job\nname = 1", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_key_and_line(text, words, job):
    with pytest.raises(UsageError) as caught:
        job(text)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_missing_file_a_folder_and_bytes_are_sentences(tmp_path):
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe\x00")
    for name, words in (("a.toml", "no job file"), (".", "cannot be read"), ("b.toml", "UTF-8")):
        with pytest.raises(UsageError, match=words):
            read_job(tmp_path / name)


@given(text=st.text(max_size=60))
def test_no_text_ends_in_a_traceback(text, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8"))
    with contextlib.suppress(UsageError):
        read_job(path)


def test_the_settings_of_microsoft_365(tmp_path):
    path = tmp_path / "job.toml"
    text = "[tenant]\nat = 'graph'\ncloud = 'usgov'\nsign_in = 'certificate'\n"
    path.write_text(text + "[limits]\nwrite_quota = '1500/150s'\nsettle = 60\n")
    job = read_job(path)
    assert (job.tenant, job.cloud, job.sign_in, job.write_quota, job.settle) == (
        "graph",
        "usgov",
        "certificate",
        "1500/150s",
        60.0,
    )


# --- nights ------------------------------------------------------------------------------------------------------


def test_what_a_job_declares_for_the_nights(job, tmp_path):
    read = job("""
        [inbox]
        folder = "../in"
        files = "users-*.csv"
        quiet = "90s"
        shrink = "20%"
        [nightly]
        enabled = false
        priority = 0
        every = "7d"
        daily_cap = 100
        give_up = "30d"
        [notify]
        mail = ["a@contoso.com", " b.c+d@sub.contoso.com", "a@contoso.com"]
        on = ["failed", "needs_you"]
        webhook = "teams"
        webhook_name = "FINANCE_2"
        attach = "2 kb"
        [keep]
        runs = "365d"
        files = 86400
        [limits]
        allow_short = true
    """)
    assert read.allow_short is True
    assert read.nightly == NightJob(
        inbox=tmp_path / "in",
        files=("users-*.csv",),
        quiet=90.0,
        shrink=0.2,
        enabled=False,
        priority=0,
        every=7 * 86_400.0,
        daily_cap=100,
        give_up=30 * 86_400.0,
        mail=("a@contoso.com", "b.c+d@sub.contoso.com"),
        on=("failed", "needs_you"),
        webhook="teams",
        webhook_name="FINANCE_2",
        attach=2000,
        keep_runs=365 * 86_400.0,
        keep_files=86_400.0,
    )


@pytest.mark.parametrize(
    ("text", "nightly"),
    [
        ("[move]\nfrom = 'x'", None),
        ("[nightly]", NightJob()),
        ("[keep]", NightJob()),
        ("[notify]\nattach = 0", NightJob(attach=0)),
        ("[inbox]\nfolder = '/in'\nshrink = 'never'", NightJob(inbox=Path("/in"), shrink=None)),
        ("[inbox]\nfolder = '/in'\nshrink = false", NightJob(inbox=Path("/in"), shrink=None)),
    ],
)
def test_a_job_with_a_table_for_the_nights_is_nightly(text, nightly, job):
    assert job(text).nightly == nightly


def test_rules_are_read_in_their_order(job):
    read = job("""
        [[rule]]
        holds = "Office 365 E4"
        to = ["Office 365 E3", "Visio"]
        department = "Sales"
        usage_location = ["NL", "BE"]
        [[rule]]
        holds = "Office 365 E1"
        to = "Office 365 E3"
    """)
    assert read.rules == (
        MoveRule(holds="Office 365 E4", to=("Office 365 E3", "Visio"), departments=("Sales",), locations=("NL", "BE")),
        MoveRule(holds="Office 365 E1", to=("Office 365 E3",)),
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[inbox]\nquiet = '5s'", "line 1: [inbox] does not say its folder"),
        ("[inbox]\nfolder = 'in'\n[out]\nfolder = 5", "line 4: folder in [out]"),
        ("[inbox]\nfolder = 'in'\n[sheets]\nusers = 'a'", "line 4: users in [sheets] stands beside an [inbox]"),
        ("[inbox]\nfolder = 'in'\nfiles = 'a/b'", "without folders"),
        ("[inbox]\nfolder = 'in'\nquiet = 0", "a time from “1s” to “1d”"),
        ("[inbox]\nfolder = 'in'\nquiet = '2d'", "a time from “1s” to “1d”"),
        ("[inbox]\nfolder = 'in'\nshrink = 50", "or “never”"),
        ("[inbox]\nfolder = 'in'\nshrink = true", "or “never”"),
        ("[nightly]\npriority = -1", "at least 0"),
        ("[nightly]\ndaily_cap = 0", "at least 1"),
        ("[nightly]\nevery = inf", "a time from “1h”"),
        ("[nightly]\nenabeld = true", "Did you mean enabled?"),
        ("[notify]\nmail = 'nobody'", "an e-mail address"),
        ("[notify]\nmail = []", "an e-mail address"),
        ('[notify]\nmail = "a@b.nl\\r\\nBcc: c@d.nl"', "an e-mail address"),
        ("[notify]\nmail = 'a@b.nl, c@d.nl'", "an e-mail address"),
        ("[notify]\nmail = 'a@b.nl\u202e'", "an e-mail address"),
        ("[notify]\nmail = '@b.nl'", "an e-mail address"),
        ("[notify]\non = []", "a list of “done”, “part”, “needs_you”, “failed”"),
        ("[notify]\non = ['nothing']", "not ['nothing']"),
        ("[notify]\nwebhook_name = 'X'", "line 2: webhook_name in [notify] stands without webhook"),
        ("[notify]\nwebhook = 'json'\nwebhook_name = 'x'", "capitals"),
        ("[notify]\nattach = '1GB'", "a size like “5MB”"),
        ("[keep]\nruns = '1h'", "a time from “1d”"),
        ("[sheets]\nusers = 'a/**/b.csv'", "without **"),
        ("[rule]\nholds = 'x'", "written [[rule]]"),
        ("rule = 5", "written [[rule]]"),
        ("[[rule]]\nholds = 'x'\nto = 'y'\n[[rule]]\nholds = 'x'", "line 4: rule 2 does not say to"),
        ("[[rule]]\nholds = 'x'\nto = 'y'\n[[rule]]\nhold = 'x'\nto = 'y'", "line 5: hold in [[rule]] is not known"),
        ("[[rule]]\nholds = 'x'\nto = []", "to in [[rule]] should be a name"),
        ("[[rule]]\nholds = 'x'\nto = 'y'\n[move]\nto = 'y'", "line 5: to in [move] stands beside [[rule]]"),
        ("[[rules]]\nholds = 'x'", "Did you mean rule?"),
        ("inbox = 5", "inbox should be a table"),
        ("[nightly]\ndaily_cap = 10000000000", "at most 1,000,000,000"),
        ("[nightly]\ndaily_cap = 0x" + 5000 * "f", "a number of thousands of digits"),
        ("[nightly]\ndaily_cap = " + 5000 * "9", "far too large or too deep"),
        ("x = " + 5000 * "[", "far too large or too deep"),
    ],
)
def test_what_is_wrong_about_nights_and_rules_is_named(text, words, job):
    with pytest.raises(UsageError) as caught:
        job(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("[notify]\nwebhook = 'https://x/SECRET'", "REASSIGN_WEBHOOK_URL"),
        ("[notify]\nurl = 'https://x/SECRET'", "REASSIGN_WEBHOOK_URL"),
        ("[notify]\nwebhook-url = 'https://x/SECRET'", "REASSIGN_WEBHOOK_URL"),
        ("[notify]\nsecret = 'SECRET'", "REASSIGN_WEBHOOK_SECRET"),
        ("[notify]\nkey = 'SECRET'", "REASSIGN_WEBHOOK_SECRET"),
        ("[notify]\npassword = 'SECRET'", "REASSIGN_SMTP_PASSWORD"),
        ("[notify]\nsmtp_host = 'SECRET'", "REASSIGN_SMTP_HOST"),
        ("[notify]\nsmtp_tls = 'SECRET'", "REASSIGN_SMTP_TLS"),
        ("[notify]\nmail = 'smtp://u:SECRET@x'", "an e-mail address"),
        ("[notify]\nmail = { password = 'SECRET' }", "an e-mail address"),
        ("[notify]\nmail = ['a@b.nl', 'x\u202e@b.nl', 'https://SECRET']", "an e-mail address"),
        ("[notify]\nwebhook = 'T0123456/B0123456/SECRETSECRETSECRETSECRET'", "“json” or “teams”"),
        ("[tenant]\nat = 'https://x/SECRET'", "“practice:FILE”"),
        ("[smtp]\nhost = 'SECRET'", "REASSIGN_SMTP_HOST"),
        ("[webhook]\nurl = 'SECRET'", "REASSIGN_WEBHOOK_URL"),
        ("[tenant]\nclient_secret = 'SECRET'", "AZURE_CLIENT_SECRET"),
        ("[tenant]\npassword = 'SECRET'", "AZURE_CLIENT_SECRET"),
        ("[tenant]\nclient_id = 'SECRET'", "AZURE_CLIENT_ID"),
        ("[tenant]\ncertificate_password = 'SECRET'", "AZURE_CLIENT_CERTIFICATE_PASSWORD"),
        ("[limits]\napi_token = 'SECRET'", "REASSIGN_WEBHOOK_SECRET"),
        ("client_secret = 'SECRET'", "AZURE_CLIENT_SECRET"),
    ],
)
def test_a_secret_is_refused_by_the_name_of_its_variable_and_never_repeated(text, variable, job):
    with pytest.raises(UsageError) as caught:
        job(text)
    assert variable in str(caught.value)
    assert "SECRET'" not in str(caught.value)
    assert "/SECRET" not in str(caught.value)


def test_every_complaint_is_gathered(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text("[limits]\ntries = 0\nx = 1\n[nightly]\npriority = 'a'\n[y]\n[[rule]]\nto = 5\n", "utf-8")
    job, complaints = look_into(path)
    assert job is None
    assert [re.search(r", line (\d+)", error.what)[1] for error in complaints] == ["2", "3", "5", "6", "8", "7"]


# --- the example -------------------------------------------------------------------------------------------------


def uncommented(text, *, but=()):
    """The example with every key that is commented out put in, but those that begin like this."""
    lines = []
    for line in text.splitlines():
        found = re.fullmatch(r"# (\[\[?[a-z]+\]\]?|[a-z_]+ = .+)", line)
        lines.append(found[1] if found and not found[1].startswith(but or "\0") else line)
    return "\n".join(lines)


def test_the_example_is_the_one_that_is_written():
    assert (ROOT / "jobs/example.toml").read_text("utf-8") == EXAMPLE


def test_the_example_holds_every_key_and_nothing_else():
    document = tomllib.loads(uncommented(EXAMPLE))
    assert {name: set(table) for name, table in document.items() if name != "rule"} == {
        name: set(keys) for name, keys in TABLES.items()
    }
    assert set(document["rule"][0]) == set(RULE_KEYS)


def test_the_example_can_be_used_as_it_is(job):
    read = job(EXAMPLE)
    assert (read.source, read.nightly.inbox.name) == ("Office 365 E4", "inbox")
    assert not read.nightly.enabled  # it lies in the folder of jobs


def test_every_key_of_the_example_is_accepted(job):
    by_inbox = job(uncommented(EXAMPLE, but=("users", "[[rule", "holds", "to =", "department", "usage_location = [")))
    assert by_inbox.nightly.webhook_name == "FINANCE"
    without = re.sub(r"(?m)^(from|to) = .*$", "", EXAMPLE).replace("[inbox]\n", "").replace('folder = "../inbox"\n', "")
    by_rules = job(uncommented(without, but=("files = [", "quiet", "shrink")))
    assert (len(by_rules.rules), by_rules.users[0].name, by_rules.newest) == (1, "users-*.csv", True)


def test_a_job_is_written_with_what_is_given(tmp_path):
    path = tmp_path / "new" / "a.toml"
    write_job(path, source='Plan "A" \\ é', target="B", inbox=tmp_path / "drop here")
    read = read_job(path)
    assert (read.source, read.target, read.name) == ('Plan "A" \\ é', "B", 'Plan "A" \\ é to B')
    assert read.nightly.inbox == tmp_path / "drop here"
    before = path.read_bytes()
    for file, words in ((path, "is there already"), (tmp_path / "a.txt", "does not end in .toml")):
        with pytest.raises(UsageError, match=words):
            write_job(file)
    with pytest.raises(UsageError, match="cannot stand in a job file"):
        write_job(tmp_path / "b.toml", source="a\nb")
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["new"]


def test_the_job_of_the_nights_that_comes_with_us():
    read = read_job(ROOT / "jobs/nightly.toml")
    assert (read.source, read.target, read.nightly.daily_cap) == ("Office 365 E4", "Office 365 E3", 100)
    assert read.nightly.inbox == ROOT / "sample_nights/inbox"
