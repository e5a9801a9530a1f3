#!/usr/bin/env bash
# Builds the images kombo-operator and kombo-worker with docker or podman, and prints their names.
#   REGISTRY       what comes before their names, such as registry.example/kombo
#   TAG            the version of the programs if not given
#   RUNTIME_IMAGE  what they are based on: anything with glibc and OpenSSL, no older than those of SDK_IMAGE
#   SDK_IMAGE      what they are built in: the .NET 10 SDK, clang and zlib's headers
. "$(dirname "$0")/lib.sh"

find_engine() {
  local name
  for name in docker podman; do
    if have "$name" && "$name" info >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  fail "docker or podman is needed to build images, and its engine must run"
}

engine=$(find_engine)
tag=${TAG:-$(sed -nE 's#.*<Version>(.*)</Version>.*#\1#p' "$root/Directory.Build.props")}
arguments=()
for name in SDK_IMAGE RUNTIME_IMAGE; do
  if [[ -n ${!name:-} ]]; then arguments+=(--build-arg "$name=${!name}"); fi
done

for target in operator worker; do
  image=${REGISTRY:+$REGISTRY/}kombo-$target:$tag
  say "building $image ..."
  "$engine" build --file "$root/Dockerfile" --target "$target" "${arguments[@]}" --tag "$image" "$root" >&2
  echo "$image"
done
