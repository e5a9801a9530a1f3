#!/usr/bin/env bash
# The fast part of the tests: no cluster, no whole system. Tests whose requirement is missing are skipped, with the reason.
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"

check_format
check_scripts
build_quietly "$root/Kombo.Operator.sln"
run_tests "Level!=cluster&Level!=e2e&Level!=slow"
