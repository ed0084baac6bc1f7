# A tenant in a JSON file ($env:STUB_STATE), behind the cmdlets of Microsoft.Graph.Authentication that the script uses.
#
# It does what the service does (assignLicense all or nothing, seats, locations) and refuses what the service refuses.
# Each call is written to $env:STUB_LOG (a JSON object a line). Faults come from $env:STUB_FAULTS, a JSON array of
# { "place": "outer" | "inner" | "single" | "connect", "do", "method", "user", "skip", "times", "status",
#   "code", "message", "retry_after", "licenses" }.
# "do": answer (with "status"), missing (an inner answer is left out; with "worked" after the work was done), lose
# (throws after the work), nothing (answers as if the work was done, and does not do it), shuffle (answers in reverse),
# exit (the process ends, before the work or after it with "worked"), change (somebody else gives the user "licenses"
# first), stale (a read shows "licenses" instead).
# How often a fault has struck is kept in the state, so that a run after a kill does not meet it again.

Set-StrictMode -Version 2.0
Add-Type -AssemblyName System.Net.Http
$script:State = $null
$script:Context = $null
# Whether the tenant changed since it was last written to its file.
$script:Unsaved = $false
$script:Utf8 = New-Object System.Text.UTF8Encoding($false)

function Read-StubState {
    if ($null -eq $script:State) {
        $script:State = ConvertFrom-Json ([System.IO.File]::ReadAllText($env:STUB_STATE, $script:Utf8))
    }
    return $script:State
}

function Save-StubState {
    if (-not $script:Unsaved) { return }
    $script:Unsaved = $false
    $json = ConvertTo-Json -InputObject $script:State -Depth 10 -Compress
    [System.IO.File]::WriteAllText($env:STUB_STATE, $json, $script:Utf8)
}

function Write-StubLog {
    param([System.Collections.IDictionary] $Facts)
    if ($env:STUB_LOG) {
        $line = (ConvertTo-Json -InputObject $Facts -Depth 10 -Compress) + "`n"
        [System.IO.File]::AppendAllText($env:STUB_LOG, $line, $script:Utf8)
    }
}

function Test-StubName {
    # Whether an object has a property of exactly this name.
    param($Object, [string] $Name)
    foreach ($property in $Object.PSObject.Properties) {
        if ($property.Name -ceq $Name) { return $true }
    }
    return $false
}

function Get-StubFault {
    # The fault that strikes here, or nothing.
    param([string] $Place, [string] $Method, [string] $User)
    if (-not $env:STUB_FAULTS) { return }
    $state = Read-StubState
    $faults = @(ConvertFrom-Json ([System.IO.File]::ReadAllText($env:STUB_FAULTS, $script:Utf8)) | ForEach-Object { $_ })
    for ($i = 0; $i -lt $faults.Count; $i++) {
        $fault = $faults[$i]
        if ($fault.place -ne $Place) { continue }
        if ((Test-StubName $fault 'method') -and $fault.method -ne $Method) { continue }
        if ((Test-StubName $fault 'user') -and $fault.user -ne $User) { continue }
        $key = [string] $i
        $met = 0
        if (Test-StubName $state.met $key) { $met = [int] $state.met.$key }
        $skip = 0
        if (Test-StubName $fault 'skip') { $skip = [int] $fault.skip }
        $times = 1
        if (Test-StubName $fault 'times') { $times = [int] $fault.times }
        if ($met -ge $skip + $times) { continue }
        Add-Member -InputObject $state.met -MemberType NoteProperty -Name $key -Value ($met + 1) -Force
        $script:Unsaved = $true
        if ($met -lt $skip) { continue }
        Write-StubLog @{ fault = $fault.do; place = $Place; user = $User }
        return $fault
    }
}

function Test-StubWorked {
    param($Fault)
    return ((Test-StubName $Fault 'worked') -and [bool] $Fault.worked)
}

function Stop-StubProcess {
    # As a kill does: nothing is tidied up, no finally runs.
    Save-StubState
    Write-StubLog @{ killed = $true }
    [System.Diagnostics.Process]::GetCurrentProcess().Kill()
    Start-Sleep -Seconds 60
}

