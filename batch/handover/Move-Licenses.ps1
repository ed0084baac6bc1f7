#Requires -Version 5.1
#Requires -Modules @{ ModuleName = 'Microsoft.Graph.Authentication'; ModuleVersion = '2.0.0' }

<#
.SYNOPSIS
    Moves people from one Microsoft 365 licence to another, as changes.csv and changes.json beside this script say.

.DESCRIPTION
    For each person one call gives the new licences and takes the old ones away, so nobody is ever without. Each person
    is read first: whoever is done already is skipped, and whoever was changed by somebody else since the plan was made
    is left alone.

    This text is the same for every plan. Who moves, and to what, stands in changes.csv and changes.json, which are
    only read; when one of them was edited, nothing is sent.

    What becomes of each person is written to results.csv at once, person by person. So the script may be stopped at any
    time (Ctrl-C) and started again: it goes on where it was. Take the results back with: reassign collect RUN results.csv

    When the seats of a product run out, it stops after that group. Start it again when there are seats.

    It asks once whether to begin. -WhatIf looks at everybody and says what would happen; it sends and writes nothing.
    -Confirm:$false does not ask, for a scheduled task.

.PARAMETER InputFolder
    The folder with changes.csv and changes.json. Without it, the folder of this script.

.PARAMETER First
    Only the first so many of the people who are still to be done. 0, as without it: all of them.

.PARAMETER GroupSize
    How many people are sent together at most, 1 to 20.

.PARAMETER OneByOne
    Change each person with a Set-MgUserLicense of its own in place of batches. Slower. It needs the module
    Microsoft.Graph.Users.Actions. Versions 2.26 and 2.27 of it were seen to send nothing and not to say so, so each
    person is read again before it counts as moved.

.PARAMETER Again
    Also those whom results.csv shows as refused, changed by somebody else, or gone.

.PARAMETER TenantId
    The id of the tenant to sign in to. Not needed where changes.json names it; the script works in no other then.

.PARAMETER ClientId
    The id of your own app registration; with -Identity, of a user-assigned managed identity.

.PARAMETER CertificateThumbprint
    Sign in as the app -ClientId with this certificate, in place of asking a person.

.PARAMETER Identity
    Sign in with the managed identity of this machine in Azure.

.PARAMETER UseDeviceCode
    Sign in with a code on another device, where no browser can be opened here.

.PARAMETER Environment
    Which of Microsoft's clouds to sign in to.

.PARAMETER MaxTries
    How often to try the people of one group when the service is busy or its answer is lost.

.PARAMETER MaxWait
    How many seconds to wait at most before the next try. Where the service asks for more, the script ends; start it
    again later.

.EXAMPLE
    .\Move-Licenses.ps1 -WhatIf

    Signs in, reads everybody and says what would happen. Nothing is sent, nothing is written.

.EXAMPLE
    .\Move-Licenses.ps1 -First 5

    Moves the first five people. Start it again for the others.

.EXAMPLE
    .\Move-Licenses.ps1 -InputFolder .\job-002

    Carries out the second of several jobs.

.EXAMPLE
    .\Move-Licenses.ps1 -ClientId 11111111-2222-3333-4444-555555555555 -CertificateThumbprint 0123456789ABCDEF0123456789ABCDEF01234567 -Confirm:$false

    As a scheduled task: signs in with a certificate, and asks nobody.

.EXAMPLE
    .\Move-Licenses.ps1 -Identity -Confirm:$false

    On a machine in Azure with a managed identity.

.EXAMPLE
    powershell.exe -NoProfile -NonInteractive -Command "& 'C:\Jobs\Move-Licenses.ps1' -Identity -Confirm:$false; exit $LASTEXITCODE"

    The whole line of a scheduled task. Windows PowerShell 5.1 cannot pass -Confirm:$false on with -File; PowerShell 7 can.

.NOTES
    Runs in Windows PowerShell 5.1 and PowerShell 7, with Microsoft.Graph.Authentication 2.0 or later.

    Rights: LicenseAssignment.ReadWrite.All and User.Read.All; User.ReadWrite.All in place of the latter where a usage
    location has to be set first. A person needs the role License administrator or User administrator.

    Exit codes: 0 everybody of this job is done; 3 in part, start it again; 2 files were changed, or nobody could be
    asked; 5 the handover was taken back; 7 a copy is at work here, or results.csv is open in another program; 8 signing
    in or the rights did not suffice, or it is another tenant; 1 anything unexpected.

.LINK
    https://learn.microsoft.com/graph/api/user-assignlicense

