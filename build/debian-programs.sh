#!/usr/bin/env bash
# Prints a folder with programs: those on PATH, else those of a package of Debian, unpacked into the cache. The package is not
# installed: it would start a service.
#   debian-programs.sh PACKAGE PROGRAM...
. "$(dirname "$0")/lib.sh"

package=${1:?usage: $0 PACKAGE PROGRAM...}
shift
programs=("$@")
folder=$cache/$package

fetch() {
  if are_there; then return; fi # by the run that this one waited for
  have apt-get || fail "${programs[*]} of the package $package are needed. Install them by hand."
  say "fetching $package, once"
  work=$(mktemp -d) # not local: the trap outlives the function
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  download || { as_root apt-get -o DPkg::Lock::Timeout=300 update >&2 && download; } || fail "apt-get could not fetch $package"
  dpkg --extract ./*.deb unpacked
  mkdir -p "$folder"
  find unpacked/usr/bin unpacked/usr/sbin -type f 2>/dev/null | while read -r file; do install "$file" "$folder/"; done
  are_there || fail "the package $package lacks one of ${programs[*]}"
}

download() { apt-get download --quiet "$package" >&2; }

are_there() {
  local program
  for program in "${programs[@]}"; do [[ -x $folder/$program ]] || return 1; done
}

are_on_path() {
  local program
  for program in "${programs[@]}"; do have "$program" || return 1; done
}

if are_on_path; then
  dirname "$(command -v "${programs[0]}")"
  exit
fi
are_there || with_lock "$package" fetch
echo "$folder"