function New-StubAnswer {
    param([int] $Status, $Body, [string] $RetryAfter)
    $headers = @{ 'Content-Type' = 'application/json' }
    if ($RetryAfter) { $headers['Retry-After'] = $RetryAfter }
    return @{ Status = $Status; Headers = $headers; Body = $Body }
}

function New-StubError {
    param([int] $Status, [string] $Code, [string] $Message, [string] $RetryAfter)
    $inner = @{ 'request-id' = '613a2372-1a63-4b13-8c94-56793bbb140c' }
    $body = @{ error = @{ code = $Code; message = $Message; innerError = $inner } }
    return (New-StubAnswer -Status $Status -Body $body -RetryAfter $RetryAfter)
}

function New-StubFaultAnswer {
    param($Fault)
    $code = 'UnknownError'
    if (Test-StubName $Fault 'code') { $code = $Fault.code }
    $message = 'A fault from the test.'
    if (Test-StubName $Fault 'message') { $message = $Fault.message }
    $after = ''
    if (Test-StubName $Fault 'retry_after') { $after = [string] $Fault.retry_after }
    return (New-StubError -Status ([int] $Fault.status) -Code $code -Message $message -RetryAfter $after)
}

function Find-StubUser {
    param([string] $Key)
    $state = Read-StubState
    foreach ($user in @($state.users)) {
        if ($user.id -eq $Key -or $user.userPrincipalName -eq $Key) { return $user }
    }
}

function Get-StubUsed {
    # Seats in use: a user takes one, however many ways lead to it.
    param([string] $Sku)
    $used = 0
    foreach ($user in @((Read-StubState).users)) {
        foreach ($licence in @($user.licenses)) {
            if ($licence.skuId -eq $Sku) { $used = $used + 1; break }
        }
    }
    return $used
}

function Get-StubDirect {
    param($User, [string] $Sku)
    foreach ($licence in @($User.licenses)) {
        if ($licence.skuId -eq $Sku -and $null -eq $licence.assignedByGroup) { return $licence }
    }
}

function Test-StubHeld {
    param($User, [string] $Sku)
    foreach ($licence in @($User.licenses)) {
        if ($licence.skuId -eq $Sku) { return $true }
    }
    return $false
}

function Test-StubKeys {
    # What is wrong with the names of a JSON object; nothing when all is well.
    param($Object, [string[]] $Allowed, [string[]] $Needed)
    if ($null -eq $Object -or $Object -isnot [System.Management.Automation.PSCustomObject]) { return 'It is not a JSON object.' }
    foreach ($property in $Object.PSObject.Properties) {
        if (-not ($Allowed -ccontains $property.Name)) { return "The property '$($property.Name)' does not exist." }
    }
    foreach ($name in @($Needed)) {
        if (-not (Test-StubName $Object $name)) { return "The property '$name' is missing." }
    }
}

function Test-StubLicenseBody {
    # What is wrong with the body of assignLicense; nothing when all is well.
    param($Body)
    $both = @('addLicenses', 'removeLicenses')
    $wrong = Test-StubKeys -Object $Body -Allowed $both -Needed $both
    if ($wrong) { return $wrong }
    foreach ($name in $both) {
        if ($Body.$name -isnot [array]) { return "The property '$name' is not an array." }
    }
    foreach ($add in $Body.addLicenses) {
        $wrong = Test-StubKeys -Object $add -Allowed @('skuId', 'disabledPlans') -Needed @('skuId')
        if ($wrong) { return $wrong }
        if (-not (Test-StubGuid $add.skuId)) { return "Cannot convert a primitive value to the expected type 'Edm.Guid'." }
        if ((Test-StubName $add 'disabledPlans') -and $add.disabledPlans -isnot [array]) { return 'disabledPlans is not an array.' }
    }
    foreach ($sku in $Body.removeLicenses) {
        if (-not (Test-StubGuid $sku)) { return "Cannot convert a primitive value to the expected type 'Edm.Guid'." }
    }
    if ($Body.addLicenses.Count + $Body.removeLicenses.Count -eq 0) {
        return 'Either addLicenses or removeLicenses must name a license.'
    }
}

