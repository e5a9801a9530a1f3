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
run_tests ""
