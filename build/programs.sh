#!/usr/bin/env bash
# Makes the programs of the images, operator and worker, as native as they are there; prints the folder that holds them.
. "$(dirname "$0")/lib.sh"
. "$root/build/dotnet.sh"

publish() {
  local program log
  log=$(mktemp)
  for program in operator worker; do
    # With lock files of their own, as those of the repository name no platform.
    if ! with_progress "making the native $program" "$log" dotnet publish "$root/$program" --configuration Release \
      --use-current-runtime -p:PublishAot=true -p:NuGetLockFilePath=obj/publish.lock.json -p:RestoreLockedMode=false \
      --output "$root/artifacts/publish/$program"; then
      rm -f "$log"
      fail "$program cannot be made"
    fi
  done
  rm -f "$log"
}

need_dotnet
have clang || have gcc || fail "clang or gcc, and the headers of zlib, are needed to link native programs: apt-get install gcc zlib1g-dev"
with_lock publish publish
echo "$root/artifacts/publish"