function Test-StubGuid {
    param($Value)
    return ($Value -is [string] -and $Value -match '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$')
}

function Test-StubSkus {
    # The refusal of products that the tenant has not, and of services that are not theirs; nothing when all is well.
    param($Body)
    $skus = (Read-StubState).skus
    foreach ($sku in $Body.removeLicenses) {
        if (-not (Test-StubSku $skus $sku)) { return "License $sku does not correspond to a valid company License." }
    }
    foreach ($add in $Body.addLicenses) {
        $sku = $add.skuId
        if (-not (Test-StubSku $skus $sku)) { return "License $sku does not correspond to a valid company License." }
        foreach ($plan in @(Get-StubPlans $add)) {
            $own = @(@($skus | Where-Object { $_.skuId -eq $sku })[0].plans)
            if (-not ($own -contains $plan)) { return "Service plan $plan does not belong to license $sku." }
        }
    }
}

function Test-StubSku {
    param($Skus, [string] $Sku)
    return (@($Skus | Where-Object { $_.skuId -eq $Sku }).Count -eq 1)
}

function Get-StubPlans {
    param($Add)
    if (Test-StubName $Add 'disabledPlans') { foreach ($plan in $Add.disabledPlans) { $plan } }
}

function Test-StubSeats {
    # The refusal when no seat is left; nothing when all is well.
    param($User, $Body)
    foreach ($add in $Body.addLicenses) {
        $sku = $add.skuId
        if (Test-StubHeld $User $sku) { continue }
        $seats = [int] @((Read-StubState).skus | Where-Object { $_.skuId -eq $sku })[0].enabled
        if ((Get-StubUsed $sku) -ge $seats) { return "Subscription with SKU $sku does not have any available licenses." }
    }
}

function Test-StubRemoval {
    param($User, $Body)
    foreach ($sku in $Body.removeLicenses) {
        if ($null -ne (Get-StubDirect $User $sku)) { continue }
        if (Test-StubHeld $User $sku) {
            return 'User license is inherited from a group membership and it cannot be removed directly from the user.'
        }
        return 'User does not have a corresponding license.'
    }
}

function Set-StubLicenses {
    # assignLicense: everything or nothing.
    param($User, $Body)
    $wrong = Test-StubLicenseBody $Body
    if (-not $wrong) { $wrong = Test-StubSkus $Body }
    if (-not $wrong -and $Body.addLicenses.Count -gt 0 -and -not ([string] $User.usageLocation -match '^[A-Za-z]{2}$')) {
        $wrong = 'License assignment cannot be done for user with invalid usage location.'
    }
    if (-not $wrong) { $wrong = Test-StubRemoval $User $Body }
    if (-not $wrong) { $wrong = Test-StubSeats $User $Body }
    if ($wrong) { return (New-StubError -Status 400 -Code 'Request_BadRequest' -Message $wrong) }
    $named = @($Body.removeLicenses) + @($Body.addLicenses | ForEach-Object { $_.skuId })
    $after = New-Object System.Collections.ArrayList
    foreach ($licence in @($User.licenses)) {
        if ($null -ne $licence.assignedByGroup -or -not ($named -contains $licence.skuId)) { [void] $after.Add($licence) }
    }
    foreach ($add in $Body.addLicenses) {
        $plans = @(Get-StubPlans $add)
        $facts = @{ skuId = $add.skuId; disabledPlans = $plans; assignedByGroup = $null; state = 'Active'; error = 'None' }
        [void] $after.Add((New-Object PSObject -Property $facts))
    }
    $before = ConvertTo-Json -InputObject @($User.licenses) -Depth 5 -Compress
    $User.licenses = $after.ToArray()
    $script:Unsaved = $true
    $now = ConvertTo-Json -InputObject @($User.licenses) -Depth 5 -Compress
    $held = @(@($User.licenses) | ForEach-Object { $_.skuId })
    Write-StubLog @{ wrote = 'licenses'; user = $User.id; held = $held; effective = ($before -ne $now) }
    return (New-StubAnswer -Status 200 -Body @{ id = $User.id; userPrincipalName = $User.userPrincipalName })
}

