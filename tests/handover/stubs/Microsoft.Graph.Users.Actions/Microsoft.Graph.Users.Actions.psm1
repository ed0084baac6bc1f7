# Set-MgUserLicense as generated: the parameter sets, the types, and an error that does not end anything by itself.

Set-StrictMode -Version 2.0

function ConvertTo-StubAdd {
    # One entry of -AddLicenses as the service gets it; an unknown key fails, as converting it to its type does.
    param([hashtable] $Entry)
    $sku = $null
    $plans = @()
    foreach ($key in @($Entry.Keys)) {
        if ($key -eq 'SkuId') { $sku = [string] $Entry[$key] }
        elseif ($key -eq 'DisabledPlans') { $plans = @($Entry[$key] | ForEach-Object { [string] $_ }) }
        else { throw "The property '$key' cannot be found on IMicrosoftGraphAssignedLicense." }
    }
    return @{ skuId = $sku; disabledPlans = $plans }
}

function Set-MgUserLicense {
    [CmdletBinding(DefaultParameterSetName = 'AssignExpanded', SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(ParameterSetName = 'AssignExpanded', Mandatory = $true)]
        [Parameter(ParameterSetName = 'Assign', Mandatory = $true)] [string] $UserId,
        [Parameter(ParameterSetName = 'AssignViaIdentity', Mandatory = $true, ValueFromPipeline = $true)]
        [Parameter(ParameterSetName = 'AssignViaIdentityExpanded', Mandatory = $true, ValueFromPipeline = $true)] [object] $InputObject,
        [Parameter(ParameterSetName = 'Assign', Mandatory = $true)]
        [Parameter(ParameterSetName = 'AssignViaIdentity', Mandatory = $true)] [hashtable] $BodyParameter,
        [Parameter(ParameterSetName = 'AssignExpanded')]
        [Parameter(ParameterSetName = 'AssignViaIdentityExpanded')] [hashtable[]] $AddLicenses,
        [Parameter(ParameterSetName = 'AssignExpanded')]
        [Parameter(ParameterSetName = 'AssignViaIdentityExpanded')] [string[]] $RemoveLicenses,
        [Parameter(ParameterSetName = 'AssignExpanded')]
        [Parameter(ParameterSetName = 'AssignViaIdentityExpanded')] [hashtable] $AdditionalProperties,
        [System.Collections.IDictionary] $Headers,
        [Alias('RHV')] [string] $ResponseHeadersVariable
    )
    if ($PSCmdlet.ParameterSetName -ne 'AssignExpanded') { throw 'The stub knows -UserId with -AddLicenses and -RemoveLicenses only.' }
    if (-not $PSCmdlet.ShouldProcess($UserId, 'Set-MgUserLicense')) { return }
    $body = @{}
    if ($PSBoundParameters.ContainsKey('AddLicenses')) { $body['addLicenses'] = @($AddLicenses | ForEach-Object { ConvertTo-StubAdd $_ }) }
    if ($PSBoundParameters.ContainsKey('RemoveLicenses')) { $body['removeLicenses'] = @($RemoveLicenses) }
    $sent = ConvertFrom-Json (ConvertTo-Json -InputObject $body -Depth 10)
    $address = '/v1.0/users/' + [uri]::EscapeDataString($UserId) + '/assignLicense'
    $answer = Invoke-StubService -Method 'POST' -Address $address -Body $sent
    if ($answer.Status -ge 400) {
        Write-StubRefusal -Cmdlet $PSCmdlet -Answer $answer
        return
    }
    return (New-Object PSObject -Property @{ Id = $answer.Body.id; UserPrincipalName = $answer.Body.userPrincipalName })
}
