# Get-MgUser and Update-MgUser as generated, as far as the script could use them.

Set-StrictMode -Version 2.0

function Get-MgUser {
    [CmdletBinding(DefaultParameterSetName = 'Get')]
    param(
        [Parameter(ParameterSetName = 'Get', Mandatory = $true)] [string] $UserId,
        [Alias('Select')] [string[]] $Property,
        [System.Collections.IDictionary] $Headers,
        [Alias('RHV')] [string] $ResponseHeadersVariable
    )
    $address = '/v1.0/users/' + [uri]::EscapeDataString($UserId)
    if ($Property) { $address = $address + '?$select=' + ($Property -join ',') }
    $answer = Invoke-StubService -Method 'GET' -Address $address -Body $null
    if ($answer.Status -ge 400) {
        Write-StubRefusal -Cmdlet $PSCmdlet -Answer $answer
        return
    }
    return (ConvertFrom-Json (ConvertTo-Json -InputObject $answer.Body -Depth 10))
}

function Update-MgUser {
    [CmdletBinding(DefaultParameterSetName = 'UpdateExpanded', SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
    param(
        [Parameter(ParameterSetName = 'UpdateExpanded', Mandatory = $true)] [string] $UserId,
        [Parameter(ParameterSetName = 'UpdateExpanded')] [string] $UsageLocation,
        [System.Collections.IDictionary] $Headers,
        [Alias('RHV')] [string] $ResponseHeadersVariable
    )
    if (-not $PSCmdlet.ShouldProcess($UserId, 'Update-MgUser')) { return }
    $address = '/v1.0/users/' + [uri]::EscapeDataString($UserId)
    $body = ConvertFrom-Json (ConvertTo-Json -InputObject @{ usageLocation = $UsageLocation })
    $answer = Invoke-StubService -Method 'PATCH' -Address $address -Body $body
    if ($answer.Status -ge 400) { Write-StubRefusal -Cmdlet $PSCmdlet -Answer $answer }
}