function Set-StubLocation {
    param($User, $Body)
    $wrong = Test-StubKeys -Object $Body -Allowed @('usageLocation') -Needed @('usageLocation')
    if (-not $wrong -and -not ([string] $Body.usageLocation -cmatch '^[A-Z]{2}$')) { $wrong = 'Invalid usage location.' }
    if ($wrong) { return (New-StubError -Status 400 -Code 'Request_BadRequest' -Message $wrong) }
    $User.usageLocation = $Body.usageLocation
    $script:Unsaved = $true
    Write-StubLog @{ wrote = 'location'; user = $User.id; location = $Body.usageLocation }
    return (New-StubAnswer -Status 204 -Body $null)
}

function Get-StubView {
    # A user as read: what $select names and nothing else (the service leaves licences out unless they are named).
    param($User, [string] $Query)
    $wanted = @('id', 'userPrincipalName', 'displayName')
    $known = @('id', 'userPrincipalName', 'displayName', 'usageLocation', 'assignedLicenses', 'licenseAssignmentStates', 'accountEnabled')
    if ($Query) {
        if (-not ($Query -match '^\$select=([A-Za-z,]+)$')) {
            return (New-StubError -Status 400 -Code 'BadRequest' -Message "Unknown query '$Query'.")
        }
        $wanted = @($Matches[1].Split(','))
    }
    $view = @{ '@odata.context' = 'https://graph.microsoft.com/v1.0/$metadata#users/$entity' }
    foreach ($name in $wanted) {
        if (-not ($known -ccontains $name)) {
            return (New-StubError -Status 400 -Code 'BadRequest' -Message "Could not find a property named '$name'.")
        }
        $view[$name] = Get-StubValue $User $name
    }
    return (New-StubAnswer -Status 200 -Body $view)
}

function Get-StubValue {
    param($User, [string] $Name)
    if ($Name -ceq 'accountEnabled') { return $true }
    if ($Name -ceq 'assignedLicenses') {
        $all = @(@($User.licenses) | ForEach-Object { @{ skuId = $_.skuId; disabledPlans = @($_.disabledPlans) } })
        return , $all
    }
    if ($Name -ceq 'licenseAssignmentStates') {
        $all = @(@($User.licenses) | ForEach-Object {
                @{
                    skuId = $_.skuId; disabledPlans = @($_.disabledPlans); assignedByGroup = $_.assignedByGroup
                    state = $_.state; error = $_.error; lastUpdatedDateTime = '2026-10-01T08:00:00Z'
                }
            })
        return , $all
    }
    return $User.$Name
}

function Invoke-StubWork {
    # One request on one user, as the service carries it out. $Path without /v1.0/.
    param([string] $Method, [string] $Path, $Body)
    if (-not ($Path -match '^users(?:/([^/?(]+)|\(''([^/?]+)''\))(/assignLicense)?(?:\?(.*))?$')) {
        return (New-StubError -Status 404 -Code 'ResourceNotFound' -Message "Resource not found for '$Path'.")
    }
    $action = $Matches.ContainsKey(3)
    $query = ''
    if ($Matches.ContainsKey(4)) { $query = $Matches[4] }
    $key = Get-StubKey $Path
    $user = Find-StubUser $key
    if ($null -eq $user) {
        $text = "Resource '$key' does not exist or one of its queried reference-property objects are not present."
        return (New-StubError -Status 404 -Code 'Request_ResourceNotFound' -Message $text)
    }
    if ($Method -eq 'GET' -and -not $action) { return (Get-StubView $user $query) }
    if ($Method -eq 'PATCH' -and -not $action) { return (Set-StubLocation $user $Body) }
    if ($Method -eq 'POST' -and $action) { return (Set-StubLicenses $user $Body) }
    return (New-StubError -Status 405 -Code 'Request_BadRequest' -Message 'Specified HTTP method is not allowed.')
}

