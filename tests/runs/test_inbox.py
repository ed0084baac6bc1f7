"""Files of an inbox are taken once, whoever else is at it, and lie in one place at any kill."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from batch.core.errors import ReassignError, UsageError
from batch.runs import inbox as module
from batch.runs import moving, why
from batch.runs.inbox import AlreadyThere, Claimed, Inbox

RUN = "e4-to-e3-20261124-020013"


@pytest.fixture
def inbox(tmp_path):
    """An inbox with two sheets."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    drop(folder, "a.csv", "b.csv")
    return Inbox(folder)


def drop(folder, *names):
    for name in names:
        (folder / name).write_text(f"of {name}", encoding="utf-8")


def files(folder):
    """Every file in it by its path, with what it says."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def refusing(monkeypatch, name, number, *, on=""):
    """The system refuses a call of this name, on paths that hold ``on``."""
    real = getattr(os, name)

    def call(path, *rest, **named):
        if on in str(path):
            raise OSError(number, os.strerror(number), str(path))
        return real(path, *rest, **named)

    monkeypatch.setattr(os, name, call)


# --- looking -------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not take")
def test_what_is_never_taken_is_told(inbox):
    folder = inbox.folder
    drop(folder, "c.pdf", ".hidden.csv", "~$a.csv", "a.csv.part", "new\nline.csv", "\u202egnp.csv")
    (folder / "\udcff").touch()
    for name in ("sub.csv", "taken", "done"):
        (folder / name).mkdir()
    (folder / "link.csv").symlink_to("a.csv")
    os.mkfifo(folder / "pipe.csv")
    found = dict(inbox.left_lying(()))
    assert found == {
        "c.pdf": "the job takes no files of such a name",
        "new line.csv": "its name cannot be shown",
        "gnp.csv": "its name cannot be shown",
        "?": "its name cannot be shown",
        "sub.csv": "it is a folder",
        "link.csv": "it is a link",
        "pipe.csv": "it is no file",
    }
    assert not {file.name for file in inbox.listed(())} & set(found)
    assert {name for name, _ in inbox.left_lying(("b*",))} == {*found, "a.csv"}


def test_only_regular_files_that_are_meant_are_listed(inbox):
    folder = inbox.folder
    drop(folder, "c.pdf", ".hidden.csv", "~$a.csv", "a.csv.part", "B.XLSX")
    (folder / "folder.csv").mkdir()
    (folder / "link.csv").symlink_to(folder / "a.csv")
    os.mkfifo(folder / "pipe.csv")
    os.utime(folder / "a.csv", (1, 1_800_000_000.5))
    found = inbox.listed(())
    assert [file.name for file in found] == ["B.XLSX", "a.csv", "b.csv"]
    assert (found[1].size, found[1].modified) == (8, 1_800_000_000.5)
    assert [file.name for file in inbox.listed(["b.*"])] == ["B.XLSX", "b.csv"]


def test_a_file_that_vanishes_while_it_is_looked_at_is_not_listed(inbox, monkeypatch):
    refusing(monkeypatch, "lstat", errno.ENOENT, on="a.csv")
    assert [file.name for file in inbox.listed(())] == ["b.csv"]


@pytest.mark.parametrize("call", [lambda i: i.listed(()), Inbox.check, lambda i: i.claimed(RUN), Inbox.held])
def test_an_inbox_that_is_not_there_is_told(tmp_path, call):
    with pytest.raises(ReassignError, match=r"The inbox .*no-inbox cannot be read: No such file") as caught:
        call(Inbox(tmp_path / "no-inbox"))
    assert "mounted" in caught.value.todo


def test_an_inbox_that_is_a_file_is_told(inbox):
    with pytest.raises(ReassignError, match="Not a directory"):
        Inbox(inbox.folder / "a.csv").listed(())


@pytest.mark.parametrize(
    ("number", "todo"),
    [(errno.EACCES, "right to read"), (errno.EIO, "disk or share"), (errno.EHOSTDOWN, "disk or share")],
)
def test_an_inbox_that_cannot_be_read_is_told(inbox, monkeypatch, number, todo):
    refusing(monkeypatch, "scandir", number)
    with pytest.raises(ReassignError, match="cannot be read") as caught:
        inbox.listed(())
    assert todo in caught.value.todo


def test_an_inbox_in_order_is_left_as_it_was(inbox):
    inbox.check()
    inbox.check()
    assert sorted(path.name for path in inbox.folder.rglob("*")) == ["a.csv", "b.csv", "taken"]
    assert inbox.held() == inbox.strangers(()) == inbox.claimed(RUN) == ()


@pytest.mark.parametrize(
    ("call", "number", "todo"),
    [
        ("mkdir", errno.EROFS, "right to"),
        ("mkdir", errno.ENOSPC, "Free disk space"),
        ("write", errno.ENOSPC, "Free disk space"),
        ("fsync", errno.EDQUOT, "quota"),
        ("fsync", errno.EIO, "disk or share"),
    ],
)
def test_an_inbox_that_takes_no_files_is_told_before_anything_is_taken(inbox, monkeypatch, call, number, todo):
    refusing(monkeypatch, call, number)
    with pytest.raises(ReassignError, match="takes no files") as caught:
        inbox.check()
    assert todo in caught.value.todo
    assert set(files(inbox.folder)) == {"a.csv", "b.csv"}


def test_an_inbox_without_the_right_to_write_is_told(inbox, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ReassignError, match="takes no files: Permission denied"):
        inbox.check()


def test_a_folder_of_ours_that_is_a_link_is_refused(inbox, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (inbox.folder / "taken").symlink_to(tmp_path / "elsewhere")
    for call in (inbox.check, lambda: inbox.claim(RUN, ["a.csv"])):
        with pytest.raises(ReassignError, match="taken is no folder of its own"):
            call()
    assert set(files(inbox.folder)) >= {"a.csv", "b.csv"}


@pytest.mark.parametrize("name", ["taken", "held"])
def test_nothing_is_moved_out_of_a_link(inbox, tmp_path, name):
    (tmp_path / RUN).mkdir()
    drop(tmp_path / RUN, "secret.csv")
    (inbox.folder / name).symlink_to(tmp_path)
    calls = {
        "taken": [
            lambda: inbox.claimed(RUN),
            lambda: inbox.archive(RUN, "secret.csv", "done"),
            lambda: inbox.strangers(()),
        ],
        "held": [inbox.held, lambda: inbox.release("secret.csv"), inbox.check],
    }
    for call in calls[name]:
        with pytest.raises(ReassignError, match=f"{name} is no folder of its own"):
            call()
    assert (tmp_path / RUN / "secret.csv").exists()


def test_folders_on_another_disk_are_told(inbox, monkeypatch):
    (inbox.folder / "done").mkdir()
    real = os.lstat

    def elsewhere(path, **named):
        found = real(path, **named)
        return os.stat_result([*found[:2], 1, *found[3:]]) if str(path).endswith("done") else found

    monkeypatch.setattr(os, "lstat", elsewhere)
    with pytest.raises(ReassignError, match="takes no files") as caught:
        inbox.check()
    assert "one file system" in caught.value.todo


# --- claiming ------------------------------------------------------------------------------------------------------


def test_files_are_taken(inbox):
    assert inbox.claim(RUN, ["b.csv", "a.csv", "no.csv", "b.csv"]) == Claimed(("b.csv", "a.csv"), ("no.csv",), ())
    assert files(inbox.folder) == {f"taken/{RUN}/a.csv": "of a.csv", f"taken/{RUN}/b.csv": "of b.csv"}
    assert inbox.claimed(RUN) == tuple(inbox.folder / "taken" / RUN / name for name in ("a.csv", "b.csv"))
    assert inbox.strangers({RUN}) == ()
    assert inbox.strangers({"another"}) == (RUN,)


def test_a_delivery_is_claimed_once(inbox):
    inbox.claim(RUN, ["a.csv"])
    with pytest.raises(AlreadyThere):
        inbox.claim(RUN, ["b.csv"])
    assert (inbox.folder / "b.csv").exists()


def test_a_claim_goes_on_and_replaces_nothing(inbox):
    inbox.claim(RUN, ["a.csv"])
    (inbox.folder / "a.csv").write_text("a later one", encoding="utf-8")
    assert inbox.claim(RUN, ["a.csv", "b.csv"], again=True) == Claimed(("a.csv", "b.csv"), (), ())
    assert files(inbox.folder) == {
        "a.csv": "a later one",
        f"taken/{RUN}/a.csv": "of a.csv",
        f"taken/{RUN}/b.csv": "of b.csv",
    }


def test_nothing_taken_leaves_nothing(inbox):
    assert inbox.claim(RUN, ["no.csv"]) == Claimed((), ("no.csv",), ())
    assert list((inbox.folder / "taken").iterdir()) == []


def test_a_link_that_took_the_place_of_a_file_is_not_taken(inbox):
    (inbox.folder / "a.csv").unlink()
    (inbox.folder / "a.csv").symlink_to("/etc/hostname")
    assert inbox.claim(RUN, ["a.csv"]).gone == ("a.csv",)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY])
def test_a_file_that_is_still_open_is_left(inbox, monkeypatch, number):
    refusing(monkeypatch, "rename", number, on="a.csv")
    assert inbox.claim(RUN, ["a.csv", "b.csv"]) == Claimed(("b.csv",), (), ("a.csv",))
    assert (inbox.folder / "a.csv").exists()


def test_a_folder_that_nothing_may_leave_is_no_file_that_is_open(inbox, monkeypatch):
    refusing(monkeypatch, "rename", errno.EACCES)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ReassignError, match="takes no files: Permission denied"):
        inbox.claim(RUN, ["a.csv"])


@pytest.mark.parametrize(
    ("call", "number", "todo"),
    [
        ("mkdir", errno.EROFS, "right to"),
        ("mkdir", errno.ENOSPC, "Free disk space"),
        ("rename", errno.EXDEV, "one file system"),
        ("rename", errno.ENOSPC, "Free disk space"),
        ("rename", errno.ESTALE, "disk or share"),
    ],
)
def test_a_disk_that_takes_nothing_is_told_and_the_files_stay(inbox, monkeypatch, call, number, todo):
    refusing(monkeypatch, call, number)
    with pytest.raises(ReassignError, match="takes no files") as caught:
        inbox.claim(RUN, ["a.csv", "b.csv"])
    assert todo in caught.value.todo
    assert set(files(inbox.folder)) == {"a.csv", "b.csv"}
    monkeypatch.undo()
    assert inbox.claim(RUN, ["a.csv", "b.csv"], again=True).taken == ("a.csv", "b.csv")


def test_a_share_that_goes_away_in_the_middle_is_no_file_that_is_gone(inbox, monkeypatch):
    real = os.rename

    def gone(source, target):
        real(inbox.folder, inbox.folder.with_name("unmounted"))
        return real(source, target)

    monkeypatch.setattr(os, "rename", gone)
    with pytest.raises(ReassignError, match="No such file"):
        inbox.claim(RUN, ["a.csv", "b.csv"])
    with pytest.raises(ReassignError, match="No such file"):
        inbox.archive(RUN, "a.csv", "done")


@pytest.mark.parametrize("bad", ["../a.csv", "..", "", "a/b.csv", "a\\b.csv", "/etc/passwd", "a\n.csv", "\x00"])
def test_names_that_lead_elsewhere_are_refused(inbox, bad):
    calls = [
        lambda: inbox.claim(bad, ["a.csv"]),
        lambda: inbox.claim(RUN, ["a.csv", bad]),
        lambda: inbox.claimed(bad),
        lambda: inbox.archive(RUN, bad, "done"),
        lambda: inbox.archive(bad, "a.csv", "done"),
        lambda: inbox.put_back(bad, "a.csv"),
        lambda: inbox.put_back(RUN, bad),
    ]
    for call in calls:
        with pytest.raises(ReassignError, match="is no name of a file"):
            call()
    assert set(files(inbox.folder.parent)) == {"inbox/a.csv", "inbox/b.csv"}


def test_two_machines_take_each_file_once(tmp_path):
    names = [f"{n}.csv" for n in range(200)]
    drop(tmp_path, *names)
    taken, start = {}, threading.Barrier(2)

    def machine(number, order):
        start.wait()
        taken[number] = Inbox(tmp_path).claim(f"run-{number}", order)

    threads = [threading.Thread(target=machine, args=args) for args in ((1, names), (2, names[::-1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, other in ((1, 2), (2, 1)):
        mine = taken[number]
        assert sorted(mine.taken) == sorted(path.name for path in Inbox(tmp_path).claimed(f"run-{number}"))
        assert set(mine.gone) == set(taken[other].taken)
        assert mine.busy == ()
    assert sorted(taken[1].taken + taken[2].taken) == sorted(names)
    assert len(files(tmp_path)) == 200


# --- archiving -----------------------------------------------------------------------------------------------------


def test_a_file_goes_where_it_belongs_with_the_reason_beside_it(inbox):
    inbox.claim(RUN, ["a.csv", "b.csv"])
    done = inbox.archive(RUN, "a.csv", "done")
    rejected = inbox.archive(RUN, "b.csv", "rejected", "It names nobody.\nExport it again: café.")
    assert done == inbox.folder / "done" / RUN / "a.csv"
    note = rejected.with_name("b.csv.why.txt")
    assert note.read_bytes() == "It names nobody.\r\nExport it again: café.\r\n".encode()
    note.unlink()
    assert files(inbox.folder) == {f"done/{RUN}/a.csv": "of a.csv", f"rejected/{RUN}/b.csv": "of b.csv"}
    assert not (inbox.folder / "taken" / RUN).exists()
    # Twice is once; what is nowhere is told.
    assert inbox.archive(RUN, "a.csv", "done") == done
    assert inbox.archive(RUN, "no.csv", "done") is None


def test_nothing_is_replaced_in_the_archive(inbox):
    inbox.claim(RUN, ["a.csv"])
    inbox.archive(RUN, "a.csv", "held")
    drop(inbox.folder, "a.csv")
    inbox.claim(RUN, ["a.csv"])
    assert inbox.archive(RUN, "a.csv", "held", "Why.").name == "a (2).csv"
    assert set(files(inbox.folder / "held" / RUN)) == {"a.csv", "a (2).csv", "a (2).csv.why.txt"}


def test_a_long_name_has_its_reason_too(inbox):
    name = "é" * 120 + ".csv"
    drop(inbox.folder, name)
    inbox.claim(RUN, [name])
    path = inbox.archive(RUN, name, "rejected", "Too \x1b[31mlong.")
    notes = [other for other in path.parent.iterdir() if other != path]
    assert [note.read_text(encoding="utf-8") for note in notes] == ["Too [31mlong.\n"]
    assert notes[0].name.endswith(".why.txt")


def test_a_full_disk_leaves_the_file_taken_and_no_half_reason(inbox, monkeypatch):
    inbox.claim(RUN, ["a.csv"])
    (inbox.folder / "rejected" / RUN).mkdir(parents=True)
    refusing(monkeypatch, "fsync", errno.ENOSPC)
    with pytest.raises(ReassignError, match=r"does not let a\.csv be moved to rejected: No space left"):
        inbox.archive(RUN, "a.csv", "rejected", "Why.")
    assert set(files(inbox.folder)) == {"b.csv", f"taken/{RUN}/a.csv"}
    monkeypatch.undo()
    assert inbox.archive(RUN, "a.csv", "rejected", "Why.") is not None


def test_a_share_that_cannot_see_folders_through_to_its_disk_is_used_all_the_same(inbox, monkeypatch):
    refusing(monkeypatch, "fsync", errno.EINVAL)
    assert inbox.claim(RUN, ["a.csv"]).taken == ("a.csv",)
    monkeypatch.undo()
    refusing(monkeypatch, "open", errno.EACCES)
    assert inbox.archive(RUN, "a.csv", "done")


def test_a_taken_file_is_put_back_unless_another_has_its_name(inbox):
    inbox.claim(RUN, ["a.csv", "b.csv"])
    assert inbox.put_back(RUN, "a.csv")
    assert inbox.put_back(RUN, "a.csv")
    assert not inbox.put_back(RUN, "no.csv")
    (inbox.folder / "b.csv").write_text("a later one", encoding="utf-8")
    assert not inbox.put_back(RUN, "b.csv")
    assert files(inbox.folder) == {"a.csv": "of a.csv", "b.csv": "a later one", f"taken/{RUN}/b.csv": "of b.csv"}


def test_a_file_that_appears_in_the_middle_is_not_replaced(inbox, monkeypatch):
    """Windows refuses to rename onto a file."""
    inbox.claim(RUN, ["a.csv"])
    refusing(monkeypatch, "rename", errno.EEXIST)
    assert not inbox.put_back(RUN, "a.csv")


@pytest.mark.parametrize(("number", "winerror"), [(errno.EBUSY, None), (errno.EACCES, 32)])
def test_a_taken_file_that_somebody_opened_is_told(inbox, monkeypatch, number, winerror):
    class Refused(OSError):
        pass

    def refused(*_):
        error = Refused(number, "in use")
        error.winerror = winerror
        raise error

    inbox.claim(RUN, ["a.csv"])
    monkeypatch.setattr(os, "rename", refused)
    with pytest.raises(ReassignError, match="in use") as caught:
        inbox.archive(RUN, "a.csv", "done")
    assert "Close it" in caught.value.todo


# --- held files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def holding(inbox):
    """An inbox that holds a.csv of two nights and b.csv of one."""
    inbox.claim("run-1", ["a.csv", "b.csv"])
    drop(inbox.folder, "a.csv")
    inbox.claim("run-2", ["a.csv"])
    for delivery, name in (("run-1", "a.csv"), ("run-1", "b.csv"), ("run-2", "a.csv")):
        inbox.archive(delivery, name, "held", "It shrank.")
    return inbox


def test_held_files_are_named(holding):
    assert holding.held() == (("run-1", "a.csv"), ("run-1", "b.csv"), ("run-2", "a.csv"))


@pytest.mark.parametrize(
    "asked", ["run-1/a.csv", "held/run-1/a.csv", "./run-1/a.csv", "inbox/held/run-1/a.csv", "../{}"]
)
def test_a_held_file_goes_back_under_its_own_name(holding, tmp_path, monkeypatch, asked):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert holding.release(asked.format("inbox/held/run-1/a.csv")) == "a.csv"
    assert (holding.folder / "a.csv").read_text(encoding="utf-8") == "of a.csv"
    assert holding.held() == (("run-1", "b.csv"), ("run-2", "a.csv"))
    assert not (holding.folder / "held/run-1/a.csv.why.txt").exists()


def test_the_last_held_file_leaves_no_folder(holding):
    assert holding.release("b.csv") == "b.csv"
    holding.release("run-1/a.csv")
    assert [path.name for path in (holding.folder / "held").iterdir()] == ["run-2"]


@pytest.mark.parametrize(
    ("asked", "what", "todo"),
    [
        ("a.csv", "Several held files are called “a.csv”", "run-1/a.csv, run-2/a.csv"),
        ("c.csv", "No file “c.csv” is held", "Held now: run-1/a.csv, run-1/b.csv, run-2/a.csv"),
        ("", "No file “” is held", "Held now"),
        ("../held/run-1/a.csv", "No file", "Held now"),
    ],
)
def test_a_file_that_is_not_plainly_meant_stays(holding, asked, what, todo):
    with pytest.raises(UsageError, match=what) as caught:
        holding.release(asked)
    assert todo in caught.value.todo
    assert len(holding.held()) == 3


def test_a_held_file_does_not_replace_one_that_was_dropped(holding):
    drop(holding.folder, "b.csv")
    with pytest.raises(UsageError, match=r"has another b\.csv"):
        holding.release("b.csv")
    assert (holding.folder / "held/run-1/b.csv.why.txt").exists()


def test_no_held_file_is_told(inbox):
    with pytest.raises(UsageError, match=r"No file “a\.csv” is held") as caught:
        inbox.release("a.csv")
    assert caught.value.todo == "No file is held in this inbox."


# --- kills ---------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process is gone: nothing it would still have done happens."""


