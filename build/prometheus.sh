#!/usr/bin/env bash
# Prints a folder with prometheus and promtool: those on PATH, else those of Debian's package, unpacked into the cache. The
# package is not installed: it would start a service.
. "$(dirname "$0")/lib.sh"

folder=$cache/prometheus

fetch() {
  if [[ -x $folder/promtool ]]; then return; fi # by the run that this one waited for
  have apt-get || fail "prometheus and promtool are needed. Install them by hand."
  say "fetching prometheus (40 MB), once"
  work=$(mktemp -d) # not local: the trap outlives the function
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  download || { as_root apt-get -o DPkg::Lock::Timeout=300 update >&2 && download; } || fail "apt-get could not fetch prometheus"
  dpkg --extract ./*.deb unpacked
  mkdir -p "$folder"
  install unpacked/usr/bin/prometheus "$folder/prometheus"
  install unpacked/usr/bin/promtool "$folder/promtool"
}

download() { apt-get download --quiet prometheus >&2; }

if have prometheus && have promtool; then
  dirname "$(command -v promtool)"
  exit
fi
[[ -x $folder/promtool ]] || with_lock prometheus fetch
echo "$folder"