function Get-StubKey {
    # The id or user name in a path: users/KEY, or users('KEY') with its apostrophes doubled.
    param([string] $Path)
    if ($Path -match '^users\(''([^/?]+)''\)') { return [uri]::UnescapeDataString($Matches[1]).Replace("''", "'") }
    if ($Path -match '^users/([^/?(]+)') { return [uri]::UnescapeDataString($Matches[1]) }
    return ''
}

function Get-StubUserOf {
    # The id of the user that a path names, for faults and the log.
    param([string] $Path)
    $key = Get-StubKey $Path
    $user = Find-StubUser $key
    if ($null -ne $user) { return $user.id }
    return $key
}

function Invoke-StubOne {
    # One request with its faults; nothing when its answer goes missing.
    param([string] $Place, [string] $Method, [string] $Path, $Body)
    $who = Get-StubUserOf $Path
    $fault = Get-StubFault -Place $Place -Method $Method -User $who
    if ($null -ne $fault) {
        if ($fault.do -eq 'change') {
            (Find-StubUser $who).licenses = @($fault.licenses)
            $script:Unsaved = $true
            Write-StubLog @{ wrote = 'somebody else'; user = $who }
        }
        elseif ($fault.do -eq 'stale') {
            $user = Find-StubUser $who
            $now = $user.licenses
            $user.licenses = @($fault.licenses)
            try { return (Invoke-StubWork -Method $Method -Path $Path -Body $Body) }
            finally { $user.licenses = $now }
        }
        elseif ($fault.do -eq 'answer') {
            $answer = New-StubFaultAnswer $fault
            Write-StubLog @{ request = $Method; path = $Path; user = $who; status = $answer.Status; place = $Place }
            return $answer
        }
        elseif ($fault.do -eq 'nothing') {
            return (New-StubAnswer -Status 200 -Body @{ id = $who; userPrincipalName = (Find-StubUser $who).userPrincipalName })
        }
        elseif (-not (Test-StubWorked $fault)) {
            if ($fault.do -eq 'exit') { Stop-StubProcess }
            return
        }
    }
    $answer = Invoke-StubWork -Method $Method -Path $Path -Body $Body
    Write-StubLog @{ request = $Method; path = $Path; user = $who; status = $answer.Status; place = $Place }
    if ($null -ne $fault -and $fault.do -eq 'exit') { Stop-StubProcess }
    if ($null -ne $fault -and @('missing', 'lose') -contains $fault.do) { return }
    return $answer
}

function Test-StubBatch {
    # What is wrong with a batch as a whole; nothing when all is well.
    param($Body)
    $wrong = Test-StubKeys -Object $Body -Allowed @('requests') -Needed @('requests')
    if ($wrong) { return $wrong }
    if ($Body.requests -isnot [array]) { return 'requests is not an array.' }
    if ($Body.requests.Count -lt 1 -or $Body.requests.Count -gt 20) { return 'A batch has 1 to 20 requests.' }
    $ids = @{}
    $written = @{}
    foreach ($request in $Body.requests) {
        $wrong = Test-StubKeys -Object $request -Allowed @('id', 'method', 'url', 'headers', 'body', 'dependsOn') -Needed @('id', 'method', 'url')
        if ($wrong) { return $wrong }
        if ($request.id -isnot [string]) { return 'id is not a string.' }
        if ($ids.ContainsKey($request.id)) { return 'Two requests have the same id.' }
        $ids[$request.id] = $true
        if (Test-StubName $request 'body') {
            if (-not (Test-StubName $request 'headers') -or -not (Test-StubName $request.headers 'Content-Type')) {
                return 'A request with a body needs the header Content-Type.'
            }
        }
        if ($request.method -ne 'GET' -and -not (Test-StubName $request 'dependsOn')) {
            $who = Get-StubUserOf ($request.url.TrimStart('/'))
            if ($written.ContainsKey($who)) { return 'Two writes on one user race each other.' }
            $written[$who] = $true
        }
    }
}

