# Builds the program if need be and runs a command; options and exit code are passed through, standard output is the command's alone.
#   .\run.ps1 demo
#   .\run.ps1 nightly --json --as-of 2026-03-10
$ErrorActionPreference = 'Stop'
$configuration = if ($env:CONFIGURATION) { $env:CONFIGURATION } else { 'Release' }
$project = [IO.Path]::Combine($PSScriptRoot, 'src', 'CpIs.Batch')
$program = [IO.Path]::Combine($project, 'bin', $configuration, 'net10.0', 'cpis.dll')

if (-not (Get-Command dotnet -ErrorAction SilentlyContinue)) {
    [Console]::Error.WriteLine('The .NET 10 SDK is needed: see README.md')
    exit 3
}

function Test-Changed {
    $built = (Get-Item $program).LastWriteTimeUtc
    $places = @('src', 'sql', 'Directory.*.props') | ForEach-Object { Join-Path $PSScriptRoot $_ }
    $newer = Get-ChildItem $places -Recurse -File -ErrorAction SilentlyContinue |
        Where-Object { $_.LastWriteTimeUtc -gt $built -and $_.FullName -notmatch '[\\/](bin|obj)[\\/]' } |
        Select-Object -First 1
    return $null -ne $newer
}

if (-not (Test-Path $program) -or (Test-Changed)) {
    & dotnet build $project -c $configuration --nologo -v quiet | ForEach-Object { [Console]::Error.WriteLine($_) }
    if ($LASTEXITCODE -ne 0) { exit 3 }
    (Get-Item $program).LastWriteTimeUtc = [DateTime]::UtcNow
}

& dotnet $program @args
exit $LASTEXITCODE
