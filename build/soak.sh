#!/usr/bin/env bash
# The operator's copies of the cluster at length, under faults: soak.sh [SECONDS]; KOMBO_FAULT_SEED repeats one.
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"

seconds=${1:-600}
need_dotnet
[[ -n ${KOMBO_TEST_POSTGRES:-} ]] || "$root/build/postgres.sh" ensure >/dev/null
"$root/build/kubectl.sh" >/dev/null
[[ -n ${KOMBO_TEST_KUBECONFIG:-} ]] || "$root/build/control-plane.sh" ensure >/dev/null
build_quietly "$root/tests/Kombo.Operator.Tests/Kombo.Operator.Tests.csproj"
say "soaking for $seconds s"
KOMBO_SOAK_SECONDS=$seconds dotnet test "$root/tests/Kombo.Operator.Tests" --no-build --nologo \
  --filter "FullyQualifiedName~SoakTests" --logger "console;verbosity=detailed"
