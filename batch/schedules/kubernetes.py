"""Kubernetes: a CronJob (batch/v1). The reference of its API, and the Pod Security Standards ("restricted")."""

from __future__ import annotations

import json
import re

from batch.core.errors import UsageError
from batch.core.harmless import in_shell, legible
from batch.schedules.clocks import jumped_over
from batch.schedules.sealing import SEAL, sealed
from batch.schedules.task import LONGEST_HOURS, STOPPING_MINUTES, File, Schedule, Start, Task

#: Where everything lies in the container.
BASE = "/var/lib/license-reassign"
IMAGE = "license-reassign:latest"

_IMAGE = re.compile(r"[\w.:/@-]{1,500}", re.ASCII)
#: A night that the cluster could not begin in time is still begun so many seconds later.
_LATE = 6 * 3600

_HEADER = """\
# {seal}
# A pass of the nights of license-reassign: what is open is carried on, then what lies in the inboxes is taken.
#
# It needs, in the same namespace:
#   configmap {name}-jobs         the job files (their folders are named from {base}/jobs)
#   secret {name}-env             AZURE_* and REASSIGN_* variables for sign-in, mail and webhooks; may be left out
#   persistentvolumeclaim {name}-nights   the folder of the nights; one that several nodes mount is not needed
#   persistentvolumeclaim {name}-inbox    where files are dropped: {base}/inbox
#
# Kubernetes calls every exit code but 0 a failure, and there is no shell in between that would say otherwise. 3 means
# that something goes on with the next night, and 4 that something waits for a person: look at the exit code of the
# container, or better ask the nights themselves: reassign nightly --check-last 26h
"""

_JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {name}
  labels:
    app.kubernetes.io/name: license-reassign
    app.kubernetes.io/instance: {instance}
spec:
  schedule: {schedule}
{zone}  concurrencyPolicy: Forbid
  startingDeadlineSeconds: {late}
  successfulJobsHistoryLimit: 7
  failedJobsHistoryLimit: 7
  jobTemplate:
    spec:
      # The next night carries on: starting again at once would only repeat what failed.
      backoffLimit: 0
      activeDeadlineSeconds: {longest}
      template:
        metadata:
          labels:
            app.kubernetes.io/name: license-reassign
        spec:
          restartPolicy: Never
          # Told to stop, it ends between two groups.
          terminationGracePeriodSeconds: {stopping}
          automountServiceAccountToken: false
          enableServiceLinks: false
          securityContext:
            runAsNonRoot: true
            runAsUser: 10001
            runAsGroup: 10001
            fsGroup: 10001
            fsGroupChangePolicy: OnRootMismatch
            seccompProfile:
              type: RuntimeDefault
          containers:
            - name: nightly
              image: {image}
              command: {command}
              workingDir: {base}
              env:
                - name: HOME
                  value: "/tmp"
                - name: PYTHONDONTWRITEBYTECODE
                  value: "1"
                - name: REASSIGN_DATA
                  value: {data}
              envFrom:
                - secretRef:
                    name: {secret}
                    optional: true
              securityContext:
                allowPrivilegeEscalation: false
                readOnlyRootFilesystem: true
                capabilities:
                  drop: ["ALL"]
              resources:
                requests:
                  cpu: "250m"
                  memory: "512Mi"
                limits:
                  memory: "2Gi"
              volumeMounts:
                - name: jobs
                  mountPath: {jobs}
                  readOnly: true
                - name: nights
                  mountPath: {nights}
                - name: inbox
                  mountPath: {inbox}
                - name: tmp
                  mountPath: "/tmp"
          volumes:
            - name: jobs
              configMap:
                name: {shared}-jobs
            - name: nights
              persistentVolumeClaim:
                claimName: {shared}-nights
            - name: inbox
              persistentVolumeClaim:
                claimName: {shared}-inbox
            - name: tmp
              emptyDir: {{}}
