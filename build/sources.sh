#!/usr/bin/env bash
# The source systems of the tests (tests/sources): npm packages, installed beside their launchers.
#   ensure   install what package-lock.json says, unless that is what is there
. "$(dirname "$0")/lib.sh"

oldest=18
folder=$root/tests/sources
stamp=$folder/node_modules/.installed

is_current() { [[ -f $stamp ]] && sha256sum --check --status "$stamp"; }

install_packages() {
  cd "$folder"
  if is_current; then return; fi # by the run that this one waited for
  have npm || apt_install nodejs npm
  local node
  node=$(node --version)
  (($(cut -d . -f 1 <<<"${node#v}") >= oldest)) || fail "Node.js $oldest or newer is needed, not $node. Install it by hand."
  say "installing the source servers of the tests (npm ci)"
  local log
  log=$(mktemp)
  npm ci --loglevel=error >"$log" 2>&1 || { cat "$log" >&2; fail "npm ci failed in $folder"; }
  rm "$log"
  sha256sum package-lock.json >"$stamp"
}

[[ ${1:-} == ensure ]] || fail "usage: $0 ensure"
cd "$folder"
is_current || with_lock sources install_packages
