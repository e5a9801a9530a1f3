#!/usr/bin/env bash
# Everything: gets what the tests need, builds, runs all tests. The last line is the sum over all test projects.
# KOMBO_TEST_POSTGRES (a connection string) and KOMBO_TEST_KUBECONFIG (a file) are used instead of own servers.
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"

# What cannot be had is said now and its tests are skipped; in continuous integration it ends the run.
provide() {
  if "$@" >/dev/null; then return; fi
  if [[ ${CI:-} == true ]]; then fail "${*##*/} failed"; fi
  say "going on without it: the tests that need it are skipped"
}

# Tests that start operator or worker take the programs of the images; where they cannot be made, those that dotnet runs.
provide_programs() {
  if "$root/build/programs.sh"; then return; fi
  if [[ ${CI:-} == true ]]; then fail "the native programs cannot be made"; fi
  say "going on with the programs as the build makes them"
}

need_dotnet
[[ -n ${KOMBO_TEST_POSTGRES:-} ]] || provide "$root/build/postgres.sh" ensure
provide "$root/build/kubectl.sh"
provide "$root/build/helm.sh"
provide "$root/build/lua.sh"
[[ -n ${KOMBO_TEST_KUBECONFIG:-} ]] || provide "$root/build/control-plane.sh" ensure
provide "$root/build/sources.sh" ensure
provide "$root/build/debian-programs.sh" prometheus prometheus promtool
check_format
check_scripts
build_quietly "$root/Kombo.Operator.sln"
KOMBO_TEST_PROGRAMS=$(provide_programs)
export KOMBO_TEST_PROGRAMS
run_tests ""
