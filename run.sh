#!/usr/bin/env bash
# Builds the program if need be and runs a command; options and exit code are passed through, standard output is the command's alone.
#   ./run.sh demo
#   ./run.sh nightly --json --as-of 2026-03-10
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
configuration=${CONFIGURATION:-Release}
program=$root/src/CpIs.Batch/bin/$configuration/net10.0/cpis.dll

if ! command -v dotnet >/dev/null; then
  echo "The .NET 10 SDK is needed: see README.md" >&2
  exit 3
fi

changed() {
  find "$root/src" "$root/sql" "$root"/Directory.*.props \( -name bin -o -name obj \) -prune -o -type f -newer "$program" -print -quit 2>/dev/null
}

if [ ! -f "$program" ] || [ -n "$(changed)" ]; then
  dotnet build "$root/src/CpIs.Batch" -c "$configuration" --nologo -v quiet >&2 || exit 3
  touch "$program"
fi

exec dotnet "$program" "$@"