function Invoke-StubBatch {
    param($Body)
    $wrong = Test-StubBatch $Body
    if ($wrong) { return (New-StubError -Status 400 -Code 'BadRequest' -Message "Invalid batch payload format. $wrong") }
    $responses = New-Object System.Collections.ArrayList
    $done = @{}
    foreach ($request in $Body.requests) {
        $answer = $null
        foreach ($id in @(if (Test-StubName $request 'dependsOn') { $request.dependsOn })) {
            if (-not $done.ContainsKey($id) -or $done[$id] -ge 300) {
                $answer = New-StubError -Status 424 -Code 'FailedDependency' -Message 'Failed Dependency'
            }
        }
        if ($null -eq $answer) {
            $inner = $null
            if (Test-StubName $request 'body') { $inner = $request.body }
            $answer = Invoke-StubOne -Place 'inner' -Method $request.method.ToUpperInvariant() -Path $request.url.TrimStart('/') -Body $inner
        }
        if ($null -eq $answer) { continue }
        $done[$request.id] = $answer.Status
        $response = @{ id = $request.id; status = $answer.Status; headers = $answer.Headers }
        if ($null -ne $answer.Body) { $response['body'] = $answer.Body }
        [void] $responses.Add($response)
    }
    return (New-StubAnswer -Status 200 -Body @{ responses = $responses.ToArray() })
}

function Invoke-StubCall {
    # What the service answers: Status, Headers, Body; throws when the answer is lost.
    param([string] $Method, [string] $Address, $Body)
    if ($null -eq $script:Context) { throw 'Authentication needed. Please call Connect-MgGraph.' }
    if (-not ($Address -match '^(https://[^/]+)?/?v1\.0/(.+)$')) { throw "'$Address' is not an address of the service." }
    $path = $Matches[2]
    if ($path -ne '$batch') {
        $answer = Invoke-StubOne -Place 'single' -Method $Method -Path $path -Body $Body
        if ($null -eq $answer) { throw 'The request was canceled due to the configured HttpClient.Timeout.' }
        return $answer
    }
    if ($Method -ne 'POST') { return (New-StubError -Status 405 -Code 'BadRequest' -Message 'A batch is posted.') }
    $fault = Get-StubFault -Place 'outer' -Method $(if ($null -ne $Body -and $Body.requests.Count) { $Body.requests[0].method }) -User ''
    if ($null -ne $fault -and $fault.do -eq 'answer') {
        Write-StubLog @{ request = 'batch'; status = [int] $fault.status }
        return (New-StubFaultAnswer $fault)
    }
    if ($null -ne $fault -and $fault.do -eq 'exit' -and -not (Test-StubWorked $fault)) { Stop-StubProcess }
    $answer = Invoke-StubBatch $Body
    Write-StubLog @{ request = 'batch'; status = $answer.Status; size = @($Body.requests).Count; method = $Body.requests[0].method }
    if ($null -ne $fault -and $fault.do -eq 'exit') { Stop-StubProcess }
    if ($null -ne $fault -and $fault.do -eq 'lose') { throw 'The request was canceled due to the configured HttpClient.Timeout.' }
    if ($null -ne $fault -and $fault.do -eq 'shuffle') { [array]::Reverse($answer.Body.responses) }
    return $answer
}

function Invoke-StubService {
    # The same, and the tenant is in its file afterwards.
    param([string] $Method, [string] $Address, $Body)
    try { return (Invoke-StubCall -Method $Method -Address $Address -Body $Body) }
    finally { Save-StubState }
}

