"""The CronJob: read back by a reader of the little YAML that is in it, and by kubectl where it is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import time

import pytest

from batch.core.errors import UsageError
from batch.schedules import kubernetes
from batch.schedules.task import Start
from tests.schedules.conftest import AMSTERDAM, task

KUBECTL = shutil.which("kubectl")
TWO = (Start(time(22, 15), "Europe/Amsterdam"), Start(time(2), "America/New_York"))


def documents(text):
    """The documents of a YAML text of block mappings, block lists and JSON values."""
    return [parsed(body) for body in text.split("---\n")]


def parsed(text):
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    value, rest = block([(len(line) - len(line.lstrip()), line.strip()) for line in lines])
    assert not rest
    return value


def block(lines):
    """The value that begins with the first line, and the lines behind it."""
    depth = lines[0][0]
    if lines[0][1].startswith("- "):
        items = []
        while lines and lines[0][0] == depth and lines[0][1].startswith("- "):
            item, lines = block([(depth + 2, lines[0][1][2:]), *lines[1:]])
            items.append(item)
        return items, lines
    found = {}
    while lines and lines[0][0] == depth:
        key, text = re.fullmatch(r"([\w./-]+):(?: (.+))?", lines[0][1]).groups()
        assert key not in found
        if text is None:
            assert lines[1][0] > depth or lines[1][1].startswith("- ")
            found[key], lines = block(lines[1:])
        else:
            found[key], lines = scalar(text), lines[1:]
    assert not lines or lines[0][0] < depth
    return found, lines


def scalar(text):
    """A JSON value, or a word that YAML takes for text."""
    try:
        return json.loads(text)
    except ValueError:
        assert re.fullmatch(r"[A-Za-z][\w./-]*", text)
        assert text.lower() not in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
        return text


def jobs(**more):
    (file,) = kubernetes.schedule(task(**more)).files
    return documents(file.text)


def test_the_pod_is_closed_off_and_the_nights_come_one_by_one():
    (job,) = jobs()
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    spec = job["spec"]
    assert (spec["schedule"], spec["timeZone"]) == ("0 2 * * *", "Europe/Amsterdam")
    assert spec["concurrencyPolicy"] == "Forbid"
    assert spec["startingDeadlineSeconds"] > 100  # less, and the controller may miss it
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    assert (pod["restartPolicy"], pod["terminationGracePeriodSeconds"]) == ("Never", 900)
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["envFrom"] == [{"secretRef": {"name": "license-reassign-nightly-env", "optional": True}}]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


def test_the_command_names_the_folders_of_the_container():
    (job,) = jobs(command=("/x/reassign", "nightly", "--jobs", "/a", "--nights", "/b", "--metrics", "/c", "--quiet"))
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
    words = container["command"]
    assert words[:2] == ["reassign", "nightly"]
    assert {words[words.index("--jobs") + 1], words[words.index("--nights") + 1]} <= set(mounts)
    assert words[words.index("--metrics") + 1].startswith(words[words.index("--nights") + 1])
    assert words[-1] == "--quiet"


def test_each_start_has_a_job_of_its_own_with_names_that_fit():
    found = jobs(starts=TWO, name="n" * 50)
    assert [job["metadata"]["name"] for job in found] == ["n" * 50, "n" * 50 + "-2"]
    assert max(len(job["metadata"]["name"]) for job in found) <= 52
    assert [job["spec"]["timeZone"] for job in found] == ["Europe/Amsterdam", "America/New_York"]
    assert "timeZone" not in jobs(starts=(Start(time(2)),))[0]["spec"]


def test_a_night_that_kubernetes_leaves_out_is_told():
    told = " ".join(kubernetes.schedule(task(here=AMSTERDAM)).notes)
    assert "2027-03-28" in told
    assert "--at 01:30" in told
    assert "2027" not in " ".join(kubernetes.schedule(task(starts=TWO[:1])).notes)


@pytest.mark.parametrize("image", ["a b", 'x"\n', "x: y", "é"])
def test_what_is_no_image_is_refused(image):
    with pytest.raises(UsageError):
        kubernetes.schedule(task(image=image))


@pytest.mark.skipif(KUBECTL is None, reason="kubectl is not on this machine")
def test_kubectl_reads_the_same_and_knows_every_field(placed):
    """``label`` gives back all that is written, ``set image`` only what the API has fields for."""
    (path,) = placed(kubernetes.schedule(task(image="registry.example/reassign:1.0")))
    (written,) = documents(path.read_text("utf-8"))

    def asked(*words):
        done = subprocess.run(
            [KUBECTL, *words, "--local", "-f", str(path), "-o", "json"], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)

    assert asked("label", "app.kubernetes.io/name=license-reassign", "--overwrite") == written
    known = asked("set", "image", "nightly=other")
    assert contains(known, json.loads(json.dumps(written).replace("registry.example/reassign:1.0", "other")))


def contains(whole, part):
    """Whether all of ``part`` is in ``whole``."""
    if isinstance(part, dict):
        return all(key in whole and contains(whole[key], value) for key, value in part.items())
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(contains, whole, part))
    return whole == part
