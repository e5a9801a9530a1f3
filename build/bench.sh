#!/usr/bin/env bash
# A benchmark: a private PostgreSQL for as long as it takes, and tests/Kombo.Benchmarks, built for release, which starts the
# rest. It prints a table and writes artifacts/bench/NAME.json. Nothing else should run on the machine meanwhile.
#   bench.sh operator [--integrations N] [--without-cronjobs]
#   bench.sh sync [--rows N]
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"
leave_nothing=1

need_dotnet
"$root/build/postgres.sh" ensure >/dev/null
if [[ ${1:-} == operator ]]; then "$root/build/control-plane.sh" ensure >/dev/null; fi
export Configuration=Release
build_quietly "$root/tests/Kombo.Benchmarks"
published=$("$root/build/programs.sh")
# Directly below the system's folder for such things: as root, the server runs as another user, who must be able to enter.
database=$(mktemp -d "${TMPDIR:-/tmp}/kombo-bench-XXXXXX")
trap '"$root/build/postgres.sh" stop "$database" --remove' EXIT
connection=$("$root/build/postgres.sh" start "$database" --temporary --parent $$)
export KOMBO_DATABASE_CONNECTION=${connection#connection=}
"$published/worker/kombo-worker" migrate >/dev/null
dotnet "$root/tests/Kombo.Benchmarks/bin/Release/net10.0/kombo-bench.dll" "$@"
