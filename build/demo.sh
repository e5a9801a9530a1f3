#!/usr/bin/env bash
# The demo: a private PostgreSQL for as long as it takes, and tests/Kombo.Demo, which starts the rest and checks each step.
# It is told the database by KOMBO_DATABASE_CONNECTION. Its exit code is the demo's.
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"
leave_nothing=1

need_dotnet
"$root/build/postgres.sh" ensure >/dev/null
build_quietly "$root/tests/Kombo.Demo"
# Directly below the system's folder for such things: as root, the server runs as another user, who must be able to enter.
database=$(mktemp -d "${TMPDIR:-/tmp}/kombo-demo-XXXXXX")
trap '"$root/build/postgres.sh" stop "$database" --remove' EXIT
connection=$("$root/build/postgres.sh" start "$database" --temporary --parent $$)
KOMBO_DATABASE_CONNECTION=${connection#connection=} dotnet "$root/tests/Kombo.Demo/bin/Debug/net10.0/kombo-demo.dll" "$@"
