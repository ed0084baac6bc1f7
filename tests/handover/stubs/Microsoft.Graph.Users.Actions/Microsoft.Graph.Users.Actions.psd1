@{
    RootModule        = 'Microsoft.Graph.Users.Actions.psm1'
    ModuleVersion     = '2.25.0'
    GUID              = '11111111-0000-4000-8000-000000000002'
    Author            = 'license-reassign tests'
    Description       = 'Stands in for Microsoft.Graph.Users.Actions in tests: no network, a tenant in a JSON file.'
    PowerShellVersion = '5.1'
    RequiredModules   = @('Microsoft.Graph.Authentication')
    FunctionsToExport = @('Set-MgUserLicense')
    CmdletsToExport   = @()
    VariablesToExport = @()
    AliasesToExport   = @()
}
