# shellcheck shell=bash
# Building and testing with the .NET SDK. Sourced after lib.sh.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export MSBUILDDISABLENODEREUSE=1 # nothing of a build outlives it

need_dotnet() { have dotnet || fail "the .NET SDK 10 is needed: https://dotnet.microsoft.com/download"; }

# In continuous integration, and for a program that is only tried, no build server is left behind either; a developer's
# next build is faster with one.
leave_nothing=0
if [[ ${CI:-} == true ]]; then leave_nothing=1; fi

# build_quietly TARGET...: compiles projects or the solution; prints only how long it takes, and what is wrong.
build_quietly() {
  local log target servers=()
  if ((leave_nothing)); then servers=(--disable-build-servers); fi
  need_dotnet
  log=$(mktemp)
  for target in "$@"; do
    if ! with_progress "building $(basename "$target" .sln)" "$log" \
      dotnet build "$target" "${servers[@]}" --tl:off --verbosity quiet --consoleLoggerParameters:NoSummary; then
      rm -f "$log"
      fail "$target does not build"
    fi
    grep -E ': (warning|error) ' "$log" >&2 || true
  done
  rm -f "$log"
}

check_format() {
  need_dotnet
  dotnet format whitespace --folder "$root" --exclude "$root/tests/sources/node_modules" --verify-no-changes >&2 ||
    fail "the code is not formatted: make fmt"
}

# The scripts as well, where shellcheck is at hand.
check_scripts() {
  if ! have shellcheck; then return; fi
  local script scripts=()
  for script in "$root"/build/*.sh; do
    if [[ -x $script ]]; then scripts+=("$script"); fi # the others are read with those that source them
  done
  (cd "$root" && shellcheck "${scripts[@]}" >&2) || fail "shellcheck objects to a script in build/"
}

# attribute NAME: the value of an XML attribute in the text on standard input; 0 when it is not there.
attribute() {
  local value
  value=$(sed -nE "s/.*[[:space:]]$1=\"([^\"]*)\".*/\1/p" | head -n 1)
  echo "${value:-0}"
}

# run_tests FILTER: runs every test project, one after the other, and prints a line for each and the sum at the end.
# False when a test failed, a project broke, nothing ran at all or, without a filter, a project held no test.
run_tests() {
  local filter=$1 results project passed=0 failed=0 skipped=0 broken=0
  results=$root/TestResults # the whole output of each project stays there
  rm -rf "$results"
  mkdir -p "$results"
  for project in "$root"/tests/*.Tests/*.csproj; do
    run_project "$project" "$filter" "$results" || broken=$((broken + 1))
  done
  if ((broken > 0)); then say "$broken test project(s) failed, broke off or held no test"; fi
  if ((broken == 0 && passed == 0)); then say "nothing ran"; fi
  echo "$passed passed, $failed failed, $skipped skipped"
  ((broken == 0 && failed == 0 && passed > 0))
}

# Adds to passed, failed and skipped of its caller. The counters of a TRX file do not count skipped tests:
# they are those that were not executed.
run_project() {
  local project=$1 filter=$2 results=$3 name began=$SECONDS status=0 log trx counters total ran good bad
  name=$(basename "$project" .csproj)
  log=$results/$name.log trx=$results/$name.trx
  dotnet test "$project" --no-build ${filter:+--filter "$filter"} --logger "trx;LogFileName=$trx" \
    --blame-hang-timeout "${KOMBO_TEST_HANG:-10m}" --blame-hang-dump-type none --results-directory "$results/$name" >"$log" 2>&1 || status=$?
  counters=""
  if [[ -f $trx ]]; then counters=$(tr '\n' ' ' <"$trx" | grep -oE '<Counters [^>]*>' | head -n 1) || true; fi
  total=$(attribute total <<<"$counters") ran=$(attribute executed <<<"$counters") good=$(attribute passed <<<"$counters")
  bad=$((ran - good))
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + total - ran))
  say "$(printf '%-28s %5d passed %4d failed %4d skipped   %s' "$name" "$good" "$bad" $((total - ran)) "$(elapsed $((SECONDS - began)))")"
  if ((status != 0 || bad > 0)); then
    if ((bad == 0)); then failed=$((failed + 1)); fi # it broke off: that is a failure as well
    grep -vE '^(Test run for|A total of|VSTest version|Results File|Data collector .Blame. message: All|$)|\[SKIP\]$|^  Skipped ' "$log" >&2 || true
    return 1
  fi
  skip_reasons "$trx"
  if ((total == 0)) && [[ -z $filter ]]; then
    failed=$((failed + 1))
    say "  holds no test, or did not say so"
    return 1
  fi
}

# Why tests were skipped: each reason once, with the number of tests.
skip_reasons() {
  [[ -f $1 ]] || return 0
  tr '\n' ' ' <"$1" | grep -oE '<UnitTestResult [^>]*outcome="NotExecuted"[^>]*> *<Output>.*' | sed 's/<UnitTestResult /\n&/g' |
    grep 'outcome="NotExecuted"' | sed -nE 's/.*<(Message|StdOut)>([^<]*)<.*/  skipped: \2/p' | sort | uniq -c |
    sed -E 's/^ *([0-9]+)   skipped: /  \1 skipped: /; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >&2
}
