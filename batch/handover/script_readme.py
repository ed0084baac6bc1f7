"""How a person runs the script, step by step: the ``README.txt`` beside it."""

from __future__ import annotations

from collections.abc import Sequence

from batch.core.handed import Cover
from batch.core.harmless import one_line
from batch.handover.commands import collect_command

#: Jobs whose command is written out.
_LISTED = 3
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
_TEXT = """\
{title}
{tenant}
Run {run}, handover {handover}

Move-Licenses.ps1 moves people from one licence to another: for each person one call that gives the new licences and
takes the old ones away. It reads each person first and leaves alone whoever is done already, or was changed by
somebody else since the plan was made. It is the same script for every plan; who moves stands in changes.csv and
changes.json, which it only reads.

Windows (Windows PowerShell 5.1, or PowerShell 7)
-------------------------------------------------
1. Once, on this computer:
     Install-Module Microsoft.Graph.Authentication -Scope CurrentUser
2. Open PowerShell in this folder. If Windows does not let scripts run, then for this window only:
     Set-ExecutionPolicy -Scope Process RemoteSigned
     Unblock-File .\\Move-Licenses.ps1
{steps}\
   It asks you to sign in, and once whether to begin. The account needs the role License administrator (or User
   administrator), and the rights LicenseAssignment.ReadWrite.All and User.Read.All have to be consented to.
4. Take back what was done, on the computer that made this folder:
{collect}

macOS and Linux: the same with PowerShell 7 (pwsh) and / in place of \\.

A scheduled task, where nobody can be asked
-------------------------------------------
     powershell.exe -NoProfile -NonInteractive -Command "& 'C:\\FOLDER\\Move-Licenses.ps1' -TenantId ID -ClientId ID
       -CertificateThumbprint THUMBPRINT -Confirm:$false; exit $LASTEXITCODE"
   (one line; with -File in place of -Command, Windows PowerShell 5.1 cannot pass -Confirm:$false on). On a machine in
   Azure with a managed identity: -Identity in place of the three.
   Exit codes: 0 all done, 3 done in part (start it again), 2 files changed or nobody could be asked, 5 taken back,
   7 runs already, 8 sign-in or rights, 1 unexpected.

Good to know
------------
- Do not open changes.csv or changes.json with Excel and save them: the script refuses files that were changed.
- results.csv is written person by person while the script runs, so it may be stopped at any time (Ctrl-C) and started
  again. Do not change it either; a copy of it may be opened. results.lock keeps two copies of the script apart; it is
  empty.
- All of the script's options: Get-Help .\\Move-Licenses.ps1 -Full
- The script as it was handed over has the SHA-256 {sha256}
     (Get-FileHash .\\Move-Licenses.ps1 shows it.)
"""


def readme(cover: Cover, folders: Sequence[str], sha256: str) -> str:
    """The text, with CRLF. ``folders``: of the jobs, relative to the script's; ``sha256``: of the script."""
    several = len(folders) > 1
    steps = _SEVERAL.format(jobs=len(folders), first=folders[0], last=folders[-1]) if several else _ONE
    files = [f"{folder}/results.csv" if folder else "results.csv" for folder in folders]
    shown = files[:_LISTED]
    commands = [f"     {one_line(collect_command(cover, file))}" for file in shown]
    if len(files) > len(shown):
        commands.append(f"   and so on, up to {files[-1]}")
    text = _TEXT.format(
        title=one_line(cover.title),
        tenant=one_line(cover.tenant),
        run=one_line(cover.run),
        handover=cover.handover,
        steps=steps,
        collect="\n".join(commands),
        sha256=sha256,
    )
    return text.replace("\n", "\r\n")
