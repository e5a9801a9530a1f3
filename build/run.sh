#!/usr/bin/env bash
# Runs Kombo on this machine until it is interrupted, with a private PostgreSQL that keeps its data in $KOMBO_DATA
# (default: ~/.local/share/kombo, or /var/lib/kombo for root).
#   run.sh [MANIFESTS]   a folder of manifests; without one, a sandbox HR system is started and mirrored
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"
leave_nothing=1

if ((EUID == 0)); then data=${KOMBO_DATA:-/var/lib/kombo}; else data=${KOMBO_DATA:-${XDG_DATA_HOME:-$HOME/.local/share}/kombo}; fi
manifests=${1:-}
sandbox=""

finish() {
  trap '' INT TERM # once more interrupted, it still ends in order
  if [[ -n $sandbox ]]; then kill "$sandbox" 2>/dev/null || true; fi
  "$root/build/postgres.sh" stop "$data/postgres"
}

# The address of the sandbox is in the manifest, so the port stays the same from run to run.
start_sandbox() {
  mkdir -p "$data/sandbox"
  [[ -f $data/sandbox.port ]] || free_ports 1 >"$data/sandbox.port"
  local port
  port=$(<"$data/sandbox.port")
  build_quietly "$root/tests/Kombo.Sandbox"
  setpriv --pdeathsig TERM dotnet "$root/tests/Kombo.Sandbox/bin/Debug/net10.0/kombo-sandbox.dll" --port "$port" >"$data/sandbox.log" 2>&1 &
  sandbox=$!
  manifests=$data/sandbox
  [[ -f $manifests/sandbox.yaml ]] || write_manifest "$port"
}

write_manifest() {
  cat >"$manifests/sandbox.yaml" <<END
# Edit it while Kombo runs: what you save is applied at once.
apiVersion: v1
kind: Secret
metadata: {name: sandbox, namespace: default}
stringData: {token: sandbox-token}
---
apiVersion: kombo.dev/v1alpha1
kind: SyncSchedule
metadata: {name: default, namespace: default}
spec:
  full: {frequency: 10m, frequencyWithDelta: 30m}
  delta: {frequency: 1m}
---
apiVersion: kombo.dev/v1alpha1
kind: Integration
metadata: {name: sandbox, namespace: default}
spec:
  connector: sandbox
  parameters: {baseUrl: "http://127.0.0.1:$1"}
  credentials: {secretRef: {name: sandbox}}
END
}

need_dotnet
"$root/build/postgres.sh" ensure >/dev/null
mkdir -p "$data"
build_quietly "$root/standalone"
connection=$("$root/build/postgres.sh" start "$data/postgres" --parent $$)
trap finish EXIT
trap 'exit 0' INT TERM # the way to end it
if [[ -z $manifests ]]; then
  start_sandbox
  export KOMBO_ALLOWED_HOSTS=${KOMBO_ALLOWED_HOSTS:-127.0.0.1}
fi
say "the manifests are in $manifests; in another terminal: $root/standalone/bin/Debug/net10.0/kombo get"
KOMBO_DATABASE_CONNECTION=${connection#connection=} "$root/standalone/bin/Debug/net10.0/kombo" up --manifests "$manifests" --data "$data"