function Write-StubRefusal {
    # As the generated cmdlets do: an error that does not end anything unless -ErrorAction says so, and an exception
    # without a response; the status stands in the details.
    param($Cmdlet, $Answer)
    $problem = $Answer.Body.error
    $exception = New-Object System.Exception("[$($problem.code)] : $($problem.message)")
    $record = New-Object System.Management.Automation.ErrorRecord($exception, $problem.code, 'InvalidOperation', $null)
    $lines = @($problem.message, '', "Status: $($Answer.Status)", "ErrorCode: $($problem.code)", '', 'Headers:')
    if ($Answer.Headers.ContainsKey('Retry-After')) { $lines = $lines + "Retry-After               : $($Answer.Headers['Retry-After'])" }
    $record.ErrorDetails = New-Object System.Management.Automation.ErrorDetails($lines -join "`r`n")
    $Cmdlet.WriteError($record)
}

function New-StubFailure {
    # As Invoke-MgGraphRequest throws: an exception with the response, the body in the details.
    param($Answer)
    $text = "Response status code does not indicate success: $($Answer.Status)."
    $exception = New-Object System.Exception($text)
    # Windows PowerShell knows no name for 429, so a cast would fail there.
    $status = [System.Enum]::ToObject([System.Net.HttpStatusCode], [int] $Answer.Status)
    $response = New-Object System.Net.Http.HttpResponseMessage($status)
    if ($Answer.Headers.ContainsKey('Retry-After')) {
        [void] $response.Headers.TryAddWithoutValidation('Retry-After', [string] $Answer.Headers['Retry-After'])
    }
    Add-Member -InputObject $exception -MemberType NoteProperty -Name Response -Value $response
    $record = New-Object System.Management.Automation.ErrorRecord($exception, 'HttpError', 'InvalidOperation', $null)
    $record.ErrorDetails = New-Object System.Management.Automation.ErrorDetails((ConvertTo-Json -InputObject $Answer.Body -Depth 10))
    return $record
}

function Connect-MgGraph {
    [CmdletBinding(DefaultParameterSetName = 'UserParameterSet')]
    param(
        [Parameter(ParameterSetName = 'UserParameterSet', Position = 1)] [string[]] $Scopes,
        [Parameter(ParameterSetName = 'UserParameterSet', Position = 2)]
        [Parameter(ParameterSetName = 'IdentityParameterSet', Position = 2)]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet', Mandatory = $true, Position = 1)]
        [Alias('AppId', 'ApplicationId')] [string] $ClientId,
        [Parameter(ParameterSetName = 'AppCertificateParameterSet', Position = 2)]
        [Alias('CertificateSubject', 'CertificateName')] [string] $CertificateSubjectName,
        [Parameter(ParameterSetName = 'AppCertificateParameterSet', Position = 3)] [string] $CertificateThumbprint,
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')] [bool] $SendCertificateChain,
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,
        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet', Mandatory = $true)]
        [Alias('SecretCredential', 'Credential')] [System.Management.Automation.PSCredential] $ClientSecretCredential,
        [Parameter(ParameterSetName = 'AccessTokenParameterSet', Mandatory = $true, Position = 1)] [securestring] $AccessToken,
        [Parameter(ParameterSetName = 'EnvironmentVariableParameterSet', Mandatory = $true)] [switch] $EnvironmentVariable,
        [Parameter(ParameterSetName = 'IdentityParameterSet', Mandatory = $true)]
        [Alias('ManagedIdentity', 'ManagedServiceIdentity', 'MSI')] [switch] $Identity,
        [Parameter(ParameterSetName = 'UserParameterSet')]
        [Alias('UseDeviceAuthentication', 'DeviceCode', 'DeviceAuth', 'Device')] [switch] $UseDeviceCode,
        [Parameter(ParameterSetName = 'UserParameterSet')]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet')]
        [Alias('Audience', 'Tenant')] [string] $TenantId,
        [Parameter(ParameterSetName = 'UserParameterSet')]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [Parameter(ParameterSetName = 'IdentityParameterSet')]
        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet')]
        [Parameter(ParameterSetName = 'EnvironmentVariableParameterSet')]
        [ValidateSet('Process', 'CurrentUser')] [string] $ContextScope,
        [Alias('EnvironmentName', 'NationalCloud')]
        [ValidateSet('Global', 'USGov', 'USGovDoD', 'China')] [string] $Environment = 'Global',
        [double] $ClientTimeout,
        [switch] $NoWelcome
    )
    $state = Read-StubState
    $facts = @{ connect = $PSCmdlet.ParameterSetName; environment = $Environment; parameters = @($PSBoundParameters.Keys | Sort-Object) }
    $granted = @()
    if ($Scopes) { $granted = @($Scopes) }
    $facts['scopes'] = $granted
    Write-StubLog $facts
    $fault = Get-StubFault -Place 'connect' -Method '' -User ''
    Save-StubState
    if ($null -ne $fault) { throw 'AADSTS50105: sign-in was refused.' }
    $type = 'AppOnly'
    if ($PSCmdlet.ParameterSetName -eq 'UserParameterSet') { $type = 'Delegated' }
    $script:Context = New-Object PSObject -Property @{
        TenantId = $state.tenant; ClientId = $ClientId; AuthType = $type; Scopes = $granted; Environment = $Environment
        Account = 'admin@contoso.example'; AppName = 'stub'; TokenCredentialType = 'Stub'
    }
    if (-not $NoWelcome) { 'Welcome to Microsoft Graph!' }
}