"""


def names(name: str) -> tuple[str, ...]:
    """The file of a schedule of this name."""
    return (f"{name}.yaml",)


def schedule(task: Task) -> Schedule:
    """The CronJob, one for each start. ``UsageError`` for an image that cannot be one."""
    (file,) = names(task.name)
    path = f"{task.to}/{file}"
    jobs = [_job(task, start, number) for number, start in enumerate(task.starts, 1)]
    header = _HEADER.format(seal=SEAL, name=task.name, base=BASE)
    return Schedule(
        files=(File(name=file, text=sealed(header + "---\n".join(jobs))),),
        before=(
            f"kubectl create configmap {task.name}-jobs --from-file={in_shell(task.jobs)}",
            f"kubectl create secret generic {task.name}-env --from-env-file=env",
        ),
        switch_on=(
            f"kubectl apply -f {in_shell(path)}",
            *(f"kubectl get cronjob {_name(task, number)}" for number in range(1, len(jobs) + 1)),
        ),
        notes=tuple(_notes(task)),
    )


def command(task: Task) -> list[str]:
    """The command in the container: paths of this machine mean nothing there."""
    words = ["reassign", "nightly", "--jobs", f"{BASE}/jobs", "--nights", f"{BASE}/nights"]
    if "--metrics" in task.command:
        words += ["--metrics", f"{BASE}/nights/metrics.prom"]
    return [*words, "--quiet", *(("--", *task.only) if task.only else ())]


def _name(task: Task, number: int) -> str:
    return task.name if number == 1 else f"{task.name}-{number}"


def _job(task: Task, start: Start, number: int) -> str:
    """One CronJob. Values are JSON strings, which YAML takes as they are."""
    return _JOB.format(
        name=_said(_name(task, number)),
        instance=_said(task.name),
        schedule=_said(f"{start.at.minute} {start.at.hour} * * *"),
        zone=f"  timeZone: {_said(start.zone)}\n" if start.zone else "",
        late=_LATE,
        longest=LONGEST_HOURS * 3600,
        stopping=STOPPING_MINUTES * 60,
        image=_said(_image(task.image)),
        command=json.dumps(command(task), ensure_ascii=False),
        base=_said(BASE),
        data=_said(f"{BASE}/nights/data"),
        secret=_said(f"{task.name}-env"),
        jobs=_said(f"{BASE}/jobs"),
        nights=_said(f"{BASE}/nights"),
        inbox=_said(f"{BASE}/inbox"),
        shared=task.name,
    )


def _said(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _image(name: str) -> str:
    if name and not _IMAGE.fullmatch(name):
        raise UsageError(
            f"“{legible(name)[:60]}” is no name of an image.", "Write it like registry.example/reassign:1.0"
        )
    return name or IMAGE


def _notes(task: Task) -> list[str]:
    notes = [
        f'In the container the jobs lie in {BASE}/jobs and the inbox is {BASE}/inbox: write folder = "../inbox" in '
        "[inbox] of a job.",
        "Every exit code but 0 is a failed Job there, 3 and 4 as well; the nights themselves know better: "
        "reassign nightly --check-last 26h",
        "What the page and messages ask for needs a pod with the same folders: write one with kubectl create job "
        f"by-hand --from=cronjob/{task.name} --dry-run=client -o yaml > by-hand.yaml, put the words after reassign in "
        "place of those in its command, then kubectl apply -f by-hand.yaml",
    ]
    if not task.image:
        notes.append(f"It starts the image {IMAGE}; name your own: --image NAME")
    for start in task.starts:
        if not start.zone:
            notes.append(
                f"{start} is meant by the clock of the cluster, mostly UTC; another: --timezone Europe/Amsterdam"
            )
        elif gaps := jumped_over(start.at, task.zone_of(start), task.now.date(), 1):
            notes.append(
                f"On {gaps[0]:%Y-%m-%d} the clock jumps over {start}, and Kubernetes leaves that night out (the next "
                "one says so). Another time that is never jumped over: --at 01:30"
            )
    return notes