class Mortal:
    """The operating system, until the k-th change that it is asked for."""

    def __init__(self, calls):
        self.left = calls

    def __getattr__(self, name):
        real = getattr(os, name)
        if name not in ("mkdir", "rename", "replace", "rmdir", "unlink", "fsync"):
            return real

        def call(*args, **named):
            self.left -= 1
            if self.left < 0:
                raise Killed
            return real(*args, **named)

        return call


def night(inbox):
    """Claim three files, and archive them in three ways."""
    inbox.claim(RUN, ["a.csv", "b.csv", "c.csv"], again=True)
    for name, where, reason in (("a.csv", "done", ""), ("b.csv", "rejected", "No."), ("c.csv", "held", "It shrank.")):
        inbox.archive(RUN, name, where, reason)


def killed(monkeypatch, calls, work):
    """Whether the work was killed."""
    mortal = Mortal(calls)
    with monkeypatch.context() as patched:
        for place in (module, moving, why):
            patched.setattr(place, "os", mortal)
        try:
            work()
        except Killed:
            return True
    return False


def test_a_kill_at_any_change_loses_nothing_and_does_nothing_twice(tmp_path, monkeypatch):
    expected = {
        f"done/{RUN}/a.csv": "of a.csv",
        f"rejected/{RUN}/b.csv": "of b.csv",
        f"rejected/{RUN}/b.csv.why.txt": "No.\n",
        f"held/{RUN}/c.csv": "of c.csv",
        f"held/{RUN}/c.csv.why.txt": "It shrank.\n",
    }
    monkeypatch.setattr(os, "fsync", lambda _: None)
    for calls in range(500):
        inbox = Inbox(tmp_path / str(calls))
        inbox.folder.mkdir()
        drop(inbox.folder, "a.csv", "b.csv", "c.csv")
        was_killed = killed(monkeypatch, calls, lambda inbox=inbox: night(inbox))
        found = files(inbox.folder)
        assert sorted(Path(path).name for path in found if path.endswith(".csv")) == ["a.csv", "b.csv", "c.csv"]
        night_after(inbox)
        assert files(inbox.folder) == expected, calls
        assert not (inbox.folder / "taken" / RUN).exists()
        if not was_killed:
            break
    assert 20 < calls < 100


def night_after(inbox):
    """As the next pass does: a claim that the book does not know to be over goes on, and so does each archive."""
    if not (inbox.folder / "done").exists():
        inbox.claim(RUN, ["a.csv", "b.csv", "c.csv"], again=True)
    for name, where, reason in (("a.csv", "done", ""), ("b.csv", "rejected", "No."), ("c.csv", "held", "It shrank.")):
        assert inbox.archive(RUN, name, where, reason)


def test_a_kill_while_a_file_is_released_loses_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)
    for calls in range(100):
        inbox = Inbox(tmp_path / str(calls))
        inbox.folder.mkdir()
        drop(inbox.folder, "a.csv")
        inbox.claim(RUN, ["a.csv"])
        inbox.archive(RUN, "a.csv", "held", "It shrank.")
        was_killed = killed(monkeypatch, calls, lambda inbox=inbox: inbox.release("a.csv"))
        if inbox.held():
            inbox.release("a.csv")
        assert files(inbox.folder) == {"a.csv": "of a.csv"}
        if not was_killed:
            break
    assert 3 < calls < 20
