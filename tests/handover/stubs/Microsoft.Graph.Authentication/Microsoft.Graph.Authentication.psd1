@{
    RootModule        = 'Microsoft.Graph.Authentication.psm1'
    ModuleVersion     = '2.25.0'
    GUID              = '11111111-0000-4000-8000-000000000001'
    Author            = 'license-reassign tests'
    Description       = 'Stands in for Microsoft.Graph.Authentication in tests: no network, a tenant in a JSON file.'
    PowerShellVersion = '5.1'
    FunctionsToExport = @('Connect-MgGraph', 'Disconnect-MgGraph', 'Get-MgContext', 'Invoke-MgGraphRequest', 'Invoke-StubService', 'Write-StubRefusal')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
