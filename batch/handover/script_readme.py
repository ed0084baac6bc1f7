"""How a person runs the script, step by step: the ``README.txt`` beside it."""

from __future__ import annotations

from collections.abc import Sequence

from batch.core.handed import Cover
from batch.core.harmless import one_line
from batch.handover.commands import collect_command

_ONE = """\
3. Look first; nothing is sent and nothing is written:
     .\\Move-Licenses.ps1 -WhatIf
   Try it with a few people, then do the rest (start it again as often as you like: who is done is skipped):
     .\\Move-Licenses.ps1 -First 5
     .\\Move-Licenses.ps1
"""
_SEVERAL = """\
3. The work is cut into {jobs} jobs, each in a folder of its own. Do them one after the other, from the first: then
   the licences suffice. Look first; nothing is sent and nothing is written:
     .\\Move-Licenses.ps1 -InputFolder .\\{first} -WhatIf
   Try it with a few people, then do the rest (start it again as often as you like: who is done is skipped):
     .\\Move-Licenses.ps1 -InputFolder .\\{first} -First 5
     .\\Move-Licenses.ps1 -InputFolder .\\{first}
   Then the next ones, up to .\\{last}.
"""
_MORE = """\
   Each job has a results.csv of its own; several may be named one behind the other, in any order.
"""
_TEXT = """\
{title}
{tenant}
Run {run}, handover {handover}

Move-Licenses.ps1 moves people from one licence to another: for each person one call that gives the new licences and
takes the old ones away. It reads each person first and leaves alone whoever is done already, or was changed by
somebody else since the plan was made. It is the same script for every plan; who moves stands in changes.csv and
changes.json, which it only reads.

What you need
-------------
- Windows PowerShell 5.1 (on every Windows; it needs .NET Framework 4.7.2), or PowerShell 7.
- An account with the role License administrator (or User administrator). The first time, somebody who may grant it
  has to consent to LicenseAssignment.ReadWrite.All and User.Read.All; where usage locations are set as well, to
  User.ReadWrite.All in place of the latter.
- All of this folder, in a place where you may write.

Windows, step by step
---------------------
1. Once, on this computer (answer Y when it asks about NuGet or PSGallery):
     Install-Module Microsoft.Graph.Authentication -Scope CurrentUser
2. Open PowerShell in this folder, and let what was downloaded run, in this window only:
     Set-ExecutionPolicy -Scope Process RemoteSigned
     Unblock-File .\\Move-Licenses.ps1
   If it still says that running scripts is disabled, your organisation has set that: ask whoever runs the computers.
{steps}\
   A window asks you to sign in, and the script asks once whether to begin.
   Stop it with Ctrl-C whenever you have to. The same command goes on where it was, also after a crash.
4. What became of each person stands in results.csv{beside}: applied and already are done; refused, changed (by
   somebody else) and gone need a look, and are left alone unless you say -Again; gave_up and doubt go on when you
   start the script again.
   Send results.csv back as it is, at any time. Whoever made this folder takes it in (FILE: where it was saved):
     {collect}
{more}
macOS and Linux: the same with PowerShell 7 (pwsh) and / in place of \\.

A scheduled task, where nobody can be asked
-------------------------------------------
Register an app with the same two rights as application permissions, and consent to them as an administrator. Then, in
one line (FOLDER is this folder, with its whole path):
     powershell.exe -NoProfile -NonInteractive -Command "& 'FOLDER\\Move-Licenses.ps1'{input}
       -TenantId ID -ClientId ID -CertificateThumbprint THUMBPRINT -Confirm:$false; exit $LASTEXITCODE"
On a machine in Azure with a managed identity: -Identity in place of the three.
Exit codes: 0 all done, 3 done in part (start it again), 2 files changed or nobody could be asked, 5 taken back, 7 runs
already, or results.csv is open in another program, 8 sign-in or rights, 1 unexpected.

Good to know
------------
- Do not open changes.csv or changes.json with Excel and save them: the script refuses files that were changed. Nor
  results.csv: rows that were changed are not believed. Open a copy. results.lock keeps two copies of the script apart;
  it is empty.
- All of the script's options: Get-Help .\\Move-Licenses.ps1 -Full
- The script as it was handed over has the SHA-256 {sha256}
     (Get-FileHash .\\Move-Licenses.ps1 shows it.)
"""


def readme(cover: Cover, folders: Sequence[str], sha256: str) -> str:
    """The text, with CRLF. ``folders``: of the jobs, relative to the script's; ``sha256``: of the script."""
    several = len(folders) > 1
    steps = _SEVERAL.format(jobs=len(folders), first=folders[0], last=folders[-1]) if several else _ONE
    text = _TEXT.format(
        title=one_line(cover.title),
        tenant=one_line(cover.tenant),
        run=one_line(cover.run),
        handover=cover.handover,
        steps=steps,
        collect=one_line(collect_command(cover)),
        more=_MORE if several else "",
        beside=" of each job" if several else "",
        input=f" -InputFolder 'FOLDER\\{folders[0]}'" if several else "",
        sha256=sha256,
    )
    return text.replace("\n", "\r\n")