function Disconnect-MgGraph {
    [CmdletBinding()]
    param()
    if ($null -eq $script:Context) { throw 'No application to sign out from.' }
    Write-StubLog @{ disconnect = $true }
    $context = $script:Context
    $script:Context = $null
    return $context
}

function Get-MgContext {
    [CmdletBinding()]
    param([switch] $ListAvailable)
    return $script:Context
}

function Invoke-MgGraphRequest {
    [CmdletBinding()]
    param(
        [Parameter(Position = 1)] [ValidateSet('GET', 'POST', 'PUT', 'PATCH', 'DELETE')] [string] $Method = 'GET',
        [Parameter(Mandatory = $true, Position = 2)] [uri] $Uri,
        [Parameter(Position = 3, ValueFromPipeline = $true)] [object] $Body,
        [Parameter(Position = 4)] [System.Collections.IDictionary] $Headers,
        [string] $OutputFilePath,
        [switch] $InferOutputFileName,
        [string] $InputFilePath,
        [switch] $PassThru,
        [switch] $SkipHeaderValidation,
        [string] $ContentType,
        [Alias('SV')] [string] $SessionVariable,
        [Alias('RHV')] [string] $ResponseHeadersVariable,
        [string] $StatusCodeVariable,
        [switch] $SkipHttpErrorCheck,
        [string] $UserAgent,
        [ValidateSet('HashTable', 'PSObject', 'HttpResponseMessage', 'Json')] [string] $OutputType = 'HashTable',
        [switch] $Break
    )
    $json = $null
    if ($null -ne $Body) {
        if ($Body -is [string]) { $json = $Body }
        else { $json = ConvertTo-Json -InputObject $Body -Depth 20 }
    }
    $parsed = $null
    if ($json) { $parsed = ConvertFrom-Json $json }
    $answer = Invoke-StubService -Method $Method -Address $Uri.OriginalString -Body $parsed
    if ($StatusCodeVariable) { $PSCmdlet.SessionState.PSVariable.Set($StatusCodeVariable, $answer.Status) }
    if ($ResponseHeadersVariable) {
        $all = @{}
        foreach ($name in @($answer.Headers.Keys)) { $all[$name] = [string[]] @($answer.Headers[$name]) }
        $PSCmdlet.SessionState.PSVariable.Set($ResponseHeadersVariable, $all)
    }
    if ($answer.Status -ge 400 -and -not $SkipHttpErrorCheck) { $PSCmdlet.ThrowTerminatingError((New-StubFailure $answer)) }
    if ($null -eq $answer.Body) { return }
    $text = ConvertTo-Json -InputObject $answer.Body -Depth 10 -Compress
    if ($OutputType -eq 'Json') { return $text }
    if ($OutputType -eq 'PSObject') { return (ConvertFrom-Json $text) }
    if ($OutputType -eq 'HashTable') { return $answer.Body }
    throw 'The stub cannot answer with a HttpResponseMessage.'
}