.LINK
    https://learn.microsoft.com/powershell/microsoftgraph/installation
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'High', DefaultParameterSetName = 'Interactive')]
param(
    [Parameter(Position = 0)]
    [string] $InputFolder,

    [switch] $OneByOne,

    [switch] $Again,

    [ValidateRange(0, 2147483647)]
    [int] $First = 0,

    [ValidateRange(1, 20)]
    [int] $GroupSize = 20,

    [ValidatePattern('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')]
    [string] $TenantId,

    [Parameter(ParameterSetName = 'Interactive')]
    [Parameter(ParameterSetName = 'Certificate', Mandatory = $true)]
    [Parameter(ParameterSetName = 'Identity')]
    [ValidatePattern('^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')]
    [string] $ClientId,

    [Parameter(ParameterSetName = 'Certificate', Mandatory = $true)]
    [ValidatePattern('^[0-9a-fA-F]{40}$')]
    [string] $CertificateThumbprint,

    [Parameter(ParameterSetName = 'Identity', Mandatory = $true)]
    [switch] $Identity,

    [Parameter(ParameterSetName = 'Interactive')]
    [switch] $UseDeviceCode,

    [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')]
    [string] $Environment = 'Global',

    [ValidateRange(1, 20)]
    [int] $MaxTries = 6,

    [ValidateRange(1, 3600)]
    [int] $MaxWait = 300
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# The first line of results.csv, and how many cells each line has.
$script:Header = '"Time","Change","Group","UserId","UserPrincipalName","Outcome","Status","Code","Message","Tries","Job","Check"'
$script:Cells = 12
$script:Utf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false

# -WhatIf: nothing is sent and nothing is written. It must not leak into anything else, so it is asked for by this name.
$script:Trial = [bool] $WhatIfPreference
$script:StopCode = -1
$script:StopMessage = ''
$script:Lock = $null
$script:Stream = $null
$script:Path = ''
# The check that the next line of results.csv goes on from.
$script:Chain = ''
# Outcome of each change that results.csv knows, and how often each outcome came about in this run.
$script:Outcomes = @{}
$script:Counts = @{}
$script:Job = $null
$script:NextId = 0
# Whether the service ever let us read, and change, somebody in this run.
$script:ReadWorked = $false
$script:WriteWorked = $false
# People whom we may not change, since we could last change somebody.
$script:Forbidden = New-Object -TypeName System.Collections.ArrayList
# Groups in a row of which nobody came through.
$script:Barren = 0
$script:Watch = [System.Diagnostics.Stopwatch]::StartNew()

function Exit-Script {
    # Ends the script with this exit code and these words, once everything that is open was closed.
    param([int] $Code, [string] $Message)
    $script:StopCode = $Code
    $script:StopMessage = $Message
    throw 'The script ends here.'
}

# --- Values from elsewhere: JSON as objects or as hashtables, .NET objects, nothing at all ---

function Test-Field {
    # Whether there is a value of this name in an object or a hashtable.
    param([object] $From, [string] $Name)
    if ($null -eq $From) {
        return $false
    }
    if ($From -is [System.Collections.IDictionary]) {
        foreach ($key in @($From.Keys)) {
            if ([string] $key -eq $Name) {
                return $true
            }
        }
        return $false
    }
    return ($null -ne $From.PSObject.Properties[$Name])
}

function Get-Field {
    # The value of this name, in any case, in an object or a hashtable; nothing where there is none.
    param([object] $From, [string] $Name)
    if ($null -eq $From) {
        return $null
    }
    if ($From -is [System.Collections.IDictionary]) {
        foreach ($key in @($From.Keys)) {
            if ([string] $key -eq $Name) {
                return $From[$key]
            }
        }
        return $null
    }
    $property = $From.PSObject.Properties[$Name]
    if ($null -eq $property) {
        return $null
    }
    return $property.Value
}

function Get-List {
    # The items of the list of this name, one by one. To be called as @(Get-List ...).
    param([object] $From, [string] $Name)
    foreach ($item in @(Get-Field -From $From -Name $Name)) {
        if ($null -ne $item) {
            $item
        }
    }
}

function Get-Id {
    # An id of this name, in lower case: the service answers in either case.
    param([object] $From, [string] $Name)
    return ([string] (Get-Field -From $From -Name $Name)).ToLowerInvariant()
}

function Get-PlansOff {
    # The service plans that are off in a licence, sorted, as one text: so two licences can be compared.
    param([object] $Licence)
    $plans = @(Get-List -From $Licence -Name 'disabledPlans' | ForEach-Object { ([string] $_).ToLowerInvariant() } | Sort-Object -Unique)
    return ($plans -join ',')
}

function Split-Plans {
    # The service plans of such a text, one by one. To be called as @(Split-Plans ...).
    param([string] $Text)
    foreach ($plan in $Text.Split(',')) {
        if ($plan -ne '') {
            $plan
        }
    }
}

function Get-Flat {
    # The text on one line: each control character becomes a blank.
    param([string] $Text)
    return ($Text -replace '[\x00-\x1f\x7f\x85\u2028\u2029]', ' ')
}

function Get-Cell {
    # The text as a cell: on one line, not too long, and with an apostrophe in front where a spreadsheet would take it
    # for a formula.
    param([string] $Text, [int] $Most)
    $flat = Get-Flat -Text $Text
    if ($flat.Length -gt $Most) {
        $flat = $flat.Substring(0, $Most)
    }
    if ($flat -match '^[\s"''`\u00b4\u2018\u2019\u201c\u201d\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b]') {
        return ("'" + $flat)
    }
    return $flat
}

function Get-Sha256 {
    # SHA-256 as 64 hexadecimal digits in lower case.
    param([byte[]] $Bytes)
    $sha = [System.Security.Cryptography.SHA256]::Create()
    try {
        $hash = $sha.ComputeHash($Bytes)
    }
    finally {
        $sha.Dispose()
    }
    return [System.BitConverter]::ToString($hash).Replace('-', '').ToLowerInvariant()
}

function Get-Check {
    # The check of a line of results.csv, over the check before it and the line's own fields.
    param([string] $Before, [string[]] $Fields)
    $text = (@($Before) + $Fields) -join [string] [char] 0x1f
    return (Get-Sha256 -Bytes ($script:Utf8.GetBytes($text))).Substring(0, 32)
}

# --- The job: what changes.csv and changes.json say ---

function Read-JobFile {
    # The job in this folder. Ends the script when a file is missing, or is not as it was handed over.
    param([string] $Folder)
    $jsonPath = [System.IO.Path]::Combine($Folder, 'changes.json')
    $csvPath = [System.IO.Path]::Combine($Folder, 'changes.csv')
    $sumPath = [System.IO.Path]::Combine($Folder, 'changes.json.sha256')
    foreach ($path in @($jsonPath, $csvPath, $sumPath)) {
        if (-not [System.IO.File]::Exists($path)) {
            Exit-Script -Code 2 -Message ('There is no file ' + $path + '. Say with -InputFolder which folder has the job, for example -InputFolder .\job-001.')
        }
    }
    $bytes = [System.IO.File]::ReadAllBytes($jsonPath)
    $digest = Get-Sha256 -Bytes $bytes
    $said = [System.IO.File]::ReadAllText($sumPath).Trim()
    if ($said -notmatch '^[0-9a-fA-F]{64}\b' -or $said.Substring(0, 64) -ne $digest) {
        Exit-Script -Code 2 -Message ($jsonPath + ' is not as it was handed over. Nothing was sent. Copy the folder again, or hand over again.')
    }
    $data = ConvertFrom-Json -InputObject ($script:Utf8.GetString($bytes))
    if ([string] (Get-Field -From $data -Name 'schema') -ne '1') {
        Exit-Script -Code 2 -Message ($jsonPath + ' is of a version that this script does not know. Use the script that was handed over with it.')
    }
    if ((Get-Sha256 -Bytes ([System.IO.File]::ReadAllBytes($csvPath))) -ne [string] (Get-Field -From $data -Name 'changes_sha256')) {
        Exit-Script -Code 2 -Message ($csvPath + ' is not as it was handed over (was it opened with Excel and saved?). Nothing was sent. Copy the folder again, or hand over again.')
    }
    return (ConvertTo-Job -Data $data -Digest $digest -Rows @(Import-Csv -LiteralPath $csvPath -Encoding UTF8))
}

function ConvertTo-Job {
    # The job as one object.
    param([object] $Data, [string] $Digest, [object[]] $Rows)
    if ($Rows.Count -ne [int] (Get-Field -From $Data -Name 'count')) {
        Exit-Script -Code 2 -Message 'changes.csv has not as many people as changes.json says. Nothing was sent. Hand over again.'
    }
    $kinds = @(foreach ($kind in @(Get-List -From $Data -Name 'kinds')) { ConvertTo-Kind -Data $kind })
    $loose = [string] (Get-Field -From $Data -Name 'address') -eq 'upn'
    return [pscustomobject] @{
        Digest   = $Digest
        Title    = Get-Flat -Text (Get-Field -From $Data -Name 'title')
        Run      = Get-Flat -Text (Get-Field -From $Data -Name 'run')
        TenantId = Get-Id -From $Data -Name 'tenant_id'
        Tenant   = Get-Flat -Text (Get-Field -From $Data -Name 'tenant_name')
        Names    = Get-Field -From $Data -Name 'names'
        # A plan from spreadsheets alone: its ids are its own, and it cannot know which licences come through groups.
        Loose    = $loose
        Places   = @($kinds | Where-Object { $_.Location -ne '' }).Count -gt 0
        People   = @(foreach ($row in $Rows) { ConvertTo-Person -Row $row -Kinds $kinds -Loose $loose })
    }
}

function ConvertTo-Kind {
    # What one kind of change takes and gives, and what people hold before it.
    param([object] $Data)
    $before = @{}
    foreach ($licence in @(Get-List -From $Data -Name 'before')) {
        $before[(Get-Id -From $licence -Name 'skuId')] = Get-PlansOff -Licence $licence
    }
    $adds = @{}
    $items = New-Object -TypeName System.Collections.ArrayList
    foreach ($licence in @(Get-List -From $Data -Name 'add')) {
        $sku = Get-Id -From $licence -Name 'skuId'
        $adds[$sku] = Get-PlansOff -Licence $licence
        [void] $items.Add(@{ skuId = $sku; disabledPlans = [string[]] @(Split-Plans -Text $adds[$sku]) })
    }
    $removes = [string[]] @(Get-List -From $Data -Name 'remove' | ForEach-Object { ([string] $_).ToLowerInvariant() })
    return [pscustomobject] @{
        Before    = $before
        Inherited = [string[]] @(Get-List -From $Data -Name 'inherited' | ForEach-Object { ([string] $_).ToLowerInvariant() })
        Adds      = $adds
        Removes   = $removes
        Touched   = [string[]] (@($adds.Keys) + $removes)
        Location  = [string] (Get-Field -From $Data -Name 'location')
        # Both lists always, also when empty: without one of them the service refuses.
        Body      = @{ addLicenses = $items.ToArray(); removeLicenses = $removes }
    }
}

function ConvertTo-Person {
    # One person of the job, with what is known of them so far.
    param([object] $Row, [object[]] $Kinds, [bool] $Loose)
    $number = [int] (Get-Field -From $Row -Name 'Kind')
    if ($number -lt 0 -or $number -ge $Kinds.Count) {
        Exit-Script -Code 2 -Message 'changes.csv names a kind of change that changes.json does not have. Nothing was sent. Hand over again.'
    }
    $userId = [string] (Get-Field -From $Row -Name 'UserId')
    $upn = [string] (Get-Field -From $Row -Name 'UserPrincipalName')
    $address = $userId
    if ($Loose) {
        $address = $upn
    }
    return [pscustomobject] @{
        Change   = [int] (Get-Field -From $Row -Name 'Change')
        Group    = [int] (Get-Field -From $Row -Name 'Group')
        UserId   = $userId
        Upn      = $upn
        Kind     = $Kinds[$number]
        Address  = $address
        Url      = Get-UserUrl -Address $address
        Done     = $false
        Tries    = 0
        # A call was sent, and nobody knows whether it took effect.
        Unclear  = $false
        # A cmdlet came back without an error; it counts once a look shows what was asked.
        Accepted = $false
        # The service said no; it counts once a look shows that nothing changed.
        Refused  = $false
        # It said no because there was no seat left of this product.
        Seatless = ''
        NoPlace  = $false
        Located  = $false
        Wait     = -1.0
        Status   = 0
        Code     = ''
        Message  = ''
    }
}

function Get-UserUrl {
    # The address of a user inside a batch; nothing in it can mean anything else there.
    param([string] $Address)
    if ($Address -match '^[A-Za-z0-9]') {
        return ('/users/' + [uri]::EscapeDataString($Address).Replace("'", '%27'))
    }
    return ("/users('" + [uri]::EscapeDataString($Address.Replace("'", "''")).Replace("'", '%27') + "')")
}

function Get-ProductName {
    # How people call a product.
    param([string] $Sku)
    $name = [string] (Get-Field -From $script:Job.Names -Name $Sku)
    if ($name -eq '') {
        return $Sku
    }
    return (Get-Flat -Text $name)
}

function Assert-NotRevoked {
    # Ends the script when the handover was taken back meanwhile.
    param([string] $Folder)
    $parent = [string] [System.IO.Path]::GetDirectoryName($Folder.TrimEnd('\', '/'))
    foreach ($place in @($Folder, $parent)) {
        if ($place -ne '' -and [System.IO.File]::Exists([System.IO.Path]::Combine($place, 'revoked.txt'))) {
            Exit-Script -Code 5 -Message ('This handover was taken back (revoked.txt in ' + $place + '), so nothing more is sent. Use the newest handover.')
        }
    }
}

# --- results.csv: what became of each person, line by line, each with a check over all before it ---

function Open-Results {
    # Takes the folder for this copy of the script alone, reads what earlier runs did, and opens results.csv to go on.
    param([string] $Folder)
    $script:Chain = $script:Job.Digest
    $path = [System.IO.Path]::Combine($Folder, 'results.csv')
    $script:Path = $path
    try {
        if (-not $script:Trial) {
            # A file of its own: results.csv itself may be read by others meanwhile.
            $script:Lock = [System.IO.File]::Open([System.IO.Path]::Combine($Folder, 'results.lock'), [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::None)
        }
        $bytes = [byte[]] @()
        if ([System.IO.File]::Exists($path)) {
            $bytes = [System.IO.File]::ReadAllBytes($path)
        }
        if (-not $script:Trial) {
            $script:Stream = [System.IO.File]::Open($path, [System.IO.FileMode]::OpenOrCreate, [System.IO.FileAccess]::ReadWrite, [System.IO.FileShare]::Read)
        }
    }
    catch {
        $reason = $_.Exception.GetBaseException()
        $code = 2
        if ($reason -is [System.IO.IOException]) {
            $code = 7
        }
        $what = 'written: a copy of this script is at work in this folder, another program has the file open, or it is write-protected'
        if ($script:Trial) {
            $what = 'read: a copy of this script is at work in this folder, another program has the file open, or you may not read it'
        }
        Exit-Script -Code $code -Message ('results.csv cannot be ' + $what + ' (' + $reason.Message + '). Nothing was sent.')
    }
    $fresh = Read-Results -Text ($script:Utf8.GetString($bytes).TrimStart([char] 0xFEFF))
    if ($script:Trial) {
        return
    }
    if ($fresh) {
        $script:Stream.SetLength(0)
        Write-Bytes -Bytes ($script:Utf8.GetBytes([string] [char] 0xFEFF + $script:Header + "`r`n"))
        return
    }
    [void] $script:Stream.Seek(0, [System.IO.SeekOrigin]::End)
    if ($bytes[$bytes.Length - 1] -ne 10) {
        # The last run was killed while it wrote a line.
        Write-Bytes -Bytes ($script:Utf8.GetBytes("`r`n"))
    }
}

function Read-Results {
    # Takes in what earlier runs wrote; says whether the file has to be begun.
    param([string] $Text)
    $head = $script:Header + "`r`n"
    if ($head.StartsWith($Text, [System.StringComparison]::Ordinal)) {
        return $true
    }
    if (-not $Text.StartsWith($head, [System.StringComparison]::Ordinal)) {
        Exit-Script -Code 2 -Message 'results.csv is not as this script writes it: another program saved it. Give it another name and start again; whoever is done already is found and skipped. Nothing was sent.'
    }
    $above = ''
    foreach ($line in ($Text.Substring($head.Length) -split '\r\n|\n|\r')) {
        $cells = @(Split-Line -Line $line)
        if ($cells.Count -ne $script:Cells) {
            continue
        }
        if ($cells[10] -ne $script:Job.Digest) {
            Exit-Script -Code 2 -Message 'results.csv is of another job. Give it another name, or move it away, and start again. Nothing was sent.'
        }
        $fields = [string[]] $cells[0..10]
        # Somebody may have edited one line: what was written after it still goes on from the check that stands there.
        if ((Get-Check -Before $script:Chain -Fields $fields) -eq $cells[11] -or (Get-Check -Before $above -Fields $fields) -eq $cells[11]) {
            $script:Chain = $cells[11]
            $script:Outcomes[$cells[1]] = $cells[5]
        }
        $above = $cells[11]
    }
    return $false
}

function Split-Line {
    # The cells of a line as this script writes it; none of any other line. To be called as @(Split-Line ...).
    param([string] $Line)
    if ($Line -notmatch '^"[^"]*(?:""[^"]*)*"(?:,"[^"]*(?:""[^"]*)*")*$') {
        return
    }
    foreach ($found in [regex]::Matches($Line, '"([^"]*(?:""[^"]*)*)"')) {
        $found.Groups[1].Value.Replace('""', '"')
    }
}

function Write-Bytes {
    # Writes to results.csv, through to the disk.
    param([byte[]] $Bytes)
    $script:Stream.Write($Bytes, 0, $Bytes.Length)
    $script:Stream.Flush($true)
}

function Write-Result {
    # Writes down what became of a person. With -WhatIf it is only counted.
    param([object] $Person, [string] $Outcome, [int] $Status, [string] $Code, [string] $Message)
    $Person.Done = $true
    $counted = $Outcome
    if ($Code -eq 'services_off') {
        $counted = $Code
    }
    $script:Counts[$counted] = 1 + [int] $script:Counts[$counted]
    if ($script:Trial) {
        return
    }
    $fields = [string[]] @(
        [System.DateTime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [System.Globalization.CultureInfo]::InvariantCulture)
        [string] $Person.Change
        [string] $Person.Group
        (Get-Cell -Text $Person.UserId -Most 1000)
        (Get-Cell -Text $Person.Upn -Most 1000)
        $Outcome
        [string] $Status
        (Get-Cell -Text $Code -Most 100)
        (Get-Cell -Text $Message -Most 500)
        [string] $Person.Tries
        $script:Job.Digest
    )
    $check = Get-Check -Before $script:Chain -Fields $fields
    $cells = @(foreach ($field in ($fields + $check)) { '"' + $field.Replace('"', '""') + '"' })
    Write-Bytes -Bytes ($script:Utf8.GetBytes(($cells -join ',') + "`r`n"))
    $script:Chain = $check
    $script:Outcomes[[string] $Person.Change] = $Outcome
}

function Close-Results {
    # Lets go of the files.
    if ($null -ne $script:Stream) {
        $script:Stream.Dispose()
        $script:Stream = $null
    }
    if ($null -ne $script:Lock) {
        $script:Lock.Dispose()
        $script:Lock = $null
    }
}

# --- Signing in ---

function Get-Needs {
    # The rights that the job needs; each line holds one, and those that include it.
    'LicenseAssignment.ReadWrite.All|User.ReadWrite.All|Directory.ReadWrite.All'
    if ($script:Job.Places) {
        'User.ReadWrite.All|Directory.ReadWrite.All'
    }
    else {
        'User.Read.All|User.ReadWrite.All|Directory.Read.All|Directory.ReadWrite.All'
    }
}

function Test-Session {
    # Whether the session that somebody signed in to before can be used as it is.
    param([string] $Tenant)
    $context = Get-MgContext
    if ($null -eq $context) {
        return $false
    }
    if ($Tenant -ne '' -and [string] (Get-Field -From $context -Name 'TenantId') -ne $Tenant) {
        return $false
    }
    if ($ClientId -ne '' -and [string] (Get-Field -From $context -Name 'ClientId') -ne $ClientId) {
        return $false
    }
    if ([string] (Get-Field -From $context -Name 'AuthType') -ne 'Delegated') {
        return $true
    }
    $granted = @(Get-List -From $context -Name 'Scopes' | ForEach-Object { [string] $_ })
    foreach ($need in @(Get-Needs)) {
        if (@($need.Split('|') | Where-Object { $granted -contains $_ }).Count -eq 0) {
            return $false
        }
    }
    return $true
}

function Connect-Tenant {
    # Signs in, or goes on with a session that is there, and makes sure that it is the right tenant.
    param([string] $Way)
    $tenant = $script:Job.TenantId
    if ($TenantId -ne '') {
        if ($tenant -ne '' -and $tenant -ne $TenantId) {
            Exit-Script -Code 8 -Message ('The changes are for the tenant ' + $tenant + ', not for ' + $TenantId + '. Nothing was sent.')
        }
        $tenant = $TenantId
    }
    if ($Way -ne 'Interactive' -or -not (Test-Session -Tenant $tenant)) {
        $how = Get-SignIn -Way $Way -Tenant $tenant
        try {
            # Shown, not swallowed: with a device code its output is what the person has to read.
            Connect-MgGraph @how | Out-Host
        }
        catch {
            Exit-Script -Code 8 -Message ('Signing in did not work: ' + (Get-Flat -Text $_.Exception.Message) + ' Nothing was sent.')
        }
    }
    $there = [string] (Get-Field -From (Get-MgContext) -Name 'TenantId')
    if ($there -eq '') {
        Exit-Script -Code 8 -Message 'It cannot be told which tenant we are signed in to. Nothing was sent.'
    }
    if ($tenant -ne '' -and $there -ne $tenant) {
        Exit-Script -Code 8 -Message ('Signed in to the tenant ' + $there + ', but the changes are for ' + $tenant + '. Sign in to that one (Disconnect-MgGraph, then start again). Nothing was sent.')
    }
}

function Get-SignIn {
    # What to call Connect-MgGraph with.
    param([string] $Way, [string] $Tenant)
    $how = @{ Environment = $Environment; NoWelcome = $true; ErrorAction = 'Stop' }
    if ($ClientId -ne '') {
        $how['ClientId'] = $ClientId
    }
    if ($Way -eq 'Identity') {
        $how['Identity'] = $true
        return $how
    }
    if ($Tenant -ne '') {
        $how['TenantId'] = $Tenant
    }
    if ($Way -eq 'Certificate') {
        $how['CertificateThumbprint'] = $CertificateThumbprint
        return $how
    }
    $how['Scopes'] = [string[]] @(Get-Needs | ForEach-Object { $_.Split('|')[0] })
    # Nothing of the sign-in stays behind once the window is closed.
    $how['ContextScope'] = 'Process'
    if ($UseDeviceCode) {
        $how['UseDeviceCode'] = $true
    }
    return $how
}

# --- Calls and answers ---

function ConvertTo-Answer {
    # One answer: its HTTP status (0: none came), the service's code and words, the seconds it asks to wait (-1: it
    # does not say), and what it holds.
    param([int] $Status, [string] $Code = '', [string] $Message = '', [double] $Wait = -1, [object] $Body = $null)
    return [pscustomobject] @{ Status = $Status; Code = $Code; Message = $Message; Wait = $Wait; Body = $Body }
}

function Get-Number {
    # A status as a number; 0 for none.
    param([object] $Value)
    if ($Value -is [System.Enum]) {
        return [int] $Value
    }
    $number = 0
    [void] [int]::TryParse([string] $Value, [ref] $number)
    return $number
}

function Get-Seconds {
    # What a Retry-After asks for, in seconds: a number, also with a fraction, or a date. -1 for none.
    param([string] $Text)
    $seconds = 0.0
    $invariant = [System.Globalization.CultureInfo]::InvariantCulture
    $plain = $Text.Trim()
    if ($plain -match '^[0-9]' -and [double]::TryParse($plain, [System.Globalization.NumberStyles]::AllowDecimalPoint, $invariant, [ref] $seconds)) {
        return $seconds
    }
    $moment = [System.DateTimeOffset]::MinValue
    if ([System.DateTimeOffset]::TryParse($plain, $invariant, [System.Globalization.DateTimeStyles]::AssumeUniversal, [ref] $moment)) {
        return [System.Math]::Max(0.0, ($moment - [System.DateTimeOffset]::UtcNow).TotalSeconds)
    }
    return -1.0
}

function Get-RetryAfter {
    # The Retry-After of these headers: an object, a hashtable, or a list of names with their values.
    param([object] $Headers)
    $value = $null
    foreach ($part in @($Headers)) {
        if (Test-Field -From $part -Name 'Retry-After') {
            $value = Get-Field -From $part -Name 'Retry-After'
        }
        elseif ([string] (Get-Field -From $part -Name 'Key') -eq 'Retry-After') {
            $value = Get-Field -From $part -Name 'Value'
        }
    }
    return (Get-Seconds -Text ([string] (@($value) | Select-Object -First 1)))
}

function Get-Failure {
    # The answer that stands in an exception of the Graph modules.
    param([object] $Record)
    $status = 0
    $wait = -1.0
    $exception = Get-Field -From $Record -Name 'Exception'
    $text = [string] (Get-Field -From (Get-Field -From $Record -Name 'ErrorDetails') -Name 'Message')
    if ($text -eq '') {
        $text = [string] (Get-Field -From $exception -Name 'Message')
    }
    while ($null -ne $exception -and $status -eq 0) {
        $response = Get-Field -From $exception -Name 'Response'
        $status = Get-Number -Value (Get-Field -From $response -Name 'StatusCode')
        foreach ($name in @('ResponseStatusCode', 'StatusCode')) {
            if ($status -eq 0) {
                $status = Get-Number -Value (Get-Field -From $exception -Name $name)
            }
        }
        $wait = Get-RetryAfter -Headers @(Get-Field -From $response -Name 'Headers')
        $exception = Get-Field -From $exception -Name 'InnerException'
    }
    if ($status -eq 0 -and $text -match '(?im)^\s*(?:Status:|HTTP/[0-9.]+)\s*([0-9]{3})\b') {
        $status = Get-Number -Value $Matches[1]
    }
    if ($status -eq 0 -and $text -match 'Connect-MgGraph|Credential authentication (failed|unavailable)') {
        # The call never left: we are not, or no longer, signed in.
        $status = 401
    }
    if ($wait -lt 0 -and $text -match '(?im)^\s*Retry-After\s*:\s*([0-9.]+)') {
        $wait = Get-Seconds -Text $Matches[1]
    }
    return (ConvertTo-Failure -Status $status -Wait $wait -Text $text)
}

function ConvertTo-Failure {
    # An answer from the text of a failure, which may hold the service's own JSON.
    param([int] $Status, [double] $Wait, [string] $Text)
    $body = $null
    $at = $Text.IndexOf('{')
    if ($at -ge 0) {
        try {
            $body = ConvertFrom-Json -InputObject ($Text.Substring($at))
        }
        catch {
            # Words that only look like JSON are kept as words.
            $body = $null
        }
    }
    if (Test-Field -From $body -Name 'error') {
        return (ConvertTo-Refusal -Status $Status -Wait $Wait -Body $body)
    }
    $code = ''
    if ($Text -match '(?im)^\s*ErrorCode:\s*(\S+)') {
        $code = $Matches[1]
    }
    $words = ($Text -split '(?m)^\s*Status:\s*[0-9]{3}')[0].Trim()
    return (ConvertTo-Answer -Status $Status -Code $code -Message $words -Wait $Wait -Body $body)
}

function ConvertTo-Refusal {
    # An answer that holds an error: the service's code and words, with the details behind them.
    param([int] $Status, [double] $Wait, [object] $Body)
    $problem = Get-Field -From $Body -Name 'error'
    if ($Body -is [string]) {
        # A gateway's page, say.
        $problem = $Body
    }
    if ($problem -is [string]) {
        return (ConvertTo-Answer -Status $Status -Message $problem -Wait $Wait)
    }
    $words = [string] (Get-Field -From $problem -Name 'message')
    foreach ($detail in @(Get-List -From $problem -Name 'details')) {
        $words = $words + '; ' + [string] (Get-Field -From $detail -Name 'code') + ': ' + [string] (Get-Field -From $detail -Name 'message')
    }
    return (ConvertTo-Answer -Status $Status -Code ([string] (Get-Field -From $problem -Name 'code')) -Message $words -Wait $Wait)
}

function Invoke-Batch {
    # Sends one batch; the answer to it as a whole.
    param([string] $Json)
    try {
        # No stroke in front of v1.0: outside Windows it would be taken for a path of the disk.
        $body = Invoke-MgGraphRequest -Method POST -Uri 'v1.0/$batch' -Body $Json -ContentType 'application/json' -OutputType PSObject -ErrorAction Stop
    }
    catch {
        return (Get-Failure -Record $_)
    }
    return (ConvertTo-Answer -Status 200 -Body $body)
}

function Send-Batch {
    # Sends these requests in one batch; an answer for each of them, in their order. To be called as @(Send-Batch ...).
    param([object[]] $Requests)
    foreach ($request in $Requests) {
        # A number of its own in the whole run, so that no answer can be taken for another's.
        $script:NextId = $script:NextId + 1
        $request['id'] = [string] $script:NextId
    }
    $outer = Invoke-Batch -Json (ConvertTo-Json -InputObject @{ requests = $Requests } -Depth 10 -Compress)
    $whole = $outer
    # The service was seen to answer 424 where it turns some of a batch away: the answers stand in it all the same.
    $answered = ($outer.Status -eq 200 -or $outer.Status -eq 424) -and (Test-Field -From $outer.Body -Name 'responses')
    if ($answered) {
        $whole = ConvertTo-Answer -Status 0 -Message 'No answer came for this person.'
    }
    elseif ($outer.Status -ne 0 -and ($outer.Status -le 400 -or $outer.Status -eq 404 -or $outer.Status -eq 424)) {
        # It is about the batch, not about these people: nobody is refused by it.
        $whole = ConvertTo-Answer -Status 0 -Message ('The answer to the batch cannot be used (HTTP ' + $outer.Status + '). ' + $outer.Message) -Wait $outer.Wait
    }
    $found = @{}
    if ($answered) {
        foreach ($response in @(Get-List -From $outer.Body -Name 'responses')) {
            $id = [string] (Get-Field -From $response -Name 'id')
            if ($found.ContainsKey($id)) {
                $found[$id] = ConvertTo-Answer -Status 0 -Message 'Two answers came for one person.'
            }
            else {
                $found[$id] = ConvertTo-Inner -Response $response -Wait $outer.Wait
            }
        }
    }
    foreach ($request in $Requests) {
        if ($found.ContainsKey($request['id'])) {
            $found[$request['id']]
        }
        else {
            $whole
        }
    }
}

function ConvertTo-Inner {
    # One answer out of a batch.
    param([object] $Response, [double] $Wait)
    $status = Get-Number -Value (Get-Field -From $Response -Name 'status')
    $body = Get-Field -From $Response -Name 'body'
    $asked = Get-RetryAfter -Headers (Get-Field -From $Response -Name 'headers')
    if ($asked -lt 0) {
        $asked = $Wait
    }
    if ($status -ge 200 -and $status -lt 300) {
        return (ConvertTo-Answer -Status $status -Body $body)
    }
    return (ConvertTo-Refusal -Status $status -Wait $asked -Body $body)
}

function Send-Single {
    # Changes one person with a call of its own; the answer.
    param([object] $Person)
    $adds = @(foreach ($item in $Person.Kind.Body['addLicenses']) { @{ SkuId = $item['skuId']; DisabledPlans = $item['disabledPlans'] } })
    try {
        # It is said here what -WhatIf and -Confirm are: they reach into modules otherwise.
        [void] (Set-MgUserLicense -UserId $Person.Address -AddLicenses $adds -RemoveLicenses $Person.Kind.Removes -WhatIf:$false -Confirm:$false -ErrorAction Stop)
    }
    catch {
        return (Get-Failure -Record $_)
    }
    return (ConvertTo-Answer -Status 200)
}

function Assert-SignedIn {
    # Ends the script when one of these answers says that our sign-in no longer holds.
    param([object[]] $Answers)
    if (@($Answers | Where-Object { $_.Status -eq 401 }).Count -gt 0) {
        Exit-Script -Code 8 -Message 'The service does not accept our sign-in any more. Start the script again to sign in anew; it goes on where it was.'
    }
}

function Exit-Forbidden {
    # Ends the script when we may do this to nobody.
    param([string] $What, [string] $Words)
    Exit-Script -Code 8 -Message ('We are not allowed to ' + $What + ': ' + (Get-Flat -Text $Words) + ' See "Rights" in Get-Help -Full; then start the script again.')
}

# --- What people hold ---

function Get-Holding {
    # What a user holds: directly (with the service plans that are off), failed though direct, and through groups.
    param([object] $User)
    $direct = @{}
    $failed = @{}
    $groups = @{}
    $named = @{}
    foreach ($state in @(Get-List -From $User -Name 'licenseAssignmentStates')) {
        $sku = Get-Id -From $state -Name 'skuId'
        $named[$sku] = $true
        $bad = [string] (Get-Field -From $state -Name 'state') -eq 'Error'
        if ([string] (Get-Field -From $state -Name 'assignedByGroup') -eq '') {
            $direct[$sku] = Get-PlansOff -Licence $state
            if ($bad) {
                $failed[$sku] = $true
            }
        }
        elseif (-not $bad) {
            # What failed gives nothing.
            $groups[$sku] = $true
        }
    }
    foreach ($licence in @(Get-List -From $User -Name 'assignedLicenses')) {
        $sku = Get-Id -From $licence -Name 'skuId'
        if (-not $named.ContainsKey($sku)) {
            $direct[$sku] = Get-PlansOff -Licence $licence
        }
    }
    return [pscustomobject] @{ Direct = $direct; Failed = $failed; Groups = $groups }
}

function Find-Lost {
    # A licence that the change leaves alone and that is no longer there as it was; empty for none. Somebody took it
    # away, or switched services of it off: our taking away might leave nothing.
    param([object] $Kind, [object] $Held)
    foreach ($sku in @($Kind.Before.Keys)) {
        if ($Kind.Touched -contains $sku) {
            continue
        }
        $there = $Held.Direct.ContainsKey($sku) -and -not $Held.Failed.ContainsKey($sku)
        if ($there -and -not $script:Job.Loose) {
            $then = @(Split-Plans -Text $Kind.Before[$sku])
            $there = @(Split-Plans -Text $Held.Direct[$sku] | Where-Object { $then -notcontains $_ }).Count -eq 0
        }
        if (-not $there -and -not ($script:Job.Loose -and $Held.Groups.ContainsKey($sku))) {
            return $sku
        }
    }
    foreach ($sku in $Kind.Inherited) {
        if (-not $Held.Groups.ContainsKey($sku) -and -not ($script:Job.Loose -and $Held.Direct.ContainsKey($sku))) {
            return $sku
        }
    }
    return ''
}

function Test-Done {
    # Whether somebody holds what the change asks for: what goes is gone, what comes is there with the right services.
    param([object] $Kind, [object] $Held)
    foreach ($sku in $Kind.Removes) {
        if ($Held.Direct.ContainsKey($sku)) {
            return $false
        }
    }
    foreach ($sku in @($Kind.Adds.Keys)) {
        if (-not $Held.Direct.ContainsKey($sku) -or $Held.Direct[$sku] -ne $Kind.Adds[$sku]) {
            return $false
        }
    }
    return $true
}

function ConvertTo-Sight {
    # What a look shows: 'after' the change, 'before' it, or 'other', with a code and words for it.
    param([string] $Shows, [string] $Code = '', [string] $Words = '')
    return [pscustomobject] @{ Shows = $Shows; Code = $Code; Words = $Words }
}

function Compare-Holding {
    # Whether somebody holds what is after the change, before it, or else what is neither. With A direct going and B
    # coming, C direct and D through a group staying: B, C and D is after; A, C and D is before; nothing of C or of D,
    # or C with more services off, is neither; A with other services off, or A and B, is neither. What is held besides
    # does not matter.
    param([object] $Kind, [object] $Held)
    $lost = Find-Lost -Kind $Kind -Held $Held
    $missing = ''
    if ($lost -ne '') {
        $missing = (Get-ProductName -Sku $lost) + ', which was to stay, is no longer held as it was.'
    }
    if (Test-Done -Kind $Kind -Held $Held) {
        if ($missing -ne '') {
            return (ConvertTo-Sight -Shows 'other' -Words $missing)
        }
        return (ConvertTo-Sight -Shows 'after')
    }
    $services = ''
    foreach ($sku in $Kind.Touched) {
        $then = $Kind.Before.ContainsKey($sku)
        $now = $Held.Direct.ContainsKey($sku)
        if ($then -and -not $now) {
            return (ConvertTo-Sight -Shows 'other' -Words ((Get-ProductName -Sku $sku) + ' is not held directly.'))
        }
        if ($now -and -not $then) {
            return (ConvertTo-Sight -Shows 'other' -Words ((Get-ProductName -Sku $sku) + ' was given meanwhile.'))
        }
        if ($then -and $Kind.Before[$sku] -ne $Held.Direct[$sku]) {
            $services = $sku
        }
    }
    if ($missing -ne '') {
        return (ConvertTo-Sight -Shows 'other' -Words $missing)
    }
    if ($services -eq '') {
        return (ConvertTo-Sight -Shows 'before')
    }
    $name = Get-ProductName -Sku $services
    if ($script:Job.Loose -and $Kind.Before[$services] -eq '') {
        # Nobody need have changed anything: the plan could not know.
        return (ConvertTo-Sight -Shows 'other' -Code 'services_off' -Words ('Services of ' + $name + ' are switched off, which no spreadsheet shows.'))
    }
    return (ConvertTo-Sight -Shows 'other' -Words ('Other services of ' + $name + ' are switched off than the plan knows of.'))
}

# --- The work: people of one group, read, then changed, then again where it has to be ---

function Test-Answer {
    # Whether this answer is about this person, with everything that we look at.
    param([object] $Person, [object] $Body)
    if (-not (Test-Field -From $Body -Name 'assignedLicenses') -or -not (Test-Field -From $Body -Name 'licenseAssignmentStates')) {
        return $false
    }
    if ($script:Job.Loose) {
        return ([string] (Get-Field -From $Body -Name 'userPrincipalName') -eq $Person.Upn)
    }
    return ([string] (Get-Field -From $Body -Name 'id') -eq $Person.UserId)
}

function Read-Group {
    # Reads these people, writes down who needs nothing, and hands on who is to be changed. To be called as @(...).
    param([object[]] $People)
    $requests = New-Object -TypeName System.Collections.ArrayList
    foreach ($person in $People) {
        [void] $requests.Add(@{ method = 'GET'; url = $person.Url + '?$select=id,userPrincipalName,usageLocation,assignedLicenses,licenseAssignmentStates' })
    }
    $answers = @(Send-Batch -Requests ($requests.ToArray()))
    Assert-SignedIn -Answers $answers
    if (-not $script:ReadWorked) {
        Assert-Readable -Answers $answers
    }
    for ($i = 0; $i -lt $People.Count; $i++) {
        Resolve-Look -Person $People[$i] -Answer $answers[$i]
    }
}

function Assert-Readable {
    # Ends the script when the first people of all show that we may read nobody, or that it is another tenant.
    param([object[]] $Answers)
    $forbidden = @($Answers | Where-Object { $_.Status -eq 403 })
    if ($forbidden.Count -eq $Answers.Count) {
        Exit-Forbidden -What 'read users' -Words $forbidden[0].Message
    }
    $gone = @($Answers | Where-Object { $_.Status -eq 404 })
    if ($gone.Count -gt 1 -and $gone.Count -eq $Answers.Count -and $script:Job.TenantId -eq '') {
        Exit-Script -Code 8 -Message 'None of these people exists in the tenant that we are signed in to. Is it the right one? Say which with -TenantId.'
    }
}

function Resolve-Look {
    # What a look at a person means. Hands the person on when the change is to be sent.
    param([object] $Person, [object] $Answer)
    $status = $Answer.Status
    $Person.Wait = $Answer.Wait
    if ($status -eq 404) {
        Write-Result -Person $Person -Outcome 'gone' -Status 404 -Code $Answer.Code -Message $Answer.Message
    }
    elseif ($status -eq 200 -and (Test-Answer -Person $Person -Body $Answer.Body)) {
        $script:ReadWorked = $true
        Resolve-Sight -Person $Person -User $Answer.Body
    }
    elseif (-not $Person.Unclear -and $status -ge 400 -and $status -lt 500 -and (408, 409, 423, 424, 429) -notcontains $status) {
        Write-Result -Person $Person -Outcome 'refused' -Status $status -Code $Answer.Code -Message $Answer.Message
    }
    elseif (-not $Person.Unclear -and -not $Person.Refused) {
        $Person.Status = $status
        $Person.Code = $Answer.Code
        $Person.Message = 'This person could not be read. ' + $Answer.Message
    }
}

function Resolve-Sight {
    # What a person's licences mean. Hands the person on when the change is to be sent.
    param([object] $Person, [object] $User)
    $seen = Compare-Holding -Kind $Person.Kind -Held (Get-Holding -User $User)
    if ($seen.Shows -eq 'after') {
        $outcome = 'already'
        if ($Person.Tries -gt 0) {
            $outcome = 'applied'
        }
        Write-Result -Person $Person -Outcome $outcome -Status 200 -Code '' -Message ''
        if ($Person.Accepted) {
            Close-Forbidden
        }
    }
    elseif ($seen.Shows -eq 'other') {
        # After a call whose answer was lost this may be half of the truth: reads lag behind.
        if ($Person.Unclear) {
            $Person.Message = $seen.Words
        }
        else {
            Write-Result -Person $Person -Outcome 'changed' -Status 200 -Code $seen.Code -Message $seen.Words
        }
    }
    elseif ($Person.Refused) {
        $outcome = 'refused'
        if ($Person.Seatless -ne '') {
            # Nothing is wrong with this person: it can be done once there are seats.
            $outcome = 'gave_up'
        }
        Write-Result -Person $Person -Outcome $outcome -Status $Person.Status -Code $Person.Code -Message $Person.Message
    }
    else {
        $Person.NoPlace = $Person.Kind.Location -ne '' -and [string] (Get-Field -From $User -Name 'usageLocation') -eq ''
        $Person
    }
}

function Send-Location {
    # Sets the usage location of those who have none and need one, and hands on who can be changed now.
    param([object[]] $People)
    $without = @($People | Where-Object { $_.NoPlace })
    $People | Where-Object { -not $_.NoPlace }
    if ($without.Count -eq 0) {
        return
    }
    $requests = New-Object -TypeName System.Collections.ArrayList
    foreach ($person in $without) {
        [void] $requests.Add(@{ method = 'PATCH'; url = $person.Url; headers = @{ 'Content-Type' = 'application/json' }; body = @{ usageLocation = $person.Kind.Location } })
    }
    $answers = @(Send-Batch -Requests ($requests.ToArray()))
    Assert-SignedIn -Answers $answers
    for ($i = 0; $i -lt $without.Count; $i++) {
        if ($answers[$i].Status -ge 200 -and $answers[$i].Status -lt 300) {
            $without[$i].Located = $true
            $without[$i]
        }
        else {
            Resolve-Failure -Person $without[$i] -Answer $answers[$i]
        }
    }
}

function Send-Group {
    # Sends the changes of these people, and writes down what is known of each.
    param([object[]] $People)
    if ($People.Count -eq 0) {
        return
    }
    foreach ($person in $People) {
        $person.Tries = $person.Tries + 1
    }
    if ($OneByOne) {
        Send-Singles -People $People
        return
    }
    $requests = New-Object -TypeName System.Collections.ArrayList
    foreach ($person in $People) {
        [void] $requests.Add(@{ method = 'POST'; url = $person.Url + '/assignLicense'; headers = @{ 'Content-Type' = 'application/json' }; body = $person.Kind.Body })
    }
    Resolve-Answers -People $People -Answers @(Send-Batch -Requests ($requests.ToArray()))
}

function Send-Singles {
    # Changes these people one by one, and looks at once at those of whom the cmdlet says that it went well. Who is
    # not seen as asked then is looked at again in the next round, before anything is sent again.
    param([object[]] $People)
    foreach ($person in $People) {
        Resolve-Answers -People @($person) -Answers @(Send-Single -Person $person)
    }
    $accepted = @($People | Where-Object { $_.Accepted -and -not $_.Done })
    if ($accepted.Count -gt 0) {
        $still = @(Read-Group -People $accepted)
    }
}

function Set-Accepted {
    # A cmdlet came back without an error. That is no proof: versions of it sent nothing.
    param([object] $Person)
    $Person.Accepted = $true
    $Person.Unclear = $true
    $Person.Wait = -1.0
    $Person.Status = 0
    $Person.Code = ''
    $Person.Message = 'Set-MgUserLicense came back without an error, but no look shows the change (versions 2.26 and 2.27 of Microsoft.Graph are known for that). Update it, or leave out -OneByOne.'
}

function Resolve-Answers {
    # What became of these people.
    param([object[]] $People, [object[]] $Answers)
    for ($i = 0; $i -lt $People.Count; $i++) {
        $status = $Answers[$i].Status
        if ($status -ge 200 -and $status -lt 300 -and $OneByOne) {
            Set-Accepted -Person $People[$i]
        }
        elseif ($status -ge 200 -and $status -lt 300) {
            Write-Result -Person $People[$i] -Outcome 'applied' -Status $status -Code '' -Message ''
            Close-Forbidden
        }
        elseif ($status -ne 401) {
            $People[$i].Unclear = $People[$i].Unclear -or @(0, 408, 409, 423) -contains $status -or $status -ge 500
            Resolve-Failure -Person $People[$i] -Answer $Answers[$i]
        }
    }
    Assert-SignedIn -Answers $Answers
}

function Close-Forbidden {
    # Somebody could be changed: so whoever we might not change until now is refused for reasons of their own.
    $script:WriteWorked = $true
    foreach ($person in $script:Forbidden) {
        Write-Result -Person $person -Outcome 'refused' -Status $person.Status -Code $person.Code -Message $person.Message
    }
    $script:Forbidden.Clear()
}

function Assert-Allowed {
    # Ends the script when so many in a row may not be changed, or nobody at all, that it is us and not them.
    param([bool] $Ended)
    $count = $script:Forbidden.Count
    if ($count -eq 0) {
        return
    }
    if ($Ended -and $script:WriteWorked) {
        Close-Forbidden
    }
    elseif ($Ended -or $count -ge 20) {
        Exit-Forbidden -What 'change people' -Words $script:Forbidden[$count - 1].Message
    }
}

function Resolve-Failure {
    # What it means that something was not done for a person. Whoever is not written down here is tried again.
    param([object] $Person, [object] $Answer)
    $status = $Answer.Status
    $Person.Wait = $Answer.Wait
    $Person.Status = $status
    $Person.Code = $Answer.Code
    $Person.Message = $Answer.Message
    if ($status -eq 404) {
        Write-Result -Person $Person -Outcome 'gone' -Status 404 -Code $Answer.Code -Message $Answer.Message
    }
    elseif ($status -eq 403 -and $Answer.Code -notlike '*QuotaExceeded*') {
        # It may be this person, or everybody: that shows once somebody can be changed.
        $Person.Done = $true
        [void] $script:Forbidden.Add($Person)
    }
    elseif ($Answer.Message -like '*does not have a corresponding license*') {
        # Perhaps an earlier call of ours whose answer was lost: a look will tell.
        $Person.Unclear = $true
    }
    elseif ($Person.Located -and $Answer.Message -like '*usage location*') {
        # We have just set it, and the service does not see it everywhere yet.
        $Person.Located = $false
    }
    elseif ($status -ge 400 -and $status -lt 500 -and (408, 409, 423, 424, 429) -notcontains $status) {
        # Somebody may have done it meanwhile: it counts as a no once a look shows that nothing changed.
        $Person.Refused = $true
        $Person.Seatless = Get-Seatless -Kind $Person.Kind -Words ($Answer.Code + ' ' + $Answer.Message)
    }
}

function Get-Seatless {
    # The products of which the service says that no seat is left, as people call them; empty where it says something
    # else.
    param([object] $Kind, [string] $Words)
    if ($Words -notlike '*does not have any available licenses*' -and $Words -notlike '*CountViolation*') {
        return ''
    }
    $coming = @($Kind.Adds.Keys | Where-Object { -not $Kind.Before.ContainsKey($_) })
    $named = @($coming | Where-Object { $Words.IndexOf([string] $_, [System.StringComparison]::OrdinalIgnoreCase) -ge 0 })
    if ($named.Count -eq 0) {
        $named = $coming
    }
    $names = @($named | ForEach-Object { Get-ProductName -Sku $_ } | Sort-Object -Unique)
    if ($names.Count -eq 0) {
        return 'the new product'
    }
    return ($names -join ', ')
}

function Assert-Seats {
    # Ends the script when one of these people was left without a seat: the others would find none either.
    param([object[]] $People)
    $without = @($People | Where-Object { $_.Seatless -ne '' -and [string] $script:Outcomes[[string] $_.Change] -eq 'gave_up' })
    if ($without.Count -gt 0) {
        Exit-Script -Code 3 -Message ('No seat is left of ' + $without[0].Seatless + ', so the whole job stops here; ' + (Measure-Open) + ' people of it are left. Start the script again when there are seats; it goes on where it was.')
    }
}

function Wait-Turn {
    # Waits before the next round, as long as the service asks for; writes down who is given up.
    param([object[]] $People, [int] $Round)
    if ($Round -ge $MaxTries) {
        $still = @(Read-Group -People $People)
        Close-Group -People $People
        return
    }
    $seconds = 0.0
    foreach ($person in $People) {
        $wish = $person.Wait
        if ($wish -lt 0 -and -not $person.Refused) {
            $wish = [System.Math]::Min([double] $MaxWait, [System.Math]::Pow(2, $Round - 1))
        }
        $seconds = [System.Math]::Max($seconds, $wish)
    }
    if ($seconds -gt $MaxWait) {
        Close-Group -People $People
        Exit-Script -Code 3 -Message ('The service asks to wait ' + [System.Math]::Ceiling($seconds) + ' seconds, which is more than -MaxWait. Start the script again later; it goes on where it was.')
    }
    if ($seconds -gt 0) {
        Start-Sleep -Milliseconds ([int] [System.Math]::Ceiling($seconds * 1000))
    }
}

function Close-Group {
    # Writes down who is given up for now. The next run tries them again.
    param([object[]] $People)
    foreach ($person in $People) {
        if ($person.Done) {
            continue
        }
        $outcome = 'gave_up'
        if ($person.Unclear) {
            $outcome = 'doubt'
        }
        Write-Result -Person $person -Outcome $outcome -Status $person.Status -Code $person.Code -Message $person.Message
    }
}

function Invoke-Group {
    # Does the people of one group. Nobody waits for a whole group: only who was not done is tried again.
    param([object[]] $People)
    $open = @($People)
    for ($round = 1; $open.Count -gt 0; $round++) {
        $ready = @(Read-Group -People $open)
        if ($script:Trial) {
            foreach ($person in $ready) {
                Write-Result -Person $person -Outcome 'would move' -Status 0 -Code '' -Message ''
            }
        }
        else {
            $ready = @(Send-Location -People $ready)
            Send-Group -People $ready
        }
        Assert-Allowed -Ended $false
        $open = @($open | Where-Object { -not $_.Done })
        if ($open.Count -gt 0) {
            Wait-Turn -People $open -Round $round
            $open = @($open | Where-Object { -not $_.Done })
        }
    }
}

function Invoke-Work {
    # Does all of these people, group by group in their order.
    param([object[]] $People, [string] $Folder)
    $at = 0
    while ($at -lt $People.Count) {
        Assert-NotRevoked -Folder $Folder
        $end = $at
        while ($end -lt $People.Count -and $People[$end].Group -eq $People[$at].Group -and ($end - $at) -lt $GroupSize) {
            $end++
        }
        $lost = [int] $script:Counts['gave_up'] + [int] $script:Counts['doubt']
        $group = @($People[$at..($end - 1)])
        Invoke-Group -People $group
        $lost = [int] $script:Counts['gave_up'] + [int] $script:Counts['doubt'] - $lost
        $script:Barren = $script:Barren + 1
        if ($lost -lt $end - $at) {
            $script:Barren = 0
        }
        Show-Group -Group $People[$at].Group -Done $end -Total $People.Count
        Assert-Seats -People $group
        if ($script:Barren -ge 3) {
            Exit-Script -Code 3 -Message ('Nobody of the last three groups came through: the service is in trouble or cannot be reached. Start the script again later; it goes on where it was. What came last: ' + (Get-Flat -Text $group[0].Message))
        }
        $at = $end
    }
    Assert-Allowed -Ended $true
}

function Select-People {
    # Who is to be done in this run. To be called as @(Select-People).
    $found = 0
    $skipped = @('applied', 'already')
    if (-not $Again) {
        $skipped = $skipped + @('refused', 'changed', 'gone')
    }
    foreach ($person in $script:Job.People) {
        if ($First -gt 0 -and $found -ge $First) {
            return
        }
        if ($skipped -notcontains [string] $script:Outcomes[[string] $person.Change]) {
            $found++
            $person
        }
    }
}

function Measure-Open {
    # How many people of the job are not done, in this run and all before.
    $done = @('applied', 'already')
    return @($script:Job.People | Where-Object { $done -notcontains [string] $script:Outcomes[[string] $_.Change] }).Count
}

# --- What is shown ---

function Test-Talkative {
    # Whether somebody watches: then each group is told.
    if (-not [System.Environment]::UserInteractive) {
        return $false
    }
    return (@([System.Environment]::GetCommandLineArgs() | Where-Object { $_ -like '-noni*' }).Count -eq 0)
}

function Show-Group {
    # How far we are.
    param([int] $Group, [int] $Done, [int] $Total)
    if (-not $script:Talk) {
        return
    }
    $rate = $Done / [System.Math]::Max(0.001, $script:Watch.Elapsed.TotalSeconds)
    $left = [System.TimeSpan]::FromSeconds([System.Math]::Ceiling(($Total - $Done) / $rate)).ToString()
    $line = 'Group {0}: {1} of {2} people, {3:0.0} a second, about {4} left' -f $Group, $Done, $Total, $rate, $left
    Write-Progress -Activity 'Moving licences' -Status $line -PercentComplete ([int] [System.Math]::Floor(100 * $Done / $Total))
    Write-Host $line
}

function Show-Summary {
    # What came of this run, and what to do next.
    $outcomes = @('would move', 'applied', 'already', 'changed', 'services_off', 'gone', 'refused', 'gave_up', 'doubt')
    $words = @{
        'would move'   = 'would be moved'
        'applied'      = 'moved'
        'already'      = 'already as asked'
        'changed'      = 'left alone: changed by somebody else since the plan was made'
        'services_off' = 'left alone: services are switched off, which no spreadsheet shows'
        'gone'         = 'no longer there'
        'refused'      = 'refused by the service'
        'gave_up'      = 'given up for now'
        'doubt'        = 'in doubt: nobody knows yet what became of them'
    }
    foreach ($outcome in $outcomes) {
        if ($script:Counts.ContainsKey($outcome)) {
            Write-Host ('{0,8}  {1}' -f $script:Counts[$outcome], $words[$outcome])
        }
    }
    if ($script:Trial) {
        Write-Host 'Nothing was sent, nothing was written (-WhatIf).'
        return
    }
    if ($null -eq $script:Job) {
        return
    }
    $left = Measure-Open
    if ($left -gt 0) {
        Write-Host ('{0} of {1} people of this job are not done. Start the script again for them; -Again includes who was refused, changed or gone.' -f $left, $script:Job.People.Count)
    }
    if ($script:Outcomes.Count -gt 0) {
        Write-Host ('Take the results back: reassign collect RUN "' + $script:Path + '"')
        Write-Host ('RUN is the folder of the run ' + $script:Job.Run + ' on the machine where this was handed over; if that is another one, copy results.csv there.')
    }
}

# --- And now ---

$exitCode = 1
$script:Talk = Test-Talkative
try {
    $folder = $PSScriptRoot
    if ($InputFolder -ne '') {
        $folder = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($InputFolder)
    }
    $script:Job = Read-JobFile -Folder $folder
    Assert-NotRevoked -Folder $folder
    if ($OneByOne -and $null -eq (Get-Command -Name 'Set-MgUserLicense' -ErrorAction SilentlyContinue)) {
        Exit-Script -Code 2 -Message '-OneByOne needs a module that is not here: Install-Module Microsoft.Graph.Users.Actions -Scope CurrentUser'
    }
    Open-Results -Folder $folder
    $people = @(Select-People)
    Write-Host ($script:Job.Title + ': ' + $people.Count + ' of ' + $script:Job.People.Count + ' people are to be done.')
    if ($people.Count -gt 0) {
        $go = $false
        $target = $script:Job.Tenant
        if ($target -eq '') {
            $target = 'Microsoft 365'
        }
        try {
            $go = $PSCmdlet.ShouldProcess($target, 'Move the licences of ' + $people.Count + ' people')
        }
        catch {
            Exit-Script -Code 2 -Message 'Nobody can be asked here whether to begin. Add -Confirm:$false if nobody has to be asked. Nothing was sent.'
        }
        if (-not $go -and -not $script:Trial) {
            Exit-Script -Code 3 -Message 'Nothing was sent.'
        }
        Connect-Tenant -Way $PSCmdlet.ParameterSetName
        Invoke-Work -People $people -Folder $folder
    }
    $exitCode = 0
    if (-not $script:Trial -and (Measure-Open) -gt 0) {
        $exitCode = 3
    }
}
catch {
    if ($script:StopCode -ge 0) {
        $exitCode = $script:StopCode
        Write-Warning -Message $script:StopMessage -WarningAction Continue
    }
    else {
        Write-Warning -Message ('Something unexpected happened: ' + $_.Exception.Message + ' (line ' + (Get-Field -From (Get-Field -From $_ -Name 'InvocationInfo') -Name 'ScriptLineNumber') + ' of this script). Start it again; it goes on where it was.') -WarningAction Continue
    }
}
finally {
    Close-Results
}
if ($script:Talk) {
    Write-Progress -Activity 'Moving licences' -Completed
}
if ($script:StopCode -lt 0 -or $script:Counts.Count -gt 0) {
    Show-Summary
}
exit $exitCode
